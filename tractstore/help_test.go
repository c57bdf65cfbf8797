package tractstore_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"ngportal/internal/tracttest"
	"ngportal/tract"
	"ngportal/tract/annotation"
	"ngportal/tractstore"
)

// newDepot opens a depot that is closed with the test.
func newDepot(t testing.TB, c tractstore.Config) *tractstore.Depot {
	t.Helper()
	d, err := tractstore.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// counted has d count its builds.
func counted(d *tractstore.Depot) *atomic.Int64 {
	n := &atomic.Int64{}
	d.SetBuild(func(f *tract.File, l *annotation.Layout, w annotation.Workshop, workers int, progress func(float64) error) error {
		n.Add(1)
		return annotation.Build(f, l, w, workers, progress)
	})
	return n
}

// synthetic is a tractogram of n streamlines, called name.
func synthetic(d *tractstore.Depot, name string, n int64) *tractstore.Tractogram {
	return of(d, name, tracttest.Synthetic{Streamlines: n})
}

func of(d *tractstore.Depot, name string, s tract.Source) *tractstore.Tractogram {
	return d.Tractogram(tractstore.Subject{Name: name, Version: "v1"}, func() (tract.Input, error) {
		return tract.Input{Format: tract.TRK, Source: s}, nil
	})
}

// begin asks for the info file, and so has a built.
func begin(t testing.TB, a *tractstore.Annotations) tractstore.File {
	t.Helper()
	info, err := a.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// build builds a.
func build(t testing.TB, d *tractstore.Depot, a *tractstore.Annotations) {
	t.Helper()
	begin(t, a)
	d.Wait()
	if a.Built() != 1 {
		t.Fatalf("built %v of it, want all", a.Built())
	}
}

// storeOf is what was built.
func storeOf(t testing.TB, a *tractstore.Annotations) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(a.Folder(), annotation.StoreName))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// failing reads well until so many bytes have been read.
type failing struct {
	tract.Source
	left *atomic.Int64
}

var errGone = errors.New("storage is gone")

func (f failing) Open(off, n int64) (io.ReadCloser, error) {
	body, err := f.Source.Open(off, n)
	return struct {
		io.Reader
		io.Closer
	}{failingBody{body, f.left}, body}, err
}

type failingBody struct {
	io.Reader
	left *atomic.Int64
}

func (f failingBody) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if f.left.Add(-int64(n)) < 0 {
		return 0, errGone
	}
	return n, err
}
