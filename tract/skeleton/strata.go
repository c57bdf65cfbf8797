package skeleton

import (
	"fmt"

	"ngportal/tract"
)

// A stratum is the streamlines whose hashes lie in a range of buckets. The zero range is all of them.
type stratum struct {
	from, to                     int // buckets, to excluded
	streamlines, vertices, edges int64
	label                        string
}

// buckets is how many ranges of hashes are told apart, a power of two: so small can a stratum be.
const buckets = 1 << 16

func bucket(i int64) int { return int(tract.Hash(i) >> (64 - 16)) }

// stratify divides streamlines with so many points each into strata. Each of them doubles what those before have, and
// the first has a quarter of what is shown to begin with or less; those that were too large for a viewer are divided.
func stratify(counts []uint32) []stratum {
	found := make([]stratum, buckets)
	total := int64(0)
	for i, n := range counts {
		b := &found[bucket(int64(i))]
		b.streamlines++
		b.vertices += int64(n)
		b.edges += max(int64(n)-1, 0)
		total += int64(n)
	}
	var strata []stratum
	for _, r := range halves(total) {
		strata = append(strata, divide(r[0], r[1], found)...)
	}
	named := map[string]int{}
	for k := range strata {
		strata[k].name(k == 0, named)
	}
	return strata
}

// halves are ranges of buckets: a part of all, as many again, twice as many, and so on.
func halves(vertices int64) [][2]int {
	if vertices <= FirstVertices {
		return [][2]int{{0, buckets}}
	}
	first := buckets
	for first > 1 && vertices > FirstVertices/4*int64(buckets/first) {
		first /= 2
	}
	ranges := [][2]int{{0, first}}
	for ; first < buckets; first *= 2 {
		ranges = append(ranges, [2]int{first, 2 * first})
	}
	return ranges
}

// divide makes one stratum of a range, or more if it has more vertices than an object may have.
func divide(from, to int, found []stratum) []stratum {
	s := stratum{from: from, to: to}
	for _, b := range found[from:to] {
		s.streamlines += b.streamlines
		s.vertices += b.vertices
		s.edges += b.edges
	}
	if s.vertices <= MaxVertices || to-from == 1 {
		return []stratum{s}
	}
	middle := (from + to) / 2
	return append(divide(from, middle, found), divide(middle, to, found)...)
}

// name labels a stratum with its share of all streamlines; those of the same share are told apart by numbers.
func (s *stratum) name(first bool, named map[string]int) {
	share := fmt.Sprintf("1/%d", buckets/(s.to-s.from))
	switch {
	case s.to-s.from == buckets:
		s.label = "all"
		return
	case first:
		s.label = "sample " + share
		return
	}
	s.label = "sample " + share + " more"
	if named[share]++; named[share] > 1 {
		s.label += fmt.Sprintf(" (%d)", named[share])
	}
}

// has reports whether a streamline is in the stratum.
func (s *stratum) has(i int64) bool {
	b := bucket(i)
	return s.from <= b && b < s.to
}

// whole says that all streamlines are in the stratum.
func (s *stratum) whole() bool { return s.to-s.from == buckets || s.to == 0 }
