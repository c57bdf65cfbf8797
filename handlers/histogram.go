package handlers

import (
	"math"
	"strconv"
	"strings"
)

// The box that a histogram is drawn in, as views/preview.templ has it.
const (
	histogramWidth  = 100
	histogramHeight = 24
)

// histogram draws how often values occur, as the outline of an area from least to most. The counts divide the values from
// low to high evenly. Heights are square roots, so that what is rare is seen beside what is frequent. "" is for nothing.
func histogram(counts []int64, low, high, least, most float64) string {
	var highest int64
	for _, n := range counts {
		highest = max(highest, n)
	}
	if highest == 0 || !(high > low) || !(most > least) {
		return ""
	}
	var path strings.Builder
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
	at := func(v float64) string {
		return number(min(max((v-least)/(most-least), 0), 1) * histogramWidth)
	}
	step := (high - low) / float64(len(counts))
	path.WriteString("M" + at(low) + " " + strconv.Itoa(histogramHeight))
	for i, n := range counts {
		y := histogramHeight * (1 - math.Sqrt(float64(n)/float64(highest)))
		path.WriteString("V" + number(y) + "H" + at(low+float64(i+1)*step))
	}
	path.WriteString("V" + strconv.Itoa(histogramHeight) + "Z")
	return path.String()
}
