package xfm_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"ngportal/xfm"
)

// TestMatrix checks random matrices of every unit of length by what inverse and rotation mean.
func TestMatrix(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for trial := range 500 {
		unit := math.Pow(10, float64(trial%13-6))
		var m xfm.Matrix
		for i := range m {
			for j := range m[i] {
				m[i][j] = rng.NormFloat64() * unit
			}
		}
		p := [3]float64{rng.Float64() * 100, rng.Float64() * 100, rng.Float64() * 100}
		inverse, ok := m.Inverse()
		if !ok {
			t.Fatalf("trial %d: %v has no inverse", trial, m)
		}
		back := m.Then(inverse).Apply(p)
		for i := range back {
			if math.Abs(back[i]-p[i]) > 1e-7 {
				t.Fatalf("trial %d: %v comes back as %v", trial, p, back)
			}
		}
		r, ok := m.Rotation()
		if reflection := det(m) < 0; ok == reflection {
			t.Errorf("trial %d: ok %t, determinant %g", trial, ok, det(m))
		}
		wantPolar(t, trial, m, r)
	}
}

// wantPolar checks that r is orthogonal, and that rᵀm is symmetric with a positive diagonal, which only the nearest
// orthogonal matrix has.
func wantPolar(t *testing.T, trial int, m xfm.Matrix, r [3][3]float64) {
	t.Helper()
	scale := 0.0
	for _, row := range m {
		scale = max(scale, math.Abs(row[0]), math.Abs(row[1]), math.Abs(row[2]))
	}
	var own, stretch [3][3]float64
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				own[i][j] += r[k][i] * r[k][j]
				stretch[i][j] += r[k][i] * m[k][j] / scale
			}
		}
	}
	for i := range 3 {
		for j := range 3 {
			want := 0.0
			if i == j {
				want = 1
			}
			if math.Abs(own[i][j]-want) > 1e-9 || math.Abs(stretch[i][j]-stretch[j][i]) > 1e-9 || stretch[i][i] <= 0 {
				t.Fatalf("trial %d: rotation %v of %v is not its polar factor", trial, r, m)
			}
		}
	}
}

func det(m xfm.Matrix) float64 {
	return m[0][0]*(m[1][1]*m[2][2]-m[1][2]*m[2][1]) - m[0][1]*(m[1][0]*m[2][2]-m[1][2]*m[2][0]) + m[0][2]*(m[1][0]*m[2][1]-m[1][1]*m[2][0])
}

func TestMatrixHasNoInverse(t *testing.T) {
	nan := xfm.Identity()
	nan[1][1] = math.NaN()
	far := xfm.Identity()
	far[0][3] = math.Inf(1)
	for name, m := range map[string]xfm.Matrix{
		"zero": {}, "flat": {{0: 1}, {1: 1}, {0: 1, 1: 1}}, "NaN": nan, "infinite": far,
		"overflowing": {{0: 1e-300, 3: 1e300}, {1: 1}, {2: 1}},
	} {
		if inverse, ok := m.Inverse(); ok {
			t.Errorf("%s: inverse %v", name, inverse)
		}
		if r, ok := m.Rotation(); ok && (name == "zero" || name == "flat" || name == "NaN") {
			t.Errorf("%s: rotation %v", name, r)
		}
	}
	huge := xfm.Matrix{{0: 1e200}, {1: 1e200}, {2: 1e200}}
	if _, ok := huge.Inverse(); !ok {
		t.Error("a large scale is no reason to have no inverse")
	}
}
