package e2e

import (
	"flag"
	"math"
	"slices"
	"testing"

	"ngportal/web/phantom"
)

const (
	dwi  = "/browse/phantom/derivatives/sub-phantom/dwi/"
	micr = "/browse/phantom/derivatives/sub-phantom/micr/"
	fa   = "sub-phantom_sample-brain_desc-FA_dwi.ome.zarr"
	xpct = "sub-phantom_sample-brain_chunk-01_XPCT.ome.zarr"
	trk  = "sub-phantom_sample-brain_desc-CSD_tractography.trk"
)

var update = flag.Bool("update", false, "renew the README's picture")

// tick ticks the box whose accessible name is the asset's name, with the mouse.
func (b *tab) tick(name string) {
	b.t.Helper()
	at := eval[[]float64](b, find, "input[type=checkbox]", name)
	b.clickAt(at)
}

// collect ticks assets of a folder and adds them to the tray.
func (b *tab) collect(folder string, names ...string) {
	b.t.Helper()
	b.open(the.portal + folder)
	for _, name := range names {
		b.tick(name)
	}
	before := b.text("#tray b")
	b.click("Add to tray")
	b.until("the tray counts more", "(was) => document.querySelector('#tray b').innerText !== was", before)
}

// TestMainJob is what the portal is for: assets of two folders, ticked, opened, and seen together in place.
func TestMainJob(t *testing.T) {
	b := newTab(t)
	b.signIn("Ada")
	b.shot("home")
	b.collect(dwi, fa, trk)
	b.shot("folder")
	b.collect(micr, xpct)
	b.follow("Open in Neuroglancer")
	b.waitViewer(3)
	b.shot("scene")
	if *update {
		b.keep("../docs/scene.png")
	}

	b.show(b.layer("FA dwi · phantom brain"))
	b.sees(phantom.FA(), 771, 60)
	b.show(b.layer("XPCT · phantom brain chunk 01"))
	b.sees(phantom.XPCT(), 233, 130) // it lies above another image: where it is dark, the gray background shows
	b.show(b.layer("CSD tractography · phantom brain (420 of 420)"))
	b.seesStreamlines()
	b.quiet()
}

// layer insists that there is a layer of this name.
func (b *tab) layer(name string) string {
	b.t.Helper()
	if names := b.layerNames(); !slices.Contains(names, name) {
		b.t.Fatalf("layers %q, want one called %q", names, name)
	}
	return name
}

// sees compares the drawn picture with the phantom's own formula, at positions that the formula
// chooses: amid tissue that is bright (white is the value drawn as white), and amid dark, which must
// not be drawn brighter than darkest.
func (b *tab) sees(v phantom.Volume, white, darkest float64) {
	b.t.Helper()
	bright, dark := probes(v, 0.65*white), probes(v, 0)
	if len(bright) == 0 || len(dark) == 0 {
		b.t.Fatalf("%s: %d bright and %d dark places, want some of both", v.Key, len(bright), len(dark))
	}
	for _, p := range bright {
		b.lookAt(p[0], p[1], p[2])
		if got := b.middles(); brightest(got).mean() < 150 {
			b.t.Errorf("%s at %v: drawn %v, want bright", v.Key, p, got)
		}
	}
	for _, p := range dark {
		b.lookAt(p[0], p[1], p[2])
		if got := b.middles(); brightest(got).mean() > darkest {
			b.t.Errorf("%s at %v: drawn %v, want dark", v.Key, p, got)
		}
	}
}

// probes finds a few positions of a volume around which its value is at least low everywhere, or
// about nothing everywhere if low is 0.
func probes(v phantom.Volume, low float64) [][3]float64 {
	const most, step = 3, 7.3
	var out [][3]float64
	for i := 12.0; i < float64(v.Grid.Size[0]); i += step {
		for j := 12.0; j < float64(v.Grid.Size[1]); j += step {
			for k := 12.0; k < float64(v.Grid.Size[2]); k += step {
				p := v.Grid.RAS(i, j, k)
				if v.Grid.Contains(p, 6) && even(v, p, low) && apart(out, p) {
					out = append(out, p)
				}
				if len(out) == most {
					return out
				}
			}
		}
	}
	return out
}

// even reports whether the value around p is bright, or dark, all over.
func even(v phantom.Volume, p [3]float64, low float64) bool {
	for dx := -2.0; dx <= 2; dx++ {
		for dy := -2.0; dy <= 2; dy++ {
			for dz := -2.0; dz <= 2; dz++ {
				value := v.Value(p[0]+dx, p[1]+dy, p[2]+dz)
				if low > 0 && value < low || low == 0 && value > 15 {
					return false
				}
			}
		}
	}
	return true
}

// apart keeps probes from lying beside each other.
func apart(others [][3]float64, p [3]float64) bool {
	for _, o := range others {
		if math.Hypot(math.Hypot(o[0]-p[0], o[1]-p[1]), o[2]-p[2]) < 25 {
			return false
		}
	}
	return true
}

// seesStreamlines looks at points of streamlines whose direction is plain: the color there must say
// the direction, red for left-right, green for back-front, blue for down-up.
func (b *tab) seesStreamlines() {
	b.t.Helper()
	var seen [3]int
	for _, s := range phantom.Streamlines() {
		p, axis, ok := plainPoint(s)
		if !ok || seen[axis] == 2 {
			continue
		}
		seen[axis]++
		b.lookAt(p[0], p[1], p[2])
		got := b.middles()
		if !colored(got, axis) {
			b.t.Errorf("%s at %v: drawn %v, want the color of axis %d in one of the panels", s.Bundle, p, got, axis)
		}
	}
	if seen != [3]int{2, 2, 2} {
		b.t.Errorf("streamlines along each axis: %v, want 2 of each", seen)
	}
}

// plainPoint is a point of s at which it runs along one axis.
func plainPoint(s phantom.Streamline) (p [3]float64, axis int, ok bool) {
	for i := 10; i+10 < len(s.Points); i++ {
		before, after := s.Points[i-1], s.Points[i+1]
		d := [3]float64{after[0] - before[0], after[1] - before[1], after[2] - before[2]}
		length := math.Hypot(math.Hypot(d[0], d[1]), d[2])
		for a := range 3 {
			if math.Abs(d[a]) > 0.97*length {
				return s.Points[i], a, true
			}
		}
	}
	return p, 0, false
}

// colored reports whether one of the pixels has the color of an axis well above the two others.
func colored(pixels []pixel, axis int) bool {
	for _, p := range pixels {
		if other := max(p[(axis+1)%3], p[(axis+2)%3]); p[axis] > 100 && p[axis] > 1.5*other {
			return true
		}
	}
	return false
}
