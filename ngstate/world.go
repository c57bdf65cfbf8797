package ngstate

import (
	"math"
	"slices"

	"ngportal/volume"
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

// A box is the extent of one asset by axis name, in meters: known ones or assumed ones, see [axisUnit].
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
		return tractBox(a.Tract)
	case a.Volume.Affine != nil:
		return affineBox(a.Volume)
	}
	return gridBox(a.Volume)
}

func tractBox(t *Tract) box {
	if !t.Known {
		return nil
	}
	b := box{}
	for i, name := range []string{"x", "y", "z"} {
		b[name] = [2]float64{t.Bounds[0][i] * millimeter, t.Bounds[1][i] * millimeter}
	}
	return b
}

func gridBox(img *volume.Image) box {
	b := box{}
	if len(img.Levels) == 0 {
		return b
	}
	l := img.Levels[0]
	for i, axis := range img.Axes {
		if !spatial(axis) {
			continue
		}
		unit, _ := axisUnit(img, axis)
		low := (l.Translation[i] - l.Scale[i]/2) * unit
		b[axisName(img, i)] = [2]float64{low, low + float64(l.Shape[i])*l.Scale[i]*unit}
	}
	return b
}

// affineBox is the box around the eight corners of the volume; voxel centers lie at whole indices.
func affineBox(img *volume.Image) box {
	b := box{}
	shape := img.Levels[0].Shape
	for row, name := range []string{"x", "y", "z"} {
		low, high := img.Affine.Matrix[row][3], img.Affine.Matrix[row][3]
		for col := range 3 {
			n := 1.0
			if col < len(shape) {
				n = float64(shape[col])
			}
			near := -0.5 * img.Affine.Matrix[row][col]
			far := (n - 0.5) * img.Affine.Matrix[row][col]
			low += math.Min(near, far)
			high += math.Max(near, far)
		}
		b[name] = [2]float64{low * 1e-3, high * 1e-3}
	}
	return b
}

// setAxes finds the axes, their unit and the middle of the picture.
func (w *world) setAxes(boxes []box) {
	for _, name := range []string{"x", "y", "z"} {
		if slices.ContainsFunc(boxes, func(b box) bool { _, ok := b[name]; return ok }) {
			w.names = append(w.names, name)
		}
	}
	for _, b := range boxes {
		var more []string
		for name := range b {
			if !slices.Contains(w.names, name) {
				more = append(more, name)
			}
		}
		slices.Sort(more)
		w.names = append(w.names, more...)
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
	scale := millimeter // which was assumed of every axis, where nothing is a length
	if w.metric {
		w.unit = millimeter
		for w.unit > 1e-9 && largest > 0 && largest < w.unit {
			w.unit *= 1e-3
		}
		scale = w.unit
	}
	for i := range w.center {
		w.center[i] = round(w.center[i] / scale)
		w.extent[i] /= scale
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

// dimension is an axis as states have it: a scale and its unit.
func (w *world) dimension() []any {
	if w.unit == 0 {
		return []any{1, ""}
	}
	return []any{w.unit, "m"}
}

// anatomical is the cross-section orientation that radiologists expect of RAS space: the panels
// show coronal, axial and sagittal sections, the subject's left on the right, superior or
// anterior up. (x, y, z, w) as Neuroglancer has it; the same as ngtools' "radiological".
func anatomical() []float64 { return []float64{0, -math.Sqrt2 / 2, math.Sqrt2 / 2, 0} }

// view are the members of a state that say where one looks.
func (w *world) view() object {
	if len(w.names) == 0 {
		return nil
	}
	dims := object{}
	for _, name := range w.names {
		dims = append(dims, member{name, w.dimension()})
	}
	largest := slices.Max(w.extent)
	v := object{
		{"dimensions", dims},
		{"position", w.center},
		{"crossSectionScale", round(largest / fill)},
		{"projectionScale", round(largest * 1.1)},
	}
	if w.anatomy() {
		v = append(v, member{"crossSectionOrientation", anatomical()}, member{"projectionOrientation", anatomical()})
	}
	return v
}

// anatomy reports whether the axes have directions in the body.
func (w *world) anatomy() bool {
	return w.metric && len(w.names) >= 3 && slices.Equal(w.names[:3], []string{"x", "y", "z"})
}

func (w *world) layout() string {
	if len(w.names) == 2 {
		return "xy"
	}
	return "4panel"
}
