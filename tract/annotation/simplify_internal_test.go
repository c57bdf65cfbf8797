package annotation

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// distance is that of a point from a segment, in a way of its own: by halving the segment where it is nearer.
func distance(p, a, b [3]float64) float64 {
	at := func(t float64) float64 {
		sum := 0.0
		for k := range 3 {
			d := a[k] + t*(b[k]-a[k]) - p[k]
			sum += d * d
		}
		return sum
	}
	low, high := 0.0, 1.0
	for range 100 {
		third := (high - low) / 3
		if at(low+third) < at(high-third) {
			high -= third
		} else {
			low += third
		}
	}
	return math.Sqrt(at((low + high) / 2))
}

func point(p []float32) [3]float64 {
	return [3]float64{float64(p[0]), float64(p[1]), float64(p[2])}
}

// worst is how far the points of a polyline are from what is left of it, and the longest new segment.
func worst(t *testing.T, points, left []float32) (far, longest float64) {
	t.Helper()
	i := 0
	for k := 3; k < len(left); k += 3 {
		from := i
		a, b := point(left[k-3:]), point(left[k:])
		for i += 3; !slices.Equal(points[i:i+3], left[k:k+3]); i += 3 {
			far = max(far, distance(point(points[i:]), a, b))
		}
		if i-from > 3 {
			longest = max(longest, math.Sqrt((a[0]-b[0])*(a[0]-b[0])+(a[1]-b[1])*(a[1]-b[1])+(a[2]-b[2])*(a[2]-b[2])))
		}
	}
	if i != len(points)-3 {
		t.Fatalf("point %d of %d is the last that is left", i/3, len(points)/3)
	}
	return far, longest
}

func walk(r *rand.Rand, n int, step float64) []float32 {
	out, p, v := make([]float32, 0, 3*n), [3]float64{}, [3]float64{1, 0, 0}
	for range n {
		for k := range 3 {
			v[k] = 0.9*v[k] + 0.1*r.NormFloat64()
			p[k] += step * v[k]
			out = append(out, float32(p[k]))
		}
	}
	return out
}

func TestSimplifyKeepsWithinTolerance(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, tolerance := range []float64{0.01, 0.1, 1} {
		s := simplifier{tolerance: tolerance, longest: 12}
		kept, all := 0, 0
		for range 200 {
			points := walk(r, 2+r.IntN(400), 0.5)
			left := s.simplify(nil, points)
			far, longest := worst(t, points, left)
			if far > tolerance*(1+1e-6) || longest > 12 {
				t.Fatalf("tolerance %v: %v mm off, new segments of %v mm", tolerance, far, longest)
			}
			kept, all = kept+len(left), all+len(points)
		}
		t.Logf("tolerance %v: 1 of %.1f points", tolerance, float64(all)/float64(kept))
		if tolerance > 0.01 && kept > all*2/3 {
			t.Errorf("tolerance %v leaves %d of %d", tolerance, kept, all)
		}
	}
}

func TestSimplifyCorners(t *testing.T) {
	for _, c := range []struct {
		name         string
		tolerance    float64
		points, want []float32
	}{
		{"exact", 0, []float32{0, 0, 0, 1, 0, 0, 2, 0, 0}, []float32{0, 0, 0, 1, 0, 0, 2, 0, 0}},
		{"straight", 0.1, []float32{0, 0, 0, 1, 0, 0, 2, 0, 0}, []float32{0, 0, 0, 2, 0, 0}},
		{"back", 0.1, []float32{0, 0, 0, 5, 0, 0, 2, 0, 0}, []float32{0, 0, 0, 5, 0, 0, 2, 0, 0}},
		{"before", 0.1, []float32{0, 0, 0, -3, 0, 0, 2, 0, 0}, []float32{0, 0, 0, -3, 0, 0, 2, 0, 0}},
		{"ring", 0.1, []float32{0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0}, []float32{0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0}},
		{"one place", 0.1, []float32{1, 1, 1, 1, 1, 1, 1, 1, 1}, []float32{1, 1, 1, 1, 1, 1}},
		{"long", 0.1, []float32{0, 0, 0, 8, 0, 0, 16, 0, 0, 24, 0, 0}, []float32{0, 0, 0, 8, 0, 0, 16, 0, 0, 24, 0, 0}},
		{"far away", 0.1, []float32{0, 0, 0, 1e38, 0, 0, -3e38, 3e38, 1e38}, []float32{0, 0, 0, 1e38, 0, 0, -3e38, 3e38, 1e38}},
	} {
		s := simplifier{tolerance: c.tolerance, longest: 12}
		if got := s.simplify(nil, c.points); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// A polyline whose farthest point is always the one before the last would take a pass for each of its points.
func TestSimplifyEnds(t *testing.T) {
	n := 300_000
	points := make([]float32, 3*n)
	for i := range n {
		a, r := float64(i)/10, 1e5*math.Pow(0.9999, float64(i))
		points[3*i], points[3*i+1] = float32(r*math.Cos(a)), float32(r*math.Sin(a))
	}
	for i := range 2000 { // a zigzag that grows
		points[3*i], points[3*i+1] = float32(i), float32(i*i)*float32(1-2*(i%2))
	}
	s := simplifier{tolerance: 1e-3, longest: 12}
	left := s.simplify(nil, points)
	if far, _ := worst(t, points, left); far > 1e-3 {
		t.Errorf("%v mm off", far)
	}
}

func BenchmarkSimplify(b *testing.B) {
	points := walk(rand.New(rand.NewPCG(1, 2)), 146, 0.9)
	s := simplifier{tolerance: 0.1, longest: 12}
	var out []float32
	for b.Loop() {
		out = s.simplify(out[:0], points)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/146, "ns/point")
	b.ReportMetric(146/float64(len(out)/3), "x-fewer")
}

func TestPieces(t *testing.T) {
	l := &Layout{size: [3]float64{4, 4, 4}}
	v := l.level([3]int{4, 1, 1}, 0)
	line := []float32{0.5, 0, 0, 0.9, 0, 0, 1.5, 0, 0, 2.5, 0, 0, 2.6, 0, 0, 0.1, 0, 0}
	var got [][2]int // cell and points
	v.pieces(line, func(cell uint32, part []float32) { got = append(got, [2]int{int(cell), len(part) / 3}) })
	if want := [][2]int{{0, 3}, {1, 2}, {2, 3}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for _, far := range []float32{1e38, -1e38} {
		if c := v.cell([]float32{far, far, far}); c != map[bool]uint32{true: 3}[far > 0] {
			t.Errorf("%v is in cell %d", far, c)
		}
	}
	grid := l.level([3]int{2, 4, 8}, 0)
	for n := range grid.cells {
		p := grid.place(n)
		at := []float32{float32(p[0]) * 2, float32(p[1]) * 1, float32(p[2]) * 0.5}
		if got := grid.cell(at); got != n {
			t.Errorf("cell %d has the place %v, which is in %d", n, p, got)
		}
	}
}

func TestIdentifier(t *testing.T) {
	taken := map[string]bool{}
	for _, c := range [][2]string{
		{"mean_fa", "mean_fa"},
		{"mean_FA  (x)", "mean_FA_x"},
		{"mean_gl__x", "mean_gl_x"},
		{"mean_", "mean"},
		{"mean_é", "mean_2"},
		{"mean_fa", "mean_fa_2"},
		{"p_0123456789012345678901234567890123456789012", "p_01234567890123456789012345678901234567"},
	} {
		if got := identifier(c[0], taken); got != c[1] {
			t.Errorf("%q is %q, want %q", c[0], got, c[1])
		}
	}
}
