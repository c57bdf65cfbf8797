package ngstate

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"ngportal/volume"
)

// Pipeline is what Neuroglancer takes as the source of a: where the bytes are, then how to read them.
// It names the format, so that the viewer need not probe for it.
func Pipeline(a Asset) string {
	if a.Tract != nil {
		return a.Tract.URL + "|neuroglancer-precomputed:"
	}
	at := a.URL
	if a.Volume.Sub != "" {
		at += a.Volume.Sub + "/"
	}
	switch a.Volume.Format {
	case volume.NIfTI:
		if strings.HasSuffix(strings.ToLower(at), ".gz") {
			return at + "|gzip:|nifti:"
		}
		return at + "|nifti:"
	case volume.Precomputed:
		return at + "|neuroglancer-precomputed:"
	case volume.Zarr2, volume.Zarr3, volume.N5:
	}
	return at + "|" + string(a.Volume.Format) + ":"
}

// source is a layer's source, with a transform where the viewer would place the data wrongly by itself.
func (w *world) source(a Asset) any {
	at := Pipeline(a)
	switch {
	case a.Volume.Affine != nil:
		return object{{"url", at}, {"transform", affineTransform(a.Volume)}}
	case w.metric:
		if _, known := gridBox(a.Volume); !known {
			return object{{"url", at}, {"transform", assumedTransform(a.Volume)}}
		}
	}
	return at
}

// affineTransform places a NIfTI volume by its best affine. Neuroglancer alone would use the qform
// only, and would take the first voxel's corner for its center: half a voxel off.
//
// A transform's matrix acts on lengths, so each column is divided by the voxel size; its last
// column is in output units. The input's axes are called i, j and k by Neuroglancer.
func affineTransform(img *volume.Image) object {
	in, out := object{}, object{}
	m := img.Affine.Matrix
	rows := make([][]float64, 3)
	for i, name := range []string{"i", "j", "k"} {
		in = append(in, member{name, []any{columnLength(m, i) * 1e-3, "m"}})
		out = append(out, member{[]string{"x", "y", "z"}[i], []any{1e-3, "m"}})
		corner := m[i][3]
		row := make([]float64, 4)
		for j := range 3 {
			row[j] = m[i][j] / columnLength(m, j)
			corner -= m[i][j] / 2
		}
		row[3] = corner
		rows[i] = row
	}
	return object{{"matrix", rows}, {"inputDimensions", in}, {"outputDimensions", out}}
}

func columnLength(m [3][4]float64, j int) float64 {
	return norm(m[0][j], m[1][j], m[2][j])
}

// assumedTransform gives millimeters to a volume that names no unit, so that it is seen beside measured ones.
func assumedTransform(img *volume.Image) object {
	l := img.Levels[0]
	dims := object{}
	var corner []float64
	for i, axis := range img.Axes {
		if !spatial(axis) {
			continue
		}
		dims = append(dims, member{axis.Name, []any{l.Scale[i] * 1e-3, "m"}})
		corner = append(corner, l.Translation[i]/l.Scale[i]-0.5)
	}
	rows := make([][]float64, len(corner))
	for i := range rows {
		rows[i] = make([]float64, len(corner)+1)
		rows[i][i], rows[i][len(corner)] = 1, round(corner[i])
	}
	return object{{"matrix", rows}, {"inputDimensions", dims}, {"outputDimensions", dims}}
}

// maxFragment is the longest state, escaped, that goes into an address itself; chat and mail programs cut longer ones.
const maxFragment = 30_000

// Fragment returns what follows "#" in the viewer's address so that it shows state: the state
// itself while that is short, else the address it can be fetched from.
//
// The state is escaped as a whole, so that nothing in it can be taken for an address to fetch.
func Fragment(state []byte, address string) string {
	if escaped := "!" + url.PathEscape(string(state)); len(escaped) <= maxFragment {
		return escaped
	}
	return "!" + address
}

// Validate checks that data is a state that can be stored: one JSON object of at most [MaxState].
// The error wraps [ErrInvalid].
func Validate(data []byte) error {
	if len(data) > MaxState {
		return fmt.Errorf("%w: the state has %d kB, more than the %d kB that are stored", ErrInvalid, len(data)>>10, MaxState>>10)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil || members == nil {
		return fmt.Errorf("%w: the state is not a JSON object", ErrInvalid)
	}
	return nil
}
