package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ngportal/access"
	"ngportal/web/phantom"
)

// TestDemoBuckets gives the demo folders whose names are no ids, or ids of something else.
func TestDemoBuckets(t *testing.T) {
	long, tooLong := strings.Repeat("x", 59), strings.Repeat("y", 60)
	from, buckets := t.TempDir(), t.TempDir()
	want := map[string]string{ // location ids by bucket
		"a-b": "demo-a-b", "a-b-2": "demo-a-b-2", "a.b": "demo-a-b-3", "c.d": "demo-c-d", "microscopy": "demo-microscopy-2",
		"phantom": "demo-phantom-2", "tracts": "demo-tracts", long: "demo-" + long,
	}
	for name := range want {
		makeFolder(t, from, name)
	}
	for _, name := range []string{tooLong, "Upper", phantom.PrivateBucket} {
		makeFolder(t, from, name)
	}
	var said bytes.Buffer
	d := &demonstration{out: &said, getenv: func(string) string { return from }}
	names, err := d.linkExtra(buckets)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{tooLong, "Upper", phantom.PrivateBucket} {
		if !strings.Contains(said.String(), `left out "`+name+`"`) || slices.Contains(names, name) {
			t.Errorf("%s is not left out with a word about it:\n%s", name, said.String())
		}
	}
	got := map[string]access.Location{}
	for _, d := range (config{Datasets: demoDatasets(names)}).seeds() {
		got[d.Name] = d.Locations[0]
	}
	for name, id := range want {
		if l := got["demo-"+name]; l.ID != id || l.Bucket != name {
			t.Errorf("demo-%s lies at %+v, want %s in %s", name, l, id, name)
		}
	}
}

// TestLongLocationIDs numbers names that have no room for it.
func TestLongLocationIDs(t *testing.T) {
	x := strings.Repeat("x", 55)
	got := locationIDs([]string{x + "-a-b", x + ".a-b", x + ".a.b"})
	want := map[string]string{x + "-a-b": "demo-" + x + "-a-b", x + ".a-b": "demo-" + x + "-a-2", x + ".a.b": "demo-" + x + "-a-3"}
	for name, id := range want {
		if got[name] != id {
			t.Errorf("the location of %s is %s, want %s", name, got[name], id)
		}
	}
}

func makeFolder(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Mkdir(filepath.Join(dir, name), 0o750); err != nil {
		t.Fatal(err)
	}
}
