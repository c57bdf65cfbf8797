package ngstate

import (
	"fmt"
	"slices"

	"ngportal/volume"
)

// A slot is one axis of a transform: the source's axis and the one it becomes.
type slot struct {
	axis    int // of the array; -1 for an axis of a thing without voxels
	in, out string
	inSize  dimension // the zero value leaves it to the source
	outSize dimension
	row     int // of the world that it becomes, -1 for channels
}

// transform places a volume where the viewer by itself would not, says what the metadata leave out, and tells channels
// from places. It is nil when there is nothing to say.
//
// Neuroglancer merges it into the source's own by the names of the input's axes ("set spec" in its
// coordinate_transform.ts): an axis that is not listed stays as it is, and without a matrix voxels stay
// where the source has them, which for OME-Zarr is its translation. A matrix with it would move them twice.
//
// A matrix acts on lengths: its columns take voxels times the input's size, its last column is in output units.
func (w *world) transform(a Asset) object {
	if len(a.Volume.Levels) == 0 {
		return modelTransform(a)
	}
	g := gridOf(a)
	turned := g.turned()
	var slots []slot
	for _, s := range append(w.places(g, turned), channelSlots(a)...) {
		if g.alone || turned && s.row >= 0 || s.in != s.out || s.inSize != (dimension{}) {
			slots = append(slots, s)
		}
	}
	switch {
	case len(slots) == 0:
		return nil
	case g.unnamed():
		return positional(g, slots)
	case !turned:
		slices.SortFunc(slots, func(a, b slot) int { return a.axis - b.axis })
	}
	in, out := object{}, object{}
	for _, s := range slots {
		if s.inSize == (dimension{}) {
			s.inSize = s.outSize
		}
		in, out = append(in, member{s.in, s.inSize}), append(out, member{s.out, s.outSize})
	}
	t := object{{"inputDimensions", in}, {"outputDimensions", out}}
	if turned {
		t = append(object{{"matrix", g.matrix(slots)}}, t...)
	}
	return t
}

// places are the axes of space: with sizes where they are turned, or where only we know them.
func (w *world) places(g grid, turned bool) []slot {
	var out []slot
	for row, col := range g.columns() {
		if col < 0 {
			continue
		}
		axis := g.axes[col]
		s := slot{axis: axis, in: g.sourceName(axis), out: worldAxes[row], row: row}
		assumed := w.metric && g.img.Axes[axis].Meters == 0 && g.img.Format != volume.N5
		switch {
		case turned:
			s.inSize, s.outSize = dimension{g.size(col) * millimeter, "m"}, dimension{millimeter, "m"}
		case assumed:
			s.inSize = dimension{g.size(col) * millimeter, "m"}
			s.outSize = s.inSize
		case g.img.Format == volume.N5:
			s.outSize = dimension{g.size(col) * millimeter, "m"}
		default:
			s.outSize = dimensionOf(g.img.Axes[axis], g.img.Levels[0].Scale[axis])
		}
		out = append(out, s)
	}
	return out
}

// channelSlots are the axes that are no places although the viewer would take them for such, or the other way round.
func channelSlots(a Asset) []slot {
	img := a.Volume
	c, as := componentAxis(a), "'"
	switch {
	case c < 0:
		return nil
	case together(a):
		as = "^"
	case channelsOf(img) == shaded:
		return nil
	}
	g := grid{img: img}
	g.level, g.alone = repairLevel(img)
	name := axisName(img, c)
	size := dimensionOf(img.Axes[c], img.Levels[g.level].Scale[c])
	if img.Format == volume.NIfTI {
		name, size = "c", dimension{1, ""}
	}
	s := slot{axis: c, in: g.sourceName(c), out: name + as, row: -1, outSize: size}
	return []slot{s}
}

// matrix has a row for each slot: millimeters for those that are places, and the others as they are.
func (g grid) matrix(slots []slot) [][]float64 {
	cols := g.columns()
	rows := make([][]float64, len(slots))
	for i, to := range slots {
		rows[i] = make([]float64, len(slots)+1)
		if to.row < 0 {
			rows[i][i] = 1
			continue
		}
		at := g.moved[to.row][3]
		for j, from := range slots {
			if from.row < 0 {
				continue
			}
			step := g.moved[to.row][cols[from.row]]
			at -= step * g.origin(from.axis)
			if g.unnamed() {
				rows[i][j] = step * millimeter // lengths are voxels, for there is no unit
			} else {
				rows[i][j] = step / g.size(cols[from.row])
			}
		}
		rows[i][len(slots)] = at
	}
	return rows
}

// positional is the transform of an array that is opened by itself. What its axes are called there we have not read,
// so all of them are listed, in order, and the input's names are left out.
func positional(g grid, slots []slot) object {
	all := make([]slot, len(g.img.Axes))
	taken := map[string]bool{}
	for i := range all {
		all[i] = slot{axis: i, row: -1}
		if at := slices.IndexFunc(slots, func(s slot) bool { return s.axis == i }); at >= 0 {
			all[i] = slots[at]
			taken[all[i].out] = true
		}
	}
	l := g.img.Levels[g.level]
	out := object{}
	for i := range all {
		if all[i].out == "" {
			all[i].out = unused(axisName(g.img, i), taken)
			all[i].outSize = dimensionOf(g.img.Axes[i], l.Scale[i])
		}
		out = append(out, member{all[i].out, all[i].outSize})
	}
	rows := g.matrix(all)
	for i, s := range all {
		if s.row < 0 { // lengths are voxels here, too
			rows[i][i] = s.outSize.scale
		}
	}
	return object{{"matrix", rows}, {"outputDimensions", out}}
}

// unused is a name that is not taken yet, and takes it.
func unused(name string, taken map[string]bool) string {
	out := name
	for n := 2; taken[out]; n++ {
		out = fmt.Sprintf("%s%d", name, n)
	}
	taken[out] = true
	return out
}

// modelTransform moves a thing without voxels, such as a mesh: its own axes are x, y and z already.
func modelTransform(a Asset) object {
	if a.Moved == nil {
		return nil
	}
	out := object{}
	rows := make([][]float64, len(worldAxes))
	for i, name := range worldAxes {
		out = append(out, member{name, dimension{millimeter, "m"}})
		rows[i] = a.Moved[i][:]
	}
	return object{{"matrix", rows}, {"outputDimensions", out}}
}
