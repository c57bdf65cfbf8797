package s3index_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/s3index"
)

// A lab is a library whose dataset "lab" lies at the prefix data/ of a bucket; ada may see it, eve may not.
type lab struct {
	*s3index.Library
	ada, eve access.Rights
	bucket   string

	mu  sync.Mutex
	got map[string]int // reads and listings by key or prefix
}

// newLab makes a bucket of objects, by name below data/ and content.
func newLab(t testing.TB, bucket string, objects map[string]string) *lab {
	t.Helper()
	w := &lab{bucket: bucket, got: map[string]int{}}
	for name, content := range objects {
		w.write(t, name, content)
	}
	target, err := url.Parse(server.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	relay := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // which is signed
	}}
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.got[strings.TrimPrefix(r.URL.Path, "/"+bucket+"/data/")+r.URL.Query().Get("prefix")]++
		w.mu.Unlock()
		relay.ServeHTTP(rw, r)
	}))
	t.Cleanup(srv.Close)
	w.Library = s3index.NewLibrary([]*s3index.Bucket{s3index.NewBucket(bucket, s3index.NewClient(server.Config(), srv.URL, true))})
	t.Cleanup(w.Close)
	policy := access.New(access.Facts{
		Accounts: []access.Account{{ID: 1}, {ID: 2}}, Groups: []access.Group{{ID: 1, Name: "ours"}},
		Members:  []access.Member{{Group: 1, Person: 1}},
		Datasets: []access.Dataset{{ID: 1, Name: "lab", Locations: []access.Location{{ID: "loc-lab", Bucket: bucket, Prefix: "data/"}}}},
		Grants:   []access.Grant{{Dataset: 1, Group: 1, Permission: "view"}},
	})
	w.ada = policy.For(access.Person{ID: 1}, access.ScopeRead, time.Now())
	w.eve = policy.For(access.Person{ID: 2}, access.ScopeRead, time.Now())
	return w
}

func (w *lab) write(t testing.TB, name, content string) {
	t.Helper()
	file := filepath.Join(root, w.bucket, "data", filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (w *lab) ref(path string) access.Ref {
	return access.Ref{Dataset: "lab", Location: "loc-lab", Path: path}
}

// reads is how often an object was read.
func (w *lab) reads(name string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.got[name]
}

// all is how many requests there were.
func (w *lab) all() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, k := range w.got {
		n += k
	}
	return n
}

func (w *lab) describe(t testing.TB, path string) s3index.Asset {
	t.Helper()
	a, err := w.Describe(t.Context(), w.ada, w.ref(path))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// niftiFile is a NIfTI-1 volume of bytes, of 1 mm, with an sform: https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h.
func niftiFile(shape [3]int, voxel func(x, y, z int) byte) string {
	b := make([]byte, 352)
	for at, v := range map[int]int{0: 348, 40: 3, 42: shape[0], 44: shape[1], 46: shape[2], 48: 1, 70: 2, 72: 8, 254: 1} {
		binary.LittleEndian.PutUint16(b[at:], uint16(v))
	}
	for _, at := range []int{80, 84, 88, 280, 300, 320} { // millimeters, and the diagonal
		binary.LittleEndian.PutUint32(b[at:], math.Float32bits(1))
	}
	binary.LittleEndian.PutUint32(b[108:], math.Float32bits(352))
	b[123] = 2
	copy(b[344:], "n+1\x00")
	for z := range shape[2] {
		for y := range shape[1] {
			for x := range shape[0] {
				b = append(b, voxel(x, y, z))
			}
		}
	}
	return string(b)
}

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text)) // to memory
	_ = w.Close()
	return b.String()
}

// omeZarr adds an OME-Zarr 0.4 of one level, chunk and micrometer, of bytes.
func omeZarr(objects map[string]string, name string, more string, shape [3]int, voxel func(z, y, x int) byte) {
	objects[name+"/.zattrs"] = fmt.Sprintf(`{"multiscales":[{"version":"0.4","axes":[{"name":"z","type":"space","unit":"micrometer"},
		{"name":"y","type":"space","unit":"micrometer"},{"name":"x","type":"space","unit":"micrometer"}],
		"datasets":[{"path":"0","coordinateTransformations":[{"type":"scale","scale":[1,1,1]}]}]}]%s}`, more)
	objects[name+"/.zgroup"] = `{"zarr_format":2}`
	objects[name+"/0/.zarray"] = fmt.Sprintf(`{"zarr_format":2,"shape":[%d,%d,%d],"chunks":[%[1]d,%d,%d],"dtype":"|u1","compressor":null,
		"fill_value":0,"order":"C","filters":null,"dimension_separator":"/"}`, shape[0], shape[1], shape[2])
	var chunk []byte
	for z := range shape[0] {
		for y := range shape[1] {
			for x := range shape[2] {
				chunk = append(chunk, voxel(z, y, x))
			}
		}
	}
	objects[name+"/0/0/0/0"] = string(chunk)
}

// pause waits a moment for what goes on in the background.
func pause(t *testing.T) {
	t.Helper()
	select {
	case <-time.After(5 * time.Millisecond):
	case <-t.Context().Done():
	}
}
