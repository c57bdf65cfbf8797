package skeleton_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"ngportal/tract/skeleton"
)

func TestNumbersAreTheSameOnEveryMachine(t *testing.T) {
	floats, pairs := []float32{0, -1.5, nan, 3e38}, []uint64{1 << 32, 2<<32 | 1}
	a, b := skeleton.Portable(floats, pairs)
	c, d := skeleton.Casts(floats, pairs)
	if !bytes.Equal(a, c) || !bytes.Equal(b, d) || len(a) != 16 || !bytes.Equal(d, []byte{0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0}) {
		t.Errorf("%x and %x, want %x and %x", c, d, a, b)
	}
}

// Streamlines have points at the same place, tiny steps and huge ones among the usual.
func TestFourPointsAtOnceAreOrientedAsOne(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	scales := []float32{0, 1e-30, 1e-15, 1, 1e15, 1e30}
	for n := range 400 {
		line := make([]float32, 3*(1+n%60))
		for i := range line {
			scale := float32(1)
			if r.IntN(1+n/20) == 0 {
				scale = scales[r.IntN(len(scales))]
			}
			if line[i] = scale * (2*r.Float32() - 1); n%2 == 0 && r.IntN(4) > 0 && i >= 6 {
				line[i] = line[i-6]
			}
		}
		got, want := skeleton.Orient(line), skeleton.OrientPlain(line)
		for i := range want {
			if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
				t.Fatalf("point %d of %d: orientation %v, want %v", i/3, len(line)/3, got[i], want[i])
			}
		}
	}
}

func TestEdgesFollowEachOther(t *testing.T) {
	for n := range 40 {
		for i, e := range skeleton.Connect(n, 7) {
			if v := 7 + uint64(i); e != v|(v+1)<<32 {
				t.Fatalf("edge %d of %d is %#x", i, n, e)
			}
		}
	}
}
