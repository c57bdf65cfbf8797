package preview

import (
	"math"
	"slices"
)

// A screen says where the pixels of a picture lie in the world.
type screen struct {
	origin        [3]float64 // of the center of the first pixel, millimeters
	right, down   [3]float64 // from one pixel to the next
	width, height int
}

// Axes are those of the world to the side and up in the picture.
func (p Plane) Axes() (side, up int) {
	switch p {
	case Coronal:
		return 0, 2
	case Sagittal:
		return 1, 2
	case Axial:
	}
	return 0, 1
}

// screen lays out a view. Radiological pictures have +x on the left; +y of a sagittal one is always on the right, as
// the viewer has it.
func (v View) screen() screen {
	side, up := v.Plane.Axes()
	s := screen{width: min(max(v.Width, 0), MaxSide), height: min(max(v.Height, 0), MaxSide)}
	s.right[side], s.down[up] = v.PixelSize, -v.PixelSize
	if side == 0 && !v.Neurological {
		s.right[side] = -v.PixelSize
	}
	s.center(v.Center)
	return s
}

// center moves the middle of the picture to a point.
func (s *screen) center(at [3]float64) {
	for i := range 3 {
		s.origin[i] = at[i] - s.right[i]*float64(s.width-1)/2 - s.down[i]*float64(s.height-1)/2
	}
}

// Letters are what lies at the edges of a section, such as "R", "L", "S", "I"; names of axes with a sign where the data
// have no anatomy ("+x").
func Letters(p Plane, anatomical, neurological bool) (left, right, top, bottom string) {
	names := [3][2]string{{"L", "R"}, {"P", "A"}, {"I", "S"}} // at the low and the high end of x, y and z
	if !anatomical {
		names = [3][2]string{{"−x", "+x"}, {"−y", "+y"}, {"−z", "+z"}}
	}
	side, up := p.Axes()
	left, right = names[side][0], names[side][1]
	if side == 0 && !neurological {
		left, right = right, left
	}
	return left, right, names[up][1], names[up][0]
}

// Bounds is the box in the world that holds all layers, their outermost voxels whole: low and high corner, millimeters.
// ok is false without any.
func Bounds(layers []Layer) (low, high [3]float64, ok bool) {
	low, high = [3]float64{math.Inf(1), math.Inf(1), math.Inf(1)}, [3]float64{math.Inf(-1), math.Inf(-1), math.Inf(-1)}
	for _, l := range layers {
		if l.Image == nil || len(l.Image.Levels) == 0 {
			continue
		}
		place := l.Image.Place()
		m := l.world(place.Matrix)
		for corner := range 8 {
			var at [3]float64
			for i, axis := range place.Axes {
				at[i] = -0.5 + float64(corner>>i&1)*float64(length(l.Image.Levels[0].Shape, axis))
			}
			at = m.Apply(at)
			for i, v := range at {
				low[i], high[i] = math.Min(low[i], v), math.Max(high[i], v)
			}
		}
		ok = true
	}
	ends := slices.Concat(low[:], high[:])
	if !ok || slices.ContainsFunc(ends, func(v float64) bool { return math.IsInf(v, 0) || math.IsNaN(v) }) {
		return [3]float64{}, [3]float64{}, false
	}
	return low, high, true
}

// length is that of an axis of an image; a missing axis has one voxel.
func length(shape []int64, axis int) int64 {
	if axis < 0 || axis >= len(shape) {
		return 1
	}
	return shape[axis]
}
