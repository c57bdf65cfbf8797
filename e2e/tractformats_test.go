package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// A tractSet is three streamlines in many files; see testdata/tracts.py.
type tractSet struct {
	Middles [3][3]float64 // of the streamline along each axis, in mm
	Files   []string
	Groups  map[string][]int // of the TRX files: the axes of their streamlines
}

// TestTractFormats opens the same streamlines from each format: each must be where it is, in the color of its direction.
func TestTractFormats(t *testing.T) {
	var set tractSet
	write(t, "tracts", &set)
	b := newTab(t)
	b.signIn("Ada")
	b.do(chromedp.EmulateViewport(700, 500)) // drawn in software
	var assets []string
	for _, f := range set.Files {
		assets = append(assets, assetOf(writtenBucket, "tracts/"+f))
	}
	if no := b.openAssets(assets...); no != "" {
		t.Fatalf("the portal does not open them: %s", no)
	}
	b.waitViewer(len(set.Files))
	b.crossSections(len(set.Files), "l => { l.skeletonRendering.lineWidth2d = 3; }")
	for _, f := range set.Files {
		b.showOnly(f)
		b.shot(f)
		for axis, p := range set.Middles {
			if got := b.at(p); !colored(got, axis) {
				t.Errorf("%s: the streamline along axis %d is drawn %v at its middle %v", f, axis, got, p)
			}
			if q := [3]float64{p[1], p[2], p[0]}; b.drawnAt(q) {
				t.Errorf("%s: something is drawn at %v, where nothing is", f, q)
			}
		}
	}
	b.quiet()
}
