package skeleton

import "ngportal/tract"

// Whole is one object of all streamlines of f, however many: what a benchmark compares with other programs.
func Whole(f *tract.File) *Skeleton {
	points, lines, _ := f.Vertices()
	return &Skeleton{vertices: points, edges: points - lines, each: walk(f, nil, 0)}
}

// Portable is what a machine of the other byte order writes, and Casts what this one does.
func Portable(f []float32, p []uint64) (floats, pairs []byte) { return copied(f), copiedPairs(p) }
func Casts(f []float32, p []uint64) (floats, pairs []byte)    { return bytesOf(f), bytesOfPairs(p) }

// Orient are the orientations at all points of a streamline, and OrientPlain those made without instructions for several
// points at once.
func Orient(line []float32) []float32 {
	out := make([]float32, len(line))
	orient(out, line, 0)
	return out
}

func OrientPlain(line []float32) []float32 {
	out := Orient(line)
	points, units := vectors(line), vectors(out)
	for i := 1; i+1 < len(points); i++ {
		if orientUsual(units[i:i+1], points[i-1:i], points[i+1:i+2]) == 0 {
			units[i] = unit(points[i-1], points[i+1])
		}
	}
	return out
}

// Connect are so many edges from a vertex on.
func Connect(edges int, vertex uint64) []uint64 {
	out := make([]uint64, edges)
	connect(out, vertex)
	return out
}
