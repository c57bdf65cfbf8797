package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// most is how many locations a browser holds cookies for.
const most = 20

// TestHundredDatasets opens a hundred datasets one after another. The newest twenty may be read, the older
// ones when they are opened again, and the portal's own cookie outlives them all.
func TestHundredDatasets(t *testing.T) {
	var all []dataset
	for i := range sets {
		all = append(all, dataset{setName(i), []string{addressOf("Ben")}, false})
	}
	d := deploySingle(t, all...)
	b := newTab(t)
	b.signInAt(d.portal, "Ben")
	sid := b.cookie("sid")
	start := time.Now()
	b.scripts(false) // the links and forms do without, and the viewer takes long to start
	for i := range sets {
		if i == sets-most {
			b.scripts(true)
		}
		b.enterViewer(d, setName(i))
		if n := len(b.locations()); n != min(i+1, most) {
			t.Fatalf("after dataset %d there are cookies for %d locations, want %d", i, n, min(i+1, most))
		}
	}
	b.quiet()
	t.Logf("%d datasets in %v", sets, time.Since(start).Round(time.Second))
	if got := len(b.signed()); got != 4*most || b.cookie("sid") != sid {
		t.Errorf("%d signed cookies, want 4 × %d, and the session of before", got, most)
	}
	for i := range sets {
		want := 503.0
		if i >= sets-most {
			want = 200
		}
		b.reads(d, setName(i), want)
	}
	b.open(d.portal) // still signed in
	if said := b.text("main"); !strings.Contains(said, "Even "+setName(0)) {
		t.Errorf("the portal's home says %q, want the datasets", said)
	}

	b.openEven(d, setName(0)) // the oldest
	b.plain()
	b.move(8, 8, 8)
	b.drawn()
	b.shot("oldest")
	if got := brightest(b.middles()); !near(got, evenValue) {
		t.Errorf("opened again, the oldest is drawn %v, want %d", got, evenValue)
	}
	b.reads(d, setName(sets-most), 503)
	b.reads(d, setName(sets-most+1), 200)
}

// enterViewer opens a dataset's volume, and does not wait until it is drawn.
func (b *tab) enterViewer(d *deployment, name string) {
	b.t.Helper()
	b.open(d.portal + "/asset/" + name + "/" + evenPath + "/")
	b.click("Open in Neuroglancer")
	b.until("the viewer comes", "(origin, name) => location.origin === origin && location.hash.includes(name)", d.viewer, name)
}

// scripts says whether pages may run any from now on.
func (b *tab) scripts(may bool) {
	b.t.Helper()
	params := emulation.SetScriptExecutionDisabledParams{Value: !may}
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, params); err != nil {
		b.t.Fatal(err)
	}
}

// locations are the paths of the cookies that one reads data with.
func (b *tab) locations() map[string]bool {
	b.t.Helper()
	paths := map[string]bool{}
	for _, c := range b.signed() {
		paths[c.Path] = true
	}
	return paths
}

// reads insists on what a page of the viewer is answered when it reads a chunk.
func (b *tab) reads(d *deployment, location string, want float64) {
	b.t.Helper()
	got := eval[float64](b, "async (url) => (await fetch(url)).status", d.data+"/d/"+location+"/"+evenPath+"/0.0.0")
	if got != want {
		b.t.Errorf("reading %s is answered %v, want %v", location, got, want)
	}
}
