package preview

import (
	"encoding/binary"
	"image"
	"math"

	"ngportal/xfm"
)

// Draw draws a section. Where no layer has a voxel the picture is transparent; each voxel is drawn as it is, without
// interpolation. A layer that cannot be drawn (its voxels are not as many as its shape says, or it is moved by what has
// no inverse) is left out.
func Draw(layers []Layer, v View) *image.NRGBA { return v.screen().draw(layers) }

// Over draws a layer over what a picture of a view shows already, as [Draw] has made it.
func Over(img *image.NRGBA, l Layer, v View) {
	s := v.screen()
	if img.Rect != image.Rect(0, 0, s.width, s.height) {
		return
	}
	s.over(img, &l)
}

func (s screen) draw(layers []Layer) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, s.width, s.height))
	for i := range layers {
		s.over(img, &layers[i])
	}
	return img
}

func (s screen) over(img *image.NRGBA, l *Layer) {
	if w, ok := newSweep(l, s); ok {
		w.draw(l, img)
	}
}

// world is where the voxels of l lie: their own placement, and then the transform.
func (l *Layer) world(placement [3][4]float64) xfm.Matrix {
	m := xfm.Matrix(placement)
	if l.Transform == (xfm.Matrix{}) {
		return m
	}
	return m.Then(l.Transform)
}

// A sweep goes through a block as one goes through the pixels of a picture.
type sweep struct {
	start       [3]float64 // of the first pixel, in elements of the block along its axes of space
	right, down [3]float64 // from one pixel to the next
	low, high   [3]float64 // what of that is inside the image
	last        [3]int     // element of the block
	stride      [3]int
	data        []float32
	channel     []float32 // data from the channel on that is drawn
	step        int       // from one channel to the next
	channels    int
	offsets     []int // of the elements below one row of pixels
	colors      []uint32
}

// newSweep finds out how pixels lie in the voxels of l.
func newSweep(l *Layer, s screen) (*sweep, bool) {
	if l.Image == nil || l.Block == nil || len(l.Image.Levels) == 0 || !l.whole() {
		return nil, false
	}
	place := l.Image.Place()
	inverse, ok := l.world(place.Matrix).Inverse()
	if !ok {
		return nil, false
	}
	w := &sweep{data: l.Block.Data, channels: 1, offsets: make([]int, s.width), colors: make([]uint32, s.width)}
	w.start, w.right, w.down = inverse.Apply(s.origin), turn(inverse, s.right), turn(inverse, s.down)
	strides := strides(l.Block.Shape)
	for i, axis := range place.Axes {
		w.low[i], w.high[i] = -0.5, float64(length(l.Image.Levels[0].Shape, axis))-0.5
		if axis < 0 {
			continue
		}
		first := l.Block.Index(l.Image, axis, 0)
		size := l.Block.Index(l.Image, axis, 1) - first
		if !(size > 0) || math.IsInf(size, 0) {
			return nil, false
		}
		w.last[i], w.stride[i] = int(l.Block.Shape[axis])-1, strides[axis]
		w.start[i] = (w.start[i] - first) / size
		w.low[i], w.high[i] = (w.low[i]-first)/size, (w.high[i]-first)/size
		w.right[i] /= size
		w.down[i] /= size
	}
	if c := l.Image.ChannelAxis(); c >= 0 {
		w.step, w.channels = strides[c], int(l.Block.Shape[c])
	}
	return w, true
}

// whole reports whether the block has an element for each place in its shape.
func (l *Layer) whole() bool {
	if len(l.Block.Shape) != len(l.Image.Levels[0].Shape) {
		return false
	}
	n := int64(1)
	for _, k := range l.Block.Shape {
		if k <= 0 || n > math.MaxInt32/k {
			return false
		}
		n *= k
	}
	return n == int64(len(l.Block.Data))
}

// strides are the distances, in C order, of elements that are neighbors along each axis.
func strides(shape []int64) []int {
	out := make([]int, len(shape))
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		out[i] = step
		step *= int(shape[i])
	}
	return out
}

// turn moves a direction.
func turn(m xfm.Matrix, d [3]float64) (out [3]float64) {
	for i, row := range m {
		out[i] = row[0]*d[0] + row[1]*d[1] + row[2]*d[2]
	}
	return out
}

func (w *sweep) draw(l *Layer, img *image.NRGBA) {
	paint := w.painter(l)
	over := blender(l)
	for y := range img.Rect.Dy() {
		var at [3]float64
		for i := range at {
			at[i] = w.start[i] + float64(y)*w.down[i]
		}
		from, to := w.inside(at, img.Rect.Dx())
		if from >= to {
			continue
		}
		for i := range at {
			at[i] += float64(from)*w.right[i] + 0.5 // so that cutting off rounds
		}
		w.locate(at, from, to)
		paint(from, to)
		over(img.Pix[y*img.Stride+4*from:y*img.Stride+4*to], w.colors[from:to])
	}
}

// inside is which pixels of a row that begins at a point are inside the image.
func (w *sweep) inside(at [3]float64, width int) (from, to int) {
	first, last := 0.0, float64(width-1)
	for i, p := range at {
		d := w.right[i]
		const still = 1e-9 // elements a pixel: less than one in the widest picture
		if math.Abs(d) < still {
			if !(p >= w.low[i] && p < w.high[i]) {
				return 0, 0
			}
			continue
		}
		a, b := (w.low[i]-p)/d, (w.high[i]-p)/d
		if d < 0 {
			a, b = b, a
		}
		first, last = math.Max(first, math.Ceil(a)), math.Min(last, math.Floor(b))
	}
	if !(first <= last) { // also for what is no number
		return 0, 0
	}
	return int(first), int(last) + 1
}

// locate finds the elements below the pixels of a row, the first of which lies at a point. A pixel at the very edge may
// be a hair outside.
func (w *sweep) locate(at [3]float64, from, to int) {
	x, y, z := at[0], at[1], at[2]
	for c := from; c < to; c++ {
		i := min(max(int(x), 0), w.last[0])
		j := min(max(int(y), 0), w.last[1])
		k := min(max(int(z), 0), w.last[2])
		w.offsets[c] = i*w.stride[0] + j*w.stride[1] + k*w.stride[2]
		x += w.right[0]
		y += w.right[1]
		z += w.right[2]
	}
}

// blender returns how the colors of a row (red lowest, then green, blue and how much they cover) come over the pixels
// of a picture.
func blender(l *Layer) func(pix []byte, colors []uint32) {
	opacity := uint32(math.Round(255 * min(max(l.Opacity, 0), 1)))
	if opacity == 255 && !l.Additive && !l.Sheer {
		return cover
	}
	return func(pix []byte, colors []uint32) {
		for i, c := range colors {
			r, g, b, a := c&255, c>>8&255, c>>16&255, c>>24
			if l.Sheer {
				a = a * max(r, g, b) / 255
			}
			a = a * opacity / 255
			if a == 0 {
				continue
			}
			p := pix[4*i : 4*i+4 : 4*i+4]
			below := uint32(p[3]) // how much of it is still seen
			sum := min(a+below, 255)
			if !l.Additive {
				below = below * (255 - a) / 255
				sum = a + below
			}
			switch {
			case below == 0:
			case sum == 255: // apart, because a constant divides faster
				r, g, b = (r*a+uint32(p[0])*below)/255, (g*a+uint32(p[1])*below)/255, (b*a+uint32(p[2])*below)/255
			default:
				r, g, b = (r*a+uint32(p[0])*below)/sum, (g*a+uint32(p[1])*below)/sum, (b*a+uint32(p[2])*below)/sum
			}
			p[0], p[1], p[2], p[3] = uint8(min(r, 255)), uint8(min(g, 255)), uint8(min(b, 255)), uint8(sum)
		}
	}
}

// cover replaces what is below, except where nothing is drawn.
func cover(pix []byte, colors []uint32) {
	for i, c := range colors {
		if c != 0 {
			binary.LittleEndian.PutUint32(pix[4*i:], c)
		}
	}
}
