package phantom

import "math"

// Intensity is the T1-like contrast at a position in RAS+ millimeters: what
// the NIfTI volume stores there, without noise and rounding. Air is 0.
func Intensity(x, y, z float64) float64 {
	m := mixAt(vec{x, y, z})
	var sum float64
	for t, share := range &m.part {
		if share > 0 {
			sum += share * looks[t].t1
		}
	}
	// A receive coil sees near tissue brighter: a few per cent.
	return sum * (1 + 0.03*math.Sin(x/45+0.6)*math.Cos(y/60) + 0.03*math.Sin(z/52))
}

// Anisotropy is the fractional anisotropy times 1000 at a position in RAS+
// millimeters: what the FA volume stores there, without noise and rounding.
// It is high where the bundles of [Streamlines] run and 0 outside the brain.
func Anisotropy(x, y, z float64) float64 {
	m := mixAt(vec{x, y, z})
	var sum float64
	for t, share := range &m.part {
		if share > 0 {
			sum += share * looks[t].fa
		}
	}
	if share := m.part[white] + m.part[stem]; share > 0 {
		sum += share * 45 * math.Sin(x/5+y/9) * math.Sin(y/6-z/8) // regions differ
		sum += share * 400 * bundleCore(untwist(vec{x, y, z}))
	}
	return sum
}

// PhaseContrast is the X-ray phase-contrast-like intensity at a position in
// RAS+ millimeters: what the XPCT volume stores there, without noise and
// rounding. Cortex is layered and brighter than white matter; bone is brightest.
func PhaseContrast(x, y, z float64) float64 {
	m := mixAt(vec{x, y, z})
	var sum float64
	for t, share := range &m.part {
		if share > 0 {
			sum += share * looks[t].xpct
		}
	}
	if share := m.part[cortex]; share > 0 {
		sum += share * 13 * math.Sin(m.pial*4.2)
	}
	if share := m.part[white]; share > 0 {
		sum += share * 7 * math.Sin(x/1.9+2*math.Sin(z/6)) * math.Sin(y/2.3+2*math.Sin(x/7))
	}
	return clamp(sum, 0, 255)
}

// Tissue is what the head mostly consists of at a position in RAS+ millimeters.
func Tissue(x, y, z float64) Label {
	p := vec{x, y, z}
	m := mixAt(p)
	l := looks[m.most()]
	if untwist(p).x < 0 {
		return l.left
	}
	return l.right
}
