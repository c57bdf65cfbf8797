package phantom

import "math"

// A station is a point on a bundle's center line and how far, in mm, its
// streamlines stray from it there along x, y and z.
type station struct {
	at, spread vec
}

// A bundle is a set of streamlines, described on the right side.
type bundle struct {
	name   string // without the side
	count  int    // streamlines a side
	line   []station
	radius float64 // of the core that raises the anisotropy
}

// bundles are all but the corpus callosum.
//
//nolint:gochecknoglobals // a table; never changes
var bundles = []bundle{
	{"CST", 40, []station{
		{vec{36, -24, 66}, vec{10, 14, 3}},
		{vec{29, -21, 48}, vec{7, 8, 3}},
		{vec{23.5, -17, 27}, vec{3, 5, 2}},
		{vec{20.5, -13.5, 9}, vec{1.8, 3, 1.5}},
		{vec{14, -19, -8}, vec{2, 2, 1.5}},
		{vec{8, -24, -22}, vec{2, 2, 1}},
		{vec{5.5, -29, -36}, vec{1.7, 1.7, 1}},
		{vec{3.8, -36, -50}, vec{1.1, 1.1, 1}},
		{vec{3, -41, -62}, vec{0.9, 0.9, 1}},
	}, 4.5},
	{"AF", 40, []station{
		{vec{42, 28, 12}, vec{6, 5, 6}},
		{vec{36, 10, 26}, vec{3, 4, 4}},
		{vec{35, -16, 32}, vec{3, 4, 3.5}},
		{vec{34, -40, 29}, vec{3, 3.5, 3.5}},
		{vec{37, -54, 16}, vec{3, 3.5, 4}},
		{vec{42, -48, 1}, vec{3, 3.5, 3.5}},
		{vec{45, -30, -9}, vec{3.5, 4, 3.5}},
		{vec{45, -10, -17}, vec{5, 5, 5}},
	}, 5},
	{"CG", 30, []station{
		{vec{8, 40, 2}, vec{1.5, 2, 2}},
		{vec{8.5, 38, 20}, vec{1.5, 2, 2}},
		{vec{8.5, 22, 34}, vec{1.6, 2, 2}},
		{vec{8.5, 0, 38.5}, vec{1.6, 2, 2}},
		{vec{8.5, -24, 36}, vec{1.6, 2, 2}},
		{vec{9.5, -43, 25}, vec{1.6, 2, 2}},
		{vec{12, -50, 10}, vec{2, 2, 2}},
	}, 4},
	{"ILF", 30, []station{
		{vec{20, -90, 6}, vec{8, 6, 8}},
		{vec{28, -68, 2}, vec{4, 4, 4}},
		{vec{34, -48, -5}, vec{3, 4, 2.5}},
		{vec{38, -26, -15}, vec{3, 4, 2.5}},
		{vec{41, -4, -21}, vec{3, 4, 3}},
		{vec{41, 14, -24}, vec{4, 5, 4}},
	}, 5},
}

// callosumCount is the number of streamlines through the corpus callosum.
const callosumCount = 140

// callosumName is the bundle that joins the two sides.
const callosumName = "CC"

// callosumLines are center lines of the callosum's radiation: forward, upward and backward.
//
//nolint:gochecknoglobals // a table; never changes
var callosumLines = [][]vec{
	{{0, 30, 6}, {11, 37, 9}, {20, 52, 13}, {23, 62, 15}},
	{{0, -4, 26}, {14, -4, 31}, {27, -4, 44}, {36, -4, 60}},
	{{0, -38, 8}, {13, -47, 12}, {20, -64, 13}, {22, -84, 13}},
}

// bundleCore is how near a point of the frame of [untwist] is to the core of some bundle: 1 on a center line, 0 far off.
func bundleCore(p vec) float64 {
	right := vec{math.Abs(p.x), p.y, p.z}
	core := 0.0
	for _, b := range bundles {
		for i := 1; i < len(b.line); i++ {
			core = max(core, nearLine(right, b.line[i-1].at, b.line[i].at, b.radius))
		}
	}
	for n, line := range callosumLines {
		share := 1.0
		for i := 1; i < len(line); i++ {
			a, b := line[i-1], line[i]
			if n == 1 { // the upward part is a sheet, as wide as the arch is long
				a.y, b.y = right.y, right.y
				share = smoothstep(-38, -22, right.y) * smoothstep(30, 14, right.y)
			}
			core = max(core, share*nearLine(right, a, b, 5))
		}
	}
	return core
}

// nearLine falls from 1 on the line between a and b to 0 at twice the radius.
func nearLine(p, a, b vec, radius float64) float64 {
	reach := 2 * radius
	switch {
	case p.x < min(a.x, b.x)-reach, p.x > max(a.x, b.x)+reach,
		p.y < min(a.y, b.y)-reach, p.y > max(a.y, b.y)+reach,
		p.z < min(a.z, b.z)-reach, p.z > max(a.z, b.z)+reach:
		return 0
	}
	d, _ := toSegment(p, a, b)
	return smoothstep(reach, 0, d)
}
