package tract_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"ngportal/tract"
)

func FuzzTRK(f *testing.F) {
	columns := plainTRK([]float32{1, 2, 3, 4, 5, 6, 7, 8})
	columns.order, columns.version, columns.voxelOrder = binary.BigEndian, 3, "lps"
	columns.scalars, columns.scalarNames = 1, []string{"fa"}
	columns.properties, columns.props = 1, [][]float32{{9}}
	f.Add(twoLines().bytes())
	f.Add(twoLines().bytes()[:1050])
	f.Add(columns.bytes())
	f.Add(plainTRK([]float32{1, nan, 3}, nil).bytes())
	addSamples(f, "*.trk")
	f.Fuzz(func(t *testing.T, b []byte) { checkAnyFile(t, b, tract.TRK) })
}

func FuzzTCK(f *testing.F) {
	f.Add(tck32("count: 1\n", 1, 2, 3, 4, 5, 6, nan, nan, nan, inf, inf, inf))
	f.Add(tck32("", 1, 2, 3, nan, nan, nan, nan, nan, nan, 1, inf, 3, inf, inf, inf))
	f.Add(tck("datatype: Float64BE\n", make([]byte, 24)))
	f.Add(tck("a\nb: c\nfile:\n. 30\n", make([]byte, 60)))
	addSamples(f, "*.tck")
	f.Fuzz(func(t *testing.T, b []byte) { checkAnyFile(t, b, tract.TCK) })
}

// addSamples adds the small files of the shared test data, if they are there.
func addSamples(f *testing.F, pattern string) {
	dir := os.Getenv("NGPORTAL_TEST_DATA")
	if dir == "" {
		dir = "../../shared/data"
	}
	files, _ := filepath.Glob(filepath.Join(dir, "tracts", "nibabel", pattern)) // none is none
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
}

// checkAnyFile reads arbitrary bytes in all ways there are; they must agree.
func checkAnyFile(t *testing.T, b []byte, f tract.Format) {
	lines, r, err := read(b, f, int64(len(b)))
	if err != nil && !errors.Is(err, tract.ErrInvalid) {
		t.Fatalf("error %v of a source that does not fail", err)
	}
	blind, _, blindErr := read(b, f, -1)
	if (err == nil) != (blindErr == nil) || err == nil && !reflect.DeepEqual(strip(lines), strip(blind)) {
		t.Fatalf("knowing the size: %v, %v; not knowing it: %v, %v", lines, err, blind, blindErr)
	}
	if r == nil {
		return
	}
	checkStreamlines(t, lines, r.Header(), len(b))
	checkSkip(t, b, f, err)
	if err == nil {
		checkSkeleton(t, b, f, lines)
	}
}

// strip makes empty slices equal, whether they are nil or not, and compares NaN as bits.
func strip(lines []tract.Streamline) [][]byte {
	var out [][]byte
	for _, l := range lines {
		text := plainTRK().floats(nil, l.Points...)
		text = plainTRK().floats(text, l.Scalars...)
		out = append(out, plainTRK().floats(text, l.Properties...))
	}
	return out
}

func checkStreamlines(t *testing.T, lines []tract.Streamline, h tract.Header, size int) {
	scalars, properties := width(h.Scalars), width(h.Properties)
	total := 0
	for i, l := range lines {
		n := len(l.Points) / 3
		if 3*n != len(l.Points) || len(l.Scalars) != n*scalars || len(l.Properties) != properties {
			t.Fatalf("streamline %d has %d, %d and %d numbers", i, len(l.Points), len(l.Scalars), len(l.Properties))
		}
		if i > 0 && l.Index <= lines[i-1].Index {
			t.Fatalf("index %d after %d", l.Index, lines[i-1].Index)
		}
		total += 4 * (len(l.Points) + len(l.Scalars) + len(l.Properties))
	}
	if total > size {
		t.Fatalf("%d bytes of streamlines in a file of %d", total, size)
	}
}

func width(columns []tract.Column) int {
	n := 0
	for _, c := range columns {
		n += c.Components
	}
	return n
}

func checkSkip(t *testing.T, b []byte, f tract.Format, want error) {
	r, err := tract.NewReader(bytes.NewReader(b), f, int64(len(b)))
	for err == nil {
		err = r.Skip()
	}
	if errors.Is(err, io.EOF) != (want == nil) {
		t.Fatalf("skipping ends with %v, reading with %v", err, want)
	}
}

func checkSkeleton(t *testing.T, b []byte, f tract.Format, lines []tract.Streamline) {
	k, err := tract.BuildSkeleton(mustOpen(t, b, f), tract.Choose(-1, 1<<30), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	var vertices int64
	for _, l := range lines {
		if n := int64(len(l.Points) / 3); n > 1 {
			vertices += n
		}
	}
	n, err := k.WriteTo(io.Discard)
	if err != nil || n != k.Size() || k.Vertices != vertices {
		t.Fatalf("skeleton of %d vertices and %d bytes, want %d and %d (%v)", k.Vertices, n, vertices, k.Size(), err)
	}
}
