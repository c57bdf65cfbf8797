package volume

import (
	"math"
	"slices"
	"strings"
)

// A Placement says where the voxels of an image lie.
type Placement struct {
	// Axes are the axes of the array that the columns of Matrix are for, in the order of the world's x, y and z
	// as far as names tell (i, j and k of NIfTI); -1 where the array has no such axis. Of an array whose axes have
	// none of these names, the last axis of space counts as x and the one before as y, as numpy and zarr have it.
	Axes [3]int
	// Matrix takes indices of the finest level, of voxel centers, to millimeters. The column of an axis that is -1
	// is that of the header's affine, or else a voxel of 1 mm.
	Matrix [3][4]float64
	// Source is where that comes from: "sform", "qform", "none" (NIfTI with voxel sizes only), "NIfTI-Zarr header",
	// "MGH header", "OME-Zarr", "precomputed", "N5", "dimension_units" or "assumed".
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
//
// Axes that say where they point in the body (NGFF's RFC-4) are taken by that and not by their names, if all three do:
// a coordinate along an axis toward the left becomes a negative one along the world's x.
func (img *Image) Place() Placement {
	p := Placement{Axes: img.worldAxes()}
	if img.Affine != nil {
		p.Matrix, p.Source, p.Anatomical = img.Affine.Matrix, img.Affine.Source, img.Affine.Source != "none"
		p.Assumed = img.Affine.Assumed
		return p
	}
	signs := [3]float64{1, 1, 1}
	if axes, s, ok := img.bodyAxes(); ok {
		p.Axes, signs, p.Anatomical = axes, s, true
	}
	for row, axis := range p.Axes {
		p.Matrix[row][row] = 1
		if axis < 0 || len(img.Levels) == 0 {
			continue
		}
		meters, known := img.axisUnit(axis)
		p.Assumed = p.Assumed || !known
		l := img.Levels[0]
		p.Matrix[row][row] = signs[row] * l.Scale[axis] * meters * 1e3
		p.Matrix[row][3] = signs[row] * l.Translation[axis] * meters * 1e3
	}
	p.Source = img.placeSource(p.Assumed)
	return p
}

// Oblique is the largest angle in degrees between an axis of the image and the axis of the world next to it, as
// nibabel's obliquity has it, but of each axis of the image. It is 0 for an image along the axes of the world.
func (p Placement) Oblique() float64 {
	worst := 0.0
	for col := range 3 {
		x, y, z := p.Matrix[0][col], p.Matrix[1][col], p.Matrix[2][col]
		across := math.Sqrt(x*x + y*y + z*z - max(x*x, y*y, z*z))
		along := max(math.Abs(x), math.Abs(y), math.Abs(z))
		worst = max(worst, math.Atan2(across, along))
	}
	return worst * 180 / math.Pi
}

func (img *Image) placeSource(assumed bool) string {
	switch {
	case img.OME != "":
		return "OME-Zarr"
	case img.Format == Precomputed:
		return "precomputed"
	case img.Format == N5:
		return "N5"
	case assumed || !img.anyLength():
		return "assumed"
	}
	return "dimension_units"
}

func (img *Image) anyLength() bool {
	return slices.ContainsFunc(img.Axes, func(a Axis) bool { return a.Meters > 0 })
}

// worldAxes finds the axes x, y and z by their names; see [Placement].
func (img *Image) worldAxes() [3]int {
	axes := [3]int{-1, -1, -1}
	if img.Format == NIfTI || img.Format == MGH {
		for i := range min(len(axes), len(img.Axes)) {
			axes[i] = i
		}
		return axes
	}
	found := false
	for i, a := range img.Axes {
		at := slices.Index([]string{"x", "y", "z"}, strings.ToLower(a.Name))
		if at >= 0 && axes[at] < 0 && a.Seconds == 0 {
			axes[at], found = i, true
		}
	}
	if found {
		return axes
	}
	next := 0
	for i, a := range slices.Backward(img.Axes) {
		if next < len(axes) && (a.Kind == "space" || a.Kind == "") && a.Seconds == 0 {
			axes[next] = i
			next++
		}
	}
	return axes
}

// bodyAxes finds the axes that lead to the right, to the front and up, and the sign with which each does.
func (img *Image) bodyAxes() (axes [3]int, signs [3]float64, ok bool) {
	axes = [3]int{-1, -1, -1}
	for i, a := range img.Axes {
		if at, sign := toward(a.Toward); sign != 0 && axes[at] < 0 {
			axes[at], signs[at] = i, sign
		}
	}
	return axes, signs, !slices.Contains(axes[:], -1)
}

// toward reads a value of RFC-4 (ngff.openmicroscopy.org/rfc/4): the axis of the world, and 1 if it runs the same way.
func toward(text string) (axis int, sign float64) {
	from, to, _ := strings.Cut(text, "-to-")
	pairs := [...][2]string{
		{"left", "right"},
		{"posterior", "anterior"},
		{"inferior", "superior"},
		{"", ""},
		{"caudal", "rostral"},
		{"ventral", "dorsal"},
	}
	for i, p := range pairs {
		switch {
		case from == "" || to == "":
		case from == p[0] && to == p[1]:
			return i % 3, 1
		case from == p[1] && to == p[0]:
			return i % 3, -1
		}
	}
	return 0, 0
}

// axisUnit returns how many meters one unit of an axis is, and whether the data say so; see [Image.Place].
func (img *Image) axisUnit(i int) (meters float64, known bool) {
	const millimeter = 1e-3
	switch a := img.Axes[i]; {
	case a.Meters > 0:
		return a.Meters, true
	case img.Format == N5:
		return nanometer, true
	}
	for _, other := range img.Axes {
		if (other.Kind == "space" || other.Kind == "") && other.Seconds == 0 && other.Meters > 0 {
			return other.Meters, false
		}
	}
	return millimeter, false
}
