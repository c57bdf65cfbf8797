package preview

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
)

const solid = 255 << 24 // a color that covers what is below

// ParseColor reads "#rrggbb".
func ParseColor(text string) (c [3]uint8, ok bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(text, "#"), 16, 32)
	if err != nil || len(text) != len("#rrggbb") || text[0] != '#' {
		return c, false
	}
	return [3]uint8{uint8(n >> 16), uint8(n >> 8), uint8(n)}, true
}

func pack(c [3]uint8) uint32 { return uint32(c[0]) | uint32(c[1])<<8 | uint32(c[2])<<16 }

// painter returns how the voxels found by locate become colors.
func (w *sweep) painter(l *Layer) func(from, to int) {
	if l.Labels {
		w.channel = w.data
		if len(l.Channels) > 0 && l.Channels[0].Index > 0 && l.Channels[0].Index < w.channels {
			w.channel = w.data[l.Channels[0].Index*w.step:]
		}
		return w.labels(l.Colors)
	}
	var ramps []ramp
	for _, c := range l.Channels {
		if c.Index >= 0 && c.Index < w.channels {
			ramps = append(ramps, newRamp(c, w.data[c.Index*w.step:]))
		}
	}
	return func(from, to int) {
		clear(w.colors[from:to])
		for i := range ramps {
			ramps[i].add(w.offsets[from:to], w.colors[from:to])
		}
	}
}

// A ramp turns the values of a channel into brightness.
type ramp struct {
	data     []float32
	low      float32
	scale    float32
	unsigned bool
	colors   [256]uint32
}

func newRamp(c Channel, data []float32) ramp {
	r := ramp{data: data, low: float32(c.Low), unsigned: c.Unsigned}
	if d := c.High - c.Low; d > 0 && !math.IsInf(d, 0) {
		r.scale = float32(255 / d)
	} else {
		r.scale = math.MaxFloat32 // a step: what is above Low has full color
	}
	for i := range r.colors {
		var shade [3]uint8
		for j, full := range c.Color {
			shade[j] = uint8((int(full)*i + 127) / 255)
		}
		r.colors[i] = pack(shade) | solid
	}
	return r
}

// add adds the colors of voxels to those that are there.
func (r *ramp) add(offsets []int, colors []uint32) {
	for i, at := range offsets {
		v := r.data[at]
		if r.unsigned && v < 0 {
			v = -v
		}
		c := r.colors[0] // also of what is no number
		switch t := (v-r.low)*r.scale + 0.5; {
		case t >= 255:
			c = r.colors[255]
		case t >= 1:
			c = r.colors[uint8(t)]
		}
		if below := colors[i]; below != 0 {
			c = add(below, c)
		}
		colors[i] = c
	}
}

// add adds colors, each part as far as it goes.
func add(a, b uint32) uint32 {
	const even = 0x00ff00ff
	low := a&even + b&even
	high := a>>8&even + b>>8&even
	low |= (low >> 8 & 0x00010001) * 255 // what has gone beyond is all ones
	high |= (high >> 8 & 0x00010001) * 255
	return low&even | high&even<<8
}

// labels returns how voxels become the colors of their labels.
func (w *sweep) labels(known map[uint64][3]uint8) func(from, to int) {
	var recent [256]struct { // by the last bits of the label; at first all know the color of 0
		label float32
		color uint32
	}
	return func(from, to int) {
		for i := from; i < to; i++ {
			v := w.channel[w.offsets[i]]
			r := &recent[uint8(int32(v))]
			if r.label != v {
				r.label, r.color = v, labelPaint(v, known)
			}
			w.colors[i] = r.color
		}
	}
}

func labelPaint(v float32, known map[uint64][3]uint8) uint32 {
	if v == 0 || v-v != 0 {
		return 0
	}
	id := uint64(v)
	if v < 0 {
		id = uint64(int64(v)) // as the viewer reads negative numbers
	}
	c, ok := known[id]
	if !ok {
		c = LabelColor(id)
	}
	return pack(c) | solid
}

// LabelColor is the color of a label that nobody has given one: the same that Neuroglancer gives it (src/segment_color.ts
// with the seed 0: the bits of a hash, MurmurHash3's, are hue and saturation).
func LabelColor(id uint64) [3]uint8 {
	h := mix(mix(0, uint32(id)), uint32(id>>32))
	hue, saturation := float64(h&255)/255, 0.5+float64(h>>8&255)/510
	sector, part := math.Modf(hue * 6)
	full, least := 1.0, 1-saturation
	falling, rising := 1-saturation*part, 1-saturation*(1-part)
	var c [3]float64
	switch int(sector) % 6 {
	case 0:
		c = [3]float64{full, rising, least}
	case 1:
		c = [3]float64{falling, full, least}
	case 2:
		c = [3]float64{least, full, rising}
	case 3:
		c = [3]float64{least, falling, full}
	case 4:
		c = [3]float64{rising, least, full}
	default:
		c = [3]float64{full, least, falling}
	}
	return [3]uint8{uint8(math.Round(255 * c[0])), uint8(math.Round(255 * c[1])), uint8(math.Round(255 * c[2]))}
}

// mix is one round of MurmurHash3 (x86, 32 bits).
func mix(state, value uint32) uint32 {
	value = bits.RotateLeft32(value*0xcc9e2d51, 15) * 0x1b873593
	return bits.RotateLeft32(state^value, 13)*5 + 0xe6546b64
}
