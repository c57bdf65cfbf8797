package main

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"ngportal/access"
)

// listing is a storage in which below every prefix lie a folder without a name, a folder and a tractogram.
func listing(w http.ResponseWriter, r *http.Request) {
	prefix := r.URL.Query().Get("prefix")
	w.Header().Set("Content-Type", "application/xml")
	_, _ = fmt.Fprintf(w, `<ListBucketResult><Name>b</Name>
		<CommonPrefixes><Prefix>%[1]s/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>%[1]ssub-1/</Prefix></CommonPrefixes>
		<Contents><Key>%[1]sx.trk</Key><Size>5</Size><LastModified>2026-01-02T03:04:05Z</LastModified></Contents>
	</ListBucketResult>`, prefix)
}

// TestSeveralLocations walks a dataset that lies in two places: the first step is the choice of one.
func TestSeveralLocations(t *testing.T) {
	s := newSickPolicy(t, listing, forEveryone("set",
		access.Location{ID: "loc-a", Bucket: "b", Prefix: "one/"}, access.Location{ID: "loc-b", Bucket: "b", Prefix: "two/"})...)
	links := func(p page) []string {
		var out []string
		for _, a := range all(p.doc, "tbody th a") {
			out = append(out, text(a)+" "+attr(a, "href"))
		}
		return out
	}
	tests := map[string]struct {
		address string
		code    int
		heading string
		links   []string
	}{
		"the dataset":           {"/browse/set/", 200, "The set", []string{"loc-a /browse/set/loc-a/", "loc-b /browse/set/loc-b/"}},
		"a location":            {"/browse/set/loc-a/", 200, "loc-a", []string{"(no name) /browse/set/loc-a/%2F", "sub-1 /browse/set/loc-a/sub-1/", "x.trk /asset/set/loc-a/x.trk"}},
		"a folder in it":        {"/browse/set/loc-b/sub-1/", 200, "sub-1", []string{"(no name) /browse/set/loc-b/sub-1/%2F", "sub-1 /browse/set/loc-b/sub-1/sub-1/", "x.trk /asset/set/loc-b/sub-1/x.trk"}},
		"a folder without name": {"/browse/set/loc-a/%2F", 200, "(no name)", []string{"(no name) /browse/set/loc-a/%2F%2F", "sub-1 /browse/set/loc-a/%2Fsub-1/", "x.trk /asset/set/loc-a/%2Fx.trk"}},
		"no such location":      {"/browse/set/loc-c/", 404, "Nothing lies here", nil},
	}
	for name, tt := range tests {
		p := s.get(s.base + tt.address)
		if p.code != tt.code || p.heading() != tt.heading || !slices.Equal(links(p), tt.links) {
			t.Errorf("%s: GET %s = %d %q with %q\nwant %d %q with %q", name, tt.address, p.code, p.heading(), links(p), tt.code, tt.heading, tt.links)
		}
	}
	for from, to := range map[string]string{"/asset/set/loc-a": "/browse/set/loc-a/", "/asset/set/": "/browse/set/"} {
		if p := s.get(s.base + from); p.code != 303 || p.header.Get("Location") != to {
			t.Errorf("GET %s = %d to %q, want 303 to %q", from, p.code, p.header.Get("Location"), to)
		}
	}
}
