package phantom

import "math"

// The folds follow the level lines of a sum of waves over the surface: where
// the sum is zero, a sulcus cuts in at a right angle. Such lines wind and
// branch as sulci do.

const (
	sulcusDeepest = 24.0
	sulcusHalf    = 0.5  // half the width of a sulcus
	foldRadius    = 72.0 // of the sphere on which the waves live
)

// A wave is a plane wave on the sphere.
type wave struct {
	k     vec // direction times angular frequency, per mm
	phase float64
	tilt  float64 // how the phase turns with depth, per mm: sulci are not quite radial
}

//nolint:gochecknoglobals // a table; never changes
var foldWaves = []wave{
	{vec{0.245, 0.100, 0.073}, 0.4, 0.041},
	{vec{-0.074, 0.255, 0.092}, 2.1, -0.037},
	{vec{0.135, -0.057, 0.238}, 3.9, 0.033},
	{vec{-0.157, 0.140, -0.182}, 5.2, 0.044},
	{vec{0.189, 0.196, -0.066}, 1.3, -0.042},
	{vec{0.052, -0.205, 0.189}, 4.6, 0.036},
	{vec{-0.224, -0.085, 0.146}, 0.9, -0.032},
}

// sulcusDistance is the distance in mm from the nearest sulcus, for a point
// this deep below the hull; negative inside it.
func sulcusDistance(p vec, hull float64) float64 {
	r := p.sub(vec{0, -17, 12}) // sulci point to there
	direction := r.over(vec{67, 87, 56})
	direction = direction.times(1 / max(direction.length(), 1e-9))
	q := wind(direction.times(foldRadius), hull)
	var sum float64
	var gradient vec
	for _, w := range foldWaves {
		sin, cos := math.Sincos(w.k.dot(q) + w.phase + w.tilt*hull)
		sum += sin
		gradient = gradient.add(w.k.times(cos))
	}
	gradient = gradient.sub(direction.times(gradient.dot(direction)))
	slope := gradient.length() * foldRadius / max(r.length(), 1)
	// The floor keeps points where lines meet from becoming lakes of fluid.
	aside := math.Abs(sum)/max(slope, 0.22) - sulcusHalf
	below := hull - sulcusDepth(p, q)
	if below <= 0 {
		return aside
	}
	return math.Hypot(max(aside, 0), below)
}

// wind bends the pattern, more so with depth, so that no sulcus is straight.
func wind(q vec, hull float64) vec {
	return q.add(vec{
		2.6 * math.Sin(q.z/8+hull/6),
		2.6 * math.Sin(q.x/9-hull/5),
		2.6 * math.Sin(q.y/8+hull/7),
	})
}

// sulcusDepth varies from place to place. The temporal lobe is thin, so its sulci are shallow.
func sulcusDepth(p, q vec) float64 {
	depth := sulcusDeepest - 6 + 6*math.Sin(q.x/13+q.y/17+q.z/15)
	return depth * (0.42 + 0.58*smoothstep(-8, 14, p.z))
}

func cerebellumHull(right vec) float64 {
	if right.z > 18 {
		return far
	}
	half := ellipsoid(right, vec{23, -63, -38}, vec{29, 29, 21})
	vermis := ellipsoid(right, vec{0, -64, -35}, vec{14, 25, 19})
	return union(half, vermis, 9)
}

const (
	foliaPitch = 5.2 // mm from one fissure to the next
	foliaDepth = 11.0
)

// paintCerebellum paints thin parallel leaves around a tree of white matter.
func paintCerebellum(m *mix, right vec, hull float64) {
	if hull < -edge {
		return
	}
	across := right.z + 0.32*math.Hypot(right.x*0.6, right.y+38) + 1.2*math.Sin(right.x/7)
	aside := math.Abs(math.Sin(across*math.Pi/foliaPitch))*foliaPitch/math.Pi - 0.3
	pial := hull
	if below := hull - foliaDepth; below <= 0 {
		pial = min(pial, aside)
	} else {
		pial = min(pial, math.Hypot(max(aside, 0), below))
	}
	m.paint(fluid, cover(hull))
	m.paint(folia, cover(pial))
	m.paint(arbor, cover(pial-1.2))
	m.paint(folia, 0.8*cover(ellipsoid(right, vec{15, -56, -36}, vec{6, 5, 3.5}))) // dentate nucleus
}
