package tract

// shift12 multiplies n numbers by factors and adds terms; n is a positive multiple of 12. It uses SSE2, which every
// amd64 has.
//
//go:noescape
func shift12(out, rows *float32, n int, factors, terms *[12]float32)

// finite16 is allFinite for n numbers, a positive multiple of 16.
//
//go:noescape
func finite16(p *float32, n int) bool

// shiftFast moves as many numbers as it can four points at a time, and returns how many.
func (m *mover) shiftFast(out, rows []float32) int {
	n := min(len(out), len(rows)) / 12 * 12
	if n > 0 {
		shift12(&out[0], &rows[0], n, &m.factors, &m.terms)
	}
	return n
}

// finiteFast looks at as many numbers as it can sixteen at a time. It returns how many, and whether all of them are finite.
func finiteFast(p []float32) (int, bool) {
	n := len(p) &^ 15
	return n, n == 0 || finite16(&p[0], n)
}
