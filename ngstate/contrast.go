package ngstate

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// limits are what is drawn as black and as white, and the range of the control; both ends of that are 0 where it is the
// viewer's.
type limits struct{ low, high, least, most float64 }

// object is nil where nothing is known, which leaves all to the viewer.
func (l limits) object() object {
	switch {
	case l == (limits{}):
		return nil
	case l.least == l.most:
		return object{{"range", []float64{l.low, l.high}}}
	}
	return object{{"range", []float64{l.low, l.high}}, {"window", []float64{l.least, l.most}}}
}

// limitsOf is the contrast of a channel as it is drawn: pixels that are colors already have all of theirs, unless there
// is something else to go by, and components of directions have none. ok is false, and limits are zero, where none is known.
func limitsOf(a Asset, show Kind, i int) (l limits, ok bool) {
	switch {
	case show == Vectors:
		return limits{}, false
	case show == RGB && !channelOf(a, show, i).Window.Set:
		return limits{low: 0, high: 255}, true
	}
	return contrast(a, i)
}

// contrast is what a person chose, or else what OMERO metadata say, or else the 1 % and 99 % quantiles.
func contrast(a Asset, channel int) (l limits, ok bool) {
	var low, high, least, most float64
	known := false
	if channel < len(a.Stats) && a.Stats[channel].Count > 0 {
		s := a.Stats[channel]
		low, high, least, most, known = s.Q01, s.Q99, s.Min, s.Max, true
		if low >= high { // all voxels that are not zero are alike: draw them white
			low = 0
		}
	}
	if channel < len(a.Volume.Channels) && a.Volume.Channels[channel].Window.Set {
		win := a.Volume.Channels[channel].Window
		low, high, known = win.Start, win.End, true
		if win.Min < win.Max {
			least, most = win.Min, win.Max
		}
	}
	if channel < len(a.Look.Channels) {
		look := a.Look.Channels[channel]
		known = known || look.Low != nil && look.High != nil
		width := high - low
		low, high = orNumber(look.Low, low), orNumber(look.High, high)
		switch { // the end that nobody chose makes room for the one that somebody did
		case low < high || !known:
		case look.High == nil:
			high = max(most, low+width)
		case look.Low == nil:
			low = min(least, high-width)
		}
	}
	if !known || low >= high {
		return limits{}, false
	}
	fit := typeRange(a.Volume.DType)
	return limits{fit(low), fit(high), fit(min(least, low)), fit(max(most, high))}, true
}

// viewerRange is what the viewer draws from black to white unless it is told (defaultDataTypeRange in its util/lerp.ts). It
// reads int64 as uint64.
func viewerRange(dtype string) (low, high float64) {
	if !isInteger(dtype) {
		return 0, 1
	}
	bits, err := strconv.Atoi(strings.TrimPrefix(strings.TrimPrefix(dtype, "u"), "int"))
	switch {
	case err != nil:
		return 0, 1
	case bits < 64 && strings.HasPrefix(dtype, "int"):
		half := math.Exp2(float64(bits - 1))
		return -half, half - 1
	}
	return 0, math.Exp2(float64(bits)) - 1
}

func orNumber(v *float64, otherwise float64) float64 {
	if v != nil {
		return *v
	}
	return otherwise
}

// typeRange returns what brings a value into the range of a data type: the viewer passes over a control with any other
// number, and over fractions where there are 64 bits (parseDataTypeValue in its util/lerp.ts). It reads int64 as uint64.
func typeRange(dtype string) func(float64) float64 {
	digits := strings.TrimPrefix(strings.TrimPrefix(dtype, "u"), "int")
	bits, err := strconv.Atoi(digits)
	if err != nil || !isInteger(dtype) {
		return round
	}
	const largest = 1 << 63 // written with all its digits; 2^64-1 would be rounded up
	switch {
	case bits == 64:
		return func(v float64) float64 { return math.Round(min(max(round(v), 0), largest)) }
	case strings.HasPrefix(dtype, "u"):
		return func(v float64) float64 { return min(max(round(v), 0), math.Exp2(float64(bits))-1) }
	}
	half := math.Exp2(float64(bits - 1))
	return func(v float64) float64 { return min(max(round(v), -half), half-1) }
}

func controls(normalized object, color any) any {
	var o object
	if len(normalized) > 0 {
		o = append(o, member{"normalized", normalized})
	}
	if color != nil {
		o = append(o, member{"color", color})
	}
	if o == nil {
		return nil
	}
	return o
}

// contrastWarnings names the images that the viewer will show with its default range, which is that
// of the data type: nearly black for most images of more than eight bits, white for many floats.
func contrastWarnings(assets []Asset) []string {
	var out []string
	for _, a := range assets {
		if a.Raw != nil || !covers(a) || strings.HasSuffix(a.Volume.DType, "int8") {
			continue
		}
		n := int64(1)
		switch showOf(a) {
		case Labels, RGB, Vectors:
			continue
		case Channels:
			n = a.Volume.ChannelCount()
		case Gray:
		}
		for i := range n {
			if _, known := contrast(a, int(i)); !known {
				out = append(out, fmt.Sprintf("no contrast is known for %s, so it opens with the viewer's range for %s and may look black or white; "+
					"the range can be changed beside the layer", a.Name, orElse(a.Volume.DType, "its kind of numbers")))
				break
			}
		}
	}
	return out
}
