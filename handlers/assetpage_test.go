package handlers_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestAssetPreview: the page of a volume has three sections, its contrast as a form, and takes the form's answer.
func TestAssetPreview(t *testing.T) {
	ada, _ := pictured(t)
	page := ada.get("/asset" + ramp)
	want := []string{"/preview" + ramp + "?plane=coronal", "/preview" + ramp + "?plane=axial", "/preview" + ramp + "?plane=sagittal"}
	if got := page.attributes(".planes img", "src"); !slices.Equal(got, want) {
		t.Errorf("sections %q, want %q", got, want)
	}
	if got := page.attributes(".planes img", "alt"); len(got) != 3 || got[0] != "Coronal section through the middle. R is left, L right, S up and I down." {
		t.Errorf("they read %q", got)
	}
	if got, want := page.all(".planes figure:first-child text"), []string{"R", "L", "S", "I", "10 mm"}; !slices.Equal(got, want) {
		t.Errorf("over the first stands %q, want %q", got, want)
	}
	if got := page.attributes(".looks input[name]", "name"); !slices.Equal(got, []string{"low", "high"}) {
		t.Errorf("the form has the fields %q", got)
	}
	if len(page.nodes(".looks .histogram path[d^=M]")) != 1 {
		t.Error("there is no histogram")
	}
	chosen := ada.get("/asset" + ramp + "?low=150&high=300")
	if got := chosen.attributes(".looks input[name]", "value"); !slices.Equal(got, []string{"150", "300"}) {
		t.Errorf("the form has the values %q", got)
	}
	if got := chosen.attributes(".planes img", "src")[1]; got != "/preview"+ramp+"?high=300&low=150&plane=axial" {
		t.Errorf("the section is %q", got)
	}
	for _, path := range []string{"notes.txt", "broken.nii", "tracts.trk"} {
		if got := ada.get("/asset/pictures/" + path); got.code != http.StatusOK || len(got.nodes(".planes")) > 0 {
			t.Errorf("%s = %d with %d previews", path, got.code, len(got.nodes(".planes")))
		}
	}
}

// TestAssetFacts: what the page tells of a volume in words.
func TestAssetFacts(t *testing.T) {
	ada, _ := pictured(t)
	page := ada.get("/asset" + ramp)
	facts, values := map[string]string{}, page.all(".facts > div > dd")
	for i, label := range page.all(".facts > div > dt") {
		facts[label] = values[i]
	}
	for label, want := range map[string]string{
		"Placed by": "the sform of its NIfTI header", "Orientation": "RAS", "Subject": "I58", "Sample": "whole brain (brain)",
		"Kind of data": "T1-weighted MRI (T1w)", "Shape": "i 40 × j 30 × k 20", "Voxel size": "i 1 mm × j 1 mm × k 2 mm",
		"Field of view": "i 40 mm × j 30 mm × k 40 mm", "Size": "48 kB", "Values": "uint16",
	} {
		if facts[label] != want {
			t.Errorf("%s is %q, want %q", label, facts[label], want)
		}
	}
	if got := page.all(".checks li b"); len(got) == 0 || slices.Contains(got, "Does not open") {
		t.Errorf("before opening it says %q", got)
	}
}

// TestMeasure: objects are counted in the background, and the part that shows it asks until they are.
func TestMeasure(t *testing.T) {
	ada, _ := pictured(t)
	for range 1000 {
		a := ada.get("/measure/pictures/deep/")
		if a.code != http.StatusOK {
			t.Fatalf("%d %s", a.code, a.body)
		}
		asks := len(a.nodes("#measure[hx-get='/measure/pictures/deep/'][hx-trigger='every 1s']")) == 1
		if done := a.all("#measure")[0] == "2 objects, 8 B"; done != asks {
			if done {
				return
			}
			continue
		}
		t.Fatalf("it says %q and asks again: %v", a.all("#measure"), asks)
	}
	t.Fatal("it counts without end")
}

// TestRowPictures: rows of volumes and of tractograms have small pictures, and others their icons.
func TestRowPictures(t *testing.T) {
	for name, content := range map[string][]byte{"broken.nii": []byte("no NIfTI"), "ramp.nii": rampNIfTI(), "lines.trk": []byte("TRACK"), "notes.txt": []byte("x")} {
		put(t, "lab/loc-pictures/rows/"+name, content)
	}
	ada, _ := pictured(t)
	page := ada.get("/browse/pictures/rows/")
	want := []string{"/thumbnail/pictures/rows/broken.nii", "/thumbnail/pictures/rows/lines.trk", "/thumbnail/pictures/rows/ramp.nii"}
	if got := page.attributes("#rows .thumb img[loading=lazy][alt='']", "src"); !slices.Equal(got, want) {
		t.Errorf("pictures %q, want %q", got, want)
	}
	if rows, icons := len(page.nodes("#rows tr")), len(page.nodes("#rows th .i")); rows != icons {
		t.Errorf("%d rows have %d icons", rows, icons)
	}
}

// TestPlate: the page of a plate says what it is and leads to its fields.
func TestPlate(t *testing.T) {
	ada, _ := pictured(t)
	put(t, "lab/loc-pictures/plate.ome.zarr/.zgroup", []byte(`{"zarr_format": 2}`))
	put(t, "lab/loc-pictures/plate.ome.zarr/.zattrs", []byte(`{"plate": {"version": "0.4", "rows": [{"name": "A"}, {"name": "B"}], "columns": [{"name": "1"}],
		"wells": [{"path": "A/1", "rowIndex": 0, "columnIndex": 0}, {"path": "B/1", "rowIndex": 1, "columnIndex": 0}], "field_count": 1}}`))
	page := ada.get("/asset/pictures/plate.ome.zarr/")
	if page.code != http.StatusOK {
		t.Fatalf("%d to %s", page.code, page.location())
	}
	if got := page.attributes(".related a[href*='plate.ome.zarr/']", "href"); !slices.Equal(got, []string{"/asset/pictures/plate.ome.zarr/A/1/0/", "/asset/pictures/plate.ome.zarr/B/1/0/"}) {
		t.Errorf("its fields are %q", got)
	}
	if got := page.all("header.title p"); len(got) != 1 || got[0] != "OME-Zarr plate (HCS) of 2 × 1 wells" {
		t.Errorf("it is %q", got)
	}
	if got := page.all(".problems"); len(got) != 1 || !strings.Contains(got[0], "Neuroglancer opens one image at a time") {
		t.Errorf("it says %q", got)
	}
	if len(page.nodes("main form[action='/open']")) > 0 {
		t.Error("it offers to open what does not open")
	}
}

// TestAPIAsset: programs get what the page shows.
func TestAPIAsset(t *testing.T) {
	ada, _ := pictured(t)
	a := ada.get("/api/v1/datasets/pictures/asset?location=loc-pictures&path=sub-I58_sample-brain_T1w.nii")
	var out struct {
		Checks []struct{ Rule, Light, Text, Repair string }
		Image  struct {
			Segments  int
			Placement struct {
				Axes       []int
				Matrix     [][]float64
				Source     string
				Anatomical bool
				Assumed    bool
			}
		}
	}
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		t.Fatalf("%d %v: %s", a.code, err, a.body)
	}
	p := out.Image.Placement
	if p.Source != "sform" || !p.Anatomical || !slices.Equal(p.Axes, []int{0, 1, 2}) || len(p.Matrix) != 3 || !slices.Equal(p.Matrix[2], []float64{0, 0, 2, 0}) {
		t.Errorf("it is placed by %+v", p)
	}
	if len(out.Checks) == 0 {
		t.Fatal("nothing was looked at")
	}
	for _, c := range out.Checks {
		if c.Rule == "" || c.Text == "" || !slices.Contains([]string{"green", "amber"}, c.Light) {
			t.Errorf("%+v", c)
		}
	}
}
