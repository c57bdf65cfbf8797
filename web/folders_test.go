package main

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"ngportal/web/phantom"
)

func TestFolderRows(t *testing.T) {
	v := signIn(t, "Ben")
	p := v.get("/browse/phantom/derivatives/sub-phantom/dwi/")
	var boxes []string
	for _, box := range all(p.doc, "tbody input[type=checkbox]") {
		boxes = append(boxes, attr(box, "aria-label"))
	}
	want := []string{
		"sub-phantom_sample-brain_desc-CSD_tractography.trk", "sub-phantom_sample-brain_desc-CSDsift_tractography.tck",
		"sub-phantom_sample-brain_desc-FA_dwi.ome.zarr",
	}
	if !slices.Equal(boxes, want) {
		t.Errorf("tick boxes %q, want %q", boxes, want)
	}
	var copies []string
	texts := p.texts("tbody tr:last-child .texts code")
	for i, button := range all(p.doc, "tbody tr:last-child button[data-copy]") {
		copies = append(copies, text(button)+" "+texts[i])
	}
	at := "derivatives/sub-phantom/dwi/sub-phantom_sample-brain_desc-FA_dwi.ome.zarr/"
	want = []string{
		"Copy S3 URI s3://neuro-private/" + at,
		"Copy data URL " + the.viewer + "/d/demo-phantom/" + at,
		"Copy Neuroglancer source " + the.viewer + "/d/demo-phantom/" + at + "|zarr:",
	}
	if !slices.Equal(copies, want) {
		t.Errorf("copies %q, want %q", copies, want)
	}
}

// TestPaging walks a folder of 2,500 files forward and back by the links.
func TestPaging(t *testing.T) {
	v := signIn(t, "Ada")
	var names []string
	address, pages := "/browse/microscopy/"+phantom.TilesPrefix, 0
	var last page
	for ; address != ""; pages++ {
		last = v.get(address)
		names = append(names, last.texts("tbody th")...)
		address = ""
		for _, a := range all(last.doc, "a[rel=next]") {
			address = attr(a, "href")
		}
	}
	if len(names) != phantom.TileCount || pages != 13 {
		t.Fatalf("%d names on %d pages, want %d on 13", len(names), pages, phantom.TileCount)
	}
	if !slices.IsSorted(names) || len(slices.Compact(names)) != phantom.TileCount {
		t.Error("names are not in order, or come twice")
	}
	for ; ; pages-- {
		before := all(last.doc, "a[rel=prev]")
		if len(before) == 0 {
			break
		}
		last = v.get(attr(before[0], "href"))
	}
	if got := last.texts("tbody th"); pages != 1 || got[0] != "tile-0001.json" || len(got) != 200 {
		t.Errorf("going back ends %d pages from the first, at %q of %d rows", pages-1, got[0], len(got))
	}
	if got := v.get("/browse/microscopy/" + phantom.TilesPrefix + "?filter=tile-24").texts("tbody th"); len(got) != 100 {
		t.Errorf("?filter=tile-24 shows %d rows, want 100", len(got))
	}
}

// TestOddNames follows the link of every odd name, and reads what lies there by its data URL.
func TestOddNames(t *testing.T) {
	v := signIn(t, "Ada")
	folder := v.get("/browse/microscopy/" + url.PathEscape(strings.TrimSuffix(phantom.OddPrefix, "/")) + "/")
	if got, least := len(all(folder.doc, "tbody tr")), 10; folder.code != 200 || got < least {
		t.Fatalf("odd names = %d with %d rows, want 200 with at least %d", folder.code, got, least)
	}
	if strings.Contains(folder.body, "<script>alert") {
		t.Error("a name stands in the page unescaped")
	}
	for _, a := range all(folder.doc, "tbody th a") {
		p := v.follow(v.get(attr(a, "href")))
		if p.code != 200 || p.heading() != text(a) {
			t.Errorf("the link of %q leads to %d %q", text(a), p.code, p.heading())
		}
	}
}

func TestContentRecognizesFolders(t *testing.T) {
	v := signIn(t, "Ben")
	tests := map[string]struct{ address, want string }{
		"precomputed without a telling name": {"/browse/demo-bad/placed/", "/asset/demo-bad/placed/"},
		"zarr that groups others":            {"/asset/demo-bad/group.zarr/", "/browse/demo-bad/group.zarr/"},
		"N5 container":                       {"/asset/demo-bad/container.n5/", "/browse/demo-bad/container.n5/"},
		"zarr without metadata":              {"/asset/demo-bad/bare.zarr/", "/browse/demo-bad/bare.zarr/"},
		"plain folder under asset":           {"/asset/demo-bad/many/", "/browse/demo-bad/many/"},
		"folder without its slash":           {"/browse/demo-bad/many", "/browse/demo-bad/many/"},
		"object under browse":                {"/browse/demo-bad/notes.txt", "/asset/demo-bad/notes.txt"},
	}
	for name, tt := range tests {
		if p := v.get(tt.address); p.code != 303 || p.header.Get("Location") != tt.want {
			t.Errorf("%s: GET %s = %d to %q, want 303 to %q", name, tt.address, p.code, p.header.Get("Location"), tt.want)
		}
	}
	plate := v.get("/asset/demo-bad/plate.ome.zarr/") // it is no image, but its fields are
	if plate.code != 200 || !strings.Contains(plate.body, "plate") || len(all(plate.doc, "form[action='/open']")) != 0 {
		t.Errorf("a plate = %d, want a page that says what it is and does not offer to open it", plate.code)
	}
}
