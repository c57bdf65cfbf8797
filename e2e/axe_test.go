package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
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
		"fluorescence": "/asset/microscopy/" + phantom.FluoKey, "labels": "/asset/phantom/" + phantom.DsegKey,
		"nifti": "/asset/phantom/" + phantom.T1wKey, "broken": "/asset/demo-" + writtenBucket + "/" + brokenFile,
		"tray": "/tray", "links": "/links", "not-found": "/browse/phantom/nothing/",
	}
}

// brokenFile is called like an image, and is none.
const brokenFile = "sub-phantom_T2w.nii.gz"

// adminPages are the pages of the settings and the administration, as Ada sees them once prepared.
func adminPages(n prepared) map[string]string {
	at := func(kind string, id int64) string { return fmt.Sprintf("/admin/%s/%d", kind, id) }
	return map[string]string{
		"settings": "/settings", "settings-sessions": "/settings/sessions", "settings-tokens": "/settings/tokens",
		"settings-terms": "/settings/terms", "requests": "/requests", "terms": fmt.Sprintf("/terms/%d", n.terms),
		"admin": "/admin", "admin-people": "/admin/people", "admin-person": at("people", n.eve) + "?q=phantom",
		"admin-services": "/admin/services", "admin-service": at("services", n.service),
		"admin-groups": "/admin/groups", "admin-group": at("groups", n.group),
		"admin-datasets": "/admin/datasets", "admin-dataset": at("datasets", n.dataset),
		"admin-terms": "/admin/terms", "admin-terms-one": at("terms", n.terms),
		"admin-requests": "/admin/requests", "admin-request": at("requests", n.request), "admin-requests-all": "/admin/requests?state=all",
		"admin-apps": "/admin/apps", "admin-audit": "/admin/audit", "admin-audit-dataset": "/admin/audit?dataset=phantom",
		"confirm": "/settings/sessions/end?session=" + n.session, "admin-nothing": "/admin/groups/999999",
	}
}

// What there is to see on the pages of the administration.
type prepared struct {
	eve, service, group, dataset, terms, request int64
	session                                      string
}

// prepare makes some of everything, as Ada; Eve asks for a dataset.
func (b *tab) prepare(eve *tab) prepared {
	b.t.Helper()
	var n prepared
	n.eve = int64(eval[float64](b, api, "GET", "people?q="+addressOf("Eve"), nil))
	n.group = b.make("groups", object{"name": "Histology <b>lab</b> of the University of Somewhere", "description": "Who looks at slices."})
	n.terms = b.make("terms", object{"name": "Data use agreement", "text": "# What you agree to\n\n- **No** re-identification\n- Cite us, see [how](https://example.org/cite)\n\n    code of conduct"})
	n.service = b.make("services", object{"name": "Nightly <i>index</i>", "owner": 1})
	n.dataset = int64(eval[float64](b, api, "GET", "datasets/phantom", nil))
	b.make("apps", object{"origin": "https://viewer.example.org", "name": "Another viewer"})
	b.make(fmt.Sprintf("groups/%d/invitations", n.group), object{"email": "somebody.with.a.long.name@neuroanatomy.example.org", "admin": true})
	eval[float64](b, api, "PUT", fmt.Sprintf("groups/%d/members/%d", n.group, n.eve), object{"expires": "2199-01-01T00:00:00Z"})
	eval[float64](b, api, "PUT", fmt.Sprintf("datasets/microscopy/grants/%d/annotate", n.group), object{})
	b.make(fmt.Sprintf("services/%d/tokens", n.service), object{"name": "cron", "scope": "read"})
	b.make(fmt.Sprintf("people/%d/affiliations", n.eve), object{"name": "University of Somewhere", "began": "2020-01-01"})
	eval[float64](b, api, "POST", fmt.Sprintf("terms/%d/accept", n.terms), object{"version": 1})
	n.request = eve.make("requests", object{"dataset": "phantom", "sentence": "I compare slices with ours, and " + strings.Repeat("this is a long story, ", 12) + "thank you."})
	n.session = eval[string](b, `async () => (await (await fetch('/api/v1/me/sessions')).json()).items[0].id`)
	return n
}

// api asks the API with the session of the page, and returns the number of what it answers, or of the first of a list.
const api = `async (method, path, body) => {
	const headers = body ? {'Content-Type': 'application/json'} : {};
	const res = await fetch('/api/v1/' + path, {method, headers, body: body && JSON.stringify(body)});
	const text = await res.text();
	if (!res.ok) throw new Error(method + ' ' + path + ': ' + text.slice(0, 200));
	const answer = text ? JSON.parse(text) : {};
	return (answer.items ? answer.items[0] : answer.token ?? answer).id ?? 0;
}`

// make makes something by the API and returns its number, if it has one.
func (b *tab) make(kind string, wish object) int64 {
	b.t.Helper()
	return int64(eval[float64](b, api, "POST", kind, wish))
}

// TestAccessibility runs axe-core on every page, light and dark, wide and narrow.
func TestAccessibility(t *testing.T) {
	axe, err := os.ReadFile("../viewer/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("%v: run npm ci in viewer", err)
	}
	if err = os.WriteFile(filepath.Join(the.dir, "extra", writtenBucket, brokenFile), []byte("This was a volume once."), 0o600); err != nil {
		t.Fatal(err)
	}
	b := newTab(t)
	b.open(the.portal)
	b.check(string(axe), "signed-out")
	b.follow("Sign in")
	b.check(string(axe), "provider")
	b.follow("Ada")
	link := b.linkTo(dwi, fa, trk)
	b.check(string(axe), "link-made")
	for name, address := range pages() {
		b.open(the.portal + address)
		b.check(string(axe), name)
	}
	b.composes(string(axe))
	eve := newTab(t)
	eve.signIn("Eve")
	eve.check(string(axe), "nothing-to-see")
	eve.open(link)
	eve.check(string(axe), "link-refused")
	eve.open(the.portal + "/request/phantom")
	eve.check(string(axe), "request-form")
	for name, address := range adminPages(b.prepare(eve)) {
		b.open(the.portal + address)
		b.check(string(axe), name)
	}
	b.answers(string(axe))
	eve.open(the.portal + "/request/phantom")
	eve.check(string(axe), "request-waiting")
}

// composes checks the tray while a scene is arranged, and the question about a scene that comes from elsewhere.
func (b *tab) composes(axe string) {
	b.t.Helper()
	b.open(the.portal + "/browse/microscopy/rawdata/sub-phantom/micr/")
	b.tick(lastOf(phantom.FluoKey))
	b.click("Add to tray")
	b.until("the tray has three", "() => document.querySelector('#tray b').innerText === '3'")
	b.open(the.portal + "/tray")
	for i := range 3 {
		b.clickAt(eval[[]float64](b, "(i) => { const e = document.getElementById('adjust-' + i); e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect(); return [r.x + 9, r.y + 9] }", i))
		b.until("it is open", "(i) => document.getElementById('adjust-' + i).ariaExpanded === 'true'", i)
	}
	b.check(axe, "tray-adjust")
	b.fill("Compare two groups side by side", "yes")
	b.until("there are two groups", "() => document.querySelectorAll('#preview h3').length === 2")
	b.check(axe, "tray-compare")
	b.pastes("https://example.org/no-scene")
	b.check(axe, "import-fault")
	b.pastes(layersOf("a layer whose name is rather long", "zarr://https://data.example.org/a/path/that/is/long/as/they/are/image.ome.zarr", "another", "s3://open-data/image.ome.zarr|zarr2:"))
	b.check(axe, "import-question")
}

// answers checks what comes of forms: faults, questions, notices, and a secret.
func (b *tab) answers(axe string) {
	b.t.Helper()
	b.open(the.portal + "/admin/groups")
	b.fill("Name", "histology <b>LAB</b> of the university of somewhere")
	b.follow("Make the group")
	b.check(axe, "form-with-faults")
	b.fill("Name", "Another")
	b.follow("Make the group")
	b.fill("E-mail address, or number of a person", addressOf("Eve"))
	b.follow("Add")
	b.check(axe, "notice-with-undo")
	b.follow("Remove Eve")
	b.check(axe, "confirm-removal")
	b.open(the.portal + "/admin/terms")
	b.fill("Name", "More terms")
	b.fill("Text", "# Heading\n\nSome *words*.\n\n> Quoted\n\n1. one\n2. two")
	b.follow("Preview")
	b.check(axe, "terms-preview")
	b.open(the.portal + "/settings/tokens")
	b.fill("Name", "notebook on my laptop")
	b.follow("Make the token")
	b.check(axe, "fresh-secret")
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
				b.t.Errorf("%s, %s: %d wide is too narrow by %v pixels: %s", name, scheme, width, over, eval[string](b, widest))
			}
			b.do(chromedp.EmulateViewport(width, eval[int64](b, "() => Math.min(4000, document.documentElement.scrollHeight)")))
			b.shot(fmt.Sprintf("%s-%s-%d", name, scheme, width))
		}
	}
	b.do(chromedp.EmulateViewport(1280, 900))
}

// widest is the innermost element that reaches over the edge of the page.
const widest = `() => [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth)
	.map(e => e.outerHTML.slice(0, 160)).at(-1) ?? 'nothing that has a box'`

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
