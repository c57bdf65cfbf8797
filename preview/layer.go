package preview

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"ngportal/volume"
)

// How the channels of an image are drawn where nobody has said otherwise.
const (
	maxChannels = 12 // an image with more shows its first alone, as in the viewer
	shown       = 4  // of channels that nothing is said about
)

// DefaultLayer is how an image opens: one channel gray, several in the colors that OMERO metadata give or else red,
// green, blue and white; photographs in their own colors, directions by component. Contrast is OMERO's, or else from
// the 1 % to the 99 % quantile of stats, or of the block where stats are not known. Labels have colors by label.
func DefaultLayer(img *volume.Image, block *volume.Block, stats []volume.Stats, labels bool) Layer {
	l := Layer{Image: img, Block: block, Labels: labels, Opacity: 1}
	if l.Labels {
		return l
	}
	n := 1
	if c := img.ChannelAxis(); c >= 0 && c < len(block.Shape) {
		n = int(block.Shape[c])
	}
	switch total := img.ChannelCount(); {
	case total == 1 || total > maxChannels:
		l.Channels = []Channel{l.channel(0, stats, [3]uint8{255, 255, 255})}
	case n >= 3 && isPhotograph(img):
		for i := range 3 {
			l.Channels = append(l.Channels, Channel{Index: i, High: 255, Color: primary(i)})
		}
	case total == 3 && n == 3 && l.isDirection():
		for i := range 3 {
			l.Channels = append(l.Channels, Channel{Index: i, High: 1, Color: primary(i), Unsigned: true})
		}
	default:
		l.Channels = l.several(n, stats)
	}
	return l
}

// several are the channels of a fluorescence image that are shown at first, of those that have been read.
func (l *Layer) several(n int, stats []volume.Stats) (out []Channel) {
	for i := range n {
		active, color := i < shown, primary(i)
		if i < len(l.Image.Channels) {
			active = l.Image.Channels[i].Active
			if c, ok := parseColor(l.Image.Channels[i].Color); ok {
				color = c
			}
		}
		if active {
			out = append(out, l.channel(i, stats, color))
		}
	}
	if out == nil {
		out = append(out, l.channel(0, stats, primary(0)))
	}
	return out
}

// primary is the color of channel i: red, green, blue, white.
func primary(i int) [3]uint8 {
	return [4][3]uint8{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}}[i%4]
}

// isPhotograph reports whether the channels are red, green and blue light.
func isPhotograph(img *volume.Image) bool {
	n := img.ChannelCount()
	if img.DType != "uint8" || n != 3 && n != 4 {
		return false
	}
	for i, c := range img.Channels[:min(3, len(img.Channels))] {
		if known, ok := parseColor(c.Color); ok && known != primary(i) {
			return false
		}
	}
	return true
}

// isDirection reports whether the three channels are the components of unit vectors.
func (l *Layer) isDirection() bool {
	if !strings.HasPrefix(l.Image.DType, "float") {
		return false
	}
	const one = 1.001 // as single precision has it
	negative := false
	for _, v := range l.Block.Data {
		if v < -one || v > one {
			return false
		}
		negative = negative || v < 0
	}
	return negative
}

func (l *Layer) channel(i int, stats []volume.Stats, color [3]uint8) Channel {
	c := Channel{Index: i, Color: color}
	switch {
	case i < len(l.Image.Channels) && l.Image.Channels[i].Window.Set:
		w := l.Image.Channels[i].Window
		c.Low, c.High = w.Start, w.End
	case i < len(stats) && stats[i].Count > 0:
		c.Low, c.High = stats[i].Q01, stats[i].Q99
	default:
		c.Low, c.High = l.quantiles(i)
	}
	if c.Low >= c.High { // all voxels that are not zero are alike: draw them white
		c.Low = 0
	}
	return c
}

// quantiles of what is neither zero nor infinite in a channel of the block, 1 % and 99 %.
func (l *Layer) quantiles(channel int) (low, high float64) {
	const enough = 1 << 14 // values
	if !l.whole() {
		return 0, 0
	}
	data, channels, run := l.Block.Data, 1, len(l.Block.Data) // run: values of a channel that lie behind each other
	if c := l.Image.ChannelAxis(); c >= 0 {
		channels, run = int(l.Block.Shape[c]), strides(l.Block.Shape)[c]
	}
	if channel >= channels {
		return 0, 0
	}
	var values []float32
	every := len(data)/channels/enough | 1 // odd, lest it keep time with the rows
	for i := 0; i < len(data)/channels; i += every {
		if v := data[(i/run*channels+channel)*run+i%run]; v != 0 && v-v == 0 {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return 0, 0
	}
	slices.Sort(values)
	at := func(q float64) float64 { return float64(values[int(math.Round(q*float64(len(values)-1)))]) }
	return at(0.01), at(0.99)
}

// parseColor reads "#rrggbb".
func parseColor(text string) (c [3]uint8, ok bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(text, "#"), 16, 32)
	if err != nil || len(text) != len("#rrggbb") || text[0] != '#' {
		return c, false
	}
	return [3]uint8{uint8(n >> 16), uint8(n >> 8), uint8(n)}, true
}
