package tract_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"ngportal/tract"
)

// odd are numbers that instructions for several numbers at once could treat in another way.
var odd = []float32{
	0, float32(math.Copysign(0, -1)), math.SmallestNonzeroFloat32, 1e-38, math.MaxFloat32, -math.MaxFloat32, inf, -inf, nan,
}

// unusual are n numbers, of which some are odd.
func unusual(r *rand.Rand, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		if out[i] = 300*r.Float32() - 150; r.IntN(1+n) == 0 {
			out[i] = odd[r.IntN(len(odd))]
		}
	}
	return out
}

func TestFourPointsAtOnceAreMovedAsOne(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		rows := unusual(r, 3*(n%50)+1)[1:] // at any place in memory
		factors, terms := [3]float32{1, -1, 1}, [3]float32{-90.625, 126.7, 1e-3 * float32(n)}
		got, want := tract.Shift(factors, terms, rows), tract.ShiftPlain(factors, terms, rows)
		for i := range want {
			a, b := math.Float32bits(got[i]), math.Float32bits(want[i])
			if a != b {
				t.Fatalf("number %d of %d, %v, is %v (%#x), want %v (%#x)", i, len(rows), rows[i], got[i], a, want[i], b)
			}
		}
	}
}

func TestNumbersThatAreNotFiniteAreFoundAnywhere(t *testing.T) {
	for n := range 70 {
		for from := range 4 {
			p := make([]float32, n+from)[from:]
			for i := range p {
				p[i] = odd[i%6] // those that are finite
			}
			if !tract.AllFinite(p) || !tract.AllFinitePlain(p) {
				t.Fatalf("%d numbers are said not to be finite", n)
			}
			for i := range p {
				for _, v := range []float32{inf, -inf, nan, -nan} {
					was := p[i]
					p[i] = v
					if tract.AllFinite(p) || tract.AllFinitePlain(p) {
						t.Fatalf("number %d of %d is %v and was not found", i, n, v)
					}
					p[i] = was
				}
			}
		}
	}
}
