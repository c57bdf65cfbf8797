package edge_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ngportal/edge"
)

// onDisk gives a cache a folder.
func onDisk(dir string) func(*edge.CacheConfig) {
	return func(c *edge.CacheConfig) { c.Dir, c.Disk = dir, 8<<20 }
}

// restart closes the cache and opens another one of the same depot.
func (w *cacheWorld) restart(t *testing.T, change func(*edge.CacheConfig)) {
	t.Helper()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.reopen(t, change)
	w.depot.questions()
}

// await waits until a condition holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for limit := time.After(20 * time.Second); !holds(); {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("after 20 s: %s", what)
		}
	}
}

// files are those of the cache's folder that hold parts.
func files(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "ngportal-cache", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, f := range all {
		if len(filepath.Base(f)) == 64 {
			parts = append(parts, f)
		}
	}
	return parts
}

func TestCacheDiskOutlivesARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "cache")
	w := newCacheWorld(t, onDisk(dir))
	w.depot.put("main/a", "hello", `"1"`)
	w.depot.put("main/b", "hello", `"2"`)
	w.depot.put("main/empty", "", `"3"`)
	w.read(t, "a", edge.Want{Range: "bytes=1-3"})
	w.read(t, "b", edge.Want{})
	w.read(t, "empty", edge.Want{})
	w.restart(t, onDisk(dir))
	w.depot.put("main/b", "world", `"4"`)
	steps := []struct {
		key         string
		want        edge.Want
		says, asked string
	}{
		{"a", edge.Want{Range: "bytes=1-3"}, "ell 1-3/5", `GET bytes=1-3 "1"`},
		{"a", edge.Want{Range: "bytes=1-3"}, "ell 1-3/5", ""},
		{"a", edge.Want{HeadOnly: true}, `5 bytes of "1"`, ""},
		{"b", edge.Want{}, "world", `GET "2"`},
		{"empty", edge.Want{}, "", `GET "3"`},
	}
	for i, s := range steps {
		if got, asked := w.read(t, s.key, s.want), w.depot.questions(); got != s.says || asked != s.asked {
			t.Errorf("step %d: got %q, storage asked %q, want %q, %q", i+1, got, asked, s.says, s.asked)
		}
	}
	w.restart(t, onDisk(dir))
	if got, asked := w.read(t, "b", edge.Want{}), w.depot.questions(); got != "world" || asked != `GET "4"` {
		t.Errorf("the version written last: got %q, storage asked %q", got, asked)
	}
}

// All header fields come back from memory and from disk as they were.
func TestCacheHeaders(t *testing.T) {
	dir := t.TempDir()
	w := newCacheWorld(t, onDisk(dir))
	w.depot.put("main/a", "hello", `"0123-4"`)
	want := edge.Object{
		Size: 2, ContentRange: "bytes 1-2/5", ETag: `"0123-4"`, LastModified: time.Unix(1_700_000_000, 0),
		ContentType: "text/x-test", ContentEncoding: "gzip",
	}
	for _, from := range []string{"the storage", "memory", "disk"} {
		if from == "disk" {
			w.restart(t, onDisk(dir))
		}
		o, err := w.Open(t.Context(), "main", "a", edge.Want{Range: "bytes=1-2"})
		if err != nil {
			t.Fatal(err)
		}
		if got := said(o, nil); got != "el 1-2/5" {
			t.Errorf("from %s: %q, want el", from, got)
		}
		got := *o
		got.Body = nil
		if !got.LastModified.Equal(want.LastModified) {
			t.Errorf("from %s: last modified %v, want %v", from, got.LastModified, want.LastModified)
		}
		got.LastModified = want.LastModified
		if got != want {
			t.Errorf("from %s: %+v, want %+v", from, got, want)
		}
	}
}

// seal puts the right checksum into a file.
func seal(b []byte) []byte {
	binary.LittleEndian.PutUint32(b[8:], crc32.Checksum(b[12:], crc32.MakeTable(crc32.Castagnoli)))
	return b
}

func TestCacheDiskDamage(t *testing.T) {
	exchange := func(old, text string) func([]byte) []byte {
		return func(b []byte) []byte { return seal(bytes.Replace(b, []byte(old), []byte(text), 1)) }
	}
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte {
			b[(at+len(b))%len(b)] ^= 1
			return b
		}
	}
	tests := map[string]func([]byte) []byte{
		"the first byte is another":            flip(0),
		"a byte of the checksum is another":    flip(9),
		"a byte of the name is another":        flip(20),
		"the length of the facts is another":   flip(44),
		"the length of the facts is enormous":  flip(47),
		"a byte of the facts is another":       flip(60),
		"the last byte is another":             flip(-1),
		"sealed, but of another name":          func(b []byte) []byte { return seal(flip(20)(b)) },
		"sealed, with facts that are too long": func(b []byte) []byte { return seal(flip(47)(b)) },
		"sealed, with facts that end early":    func(b []byte) []byte { return seal(flip(44)(b)) },
		"sealed, with another size":            exchange(`"Size":5`, `"Size":4`),
		"sealed, with a weak ETag":             exchange(`"ETag":"\"1\""`, `"ETag":"W/1  "`),
		"the last byte is missing":             func(b []byte) []byte { return b[:len(b)-1] },
		"there is a byte more":                 func(b []byte) []byte { return append(b, 'x') },
		"it is empty":                          func([]byte) []byte { return nil },
		"only zeros, after a crash":            func(b []byte) []byte { return make([]byte, len(b)) },
		"it is another program's":              func([]byte) []byte { return []byte("SQLite format 3\x00") },
	}
	for name, damage := range tests {
		for _, when := range []string{"before the start", "while running"} {
			t.Run(name+" "+when, func(t *testing.T) {
				dir := t.TempDir()
				w := newCacheWorld(t, onDisk(dir))
				w.depot.put("main/a", "hello", `"1"`)
				w.read(t, "a", edge.Want{})
				hurt := func() {
					path := files(t, dir)[0]
					b, err := os.ReadFile(path)
					if err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(path, damage(b), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				if when == "before the start" {
					hurt()
				}
				w.reopen(t, onDisk(dir))
				if when == "while running" {
					hurt()
				}
				w.depot.questions()
				if got, asked := w.read(t, "a", edge.Want{}), w.depot.questions(); got != "hello" || asked != "GET" {
					t.Errorf("got %q, storage asked %q, want hello, GET", got, asked)
				}
				if log := w.log.String(); strings.Count(log, `"level":"WARN"`) != 1 || !strings.Contains(log, "a file of the read cache cannot be used and is passed over") {
					t.Errorf("log %s, want one warning", log)
				}
				w.restart(t, onDisk(dir))
				if got, asked := w.read(t, "a", edge.Want{}), w.depot.questions(); got != "hello" || asked != `GET "1"` {
					t.Errorf("after it was written anew: got %q, storage asked %q", got, asked)
				}
			})
		}
	}
}

// A file under another's name is not that other's part.
func TestCacheDiskExchangedFiles(t *testing.T) {
	dir := t.TempDir()
	w := newCacheWorld(t, onDisk(dir))
	w.depot.put("main/a", "aaaaa", `"1"`)
	w.depot.put("main/b", "bbbbb", `"1"`)
	w.read(t, "a", edge.Want{})
	w.read(t, "b", edge.Want{})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	parts := files(t, dir)
	for _, move := range [][2]string{{parts[0], dir + "/x"}, {parts[1], parts[0]}, {dir + "/x", parts[1]}} {
		if err := os.Rename(move[0], move[1]); err != nil {
			t.Fatal(err)
		}
	}
	w.reopen(t, onDisk(dir))
	for key, want := range map[string]string{"a": "aaaaa", "b": "bbbbb"} {
		if got := w.read(t, key, edge.Want{}); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

// What memory has no room for is read from disk, without asking while it is fresh.
func TestCacheDiskIsReadWhileFresh(t *testing.T) {
	dir := t.TempDir()
	w := newCacheWorld(t, onDisk(dir))
	text := func(i int) string { return strings.Repeat(fmt.Sprint(i%10), 100_000) }
	const objects = 40 // 4 MB; the memory holds 1 MB
	for i := range objects {
		w.depot.put(fmt.Sprint("main/", i), text(i), `"1"`)
		w.read(t, fmt.Sprint(i), edge.Want{})
		await(t, "an object is not on disk", func() bool { return w.Stats().DiskBytes == int64(i+1)*102_400 })
	}
	w.depot.questions()
	for i := range objects {
		if got := w.read(t, fmt.Sprint(i), edge.Want{}); got != text(i) {
			t.Errorf("object %d is not what it was", i)
		}
	}
	w.read(t, "0", edge.Want{})
	for _, path := range files(t, dir) {
		if err := os.Truncate(path, 10); err != nil {
			t.Fatal(err)
		}
	}
	w.read(t, "0", edge.Want{}) // is in memory again
	if asked := w.depot.questions(); asked != "" {
		t.Errorf("storage asked %q, want nothing", asked)
	}
}

// One range tells that the version is dead; nothing of it comes from disk, though it is there.
func TestCacheDiskOfAnotherVersion(t *testing.T) {
	w := newCacheWorld(t, onDisk(t.TempDir()))
	text := func(i int) string { return strings.Repeat(fmt.Sprint(i), 100_000) }
	for i := range 10 {
		w.depot.put(fmt.Sprint("main/", i), text(i), `"1"`)
		w.read(t, fmt.Sprint(i), edge.Want{})
		await(t, "an object is not on disk", func() bool { return w.Stats().DiskBytes == int64(i+1)*102_400 })
	}
	w.depot.put("main/0", "new "+text(0), `"2"`)
	w.read(t, "0", edge.Want{Range: "bytes=0-0"})
	w.depot.questions()
	if got, asked := w.read(t, "0", edge.Want{}), w.depot.questions(); got != "new "+text(0) || asked != "GET" {
		t.Errorf("another version: %.10q, storage asked %q, want it new, GET", got, asked)
	}
	// Files of a dead version go, also when nothing takes their place.
	w.depot.put("main/1", strings.Repeat("x", 200_000), `"2"`)
	w.wait(time.Minute)
	w.read(t, "1", edge.Want{HeadOnly: true})
	w.read(t, "1", edge.Want{})
	await(t, "a dead file is still there", func() bool { return w.Stats().DiskBytes == 9*102_400+4096 })
}
