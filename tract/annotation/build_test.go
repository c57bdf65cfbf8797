package annotation_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"testing"

	"ngportal/internal/tracttest"
	"ngportal/tract"
	"ngportal/tract/annotation"
)

// every takes a sample of every k-th streamline, as the windows of a large file give: nothing is counted.
func every(t testing.TB, f *tract.File, k int64) *tract.Sample {
	t.Helper()
	r, err := f.Read(f.All())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s, n := &tract.Sample{}, int64(0)
	scalars, properties := row(f.Header().Scalars), row(f.Header().Properties)
	var b tract.Batch
	for {
		err := r.ReadBatch(&b)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		at := 0
		for i, c := range b.Counts {
			if n%k == 0 {
				s.Positions, s.Counts, s.Bundles = append(s.Positions, b.Positions[i]), append(s.Counts, c), append(s.Bundles, b.Bundles[i])
				s.Batch.Points = append(s.Batch.Points, b.Points[3*at:][:3*c]...)
				s.Scalars = append(s.Scalars, b.Scalars[scalars*at:][:scalars*int(c)]...)
				s.Properties = append(s.Properties, b.Properties[properties*i:][:properties]...)
			}
			at, n = at+int(c), n+1
		}
	}
	s.Streamlines = n
	s.Exact, s.Points = k == 1, int64(len(s.Batch.Points)/3)
	return s
}

func row(columns []tract.Column) int {
	n := 0
	for _, c := range columns {
		n += c.Components
	}
	return n
}

// properties are the names of those in an info file.
func properties(t testing.TB, info []byte) (names []string) {
	t.Helper()
	var in struct {
		Properties []struct {
			ID string `json:"id"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(info, &in); err != nil {
		t.Fatal(err)
	}
	for _, p := range in.Properties {
		names = append(names, p.ID)
	}
	return names
}

// chunks parses all chunks of the spatial index, and checks what holds for each.
func chunks(t testing.TB, s *annotation.Store) (levels [][]polyline) {
	t.Helper()
	means := len(properties(t, s.Info())) - 3
	seen := map[uint64]bool{}
	for n := range s.Levels() {
		var of []polyline
		cells, count := 0, 0
		for cell := range s.Cells(n) {
			b, err := s.Chunk(n, cell)
			if err != nil {
				t.Fatal(err)
			}
			lines, err := parse(b, means)
			if err != nil {
				t.Fatalf("level %d cell %v: %v", n, cell, err)
			}
			for i, p := range lines {
				if sentinel := i == len(lines)-1; sentinel != (len(p.points) == 1) {
					t.Fatalf("level %d cell %v: annotation %d of %d has %d points", n, cell, i, len(lines), len(p.points))
				}
				if seen[p.id] {
					t.Fatalf("id %d is there twice", p.id)
				}
				seen[p.id] = true
			}
			cells, count = cells+1, count+len(lines)-1
			of = append(of, lines[:len(lines)-1]...)
		}
		if want := math.Max(1, math.Round(float64(count)/math.Max(float64(cells), 1))); float64(s.Levels()[n].Limit) != want {
			t.Errorf("level %d has the limit %d, want %v", n, s.Levels()[n].Limit, want)
		}
		levels = append(levels, of)
	}
	return levels
}

// segments counts those of polylines by streamline.
type segment struct {
	line     uint32
	from, to [3]float32
}

func synthetic(t testing.TB, n int64) *tract.File {
	return open(t, tracttest.Synthetic{Streamlines: n}, tract.TRK)
}

func TestBuildHasEachSegmentOnce(t *testing.T) {
	f := synthetic(t, 6000)
	for _, of := range []int64{7, 0} { // sampled, and not
		t.Run(fmt.Sprint("sample ", of), func(t *testing.T) {
			var s *tract.Sample
			if of > 0 {
				s = every(t, f, of)
			}
			l := plan(t, f, s, 0)
			m := newMemory()
			if err := annotation.BuildIn(f, l, m, 2, 1<<20, 1<<20, nil); err != nil { // numbers go on from part to part
				t.Fatal(err)
			}
			levels := chunks(t, m.store(t))
			if len(levels) < 2 {
				t.Fatalf("%d levels", len(levels))
			}
			checkSegments(t, f, levels, s != nil)
		})
	}
}

// checkSegments compares all segments with the file's. With anonymous, level 0 does not know the numbers.
func checkSegments(t *testing.T, f *tract.File, levels [][]polyline, anonymous bool) {
	t.Helper()
	var want, got []segment
	byFirst := map[[3]float32]uint32{} // streamlines by their first points
	for _, s := range all(t, f) {
		p := s.Points
		byFirst[[3]float32(p[:3])] = uint32(s.Index)
		for i := 3; i < len(p); i += 3 {
			want = append(want, segment{uint32(s.Index), [3]float32(p[i-3:]), [3]float32(p[i:])})
		}
	}
	for n, level := range levels {
		for _, p := range level {
			line := p.streamline
			if n == 0 && anonymous {
				if line != annotation.NotCounted {
					t.Fatalf("level 0 numbers a streamline %d", line)
				}
				line = byFirst[p.points[0]]
			}
			for i := 1; i < len(p.points); i++ {
				got = append(got, segment{line, p.points[i-1], p.points[i]})
			}
		}
	}
	order := func(a, b segment) int {
		return slices.Compare([]float32{float32(a.line), a.from[0], a.from[1], a.from[2], a.to[0]}, []float32{float32(b.line), b.from[0], b.from[1], b.from[2], b.to[0]})
	}
	slices.SortFunc(want, order)
	slices.SortFunc(got, order)
	if !slices.Equal(got, want) {
		t.Fatalf("%d segments, want %d, or other ones", len(got), len(want))
	}
}

func TestFirstIsLevel0(t *testing.T) {
	for _, k := range []int64{1, 5} {
		f := synthetic(t, 4000)
		l := plan(t, f, every(t, f, k), 0.1)
		first, ok := l.First()
		if !ok {
			t.Fatal("no level 0")
		}
		store, _ := build(t, f, l)
		got, err := store.Chunk(0, [3]int{})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, first) {
			t.Fatalf("every %d: level 0 has %d bytes, before building %d, or others", k, len(got), len(first))
		}
		lines, err := parse(first, len(properties(t, l.Info()))-3)
		if err != nil {
			t.Fatal(err)
		}
		if known := lines[0].streamline != annotation.NotCounted; known != (k == 1) {
			t.Errorf("every %d: streamline %d", k, lines[0].streamline)
		}
		var info struct {
			Spatial []struct {
				Key   string  `json:"key"`
				Limit float64 `json:"limit"`
			} `json:"spatial"`
		}
		if err := json.Unmarshal(l.Info(), &info); err != nil || len(info.Spatial) != len(l.Levels()) {
			t.Errorf("%v: %s", err, l.Info())
		}
	}
}

func TestFirstViewIsSmall(t *testing.T) {
	f := synthetic(t, 30_000)
	l := plan(t, f, every(t, f, 10), -1)
	store, _ := build(t, f, l)
	bytes, requests := len(store.Info()), 1
	for n := range 2 {
		for cell := range store.Cells(n) {
			b, err := store.Chunk(n, cell)
			if err != nil {
				t.Fatal(err)
			}
			bytes, requests = bytes+len(b), requests+1
		}
	}
	t.Log(bytes, "bytes in", requests, "requests;", l.Levels())
	if bytes > 6_000_000 || bytes < 3_000_000 || requests > 12 {
		t.Errorf("the first view takes %d bytes in %d requests", bytes, requests)
	}
}

func TestBuildIsTheSame(t *testing.T) {
	f := synthetic(t, 8000)
	l := plan(t, f, every(t, f, 30), -1)
	want := newMemory()
	if err := annotation.BuildIn(f, l, want, 2, 1<<20, 1<<20, nil); err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{0, 1, 4} {
		m := newMemory()
		var shares []float64
		if err := annotation.BuildIn(f, l, m, workers, 1<<20, 1<<20, func(s float64) error { shares = append(shares, s); return nil }); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(m.files[annotation.StoreName], want.files[annotation.StoreName]) {
			t.Errorf("%d workers make another store", workers)
		}
		if !slices.IsSorted(shares) || shares[len(shares)-1] != 1 || len(shares) < 20 {
			t.Errorf("progress was %v", shares)
		}
	}
}
