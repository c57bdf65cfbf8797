package ngstate

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// contrast says what to draw as black and as white, and the range of the control. Nil leaves it to the viewer.
//
// It is what a person chose, or else what OMERO metadata say, or else the 1 % and 99 % quantiles.
func contrast(a Asset, channel int) object {
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
		low, high = orNumber(look.Low, low), orNumber(look.High, high)
	}
	if !known || low >= high {
		return nil
	}
	fit := typeRange(a.Volume.DType)
	return object{
		{"range", []float64{fit(low), fit(high)}},
		{"window", []float64{fit(min(least, low)), fit(max(most, high))}},
	}
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
		case labels, rgb, vectors:
			continue
		case channels:
			n = a.Volume.ChannelCount()
		case gray:
		}
		for i := range n {
			if contrast(a, int(i)) == nil {
				out = append(out, fmt.Sprintf("no contrast is known for %s, so it opens with the viewer's range for %s and may look black or white; "+
					"the range can be changed beside the layer", a.Name, orElse(a.Volume.DType, "its kind of numbers")))
				break
			}
		}
	}
	return out
}
