package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"ngportal/handlers"
	"ngportal/s3index"
	"ngportal/tract"
	"ngportal/tract/skeleton"
)

// sample is two streamlines, of 10 and 30 mm, of a file of so many.
func sample(streamlines, points int64) *tract.Sample {
	return &tract.Sample{
		Batch:       tract.Batch{Counts: []int32{2, 3}, Points: []float32{0, 0, 0, 10, 0, 0, -5, 0, 0, -5, 20, 0, -5, 20, 10}},
		Streamlines: streamlines, Points: points,
	}
}

// TestTractWords: what the page says while a file is known by its sample alone, or by less.
func TestTractWords(t *testing.T) {
	unknown := tract.Header{Streamlines: -1, BundleProperty: -1}
	counted := unknown
	counted.Streamlines = 160_000
	var many []tract.Bundle
	for i := range 600 {
		many = append(many, tract.Bundle{ID: uint16(i + 1), Name: fmt.Sprint(i), Streamlines: 5})
	}
	tests := map[string]struct {
		tract s3index.Tractogram
		what  string
		facts map[string]string // "" for none
	}{
		"a sample": {
			s3index.Tractogram{Header: unknown, Total: 5_812_345, Shown: 9512, Sample: sample(5_812_345, 848_000_000), Built: 0.378},
			"with about 5.8 million streamlines",
			map[string]string{
				"Streamlines": "about 5.8 million", "Points": "about 850 million", "Length": "20 mm in the mean, 30 mm the longest (from a sample of 2 streamlines)",
				"Extent":              "left–right -5.0 to 10.0 mm\nback–front 0.0 to 20.0 mm\ndown–up 0.0 to 10.0 mm\n(from a sample of 2 streamlines)",
				"Shown in the viewer": "As annotations: about 9,500 of 5.8 million at once, more as you zoom in.", "Annotations": "being prepared, 37 %", "Voxel order": "",
			},
		},
		"a sample of a file that counts": {
			s3index.Tractogram{Header: counted, Total: 160_000, Shown: 9512, Sample: sample(160_000, 23_360_000), Built: 1},
			"with 160,000 streamlines",
			map[string]string{"Streamlines": "160,000", "Points": "about 23 million", "Shown in the viewer": "As annotations: about 9,500 of 160,000 at once, more as you zoom in.", "Annotations": "ready"},
		},
		"a header alone": {
			s3index.Tractogram{Header: unknown, Total: -1},
			"of streamlines, not counted yet",
			map[string]string{"Streamlines": "not counted yet", "Points": "not counted yet", "Length": "", "Extent": "", "Shown in the viewer": "As annotations: as many as a browser takes.", "Annotations": "not prepared yet: that begins when they are opened"},
		},
		"all of it, a part in a skeleton": {
			s3index.Tractogram{Header: unknown, Total: 3000, Shown: 1024, Known: true, Skeleton: true, Sample: sample(3000, 9000), Survey: &tract.Survey{
				Streamlines: 3000, Points: 9000, Bounds: [2][3]float64{{-1, -1, -1}, {1, 1, 1}}, Bundles: many,
				Lengths: tract.Histogram{Width: 1, Counts: []int64{0, 1000, 2000}, Mean: 1.5, Max: 3},
			}},
			"with 3,000 streamlines",
			map[string]string{"Points": "9,000", "Length": "1.5 mm in the mean, 3 mm the longest", "Extent": "left–right -1.0 to 1.0 mm\nback–front -1.0 to 1.0 mm\ndown–up -1.0 to 1.0 mm", "Shown in the viewer": "As a skeleton: about 1,000 of 3,000 at once.", "Annotations": ""},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := handlers.TractFacts(&tt.tract)
			if m.What != tt.what {
				t.Errorf("it is %q, want %q", m.What, tt.what)
			}
			facts := map[string]string{}
			for _, f := range m.Facts {
				facts[f.Label] = f.Value
			}
			for label, want := range tt.facts {
				if facts[label] != want {
					t.Errorf("%s is %q, want %q", label, facts[label], want)
				}
			}
		})
	}
	m := handlers.TractFacts(&s3index.Tractogram{Header: unknown, Survey: &tract.Survey{Bundles: many}, Objects: []skeleton.Object{}})
	if b := m.Tract; len(b.Bundles) != 500 || b.BundlesNote != "And 100 more." || b.BundlesOpen || b.BundlesWord != "600 bundles" {
		t.Errorf("of 600 bundles it lists %d, %q, %v, %q", len(b.Bundles), b.BundlesNote, b.BundlesOpen, b.BundlesWord)
	}
}

// TestLengthChart: bars are as high as their numbers, on an axis of round numbers.
func TestLengthChart(t *testing.T) {
	chart := handlers.TractFacts(&s3index.Tractogram{Survey: &tract.Survey{Lengths: tract.Histogram{Width: 25, Counts: []int64{1, 0, 2, 4, 0, 0}, Mean: 70, Max: 100}}}).Tract.Lengths
	if chart == nil {
		t.Fatal("there is none")
	}
	if want := "M8.0 100V76.0H104.0V100.0H200.0V52.0H296.0V4.0H392.0V100Z"; chart.Path != want {
		t.Errorf("it is %s, want %s", chart.Path, want)
	}
	var ticks []string
	for _, tick := range chart.Ticks {
		ticks = append(ticks, tick.X+" "+tick.Text)
	}
	if got, want := strings.Join(ticks, ", "), "8.0 0, 84.8 20, 161.6 40, 238.4 60, 315.2 80, 392.0 100"; got != want {
		t.Errorf("the axis is %s, want %s", got, want)
	}
	if want := "Histogram of the lengths of streamlines: 70 mm in the mean, 100 mm the longest; most often from 75 mm to 100 mm."; chart.Alt != want {
		t.Errorf("it reads %q, want %q", chart.Alt, want)
	}
	for _, h := range []tract.Histogram{{}, {Width: 1}, {Width: 1, Counts: []int64{0}}, {Counts: []int64{1, 2}}} {
		if got := handlers.TractFacts(&s3index.Tractogram{Survey: &tract.Survey{Lengths: h}}).Tract.Lengths; got != nil {
			t.Errorf("%v has a chart", h)
		}
	}
}
