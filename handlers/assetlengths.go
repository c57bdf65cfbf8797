package handlers

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"ngportal/s3index"
	"ngportal/tract"
	"ngportal/views"
)

// lengths are those of all streamlines, or of the sample while only that is known.
func lengths(t *s3index.Tractogram) tract.Histogram {
	switch {
	case t.Survey != nil:
		return t.Survey.Lengths
	case t.Sample != nil:
		return countLengths(t.Sample.Batch.Points, t.Sample.Counts)
	}
	return tract.Histogram{}
}

// countLengths measures streamlines, in 64 bins.
func countLengths(points []float32, counts []int32) (h tract.Histogram) {
	var all []float64
	at := 0
	for _, n := range counts {
		end := at + 3*int(n)
		if n < 1 || end > len(points) {
			continue
		}
		all = append(all, lengthOf(points[at:end]))
		at = end
	}
	if len(all) == 0 {
		return h
	}
	h.Max = slices.Max(all)
	h.Counts = make([]int64, 64)
	h.Width = h.Max / float64(len(h.Counts))
	for _, l := range all {
		h.Mean += l / float64(len(all))
		if h.Width > 0 {
			h.Counts[min(int(l/h.Width), len(h.Counts)-1)]++
		}
	}
	return h
}

func lengthOf(points []float32) (sum float64) {
	for i := 3; i+3 <= len(points); i += 3 {
		x, y, z := float64(points[i]-points[i-3]), float64(points[i+1]-points[i-2]), float64(points[i+2]-points[i-1])
		sum += math.Sqrt(x*x + y*y + z*z)
	}
	return sum
}

// The box of a chart, as views/tract.templ has it.
const (
	chartLeft, chartRight = 8.0, 392.0
	chartTop, chartBottom = 4.0, 100.0
	chartBars             = 48 // at most
	chartSteps            = 6  // of its axis at most
)

// lengthChart draws how long streamlines are: heights are in proportion to numbers. It is nil where nothing is known.
func lengthChart(t *s3index.Tractogram) *views.Chart {
	h := lengths(t)
	counts, width := coarser(h)
	most := slices.Max(append(slices.Clone(counts), 0))
	if most == 0 || !(width > 0) || math.IsInf(width*float64(len(counts)), 0) {
		return nil
	}
	step, steps := axisSteps(min(h.Max, width*float64(len(counts))))
	end := step * float64(steps)
	c := &views.Chart{Title: "Lengths of streamlines", Note: "In mm, " + chartSource(t) + "."}
	at := func(v float64) string {
		return strconv.FormatFloat(chartLeft+min(v/end, 1)*(chartRight-chartLeft), 'f', 1, 64)
	}
	var path strings.Builder
	path.WriteString("M" + at(0) + " 100")
	for i, n := range counts {
		y := chartBottom - (chartBottom-chartTop)*float64(n)/float64(most)
		path.WriteString("V" + strconv.FormatFloat(y, 'f', 1, 64) + "H" + at(float64(i+1)*width))
	}
	c.Path = path.String() + "V100Z"
	for i := range steps + 1 {
		v := float64(i) * step
		c.Ticks = append(c.Ticks, views.Tick{X: at(v), Text: short(v)})
	}
	peak := slices.Index(counts, most)
	c.Alt = fmt.Sprintf("Histogram of the lengths of streamlines: %s in the mean, %s the longest; most often from %s to %s.",
		millimeters(h.Mean), millimeters(h.Max), millimeters(float64(peak)*width), millimeters(float64(peak+1)*width))
	return c
}

func chartSource(t *s3index.Tractogram) string {
	if n := sampled(t); n > 0 {
		return "from a sample of " + plural(n, "streamline")
	}
	return "of all streamlines"
}

// coarser joins bins until there are few enough to be seen, without those behind the last that holds anything.
func coarser(h tract.Histogram) (counts []int64, width float64) {
	last := len(h.Counts)
	for last > 0 && h.Counts[last-1] == 0 {
		last--
	}
	join := max(1, (last+chartBars-1)/chartBars)
	for i, n := range h.Counts[:last] {
		if i%join == 0 {
			counts = append(counts, 0)
		}
		counts[i/join] += n
	}
	return counts, h.Width * float64(join)
}

// axisSteps divides an axis that reaches at least to most by round numbers.
func axisSteps(most float64) (step float64, steps int) {
	unit := math.Pow(10, math.Floor(math.Log10(most/chartSteps)))
	for _, n := range []float64{1, 2, 5, 10} {
		step = n * unit
		if steps = int(math.Ceil(most/step - 1e-9)); steps <= chartSteps {
			break
		}
	}
	return step, max(steps, 1)
}
