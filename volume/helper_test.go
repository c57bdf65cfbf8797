package volume_test

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ngportal/volume"
)

// files is a directory held in memory.
type files map[string]string

func (f files) get(name string) ([]byte, error) {
	text, ok := f[name]
	if !ok {
		return nil, fmt.Errorf("object %s: %w", name, fs.ErrNotExist)
	}
	return []byte(text), nil
}

// dir reads the files of a directory on disk.
func dir(path string) volume.Getter {
	return func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(path, filepath.FromSlash(name)))
	}
}

// testData returns a path below the shared test data, or skips.
func testData(t *testing.T, elements ...string) string {
	t.Helper()
	root := os.Getenv("NGPORTAL_TEST_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "data")
	}
	path := filepath.Join(append([]string{root}, elements...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no test data: %v", err)
	}
	return path
}

// near compares with a tolerance relative to the larger of 1 and want.
func near(got, want, tolerance float64) bool {
	return math.Abs(got-want) <= tolerance*math.Max(1, math.Abs(want))
}

func wantStats(t *testing.T, got []volume.Stats, want []volume.Stats, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("statistics of %d channels, want %d", len(got), len(want))
	}
	for i, g := range got {
		w := want[i]
		if g.Count != w.Count || !near(g.Min, w.Min, tolerance) || !near(g.Max, w.Max, tolerance) ||
			!near(g.Q01, w.Q01, tolerance) || !near(g.Q99, w.Q99, tolerance) {
			t.Errorf("channel %d: got %+v, want %+v", i, g, w)
		}
	}
}

// wantSentence fails unless one of got contains want; an empty want asks for no sentence at all.
func wantSentence(t *testing.T, what, got, want string) {
	t.Helper()
	if want == "" && got != "" || !strings.Contains(got, want) {
		t.Errorf("%s = %q, want %q in it", what, got, want)
	}
}

// sentences are the findings as people read them.
func sentences(img *volume.Image) []string {
	var out []string
	for _, f := range img.Findings {
		out = append(out, f.Text)
	}
	return out
}
