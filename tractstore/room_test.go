package tractstore_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"ngportal/tract"
	"ngportal/tract/annotation"
	"ngportal/tractstore"
)

// TestBudget: what was not used for longest goes first, and nothing that is in use. A build takes the room of about two.
func TestBudget(t *testing.T) {
	const lines = 3000
	dir := t.TempDir()
	one := newDepot(t, tractstore.Config{Dir: dir})
	a := synthetic(one, "a", lines).Annotations(tractstore.Usual)
	build(t, one, a)
	most := int64(len(storeOf(t, a))) * 9 / 2
	one.Close()

	d := newDepot(t, tractstore.Config{Dir: dir, Size: most})
	all := map[string]*tractstore.Annotations{}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		all[name] = synthetic(d, name, lines).Annotations(tractstore.Usual)
	}
	check := func(want ...string) {
		t.Helper()
		for name, a := range all {
			if there := a.Built() == 1; there != slices.Contains(want, name) {
				t.Errorf("%s is there: %v, want %v", name, there, want)
			}
		}
		if n := used(t, dir); n > most {
			t.Errorf("%d bytes are used, of %d", n, most)
		}
	}
	build(t, d, all["b"])
	build(t, d, all["c"])
	for name, hours := range map[string]time.Duration{"a": 3, "b": 4, "c": 5} {
		ages(t, all[name], hours*time.Hour)
	}
	check("a", "b", "c")
	build(t, d, all["d"])
	check("a", "b", "d")
	release, err := all["b"].Hold()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ages(t, all["b"], 100*time.Hour)
	build(t, d, all["e"])
	check("b", "d", "e")
}

func ages(t *testing.T, a *tractstore.Annotations, by time.Duration) {
	t.Helper()
	then := time.Now().Add(-by)
	if err := os.Chtimes(a.Folder(), then, then); err != nil {
		t.Fatal(err)
	}
}

func used(t *testing.T, dir string) (n int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "ngportal-tracts", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if s, err := os.Stat(f); err == nil {
			n += s.Size()
		}
	}
	return n
}

// TestAnotherProcessReads: what is open in another process is not removed.
func TestAnotherProcessReads(t *testing.T) {
	dir := t.TempDir()
	reader := newDepot(t, tractstore.Config{Dir: dir})
	a := synthetic(reader, "a", 3000).Annotations(tractstore.Usual)
	build(t, reader, a)
	release, err := a.Hold()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	size := int64(len(storeOf(t, a)))
	d := newDepot(t, tractstore.Config{Dir: dir, Size: size + size/4})
	b := synthetic(d, "b", 3000).Annotations(tractstore.Usual)
	begin(t, b)
	d.Wait()
	if b.Built() == 1 || a.Built() != 1 {
		t.Errorf("built %v of b, %v of a; want none and all: there is room for one, and a is in use", b.Built(), a.Built())
	}
}

// narrow is a workshop on a disk that fills.
type narrow struct {
	annotation.Workshop
	left *atomic.Int64
}

func (n narrow) Create(name string) (annotation.File, error) {
	f, err := n.Workshop.Create(name)
	return narrowFile{f, n.left}, err
}

type narrowFile struct {
	annotation.File
	left *atomic.Int64
}

func (f narrowFile) Write(p []byte) (int, error) {
	if f.left.Add(-int64(len(p))) < 0 {
		return 0, fmt.Errorf("write: %w", syscall.ENOSPC)
	}
	return f.File.Write(p)
}

// TestDiskThatFills: the file is shown by its sample, nothing of it stays, others are unaffected, and it is not tried again
// at once.
func TestDiskThatFills(t *testing.T) {
	d := newDepot(t, tractstore.Config{Dir: t.TempDir()})
	var tries atomic.Int64
	d.SetBuild(func(f *tract.File, l *annotation.Layout, w annotation.Workshop, workers int, progress func(float64) error) error {
		if f.Size() > 10e6 {
			tries.Add(1)
			left := &atomic.Int64{}
			left.Store(1 << 20)
			w = narrow{w, left}
		}
		return annotation.Build(f, l, w, workers, progress)
	})
	good := synthetic(d, "good", 1000).Annotations(tractstore.Usual)
	build(t, d, good)
	bad := synthetic(d, "bad", 20_000).Annotations(tractstore.Usual)
	begin(t, bad)
	d.Wait()
	if files, _ := os.ReadDir(bad.Folder()); len(files) > 1 {
		t.Errorf("%d files stay of what had no room", len(files))
	}
	for range 3 {
		begin(t, bad)
		d.Wait()
	}
	if tries.Load() != 1 {
		t.Errorf("tried %d times at once, want once", tries.Load())
	}
	if f, err := bad.Chunk(t.Context(), 1, [3]int{}); err != nil || len(f.Data) != 8 {
		t.Errorf("a cell is %d bytes, %v; want an empty one", len(f.Data), err)
	}
	if good.Built() != 1 {
		t.Error("another tractogram is gone")
	}
}

// TestLargerThanTheBudget: what takes more than all that there may be is not built, and others stay.
func TestLargerThanTheBudget(t *testing.T) {
	dir := t.TempDir()
	d := newDepot(t, tractstore.Config{Dir: dir, Size: 2 << 20})
	a := synthetic(d, "a", 20_000).Annotations(tractstore.Usual)
	begin(t, a)
	d.Wait()
	if n := used(t, dir); n > 1<<10 || a.Built() == 1 {
		t.Errorf("%d bytes stay, built %v", n, a.Built())
	}
}

// TestDamagedStoreIsBuiltAgain cuts a store short.
func TestDamagedStoreIsBuiltAgain(t *testing.T) {
	dir := t.TempDir()
	d := newDepot(t, tractstore.Config{Dir: dir})
	a := synthetic(d, "a", 1000).Annotations(tractstore.Usual)
	build(t, d, a)
	whole := storeOf(t, a)
	if err := os.WriteFile(filepath.Join(a.Folder(), annotation.StoreName), whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	next := newDepot(t, tractstore.Config{Dir: dir})
	b := synthetic(next, "a", 1000).Annotations(tractstore.Usual)
	if _, err := b.Chunk(t.Context(), 0, [3]int{}); err != nil {
		t.Fatal(err)
	}
	next.Wait()
	if got := storeOf(t, b); string(got) != string(whole) {
		t.Errorf("%d bytes were built again, want %d", len(got), len(whole))
	}
}

// TestErrorsOfTheFile reach whoever asks.
func TestErrorsOfTheFile(t *testing.T) {
	d := newDepot(t, tractstore.Config{Dir: t.TempDir()})
	bad := of(d, "bad", tract.Bytes("TRACK and nothing else"))
	if _, err := bad.Annotations(tractstore.Usual).Info(t.Context()); !errors.Is(err, tract.ErrInvalid) {
		t.Errorf("annotations of a malformed file: %v", err)
	}
	if _, err := bad.Survey(t.Context()); !errors.Is(err, tract.ErrInvalid) {
		t.Errorf("survey of a malformed file: %v", err)
	}
}
