package assets_test

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"ngportal/assets"
)

func TestLookup(t *testing.T) {
	here := assets.URL("logo.svg")
	tests := map[string]struct {
		path string
		want bool
	}{
		"the address that URL gives":           {here, true},
		"the same name under another hash":     {assets.Prefix + strings.Repeat("0", 16) + "/logo.svg", false},
		"another name under the same hash":     {strings.Replace(here, "logo", "base", 1), false},
		"a name without a hash":                {"/assets/logo.svg", false},
		"a file that is embedded, not offered": {"/assets/dist/.gitkeep", false},
		"nothing":                              {"", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, got := assets.Lookup(tt.path); got != tt.want {
				t.Errorf("Lookup(%q) = %t, want %t", tt.path, got, tt.want)
			}
		})
	}
}

func TestFiles(t *testing.T) {
	tests := map[string]struct{ contentType, holds string }{
		"base.css": {"text/css; charset=utf-8", "light-dark("},
		"keys.js":  {"text/javascript; charset=utf-8", "keydown"},
		"logo.svg": {"image/svg+xml", "<svg"},
	}
	for name, want := range tests {
		url := assets.URL(name)
		f, ok := assets.Lookup(url)
		if !ok || f.ContentType != want.contentType || !bytes.Contains(f.Data, []byte(want.holds)) {
			t.Errorf("%s at %s: found %t, type %q, want %q holding %q", name, url, ok, f.ContentType, want.contentType, want.holds)
		}
		hash := strings.Split(url, "/")[2]
		if f.ETag != `"`+hash+`"` || len(hash) != 16 {
			t.Errorf("%s: ETag %s, hash %s, want the same 16 digits", name, f.ETag, hash)
		}
	}
}

func TestURLPanicsOnAMisspeltName(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error(`URL("bose.css") did not panic`)
		}
	}()
	assets.URL("bose.css")
}

// TestBuilt holds on a clone without npm's output and on a built one.
func TestBuilt(t *testing.T) {
	viewer, err := assets.Viewer()
	if err == nil {
		if _, err = fs.Stat(viewer, "index.html"); err != nil {
			t.Errorf("the viewer has no page: %v", err)
		}
	} else if !errors.Is(err, assets.ErrNotBuilt) || err.Error() != "built without the viewer: run make build" {
		t.Errorf("Viewer: %v", err)
	}
	url, err := assets.HTMX()
	if err == nil {
		if _, ok := assets.Lookup(url); !ok {
			t.Errorf("htmx is not at %s", url)
		}
	} else if !errors.Is(err, assets.ErrNotBuilt) || err.Error() != "built without htmx: run make build" {
		t.Errorf("HTMX: %v", err)
	}
}
