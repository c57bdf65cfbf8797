package tract_test

import (
	"slices"
	"testing"

	"ngportal/internal/tracttest"
	"ngportal/tract"
)

// TestBundlesOfASample: those of a file too large to be read have the names that a survey of all of it would give them.
func TestBundlesOfASample(t *testing.T) {
	f, err := tract.Open(tract.Input{Format: tract.TRK, Source: tracttest.Synthetic{Streamlines: 5000}})
	if err != nil {
		t.Fatal(err)
	}
	sample, err := f.Sample(2000, "seed", tract.FirstPicture())
	if err != nil {
		t.Fatal(err)
	}
	survey, err := f.Survey(nil)
	if err != nil {
		t.Fatal(err)
	}
	h := f.Header()
	var sampled, all []string
	for _, b := range h.SampledBundles(sample) {
		sampled = append(sampled, b.Name)
	}
	for _, b := range survey.Bundles {
		all = append(all, b.Name)
	}
	if len(all) != tracttest.Bundles || all[4] != "bundle 5" || !slices.Equal(sampled, all) {
		t.Errorf("sampled %q, want %q", sampled, all)
	}
}
