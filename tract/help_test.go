package tract_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"ngportal/tract"
)

// A trkFile is written by its method bytes, independently of the package under test.
type trkFile struct {
	order         binary.AppendByteOrder
	dim           [3]int16
	size          [3]float32
	affine        [4][4]float32
	voxelOrder    string
	count         int32
	version       int32
	scalars       int16
	properties    int16
	scalarNames   []string
	propertyNames []string
	lines         [][]float32 // rows of stored coordinates and scalars
	props         [][]float32 // a row for each line
}

// plainTRK is a file whose stored points lie half a voxel of 1 mm beside RAS mm.
func plainTRK(lines ...[]float32) trkFile {
	return trkFile{
		order: binary.LittleEndian,
		dim:   [3]int16{10, 20, 30}, size: [3]float32{1, 1, 1},
		affine:     [4][4]float32{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}},
		voxelOrder: "RAS", version: 2, count: int32(len(lines)), lines: lines,
	}
}

func (f trkFile) with(change func(*trkFile)) trkFile { change(&f); return f }

func (f trkFile) bytes() []byte {
	b := append(make([]byte, 0, 1<<12), "TRACK\x00"...)
	for _, d := range f.dim {
		b = f.order.AppendUint16(b, uint16(d))
	}
	b = f.floats(b, f.size[:]...)
	b = f.floats(b, 0, 0, 0)
	b = f.names(f.order.AppendUint16(b, uint16(f.scalars)), f.scalarNames)
	b = f.names(f.order.AppendUint16(b, uint16(f.properties)), f.propertyNames)
	for _, row := range f.affine {
		b = f.floats(b, row[:]...)
	}
	b = append(b, make([]byte, 444)...)
	b = append(b, pad(f.voxelOrder, 4)...)
	b = append(b, make([]byte, 4+24+2+6)...)
	for _, n := range []int32{f.count, f.version, 1000} {
		b = f.order.AppendUint32(b, uint32(n))
	}
	for i, l := range f.lines {
		b = f.order.AppendUint32(b, uint32(len(l)/(3+int(f.scalars))))
		b = f.floats(b, l...)
		if f.properties > 0 {
			b = f.floats(b, f.props[i]...)
		}
	}
	return b
}

func (f trkFile) floats(b []byte, values ...float32) []byte {
	for _, v := range values {
		b = f.order.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func (f trkFile) names(b []byte, names []string) []byte {
	for i := range 10 {
		name := ""
		if i < len(names) {
			name = names[i]
		}
		b = append(b, pad(name, 20)...)
	}
	return b
}

func pad(s string, n int) string { return s + strings.Repeat("\x00", n-len(s)) }

// tck writes a .tck file with the lines of a header and numbers behind it.
func tck(header string, numbers []byte) []byte {
	return append([]byte("mrtrix tracks\n"+header+"END\n"), numbers...)
}

// tck32 is a .tck file of little-endian numbers whose header tells the true offset.
func tck32(header string, numbers ...float32) []byte {
	header += "datatype: Float32LE\n"
	offset := len(tck(header+"file: . 000\n", nil))
	return tck(header+fmt.Sprintf("file: . %03d\n", offset), plainTRK().floats(nil, numbers...))
}

var nan, inf = float32(math.NaN()), float32(math.Inf(1))

// A partial is a Source that promises more than it has, or fails.
type partial struct {
	b    []byte
	size int64
	err  error // behind b, or nil for the end
	as   func(io.Reader) io.Reader
}

func (p partial) Size() int64 { return p.size }

func (p partial) Open(off, n int64) (io.ReadCloser, error) {
	if off < 0 || n < 0 || off+n > p.size {
		return nil, errors.New("a range outside the file was asked for")
	}
	have := int64(len(p.b))
	r := io.Reader(bytes.NewReader(p.b[min(off, have):min(off+n, have)]))
	if p.err != nil && off+n > have {
		r = io.MultiReader(r, iotest.ErrReader(p.err))
	}
	if p.as != nil {
		r = p.as(r)
	}
	return io.NopCloser(r), nil
}

// read returns all streamlines of a file, with copies of their numbers, and the reader. The Source says that the file has
// so many bytes. With -1 the reader does not know it: a .trk file is compressed.
func read(b []byte, f tract.Format, size int64) ([]tract.Streamline, *tract.Reader, error) {
	switch {
	case size < 0 && f == tract.TRK:
		b, f = gz(b), tract.TRKGZ
		size = int64(len(b))
	case size < 0:
		size = int64(len(b))
	}
	return readSource(partial{b: b, size: size}, f)
}

func readSource(src tract.Source, format tract.Format) ([]tract.Streamline, *tract.Reader, error) {
	f, err := tract.Open(tract.Input{Format: format, Source: src})
	if err != nil {
		return nil, nil, err
	}
	return readPart(f, f.All())
}

func readPart(f *tract.File, p tract.Part) ([]tract.Streamline, *tract.Reader, error) {
	r, err := f.Read(p)
	if err != nil {
		return nil, nil, err
	}
	var out []tract.Streamline
	for {
		s, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, r, r.Close()
		}
		if err != nil {
			return out, r, errors.Join(err, r.Close())
		}
		s.Points, s.Scalars, s.Properties = slices.Clone(s.Points), slices.Clone(s.Scalars), slices.Clone(s.Properties)
		out = append(out, s)
	}
}

// gz compresses a file.
func gz(b []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed) // the level is one
	_, _ = w.Write(b)                                 // into memory
	_ = w.Close()
	return out.Bytes()
}

// mustRead is read of a file that must be whole.
func mustRead(t *testing.T, b []byte, f tract.Format) ([]tract.Streamline, *tract.Reader) {
	t.Helper()
	lines, r, err := read(b, f, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return lines, r
}

// mustOpen begins to read a file that lies in memory.
func mustOpen(t testing.TB, b []byte, f tract.Format) *tract.Reader {
	t.Helper()
	r, err := mustOpenFile(t, tract.Input{Format: f, Source: tract.Bytes(b)}).Read(tract.Part{To: math.MaxInt64})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustOpenFile(t testing.TB, in tract.Input) *tract.File {
	t.Helper()
	f, err := tract.Open(in)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// testData is the folder of the shared test data.
func testData() string {
	if dir := os.Getenv("NGPORTAL_TEST_DATA"); dir != "" {
		return dir
	}
	return "../../shared/data"
}

// sample returns the name of a file of the shared test data; the test is skipped without them.
func sample(t testing.TB, name string) string {
	t.Helper()
	file := filepath.Join(testData(), "tracts", name)
	if _, err := os.Stat(file); err != nil {
		t.Skipf("no test data (set NGPORTAL_TEST_DATA): %v", err)
	}
	return file
}

func load(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(sample(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// near reports whether two rows of numbers agree to within limit.
func near[A, B float32 | float64](got []A, want []B, limit float64) bool {
	return slices.EqualFunc(got, want, func(a A, b B) bool { return math.Abs(float64(a)-float64(b)) <= limit })
}

// holds reports whether each of the wanted phrases is in the warning at its place.
func holds(warnings, phrases []string) bool {
	return slices.EqualFunc(warnings, phrases, strings.Contains)
}
