package annotation_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"sync"
	"testing"

	"ngportal/tract"
	"ngportal/tract/annotation"
)

// A memory is a workshop in memory. After fuse operations it fails, unless fuse is negative.
type memory struct {
	mu    sync.Mutex
	files map[string][]byte
	fuse  int
	ops   int
	open  int // files that were opened and not closed
	made  []string
}

var errFuse = errors.New("no space left")

func newMemory() *memory { return &memory{files: map[string][]byte{}, fuse: -1} }

// step counts an operation, and fails if it is the last one.
func (m *memory) step() error {
	m.ops++
	if m.fuse >= 0 && m.ops > m.fuse {
		return errFuse
	}
	return nil
}

type memFile struct {
	bytes.Buffer
	m    *memory
	name string
}

func (m *memory) Create(name string) (annotation.File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &memFile{m: m, name: name}, m.step()
}

func (f *memFile) Write(b []byte) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.m.step(); err != nil {
		return 0, err
	}
	return f.Buffer.Write(b)
}

func (f *memFile) Close() error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.m.step(); err != nil {
		return err
	}
	f.m.files[f.name] = f.Bytes()
	f.m.made = append(f.m.made, f.name)
	return nil
}

func (f *memFile) Abort() error { return nil }

type memRead struct {
	*bytes.Reader
	m *memory
}

func (r memRead) Close() error {
	r.m.mu.Lock()
	defer r.m.mu.Unlock()
	r.m.open--
	return nil
}

func (m *memory) Open(name string) (annotation.ReadFile, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.files[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	m.open++
	return memRead{bytes.NewReader(b), m}, nil
}

func (m *memory) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, name)
	return m.step()
}

// store opens what was built, and checks that nothing else was left.
func (m *memory) store(t testing.TB) *annotation.Store {
	t.Helper()
	if len(m.files) != 1 || m.open != 0 {
		t.Fatalf("%d files are left, %d open", len(m.files), m.open)
	}
	b := m.files[annotation.StoreName]
	s, err := annotation.OpenStore(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func open(t testing.TB, source tract.Source, format tract.Format) *tract.File {
	t.Helper()
	f, err := tract.Open(tract.Input{Format: format, Source: source})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func plan(t testing.TB, f *tract.File, s *tract.Sample, tolerance float64) *annotation.Layout {
	t.Helper()
	l, err := annotation.Plan(f, s, tolerance)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func build(t testing.TB, f *tract.File, l *annotation.Layout) (*annotation.Store, []byte) {
	t.Helper()
	m := newMemory()
	if err := annotation.Build(f, l, m, 2, nil); err != nil {
		t.Fatal(err)
	}
	return m.store(t), m.files[annotation.StoreName]
}

// all reads the file's streamlines.
func all(t testing.TB, f *tract.File) []tract.Streamline {
	t.Helper()
	r, err := f.Read(f.All())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var lines []tract.Streamline
	for {
		s, err := r.Next()
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		s.Points = append([]float32(nil), s.Points...)
		s.Scalars, s.Properties = append([]float32(nil), s.Scalars...), append([]float32(nil), s.Properties...)
		lines = append(lines, s)
	}
}

// A polyline is an annotation of a chunk, as this test reads it.
type polyline struct {
	id         uint64
	points     [][3]float32
	length     float32
	streamline uint32
	means      []float32
	bundle     uint16
	record     []byte
}

// parse reads a chunk as the viewer does (datasource/precomputed/backend.js, parseAnnotations), with so many means.
func parse(b []byte, means int) ([]polyline, error) {
	if len(b) < 8 {
		return nil, errors.New("no count")
	}
	le := binary.LittleEndian
	count, at := le.Uint64(b), 8
	if count > uint64(len(b)) {
		return nil, errors.New("absurd count")
	}
	out := make([]polyline, count)
	for i := range out {
		if at+4 > len(b) {
			return nil, errors.New("ends early")
		}
		start, n := at, int(le.Uint32(b[at:]))
		if at+4+12*n+12+4*means > len(b) {
			return nil, fmt.Errorf("annotation %d of %d points ends late", i, n)
		}
		p := &out[i]
		f := func() float32 { at += 4; return math.Float32frombits(le.Uint32(b[at-4:])) }
		at += 4
		for range n {
			p.points = append(p.points, [3]float32{f(), f(), f()})
		}
		p.length = f()
		p.streamline = le.Uint32(b[at:])
		at += 4
		for range means {
			p.means = append(p.means, f())
		}
		p.bundle = le.Uint16(b[at:])
		if at += 4; le.Uint16(b[at-2:]) != 0 {
			return nil, errors.New("padding")
		}
		p.record = b[start:at]
	}
	for i := range out {
		if at+8 > len(b) {
			return nil, errors.New("no id")
		}
		out[i].id = le.Uint64(b[at:])
		at += 8
	}
	if at != len(b) {
		return nil, fmt.Errorf("%d bytes follow", len(b)-at)
	}
	return out, nil
}
