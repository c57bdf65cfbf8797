package phantom

import (
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// A Streamline is a smooth curve along white matter.
type Streamline struct {
	Bundle string // one of [Bundles]
	Points []vec3 // RAS+ millimeters, evenly spaced
}

// vec3 spares readers of the exported API the package's own vector type.
type vec3 = [3]float64

// Bundles lists the bundles in the order in which their number counts: the
// property "bundle" of the .trk file is 1 for the first.
func Bundles() []string {
	names := []string{callosumName}
	for _, b := range bundles {
		names = append(names, b.name+"_L", b.name+"_R")
	}
	return names
}

// Streamlines returns the phantom's tractogram, bundle by bundle: the same
// curves as in the .trk file, in the same order. It computes for some tenths of a second.
func Streamlines() []Streamline {
	var jobs []func() Streamline
	seed := uint64(0)
	plan := func(name string, count int, draw func(*dice) []vec) {
		for range count {
			seed++
			own := seed
			jobs = append(jobs, func() Streamline { return grow(name, own, draw) })
		}
	}
	plan(callosumName, callosumCount, callosal)
	for _, b := range bundles {
		plan(b.name+"_L", b.count, func(d *dice) []vec { return b.stray(d, -1) })
		plan(b.name+"_R", b.count, func(d *dice) []vec { return b.stray(d, 1) })
	}
	all := make([]Streamline, len(jobs))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, job := range jobs {
		group.Go(func() error {
			all[i] = job()
			return nil
		})
	}
	_ = group.Wait() // no job fails
	return all
}

// How a streamline is accepted. Lengths are in mm.
const (
	attempts  = 60
	fineStep  = 0.8 // at which a curve is checked against the tissue
	enough    = 50.0
	wanted    = 0.72 // share of the curve that must remain
	spacing   = 1.5
	fewPoints = 60
	maxPoints = 120
)

// grow draws curves until one runs far enough through white matter, and keeps
// its longest part there. If none does, which the tests would show, the longest part of all is kept.
func grow(name string, seed uint64, draw func(*dice) []vec) Streamline {
	d := &dice{seed: seed*7919 + 17}
	var best []vec
	for range attempts {
		curve := smooth(draw(d))
		inside := longestInside(curve)
		if length(inside) > length(best) {
			best = inside
		}
		if l := length(inside); l >= enough && l >= wanted*length(curve) {
			best = inside
			break
		}
	}
	n := int(clamp(length(best)/spacing, fewPoints, maxPoints))
	return Streamline{Bundle: name, Points: resample(best, n)}
}

// stray moves the stations of b aside, all in about the same direction so that streamlines run side by side.
func (b bundle) stray(d *dice, side float64) []vec {
	aside := vec{d.roll(), d.roll(), d.roll()}
	points := make([]vec, len(b.line))
	for i, s := range b.line {
		wiggle := vec{d.roll(), d.roll(), d.roll()}
		p := s.at.add(s.spread.by(aside.add(wiggle.times(0.15))).times(1.6))
		points[i] = twist(vec{side * max(p.x, 0.5), p.y, p.z})
	}
	return points
}

// callosal is a curve from the left hemisphere through the corpus callosum to the right.
func callosal(d *dice) []vec {
	angle := d.between(16, 166) * math.Pi / 180
	thick := 1.6 * d.roll()
	middle := vec{0, archMidY + (archY+thick)*math.Cos(angle), archMidZ + (archZ+thick)*math.Sin(angle)}
	left := callosalArm(d, angle, middle)
	right := callosalArm(d, angle, middle)
	for i, p := range left {
		left[i] = p.mirrored()
	}
	slices.Reverse(left)
	points := slices.Concat(left, []vec{middle}, right)
	for i, p := range points {
		points[i] = twist(p)
	}
	return points
}

// callosalArm leads from the middle outward; anterior fibers turn forward, posterior ones backward.
func callosalArm(d *dice, angle float64, middle vec) []vec {
	up := []vec{{13, middle.y, middle.z + 4}, {26, middle.y * 1.08, middle.z + 17}, {35, middle.y * 1.2, middle.z + 36}}
	line, bendAway := callosumLines[0], smoothstep(0.4, 0.8, math.Cos(angle))
	if math.Cos(angle) < 0 {
		line, bendAway = callosumLines[2], smoothstep(0.4, 0.8, -math.Cos(angle))
	}
	aside := vec{d.roll(), d.roll(), d.roll()}
	arm := make([]vec, len(up))
	for i, p := range up {
		p = p.mix(line[i+1], bendAway*(0.6+0.2*float64(i))) // little at first: no kink in the middle
		fan := float64(i+1) * float64(i+1)
		arm[i] = p.add(vec{aside.x * 1.2 * fan, aside.y * fan, aside.z * fan})
	}
	return arm
}
