package s3index_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"ngportal/internal/tracttest"
	"ngportal/s3index"
	"ngportal/tract/skeleton"
	"ngportal/tractstore"
)

// TestFirstPictureFromTheServer is TestFirstPicture from a real S3 server, which answers each request 50 ms late.
func TestFirstPictureFromTheServer(t *testing.T) {
	if testing.Short() {
		t.Skip("1.8 GB are too many for -short")
	}
	const bucket, streamlines = "first-picture", 1_000_000
	size := writeTRK(t, filepath.Join(root, bucket, "big.trk"), streamlines)
	target, err := url.Parse(server.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	var requests, sent atomic.Int64
	relay := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host },
		ModifyResponse: func(r *http.Response) error {
			if r.Request.Header.Get("Range") != "" { // the rest is finding the file
				requests.Add(1)
				sent.Add(r.ContentLength)
			}
			return nil
		},
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(50 * time.Millisecond)
		relay.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	l := keptIn(t, s3index.NewBucket(bucket, s3index.NewClient(server.Config(), srv.URL, true)), "")
	loc := place()
	loc.Bucket = bucket
	begun := time.Now()
	s, err := l.SkeletonSet(t.Context(), loc, "big.trk", s3index.TractOptions{})
	if err != nil {
		t.Fatal(err)
	}
	k, err := s.Open(t.Context(), skeleton.SampleID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = k.WriteTo(io.Discard); err != nil {
		t.Fatal(err)
	}
	t.Logf("the first picture of %d MB: %v, %d ranges, %.1f MB read, skeleton of %.1f MB",
		size/1e6, time.Since(begun).Round(time.Millisecond), requests.Load(), float64(sent.Load())/1e6, float64(k.Size())/1e6)
	a, _, err := l.Annotations(t.Context(), loc, "big.trk", s3index.TractOptions{Tolerance: tractstore.Usual})
	if err != nil {
		t.Fatal(err)
	}
	if cell, err := a.Chunk(t.Context(), 0, [3]int{}); err != nil || len(cell.Data) < 100<<10 {
		t.Errorf("level 0 has %d bytes, %v", len(cell.Data), err)
	}
	if k.Size() < 1<<20 || requests.Load() > 64 || sent.Load() > 16<<20 {
		t.Errorf("%d bytes of skeleton by %d ranges of %d bytes, want at most 64 of 16 MB", k.Size(), requests.Load(), sent.Load())
	}
}

// writeTRK writes a file of so many streamlines, 10,000 of them again and again.
func writeTRK(t *testing.T, path string, streamlines int64) (size int64) {
	t.Helper()
	const some = 10_000
	whole, part := tracttest.Synthetic{Streamlines: streamlines}, tracttest.Synthetic{Streamlines: some}
	head, records := readPart(t, whole, 0, 1000), readPart(t, part, 1000, part.Size()-1000)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(path) })
	all := []io.Reader{bytes.NewReader(head)}
	for range streamlines / some {
		all = append(all, bytes.NewReader(records))
	}
	if size, err = io.Copy(f, io.MultiReader(all...)); err != nil {
		t.Fatal(err)
	}
	if err = f.Close(); err != nil {
		t.Fatal(err)
	}
	return size
}

func readPart(t *testing.T, s tracttest.Synthetic, off, n int64) []byte {
	t.Helper()
	body, err := s.Open(off, n)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
