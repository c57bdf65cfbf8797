package xfm

import "math"

// minDeterminant is the smallest determinant, of a matrix whose rows have been made unit vectors, that is not zero.
const minDeterminant = 1e-12

// Identity leaves points where they are.
func Identity() Matrix { return Matrix{{0: 1}, {1: 1}, {2: 1}} }

// Then returns the matrix that applies m first and next after it.
func (m Matrix) Then(next Matrix) Matrix {
	var out Matrix
	for i := range 3 {
		for j := range 4 {
			for k := range 3 {
				out[i][j] += next[i][k] * m[k][j]
			}
		}
		out[i][3] += next[i][3]
	}
	return out
}

// Apply moves a point.
func (m Matrix) Apply(p [3]float64) [3]float64 {
	var out [3]float64
	for i, row := range m {
		out[i] = row[0]*p[0] + row[1]*p[1] + row[2]*p[2] + row[3]
	}
	return out
}

// Inverse returns the matrix that undoes m. ok is false when there is none: m is singular or not finite. Singular is
// a matrix whose rows, as unit vectors, span a volume below 1e-12; that does not depend on the unit of length.
func (m Matrix) Inverse() (inverse Matrix, ok bool) {
	linear, ok := invert3(m.linear())
	if !ok {
		return Matrix{}, false
	}
	for i, row := range linear {
		for j, v := range row {
			inverse[i][j] = v
			inverse[i][3] -= v * m[j][3]
		}
	}
	return inverse, inverse.finite()
}

// Rotation is the rotation nearest to m's linear part (of its polar decomposition), by which directions turn. ok is
// false when m is singular, not finite, or a reflection; a reflection gives the nearest orthogonal matrix all the same.
func (m Matrix) Rotation() (r [3][3]float64, ok bool) {
	r = m.linear()
	var most float64
	for _, row := range r {
		most = max(most, norm3(row))
	}
	if _, regular := invert3(r); !regular {
		return [3][3]float64{}, false
	}
	for i := range r {
		for j := range r[i] {
			r[i][j] /= most
		}
	}
	// Newton's iteration (Higham 1986): the mean of a matrix and its inverse transpose has the same orthogonal factor.
	const rounds = 100 // 1e-12 needs 40 halvings
	for range rounds {
		inverse, regular := invert3(r)
		if !regular {
			return [3][3]float64{}, false
		}
		var change float64
		next := r
		for i := range 3 {
			for j := range 3 {
				next[i][j] = (r[i][j] + inverse[j][i]) / 2
				change = max(change, math.Abs(next[i][j]-r[i][j]))
			}
		}
		if r = next; change < 1e-15 {
			break
		}
	}
	return r, determinant(r) > 0
}

func (m Matrix) linear() [3][3]float64 {
	var out [3][3]float64
	for i, row := range m {
		copy(out[i][:], row[:3])
	}
	return out
}

func (m Matrix) finite() bool {
	for _, row := range m {
		for _, v := range row {
			if !finite(v) {
				return false
			}
		}
	}
	return true
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func norm3(v [3]float64) float64 { return math.Hypot(math.Hypot(v[0], v[1]), v[2]) }

func determinant(m [3][3]float64) float64 {
	return m[0][0]*cofactor(m, 0, 0) + m[0][1]*cofactor(m, 0, 1) + m[0][2]*cofactor(m, 0, 2)
}

// cofactor of a 3×3 matrix has its sign by the cyclic order of the indices.
func cofactor(m [3][3]float64, i, j int) float64 {
	a, b, c, d := (i+1)%3, (i+2)%3, (j+1)%3, (j+2)%3
	return m[a][c]*m[b][d] - m[a][d]*m[b][c]
}

// invert3 inverts by cofactors; the rows are made unit vectors before, so that no product overflows.
func invert3(m [3][3]float64) (inverse [3][3]float64, ok bool) {
	var length [3]float64
	for i, row := range m {
		if length[i] = norm3(row); !finite(length[i]) || length[i] == 0 {
			return inverse, false
		}
		for j := range row {
			m[i][j] /= length[i]
		}
	}
	det := determinant(m)
	if math.Abs(det) < minDeterminant || !finite(det) {
		return inverse, false
	}
	for i := range 3 {
		for j := range 3 {
			inverse[j][i] = cofactor(m, i, j) / det / length[i]
			if !finite(inverse[j][i]) {
				return inverse, false
			}
		}
	}
	return inverse, true
}
