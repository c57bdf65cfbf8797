package e2e

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// A valuesPage is a scene of volumes, and what other programs read at places of them.
type valuesPage struct {
	Name   string
	Assets []struct {
		Path, About string
		Samples     []struct {
			query
			Value string
		}
	}
}

// seed is that of the random files: another one in each run, unless E2E_SEED says which.
func seed(t *testing.T) string {
	t.Helper()
	s := os.Getenv("E2E_SEED")
	if s == "" {
		s = strconv.Itoa(rand.IntN(1_000_000))
	}
	t.Logf("random files of seed %s; E2E_SEED=%s makes the same again", s, s)
	return s
}

// TestValues compares what the viewer reads at random places of volumes, opened by the portal and placed together, with
// what nibabel and numpy read there: of files that nibabel, python-zarr, zarrita and writers by the specifications made.
func TestValues(t *testing.T) {
	var pages []valuesPage
	args := []string{seed(t)}
	if dir := dataDir(); dir != "" {
		args = append(args, dir)
	}
	write(t, "values", &pages, args...)
	b := newTab(t)
	b.do(chromedp.EmulateViewport(640, 480)) // little to draw
	b.signIn("Ada")
	for _, p := range pages {
		t.Run(p.Name, func(t *testing.T) {
			b.t = t
			if strings.HasPrefix(p.Name, "real ") {
				b.agrees("volumes", "", p)
				return
			}
			b.agrees(writtenBucket, "values/", p)
		})
	}
	b.t = t
	b.quiet()
}

// agrees opens the volumes of a page and compares all samples.
func (b *tab) agrees(bucket, folder string, p valuesPage) {
	b.t.Helper()
	var assets []string
	for _, a := range p.Assets {
		assets = append(assets, assetOf(bucket, folder+a.Path))
	}
	if no := b.openAssets(assets...); no != "" {
		b.t.Fatalf("the portal does not open them: %s", no)
	}
	b.waitLayers()
	for _, a := range p.Assets {
		var queries []query
		for _, s := range a.Samples {
			s.Path = a.Path
			queries = append(queries, s.query)
		}
		got := b.valuesAt(queries)
		wrong, first := 0, ""
		for i, s := range a.Samples {
			if !sameValue(got[i], s.Value) {
				wrong++
				if first == "" {
					first = fmt.Sprintf("%v has %s, want %s", s.query, got[i], s.Value)
				}
			}
		}
		if wrong > 0 {
			b.t.Errorf("%s (%s): %d of %d values are wrong: %s", a.Path, a.About, wrong, len(got), first)
		}
	}
	b.t.Logf("%d volumes, %d values each", len(p.Assets), len(p.Assets[0].Samples))
}

// waitLayers waits until every layer has loaded its sources, and shows one panel of them.
func (b *tab) waitLayers() {
	b.t.Helper()
	b.until("the layers are there", `() => window.viewer?.layerManager.managedLayers.length &&
		viewer.layerManager.managedLayers.every(m => m.layer && m.layer.dataSources.every(d => d.loadState !== undefined))`)
	for _, line := range b.layerErrors() {
		b.t.Errorf("layer: %s", line)
	}
	eval[any](b, "() => { viewer.layout.restoreState('xy'); return null }")
}

// sameValue compares numbers that are written as text.
func sameValue(got, want string) bool {
	if got == want {
		return true
	}
	g, err := strconv.ParseFloat(got, 64)
	w, err2 := strconv.ParseFloat(want, 64)
	return err == nil && err2 == nil && (g == w && math.Abs(g) < 1<<53 || math.IsNaN(g) && math.IsNaN(w))
}
