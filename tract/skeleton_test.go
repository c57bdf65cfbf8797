package tract_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ngportal/tract"
)

// A decoded skeleton, read as Neuroglancer does (src/skeleton/decode_precomputed_skeleton.ts).
type decoded struct {
	positions    [][3]float32
	edges        [][2]uint32
	orientations [][3]float32
}

func decode(t *testing.T, b []byte) (d decoded) {
	t.Helper()
	r := bytes.NewReader(b)
	var counts [2]uint32
	get := func(v any) {
		if err := binary.Read(r, binary.LittleEndian, v); err != nil {
			t.Fatalf("skeleton of %d bytes: %v", len(b), err)
		}
	}
	get(&counts)
	d.positions, d.orientations = make([][3]float32, counts[0]), make([][3]float32, counts[0])
	d.edges = make([][2]uint32, counts[1])
	get(d.positions)
	get(d.edges)
	get(d.orientations)
	if r.Len() > 0 {
		t.Fatalf("%d bytes too many", r.Len())
	}
	return d
}

func build(t *testing.T, b []byte, f tract.Format, pick tract.Picker, vertices int64) (*tract.Skeleton, []byte) {
	t.Helper()
	k, err := tract.BuildSkeleton(mustOpen(t, b, f), pick, vertices)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	n, err := k.WriteTo(&out)
	if err != nil || n != k.Size() || int64(out.Len()) != n {
		t.Fatalf("WriteTo wrote %d and says %d (%v), Size says %d", out.Len(), n, err, k.Size())
	}
	return k, out.Bytes()
}

func TestSkeletonOfThreeStreamlines(t *testing.T) {
	file := tck32("",
		0, 0, 0, 3, 0, 0, 3, 4, 0, nan, nan, nan, // a corner; the edges have lengths 3 and 4
		9, 9, 9, nan, nan, nan, // one point: nothing to draw
		1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, nan, nan, nan, // there, back, and staying
		5, 5, 5, 5, 5, 5, nan, nan, nan, // no way at all
		inf, inf, inf)
	k, b := build(t, file, tract.TCK, tract.Choose(4, 4), 1000)
	want := decoded{
		positions:    [][3]float32{{0, 0, 0}, {3, 0, 0}, {3, 4, 0}, {1, 1, 1}, {1, 1, 2}, {1, 1, 1}, {1, 1, 1}, {5, 5, 5}, {5, 5, 5}},
		edges:        [][2]uint32{{0, 1}, {1, 2}, {3, 4}, {4, 5}, {5, 6}, {7, 8}},
		orientations: [][3]float32{{1, 0, 0}, {0.6, 0.8, 0}, {0, 1, 0}, {0, 0, 1}, {0, 0, 0}, {0, 0, -1}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}},
	}
	if got := decode(t, b); !reflect.DeepEqual(got, want) {
		t.Errorf("skeleton %v, want %v", got, want)
	}
	if k.Streamlines != 3 || k.Total != 4 || k.Vertices != 9 || k.Bounds != [2][3]float64{{0, 0, 0}, {5, 5, 5}} {
		t.Errorf("%d of %d streamlines, %d vertices, bounds %v, want 3 of 4, 9, 0 to 5", k.Streamlines, k.Total, k.Vertices, k.Bounds)
	}
	if !holds(k.Warnings, []string{"fewer than two points have nothing to draw and were left out: 1."}) {
		t.Errorf("warnings %q", k.Warnings)
	}
}

// numbered is a file of n streamlines of some points each; the x of all points is the index.
func numbered(n int, points func(i int) int) []byte {
	var lines [][]float32
	for i := range n {
		var l []float32
		for j := range points(i) {
			l = append(l, float32(i)+0.5, float32(j), 0)
		}
		lines = append(lines, l)
	}
	return plainTRK(lines...).bytes()
}

// drawn lists the streamlines of a numbered file that a skeleton holds.
func drawn(t *testing.T, b []byte) []int64 {
	t.Helper()
	var out []int64
	for _, p := range decode(t, b).positions {
		if i := int64(p[0]); len(out) == 0 || out[len(out)-1] != i {
			out = append(out, i)
		}
	}
	return out
}

func TestSkeletonDrawsTheChosen(t *testing.T) {
	const n = 500
	file := numbered(n, func(i int) int { return 2 + i%7 })
	pick := tract.Choose(n, 60)
	var want []int64
	for i := range int64(n) {
		if pick.Has(i) {
			want = append(want, i)
		}
	}
	k, known := build(t, file, tract.TRK, pick, 1<<20)
	if got := drawn(t, known); !slices.Equal(got, want) {
		t.Errorf("drawn are %v, want %v", got, want)
	}
	if k.Streamlines != 60 || k.Total != n || len(k.Warnings) > 0 {
		t.Errorf("%d of %d streamlines, warnings %q, want 60 of %d", k.Streamlines, k.Total, k.Warnings, n)
	}
	if _, unknown := build(t, file, tract.TRK, tract.Choose(-1, 60), 1<<20); !bytes.Equal(known, unknown) {
		t.Error("the skeleton depends on whether the number of streamlines is known before")
	}
}

// With a budget of vertices, those streamlines stay that come first in the order of the choice.
func TestSkeletonKeepsTheBudget(t *testing.T) {
	const n = 300
	points := func(i int) int { return 2 + i%31 }
	file := numbered(n, points)
	var order []int64 // of the choice: the index that each greater limit adds
	for limit := int64(1); limit <= n; limit++ {
		less, more := tract.Choose(n, limit-1), tract.Choose(n, limit)
		for i := range int64(n) {
			if more.Has(i) && !less.Has(i) {
				order = append(order, i)
			}
		}
	}
	for _, budget := range []int64{40, 100, 1000, 3000, 1 << 40} {
		var want []int64
		vertices := int64(0)
		for _, i := range order {
			if vertices += int64(points(int(i))); vertices > budget {
				break
			}
			want = append(want, i)
		}
		slices.Sort(want)
		for _, pick := range []tract.Picker{tract.Choose(n, n), tract.Choose(-1, n), tract.Choose(-1, 1<<40)} {
			k, b := build(t, file, tract.TRK, pick, budget)
			if got := drawn(t, b); !slices.Equal(got, want) {
				t.Errorf("budget %d: drawn are %v, want %v", budget, got, want)
			}
			if full := len(k.Warnings) == 1 && strings.Contains(k.Warnings[0], "more would exceed"); full != (len(want) < n) {
				t.Errorf("budget %d: warnings %q", budget, k.Warnings)
			}
		}
	}
}

func TestSkeletonLeavesOutWhatExceedsTheBudgetAlone(t *testing.T) {
	file := numbered(3, func(i int) int { return []int{5, 500, 6}[i] })
	k, b := build(t, file, tract.TRK, tract.Choose(3, 3), 100)
	if got := drawn(t, b); !slices.Equal(got, []int64{0, 2}) || !holds(k.Warnings, []string{"more than 100 points were left out: 1."}) {
		t.Errorf("drawn are %v, warnings %q", got, k.Warnings)
	}
}

func TestSkeletonLeavesOutBrokenStreamlines(t *testing.T) {
	file := plainTRK([]float32{0, 0, 0, 1, 1, 1}, []float32{1, 1, 1, nan, 1, 1}, []float32{2, 2, 2, 3, 3, 3}).bytes()
	k, b := build(t, file, tract.TRK, tract.Choose(3, 3), 100)
	if got := decode(t, b).positions; len(got) != 4 || got[2] != [3]float32{1.5, 1.5, 1.5} {
		t.Errorf("positions %v, want the first and the third streamline", got)
	}
	if k.Streamlines != 2 || k.Total != 3 || !holds(k.Warnings, []string{"not finite numbers were left out: 1."}) {
		t.Errorf("%d of %d, warnings %q", k.Streamlines, k.Total, k.Warnings)
	}
}

func TestABrokenStreamlineIsNotReplaced(t *testing.T) {
	var lines [][]float32
	for i := range 50 {
		x := float32(i)
		if i%2 == 0 {
			x = nan
		}
		lines = append(lines, []float32{x, 0, 0, x, 1, 1})
	}
	pick := tract.Choose(50, 20)
	_, b := build(t, plainTRK(lines...).bytes(), tract.TRK, pick, 1000)
	for _, p := range decode(t, b).positions {
		if i := int64(p[0] + 0.5); !pick.Has(i) {
			t.Errorf("streamline %d is drawn and was not chosen", i)
		}
	}
}

func TestSkeletonOfNothingSaysSo(t *testing.T) {
	tests := map[string]struct {
		file   []byte
		pick   tract.Picker
		budget int64
		want   []string
	}{
		"no streamlines": {plainTRK().bytes(), tract.Choose(-1, 10), 100, []string{"holds no streamlines"}},
		"only points": {
			plainTRK([]float32{1, 2, 3}, nil).bytes(), tract.Choose(2, 2), 100,
			[]string{"left out: 2.", "None of the 2 streamlines"},
		},
		"none chosen": {twoLines().bytes(), tract.Picker{}, 100, []string{"None of the 2 streamlines"}},
		"no budget":   {twoLines().bytes(), tract.Choose(2, 2), 0, []string{"more than 0 points", "None of the 2 streamlines"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			k, b := build(t, tt.file, tract.TRK, tt.pick, tt.budget)
			if !bytes.Equal(b, make([]byte, 8)) || k.Vertices != 0 || k.Streamlines != 0 {
				t.Errorf("skeleton %x with %d vertices, want eight zero bytes", b, k.Vertices)
			}
			if !holds(k.Warnings, tt.want) {
				t.Errorf("warnings %q, want %q", k.Warnings, tt.want)
			}
		})
	}
}

func TestSkeletonOfADamagedFileFails(t *testing.T) {
	k, err := tract.BuildSkeleton(mustOpen(t, twoLines().bytes()[:1050], tract.TRK), tract.Choose(2, 2), 100)
	if k != nil || !errors.Is(err, tract.ErrInvalid) {
		t.Errorf("BuildSkeleton of a truncated file: %v, %v", k, err)
	}
}

// Whatever the points: the vertices are those chosen, unit vectors have length 1, and many
// buffers' worth of numbers come out in order.
func TestSkeletonOfRandomStreamlines(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var lines [][]float32
	var want [][3]float32
	for range 200 {
		var l []float32
		for range 2 + rng.IntN(300) {
			p := [3]float32{rng.Float32() * 100, rng.Float32() * 100, rng.Float32() * 100}
			l, want = append(l, p[:]...), append(want, [3]float32{p[0] - 0.5, p[1] - 0.5, p[2] - 0.5})
		}
		lines = append(lines, l)
	}
	k, b := build(t, plainTRK(lines...).bytes(), tract.TRK, tract.Choose(200, 200), 1<<30)
	d := decode(t, b)
	if !slices.Equal(d.positions, want) {
		t.Error("positions differ from those of the file")
	}
	if int64(len(d.edges)) != k.Vertices-k.Streamlines {
		t.Errorf("%d edges for %d vertices and %d streamlines", len(d.edges), k.Vertices, k.Streamlines)
	}
	for i, o := range d.orientations {
		if length := distance(make([]float32, 3), o[:]); math.Abs(length-1) > 1e-6 {
			t.Errorf("orientation %d has length %v", i, length)
		}
	}
}
