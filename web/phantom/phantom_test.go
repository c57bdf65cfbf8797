package phantom_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"ngportal/access"
	"ngportal/web/phantom"
)

// scratchDir is made and removed by TestMain.
var scratchDir string

// written is the folder with the sample data, made by the first test that asks.
var written = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(scratchDir, "data")
	return dir, phantom.Write(dir)
})

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "phantom-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	scratchDir = dir
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func sampleData(t *testing.T) string {
	t.Helper()
	dir, err := written()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// treeHash is the SHA-256 over all paths and bytes below the buckets of dir,
// with the number of files and their size.
func treeHash(t *testing.T, dir string) (hash string, files int, size int64) {
	t.Helper()
	h := sha256.New()
	for _, bucket := range []string{phantom.MicroscopyBucket, phantom.PrivateBucket} {
		err := fs.WalkDir(os.DirFS(dir), bucket, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(filepath.Join(dir, path))
			h.Write(fmt.Appendf(nil, "%d %s %d ", len(path), path, len(data)))
			h.Write(data)
			files, size = files+1, size+int64(len(data))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), files, size
}

func TestWriteIsTheSameOnEveryRun(t *testing.T) {
	dir := sampleData(t)
	hash, files, size := treeHash(t, dir)
	t.Logf("%d files, %d bytes", files, size)
	// Other processors may fuse multiplications and additions, which changes last bits.
	if runtime.GOARCH == "amd64" && hash != phantom.Version {
		t.Errorf("the data hash to %s, but Version is %s: if the data were meant to change, set Version", hash, phantom.Version)
	}
	if size > 12<<20 {
		t.Errorf("the data have %d bytes, want 12 MB at most", size)
	}
}

func TestWriteTwiceTouchesNothing(t *testing.T) {
	dir := sampleData(t)
	name := filepath.Join(dir, phantom.PrivateBucket, "README")
	before, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	best := time.Hour
	for range 20 { // the quickest counts: the machine may be busy
		start := time.Now()
		if err = phantom.Write(dir); err != nil {
			t.Fatal(err)
		}
		best = min(best, time.Since(start))
	}
	if best > 5*time.Millisecond {
		t.Errorf("writing what is there took %v, want less than 5 ms", best)
	}
	after, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if !after.ModTime().Equal(before.ModTime()) || !os.SameFile(before, after) {
		t.Errorf("%s was written again", name)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 3 {
		t.Errorf("the folder holds %v, want two buckets and the marker", entries)
	}
}

func TestTiles(t *testing.T) {
	dir := filepath.Join(sampleData(t), phantom.MicroscopyBucket, phantom.TilesPrefix)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(entries); got != 2500 {
		t.Errorf("%d tiles, want 2500", got)
	}
	seen := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if len(data) < 60 || len(data) > 100 || !json.Valid(data) {
			t.Errorf("%s holds %q, want 60 to 100 bytes of JSON", e.Name(), data)
		}
		if other, ok := seen[string(data)]; ok {
			t.Errorf("%s and %s hold the same", e.Name(), other)
		}
		seen[string(data)] = e.Name()
	}
	for _, name := range []string{"tile-0001.json", "tile-2500.json"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestOddNames(t *testing.T) {
	dir := filepath.Join(sampleData(t), phantom.MicroscopyBucket)
	all := ""
	longest := 0
	for _, key := range phantom.OddKeys() {
		data, err := os.ReadFile(filepath.Join(dir, key))
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.Contains(string(data), key) {
			t.Errorf("%q holds %q, want its own key", key, data)
		}
		if err := access.CheckPath(key); err != nil {
			t.Errorf("%q cannot be addressed: %v", key, err)
		}
		all += key + "\n"
		longest = max(longest, utf8.RuneCountInString(filepath.Base(key)))
	}
	for _, want := range []string{
		" ", "+", "#", "%", "&", "'", `"`, "[", "(", "{", "\u00fc", "<script>", "?", "=", ";", "~", "🧠", "%2F", ".\n", "@", "|",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no odd name has %q", want)
		}
	}
	if longest != 200 {
		t.Errorf("the longest odd name has %d characters, want 200", longest)
	}
}
