package main

import (
	"net/http"
	"strings"
	"testing"

	"ngportal/web/phantom"
)

// TestNamesOfLabels reads the names of a label image's values as the viewer does.
func TestNamesOfLabels(t *testing.T) {
	v := signIn(t, "Ben")
	_, entry := v.openScene(asset(phantom.DsegKey))
	v.enter(entry)
	at := the.viewer + "/t/demo-phantom/" + phantom.DsegKey + "names/info"
	p := v.get(at)
	if p.code != 200 || !strings.HasPrefix(p.body, `{"@type":"neuroglancer_segment_properties"`) || !strings.Contains(p.body, phantom.Labels()[1].Name) {
		t.Errorf("names/info = %d %.300s", p.code, p.body)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("If-None-Match", p.header.Get("ETag"))
	if again := v.send(req); again.code != 304 || again.body != "" || p.header.Get("ETag") == "" {
		t.Errorf("the same again = %d %.100q, want 304 by %q", again.code, again.body, p.header.Get("ETag"))
	}
	for path, want := range map[string]int{
		"demo-phantom/" + phantom.TRKKey + "/names/info":                 404,
		"demo-phantom/not/there.zarr/names/info":                         404,
		"demo-bad/short.trk/names/info":                                  503, // a location that was not opened
		"demo-microscopy/" + phantom.OddPrefix + "x.ome.zarr/names/info": 503,
	} {
		if got := v.get(the.viewer + "/t/" + path); got.code != want {
			t.Errorf("%s = %d, want %d", path, got.code, want)
		}
	}
	if got := newVisitor(t).get(at); got.code != 503 {
		t.Errorf("without a session = %d, want 503", got.code)
	}
}
