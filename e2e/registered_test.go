package e2e

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path"
	"strconv"
	"strings"
	"testing"

	"ngportal/web/phantom"
)

// registered is where the demo has a subject whose blocks need registering.
const registered = "/browse/phantom/" + phantom.RegisteredPrefix

// TestRegisteredSubject puts together what LINC's notebook of subject I58 does: four volumes of one modality that were scanned
// by themselves, two of another, a tractogram and four registrations, with nothing but clicks on the pages.
func TestRegisteredSubject(t *testing.T) {
	b := newTab(t)
	b.signIn("Ada")
	diffusion := []phantom.Volume{phantom.RegisteredFA(), phantom.RegisteredB0()}
	b.collect(registered+"dwi/", lastOf(diffusion[0].Key), lastOf(diffusion[1].Key), lastOf(phantom.RegisteredTRKKey))
	blocks := phantom.Blocks()
	for _, block := range blocks {
		b.collect(registered+"micr/", lastOf(block.Volume.Key))
	}
	b.open(the.portal + "/tray")
	for i, block := range blocks {
		b.click("Adjust " + blockLayer(i))
		b.fill("Transform", blockTransform(i))
		b.until("the choice is kept", "(text) => document.querySelector('main').innerText.includes(text)", "moved by "+lastOf(block.LTAKey))
		b.click("Adjust " + blockLayer(i))
		b.until("it is closed", "() => !document.querySelector('form.adjust[action=\"/tray/adjust\"]')")
	}
	b.shot("arranged")
	b.follow("Open in Neuroglancer")
	b.waitViewer(7)
	b.shot("scene")
	for i, block := range blocks {
		b.layer(blockLayer(i))
		b.hasValues(block.Volume, 6)
	}
	for _, v := range diffusion {
		b.hasValues(v, 25)
	}
	b.show(b.layer(tractLayer))
	b.seesLeftStreamline()
	b.quiet()
}

func lastOf(key string) string { return path.Base(strings.TrimSuffix(key, "/")) }

// tractLayer is the name of the layer of the subject's streamlines.
const tractLayer = "CSD tractography · I58 hemi (140 of 140)"

// blockLayer is the name of a block's layer.
func blockLayer(i int) string { return fmt.Sprintf("XPCT · I58 hemi chunk %02d", i+1) }

// blockTransform is what the page calls the registration of a block.
func blockTransform(i int) string {
	return fmt.Sprintf("moves XPCT%02d onto dMRI (LTA) · %s", i+1, lastOf(phantom.Blocks()[i].LTAKey))
}

// hasValues compares the values that the viewer has at places of the head with those of the phantom's own formula, where these
// vary by less than vary from one voxel to the next.
func (b *tab) hasValues(v phantom.Volume, vary float64) {
	b.t.Helper()
	const least = 10
	places := steady(v, vary)
	if len(places) < least {
		b.t.Fatalf("%s: %d places to look at, want at least %d", v.Key, len(places), least)
	}
	worst, off := 0.0, 0
	got := b.valuesAt(queriesAt(v, places))
	for i, p := range places {
		want := v.Value(p[0], p[1], p[2])
		value, err := strconv.ParseFloat(got[i], 64)
		if err != nil || math.Abs(value-want) > v.Noise+vary {
			off++
			b.t.Errorf("%s at %.1f mm: %s, want %.0f", v.Key, p, got[i], want)
		}
		worst = max(worst, math.Abs(value-want))
	}
	b.t.Logf("%s: %d of %d places off; at most by %.0f, of which the noise is %.0f", lastOf(v.Key), off, len(places), worst, v.Noise)
}

// queriesAt ask for the values of a volume at places in mm.
func queriesAt(v phantom.Volume, places [][3]float64) []query {
	queries := make([]query, len(places))
	for i, p := range places {
		queries[i] = query{Path: strings.TrimSuffix(v.Key, "/"), At: map[string]float64{"x": p[0] / 1000, "y": p[1] / 1000, "z": p[2] / 1000}}
	}
	return queries
}

// steady are places of a volume, from its darkest parts to its brightest, around which the value hardly varies.
func steady(v phantom.Volume, vary float64) [][3]float64 {
	const tries, shades, each = 20_000, 4, 5
	random := rand.New(rand.NewPCG(5, 8))
	var all [][3]float64
	brightest := 0.0
	for range tries {
		p := v.Grid.RAS(random.Float64()*float64(v.Grid.Size[0]), random.Float64()*float64(v.Grid.Size[1]), random.Float64()*float64(v.Grid.Size[2]))
		if v.Grid.Contains(p, 4) && isSteady(v, p, vary) {
			all = append(all, p)
			brightest = max(brightest, v.Value(p[0], p[1], p[2]))
		}
	}
	var out [][3]float64
	var taken [shades]int
	for _, p := range all {
		if shade := min(int(shades*v.Value(p[0], p[1], p[2])/brightest), shades-1); taken[shade] < each {
			taken[shade]++
			out = append(out, p)
		}
	}
	return out
}

// isSteady reports whether the value varies by less than vary within the length of a voxel and a half.
func isSteady(v phantom.Volume, p [3]float64, vary float64) bool {
	here := v.Value(p[0], p[1], p[2])
	for axis := range p {
		for _, d := range []float64{-1.5, 1.5, -0.75, 0.75} {
			q := p
			q[axis] += d * v.Grid.Voxel[axis]
			if math.Abs(v.Value(q[0], q[1], q[2])-here) > vary/2 {
				return false
			}
		}
	}
	return true
}

// seesLeftStreamline looks for a streamline of the left hemisphere in the color of its direction.
func (b *tab) seesLeftStreamline() {
	b.t.Helper()
	looked := 0
	for _, s := range phantom.Streamlines() {
		p, axis, ok := plainPoint(s)
		if !ok || !strings.HasSuffix(s.Bundle, "_L") || looked == 3 {
			continue
		}
		looked++
		b.lookAt(p[0], p[1], p[2])
		if colored(b.middles(), axis) {
			return
		}
	}
	b.shot("no-streamline")
	b.t.Errorf("looked at %d streamlines, and none is drawn", looked)
}
