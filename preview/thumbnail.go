package preview

import (
	"image"
	"math"
)

// Thumbnail draws the middle section of a layer so that it fits into a square of size pixels: the axial one, as
// radiologists see it, where the data say how the body lies; else that of x and y, unless another has far more voxels,
// with the first axis to the right and the second down, as image files are shown. It is nil when there is nothing to draw.
func Thumbnail(l Layer, size int) *image.NRGBA {
	low, high, ok := Bounds([]Layer{l})
	if !ok || l.Block == nil || size <= 0 {
		return nil
	}
	place := l.Image.Place()
	plane := Axial
	if !place.Anatomical {
		plane = l.widest(place.Axes)
	}
	side, up := plane.Axes()
	pixel := max(high[side]-low[side], high[up]-low[up]) / float64(size)
	if !(pixel > 0) {
		return nil
	}
	v := View{Plane: plane, PixelSize: pixel, Width: pixels(high[side]-low[side], pixel), Height: pixels(high[up]-low[up], pixel)}
	for i := range 3 {
		v.Center[i] = (low[i] + high[i]) / 2
	}
	s := v.screen()
	if !place.Anatomical {
		s.right[side], s.down[up] = pixel, pixel
		s.center(v.Center)
	}
	return s.draw([]Layer{l})
}

func pixels(length, pixel float64) int { return max(1, int(math.Round(length/pixel))) }

// widest is the plane of x and y, or one that has at least twice as many voxels.
func (l *Layer) widest(axes [3]int) Plane {
	shape := l.Image.Levels[0].Shape
	voxels := func(p Plane) float64 {
		side, up := p.Axes()
		return float64(length(shape, axes[side])) * float64(length(shape, axes[up]))
	}
	best, most := Axial, 2*voxels(Axial)
	for _, p := range []Plane{Coronal, Sagittal} {
		if n := voxels(p); n >= most {
			best, most = p, n
		}
	}
	return best
}
