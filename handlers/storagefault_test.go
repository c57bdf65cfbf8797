package handlers_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"

	"ngportal/handlers"
	"ngportal/s3index"
)

// TestPictureLeft: a browser that goes on to another page before a picture has come is no fault of the portal.
func TestPictureLeft(t *testing.T) {
	asked := make(chan struct{}, 1)
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(slow.Close)
	var log bytes.Buffer
	p := startPortal(t, func(c *handlers.Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) },
		s3index.NewBucket("lab", s3index.NewClient(server.Config(), slow.URL, true)))
	p.seed(lab("brain", []string{"cleo@example.org"}, "loc-brain"))
	ctx, leave := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/thumbnail/brain/a.nii", nil)
	for _, c := range p.signIn("cleo@example.org").jar {
		r.AddCookie(c)
	}
	go func() { <-asked; leave() }()
	rec := httptest.NewRecorder()
	handlers.New(p.config).ServeHTTP(rec, r)
	if rec.Code != 499 || strings.Contains(log.String(), "ERROR") || strings.Contains(log.String(), "a.nii") {
		t.Errorf("answered %d, and the log has %s", rec.Code, log.String())
	}
}

// TestChunkUnreadable: that storage does not give a chunk is not said of the data, nor how storage calls it.
func TestChunkUnreadable(t *testing.T) {
	put(t, "lab/loc-brain/x.zarr/.zarray", []byte(`{"zarr_format":2,"shape":[8,8,8],"chunks":[8,8,8],"dtype":"|u1","compressor":null,"fill_value":0,"order":"C","filters":null}`))
	target, err := url.Parse(server.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	relay := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host }}
	closed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/0.0.0") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		relay.ServeHTTP(w, r)
	}))
	t.Cleanup(closed.Close)
	p := startPortal(t, nil, s3index.NewBucket("lab", s3index.NewClient(server.Config(), closed.URL, true)))
	p.seed(lab("brain", []string{"cleo@example.org"}, "loc-brain"))
	a := p.signIn("cleo@example.org").get("/asset/brain/x.zarr/")
	const why = "the portal itself is not allowed to read it where it is stored."
	checks := strings.Join(a.all(".checks li"), " ")
	if !strings.Contains(checks, why) || strings.Contains(checks, "Does not open") || strings.Contains(a.body, "storage answers") {
		t.Errorf("checks = %q", checks)
	}
	if got := a.all(".problems"); !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "There is no preview.") && strings.Contains(s, why) }) {
		t.Errorf("problems = %q", got)
	}
}
