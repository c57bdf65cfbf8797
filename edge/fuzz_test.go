package edge_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ngportal/edge"
)

// Whatever the target, no object outside of the location of the cookies is asked for, and nothing panics.
func FuzzTarget(f *testing.F) {
	w := newWorld(f, func(c *edge.Config) {
		c.Log = slog.New(slog.DiscardHandler)
		c.IsPublic = nil
	})
	cookie := w.cookies(f, w.signer, "loc-one")
	for _, seed := range []string{
		"/d/loc-one/a", "/d/loc-one/../loc-two/a", "/d/loc-one/%2e%2e%2floc-two", "/d/loc-two/a?/d/loc-one/", "//d/loc-one/", "/t/loc-one/a/skel/1", "/_session/open?t=%",
		"/d/loc-one/a%5Cb", "/d/loc-one/a%5c..%5C..%5cloc-two/a", "/d/loc-one/a//b?Policy=x", "/d/loc-one/%C3%A9;a,b'(c)*!",
	} {
		f.Add(seed, "bytes=0-1")
	}
	f.Fuzz(func(t *testing.T, target, ranges string) {
		before := len(w.objects.asked())
		r := &http.Request{Method: "GET", RequestURI: target, Host: strings.TrimPrefix(w.origin, "http://"), Header: http.Header{"Cookie": {cookie}, "Range": {ranges}}}
		parsed, err := http.NewRequest("GET", "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL = parsed.URL
		rec := httptest.NewRecorder()
		w.Config.Handler.ServeHTTP(rec, r)
		if rec.Code == 500 {
			t.Errorf("GET %q = 500", target)
		}
		for _, key := range w.objects.asked()[before:] {
			plain := "/" + strings.ReplaceAll(key, `\`, "/") + "/"
			if !strings.HasPrefix(key, "main/one/") || strings.Contains(plain, "/../") || strings.Contains(plain, "/./") {
				t.Errorf("GET %q asks for %q", target, key)
			}
		}
	})
}
