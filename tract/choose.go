package tract

import (
	"math"
	"slices"
)

// A Picker chooses some of the streamlines of a file, evenly and the same ones each time. The
// zero Picker chooses none. It is safe for concurrent use.
type Picker struct {
	n, most int64
	bound   uint64 // the greatest hash that is chosen
}

// Choose returns a Picker of limit of the indices 0..n-1, or of all of them if limit is n or more.
//
// It chooses those whose hash is smallest: the choice depends on nothing else, looks random
// along the file, and a smaller limit chooses a part of what a greater one does. It takes some
// nanoseconds for each index and memory for about the square root of limit.
//
// If n is negative, the number of streamlines is not known: Has is true for any index, and it is
// left to [BuildSkeleton] to keep the limit with the smallest hash.
func Choose(n, limit int64) Picker {
	switch {
	case n == 0 || limit <= 0:
		return Picker{}
	case n < 0:
		return Picker{n: math.MaxInt64, most: limit, bound: math.MaxUint64}
	case limit >= n:
		return Picker{n: n, most: n, bound: math.MaxUint64}
	}
	return Picker{n: n, most: limit, bound: smallest(n, limit)}
}

// Has reports whether the streamline with index i is chosen.
func (p Picker) Has(i int64) bool { return p.most > 0 && i >= 0 && i < p.n && mix(i) <= p.bound }

// mix hashes an index. It is the output function of SplitMix64 (Steele, Lea and Flood, 2014,
// https://doi.org/10.1145/2714064.2660195), a bijection: no two indices have the same hash.
func mix(i int64) uint64 {
	z := (uint64(i) + 1) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// smallest returns the k-th smallest hash of 0..n-1, for 0 < k < n.
//
// Hashes are spread evenly, so it must be near k/n of their range. One pass counts those below
// that neighborhood and keeps those in it, which are few; should it miss, a wider one is tried.
func smallest(n, k int64) uint64 {
	share := float64(k) / float64(n)
	spread := 6*math.Sqrt(float64(k)*(1-share)) + 8 // in indices: six standard deviations
	for ; ; spread *= 4 {
		low, high := hashAt((float64(k)-spread)/float64(n)), hashAt((float64(k)+spread)/float64(n))
		below, near := int64(0), []uint64(nil)
		for i := range n {
			switch h := mix(i); {
			case h < low:
				below++
			case h <= high:
				near = append(near, h)
			}
		}
		if rank := k - below; rank >= 1 && rank <= int64(len(near)) {
			slices.Sort(near)
			return near[rank-1]
		}
	}
}

// hashAt returns the hash that a share of all hashes lies below.
func hashAt(share float64) uint64 {
	switch {
	case share <= 0:
		return 0
	case share >= 1:
		return math.MaxUint64
	}
	return uint64(math.Ldexp(share, 64))
}
