package tract

import (
	"encoding/json"
	"math"
)

// trxJSON bounds the length of a header.json.
const trxJSON = 1 << 20

// A trxHeader is a header.json. Missing numbers are nil.
type trxHeader struct {
	Affine     [][]float64 `json:"VOXEL_TO_RASMM"`
	Dimensions []float64   `json:"DIMENSIONS"`
	Vertices   *float64    `json:"NB_VERTICES"`
	Lines      *float64    `json:"NB_STREAMLINES"`
}

// parseTRXHeader fills in h but for what the arrays tell, and returns how many streamlines and points there are. The size
// is that of the whole file.
func parseTRXHeader(b []byte, size int64, h *Header) (lines, vertices int64, err error) {
	var t trxHeader
	if err = json.Unmarshal(b, &t); err != nil {
		return 0, 0, invalid("header.json is no description of a .trx file: %s", err)
	}
	if lines, err = wholeNumber(t.Lines, "NB_STREAMLINES", "streamlines"); err != nil {
		return 0, 0, err
	}
	if vertices, err = wholeNumber(t.Vertices, "NB_VERTICES", "points"); err != nil {
		return 0, 0, err
	}
	// However a file is compressed, a streamline takes a byte: a bound for all that is kept of each.
	if lines > size || lines > math.MaxUint32 {
		return 0, 0, invalid("header.json counts %d streamlines in a file of %d bytes", lines, size)
	}
	h.Streamlines = lines
	t.place(h)
	return lines, vertices, nil
}

func wholeNumber(v *float64, key, what string) (int64, error) {
	switch {
	case v == nil:
		return 0, invalid("header.json does not tell the number of %s (%s)", what, key)
	case *v < 0 || *v != math.Trunc(*v) || *v > 1<<40:
		return 0, invalid("header.json counts %v %s (%s)", *v, what, key)
	}
	return int64(*v), nil
}

// place takes over the affine and the size of the volume, which only describe where the streamlines come from: their
// points are in RAS mm.
func (t trxHeader) place(h *Header) {
	var a [4][4]float64
	ok := len(t.Affine) == 4
	for i, row := range t.Affine {
		if ok = ok && len(row) == 4; ok {
			copy(a[i][:], row)
		}
	}
	o, named := orientationOf(a)
	if !ok || !named {
		h.warn("The file records no usable affine (VOXEL_TO_RASMM); its points are in RAS mm nevertheless.")
		return
	}
	h.Affine, h.HasAffine, h.VoxelOrder = a, true, o.String()
	for k := range 3 {
		h.VoxelSize[k] = math.Hypot(math.Hypot(a[0][k], a[1][k]), a[2][k])
	}
	if len(t.Dimensions) != 3 {
		return
	}
	var dim [3]int
	for k, d := range t.Dimensions {
		if d < 0 || d > math.MaxInt32 || d != math.Trunc(d) {
			return
		}
		dim[k] = int(d)
	}
	h.Dim = dim
}
