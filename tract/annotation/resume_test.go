package annotation_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"ngportal/internal/tracttest"
	"ngportal/tract"
	"ngportal/tract/annotation"
)

// Each operation of the workshop fails once; the next call finishes, and makes the same.
func TestBuildResumesAfterEachFailure(t *testing.T) {
	f := synthetic(t, 1000) // some parts, several runs
	const part, arena = 400 << 10, 100 << 10
	l := plan(t, f, every(t, f, 30), 0.1)
	undisturbed := newMemory()
	if err := annotation.BuildIn(f, l, undisturbed, 1, part, arena, nil); err != nil {
		t.Fatal(err)
	}
	want := undisturbed.files[annotation.StoreName]
	t.Log(undisturbed.ops, "operations,", undisturbed.made)
	if len(undisturbed.made) < 5 {
		t.Errorf("only %v were made", undisturbed.made)
	}
	for k := range undisturbed.ops {
		m := newMemory()
		m.fuse = k
		if err := annotation.BuildIn(f, l, m, 1+k%2, part, arena, nil); !errors.Is(err, errFuse) {
			t.Fatalf("operation %d failed: %v", k, err)
		}
		m.fuse = -1
		if err := annotation.BuildIn(f, l, m, 2-k%2, part, arena, nil); err != nil {
			t.Fatalf("after operation %d failed: %v", k, err)
		}
		m.store(t)
		if !bytes.Equal(m.files[annotation.StoreName], want) {
			t.Fatalf("after operation %d failed the store is another", k)
		}
	}
}

// A file of one part goes on behind its last run.
func TestBuildResumesInsideAPart(t *testing.T) {
	f := synthetic(t, 3000)
	const part, arena = 1 << 30, 256 << 10
	l := plan(t, f, every(t, f, 30), 0)
	undisturbed, m := newMemory(), newMemory()
	if err := annotation.BuildIn(f, l, undisturbed, 1, part, arena, nil); err != nil {
		t.Fatal(err)
	}
	want := undisturbed.files[annotation.StoreName]
	stopped := errors.New("stopped")
	err := annotation.BuildIn(f, l, m, 1, part, arena, func(share float64) error {
		if share > 0.7 {
			return stopped
		}
		return nil
	})
	before := len(m.made)
	if !errors.Is(err, stopped) || before < 3 {
		t.Fatalf("%v after %v", err, m.made)
	}
	made := slices.Clone(m.made)
	if err := annotation.BuildIn(f, l, m, 1, part, 2*arena, nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range m.made[before:] {
		for _, old := range made {
			if name == old {
				t.Errorf("%s was made twice", name)
			}
		}
	}
	if !bytes.Equal(m.files[annotation.StoreName], want) {
		t.Error("the store is another")
	}
}

// What another layout left is not taken for one's own.
func TestBuildOfAnotherLayout(t *testing.T) {
	f := synthetic(t, 5000)
	s := every(t, f, 30)
	_, want := build(t, f, plan(t, f, s, 0.1))
	m := newMemory()
	m.fuse = 4
	if err := annotation.Build(f, plan(t, f, s, 0.5), m, 1, nil); err == nil {
		t.Fatal("nothing failed")
	}
	m.fuse = -1
	for _, tolerance := range []float64{0.5, 0.1} { // a whole store is there the second time
		if err := annotation.Build(f, plan(t, f, s, tolerance), m, 1, nil); err != nil {
			t.Fatal(err)
		}
	}
	m.store(t)
	if !bytes.Equal(m.files[annotation.StoreName], want) {
		t.Error("the store is that of another tolerance")
	}
	ops := m.ops
	if err := annotation.Build(f, plan(t, f, s, 0.1), m, 1, nil); err != nil || m.ops-ops > 3 {
		t.Errorf("a store that is there is made again, with %d operations: %v", m.ops-ops, err)
	}
}

// A flaky source fails in the middle, as often as it is opened.
type flaky struct {
	tract.Source
	at int64
}

func (f flaky) Open(off, n int64) (io.ReadCloser, error) {
	r, err := f.Source.Open(off, n)
	if err != nil || off > f.at || off+n < f.at {
		return r, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(r, f.at-off), broken{}), r}, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, tract.ErrChanged }

func TestBuildPassesOnErrors(t *testing.T) {
	source := tracttest.Synthetic{Streamlines: 40_000}
	f := open(t, source, tract.TRK)
	l := plan(t, f, every(t, f, 30), 0.1)
	_, want := build(t, f, l)
	m := newMemory()
	bad := open(t, flaky{source, source.Size() - 5_000_000}, tract.TRK)
	if err := annotation.Build(bad, l, m, 2, nil); !errors.Is(err, tract.ErrChanged) {
		t.Fatal(err)
	}
	if m.open != 0 {
		t.Errorf("%d files are open", m.open)
	}
	if err := annotation.Build(f, l, m, 2, nil); err != nil || !bytes.Equal(m.files[annotation.StoreName], want) {
		t.Errorf("then: %v", err)
	}
}
