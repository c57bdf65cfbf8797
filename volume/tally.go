package volume

import (
	"math"
	"slices"
)

// Stats describes the voxels of one channel, in stored values. Zeros are background in nearly
// every image and are left out, as are NaN and infinite values.
type Stats struct {
	Min, Max float64
	Q01, Q99 float64 // quantiles 1 % and 99 %, interpolated as numpy does
	Count    int64   // voxels described; 0 when there was none, and then the rest is 0 too

	// Histogram counts voxels in bins of equal width, the first beginning at Min and the last ending with Max. Of a
	// large image of a type with more than 16 bits it counts only some voxels, taken evenly; so do the quantiles.
	Histogram []int64
	// Values are the different values, sorted, when the type is an integer and at most maxValues of them were read.
	Values []float64
}

const (
	// sampleSize is how many values are kept for the quantiles, of all channels together. The
	// standard error of a 1 % quantile's rank among a million is 1 % of that rank.
	sampleSize = 1 << 20
	// maxCounters is how many counters there may be, of all channels together: 16 MiB.
	maxCounters = 1 << 21
	// histogramBins is the length of a histogram.
	histogramBins = 64
	// maxValues is how many different values an image of labels or classes may have.
	maxValues = 1 << 10
)

// tally gathers the values of one channel in bounded memory. Values of types with at most 16 bits are counted, each by
// itself. Of others it keeps a sample: all up to its capacity, beyond that every 2nd, 4th, 8th … value.
type tally struct {
	count    int64
	min, max float64

	counts []int64 // of each possible value; nil where there is a sample instead
	lowest int     // the value counts begins with

	capacity int
	stride   int64
	sample   []float64
	distinct map[float64]struct{} // nil when there are too many, or the type is no integer
	last     float64              // the value before
}

func newTallies(channels int, d dtype) []*tally {
	const least = 1 << 10
	values, lowest := 1<<(8*min(d.size, 3)), 0
	if d.kind == 'i' {
		lowest = -values / 2
	}
	out := make([]*tally, channels)
	for i := range out {
		t := &tally{capacity: max(sampleSize/channels, least), stride: 1, min: math.Inf(1), max: math.Inf(-1)}
		switch {
		case d.kind == 'f':
		case values*channels <= maxCounters && d.size <= 2:
			t.counts, t.lowest = make([]int64, values), lowest
		default:
			t.distinct = map[float64]struct{}{}
		}
		out[i] = t
	}
	return out
}

func (t *tally) add(values []float64) {
	if t.counts != nil {
		for _, v := range values {
			t.counts[int(v)-t.lowest]++
		}
		return
	}
	for _, v := range values {
		t.keep(v)
	}
}

// addSame adds a value n times. It may be one that the type cannot hold, and then is passed over.
func (t *tally) addSame(v float64, n int64) {
	if t.counts == nil {
		for range n {
			t.keep(v)
		}
		return
	}
	if at := v - float64(t.lowest); at >= 0 && at < float64(len(t.counts)) {
		t.counts[int(at)] += n
	}
}

// keep adds one value to the sample.
func (t *tally) keep(v float64) {
	if v == 0 || v-v != 0 { // v-v is NaN for NaN and for infinities
		return
	}
	t.min, t.max = min(t.min, v), max(t.max, v)
	if t.distinct != nil && (v != t.last || t.count == 0) {
		t.last = v
		if t.distinct[v] = struct{}{}; len(t.distinct) > maxValues {
			t.distinct = nil
		}
	}
	if t.count%t.stride == 0 {
		if len(t.sample) == t.capacity {
			t.thin()
		}
		if t.count%t.stride == 0 {
			t.sample = append(t.sample, v)
		}
	}
	t.count++
}

// thin drops every other value of the sample.
func (t *tally) thin() {
	kept := (len(t.sample) + 1) / 2
	for i := range kept {
		t.sample[i] = t.sample[2*i]
	}
	t.sample = t.sample[:kept]
	t.stride *= 2
}

func (t *tally) stats() Stats {
	var c counted
	if t.counts != nil {
		c = t.ofCounts()
	} else {
		c = t.ofSample()
	}
	if len(c.values) == 0 {
		return Stats{}
	}
	s := Stats{Min: c.values[0], Max: c.values[len(c.values)-1], Count: c.total}
	if t.counts == nil {
		s.Min, s.Max, s.Count = t.min, t.max, t.count
	}
	s.Q01, s.Q99 = c.quantile(0.01), c.quantile(0.99)
	s.Histogram = c.histogram(s.Min, s.Max)
	switch {
	case t.counts != nil && len(c.values) <= maxValues:
		s.Values = c.values
	case t.distinct != nil:
		for v := range t.distinct {
			s.Values = append(s.Values, v)
		}
		slices.Sort(s.Values)
	}
	return s
}

// counted is different values, sorted, and how many there are of each.
type counted struct {
	values []float64
	counts []int64
	total  int64
}

func (t *tally) ofCounts() counted {
	var c counted
	for i, n := range t.counts {
		if v := i + t.lowest; n > 0 && v != 0 {
			c.values, c.counts, c.total = append(c.values, float64(v)), append(c.counts, n), c.total+n
		}
	}
	return c
}

func (t *tally) ofSample() counted {
	slices.Sort(t.sample)
	c := counted{total: int64(len(t.sample))}
	for i, v := range t.sample {
		if i == 0 || v != t.sample[i-1] {
			c.values, c.counts = append(c.values, v), append(c.counts, 0)
		}
		c.counts[len(c.counts)-1]++
	}
	return c
}

// quantile interpolates linearly, as numpy.quantile does by default.
func (c counted) quantile(q float64) float64 {
	at := q * float64(c.total-1)
	low := int64(at)
	a, b := c.at(low), c.at(min(low+1, c.total-1))
	return 2 * (a/2 + (b/2-a/2)*(at-float64(low))) // in halves, since b-a may pass what a float64 holds
}

// at is the value of a rank.
func (c counted) at(rank int64) float64 {
	for i, n := range c.counts {
		if rank < n {
			return c.values[i]
		}
		rank -= n
	}
	return c.values[len(c.values)-1]
}

func (c counted) histogram(low, high float64) []int64 {
	out := make([]int64, histogramBins)
	for i, v := range c.values {
		bin := 0
		if high > low {
			bin = int((v/2 - low/2) / (high/2 - low/2) * histogramBins)
		}
		out[max(0, min(bin, histogramBins-1))] += c.counts[i]
	}
	return out
}

func summarize(tallies []*tally) []Stats {
	out := make([]Stats, len(tallies))
	for i, t := range tallies {
		out[i] = t.stats()
	}
	return out
}
