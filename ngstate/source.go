package ngstate

import (
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
	var transform object
	if a.Volume.Affine != nil {
		transform = affineTransform(a.Volume)
	} else {
		transform = w.gridTransform(a.Volume)
	}
	if transform == nil {
		return at
	}
	return object{{"url", at}, {"transform", transform}}
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

// gridTransform says to the viewer what the metadata leave out: the size of voxels along axes without
// a unit, where others are measured, and that a plain array's channels are no place. Nil if nothing is.
//
// Neuroglancer merges it into the source's own by the names of the input's axes ("set spec" in its
// coordinate_transform.ts): an axis that is not listed stays as it is, and without a matrix voxels stay
// where the source has them, which for OME-Zarr is its translation. A matrix with it would move them twice.
func (w *world) gridTransform(img *volume.Image) object {
	if len(img.Levels) == 0 {
		return nil
	}
	in, out := object{}, object{}
	for i, axis := range img.Axes {
		name, scale := axisName(img, i), img.Levels[0].Scale[i]
		var as string
		var dimension []any
		unit, known := axisUnit(img, axis)
		switch {
		case w.metric && spatial(axis) && !known:
			as, dimension = name, []any{scale * unit, "m"}
		case i == img.ChannelAxis() && channelsOf(img) == global:
			as, dimension = name+"'", dimensionOf(axis, scale)
		default:
			continue
		}
		in = append(in, member{name, dimension})
		out = append(out, member{as, dimension})
	}
	if len(in) == 0 {
		return nil
	}
	return object{{"inputDimensions", in}, {"outputDimensions", out}}
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
