package phantom_test

import (
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"ngportal/web/phantom"
)

// streamlines are computed once for all tests.
var streamlines = sync.OnceValue(phantom.Streamlines)

// sphere are directions all around.
func sphere() [][3]float64 {
	var all [][3]float64
	for i := range 60 {
		z := 1 - (float64(i)+0.5)/30
		r, a := math.Sqrt(1-z*z), float64(i)*2.39996
		all = append(all, [3]float64{r * math.Cos(a), r * math.Sin(a), z})
	}
	return all
}

func TestBrightAndDarkPlaces(t *testing.T) {
	tests := map[string]struct {
		volume                 phantom.Volume
		radius, bright, darker float64
	}{
		"T1w":  {phantom.T1w(), 2.5, 780, 110},
		"FA":   {phantom.FA(), 2.5, 700, 30},
		"XPCT": {phantom.XPCT(), 2.5, 145, 40},
		"FLUO": {phantom.Fluo(), 0.002, 1500, 100},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			check := func(places [][3]float64, low, high float64) {
				if len(places) < 2 {
					t.Fatalf("%d places, want two or more", len(places))
				}
				for _, p := range places {
					if !tt.volume.Grid.Contains(p, tt.radius) {
						t.Errorf("%v lies outside the volume", p)
					}
					for _, d := range append(sphere(), [3]float64{}) {
						v := tt.volume.Value(p[0]+tt.radius*d[0], p[1]+tt.radius*d[1], p[2]+tt.radius*d[2])
						if v < low || v > high {
							t.Errorf("%.0f near %v, want %v to %v", v, p, low, high)
							break
						}
					}
				}
			}
			check(tt.volume.Bright, tt.bright, 65535)
			check(tt.volume.Dark, 0, tt.darker)
		})
	}
}

func TestTissue(t *testing.T) {
	tests := map[string]struct {
		at   [3]float64
		want phantom.Label
		name string
	}{
		"above the head":            {[3]float64{0, 0, 120}, phantom.Background, "Background"},
		"the lesion is left":        {phantom.T1w().Bright[0], phantom.Lesion, "Left-Lesion"},
		"and not right":             {[3]float64{25, 30, 25}, phantom.RightWhite, "Right-Cerebral-White-Matter"},
		"callosum in the middle":    {[3]float64{0.5, -4, 26}, phantom.Callosum, "Corpus-Callosum"},
		"left is negative x":        {[3]float64{-11, -20, 8}, phantom.LeftThalamus, "Left-Thalamus"},
		"right is positive x":       {[3]float64{11, -20, 8}, phantom.RightThalamus, "Right-Thalamus"},
		"pons":                      {[3]float64{0, -27, -30}, phantom.BrainStem, "Brain-Stem"},
		"left ventricle":            {[3]float64{-11, -18, 18}, phantom.LeftVentricle, "Left-Lateral-Ventricle"},
		"cerebellum, below, behind": {[3]float64{-23, -63, -38}, phantom.LeftCerebellarWhite, "Left-Cerebellum-White-Matter"},
		"jaw":                       {[3]float64{0, 50, -85}, phantom.SoftTissue, "Soft-Tissue"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := phantom.Tissue(tt.at[0], tt.at[1], tt.at[2])
			if got != tt.want || got.String() != tt.name {
				t.Errorf("Tissue(%v) = %d %s, want %d %s", tt.at, got, got, tt.want, tt.name)
			}
		})
	}
}

func TestStreamlinesFillTheirBundles(t *testing.T) {
	want := map[string]int{"CC": 140, "CST_L": 40, "CST_R": 40, "AF_L": 40, "AF_R": 40, "CG_L": 30, "CG_R": 30, "ILF_L": 30, "ILF_R": 30}
	count := map[string]int{}
	for n, line := range streamlines() {
		count[line.Bundle]++
		if l := len(line.Points); l < 60 || l > 120 {
			t.Errorf("streamline %d has %d points, want 60 to 120", n, l)
		}
	}
	if !maps.Equal(count, want) {
		t.Errorf("streamlines in bundles: %v, want %v", count, want)
	}
	if got := slices.Sorted(slices.Values(phantom.Bundles())); !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
		t.Errorf("Bundles() = %v, want those of %v", got, want)
	}
}

func TestStreamlinesStayInWhiteMatter(t *testing.T) {
	grids := []phantom.Grid{phantom.T1w().Grid, phantom.FA().Grid, phantom.TractGrid()}
	total, inside := 0, 0
	for _, line := range streamlines() {
		for _, p := range line.Points {
			total++
			if phantom.Tissue(p[0], p[1], p[2]).CarriesFibers() {
				inside++
			}
			for _, g := range grids {
				if !g.Contains(p, 5) {
					t.Errorf("point %v lies outside a volume", p)
				}
			}
		}
	}
	share := 100 * float64(inside) / float64(total)
	if share < 95 {
		t.Errorf("%.1f %% of %d points are in white matter, want 95 %% or more", share, total)
	}
	t.Logf("%d points, %.2f %% in white matter", total, share)
}

func TestStreamlinesAreSmoothAndOnTheirSide(t *testing.T) {
	for n, line := range streamlines() {
		for i, p := range line.Points {
			if sideOf(line.Bundle)*p[0] < -2 {
				t.Errorf("%s has the point %v, which is on the other side", line.Bundle, p)
			}
			if i < 2 {
				continue
			}
			if angle := turn(line.Points[i-2], line.Points[i-1], p); angle > 35 {
				t.Errorf("streamline %d (%s) has a kink of %.0f° at %v", n, line.Bundle, angle, line.Points[i-1])
			}
		}
	}
}

func sideOf(bundle string) float64 {
	switch {
	case strings.HasSuffix(bundle, "_L"):
		return -1
	case strings.HasSuffix(bundle, "_R"):
		return 1
	}
	return 0
}

// turn is the angle in degrees by which the way from a over b to c bends.
func turn(a, b, c [3]float64) float64 {
	var dot, ab, bc float64
	for i := range 3 {
		dot += (b[i] - a[i]) * (c[i] - b[i])
		ab += (b[i] - a[i]) * (b[i] - a[i])
		bc += (c[i] - b[i]) * (c[i] - b[i])
	}
	return math.Acos(max(-1, min(1, dot/math.Sqrt(ab*bc)))) * 180 / math.Pi
}

func TestCallosumCrossesTheMiddle(t *testing.T) {
	for n, line := range streamlines()[:140] {
		first, last := line.Points[0], line.Points[len(line.Points)-1]
		if line.Bundle != "CC" || first[0] > -8 || last[0] < 8 {
			t.Errorf("streamline %d (%s) runs from %v to %v, want from left to right", n, line.Bundle, first, last)
		}
	}
}

func TestGrid(t *testing.T) {
	g := phantom.T1w().Grid
	for _, index := range [][3]float64{{0, 0, 0}, {10, 20, 30}, {133, 187, 109}, {3.5, 0.25, 7}} {
		p := g.RAS(index[0], index[1], index[2])
		back := g.Index(p)
		for c := range 3 {
			if math.Abs(back[c]-index[c]) > 1e-9 {
				t.Errorf("Index(RAS(%v)) = %v", index, back)
			}
		}
		if !g.Contains(p, -1) || g.Contains(p, 500) {
			t.Errorf("Contains(%v) with margins -1 and 500 = %v, %v; want true, false", p, g.Contains(p, -1), g.Contains(p, 500))
		}
	}
	lps := phantom.TractGrid()
	a, b := lps.RAS(0, 0, 0), lps.RAS(1, 2, 3)
	if got, want := [3]float64{b[0] - a[0], b[1] - a[1], b[2] - a[2]}, [3]float64{-1.25, 2.5, 6}; got != want {
		t.Errorf("one voxel along i, two along j, three along k of the tract grid lead by %v, want %v", got, want)
	}
}
