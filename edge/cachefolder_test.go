package edge_test

import (
	"bytes"
	"fmt"
	"io"
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
	if got := w.Stats().DiskBytes; got != 4096 {
		t.Errorf("%d bytes of disk, want those of one file", got)
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

// Files of an earlier run are found without opening them, and counted in memory; with less memory, fewer are kept.
func TestCacheStartsWithManyFiles(t *testing.T) {
	dir := t.TempDir()
	ours := filepath.Join(dir, "ngportal-cache")
	if err := os.MkdirAll(ours, 0o700); err != nil {
		t.Fatal(err)
	}
	const count = 10_000
	for i := range count {
		if err := os.WriteFile(filepath.Join(ours, fmt.Sprintf("%064x", i)), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before, began := heap(), time.Now()
	w := newCacheWorld(t, func(c *edge.CacheConfig) { c.Memory, c.Dir, c.Disk = 64<<20, dir, 1<<30 })
	t.Logf("%d files: %v, %d bytes taken", count, time.Since(began), heap()-before)
	got := w.Stats()
	if got.DiskBytes != count*4096 || got.MemoryBytes != count*256 {
		t.Errorf("%+v, want %d bytes of disk, %d of memory", got, count*4096, count*256)
	}
	if took := heap() - before; took > got.MemoryBytes+got.MemoryBytes/10 || took < got.MemoryBytes/3 {
		t.Errorf("%d bytes counted, %d taken", got.MemoryBytes, took)
	}
	w.restart(t, func(c *edge.CacheConfig) { c.Dir, c.Disk = dir, 1<<30 })
	if got, left := w.Stats(), len(files(t, dir)); got.MemoryBytes != 1024*256 || left != 1024 {
		t.Errorf("with 1 MB of memory: %+v and %d files, want 1024", got, left)
	}
}

// The disk holds no more than it may, and what was used last stays, be it in memory that it was used.
func TestCacheDiskIsBounded(t *testing.T) {
	const limit = 400 << 10
	dir := t.TempDir()
	config := func(c *edge.CacheConfig) { c.Dir, c.Disk = dir, limit }
	w := newCacheWorld(t, config)
	measured := func() (sum int64) {
		for _, path := range files(t, dir) {
			if info, err := os.Stat(path); err == nil {
				sum += info.Size()
			}
		}
		return sum
	}
	known := map[string]bool{}
	written := func() (more bool) {
		for _, path := range files(t, dir) {
			more = more || !known[path]
			known[path] = true
		}
		return more
	}
	for i := range 100 {
		w.depot.put(fmt.Sprint("main/", i), strings.Repeat("x", 30_000), `"1"`)
		w.read(t, fmt.Sprint(i), edge.Want{})
		await(t, "an object is not on disk", written)
		w.read(t, "0", edge.Want{})
		if got, on := w.Stats().DiskBytes, measured(); got > limit || on > limit {
			t.Fatalf("after %d objects: %d bytes counted, %d measured, want %d at most", i, got, on, limit)
		}
	}
	w.restart(t, config)
	if got, on := w.Stats().DiskBytes, measured(); got != 12*32_768 || on < 12*30_000 || on > got {
		t.Errorf("%d bytes counted, %d measured, want 12 files", got, on)
	}
	for _, tt := range [][2]string{{"0", `GET "1"`}, {"89", `GET "1"`}, {"99", `GET "1"`}, {"88", "GET"}} {
		w.read(t, tt[0], edge.Want{})
		if asked := w.depot.questions(); asked != tt[1] {
			t.Errorf("object %s: storage asked %q, want %q", tt[0], asked, tt[1])
		}
	}
	w.restart(t, func(c *edge.CacheConfig) { c.Dir, c.Disk = dir, limit/4 })
	if got, on := w.Stats().DiskBytes, measured(); got != 3*32_768 || on > got {
		t.Errorf("opened with less: %d bytes counted, %d measured, want 3 files", got, on)
	}
}

// After a restart, what was written or read from disk last goes last.
func TestCacheDiskOrder(t *testing.T) {
	dir := t.TempDir()
	w := newCacheWorld(t, onDisk(dir))
	known := map[string]bool{}
	for i := range 6 {
		w.depot.put(fmt.Sprint("main/", i), "hello", `"1"`)
		w.read(t, fmt.Sprint(i), edge.Want{})
		await(t, "an object is not on disk", func() bool { return len(files(t, dir)) == i+1 })
		for _, path := range files(t, dir) {
			if at := time.Unix(1_600_000_000+int64(i), 0); !known[path] {
				if err := os.Chtimes(path, at, at); err != nil {
					t.Fatal(err)
				}
			}
			known[path] = true
		}
	}
	w.restart(t, onDisk(dir))
	w.read(t, "1", edge.Want{})
	w.restart(t, func(c *edge.CacheConfig) { c.Dir, c.Disk = dir, 3*4096 })
	for i, want := range []string{"GET", `GET "1"`, "GET", "GET", `GET "1"`, `GET "1"`} {
		if asked := w.asks(t, fmt.Sprint(i)); asked != want {
			t.Errorf("object %d: storage asked %q, want %q", i, asked, want)
		}
	}
}

// asks tells what the storage is asked for an object, without leaving anything behind.
func (w *cacheWorld) asks(t *testing.T, key string) string {
	t.Helper()
	w.depot.wrap = func(*edge.Object) (*edge.Object, error) { return nil, io.ErrUnexpectedEOF }
	defer func() { w.depot.wrap = nil }()
	w.depot.questions()
	w.read(t, key, edge.Want{})
	return w.depot.questions()
}
