package ngstate

import (
	"fmt"
	"strings"

	"ngportal/volume"
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

// layers returns the layers that show a. The first member of each is its name.
// base says that no image lies below it, so that it may cover the whole panel.
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

// channelLayer shows one channel of a fluorescence image; the channels add up.
func (w *world) channelLayer(a Asset, i int) object {
	ch := volume.Channel{Active: i < len(defaultColors)}
	if i < len(a.Volume.Channels) {
		ch = a.Volume.Channels[i]
	}
	if ch.Label == "" {
		ch.Label = fmt.Sprintf("channel %d", i)
	}
	if ch.Color == "" {
		ch.Color = defaultColors[i%len(defaultColors)]
	}
	local := a.Volume.Axes[a.Volume.ChannelAxis()].Name + "'"
	l := object{
		{"name", ch.Label + " · " + a.Name},
		{"type", "image"},
		{"source", w.source(a)},
		{"localDimensions", object{{local, []any{1, ""}}}},
		{"localPosition", []int{i}},
		{"opacity", 1},
		{"blend", "additive"},
		{"shader", colored},
		{"shaderControls", controls(contrast(a, i), ch.Color)},
	}
	if !ch.Active {
		l = append(l, member{"visible", false})
	}
	return l
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

// contrast says what to draw as black and as white, and the range of the control. Nil leaves it to the viewer.
func contrast(a Asset, channel int) any {
	var low, high, least, most float64
	known := false
	if channel < len(a.Stats) && a.Stats[channel].Count > 0 {
		s := a.Stats[channel]
		low, high, least, most, known = s.Q01, s.Q99, s.Min, s.Max, true
		if low >= high { // all voxels that are not zero are alike: draw them white
			low = 0
		}
	}
	if channel < len(a.Volume.Channels) && a.Volume.Channels[channel].Window.Set {
		win := a.Volume.Channels[channel].Window
		low, high, known = win.Start, win.End, true
		if win.Min < win.Max {
			least, most = win.Min, win.Max
		}
	}
	if !known || low >= high {
		return nil
	}
	return object{
		{"range", []float64{round(low), round(high)}},
		{"window", []float64{round(min(least, low)), round(max(most, high))}},
	}
}

func controls(normalized, color any) any {
	if normalized == nil && color == nil {
		return nil
	}
	return object{{"normalized", normalized}, {"color", color}}
}

// thousands writes n with commas.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
