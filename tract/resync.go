package tract

// The streamlines of a .trk file can be found from anywhere in it: their counts of points, read as float32, are numbers below
// 1.5e-40, which neither coordinates nor scalars are.
const (
	maxSync  = 100_000 // points of a streamline that is looked for
	minChain = 3       // streamlines that must follow each other, or else the file's end
	maxEmpty = 64      // streamlines without points in between
)

// resync returns the offset in b of the first streamline with points that begins at b[at:] or behind, where b is what a
// file of size bytes holds from begin on. It is -1 if there is none, or none that is sure: those behind it must be in b, too.
func (f *trkForm) resync(b []byte, at int, begin, size int64) int {
	for ; at+4 <= len(b); at += 4 {
		if n := f.points(b[at:]); n >= 1 && n <= maxSync && f.chained(b, at, begin, size) {
			return at
		}
	}
	return -1
}

// chained reports whether streamlines follow each other from b[at:] on.
func (f *trkForm) chained(b []byte, at int, begin, size int64) bool {
	next, found, empty := int64(at), 0, 0
	for found < minChain {
		if next+4 > int64(len(b)) {
			return begin+next == size
		}
		n := f.points(b[next:])
		switch {
		case n < 0 || n > maxSync:
			return false
		case n > 0:
			found++
		default:
			if empty++; empty > maxEmpty {
				return false
			}
		}
		if next += f.record(n); begin+next > size {
			return false
		}
	}
	return true
}
