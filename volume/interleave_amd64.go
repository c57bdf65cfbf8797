package volume

// weave2 interleaves n bytes of two planes; n is a positive multiple of 16. It uses SSE2, which every amd64 has.
//
//go:noescape
func weave2(dst, a, b *byte, n int)

// weave4 interleaves n bytes of four planes; n is a positive multiple of 16.
//
//go:noescape
func weave4(dst, a, b, c, d *byte, n int)

// interleaveFast does as many elements as it can sixteen at a time, and returns their number. The planes are of equal
// length, and dst holds all their elements.
func interleaveFast(dst []byte, planes [][]byte) int {
	n := len(planes[0]) &^ 15
	if n == 0 || len(dst) < n*len(planes) {
		return 0
	}
	for _, p := range planes {
		if len(p) < n {
			return 0
		}
	}
	switch len(planes) {
	case 2:
		weave2(&dst[0], &planes[0][0], &planes[1][0], n)
	case 4:
		weave4(&dst[0], &planes[0][0], &planes[1][0], &planes[2][0], &planes[3][0], n)
	default:
		return 0
	}
	return n
}
