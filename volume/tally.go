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
}

// sampleSize is how many values are kept for the quantiles, of all channels together. The
// standard error of a 1 % quantile's rank among a million is 1 % of that rank.
const sampleSize = 1 << 20

// tally gathers the values of one channel in bounded memory. Up to its capacity the quantiles
// are exact; beyond, it keeps every 2nd, 4th, 8th … value.
type tally struct {
	capacity int
	stride   int64
	count    int64
	min, max float64
	sample   []float64
}

func newTallies(channels int) []*tally {
	const least = 1 << 10
	out := make([]*tally, channels)
	for i := range out {
		out[i] = &tally{capacity: max(sampleSize/channels, least), stride: 1, min: math.Inf(1), max: math.Inf(-1)}
	}
	return out
}

func (t *tally) add(v float64) {
	if v == 0 || v-v != 0 { // v-v is NaN for NaN and for infinities
		return
	}
	t.min, t.max = min(t.min, v), max(t.max, v)
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
	if t.count == 0 {
		return Stats{}
	}
	slices.Sort(t.sample)
	return Stats{Min: t.min, Max: t.max, Q01: quantile(t.sample, 0.01), Q99: quantile(t.sample, 0.99), Count: t.count}
}

// quantile interpolates linearly in sorted, as numpy.quantile does by default.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	part := at - float64(i)
	return sorted[i] + (sorted[i+1]-sorted[i])*part
}

func summarize(tallies []*tally) []Stats {
	out := make([]Stats, len(tallies))
	for i, t := range tallies {
		out[i] = t.stats()
	}
	return out
}
