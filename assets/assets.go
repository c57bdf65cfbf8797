// Package assets holds the portal's CSS, scripts and icons, and what npm built into dist:
// htmx and the viewer. All of it is embedded in the binary.
//
// The portal's own files and htmx have addresses that carry a hash of their content, so a
// browser may keep them for ever; an address with another hash leads nowhere.
package assets

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
)

// Prefix is what the address of every file of this package begins with.
const Prefix = "/assets/"

// htmxName is the one file of dist that pages load.
const htmxName = "htmx.js"

// dist is filled by npm and may hold nothing but its placeholder.
//
//go:embed css js icons all:dist
var files embed.FS

// ErrNotBuilt is wrapped by the errors of [Viewer] and [HTMX].
var ErrNotBuilt = errors.New("run make build")

// A File is one embedded file as it is served. Nobody may change Data.
type File struct {
	Data        []byte
	ContentType string
	ETag        string // quoted, strong
}

// A shelf is the portal's own files, by name and by address.
type shelf struct {
	url  map[string]string
	file map[string]File
}

// stock is computed once from the embedded files and never changes.
//
//nolint:gochecknoglobals // a constant that Go cannot spell
var stock = sync.OnceValue(func() shelf { return stockOf(files) })

// URL returns the address of one of the portal's own files, such as "portal.css".
// It panics if there is none of that name: only a programmer can misspell it.
func URL(name string) string {
	u, ok := stock().url[name]
	if !ok {
		panic(fmt.Sprintf("assets: there is no %q", name))
	}
	return u
}

// Lookup returns the file at an address that [URL] or [HTMX] gave. It reports false for any
// other address, also for a known name under the hash of other content.
func Lookup(urlPath string) (File, bool) {
	f, ok := stock().file[urlPath]
	return f, ok
}

// HTMX returns the address of htmx. The error wraps [ErrNotBuilt] if the binary was built
// without it; pages work nevertheless.
func HTMX() (string, error) { return stock().htmx() }

func (s shelf) htmx() (string, error) {
	u, ok := s.url[htmxName]
	if !ok {
		return "", fmt.Errorf("built without htmx: %w", ErrNotBuilt)
	}
	return u, nil
}

// Viewer returns the files of the viewer; index.html is its page. The error wraps
// [ErrNotBuilt] if the binary was built without the viewer.
func Viewer() (fs.FS, error) { return viewerOf(files) }

func viewerOf(fsys fs.FS) (fs.FS, error) {
	if _, err := fs.Stat(fsys, "dist/viewer/index.html"); err != nil {
		return nil, fmt.Errorf("built without the viewer: %w", ErrNotBuilt)
	}
	return fs.Sub(fsys, "dist/viewer")
}

// stockOf reads the files that pages load from fsys. It panics if one cannot be read, which an
// embedded file system does not do, or if two share a name.
func stockOf(fsys fs.FS) shelf {
	s := shelf{url: map[string]string{}, file: map[string]File{}}
	for _, pattern := range []string{"css/*.css", "js/*.js", "icons/*.svg", "dist/" + htmxName} {
		found, err := fs.Glob(fsys, pattern)
		if err != nil {
			panic(fmt.Sprintf("assets: %s: %v", pattern, err))
		}
		for _, name := range found {
			s.add(fsys, name)
		}
	}
	return s
}

func (s shelf) add(fsys fs.FS, name string) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		panic(fmt.Sprintf("assets: %v", err))
	}
	base := path.Base(name)
	if _, twice := s.url[base]; twice {
		panic(fmt.Sprintf("assets: two files are called %q", base))
	}
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:8])
	s.url[base] = Prefix + hash + "/" + base
	s.file[s.url[base]] = File{Data: data, ContentType: contentType(base), ETag: `"` + hash + `"`}
}

// contentType knows the few kinds there are; package mime would ask the machine it runs on.
func contentType(name string) string {
	switch {
	case strings.HasSuffix(name, ".css"):
		return "text/css; charset=utf-8"
	case strings.HasSuffix(name, ".js"):
		return "text/javascript; charset=utf-8"
	case strings.HasSuffix(name, ".svg"):
		return "image/svg+xml"
	}
	return "application/octet-stream"
}

// ViewerVersion returns the version of Neuroglancer inside the binary, "" if there is none.
func ViewerVersion() string {
	data, err := files.ReadFile("dist/manifest.json")
	if err != nil {
		return ""
	}
	var manifest struct{ Neuroglancer string }
	if json.Unmarshal(data, &manifest) != nil {
		return ""
	}
	return manifest.Neuroglancer
}
