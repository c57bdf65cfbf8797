package tractstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ngportal/internal/tracttest"
	"ngportal/tract"
	"ngportal/tract/annotation"
	"ngportal/tractstore"
)

// TestTwoProcessesBuildOnce: depots lock each other out as processes do, because each opens its own lock.
func TestTwoProcessesBuildOnce(t *testing.T) {
	dir := t.TempDir()
	const lines = 20_000
	var builds [2]*atomic.Int64
	var infos, cells [2][]byte
	var wait sync.WaitGroup
	for i := range 2 {
		d := newDepot(t, tractstore.Config{Dir: dir})
		builds[i] = counted(d)
		a := synthetic(d, "a", lines).Annotations(tractstore.Usual)
		wait.Go(func() {
			for range 8 { // callers of one process
				wait.Go(func() { _, _ = a.Info(t.Context()) })
			}
			build(t, d, a)
			info, _ := a.Info(t.Context())
			cell, err := a.Chunk(t.Context(), 1, [3]int{1, 1, 1})
			if err != nil || !info.Final || !cell.Final {
				t.Errorf("after the build: %v, final %v %v", err, info.Final, cell.Final)
			}
			infos[i], cells[i] = info.Data, cell.Data
		})
	}
	wait.Wait()
	if n := builds[0].Load() + builds[1].Load(); n != 1 {
		t.Errorf("built %d times, want once", n)
	}
	if !bytes.Equal(infos[0], infos[1]) || !bytes.Equal(cells[0], cells[1]) || len(cells[0]) <= 8 {
		t.Errorf("two depots of one folder differ: %d and %d bytes of a cell", len(cells[0]), len(cells[1]))
	}
}

// TestStorageThatFailsIsGoneOnWith: what was read before the failure is not read again, and the result is the same.
func TestStorageThatFailsIsGoneOnWith(t *testing.T) {
	const lines = 20_000
	source := tracttest.Synthetic{Streamlines: lines}
	whole := newDepot(t, tractstore.Config{Dir: t.TempDir()})
	good := synthetic(whole, "a", lines).Annotations(tractstore.Usual)
	build(t, whole, good)

	dir := t.TempDir()
	left := &atomic.Int64{}
	left.Store(math.MaxInt64)
	d := newDepot(t, tractstore.Config{Dir: dir})
	torn := of(d, "a", failing{source, left}).Annotations(tractstore.Usual)
	d.SetBuild(func(f *tract.File, l *annotation.Layout, w annotation.Workshop, workers int, progress func(float64) error) error {
		left.Store(source.Size() * 7 / 10)
		err := annotation.Build(f, l, w, workers, progress)
		left.Store(math.MaxInt64)
		return err
	})
	begin(t, torn)
	d.Wait()
	if torn.Built() == 1 {
		t.Fatal("it was built, although storage failed")
	}
	if f, err := torn.Chunk(t.Context(), 1, [3]int{0, 0, 0}); err != nil || len(f.Data) != 8 || f.Final {
		t.Errorf("after a failure a cell is %d bytes, final %v, %v; want an empty one for now", len(f.Data), f.Final, err)
	}
	again := newDepot(t, tractstore.Config{Dir: dir})
	read := &atomic.Int64{}
	read.Store(math.MaxInt64)
	same := of(again, "a", failing{source, read}).Annotations(tractstore.Usual)
	build(t, again, same)
	if !bytes.Equal(storeOf(t, good), storeOf(t, same)) {
		t.Error("what was built in two tries differs from what was built in one")
	}
}

// TestKilledProcessIsGoneOnWith kills a process that builds, the hard way, and builds on.
func TestKilledProcessIsGoneOnWith(t *testing.T) {
	const lines = 30_000
	if dir := os.Getenv("TRACTSTORE_BUILD_IN"); dir != "" {
		d := newDepot(t, tractstore.Config{Dir: dir, Workers: 1})
		build(t, d, synthetic(d, "a", lines).Annotations(tractstore.Usual))
		return
	}
	dir := t.TempDir()
	d := newDepot(t, tractstore.Config{Dir: dir})
	a := synthetic(d, "a", lines).Annotations(tractstore.Usual)
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledProcessIsGoneOnWith$")
	child.Env = append(os.Environ(), "TRACTSTORE_BUILD_IN="+dir)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		whole, _ := filepath.Glob(filepath.Join(a.Folder(), "*[^k]"))
		if len(whole) >= 2 || time.Now().After(end) {
			break
		}
	}
	_ = child.Process.Kill()
	_ = child.Wait()
	left, _ := filepath.Glob(filepath.Join(a.Folder(), "*"))
	t.Logf("the process left %d files", len(left))
	if a.Built() == 1 {
		t.Skip("the process was done before it was killed")
	}
	build(t, d, a)
	other := newDepot(t, tractstore.Config{Dir: t.TempDir()})
	good := synthetic(other, "a", lines).Annotations(tractstore.Usual)
	build(t, other, good)
	if !bytes.Equal(storeOf(t, a), storeOf(t, good)) {
		t.Error("what was built after the kill differs from an undisturbed build")
	}
	if files, _ := filepath.Glob(filepath.Join(a.Folder(), "*")); len(files) != 2 {
		t.Errorf("there are %v, want the store and the lock", files)
	}
}

// TestWhileItIsBuilt: the sample is there at once, and stays as it is.
func TestWhileItIsBuilt(t *testing.T) {
	d := newDepot(t, tractstore.Config{Dir: t.TempDir()})
	goOn := make(chan struct{})
	d.SetBuild(func(f *tract.File, l *annotation.Layout, w annotation.Workshop, workers int, progress func(float64) error) error {
		if err := progress(0.374); err != nil {
			return err
		}
		<-goOn
		return annotation.Build(f, l, w, workers, progress)
	})
	tr := synthetic(d, "a", 20_000)
	a := tr.Annotations(tractstore.Usual)
	if info := begin(t, a); info.Final {
		t.Error("the info file is final before anything is built")
	}
	first, err := a.Chunk(t.Context(), 0, [3]int{})
	if err != nil || !first.Final || len(first.Data) < 1000 {
		t.Fatalf("level 0 is %d bytes, %v", len(first.Data), err)
	}
	for end := time.Now().Add(10 * time.Second); a.Built() == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	asked := map[string]func() (tractstore.File, error){
		"a cell":   func() (tractstore.File, error) { return a.Chunk(t.Context(), 1, [3]int{}) },
		"a bundle": func() (tractstore.File, error) { return a.Bundle(t.Context(), 1) },
		"an id":    func() (tractstore.File, error) { return a.ByID(t.Context(), 1) },
	}
	for what, ask := range asked {
		var p *tractstore.PreparingError
		if _, err = ask(); !errors.As(err, &p) || err.Error() != "being prepared (37 %)" {
			t.Errorf("%s while it is built: %v", what, err)
		}
	}
	if _, err = a.Chunk(t.Context(), 1, [3]int{99, 0, 0}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a cell outside: %v", err)
	}
	list, err := a.List(t.Context())
	if err != nil || list.Final || !bytes.Contains(list.Data, []byte(`"72"`)) {
		t.Errorf("the list of bundles before: %.200s, %v", list.Data, err)
	}
	if tr.Known(t.Context()) != nil {
		t.Error("there is a survey of a file that was not read")
	}
	close(goOn)
	d.Wait()
	if then, err := a.Chunk(t.Context(), 0, [3]int{}); err != nil || !bytes.Equal(then.Data, first.Data) {
		t.Errorf("level 0 of the store differs from that of the sample: %v", err)
	}
	if s := tr.Known(t.Context()); s == nil || s.Streamlines != 20_000 || len(s.Counts) != 20_000 || len(s.Bundles) != tracttest.Bundles {
		t.Errorf("the survey of what was built is %+v", s)
	}
}

// TestWithoutAFolder: there is level 0, and the rest is empty.
func TestWithoutAFolder(t *testing.T) {
	d := newDepot(t, tractstore.Config{})
	a := synthetic(d, "a", 20_000).Annotations(tractstore.Usual)
	info := begin(t, a)
	if n := bytes.Count(info.Data, []byte(`"grid_shape"`)); n != 1 || info.Final {
		t.Errorf("the info file has %d levels, final %v: %s", n, info.Final, info.Data)
	}
	if f, err := a.Chunk(t.Context(), 0, [3]int{}); err != nil || len(f.Data) < 1000 {
		t.Errorf("level 0 is %d bytes, %v", len(f.Data), err)
	}
	if f, err := a.Chunk(t.Context(), 1, [3]int{}); err != nil || len(f.Data) != 8 {
		t.Errorf("level 1 is %d bytes, %v", len(f.Data), err)
	}
	if _, err := a.ByID(t.Context(), 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an annotation by id: %v", err)
	}
}

// TestBuildThatPanics is an error, and others are built.
func TestBuildThatPanics(t *testing.T) {
	d := newDepot(t, tractstore.Config{Dir: t.TempDir()})
	d.SetBuild(func(f *tract.File, l *annotation.Layout, w annotation.Workshop, workers int, progress func(float64) error) error {
		if f.Size() < 1e6 {
			panic("a fault of ours")
		}
		return annotation.Build(f, l, w, workers, progress)
	})
	bad := synthetic(d, "bad", 100).Annotations(tractstore.Usual)
	begin(t, bad)
	d.Wait()
	if bad.Built() != 0 {
		t.Errorf("built %v", bad.Built())
	}
	build(t, d, synthetic(d, "good", 2000).Annotations(tractstore.Usual))
}

// TestVersions: another version or tolerance of a file is another entry.
func TestVersions(t *testing.T) {
	d := newDepot(t, tractstore.Config{Dir: t.TempDir()})
	seen := map[string]string{}
	for _, v := range []string{"v1", "v2"} {
		for _, frame := range []tract.Frame{tract.Unstated, tract.LPS} {
			tr := d.Tractogram(tractstore.Subject{Name: "a", Version: v, Frame: frame}, nil)
			for _, tol := range []float64{tractstore.Usual, 0, 0.25} {
				key := fmt.Sprint(v, frame, tol)
				folder := tr.Annotations(tol).Folder()
				if seen[folder] != "" {
					t.Errorf("%s and %s have one folder", key, seen[folder])
				}
				seen[folder] = key
			}
		}
	}
}
