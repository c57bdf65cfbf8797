package tract_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
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
	files, _ := filepath.Glob(filepath.Join(testData(), "tracts", "nibabel", pattern)) // none is none
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
	if err == nil && (r.Header().Streamlines < 0 || r.Header().Streamlines == int64(len(lines))) {
		checkHalves(t, b, f, lines)
	}
	if err == nil {
		checkSurvey(t, b, f, lines)
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

// checkHalves reads a file in two parts, cut somewhere in the middle.
func checkHalves(t *testing.T, b []byte, format tract.Format, want []tract.Streamline) {
	f := mustOpenFile(t, tract.Input{Format: format, Source: tract.Bytes(b)})
	if len(f.Parts(1)) < 2 {
		return
	}
	cut := f.Size() / 2
	checkParts(t, f, []tract.Part{{To: cut}, {From: cut, To: math.MaxInt64}}, want)
}

// FuzzResync damages a real file and reads it from somewhere.
func FuzzResync(f *testing.F) {
	for _, name := range []string{"dipy/tracks300.trk", "linc/sub-I58_sample-hemi_desc-CSD_tractography.smalltest.trk", "nibabel/complex_big_endian.trk"} {
		b, err := os.ReadFile(filepath.Join(testData(), "tracts", name))
		if err != nil {
			continue // the file is not there
		}
		f.Add(b, uint32(1000), uint32(0), []byte(nil))
		f.Add(b, uint32(len(b)-100), uint32(len(b)-3000), []byte{1, 0, 0, 0})
		f.Add(b, uint32(len(b)/2), uint32(len(b)/2-500), []byte("\xff\xff\xff\xff\x05\x00\x00\x00"))
		f.Add(b, uint32(len(b)/2+1), uint32(988), make([]byte, 4))
	}
	f.Fuzz(func(t *testing.T, b []byte, from, at uint32, damage []byte) {
		b = bytes.Clone(b)
		if int64(at) < int64(len(b)) {
			copy(b[at:], damage)
		}
		file, err := tract.Open(tract.Input{Format: tract.TRK, Source: tract.Bytes(b)})
		if err != nil || len(file.Parts(1)) < 2 {
			return
		}
		lines, _, err := readPart(file, tract.Part{From: int64(from), To: int64(from) + 10_000})
		if err != nil && !errors.Is(err, tract.ErrInvalid) {
			t.Fatalf("error %v of a source that does not fail", err)
		}
		for i, l := range lines {
			if l.Position < int64(from) || l.Position >= int64(from)+10_000 || i > 0 && l.Position <= lines[i-1].Position {
				t.Fatalf("streamline at %d", l.Position)
			}
		}
		if _, err = file.Sample(10, "", tract.Budget{Ranges: 5, Bytes: 20_000}); err != nil && !errors.Is(err, tract.ErrInvalid) && !errors.Is(err, errors.ErrUnsupported) {
			t.Fatalf("sample: %v", err)
		}
	})
}

func width(columns []tract.Column) int {
	n := 0
	for _, c := range columns {
		n += c.Components
	}
	return n
}

func checkSurvey(t *testing.T, b []byte, f tract.Format, lines []tract.Streamline) {
	sum, err := mustOpenFile(t, tract.Input{Format: f, Source: tract.Bytes(b)}).Survey(nil)
	if err != nil {
		t.Fatal(err)
	}
	var points int64
	for _, l := range lines {
		points += int64(len(l.Points) / 3)
	}
	if sum.Points != points || sum.Streamlines != int64(len(sum.Counts)) || sum.Streamlines < int64(len(lines)) {
		t.Fatalf("a survey counts %d points and %d streamlines, want %d and %d or more", sum.Points, sum.Streamlines, points, len(lines))
	}
}
