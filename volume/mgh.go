package volume

import (
	"encoding/binary"
	"math"
)

// mghSize is the length of an MGH header, voxels follow.
const mghSize = 284

// ReadMGH reads the header of a FreeSurfer .mgh file (284 bytes), or of an .mgz file after [HeaderOfGzip]; header may be
// longer. The layout is that of FreeSurfer's FsTutorial/MghFormat and nibabel's mghformat.py: big-endian version, width,
// height, depth, frames, type, degrees of freedom, a flag, spacing, and the cosines and center of RAS millimeters.
//
// The image has one level with the axes i, j and k, and f for frames where there are several; Neuroglancer does not
// open it, which is its first finding. The error wraps [ErrInvalid] when header is no MGH header or is absurd.
func ReadMGH(header []byte) (*Image, error) {
	if len(header) < mghSize {
		return nil, invalid("%d bytes are too few for an MGH header", len(header))
	}
	word := func(i int) int32 { return int32(binary.BigEndian.Uint32(header[4*i:])) }
	if v := word(0); v != 1 {
		return nil, invalid("the version is %d, not 1: this is no MGH file", v)
	}
	var dim []int64
	for i := range 4 {
		n := int64(word(1 + i))
		if n < 1 {
			return nil, invalid("axis %d has %d voxels", i+1, n)
		}
		dim = append(dim, n)
	}
	img := &Image{Format: MGH, Kind: "volume", DType: mghDType(word(5)), Slope: 1}
	img.refuse(RuleKind, "Neuroglancer does not read MGH and MGZ; convert it, for example with mri_convert, to .nii.gz.")
	for _, name := range []string{"i", "j", "k"} {
		img.Axes = append(img.Axes, Axis{Name: name, Kind: "space", Unit: "millimeter", Meters: 1e-3})
	}
	if dim[3] > 1 {
		img.Axes = append(img.Axes, Axis{Name: "f"})
	}
	rank := len(img.Axes)
	spacing := img.placeMGH(header, dim)
	img.Levels = []Level{{
		Shape: dim[:rank], Chunk: dim[:rank], Encoding: "raw",
		Scale: append(spacing[:], 1)[:rank], Translation: make([]float64, rank),
	}}
	return img, nil
}

// placeMGH sets the affine and returns the sizes of voxels. The header places the center, the voxel of index dim/2.
func (img *Image) placeMGH(header []byte, dim []int64) [3]float64 {
	const good, first = 28, 30 // where the flag and the numbers behind it are
	numbers := [15]float64{1, 1, 1, -1, 0, 0, 0, 0, -1, 0, 1, 0, 0, 0, 0}
	source := "none"
	if int16(binary.BigEndian.Uint16(header[good:])) == 1 {
		source = "MGH header"
		for i := range numbers {
			numbers[i] = float64(math.Float32frombits(binary.BigEndian.Uint32(header[first+4*i:])))
		}
	}
	spacing := [3]float64(numbers[:3])
	for i, s := range spacing {
		if !(s > 0) || !sizes(s) {
			img.warn(RuleHeader, "The voxel size along axis %s is %g; 1 is used.", img.Axes[i].Name, s)
			spacing[i] = 1
		}
	}
	var m [3][4]float64
	for row := range m {
		m[row][3] = numbers[12+row]
		for col := range 3 {
			m[row][col] = numbers[3+3*col+row] * spacing[col]
			m[row][3] -= m[row][col] * float64(dim[col]) / 2
		}
	}
	if !regular(m) {
		img.warn(RuleHeader, "The axes in the header are singular or not finite, and are passed over.")
		source, m = "none", [3][4]float64{}
		for i := range m {
			m[i][i] = spacing[i]
			m[i][3] = -spacing[i] * float64(dim[i]) / 2
		}
	}
	if source == "none" {
		img.warn(RuleAffine, "The header does not say where the image lies: its center is put at the origin.")
	}
	img.Affine = &Affine{Matrix: m, Source: source}
	return spacing
}

// mghDType names the type codes of FreeSurfer's mri.h that files have.
func mghDType(code int32) string {
	names := map[int32]string{0: "uint8", 1: "int32", 3: "float32", 4: "int16", 10: "uint16"}
	if name, ok := names[code]; ok {
		return name
	}
	return "unknown"
}
