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
