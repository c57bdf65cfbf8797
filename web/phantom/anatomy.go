package phantom

import "math"

// The head is modeled in RAS+ millimeters with the origin near the anterior
// commissure. Paired structures are written for the right side (x > 0).

// twist moves the midline sideways along y, as the two halves of a brain are
// never mirror images. untwist is its inverse; y and z stay.
func twist(p vec) vec   { return vec{p.x + bend(p.y), p.y, p.z} }
func untwist(p vec) vec { return vec{p.x - bend(p.y), p.y, p.z} }

func bend(y float64) float64 { return 1.8 * math.Sin((y+20)/48) }

// mixAt tells what the head consists of at p.
func mixAt(p vec) mix {
	m := mix{pial: math.Inf(-1)}
	m.part[air] = 1
	if p.sub(vec{0, -8, -10}).over(vec{100, 128, 118}).length() > 1 {
		return m
	}
	p = untwist(p)
	right := vec{math.Abs(p.x), p.y, p.z}
	cerebellum, trunk := cerebellumHull(right), trunkDepth(p)
	cerebrum := cerebrumHull(right, cerebellum, trunk)
	inner := union(union(cerebrum, cerebellum, 12), trunk, 10)

	if inner < edge-skullInner { // else fluid covers all of it
		paintOuter(&m, right, inner)
	}
	if inner < -skullInner-edge {
		return m
	}
	m.paint(fluid, cover(inner+skullInner))
	paintCerebrum(&m, p, right, cerebrum)
	paintCerebellum(&m, right, cerebellum)
	m.paint(stem, cover(trunk)*smoothstep(6, -4, p.z))
	m.paint(midVentricle, cover(ellipsoid(p, vec{0, -43, -34}, vec{6, 4.5, 9})))
	return m
}

// Millimeters from the brain's hull to the inside and the outside of the skull.
const (
	skullInner = 3.0
	skullOuter = 9.5
	scalp      = 15.5
)

// paintOuter paints everything outside the brain's fluid.
func paintOuter(m *mix, right vec, inner float64) {
	if inner < edge-skullOuter { // else bone covers all of it
		paintSoft(m, right, inner)
	}
	m.paint(bone, cover(inner+skullOuter))
	m.paint(marrow, 0.85*cover(inner+skullOuter-2)*cover(-inner-skullInner-2))
	m.paint(air, cover(ellipsoid(right, vec{8, 77, -2}, vec{7, 4, 8}))) // frontal sinus
}

// paintSoft paints scalp, face and neck.
func paintSoft(m *mix, right vec, inner float64) {
	face := ellipsoid(right, vec{0, 26, -52}, vec{59, 66, 50})
	nose := ellipsoid(right, vec{0, 91, -46}, vec{13, 14, 19})
	neck := capsule(right, vec{0, -30, -60}, vec{0, -40, -140}, 56, 50)
	globe := ellipsoid(right, vec{31, 61, -25}, vec{12, 12, 12})
	head := union(union(inner+scalp, face, 14), nose, 8)
	head = union(union(head, neck, 24), globe+4, 6)
	if head < -edge {
		return
	}
	m.paint(skin, cover(head))
	m.paint(muscle, cover(head-4.5)*(0.93+0.07*math.Sin(right.y/3.1+right.z/5.3)))
	m.paint(air, cover(ellipsoid(right, vec{6, 62, -46}, vec{5, 22, 14})))      // nasal cavity
	m.paint(air, cover(ellipsoid(right, vec{29, 58, -52}, vec{11, 13, 13})))    // maxillary sinus
	m.paint(air, cover(capsule(right, vec{0, 34, -58}, vec{0, 6, -130}, 4, 7))) // throat
	m.paint(skin, 0.7*cover(globe+4))
	m.paint(eye, cover(globe))
}

// stemKnots run from the midbrain through pons and medulla into the cord.
//
//nolint:gochecknoglobals // a table; never changes
var stemKnots = []knot{
	{vec{0, -20, 0}, 12},
	{vec{0, -24, -14}, 14},
	{vec{0, -26, -30}, 16.5},
	{vec{0, -33, -44}, 10.5},
	{vec{0, -41, -62}, 7},
	{vec{0, -50, -120}, 5.5},
}

// far is the depth of a point that lies too far outside a shape to feel it.
const far = -100.0

func trunkDepth(p vec) float64 {
	if p.z > 32 {
		return far
	}
	return tube(p, stemKnots)
}

func cerebrumHull(right vec, cerebellum, trunk float64) float64 {
	main := ellipsoid(right, vec{0, -17, 24}, vec{67, 87, 51})
	temporal := ellipsoid(right, vec{43, -14, -18}, vec{24, 46, 25})
	frontal := ellipsoid(right, vec{22, 30, -4}, vec{30, 36, 24})
	hull := union(union(main, temporal, 9), frontal, 10)
	hull = common(hull, -cerebellum-2.2, 2)
	below := 40 * smoothstep(-18, 2, right.z) // the trunk leaves the hull at the base of the brain
	return common(hull, -trunk-2.5+below, 2)
}

// Radii of the arch of the corpus callosum in the plane x = 0, around archCenter.
const (
	archY, archZ   = 34.0, 22.0
	archHalfWidth  = 4.0
	archMidY       = -4.0
	archMidZ       = 4.0
	corticalRibbon = 2.7
)

func paintCerebrum(m *mix, p, right vec, hull float64) {
	if hull < -edge {
		return
	}
	m.pial = pialDepth(p, right, hull)
	m.paint(cortex, cover(m.pial))
	m.paint(white, cover(m.pial-corticalRibbon-0.4*math.Sin(p.x/6+p.y/9)))
	if hull < 8 {
		return // no deep structure comes this near the surface
	}
	paintDeep(m, p, right)
}

// pialDepth is the depth below the folded surface: hull, sulci, the fissure
// between the hemispheres and the one above the temporal lobe.
func pialDepth(p, right vec, hull float64) float64 {
	depth := hull
	if hull < sulcusDeepest+2*corticalRibbon {
		depth = common(depth, sulcusDistance(p, hull), 5)
	}
	core := ellipse(p.y-archMidY, p.z-archMidZ, archY+archHalfWidth, archZ+archHalfWidth)
	fissure := right.x - 0.9
	if core > 0 {
		fissure = math.Hypot(max(fissure, 0), core)
	}
	depth = common(depth, fissure, 2)
	return common(depth, sylvianDistance(right), 2)
}

// sylvianDistance is the distance from the lateral fissure, a sheet that rises backward.
func sylvianDistance(p vec) float64 {
	sheet := math.Abs(p.z-(1-0.42*(p.y+5)))*0.92 - 0.9
	beside := max(37+3*math.Sin(p.y/9)-p.x, 0)
	along := max(p.y-26, -44-p.y, 0)
	if beside == 0 && along == 0 {
		return sheet
	}
	return math.Sqrt(max(sheet, 0)*max(sheet, 0) + beside*beside + along*along)
}

// lateralKnots and occipitalKnots are the lateral ventricle.
//
//nolint:gochecknoglobals // a table; never changes
var (
	lateralKnots = []knot{
		{vec{8, 23, 9}, 3.2},
		{vec{9, 6, 16}, 5},
		{vec{11, -18, 18}, 4.8},
		{vec{22, -38, 12}, 6.3},
		{vec{30, -25, -7}, 3.4},
		{vec{31, -8, -15}, 2},
	}
	occipitalKnots = []knot{{vec{22, -38, 12}, 6}, {vec{19, -60, 10}, 2.2}}
)

// lesionCenter lies left, in frontal white matter, in the frame of [untwist].
func lesionCenter() vec { return vec{-25, 30, 25} }

func paintDeep(m *mix, p, right vec) {
	m.paint(callosum, callosumShare(right))
	m.paint(thalamus, cover(ellipsoid(right, vec{10, -19, 8}, vec{8, 13, 8})))
	m.paint(caudate, cover(ellipsoid(right, vec{15.5, 12, 10}, vec{4.8, 13, 7.5})))
	m.paint(putamen, cover(ellipsoid(right, vec{28, 2, 2}, vec{5.5, 16, 10})))
	m.paint(pallidum, cover(ellipsoid(right, vec{21.5, -1, 0}, vec{4.3, 9, 6})))
	m.paint(ventricle, cover(union(tube(right, lateralKnots), tube(right, occipitalKnots), 2)))
	m.paint(midVentricle, cover(ellipsoid(p, vec{0, -12, 1}, vec{2.3, 13, 9})))
	m.paint(lesion, cover(ellipsoid(p, lesionCenter(), vec{6.5, 8, 6})))
}

// callosumShare is the arch itself; to the sides it bends upward and fades into white matter.
func callosumShare(right vec) float64 {
	if right.x > 22 || right.z < -8 {
		return 0
	}
	z := right.z - 0.016*right.x*right.x
	outside := math.Abs(ellipse(right.y-archMidY, z-archMidZ, archY, archZ))
	return cover(archHalfWidth-outside) * smoothstep(-8, -3, right.z) * smoothstep(20, 10, right.x)
}
