package ngstate

import (
	"fmt"
	"strings"
)

// contrast says what to draw as black and as white, and the range of the control. Nil leaves it to the viewer.
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
	if !known || low >= high {
		return nil
	}
	return object{
		{"range", []float64{round(low), round(high)}},
		{"window", []float64{round(min(least, low)), round(max(most, high))}},
	}
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
		if !covers(a) || isSegmentation(a) || strings.HasSuffix(a.Volume.DType, "int8") {
			continue
		}
		layers := a.Volume.ChannelCount()
		if layers > maxChannels {
			layers = 1
		}
		for i := range layers {
			if contrast(a, int(i)) == nil {
				out = append(out, fmt.Sprintf("no contrast is known for %s, so it opens with the viewer's range for %s and may look black or white; "+
					"the range can be changed beside the layer", a.Name, orNumbers(a.Volume.DType)))
				break
			}
		}
	}
	return out
}

// orNumbers names a data type, which is not known of a group of N5 levels.
func orNumbers(dtype string) string {
	if dtype == "" {
		return "its kind of numbers"
	}
	return dtype
}
