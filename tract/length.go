package tract

import "math"

// Length is that of a streamline: the sum of the distances between points that follow each other, given as x, y, z
// row after row. Each distance is one of single precision.
func Length(points []float32) float64 {
	var low, high [3]float32
	return measure(points, &low, &high)
}

// measure is [Length], and makes bounds so wide that the points lie inside: while it waits for roots.
func measure(points []float32, low, high *[3]float32) float64 {
	ax, ay, az := low[0], low[1], low[2]
	bx, by, bz := high[0], high[1], high[2]
	sum := 0.0
	for ; len(points) >= 3; points = points[3:] {
		x, y, z := points[0], points[1], points[2]
		if x < ax {
			ax = x
		}
		if x > bx {
			bx = x
		}
		if y < ay {
			ay = y
		}
		if y > by {
			by = y
		}
		if z < az {
			az = z
		}
		if z > bz {
			bz = z
		}
		if len(points) < 6 {
			break
		}
		dx, dy, dz := points[3]-x, points[4]-y, points[5]-z
		if square := dx*dx + dy*dy + dz*dz; square <= math.MaxFloat32 {
			sum += float64(float32(math.Sqrt(float64(square))))
		} else {
			sum += far(points[:6])
		}
	}
	*low, *high = [3]float32{ax, ay, az}, [3]float32{bx, by, bz}
	return sum
}

// far is the distance between two points where its square is more than a float32 can be.
func far(p []float32) float64 {
	x, y, z := float64(p[3])-float64(p[0]), float64(p[4])-float64(p[1]), float64(p[5])-float64(p[2])
	return math.Sqrt(x*x + y*y + z*z)
}
