package handlers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"ngportal/s3index"
)

// TestTrayIsCheap: a tray of eight images in two folders, with transforms between these, is looked at twice.
func TestTrayIsCheap(t *testing.T) {
	target, err := url.Parse(server.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	relay := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host }}
	counting := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		relay.ServeHTTP(w, r)
	}))
	t.Cleanup(counting.Close)
	p := startPortal(t, nil, s3index.NewBucket("lab", s3index.NewClient(server.Config(), counting.URL, true)))
	p.seed(lab("cheap", []string{"cleo@example.org"}, "loc-cheap"))
	for i := range 4 {
		put(t, fmt.Sprintf("lab/loc-cheap/xfms/from-XPCT0%d_to-XPCT00_xfm.txt", i+1), []byte("1 0 0 5\n0 1 0 0\n0 0 1 0\n0 0 0 1\n"))
	}
	cleo := p.signIn("cleo@example.org")
	for i := range 8 {
		path := fmt.Sprintf("part-%d/XPCT0%d.nii", i%2, i)
		put(t, "lab/loc-cheap/"+path, rampNIfTI())
		cleo.must("/tray/add", "asset", "cheap/loc-cheap/"+path)
	}
	look := func() int64 {
		before := asked.Load()
		if page := cleo.get("/tray"); page.code != 200 || len(page.all(".planes figure")) != 3 {
			t.Fatalf("GET /tray = %d %q", page.code, page.all("main"))
		}
		return asked.Load() - before
	}
	first, second := look(), look()
	if second > 8 {
		t.Errorf("the first look took %d requests to storage and the second %d, want at most one for each of 8 assets", first, second)
	}
	t.Logf("%d requests, then %d", first, second)
}
