package edge_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ngportal/edge"
)

func TestCacheFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	w := newCacheWorld(t, onDisk(dir))
	w.depot.put("main/sub-ada/secret.nii", "hello", `"1"`)
	w.read(t, "sub-ada/secret.nii", edge.Want{})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	ours := filepath.Join(dir, "ngportal-cache")
	part := files(t, dir)[0]
	for path, want := range map[string]os.FileMode{dir: 0o700, ours: 0o700, part: 0o600, filepath.Join(ours, "lock"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", path, info.Mode(), err, want)
		}
	}
	if text, err := os.ReadFile(part); err != nil || bytes.Contains(text, []byte("ada")) || bytes.Contains(text, []byte("main")) {
		t.Errorf("%q, %v names the object or its bucket", text, err)
	}
	// What others left there stays, and is not read; what we left unfinished goes.
	outside := filepath.Join(t.TempDir(), "outside")
	stranger := filepath.Join(ours, "notes.txt")
	link := filepath.Join(ours, strings.Repeat("0", 64))
	unfinished := filepath.Join(ours, "unfinished")
	for _, path := range []string{outside, stranger, unfinished} {
		if err := os.WriteFile(path, []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, link); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(ours, 0o755); err != nil {
		t.Fatal(err)
	}
	w.reopen(t, onDisk(dir))
	if info, err := os.Stat(ours); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("a folder open to others stays %v, %v", info.Mode(), err)
	}
	for path, want := range map[string]bool{outside: true, stranger: true, link: true, unfinished: false} {
		if _, err := os.Lstat(path); (err == nil) != want {
			t.Errorf("%s: %v, want it there: %v", path, err, want)
		}
	}
	if log := w.log.String(); strings.Count(log, `"level":"WARN"`) != 1 {
		t.Errorf("log %s, want one warning", log)
	}
}

func TestCacheFolderInUse(t *testing.T) {
	dir := t.TempDir()
	w := newCacheWorld(t, onDisk(dir))
	config := edge.CacheConfig{Memory: 1 << 20, Now: time.Now, Log: discard}
	onDisk(dir)(&config)
	const want = "read cache: " + "%s: folder of the cache: another process uses it; give each process a folder of its own"
	if _, err := edge.NewCache(w.depot, config); err == nil || err.Error() != fmt.Sprintf(want, dir) {
		t.Errorf("a second cache: %v, want %q", err, fmt.Sprintf(want, dir))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := edge.NewCache(w.depot, config)
	if err != nil {
		t.Fatalf("after the first was closed: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	if err := second.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	config.Dir = file
	if _, err := edge.NewCache(w.depot, config); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("a file as a folder: %v, want not a directory", err)
	}
}

// A folder that cannot be used is no reason not to serve.
func TestCacheWithoutItsFolder(t *testing.T) {
	w := newCacheWorld(t, onDisk("/proc/ngportal-none"))
	w.depot.put("main/a", "hello", `"1"`)
	for range 2 {
		if got := w.read(t, "a", edge.Want{}); got != "hello" {
			t.Errorf("got %q, want hello", got)
		}
	}
	if log := w.log.String(); w.Stats().Hits != 1 || !strings.Contains(log, "read cache cannot use its folder and goes on without") {
		t.Errorf("%+v, log %s, want a hit and a warning", w.Stats(), log)
	}
}

// A disk that takes nothing is tried again after a minute, and logged each time.
func TestCacheDiskIsFull(t *testing.T) {
	dir := t.TempDir()
	w := newCacheWorld(t, onDisk(dir))
	obstacle := filepath.Join(dir, "ngportal-cache", "unfinished", "full")
	if err := os.MkdirAll(obstacle, 0o700); err != nil {
		t.Fatal(err)
	}
	warned := func() int { return strings.Count(w.log.String(), "cannot write to its folder") }
	put := func(i int) {
		key := fmt.Sprint(i)
		w.depot.put("main/"+key, "hello", `"1"`)
		for range 2 {
			if got := w.read(t, key, edge.Want{}); got != "hello" {
				t.Errorf("object %d: %q, want hello", i, got)
			}
		}
	}
	put(0)
	await(t, "the failure is not logged", func() bool { return warned() == 1 })
	put(1)
	w.wait(time.Minute)
	put(2)
	await(t, "the second failure is not logged", func() bool { return warned() == 2 })
	if err := os.RemoveAll(filepath.Dir(obstacle)); err != nil {
		t.Fatal(err)
	}
	w.wait(time.Minute)
	put(3)
	await(t, "nothing is written", func() bool { return w.Stats().DiskBytes == 4096 })
	if len(files(t, dir)) != 1 || warned() != 2 {
		t.Errorf("%d files, %d warnings, want 1, 2", len(files(t, dir)), warned())
	}
}

// Files that vanish are read from the storage.
func TestCacheFolderVanishes(t *testing.T) {
	dir := t.TempDir()
	w := newCacheWorld(t, onDisk(dir))
	w.depot.put("main/a", "hello", `"1"`)
	w.read(t, "a", edge.Want{})
	w.restart(t, onDisk(dir))
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := w.read(t, "a", edge.Want{}); got != "hello" {
			t.Errorf("got %q, want hello", got)
		}
	}
}
