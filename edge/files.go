package edge

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// viewerPolicy is what Neuroglancer 2.41.2 needs, measured: it makes functions from text, starts
// workers of ours, and reads data that anybody may offer over https.
const viewerPolicy = "default-src 'none'; script-src 'self' 'unsafe-eval'; worker-src 'self'; " +
	"connect-src 'self' https: http://localhost:* http://127.0.0.1:*; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob:; font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// A file of the viewer lies in memory: there are some five megabytes of them.
type file struct {
	body  []byte
	small func() []byte // compressed; nil for what is already
	kind  string
	etag  string // without its quotes
	cache string
}

// kindOf returns the type of a file, and whether it is compressed already. The system's own table is not
// asked: it differs from machine to machine.
func kindOf(name string) (kind string, packed bool) {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8", false
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8", false
	case ".css":
		return "text/css; charset=utf-8", false
	case ".json", ".map":
		return "application/json", false
	case ".svg":
		return "image/svg+xml", false
	case ".txt":
		return "text/plain; charset=utf-8", false
	case ".wasm":
		return "application/wasm", false
	case ".png":
		return "image/png", true
	case ".ico":
		return "image/x-icon", true
	case ".woff2":
		return "font/woff2", true
	}
	return "application/octet-stream", false
}

// loadFiles reads the viewer. What lies in a folder is named by a hash and never changes; the
// index and viewer-config.json do.
func loadFiles(fsys fs.FS, config any) (map[string]*file, error) {
	files := map[string]*file{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		files["/"+name] = newFile(name, body)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the viewer: %w", err)
	}
	if files["/index.html"] == nil {
		return nil, fmt.Errorf("the viewer has no index.html, build it first: %w", fs.ErrNotExist)
	}
	body, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("viewer-config.json: %w", err)
	}
	files["/"] = files["/index.html"]
	files["/viewer-config.json"] = newFile("viewer-config.json", body)
	return files, nil
}

func newFile(name string, body []byte) *file {
	sum := sha256.Sum256(body)
	kind, packed := kindOf(name)
	f := &file{body: body, kind: kind, etag: hex.EncodeToString(sum[:16]), cache: "no-cache"}
	if strings.Contains(name, "/") {
		f.cache = "public, max-age=31536000, immutable"
	}
	if !packed {
		f.small = sync.OnceValue(func() []byte { return compress(body) })
	}
	return f
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(body) // a Buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// file serves a file of the viewer: whole or not at all.
func (e *edge) file(a *answer, r *http.Request, name string) error {
	if err := readOnly(a, r); err != nil {
		return err
	}
	f := e.files[name]
	if f == nil {
		return errNoPage
	}
	h := a.Header()
	h.Set("Content-Security-Policy", viewerPolicy)
	h.Set("Cache-Control", f.cache)
	body, etag := f.body, `"`+f.etag+`"`
	if f.small != nil {
		h.Set("Vary", "Accept-Encoding")
		if takesGzip(r.Header.Get("Accept-Encoding")) {
			body, etag = f.small(), `"`+f.etag+`-gzip"`
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("ETag", etag)
	if matches(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		a.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", f.kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	a.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = a.Write(body) // the reader may have left
	}
	return nil
}

// takesGzip reads an Accept-Encoding header (RFC 9110, 12.5.3).
func takesGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			_, q, given := strings.Cut(weight, "=")
			n, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
			return !given || err == nil && n > 0
		}
	}
	return false
}
