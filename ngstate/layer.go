package ngstate

import (
	"fmt"
	"strings"
)

// maxChannels is how many channels become layers of their own. An image with more is one layer
// with a slider, because a list of hundreds would hide the other layers.
const maxChannels = 12

// isSegmentation reports whether an asset is shown as labels.
func isSegmentation(a Asset) bool {
	switch {
	case a.Volume == nil || a.Type == Image:
		return false
	case a.Type == Segmentation:
		return true
	}
	switch a.Volume.Kind {
	case "skeletons", "mesh":
		return true
	}
	return a.Volume.IsLabel || isInteger(a.Volume.DType) && strings.HasSuffix(strings.Split(a.Name, " · ")[0], "dseg")
}

// covers reports whether a hides, at full opacity, what lies below it in a cross section. Streamlines,
// skeletons, meshes and annotations do not, and are not hidden either: the viewer draws them over
// the finished picture of all volumes, wherever they are in the list (its sliceview/panel.ts).
func covers(a Asset) bool { return a.Volume != nil && a.Volume.Kind == "volume" }

// layers returns the layers that show a. The first member of each is its name.
// base says that nothing lies below it that it would hide, so that it may cover the whole panel.
func (w *world) layers(a Asset, base bool) []object {
	switch {
	case a.Tract != nil:
		return []object{tractLayer(a)}
	case a.Volume.Kind == "annotations":
		return []object{{{"name", a.Name}, {"type", "annotation"}, {"source", Pipeline(a)}}}
	case isSegmentation(a):
		return []object{{
			{"name", a.Name},
			{"type", "segmentation"},
			{"source", w.source(a)},
			{"segments", []string{}},
			{"selectedAlpha", 0.45},
		}}
	}
	n := a.Volume.ChannelCount()
	if n == 1 || n > maxChannels {
		return []object{w.imageLayer(a, base)}
	}
	var out []object
	for i := range n {
		out = append(out, w.channelLayer(a, int(i)))
	}
	return out
}

func (w *world) imageLayer(a Asset, base bool) object {
	shader, opacity := grayscale, 1.0
	if !base {
		shader, opacity = overlay, 0.7
	}
	return object{
		{"name", a.Name},
		{"type", "image"},
		{"source", w.source(a)},
		{"opacity", opacity},
		{"shader", shader},
		{"shaderControls", controls(contrast(a, 0), nil)},
	}
}

// tractLayer shows streamlines, all of which are segment 1.
func tractLayer(a Asset) object {
	return object{
		{"name", a.Name + " " + a.Tract.part()},
		{"type", "segmentation"},
		{"source", a.Tract.URL + "|neuroglancer-precomputed:"},
		{"segments", []string{"1"}},
		{"selectedAlpha", 1},
		{"notSelectedAlpha", 0},
		{"skeletonRendering", object{
			{"shader", orientation},
			{"mode2d", "lines"},
			{"lineWidth2d", 1},
			{"mode3d", "lines"},
			{"lineWidth3d", 1},
		}},
	}
}

// part says how much of the tractogram is shown.
func (t *Tract) part() string {
	switch {
	case t.Known:
		return fmt.Sprintf("(%s of %s)", thousands(t.Shown), thousands(t.Total))
	case t.Total >= 0:
		return fmt.Sprintf("(about %s of %s)", thousands(t.Shown), thousands(t.Total))
	}
	return "(a part)"
}

// thousands writes n with commas.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
