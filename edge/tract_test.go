package edge_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/edge"
)

func TestTracts(t *testing.T) {
	w := newWorld(t, nil)
	g := grant("token-1")
	g.Locations = []string{"loc-one"}
	w.sessions.live["token-1"] = g
	const mine = "ng=token-1"
	tests := map[string]struct {
		path, cookie string
		want         int
		deny, body   string
	}{
		"info":                  {"/t/loc-one/a/b%20c.trk/skel/info", mine, 200, "", "skel/info of s3://main/one/a/b c.trk"},
		"properties":            {"/t/loc-one/x.tck/skel/prop/info", mine, 200, "", "skel/prop/info of s3://main/one/x.tck"},
		"the skeleton":          {"/t/loc-one/x.tck/skel/1", mine, 200, "", "skel/1 of s3://main/one/x.tck"},
		"two slashes":           {"/t/loc-one/a//x.tck/skel/1", mine, 200, "", "skel/1 of s3://main/one/a//x.tck"},
		"public":                {"/t/pub-one/x.tck/skel/1", "", 200, "", "skel/1 of s3://open/x.tck"},
		"names of labels":       {"/t/loc-one/a/d%20seg.zarr/names/info", mine, 200, "", "names/info of s3://main/one/a/d seg.zarr"},
		"names, no session":     {"/t/loc-one/a/dseg.zarr/names/info", "", 503, "AccessDenied", ""},
		"names elsewhere":       {"/t/loc-two/a/dseg.zarr/names/info", mine, 503, "AccessDenied", ""},
		"names, dot segments":   {"/t/loc-one/../loc-two/dseg.zarr/names/info", mine, 400, "", ""},
		"no names":              {"/t/loc-one/gone.trk/names/info", mine, 404, "", ""},
		"names of nothing":      {"/t/loc-one/names/info", mine, 404, "", ""},
		"other names":           {"/t/loc-one/a/dseg.zarr/names/", mine, 404, "", ""},
		"no session":            {"/t/loc-one/x.tck/skel/1", "", 503, "AccessDenied", ""},
		"unknown session":       {"/t/loc-one/x.tck/skel/1", "ng=x", 503, "AccessDenied", ""},
		"another location":      {"/t/loc-two/x.tck/skel/1", mine, 503, "AccessDenied", ""},
		"no such location":      {"/t/loc-none/x.tck/skel/1", mine, 503, "AccessDenied", ""},
		"signed cookies do not": {"/t/loc-one/x.tck/skel/1", w.cookies(t, w.signer, "loc-one"), 503, "AccessDenied", ""},
		"dot segments":          {"/t/loc-one/../loc-two/x.tck/skel/1", mine, 400, "", ""},
		"escaped dot segments":  {"/t/loc-one/%2e%2e/loc-two/x.tck/skel/1", mine, 400, "", ""},
		"another object":        {"/t/loc-one/x.tck/skel/1000001", mine, 200, "", "skel/1000001 of s3://main/one/x.tck"},
		"skeleton options":      {"/t/loc-one/x.tck/skel/length,s_fa/prop/info", mine, 200, "", "skel/length,s_fa/prop/info of s3://main/one/x.tck"},
		"escaped options":       {"/t/loc-one/x.tck/skel/length%2Cframe%3Dlps/7", mine, 200, "", "skel/length,frame=lps/7 of s3://main/one/x.tck"},
		"annotations":           {"/t/loc-one/x.tck/ann/info", mine, 200, "", "ann/info of s3://main/one/x.tck"},
		"annotation options":    {"/t/loc-one/x.tck/ann/tol=0.25/spatial3/1_0_12", mine, 200, "", "ann/tol=0.25/spatial3/1_0_12 of s3://main/one/x.tck"},
		"annotations by id":     {"/t/loc-one/x.tck/ann/by_id/18446744073709551615", mine, 200, "", "ann/by_id/18446744073709551615 of s3://main/one/x.tck"},
		"annotations of bundle": {"/t/loc-one/x.tck/ann/tol=0/bundle/3", mine, 200, "", "ann/tol=0/bundle/3 of s3://main/one/x.tck"},
		"list of bundles":       {"/t/loc-one/x.tck/ann/list/info", mine, 200, "", "ann/list/info of s3://main/one/x.tck"},
		"a folder called skel":  {"/t/loc-one/skel/1/ann/x.tck/skel/1", mine, 200, "", "skel/1 of s3://main/one/skel/1/ann/x.tck"},
		"a folder called ann":   {"/t/loc-one/a/ann/info/ann/list/info", mine, 200, "", "ann/list/info of s3://main/one/a/ann/info"},
		"public annotations":    {"/t/pub-one/x.tck/ann/spatial0/0_0_0", "", 200, "", "ann/spatial0/0_0_0 of s3://open/x.tck"},
		"annotations, stranger": {"/t/loc-one/x.tck/ann/info", "", 503, "AccessDenied", ""},
		"cells, stranger":       {"/t/loc-one/x.tck/ann/spatial0/0_0_0", "ng=x", 503, "AccessDenied", ""},
		"list, stranger":        {"/t/loc-two/x.tck/ann/list/info", mine, 503, "AccessDenied", ""},
		"by id, stranger":       {"/t/loc-two/x.tck/ann/by_id/1", mine, 503, "AccessDenied", ""},
		"bundle, stranger":      {"/t/loc-two/x.tck/ann/tol=1/bundle/1", mine, 503, "AccessDenied", ""},
		"properties, stranger":  {"/t/loc-two/x.tck/skel/length/prop/info", mine, 503, "AccessDenied", ""},
		"dots as options":       {"/t/loc-one/x.tck/skel/%2e%2e/1", mine, 400, "", ""},
		"a slash in options":    {"/t/loc-one/x.tck/skel/a%2fb/1", mine, 400, "", ""},
		"no cell":               {"/t/loc-one/x.tck/ann/spatial0/0_0", mine, 404, "", ""},
		"a cell below zero":     {"/t/loc-one/x.tck/ann/spatial0/0_0_-1", mine, 404, "", ""},
		"another file":          {"/t/loc-one/x.tck/skel/two", mine, 404, "", ""},
		"two options":           {"/t/loc-one/x.tck/skel/length/s_fa/1", mine, 404, "", ""},
		"no file":               {"/t/loc-one/x.tck", mine, 404, "", ""},
		"no tractogram":         {"/t/loc-one/skel/1", mine, 404, "", ""},
		"not there":             {"/t/loc-one/gone.trk/skel/info", mine, 404, "", ""},
		"storage refuses us":    {"/t/loc-one/denied.trk/skel/info", mine, 503, "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			code, _ := w.raw(t, tt.path, tt.cookie)
			res, body := w.do(t, "GET", tt.path, "Cookie", tt.cookie)
			if code != tt.want || res.StatusCode != tt.want || res.Header.Get("X-Edge-Deny") != tt.deny || tt.body != "" && body != tt.body {
				t.Errorf("GET %s = %d, %d %q %q, want %d %q %q", tt.path, code, res.StatusCode, res.Header.Get("X-Edge-Deny"), body, tt.want, tt.deny, tt.body)
			}
			cache := "no-store"
			if tt.want == 200 {
				cache = "private, max-age=3600"
			}
			wantHeader(t, res, map[string]string{"Cache-Control": cache, "ETag": "", "Content-Security-Policy": "default-src 'none'; sandbox"})
		})
	}
	if res, body, err := w.try(t, "GET", "/t/loc-one/torn.trk/skel/1", "Cookie", mine); err == nil || res == nil || res.StatusCode != 200 {
		t.Errorf("a torn tract arrives as %v %q, %v, want 200 and a cut: without a status it would be taken for missing", res, body, err)
	}
	w.sessions.change(func(s *sessions) { s.broken = errors.New("disk full") })
	if res, _ := w.do(t, "GET", "/t/loc-one/x.tck/skel/1", "Cookie", mine); res.StatusCode != 503 || res.Header.Get("X-Edge-Deny") != "" {
		t.Errorf("while the store is away = %d %q, want 503 that is no denial", res.StatusCode, res.Header.Get("X-Edge-Deny"))
	}
}

// Behind CloudFront the portal's listener answers for sessions and tracts only, under any host.
func TestSessionsOnThePortal(t *testing.T) {
	w := newWorld(t, func(c *edge.Config) { c.Origin = "https://ng.example.org" })
	c := w.config
	c.Objects, c.Files, c.Verifier, c.Log = nil, nil, nil, slog.New(slog.DiscardHandler)
	h, err := edge.NewSessions(c)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	defer srv.Close()
	w.sessions.live["token-1"] = grant("token-1")
	tests := []struct {
		method, path string
		want         int
	}{
		{"POST", "/_session/refresh", 204},
		{"GET", "/t/loc-one/x.trk/skel/info", 200},
		{"GET", "/_session/open?t=x", 400},
		{"GET", "/d/loc-one/a", 404},
		{"GET", "/", 404},
	}
	for _, tt := range tests {
		req, err := http.NewRequestWithContext(t.Context(), tt.method, srv.URL+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Cookie", "__Host-ng=token-1")
		req.Header.Set("Origin", "https://ng.example.org")
		res, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != tt.want {
			t.Errorf("%s %s = %d, want %d", tt.method, tt.path, res.StatusCode, tt.want)
		}
	}
}

// endlessTract sends a skeleton that never ends, and tells when sending has.
type endlessTract struct{ ended chan struct{} }

func (e endlessTract) ServeTract(w http.ResponseWriter, _ *http.Request, _ access.Location, _, _ string) error {
	defer close(e.ended)
	w.WriteHeader(http.StatusOK)
	for piece := make([]byte, 1<<20); ; {
		if _, err := w.Write(piece); err != nil {
			return err
		}
	}
}

// TestReaderWhoTakesNoTractIsLeft opens a skeleton and reads no further: its turn must become free.
func TestReaderWhoTakesNoTractIsLeft(t *testing.T) {
	endless := endlessTract{make(chan struct{})}
	w := newWorld(t, func(c *edge.Config) { c.Patience, c.Tracts = 100*time.Millisecond, endless })
	g := grant("token-1")
	g.Locations = []string{"loc-one"}
	w.sessions.live["token-1"] = g
	conn := w.dial(t)
	w.write(t, conn, "/t/loc-one/a.trk/skel/1", "ng=token-1")
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-endless.ended:
	case <-time.After(20 * time.Second):
		t.Fatal("the skeleton is still sent after 20 s")
	}
}
