package ngstate

import (
	"math"
	"slices"
	"strings"

	"ngportal/xfm"
)

// A world is the space in which a scene's assets lie together.
type world struct {
	names    []string // of the axes, x, y and z first
	unit     float64  // of the axes, in meters; 0 when no asset says how large it is
	center   []float64
	extent   []float64 // both by axis, in units
	metric   bool      // some axis of some asset is a length, so that all axes of space are
	warnings []string
}

// A box is the extent of one asset by axis name, in meters: known ones or assumed ones, see [volume.Image.Place].
type box map[string][2]float64

// fill is how many screen pixels the largest extent takes in a cross section: a panel of the
// four-panel layout in a small window is about this high.
const fill = 400

func newWorld(assets []Asset) *world {
	w := &world{}
	boxes := make([]box, 0, len(assets))
	for _, a := range assets {
		w.metric = w.metric || metric(a)
		if b := boxOf(a); len(b) > 0 {
			boxes = append(boxes, b)
		}
	}
	if w.metric {
		for _, a := range assets {
			if s := assumption(a); s != "" {
				w.warnings = append(w.warnings, s)
			}
		}
	}
	w.setAxes(boxes)
	return w
}

// boxOf returns the extent of an asset; it is empty where that is not known.
func boxOf(a Asset) box {
	switch {
	case a.Tract != nil:
		return tractBox(a)
	case a.Volume != nil && len(a.Volume.Levels) > 0:
		return gridOf(a).box()
	}
	return nil
}

// tractBox is the box around the corners of a tractogram, which may have been moved.
func tractBox(a Asset) box {
	if a.Tract.Bounds == [2][3]float64{} {
		return nil
	}
	m := xfm.Identity()
	if a.Moved != nil {
		m = *a.Moved
	}
	b := box{}
	for row, name := range worldAxes {
		low, high := m[row][3], m[row][3]
		for col := range 3 {
			near, far := a.Tract.Bounds[0][col]*m[row][col], a.Tract.Bounds[1][col]*m[row][col]
			low += min(near, far)
			high += max(near, far)
		}
		b[name] = [2]float64{low * millimeter, high * millimeter}
	}
	return b
}

// setAxes finds the axes, their unit and the middle of the picture.
func (w *world) setAxes(boxes []box) {
	for _, name := range worldAxes {
		if slices.ContainsFunc(boxes, func(b box) bool { _, ok := b[name]; return ok }) {
			w.names = append(w.names, name)
		}
	}
	largest := 0.0
	looked := boxes
	if !w.meet(boxes) { // nowhere can all be seen: look at the first
		looked = boxes[:1]
	}
	for _, name := range w.names {
		all, _ := span(boxes, name)
		w.center = append(w.center, middle(span(looked, name)))
		w.extent = append(w.extent, all[1]-all[0])
		largest = math.Max(largest, all[1]-all[0])
	}
	w.setUnit(largest)
}

// meet reports whether there is a place that lies in all boxes.
func (w *world) meet(boxes []box) bool {
	for _, name := range w.names {
		if _, common := span(boxes, name); common[0] >= common[1] {
			return false
		}
	}
	return true
}

// middle is the middle of everything, or what comes nearest to it where all assets have something to show.
func middle(all, common [2]float64) float64 {
	const margin = 0.1 // of what they have in common: its very edge shows little
	edge := margin * (common[1] - common[0])
	return min(max((all[0]+all[1])/2, common[0]+edge), common[1]-edge)
}

// setUnit picks the unit that gives readable numbers, and converts to it.
func (w *world) setUnit(largest float64) {
	if w.metric {
		w.unit = millimeter
		for w.unit > nanometer && largest > 0 && largest < w.unit {
			w.unit *= 1e-3
		}
	}
	for i := range w.center {
		w.center[i] = round(w.center[i] / w.scale())
		w.extent[i] /= w.scale()
	}
}

// span returns what all boxes cover together along an axis, and what they have in common.
func span(boxes []box, name string) (all, common [2]float64) {
	all = [2]float64{math.Inf(1), math.Inf(-1)}
	common = [2]float64{math.Inf(-1), math.Inf(1)}
	for _, b := range boxes {
		if side, ok := b[name]; ok {
			all = [2]float64{math.Min(all[0], side[0]), math.Max(all[1], side[1])}
			common = [2]float64{math.Max(common[0], side[0]), math.Min(common[1], side[1])}
		}
	}
	return all, common
}

// anatomical is the cross-section orientation of RAS space: the panels show coronal, axial and sagittal sections,
// superior or anterior up. Radiologists expect the subject's left on the right; neurologists see it from behind, on the
// left. (x, y, z, w) as Neuroglancer has it; the same as ngtools' "radiological" and "neurological".
func anatomical(neurological bool) []float64 {
	if neurological {
		return []float64{math.Sqrt2 / 2, 0, 0, -math.Sqrt2 / 2}
	}
	return []float64{0, -math.Sqrt2 / 2, math.Sqrt2 / 2, 0}
}

// view are the members of a state that say where one looks.
func (w *world) view(v View) object {
	if len(w.names) == 0 {
		return w.bareView(v)
	}
	dims := object{}
	for _, name := range w.names {
		dims = append(dims, member{name, w.dimension()})
	}
	largest := slices.Max(w.extent)
	o := object{
		{"dimensions", dims},
		{"position", w.position(v)},
		{"crossSectionScale", round(largest / fill)},
		{"projectionScale", round(largest * 1.1)},
	}
	if w.anatomy() {
		q := anatomical(v.Neurological)
		o = append(o, member{"crossSectionOrientation", q}, member{"projectionOrientation", q})
	}
	return o
}

// bareView is the view of things whose extent is not known, such as layers from elsewhere: the viewer finds them itself,
// unless a person says where to look.
func (w *world) bareView(v View) object {
	if v.Position == nil {
		return nil
	}
	dims := object{}
	for _, name := range worldAxes {
		dims = append(dims, member{name, dimension{millimeter, "m"}})
	}
	return object{{"dimensions", dims}, {"position", v.Position[:]}}
}

// position is where a person wants to look, or else the middle.
func (w *world) position(v View) []float64 {
	if v.Position == nil {
		return w.center
	}
	out := slices.Clone(w.center)
	for i, name := range worldAxes {
		if at := slices.Index(w.names, name); at >= 0 {
			out[at] = round(v.Position[i] * millimeter / w.scale())
		}
	}
	return out
}

// scale is the unit of the axes in meters. Where nothing is a length, one was taken for a millimeter.
func (w *world) scale() float64 {
	if w.metric {
		return w.unit
	}
	return millimeter
}

// dimension is an axis as states have it.
func (w *world) dimension() dimension {
	if w.unit == 0 {
		return dimension{1, ""}
	}
	return dimension{w.unit, "m"}
}

// anatomy reports whether the axes have directions in the body.
func (w *world) anatomy() bool { return w.metric && len(w.names) == len(worldAxes) }

// layout is how the panels lie. Two groups lie side by side, each with its own layers; where one looks is the same for
// both, for that is what Neuroglancer does with viewers that do not say otherwise ("linked").
func (w *world) layout(v View, assets []Asset, names [][]string) any {
	panels := v.Layout
	if panels == "" {
		panels = "4panel"
		if len(w.names) == 2 {
			panels = strings.Join(w.names, "")
			if !slices.Contains(Layouts(), panels) {
				panels = "4panel"
			}
		}
	}
	groups := make([][]string, 2)
	for i, a := range assets {
		group := min(max(a.Look.Group, 0), 1)
		groups[group] = append(groups[group], names[i]...)
	}
	if !v.Compare || len(groups[0]) == 0 || len(groups[1]) == 0 {
		return panels
	}
	var children []object
	for _, g := range groups {
		children = append(children, object{{"type", "viewer"}, {"layers", g}, {"layout", panels}})
	}
	return object{{"type", "row"}, {"children", children}}
}
