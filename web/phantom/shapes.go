package phantom

import "math"

// A vec is a position or a direction in millimeters.
type vec struct{ x, y, z float64 } // a struct, because the compiler keeps no array in registers

func (a vec) add(b vec) vec            { return vec{a.x + b.x, a.y + b.y, a.z + b.z} }
func (a vec) sub(b vec) vec            { return vec{a.x - b.x, a.y - b.y, a.z - b.z} }
func (a vec) times(f float64) vec      { return vec{a.x * f, a.y * f, a.z * f} }
func (a vec) by(b vec) vec             { return vec{a.x * b.x, a.y * b.y, a.z * b.z} }
func (a vec) over(b vec) vec           { return vec{a.x / b.x, a.y / b.y, a.z / b.z} }
func (a vec) dot(b vec) float64        { return a.x*b.x + a.y*b.y + a.z*b.z }
func (a vec) array() [3]float64        { return [3]float64{a.x, a.y, a.z} }
func (a vec) length() float64          { return math.Sqrt(a.dot(a)) }
func (a vec) mirrored() vec            { return vec{-a.x, a.y, a.z} }
func (a vec) distance(b vec) float64   { return a.sub(b).length() }
func (a vec) mix(b vec, f float64) vec { return a.add(b.sub(a).times(f)) }

// Shapes answer how deep a point lies below their surface: millimeters, negative outside.

// ellipsoid is exact at the surface and a fair approximation elsewhere.
func ellipsoid(p, center, half vec) float64 {
	d := p.sub(center).over(half)
	k0 := d.length()
	k1 := d.over(half).length()
	if k1 == 0 {
		return min(half.x, half.y, half.z)
	}
	return k0 * (1 - k0) / k1
}

// ellipse is the two-dimensional [ellipsoid] in the y-z plane.
func ellipse(y, z, halfY, halfZ float64) float64 {
	return ellipsoid(vec{0, y, z}, vec{}, vec{1, halfY, halfZ})
}

// capsule is a thick line whose radius goes from ra at a to rb at b.
func capsule(p, a, b vec, ra, rb float64) float64 {
	d, t := toSegment(p, a, b)
	return ra + (rb-ra)*t - d
}

// toSegment returns the distance of p from the line between a and b, and how far along it the nearest point lies.
func toSegment(p, a, b vec) (distance, t float64) {
	ab := b.sub(a)
	t = clamp(p.sub(a).dot(ab)/ab.dot(ab), 0, 1)
	return p.distance(a.add(ab.times(t))), t
}

// A knot is a point of a tube and the tube's radius there.
type knot struct {
	at     vec
	radius float64
}

// tube is a chain of capsules.
func tube(p vec, knots []knot) float64 {
	depth := math.Inf(-1)
	for i := 1; i < len(knots); i++ {
		a, b := knots[i-1], knots[i]
		depth = max(depth, capsule(p, a.at, b.at, a.radius, b.radius))
	}
	return depth
}

// union joins two depths; within k millimeters the seam is rounded.
func union(a, b, k float64) float64 {
	h := max(k-math.Abs(a-b), 0) / k
	return max(a, b) + h*h*k/4
}

// common is the part two shapes share; within k millimeters the edge is rounded.
func common(a, b, k float64) float64 { return -union(-a, -b, k) }

// edge is half the width, in millimeters, over which one tissue gives way to the next.
const edge = 0.7

// cover is the share of a point that lies inside a surface it is this deep below.
func cover(depth float64) float64 { return smoothstep(-edge, edge, depth) }

// smoothstep rises from 0 at a to 1 at b.
func smoothstep(a, b, x float64) float64 {
	t := clamp((x-a)/(b-a), 0, 1)
	return t * t * (3 - 2*t)
}

func clamp(x, low, high float64) float64 { return max(low, min(high, x)) }
