package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"ngportal/web/phantom"
)

// pages are all kinds of pages, as Ada sees them.
func pages() map[string]string {
	return map[string]string{
		"home": "/", "folder": dwi, "many": "/browse/microscopy/" + phantom.TilesPrefix, "odd": "/browse/microscopy/odd%20names/",
		"asset": "/asset" + dwi[len("/browse"):] + fa + "/", "tract": "/asset" + dwi[len("/browse"):] + trk, "plain": "/asset/phantom/README",
		"tray": "/tray", "links": "/links", "not-found": "/browse/phantom/nothing/",
	}
}

// TestAccessibility runs axe-core on every page, light and dark, wide and narrow.
func TestAccessibility(t *testing.T) {
	axe, err := os.ReadFile("../viewer/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("%v: run npm ci in viewer", err)
	}
	b := newTab(t)
	b.open(the.portal)
	b.check(string(axe), "signed-out")
	b.follow("Sign in")
	b.check(string(axe), "provider")
	b.follow("Ada")
	b.collect(dwi, fa, trk)
	b.open(the.portal + "/tray")
	b.click("Copy link")
	b.until("the link is there", "() => !!document.querySelector('#made code')")
	b.check(string(axe), "link-made")
	link := strings.TrimPrefix(b.text("#made code"), the.portal)
	for name, address := range pages() {
		b.open(the.portal + address)
		b.check(string(axe), name)
	}
	eve := newTab(t)
	eve.signIn("Eve")
	eve.check(string(axe), "nothing-to-see")
	eve.open(the.portal + link)
	eve.check(string(axe), "link-refused")
}

// check fails on any violation of the page, in either color scheme and at either width.
func (b *tab) check(axe, name string) {
	b.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 375} {
			b.colors(scheme)
			b.do(chromedp.EmulateViewport(width, 800))
			eval[any](b, "(code) => { if (!window.axe) (0, eval)(code); return null }", axe)
			found := eval[[]string](b, `async () => (await axe.run()).violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | '))`)
			for _, v := range found {
				b.t.Errorf("%s, %s, %d wide: %s", name, scheme, width, v)
			}
			if over := eval[float64](b, "() => document.documentElement.scrollWidth - innerWidth"); over > 0 {
				b.t.Errorf("%s, %s: %d wide is too narrow by %v pixels", name, scheme, width, over)
			}
			b.shot(fmt.Sprintf("%s-%s-%d", name, scheme, width))
		}
	}
	b.do(chromedp.EmulateViewport(1280, 900))
}

// TestKeyboard does the job without a mouse.
func TestKeyboard(t *testing.T) {
	b := newTab(t)
	b.signIn("Ben")
	b.open(the.portal + dwi)
	b.keys("jjx") // the second row is the .trk
	b.until("the row is ticked", "(n) => document.querySelector(`input[aria-label='${n}']`).checked", trk)
	b.keys("a")
	b.until("the tray holds it", "() => document.querySelector('#tray b').innerText === '1'")
	b.keys("/")
	b.until("the filter is focused", "() => document.activeElement.id === 'filter'")
	b.keys("sub-phantom_sample-brain_desc-FA")
	b.until("two rows are left", "() => [...document.querySelectorAll('tbody tr')].filter(r => r.checkVisibility()).length === 2")
	b.open(the.portal + dwi)
	b.keys("jjo")
	b.until("the asset's page comes", "(n) => document.querySelector('h1').innerText === n", trk)
	b.keys("t")
	b.until("the tray comes", "() => location.pathname === '/tray'")
	b.keys("?")
	b.until("help comes", "() => document.querySelector('dialog').open")
	b.quiet()
}

// keys types, as a keyboard does: what the page prevents on the way down is not written.
func (b *tab) keys(keys string) {
	b.t.Helper()
	b.until("the page has loaded", "() => document.readyState === 'complete'")
	for _, k := range keys {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
			p := input.DispatchKeyEventParams{Type: kind, Key: string(k)}
			if kind == input.DispatchKeyEventTypeKeyDown {
				p.Text = string(k)
			}
			if _, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, p); err != nil {
				b.t.Fatal(err)
			}
		}
	}
}

// TestCopy copies an address with one click, and says so.
func TestCopy(t *testing.T) {
	b := newTab(t)
	b.signIn("Ben")
	b.open(the.portal + dwi)
	eval[any](b, "() => { navigator.clipboard.writeText = t => { window.copied = t; return Promise.resolve() }; return null }")
	b.click("Copy S3 URI") // of the folder
	b.until("it is said", "() => document.querySelector('#toast').innerText !== ''")
	if got, want := eval[string](b, "() => window.copied"), "s3://"+phantom.PrivateBucket+"/derivatives/sub-phantom/dwi/"; got != want {
		t.Errorf("copied %q, want %q", got, want)
	}
	b.quiet()
}

// TestWeight measures what pages weigh on the wire.
func TestWeight(t *testing.T) {
	b := newTab(t)
	b.signIn("Ada")
	b.open(the.portal + "/browse/microscopy/" + phantom.TilesPrefix)
	var weight struct{ Page, Rest float64 }
	got := eval[json.RawMessage](b, `() => ({
		Page: performance.getEntriesByType('navigation')[0].encodedBodySize,
		Rest: performance.getEntriesByType('resource').filter(r => /\.(js|css)$/.test(r.name)).reduce((n, r) => n + r.encodedBodySize, 0),
	})`)
	if err := json.Unmarshal(got, &weight); err != nil {
		t.Fatal(err)
	}
	t.Logf("a folder of 200 rows: %.1f kB, its scripts and styles: %.1f kB, compressed", weight.Page/1000, weight.Rest/1000)
	if weight.Page < 1000 || weight.Page > 40_000 || weight.Rest < 1000 || weight.Rest > 60_000 {
		t.Errorf("page %v and scripts and styles %v bytes, want at most 40,000 and 60,000", weight.Page, weight.Rest)
	}
}
