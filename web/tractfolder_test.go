package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"ngportal/tract"
	"ngportal/tract/annotation"
)

// A canceling writer stops the command when it says something.
type canceling struct {
	mu     sync.Mutex
	at     string
	cancel context.CancelFunc
	said   bytes.Buffer
}

func (c *canceling) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if strings.Contains(string(p), c.at) {
		c.cancel()
	}
	return c.said.Write(p)
}

func TestTractConvertLeavesNoHalfFolder(t *testing.T) {
	path := synthetic(t, 3000)
	for name, tt := range map[string]struct {
		as, at string
		kept   bool
	}{
		"while it surveys": {"skeleton", "reading", false},
		"while it writes":  {"skeleton", "writing", false},
		"while it builds":  {"annotation", "building", true},
		"after it built":   {"annotation", "writing", true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			out, whole := filepath.Join(dir, "out"), filepath.Join(dir, "whole")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			errs := &canceling{at: tt.at, cancel: cancel}
			code := run(ctx, []string{"tract", "convert", path, out, "--as", tt.as}, os.Getenv, io.Discard, errs)
			said := errs.said.String()
			if code != 1 || !strings.Contains(said, "stopped: "+out+" was not made") || strings.Contains(said, "goes on from there") != tt.kept {
				t.Errorf("%d, %q", code, said)
			}
			want := []string{}
			if tt.kept {
				want = append(want, out+".build")
			}
			if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || !slices.Equal(append([]string{}, left...), want) {
				t.Errorf("left %q, want %q (%v)", left, want, err)
			}
			mustTell(t, "convert", path, out, "--as", tt.as)
			mustTell(t, "convert", path, whole, "--as", tt.as)
			sameFolders(t, out, whole)
			if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) != 2 {
				t.Errorf("left behind: %q, %v", left, err)
			}
		})
	}
}

func sameFolders(t *testing.T, a, b string) {
	t.Helper()
	files := func(root string) map[string]string {
		all := map[string]string{}
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				all[strings.TrimPrefix(path, root)] = string(readOut(t, path))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	one, other := files(a), files(b)
	if len(one) != len(other) || len(one) == 0 {
		t.Errorf("%d and %d files", len(one), len(other))
	}
	for name, text := range one {
		if other[name] != text {
			t.Errorf("%s differs", name)
		}
	}
}

func TestTractConvertRunsOnceForAFolder(t *testing.T) {
	path, out := synthetic(t, 10), filepath.Join(t.TempDir(), "out")
	first, err := newOutFolder(out)
	if err != nil {
		t.Fatal(err)
	}
	code, _, errs := tell(t.Context(), "convert", path, out, "--as", "skeleton")
	if code != 1 || !strings.Contains(errs, "written by another process") {
		t.Errorf("%d, %q", code, errs)
	}
	if err = first.lock.Close(); err != nil { // as if it had been killed
		t.Fatal(err)
	}
	mustTell(t, "convert", path, out, "--as", "skeleton")
}

func TestWorkshopOfAnotherFileIsEmptied(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "shop")
	write := func(purpose string) (had bool) {
		w, err := openWorkshop(dir, purpose)
		if err != nil {
			t.Fatal(err)
		}
		r, err := w.Open("run")
		if had = err == nil; had {
			r.Close()
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		for _, end := range []func(annotation.File) error{annotation.File.Abort, annotation.File.Close} {
			f, fault := w.Create("run")
			if fault == nil {
				fault = end(f)
			}
			if fault != nil {
				t.Fatal(fault)
			}
		}
		if _, err = w.Create("half"); err != nil { // it is not closed
			t.Fatal(err)
		}
		if err = w.leave(); err != nil {
			t.Fatal(err)
		}
		return had
	}
	if write("a") || !write("a") || write("b") || !write("b") {
		t.Error("work for one file was taken for that for another, or lost")
	}
	if left, err := filepath.Glob(filepath.Join(dir, "half*")); err != nil || len(left) != 1 {
		t.Errorf("unfinished files stay: %q, %v", left, err)
	}
	w, err := openWorkshop(dir, "b")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "..", "a/b", madeOf, unfinishedMark} {
		if _, err := w.Create(bad); err == nil {
			t.Errorf("Create(%q) has no error", bad)
		}
	}
}

func TestFileSourceNoticesAnotherFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	put := func(text string, at time.Time) {
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	then := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	put("0123456789", then)
	s, err := newFileSource(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(2, 5)
	if err != nil {
		t.Fatal(err)
	}
	if b, fault := io.ReadAll(r); string(b) != "23456" || fault != nil {
		t.Errorf("%q, %v", b, fault)
	}
	if _, err = s.Open(6, 5); err == nil {
		t.Error("more than there is has no error")
	}
	during, err := s.Open(2, 5)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(){
		"another time": func() { put("0123456789", then.Add(time.Second)) },
		"shorter":      func() { put("0", then) },
	} {
		change()
		if _, err = s.Open(0, 1); !errors.Is(err, tract.ErrChanged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err = io.ReadAll(during); !errors.Is(err, tract.ErrChanged) {
		t.Errorf("while it is read: %v", err)
	}
	if _, err = newFileSource(filepath.Dir(path)); err == nil {
		t.Error("a folder is a file")
	}
}

func TestFullDiskIsASentence(t *testing.T) {
	c := &conversion{out: "there"}
	err := c.explain(fmt.Errorf("write x: %w", &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}))
	if !strings.HasPrefix(err.Error(), "there is no room left for there") || !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
}
