package tract_test

import (
	"math"
	"testing"

	"ngportal/tract"
)

func TestChooseGivesExactlyTheLimit(t *testing.T) {
	for _, n := range []int64{0, 1, 2, 3, 10, 100, 2134, 100_000} {
		for _, limit := range []int64{-1, 0, 1, 2, 9, 10, 99, 1000, 2133, 2134, 50_000, 99_999, math.MaxInt64} {
			p := tract.Choose(n, limit)
			got := int64(0)
			for i := range n {
				if p.Has(i) {
					got++
				}
			}
			if want := max(0, min(n, limit)); got != want {
				t.Errorf("Choose(%d, %d) has %d indices, want %d", n, limit, got, want)
			}
			if p.Has(-1) || p.Has(n) || p.Has(math.MaxInt64) {
				t.Errorf("Choose(%d, %d) has an index outside", n, limit)
			}
		}
	}
}

func TestASmallerChoiceIsPartOfAGreater(t *testing.T) {
	const n = 5000
	for limit := int64(1); limit < n; limit = limit*3/2 + 1 {
		small, great := tract.Choose(n, limit), tract.Choose(n, limit*3/2+1)
		for i := range int64(n) {
			if small.Has(i) && !great.Has(i) {
				t.Errorf("index %d is among %d, but not among %d", i, limit, limit*3/2+1)
			}
		}
	}
}

func TestTheChoiceIsAlwaysTheSame(t *testing.T) {
	var got []int64
	p := tract.Choose(100, 5)
	for i := range int64(100) {
		if p.Has(i) {
			got = append(got, i)
		}
	}
	// The five smallest outputs of SplitMix64 seeded with 0, counted in Python.
	if want := []float64{2, 33, 42, 53, 94}; !near(floats(got), want, 0) {
		t.Errorf("Choose(100, 5) has %v, want %v", got, want)
	}
}

func floats(a []int64) []float64 {
	var out []float64
	for _, v := range a {
		out = append(out, float64(v))
	}
	return out
}

// Parts of a file, every k-th index and runs of indices must get their share, within five
// standard deviations.
func TestChooseIsEven(t *testing.T) {
	const n, limit = 1_000_000, 100_000
	p := tract.Choose(n, limit)
	check := func(name string, member func(i int64) bool) {
		t.Helper()
		var size, got float64
		for i := range int64(n) {
			if member(i) {
				size++
				if p.Has(i) {
					got++
				}
			}
		}
		const share = float64(limit) / n
		if off := math.Abs(got - size*share); off > 5*math.Sqrt(size*share*(1-share)) {
			t.Errorf("%s: %v of %v are chosen, want about %v", name, got, size, size*share)
		}
	}
	for k := range int64(20) {
		check("a twentieth of the file", func(i int64) bool { return i/(n/20) == k })
		check("every twentieth index", func(i int64) bool { return i%20 == k })
		check("indices with a bit set", func(i int64) bool { return i>>k&1 == 1 })
	}
}

func TestAnUnknownNumberExcludesNothing(t *testing.T) {
	p := tract.Choose(-1, 3)
	if !p.Has(0) || !p.Has(1<<40) || p.Has(-1) {
		t.Error("Choose(-1, 3) must have every index from 0 on")
	}
	if (tract.Picker{}).Has(0) || tract.Choose(-1, 0).Has(0) {
		t.Error("a choice of none has an index")
	}
}
