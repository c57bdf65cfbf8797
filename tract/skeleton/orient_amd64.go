package skeleton

// orient4 is orientUsual for n points, a positive multiple of 4; line begins with the first one's predecessor. It stops
// at four points of which one has an unusual square, and uses SSE2, which every amd64 has.
//
//go:noescape
func orient4(out, line *float32, n int, least, greatest float32) int

// orientFast does as many points as it can four at a time, and returns how many; it stops where orientUsual does, or up to
// three points before. There is a point more at either end of points.
func orientFast(units, points [][3]float32) int {
	n := min(len(units), len(points)-2) &^ 3
	if n <= 0 {
		return 0
	}
	return orient4(&units[0][0], &points[0][0], n, leastSquare, greatestSquare)
}
