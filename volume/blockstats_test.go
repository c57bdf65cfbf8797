package volume_test

import (
	"math"
	"reflect"
	"testing"

	"ngportal/volume"
)

// TestBlockStats has a second channel of the values 1 to 1000 and as many zeros, whichever way the channels lie.
func TestBlockStats(t *testing.T) {
	axis := func(kind string) volume.Axis { return volume.Axis{Kind: kind} }
	tests := map[string]struct {
		axes  []volume.Axis
		shape []int64
		at    func(channel, i int) int
	}{
		"interleaved": {[]volume.Axis{axis("space"), axis("channel")}, []int64{2000, 2}, func(c, i int) int { return 2*i + c }},
		"in planes":   {[]volume.Axis{axis("channel"), axis("space")}, []int64{2, 2000}, func(c, i int) int { return 2000*c + i }},
		"between":     {[]volume.Axis{axis("space"), axis("channel"), axis("space")}, []int64{20, 2, 100}, func(c, i int) int { return i/100*200 + 100*c + i%100 }},
	}
	for name, tt := range tests {
		for _, dtype := range []string{"uint16", "int32", "float32"} {
			b := &volume.Block{Shape: tt.shape, Data: make([]float32, 4000)}
			for i := range 2000 {
				b.Data[tt.at(0, i)] = 7
				b.Data[tt.at(1, i)] = float32(max(i-999, 0))
			}
			got := b.Stats(&volume.Image{DType: dtype, Axes: tt.axes})
			if len(got) != 2 || got[0].Count != 2000 || got[0].Q99 != 7 {
				t.Fatalf("%s, %s: %+v", name, dtype, got)
			}
			s := got[1]
			if s.Count != 1000 || s.Min != 1 || s.Max != 1000 || math.Abs(s.Q01-10.99) > 1e-9 || math.Abs(s.Q99-990.01) > 1e-9 {
				t.Errorf("%s, %s: the second channel is %d voxels from %g (%g) to %g (%g)", name, dtype, s.Count, s.Min, s.Q01, s.Max, s.Q99)
			}
		}
	}
	odd := &volume.Block{Shape: []int64{3}, Data: []float32{5, 300, float32(math.NaN())}} // a fill value may be none of the type
	img := &volume.Image{DType: "uint8", Axes: []volume.Axis{axis("space")}}
	if got := odd.Stats(img); len(got) != 1 || !reflect.DeepEqual(got[0].Values, []float64{5}) {
		t.Errorf("numbers that uint8 cannot hold: %+v", got)
	}
	for name, b := range map[string]*volume.Block{
		"cut short": {Shape: []int64{4}, Data: make([]float32, 3)}, "of two axes": {Shape: []int64{1, 3}, Data: make([]float32, 3)},
		"empty": {Shape: []int64{0}}, "negative": {Shape: []int64{-3}, Data: make([]float32, 3)},
	} {
		if got := b.Stats(img); got != nil {
			t.Errorf("a block %s: %+v", name, got)
		}
	}
}
