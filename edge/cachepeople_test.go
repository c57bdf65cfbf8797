package edge_test

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	"ngportal/edge"
)

// TestCacheIsBehindTheCookies reads with the cache on: who may read gets what another has read, without a call
// to the storage; who may not gets nothing of it, and costs no call either.
func TestCacheIsBehindTheCookies(t *testing.T) {
	var cache *edge.Cache
	w := newWorld(t, func(c *edge.Config) {
		var err error
		cache, err = edge.NewCache(c.Objects, edge.CacheConfig{
			Memory: 8 << 20, Dir: t.TempDir(), Disk: 8 << 20, Fresh: time.Hour, Now: c.Now, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		c.Objects = cache
	})
	t.Cleanup(func() { cache.Close() })
	w.objects.put("main/one/scan/0", "of one")
	w.objects.put("main/two/scan/0", "of two")
	ada, cleo, ben := w.cookies(t, w.signer, "loc-one"), w.cookies(t, w.signer, "loc-one"), w.cookies(t, w.signer, "loc-two")
	tests := []struct {
		who, cookies, path string
		code               int
		body               string
		calls              int // of the storage, all in all
	}{
		{"Ben, before anybody", ben, "/d/loc-one/scan/0", 503, "", 0},
		{"Ada", ada, "/d/loc-one/scan/0", 200, "of one", 1},
		{"Ada again", ada, "/d/loc-one/scan/0", 200, "of one", 1},
		{"Cleo, who may too", cleo, "/d/loc-one/scan/0", 200, "of one", 1},
		{"Ben, after Ada", ben, "/d/loc-one/scan/0", 503, "", 1},
		{"Ben by Ada's address", ben, "/d/loc-two/../loc-one/scan/0", 400, "", 1},
		{"Ben at his own", ben, "/d/loc-two/scan/0", 200, "of two", 2},
		{"nobody", "", "/d/loc-one/scan/0", 503, "", 2},
		{"nobody, who knows the ETag", "", "/d/loc-one/scan/0", 503, "", 2},
	}
	for _, tt := range tests {
		header := []string{"Cookie", tt.cookies}
		if tt.who == "nobody, who knows the ETag" {
			header = append(header, "If-None-Match", `"tag"`)
		}
		r, body := w.do(t, http.MethodGet, tt.path, header...)
		if r.StatusCode != tt.code || tt.code == http.StatusOK && body != tt.body {
			t.Errorf("%s: %s = %d %q, want %d %q", tt.who, tt.path, r.StatusCode, body, tt.code, tt.body)
		}
		if tt.code == 503 && r.Header.Get("Etag") != "" {
			t.Errorf("%s is told the ETag", tt.who)
		}
		if got := len(w.objects.asked()); got != tt.calls {
			t.Errorf("after %s the storage was called %d times, want %d", tt.who, got, tt.calls)
		}
	}
	w.now.Add(61) // the cookies end
	if r, _ := w.do(t, http.MethodGet, "/d/loc-one/scan/0", "Cookie", ada); r.StatusCode != 503 {
		t.Errorf("Ada, when her cookies have ended: %d, want 503", r.StatusCode)
	}
}
