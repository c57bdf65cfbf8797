package preview

import (
	"image"
	"math"
)

// Lines are streamlines in RAS millimeters.
type Lines struct {
	Points []float32 // x, y, z, row after row, of all streamlines
	Counts []int32   // points of each
}

// Bounds is the box that holds all points, low and high corner; ok is false without any. Points that are no numbers
// do not count.
func (l Lines) Bounds() (low, high [3]float64, ok bool) {
	low, high = [3]float64{math.Inf(1), math.Inf(1), math.Inf(1)}, [3]float64{math.Inf(-1), math.Inf(-1), math.Inf(-1)}
	for i := 0; i+3 <= len(l.Points); i += 3 {
		p := [3]float64{float64(l.Points[i]), float64(l.Points[i+1]), float64(l.Points[i+2])}
		if sum := p[0] + p[1] + p[2]; sum-sum != 0 {
			continue
		}
		ok = true
		for axis, v := range p {
			low[axis], high[axis] = math.Min(low[axis], v), math.Max(high[axis], v)
		}
	}
	if !ok {
		return [3]float64{}, [3]float64{}, false
	}
	return low, high, true
}

// Glass draws streamlines as if the body were of glass: all of them at once, in front of each other, in black around.
//
// Their colors are those of their directions: red where they run along x, green along y, blue along z. How bright a
// pixel is grows with the length of the streamlines behind it, slowly, so that a single one is seen beside thousands.
// Around them is a soft gray glow, their outline; and the box from low to high is drawn.
func Glass(l Lines, low, high [3]float64, v View) *image.NRGBA {
	g := newGlass(v)
	if g.width == 0 || g.height == 0 || !(v.PixelSize > 0) {
		return image.NewNRGBA(image.Rect(0, 0, g.width, g.height))
	}
	at := 0
	for _, n := range l.Counts {
		end := at + 3*int(n)
		if n < 0 || end > len(l.Points) {
			break
		}
		g.line(l.Points[at:end])
		at = end
	}
	img := g.develop()
	g.box(img, low, high)
	return img
}

// GlassThumbnail draws streamlines from above so that they fit into a square of size pixels: broadly, for a picture that
// is seen smaller still. It is nil when there is nothing to draw.
func GlassThumbnail(l Lines, size int) *image.NRGBA {
	low, high, ok := l.Bounds()
	if !ok || size <= 0 {
		return nil
	}
	side, up := Axial.Axes()
	width, height := high[side]-low[side], high[up]-low[up]
	const broad = 2 // pixels of what is one here
	pixel := broad * max(width, height) / float64(size)
	if !(pixel > 0) || math.IsInf(pixel, 0) {
		return nil
	}
	v := View{Plane: Axial, PixelSize: pixel, Width: pixels(width, pixel), Height: pixels(height, pixel)}
	for i := range v.Center {
		v.Center[i] = (low[i] + high[i]) / 2
	}
	far := [3]float64{math.Inf(1), math.Inf(1), math.Inf(1)} // no box: it is the picture's edge
	return enlarged(Glass(l, far, far, v), broad)
}

// enlarged makes squares of pixels.
func enlarged(img *image.NRGBA, side int) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, side*img.Rect.Dx(), side*img.Rect.Dy()))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			copy(out.Pix[out.PixOffset(x, y):], img.Pix[img.PixOffset(x/side, y/side):][:4])
		}
	}
	return out
}

// A glass is exposed to streamlines: each pixel has the length of those behind it, in pixels, by direction and in all.
type glass struct {
	screen
	side, up      int
	scaleX, shift float64 // from millimeters to the side to pixels
	scaleY, rise  float64
	light         [][4]float32
}

func newGlass(v View) *glass {
	g := &glass{screen: v.screen()}
	g.side, g.up = v.Plane.Axes()
	g.scaleX, g.scaleY = 1/g.right[g.side], 1/g.down[g.up]
	g.shift, g.rise = 0.5-g.origin[g.side]*g.scaleX, 0.5-g.origin[g.up]*g.scaleY
	g.light = make([][4]float32, g.width*g.height)
	return g
}

// pixel is where a point lies in the picture: 0 to 1 is the first pixel.
func (g *glass) pixel(p [3]float64) (x, y float64) {
	return p[g.side]*g.scaleX + g.shift, p[g.up]*g.scaleY + g.rise
}

func (g *glass) line(points []float32) {
	if len(points) < 6 {
		return
	}
	last := [3]float64{float64(points[0]), float64(points[1]), float64(points[2])}
	x, y := g.pixel(last)
	for i := 3; i+3 <= len(points); i += 3 {
		p := [3]float64{float64(points[i]), float64(points[i+1]), float64(points[i+2])}
		toX, toY := g.pixel(p)
		d := [3]float64{math.Abs(p[0] - last[0]), math.Abs(p[1] - last[1]), math.Abs(p[2] - last[2])}
		if length := math.Sqrt(d[0]*d[0] + d[1]*d[1] + d[2]*d[2]); length > 0 && length < 1e12 {
			part := float32(math.Abs(g.scaleX)) // pixels a millimeter
			g.expose(x, y, toX, toY, [4]float32{float32(d[0]) * part, float32(d[1]) * part, float32(d[2]) * part, float32(length) * part})
		}
		last, x, y = p, toX, toY
	}
}

// expose spreads light evenly over the pixels from one place to another.
func (g *glass) expose(x, y, toX, toY float64, light [4]float32) {
	from, to := g.clip(x, y, toX-x, toY-y)
	if !(from < to) {
		return
	}
	dx, dy := (toX-x)*(to-from), (toY-y)*(to-from)
	x, y = x+(toX-x)*from, y+(toY-y)*from
	steps := int(max(math.Abs(dx), math.Abs(dy))) + 1
	part := float32(to-from) / float32(steps)
	for i := range light {
		light[i] *= part
	}
	dx, dy = dx/float64(steps), dy/float64(steps)
	x, y = x+dx/2, y+dy/2
	for range steps {
		// What lies on the far edge, or a hair beyond it, belongs to the pixel before.
		p := &g.light[min(max(int(y), 0), g.height-1)*g.width+min(max(int(x), 0), g.width-1)]
		p[0] += light[0]
		p[1] += light[1]
		p[2] += light[2]
		p[3] += light[3]
		x += dx
		y += dy
	}
}

// clip is from which to which share of its length a line is inside the picture; nothing if from is not less than to.
func (g *glass) clip(x, y, dx, dy float64) (from, to float64) {
	if w, h := float64(g.width), float64(g.height); x >= 0 && y >= 0 && x <= w && y <= h && x+dx >= 0 && y+dy >= 0 && x+dx <= w && y+dy <= h {
		return 0, 1
	}
	from, to = 0, 1
	for _, edge := range [2][3]float64{{x, dx, float64(g.width)}, {y, dy, float64(g.height)}} {
		at, d, most := edge[0], edge[1], edge[2]
		if d == 0 {
			if !(at >= 0 && at <= most) {
				return 1, 0
			}
			continue
		}
		a, b := -at/d, (most-at)/d
		if a > b {
			a, b = b, a
		}
		from, to = max(from, a), min(to, b)
	}
	return from, to
}
