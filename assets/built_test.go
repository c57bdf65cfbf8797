package assets

import (
	"errors"
	"testing"
	"testing/fstest"
)

// TestWithoutNPM stands in the other case for [TestBuilt]: whichever of the two this binary is,
// both are met.
func TestWithoutNPM(t *testing.T) {
	bare := fstest.MapFS{"css/a.css": {Data: []byte("a")}, "dist/.gitkeep": {}}
	built := fstest.MapFS{"dist/htmx.js": {Data: []byte("h")}, "dist/viewer/index.html": {Data: []byte("v")}}

	if _, err := viewerOf(bare); !errors.Is(err, ErrNotBuilt) {
		t.Errorf("viewer of a bare clone: %v, want ErrNotBuilt", err)
	}
	if _, err := stockOf(bare).htmx(); !errors.Is(err, ErrNotBuilt) {
		t.Errorf("htmx of a bare clone: %v, want ErrNotBuilt", err)
	}
	viewer, err := viewerOf(built)
	if err != nil {
		t.Fatalf("viewer of a build: %v", err)
	}
	if _, err = viewer.Open("index.html"); err != nil {
		t.Errorf("viewer of a build: %v", err)
	}
	s := stockOf(built)
	url, err := s.htmx()
	if err != nil || string(s.file[url].Data) != "h" {
		t.Errorf("htmx of a build at %q: %v", url, err)
	}
}

func TestTwoFilesOfOneName(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("js/htmx.js and dist/htmx.js share a name, and nobody said so")
		}
	}()
	stockOf(fstest.MapFS{"dist/htmx.js": {}, "js/htmx.js": {}})
}
