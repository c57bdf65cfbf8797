package tract

// Locate is where the first streamline of a .trk file begins at or behind a place.
func (f *File) Locate(from int64) (int64, error) { return f.format.(*trkFile).locate(from) }

// Resync is the same by what follows that place alone; -1 if that does not tell.
func (f *File) Resync(b []byte, from int64) int64 {
	t := f.format.(*trkFile)
	if at := t.resync(b[from:], 0, from, int64(len(b))); at >= 0 {
		return from + int64(at)
	}
	return -1
}

// Shift is what a .trk file with factors of 1 or -1 and these terms does to points, and ShiftPlain what it does without
// instructions for several points at once.
func Shift(factors, terms [3]float32, rows []float32) []float32 {
	m, out := diagonal(factors, terms), make([]float32, len(rows))
	n := m.shiftFast(out, rows)
	m.shift(out[n:], rows[n:])
	return out
}

func ShiftPlain(factors, terms [3]float32, rows []float32) []float32 {
	m, out := diagonal(factors, terms), make([]float32, len(rows))
	m.shift(out, rows)
	return out
}

func diagonal(factors, terms [3]float32) mover {
	var a [3][4]float64
	for k := range 3 {
		a[k][k], a[k][3] = float64(factors[k]), float64(terms[k])
	}
	return moverOf(a)
}

// AllFinite looks for numbers that are not finite, and AllFinitePlain does so without such instructions.
func AllFinite(p []float32) bool      { return allFinite(p) }
func AllFinitePlain(p []float32) bool { return finiteEach(p) }
