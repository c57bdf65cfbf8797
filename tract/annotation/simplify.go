package annotation

import "math"

// A span is a part of a polyline between two of its points, and how often it was cut out of a longer one.
type span struct{ from, to, depth int32 }

// deepest is how often a span is cut at its farthest point; after that it is cut in the middle, so that no polyline takes
// more than some dozen passes over its points.
const deepest = 24

// coarse is how many points of a segment that is too long are looked at.
const coarse = 4

// A simplifier leaves out points of polylines. Its stack is reused.
type simplifier struct {
	tolerance float64 // mm
	longest   float64 // mm, of segments that may arise
	stack     []span
}

// simplify appends to out the points that remain: the ends, and as many others as are needed so that no point is farther
// from the remaining polyline than the tolerance (Douglas and Peucker, 1973, https://doi.org/10.3138/FM57-6770-U75U-7727).
// A tolerance of 0 leaves out none. Segments longer than longest arise only where the polyline has them itself.
func (s *simplifier) simplify(out, points []float32) []float32 {
	n := int32(len(points) / 3)
	if s.tolerance <= 0 || n <= 2 {
		return append(out, points...)
	}
	limit, longest := s.tolerance*s.tolerance, s.longest*s.longest
	out = append(out, points[:3]...)
	s.stack = append(s.stack[:0], span{to: n - 1})
	for len(s.stack) > 0 {
		top := s.stack[len(s.stack)-1]
		s.stack = s.stack[:len(s.stack)-1]
		if top.to-top.from > 1 {
			at, far, length := farthest(points, top.from, top.to, longest)
			if far > limit || length > longest {
				if far <= limit || top.depth >= deepest {
					at = (top.from + top.to) / 2
				}
				s.stack = append(s.stack, span{at, top.to, top.depth + 1}, span{top.from, at, top.depth + 1})
				continue
			}
		}
		out = append(out, points[3*top.to:][:3]...)
	}
	return out
}

// farthest returns which point between a and b is farthest from the segment ab, the square of its distance, and the square of
// the segment's length, in mm². Squares are those of float64, as coordinates may be anything. Of a segment that is too long
// and will be cut in any case, it looks at some of the points only.
func farthest(points []float32, a, b int32, longest float64) (at int32, far, length float64) {
	ax, ay, az := float64(points[3*a]), float64(points[3*a+1]), float64(points[3*a+2])
	dx, dy, dz := float64(points[3*b])-ax, float64(points[3*b+1])-ay, float64(points[3*b+2])-az
	length = dx*dx + dy*dy + dz*dz
	per, step := 0.0, int32(1)
	if length > 0 {
		per = 1 / length
	}
	if length > longest {
		step = max(1, (b-a)/coarse)
	}
	far, at = -1, a+1
	for i := a + 1; i < b; i += step {
		p := points[3*i:][:3]
		x, y, z := float64(p[0])-ax, float64(p[1])-ay, float64(p[2])-az
		t, d := x*dx+y*dy+z*dz, x*x+y*y+z*z
		switch {
		case t >= length: // beyond b
			d += length - 2*t
		case t > 0: // beside the segment
			d -= t * t * per
		}
		if d > far {
			far, at = d, i
		}
	}
	return at, far, length
}

// lengthOf is the length of a polyline in mm, at most the greatest float32.
func lengthOf(points []float32) float32 {
	sum := 0.0
	for ; len(points) >= 6; points = points[3:] {
		x, y, z := float64(points[3])-float64(points[0]), float64(points[4])-float64(points[1]), float64(points[5])-float64(points[2])
		sum += math.Sqrt(x*x + y*y + z*z)
	}
	return float32(min(sum, math.MaxFloat32))
}
