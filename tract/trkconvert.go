package tract

import (
	"math"
	"slices"
)

// A mover takes stored points to RAS mm.
//
// It computes in double precision, term by term as nibabel does, so that the results are the same bit for bit.
type mover struct {
	affine   [3][4]float64
	straight bool // nothing is beside the diagonal
	single   bool

	factors, terms [12]float32 // the diagonal and the last column, for four points
}

func moverOf(a [3][4]float64) mover {
	m := mover{affine: a, straight: true, single: true}
	for i := range 3 {
		for j := range 3 {
			m.straight = m.straight && (i == j || a[i][j] == 0)
		}
	}
	// If a diagonal matrix is of single precision, its factors 1 or -1, as for most files, then computing in single
	// precision gives the same bits: one sum is rounded, and a sum of two such numbers that is rounded to double
	// precision first is not another one in the end (Figueroa, 1995).
	for k := range 3 {
		d := a[k][3]
		m.single = m.single && math.Abs(a[k][k]) == 1 && float64(float32(d)) == d
	}
	for i := range m.terms {
		m.factors[i], m.terms[i] = float32(a[i%3][i%3]), float32(a[i%3][3])+0 // -0+0 is 0
	}
	return m
}

// convert appends points, stored in rows with their scalars, to b.
func (f *trkForm) convert(b *Batch, rows []float32) {
	width := 3 + f.scalars
	n, at := len(rows)/width, len(b.Points)
	b.Points = slices.Grow(b.Points, 3*n)[:at+3*n]
	out := b.Points[at:]
	switch m := &f.place; {
	case f.scalars > 0:
		m.turn(out, rows, width)
		at = len(b.Scalars)
		b.Scalars = slices.Grow(b.Scalars, n*f.scalars)[:at+n*f.scalars]
		for to := b.Scalars[at:]; len(rows) >= width; rows = rows[width:] {
			to = to[copy(to, rows[3:width]):]
		}
	case !m.straight:
		m.turn(out, rows, 3)
	case m.single:
		n := m.shiftFast(out, rows)
		m.shift(out[n:], rows[n:])
	default:
		m.scale(out, rows)
	}
}

// scale is turn for a matrix without anything beside its diagonal.
func (m *mover) scale(out, rows []float32) {
	a := &m.affine
	sx, sy, sz := a[0][0], a[1][1], a[2][2]
	dx, dy, dz := a[0][3]+0, a[1][3]+0, a[2][3]+0 // -0+0 is 0
	rows = rows[:len(out)]
	for i := 2; i < len(out); i += 3 {
		out[i-2] = float32(sx*float64(rows[i-2]) + dx)
		out[i-1] = float32(sy*float64(rows[i-1]) + dy)
		out[i] = float32(sz*float64(rows[i]) + dz)
	}
}

// shift is scale for a matrix of single precision.
func (m *mover) shift(out, rows []float32) {
	sx, sy, sz := m.factors[0], m.factors[1], m.factors[2]
	dx, dy, dz := m.terms[0], m.terms[1], m.terms[2]
	rows = rows[:len(out)]
	for i := 2; i < len(out); i += 3 {
		out[i-2] = sx*rows[i-2] + dx
		out[i-1] = sy*rows[i-1] + dy
		out[i] = sz*rows[i] + dz
	}
}

// turn applies the affine to the points at the beginning of rows of a width.
func (m *mover) turn(out, rows []float32, width int) {
	a := &m.affine
	for ; len(out) >= 3 && len(rows) >= 3; out = out[3:] {
		x, y, z := float64(rows[0]), float64(rows[1]), float64(rows[2])
		out[0] = float32(a[0][0]*x + a[0][1]*y + a[0][2]*z + a[0][3])
		out[1] = float32(a[1][0]*x + a[1][1]*y + a[1][2]*z + a[1][3])
		out[2] = float32(a[2][0]*x + a[2][1]*y + a[2][2]*z + a[2][3])
		if len(rows) < width {
			return
		}
		rows = rows[width:]
	}
}
