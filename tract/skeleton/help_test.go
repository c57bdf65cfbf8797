package skeleton_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ngportal/tract"
	"ngportal/tract/skeleton"
)

// data is the folder of the shared test data; the test is skipped without it.
func data(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("NGPORTAL_TEST_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	dir = filepath.Join(dir, "tracts")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no test data (set NGPORTAL_TEST_DATA): %v", err)
	}
	return dir
}

// samples are the real files that tract can read in the test data: those of TrackVis and MRtrix.
func samples(t testing.TB) map[string]*tract.File {
	t.Helper()
	all := map[string]*tract.File{}
	for _, pattern := range []string{"*.trk", "*.tck", "*.trx", "*.trk.gz"} {
		names, err := filepath.Glob(filepath.Join(data(t), "*", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f, _ := tract.FormatOf(name)
			file, err := tract.Open(tract.Input{Format: f, Source: tract.Bytes(b)})
			if err == nil {
				all[filepath.Base(name)] = file
			} else if !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if len(all) < 10 {
		t.Fatalf("%d files in %s, want 10 at least", len(all), data(t))
	}
	return all
}

func open(t testing.TB, f tract.Format, s tract.Source) *tract.File {
	t.Helper()
	file, err := tract.Open(tract.Input{Format: f, Source: s})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func survey(t testing.TB, f *tract.File) *tract.Survey {
	t.Helper()
	s, err := f.Survey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A trk is a file that is written byte by byte, independently of the package under test. Its points are stored half a
// voxel of 1 mm beside RAS mm.
type trk struct {
	count      int32
	scalars    []string
	properties []string
	lines      [][]float32 // rows of stored coordinates and scalars
	props      [][]float32
}

func (f trk) bytes() tract.Bytes {
	h := make([]byte, 1000)
	le := binary.LittleEndian
	float := func(at int, v float32) { le.PutUint32(h[at:], math.Float32bits(v)) }
	copy(h, "TRACK")
	for k := range 3 {
		le.PutUint16(h[6+2*k:], 100)
		float(12+4*k, 1)
		float(440+20*k, 1)
	}
	float(440+60, 1)
	le.PutUint16(h[36:], uint16(len(f.scalars)))
	for k, name := range f.scalars {
		copy(h[38+20*k:][:20], name)
	}
	le.PutUint16(h[238:], uint16(len(f.properties)))
	for k, name := range f.properties {
		copy(h[240+20*k:][:20], name)
	}
	copy(h[948:], "RAS")
	le.PutUint32(h[988:], uint32(f.count))
	le.PutUint32(h[992:], 2)
	le.PutUint32(h[996:], 1000)
	for i, l := range f.lines {
		h = le.AppendUint32(h, uint32(len(l)/(3+len(f.scalars))))
		h = floats(h, l)
		if len(f.props) > 0 {
			h = floats(h, f.props[i])
		}
	}
	return h
}

func floats(b []byte, values []float32) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// A drawing is a skeleton, decoded.
type drawing struct {
	positions, orientations [][3]float32
	edges                   [][2]uint32
	columns                 [][]float32
}

// draw writes an object and decodes it.
func draw(t testing.TB, s *skeleton.Set, id uint64, attributes ...string) drawing {
	t.Helper()
	k, err := s.Open(id, attributes)
	if err != nil {
		t.Fatalf("object %d: %v", id, err)
	}
	return drawn(t, k, len(attributes))
}

func drawn(t testing.TB, k *skeleton.Skeleton, attributes int) drawing {
	t.Helper()
	b := bytesOf(t, k)
	d := drawing{
		positions: make([][3]float32, binary.LittleEndian.Uint32(b)), edges: make([][2]uint32, binary.LittleEndian.Uint32(b[4:])),
		orientations: make([][3]float32, binary.LittleEndian.Uint32(b)), columns: make([][]float32, attributes),
	}
	b = b[8:]
	take := func(to any) {
		n, err := binary.Decode(b, binary.LittleEndian, to)
		if err != nil {
			t.Fatal(err)
		}
		b = b[n:]
	}
	take(d.positions)
	take(d.edges)
	take(d.orientations)
	for i := range d.columns {
		d.columns[i] = make([]float32, len(d.positions))
		take(d.columns[i])
	}
	if len(b) > 0 {
		t.Fatalf("%d bytes more than the counts tell", len(b))
	}
	return d
}

// written are the bytes of an object.
func written(t testing.TB, s *skeleton.Set, id uint64, attributes ...string) []byte {
	t.Helper()
	k, err := s.Open(id, attributes)
	if err != nil {
		t.Fatalf("object %d: %v", id, err)
	}
	return bytesOf(t, k)
}

// bytesOf is what k writes, as many bytes as it promises.
func bytesOf(t testing.TB, k *skeleton.Skeleton) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := k.WriteTo(&b)
	if err != nil || n != int64(b.Len()) || n != k.Size() {
		t.Fatalf("WriteTo = %d, %v; %d bytes written, %d promised", n, err, b.Len(), k.Size())
	}
	return b.Bytes()
}

// expected is what an object of the streamlines that has names looks like, made the plain way. Values are those of
// scalars, a column each.
func expected(t testing.TB, f *tract.File, has func(tract.Streamline) bool, scalars ...int) drawing {
	t.Helper()
	r, err := f.Read(f.All())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	d := drawing{columns: make([][]float32, len(scalars))}
	for {
		s, err := r.Next()
		if errors.Is(err, io.EOF) {
			return d
		}
		if err != nil {
			t.Fatal(err)
		}
		n := len(s.Points) / 3
		if !has(s) || n == 0 {
			continue
		}
		for i := range n {
			if i > 0 {
				v := uint32(len(d.positions))
				d.edges = append(d.edges, [2]uint32{v - 1, v})
			}
			d.positions = append(d.positions, [3]float32(s.Points[3*i:]))
			d.orientations = append(d.orientations, direction(s.Points[3*max(i-1, 0):], s.Points[3*min(i+1, n-1):]))
			for k, c := range scalars {
				d.columns[k] = append(d.columns[k], s.Scalars[i*len(s.Scalars)/n+c])
			}
		}
	}
}

func direction(p, q []float32) (out [3]float32) {
	var d [3]float64
	for k := range 3 {
		d[k] = float64(q[k]) - float64(p[k])
	}
	if size := math.Hypot(math.Hypot(d[0], d[1]), d[2]); size > 0 {
		for k := range 3 {
			out[k] = float32(d[k] / size)
		}
	}
	return out
}

// check compares two drawings: all but the orientations exactly.
func check(t testing.TB, what string, got, want drawing) {
	t.Helper()
	if !slices.Equal(got.positions, want.positions) || !slices.Equal(got.edges, want.edges) {
		t.Errorf("%s: %d vertices and %d edges, want %d and %d, or the same ones", what,
			len(got.positions), len(got.edges), len(want.positions), len(want.edges))
		return
	}
	for k := range want.columns {
		if !slices.Equal(got.columns[k], want.columns[k]) {
			t.Errorf("%s: attribute %d is not that of the file", what, k)
		}
	}
	for i, w := range want.orientations {
		for k := range 3 {
			if !(math.Abs(float64(got.orientations[i][k]-w[k])) <= 1e-6) {
				t.Fatalf("%s: orientation %d is %v, want %v", what, i, got.orientations[i], w)
			}
		}
	}
}
