package edge_test

import (
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"ngportal/edge"
)

const viewerCSP = "default-src 'none'; script-src 'self' 'unsafe-eval'; worker-src 'self'; connect-src 'self' https: http://localhost:* http://127.0.0.1:*; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func TestViewerFiles(t *testing.T) {
	w := newWorld(t, nil)
	const forever = "public, max-age=31536000, immutable"
	tests := map[string]struct{ kind, cache, body string }{
		"/":                   {"text/html; charset=utf-8", "no-cache", "<!doctype html><title>viewer</title>"},
		"/?x=1":               {"text/html; charset=utf-8", "no-cache", "<!doctype html><title>viewer</title>"},
		"/index.html":         {"text/html; charset=utf-8", "no-cache", "<!doctype html><title>viewer</title>"},
		"/viewer-config.json": {"application/json", "no-cache", `{"portal":"http://localhost:8080"}`},
		"/0a1b2c3d/main.js":   {"text/javascript; charset=utf-8", forever, strings.Repeat("console.log(1);\n", 100)},
		"/0a1b2c3d/zstd.wasm": {"application/wasm", forever, "\x00asm"},
		"/0a1b2c3d/icon.png":  {"image/png", forever, "png"},
	}
	for path, tt := range tests {
		res, body := w.do(t, "GET", path)
		if res.StatusCode != 200 || body != tt.body || res.ContentLength != int64(len(tt.body)) {
			t.Errorf("GET %s = %d %q of %d bytes, want %q", path, res.StatusCode, body, res.ContentLength, tt.body)
		}
		wantHeader(t, res, map[string]string{
			"Content-Type": tt.kind, "Cache-Control": tt.cache, "Content-Security-Policy": viewerCSP, "Content-Encoding": "",
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin",
		})
		tag := res.Header.Get("ETag")
		if len(tag) != 34 {
			t.Errorf("GET %s: ETag %q, want 32 digits in quotes", path, tag)
		}
		if res, body := w.do(t, "GET", path, "If-None-Match", `"x", W/`+tag); res.StatusCode != 304 || body != "" {
			t.Errorf("GET %s with its ETag = %d %q, want 304", path, res.StatusCode, body)
		}
		if res, body := w.do(t, "HEAD", path, "If-None-Match", `"x"`); res.StatusCode != 200 || body != "" || res.ContentLength != int64(len(tt.body)) {
			t.Errorf("HEAD %s = %d %q of %d bytes, want 200", path, res.StatusCode, body, res.ContentLength)
		}
	}
}

func TestNoSuchFile(t *testing.T) {
	w := newWorld(t, nil)
	for _, path := range []string{
		"/x", "/0a1b2c3d", "/0a1b2c3d/", "/0a1b2c3e/main.js", "/0a1b2c3d/../index.html", "//", "/index.html/", "/%69ndex.html", "/d", "/d/", "/t", "/_session", "/_session/", "/INDEX.html",
	} {
		want := 404
		if path == "/d/" {
			want = 503 // as all of /d/ without cookies
		}
		code, _ := w.raw(t, path, "")
		res, _ := w.do(t, "GET", "/x")
		if code != want {
			t.Errorf("GET %s = %d, want %d", path, code, want)
		}
		wantHeader(t, res, map[string]string{"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; sandbox", "ETag": ""})
	}
}

func TestCompression(t *testing.T) {
	w := newWorld(t, nil)
	plain, _ := w.do(t, "GET", "/0a1b2c3d/main.js")
	for accept, want := range map[string]string{
		"gzip": "gzip", "gzip, deflate, br": "gzip", "br;q=1.0, GZIP;q=0.5": "gzip", "gzip;q=0": "", "gzip;q=x": "", "br": "", "identity, xgzip": "",
	} {
		res, body := w.do(t, "GET", "/0a1b2c3d/main.js", "Accept-Encoding", accept)
		wantHeader(t, res, map[string]string{"Content-Encoding": want, "Vary": "Accept-Encoding"})
		if (res.Header.Get("ETag") == plain.Header.Get("ETag")) != (want == "") {
			t.Errorf("Accept-Encoding %q: ETag %s, plain %s: they must differ if the bytes do", accept, res.Header.Get("ETag"), plain.Header.Get("ETag"))
		}
		if want == "" {
			continue
		}
		z, err := gzip.NewReader(strings.NewReader(body))
		if err != nil {
			t.Fatalf("Accept-Encoding %q: %v", accept, err)
		}
		text, err := io.ReadAll(z)
		if err != nil || string(text) != strings.Repeat("console.log(1);\n", 100) || len(body) > 200 {
			t.Errorf("Accept-Encoding %q: %d bytes, unpacked %d, %v, want 1600 out of few", accept, len(body), len(text), err)
		}
	}
	if res, body := w.do(t, "GET", "/0a1b2c3d/icon.png", "Accept-Encoding", "gzip"); body != "png" || res.Header.Get("Vary") != "" {
		t.Errorf("an image is compressed again: %q", body)
	}
}

func TestNewRefuses(t *testing.T) {
	good := newWorld(t, nil).config
	tests := map[string]func(*edge.Config){
		"no signer":         func(c *edge.Config) { c.Signer = nil },
		"no verifier":       func(c *edge.Config) { c.Verifier = nil },
		"no objects":        func(c *edge.Config) { c.Objects = nil },
		"no clock":          func(c *edge.Config) { c.Now = nil },
		"no lifetime":       func(c *edge.Config) { c.Lifetime = time.Millisecond },
		"an odd refusal":    func(c *edge.Config) { c.DenyStatus = 404 },
		"http on a network": func(c *edge.Config) { c.Origin = "http://ng.example.org" },
		"an odd config":     func(c *edge.Config) { c.ViewerConfig = func() {} },
	}
	for name, change := range tests {
		c := good
		change(&c)
		if h, err := edge.New(c); err == nil {
			t.Errorf("New with %s = %v, want an error", name, h)
		}
	}
	good.Files = fstest.MapFS{}
	if _, err := edge.New(good); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "build it first") {
		t.Errorf("New without a viewer = %v, want fs.ErrNotExist that says to build it", err)
	}
}
