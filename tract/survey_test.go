package tract_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ngportal/internal/tracttest"
	"ngportal/tract"
)

// surveyed opens a .trk file that lies in memory and surveys it.
func surveyed(t *testing.T, f trkFile) *tract.Survey {
	t.Helper()
	file, err := tract.Open(tract.Input{Format: tract.TRK, Source: tract.Bytes(f.bytes())})
	if err != nil {
		t.Fatal(err)
	}
	s, err := file.Survey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSurveyAddsUpAFile(t *testing.T) {
	f := plainTRK( // stored half a voxel of 1 mm beside RAS mm
		[]float32{0.5, 0.5, 0.5, 7, 3.5, 4.5, 0.5, nan},
		[]float32{1.5, 1.5, 1.5, 9},
		[]float32{nan, 0.5, 0.5, -100, 3.5, 4.5, 0.5, 100},
		[]float32{},
		[]float32{-9.5, 0.5, 0.5, -2, -9.5, 10.5, 0.5, inf, -9.5, 20.5, 0.5, 3},
	).with(func(f *trkFile) {
		f.scalars, f.scalarNames = 1, []string{"FA"}
		f.properties, f.propertyNames = 1, []string{"Cluster "}
		f.props = [][]float32{{7}, {0}, {7}, {7}, {3}}
	})
	got := surveyed(t, f)
	want := &tract.Survey{
		Streamlines: 5, Points: 6, Bounds: [2][3]float64{{-10, 0, 0}, {3, 20, 1}},
		Lengths: tract.Histogram{Width: 1, Counts: []int64{
			0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
		}, Mean: 12.5, Max: 20},
		Bundles: []tract.Bundle{
			{ID: 3, Name: "Cluster 3", Streamlines: 1, Points: 3, MeanLength: 20},
			{ID: 7, Name: "Cluster 7", Streamlines: 3, Points: 2, MeanLength: 5},
			{ID: tract.Unassigned, Name: "Cluster 0", Streamlines: 1, Points: 1},
		},
		Counts: []uint32{2, 1, 0, 0, 3}, Member: []uint16{7, tract.Unassigned, 7, 7, 3},
		Scalars: [][2]float64{{-2, 9}},
		Warnings: []string{
			"Streamlines with coordinates that are not finite numbers were left out: 1.",
			"Streamlines with fewer than two points have nothing to draw and were left out: 2.",
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestPropertiesThatAreNoListOfBundles(t *testing.T) {
	line := []float32{0, 0, 0, 1, 1, 1}
	tests := map[string]struct {
		name   string
		values func(i int) float32
		want   string // of the warning; none if it is empty
		list   bool
	}{
		"whole numbers":   {"bundle", func(i int) float32 { return float32(i % 9000) }, "", true},
		"a fraction":      {"label", func(i int) float32 { return float32(i) / 2 }, `The property "label" has values that are not whole`, false},
		"a negative one":  {"tract", func(i int) float32 { return float32(i - 1) }, "not whole numbers", false},
		"too large":       {"tract", func(i int) float32 { return 65535 }, "not whole numbers", false},
		"too many values": {"cluster", func(i int) float32 { return float32(i) }, "10050 different values, more than the 10000", false},
		"another name":    {"weight", func(i int) float32 { return 1 }, "", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := plainTRK(slices.Repeat([][]float32{line}, 10_050)...)
			f.properties, f.propertyNames = 1, []string{tt.name}
			for i := range f.lines {
				f.props = append(f.props, []float32{tt.values(i)})
			}
			got := surveyed(t, f)
			if (got.Bundles != nil) != tt.list || (got.Member != nil) != tt.list {
				t.Errorf("%d bundles, list: %v", len(got.Bundles), tt.list)
			}
			if all := strings.Join(got.Warnings, " "); !strings.Contains(all, tt.want) || (tt.want == "") != (all == "") {
				t.Errorf("warnings %q, want %q", all, tt.want)
			}
		})
	}
}

func TestSurveyOfNothing(t *testing.T) {
	got := surveyed(t, plainTRK())
	if !holds(got.Warnings, []string{"holds no streamlines"}) || got.Bounds != [2][3]float64{} || got.Lengths.Counts != nil {
		t.Errorf("%+v", got)
	}
	got = surveyed(t, plainTRK([]float32{1, 2, 3}))
	if !holds(got.Warnings, []string{"fewer than two points", "None of the 1 streamlines can be drawn"}) {
		t.Errorf("%q", got.Warnings)
	}
}

func TestLengthsAreInRoundBins(t *testing.T) {
	for longest, want := range map[float32]string{
		0.5: "0.1: 6", 3.95: "0.1: 40", 4: "0.2: 21", 12: "0.5: 25", 39.5: "1: 40", 99: "5: 20", 150: "5: 31",
		250: "10: 26", 2500: "100: 26", 5000: "100: 40", 3e38: "100: 40",
	} {
		h := surveyed(t, plainTRK([]float32{0, 0, 0, longest, 0, 0})).Lengths
		if got := fmt.Sprintf("%v: %d", h.Width, len(h.Counts)); got != want || h.Counts[len(h.Counts)-1] != 1 {
			t.Errorf("%v mm: bins of %s, want %s", longest, got, want)
		}
		if math.Abs(h.Max/float64(longest)-1) > 1e-5 || h.Mean != h.Max {
			t.Errorf("%v mm: mean %v, longest %v", longest, h.Mean, h.Max)
		}
	}
}

// parted surveys a file in parts that are merged.
func parted(t *testing.T, f *tract.File, size int64) *tract.Survey {
	t.Helper()
	sum := tract.NewSurveyor(f)
	for _, p := range f.Parts(size) {
		r, err := f.Read(p)
		if err != nil {
			t.Fatal(err)
		}
		one := tract.NewSurveyor(f)
		var b tract.Batch
		for r.ReadBatch(&b) == nil {
			one.Add(&b)
		}
		one.End(r)
		r.Close()
		sum.Merge(one)
	}
	s, err := sum.Survey()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPartsAddUpToTheWhole(t *testing.T) {
	f, err := tract.Open(tract.Input{Format: tract.TRK, Source: tracttest.Synthetic{Streamlines: 60_000}})
	if err != nil {
		t.Fatal(err)
	}
	whole, err := f.Survey(nil) // more than one part
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{1 << 40, 5 << 20} {
		got := parted(t, f, size)
		got.Lengths.Mean = whole.Lengths.Mean // sums depend on their order
		for i := range got.Bundles {
			got.Bundles[i].MeanLength = whole.Bundles[i].MeanLength
		}
		if !reflect.DeepEqual(got, whole) {
			t.Errorf("parts of %d bytes: %d streamlines of %d, %q", size, got.Streamlines, whole.Streamlines, got.Warnings)
		}
	}
	again, err := f.Survey(nil)
	if err != nil || !reflect.DeepEqual(again, whole) {
		t.Errorf("another survey gives other figures (%v)", err)
	}
	synthetic := tracttest.Synthetic{Streamlines: 60_000}
	if whole.Points != synthetic.Points() || len(whole.Bundles) != tracttest.Bundles || len(whole.Warnings) > 0 {
		t.Errorf("%d points, %d bundles, %q", whole.Points, len(whole.Bundles), whole.Warnings)
	}
}

func TestSurveyTellsProgressAndStops(t *testing.T) {
	f, err := tract.Open(tract.Input{Format: tract.TRK, Source: tracttest.Synthetic{Streamlines: 60_000}})
	if err != nil {
		t.Fatal(err)
	}
	last, calls := 0.0, 0
	if _, err = f.Survey(func(share float64) error {
		if share < last || share > 1 {
			t.Errorf("progress %v after %v", share, last)
		}
		last, calls = share, calls+1
		return nil
	}); err != nil || last < 0.99 || calls < 20 {
		t.Errorf("%d calls up to %v (%v)", calls, last, err)
	}
	stop := errors.New("stop")
	calls = 0
	if _, err = f.Survey(func(float64) error { calls++; return stop }); !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func TestSurveyOfADamagedFileFails(t *testing.T) {
	b := plainTRK([]float32{0, 0, 0, 1, 1, 1}).bytes()
	f, err := tract.Open(tract.Input{Format: tract.TRK, Source: tract.Bytes(b[:len(b)-5])})
	if err != nil {
		t.Fatal(err)
	}
	if s, err := f.Survey(nil); !errors.Is(err, tract.ErrInvalid) || s != nil {
		t.Errorf("%+v, %v", s, err)
	}
}
