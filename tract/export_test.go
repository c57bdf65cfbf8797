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
