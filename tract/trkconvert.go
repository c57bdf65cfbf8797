package tract

import (
	"math"
	"slices"
)

// convert appends points, stored in rows with their scalars, to b.
//
// It computes in double precision, term by term as nibabel does, so that the results are the same bit for bit.
func (f *trkForm) convert(b *Batch, rows []float32) {
	width := 3 + f.scalars
	n, at := len(rows)/width, len(b.Points)
	b.Points = slices.Grow(b.Points, 3*n)[:at+3*n]
	out := b.Points[at:]
	a := &f.affine
	straight := a[0][1] == 0 && a[0][2] == 0 && a[1][0] == 0 && a[1][2] == 0 && a[2][0] == 0 && a[2][1] == 0
	switch {
	case straight && f.scalars == 0:
		scale(a, out, rows)
	case f.scalars == 0:
		turn(a, out, rows, 3)
	default:
		turn(a, out, rows, width)
		at = len(b.Scalars)
		b.Scalars = slices.Grow(b.Scalars, n*f.scalars)[:at+n*f.scalars]
		for to := b.Scalars[at:]; len(rows) >= width; rows = rows[width:] {
			to = to[copy(to, rows[3:width]):]
		}
	}
}

// scale is turn for a matrix without anything beside its diagonal.
func scale(a *[3][4]float64, out, rows []float32) {
	if single(a) {
		shift(a, out, rows)
		return
	}
	sx, sy, sz := a[0][0], a[1][1], a[2][2]
	dx, dy, dz := a[0][3]+0, a[1][3]+0, a[2][3]+0 // -0+0 is 0
	rows = rows[:len(out)]
	for i := 2; i < len(out); i += 3 {
		out[i-2] = float32(sx*float64(rows[i-2]) + dx)
		out[i-1] = float32(sy*float64(rows[i-1]) + dy)
		out[i] = float32(sz*float64(rows[i]) + dz)
	}
}

// single says that the numbers of a diagonal matrix are of single precision, its factors 1 or -1, as they are for most
// files. Then computing in single precision gives the same bits: one sum is rounded, and a sum of two such numbers that
// is rounded to double precision first is not another one in the end (Figueroa, 1995).
func single(a *[3][4]float64) bool {
	for k := range 3 {
		if d := a[k][3]; math.Abs(a[k][k]) != 1 || float64(float32(d)) != d {
			return false
		}
	}
	return true
}

// shift is scale for a matrix of single precision.
func shift(a *[3][4]float64, out, rows []float32) {
	sx, sy, sz := float32(a[0][0]), float32(a[1][1]), float32(a[2][2])
	dx, dy, dz := float32(a[0][3])+0, float32(a[1][3])+0, float32(a[2][3])+0 // -0+0 is 0
	rows = rows[:len(out)]
	for i := 2; i < len(out); i += 3 {
		out[i-2] = sx*rows[i-2] + dx
		out[i-1] = sy*rows[i-1] + dy
		out[i] = sz*rows[i] + dz
	}
}

// turn applies a to the points at the beginning of rows of a width.
func turn(a *[3][4]float64, out, rows []float32, width int) {
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
