package ngstate

import (
	"fmt"
	"slices"

	"ngportal/volume"
)

// covers reports whether a hides, at full opacity, what lies below it in a cross section. Streamlines,
// skeletons, meshes and annotations do not, and are not hidden either: the viewer draws them over
// the finished picture of all volumes, wherever they are in the list (its sliceview/panel.ts).
func covers(a Asset) bool {
	return a.Volume != nil && a.Volume.Kind == "volume" && !a.Look.Hidden
}

// layers returns the layers that show a. The first member of each is its name.
// base says that nothing lies below it that it would hide, so that it may cover the whole panel.
func (w *world) layers(a Asset, base bool) []object {
	var out []object
	switch {
	case len(a.Raw) > 0:
		out = []object{w.rawLayer(a)}
	case a.Tract != nil:
		out = w.tractLayers(a)
	case a.Volume.Kind == "annotations":
		out = []object{{{"name", a.Name}, {"type", "annotation"}, {"source", w.source(a)}}}
	default:
		out = w.volumeLayers(a, base)
	}
	if a.Look.Hidden {
		for i := range out {
			out[i] = out[i].set("visible", false)
		}
	}
	return out
}

func (w *world) volumeLayers(a Asset, base bool) []object {
	d := drawingOf(a, base)
	switch {
	case d.Kind == Labels:
		return []object{w.labelLayer(a, d)}
	case d.Kind == Gray:
		return []object{w.grayLayer(a, d)}
	case !d.Apart:
		return []object{w.colorLayer(a, d)}
	}
	var out []object
	for i := range d.Channels {
		out = append(out, w.channelLayer(a, d, i))
	}
	return out
}

// labelLayer shows segments: all of them, while none is chosen.
func (w *world) labelLayer(a Asset, d Drawing) object {
	l := object{
		{"name", a.Name},
		{"type", "segmentation"},
		{"source", w.source(a)},
		{"segments", []string{}},
		{"selectedAlpha", d.Opacity},
	}
	if a.Volume.Kind != "volume" && a.Look.Opacity != nil {
		l = append(l, member{"objectAlpha", *a.Look.Opacity})
	}
	if c := segmentColors(a); len(c) > 0 {
		l = append(l, member{"segmentColors", c})
	}
	return l
}

// segmentColors are the colors that a table gives to the labels that occur. Where it is not known which ones do, they
// are those of a short table: a long one would make the state too large.
func segmentColors(a Asset) object {
	const most = 500
	var occur []float64
	if len(a.Stats) > 0 {
		occur = a.Stats[0].Values
	}
	table := segmentsOf(a)
	if occur == nil && len(table) > most {
		return nil
	}
	var out object
	for _, s := range table {
		if _, found := slices.BinarySearch(occur, float64(s.ID)); s.Color != "" && (found || occur == nil) {
			out = append(out, member{fmt.Sprint(s.ID), s.Color})
		}
	}
	return out
}

// segmentsOf is the table of a segmentation: that which was found beside it, or else its own.
func segmentsOf(a Asset) []volume.Segment {
	if len(a.Segments) > 0 || a.Volume == nil {
		return a.Segments
	}
	return a.Volume.Segments
}

// grayLayer shows one value for each voxel, by contrast and color map.
func (w *world) grayLayer(a Asset, d Drawing) object {
	shader, color := valueShader(a, !d.Sheer)
	contrast, _ := limitsOf(a, d.Kind, 0)
	return w.imageLayer(a, d, shader, controls(contrast.object(), color))
}

// colorLayer shows all components of a voxel as one color.
func (w *world) colorLayer(a Asset, d Drawing) object {
	if d.Kind == Vectors {
		return w.imageLayer(a, d, vectorShader(vectorTurn(a)), nil)
	}
	return w.imageLayer(a, d, rgbShader, nil)
}

// imageLayer shows an image by a shader, which controls are for.
func (w *world) imageLayer(a Asset, d Drawing, shader string, controls any) object {
	return object{
		{"name", a.Name},
		{"type", "image"},
		{"source", w.source(a)},
		{"opacity", d.Opacity},
		{"blend", orNil(a.Look.Blend)},
		{"shader", shader},
		{"shaderControls", controls},
	}
}

// over is the opacity of an image that nobody has chosen one for.
func over(base bool) float64 {
	if base {
		return 1
	}
	return 0.7
}

func opacity(a Asset, otherwise float64) float64 {
	if a.Look.Opacity != nil {
		return *a.Look.Opacity
	}
	return otherwise
}
