package annotation

import "math"

// A simplifier leaves out points of polylines.
type simplifier struct {
	tolerance float64 // mm
	longest   float64 // mm, of segments that may arise
}

const (
	usualStep = 8   // points of the segment that is tried first
	careful   = 0.9 // of what the next one may have is tried, as trying again takes longer than one more segment
)

// simplify appends to out the points that remain: the ends, and as many others as are needed so that no point is farther
// from the remaining polyline than the tolerance. A tolerance of 0 leaves out none. Segments longer than longest arise only
// where the polyline has them itself.
//
// It goes along the polyline and makes each segment about as long as it can be. How far that is it learns from how far off
// the points of the segment before were: on a curve, by the square of its length. So it looks at a point once or twice,
// where dividing a polyline again and again (Douglas and Peucker) does more often, and leaves more points.
func (s *simplifier) simplify(out, points []float32) []float32 {
	if s.tolerance <= 0 || len(points) <= 6 {
		return append(out, points...)
	}
	limit, longest := s.tolerance*s.tolerance, s.longest*s.longest
	out = append(out, points[:3]...)
	for step := usualStep; len(points) > 3; {
		n := min(step, len(points)/3-1)
		far, length := farthest(points[:3*n+3])
		for n > 1 && (far > limit || length > longest) {
			n = max(1, min(n-1, int(float32(n)*min(ahead(limit, far, 4), ahead(longest, length, 2)))))
			far, length = farthest(points[:3*n+3])
		}
		points = points[3*n:]
		out = append(out, points[:3]...)
		step = 1 + int(careful*float32(n)*min(ahead(limit, far, 4), ahead(longest, length, 2)))
	}
	return out
}

// ahead is about how much longer a segment of a curve may be, at most twice, if a number that grows with such a power of the
// length may be more. The bits of a float32, as an integer, are about its logarithm: so this takes no roots.
func ahead(may, is float64, power int32) float32 {
	more := int32(math.Float32bits(float32(may))) - int32(math.Float32bits(float32(is)))
	const one = 1 << 23
	return math.Float32frombits(uint32(127*one + min(max(more/power, -64*one), one)))
}

// farthest returns the square of the distance of the farthest of points from the segment between the first and the last
// one, and the square of that segment's length, in mm². Squares are those of float64, as coordinates may be anything.
func farthest(points []float32) (far, length float64) {
	ax, ay, az := float64(points[0]), float64(points[1]), float64(points[2])
	end := points[len(points)-3:]
	dx, dy, dz := float64(end[0])-ax, float64(end[1])-ay, float64(end[2])-az
	length = dx*dx + dy*dy + dz*dz
	per := 0.0
	if length > 0 {
		per = 1 / length
	}
	for points = points[3:]; len(points) >= 6; points = points[3:] {
		x, y, z := float64(points[0])-ax, float64(points[1])-ay, float64(points[2])-az
		t, d := x*dx+y*dy+z*dz, x*x+y*y+z*z
		switch {
		case t >= length: // beyond the end
			d += length - 2*t
		case t > 0: // beside the segment
			d -= t * t * per
		}
		if d > far {
			far = d
		}
	}
	return far, length
}
