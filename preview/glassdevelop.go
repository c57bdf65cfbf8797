package preview

import (
	"image"
	"math"
	"slices"
)

// Brightness of what is not the streamlines themselves, of 255.
const (
	glow = 46 // at most, around them
	edge = 84 // of the box
)

// develop makes a picture of the light.
func (g *glass) develop() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, g.width, g.height))
	full, halo := g.white(), g.halo()
	scale := 1 / math.Log1p(full/shadow(full))
	for i, l := range g.light {
		p := img.Pix[4*i : 4*i+4 : 4*i+4]
		base := halo[i] * glow
		p[0], p[1], p[2], p[3] = uint8(base), uint8(base), uint8(base), 255
		if l[3] == 0 {
			continue
		}
		bright := min(1, 0.25+0.75*math.Log1p(float64(l[3])/shadow(full))*scale)
		most := max(l[0], l[1], l[2])
		for c := range 3 {
			p[c] = uint8(max(255*bright*float64(l[c]/most), float64(base)) + 0.5)
		}
	}
	return img
}

// shadow is the light up to which brightness grows evenly, and above which slowly.
func shadow(full float64) float64 { return full / 24 }

// white is the light of which a pixel is as bright as can be: that of one in a hundred of those that have any.
func (g *glass) white() float64 {
	var all []float32
	for _, l := range g.light {
		if l[3] > 0 {
			all = append(all, l[3])
		}
	}
	if len(all) == 0 {
		return 1
	}
	slices.Sort(all)
	return float64(all[len(all)*99/100])
}

// halo is how much of what is around each pixel has light, from 0 to 1: a square blurred twice, which is round enough.
func (g *glass) halo() []float32 {
	out := make([]float32, len(g.light))
	for i, l := range g.light {
		if l[3] > 0 {
			out[i] = 1
		}
	}
	radius := max(1, max(g.width, g.height)/100)
	row := make([]float32, max(g.width, g.height))
	for range 2 {
		for y := range g.height {
			blur(out[y*g.width:], row[:g.width], 1, radius)
		}
		for x := range g.width {
			blur(out[x:], row[:g.height], g.width, radius)
		}
	}
	return out
}

// blur gives each of the numbers, which are so far apart, the mean of those around it.
func blur(values, row []float32, stride, radius int) {
	var sum float32
	at := func(i int) float32 {
		if i < 0 || i >= len(row) {
			return 0
		}
		return row[i]
	}
	for i := range row {
		row[i] = values[i*stride]
	}
	for i := -radius; i < radius; i++ {
		sum += at(i)
	}
	for i := range row {
		sum += at(i + radius)
		values[i*stride] = max(0, sum/float32(2*radius+1))
		sum -= at(i - radius)
	}
}

// box draws the edges of a box that are inside the picture, behind the streamlines.
func (g *glass) box(img *image.NRGBA, low, high [3]float64) {
	x0, y0 := g.pixel(low)
	x1, y1 := g.pixel(high)
	dot := func(x, y float64) {
		if !(x >= 0 && y >= 0 && x < float64(g.width)+1 && y < float64(g.height)+1) {
			return
		}
		i := min(int(y), g.height-1)*g.width + min(int(x), g.width-1)
		if g.light[i][3] > 0 {
			return
		}
		for c := range 3 {
			img.Pix[4*i+c] = max(img.Pix[4*i+c], edge)
		}
	}
	for x := max(0, min(x0, x1)); x <= min(max(x0, x1), float64(g.width)); x++ {
		dot(x, y0)
		dot(x, y1)
	}
	for y := max(0, min(y0, y1)); y <= min(max(y0, y1), float64(g.height)); y++ {
		dot(x0, y)
		dot(x1, y)
	}
}
