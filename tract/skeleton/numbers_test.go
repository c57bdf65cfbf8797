package skeleton_test

import (
	"bytes"
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
