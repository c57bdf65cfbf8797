package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"ngportal/cloudfront"
)

// What the banner says.
const (
	allEnded  = "Your access to this data has ended"
	someEnded = "Your access to some of this data has ended"
)

// TestBlackPixel takes access away in every way while the viewer is open. What may be read is drawn as it is, what may
// not is never drawn as zeros, and whoever gets access back finds the scene as it was.
func TestBlackPixel(t *testing.T) {
	const beside = "set-000" // a location that the browser has cookies for, too
	ben := addressOf("Ben")
	d := deploySingle(t, dataset{evenFolder, []string{ben}, false}, dataset{beside, []string{ben}, false})
	b := newTab(t)
	b.signInAt(d.portal, "Ben")
	b.enterViewer(d, beside)
	b.openEven(d, evenFolder)
	b.plain()
	b.slab(0)
	b.reload() // what the other panels have shown is forgotten
	b.isEven("with good cookies")

	b.renewed(d, "without cookies", cloudfront.MissingKey, 3, b.expire)
	b.renewed(d, "with cookies of a time that is over", cloudfront.AccessDenied, 6, func() { b.outdate(d) })

	d.grant(nil, evenFolder)
	b.expire()
	b.ended(d, "partly-withdrawn", 8, someEnded, http.StatusNoContent)
	d.grant([]string{ben}, evenFolder)
	b.comeBack("partly-granted-again", func() {})

	d.grant(nil, evenFolder, beside)
	b.expire()
	b.ended(d, "withdrawn", 10, allEnded, http.StatusUnauthorized)
	d.grant([]string{ben}, evenFolder)
	b.comeBack("granted-again", func() {})

	other := b.beside()
	b.signOutElsewhere(d)
	b.expire()
	other.ended(d, "signed-out-in-another-tab", 14, allEnded, http.StatusUnauthorized)
	b.front()
	b.ended(d, "signed-out", 12, allEnded, http.StatusUnauthorized)
	b.comeBack("signed-in-again", func() { b.follow("Ben") })
	other.front()
	other.until("the other tab goes on by itself", "() => document.querySelector('#access-alert').innerText === ''")
	other.isEven("back in another tab")
}

// beside opens the scene of b in another tab of the same browser.
func (b *tab) beside() *tab {
	b.t.Helper()
	other := b.another()
	other.open(eval[string](b, "() => location.href"))
	other.front()
	other.waitViewer(1)
	return other
}

// front makes b the tab that one sees.
func (b *tab) front() {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, page.BringToFront, cdp.Empty{}); err != nil {
		b.t.Fatal(err)
	}
}

// openEven opens the volume of a location.
func (b *tab) openEven(d *deployment, location string) {
	b.t.Helper()
	b.open(d.portal + "/asset/" + location + "/" + evenPath + "/")
	b.follow("Open in Neuroglancer")
	b.waitViewer(1)
}

// reload loads the page anew, once its address holds the scene.
func (b *tab) reload() {
	b.t.Helper()
	b.until("the address holds the scene", `() => {
		const {position, layout} = JSON.parse(decodeURIComponent(location.hash.slice(2)));
		return layout === 'xy' && String(position) === String(viewer.navigationState.position.value);
	}`)
	b.do(chromedp.Reload())
	b.waitViewer(1)
}

// isEven insists that the whole region is drawn as the value that all data have.
func (b *tab) isEven(when string) {
	b.t.Helper()
	b.drawn()
	b.shot(strings.ReplaceAll(when, " ", "-"))
	if got := b.look(0); !got.isAll(evenValue) {
		b.t.Errorf("%s: drawn %v, want %d", when, got, evenValue)
	}
}

// renewed spoils the cookies and moves on to chunks that have not been read: all are denied, one renewal answers for
// all, and they are drawn.
func (b *tab) renewed(d *deployment, when string, code cloudfront.Code, slab int, spoil func()) {
	b.t.Helper()
	spoil()
	before := d.log.mark()
	b.slab(slab)
	seen := b.look(500)
	b.isEven(when)
	denied, renewals := d.log.since(before, entry{Route: "data", Deny: string(code)}), d.log.since(before, renewal())
	b.t.Logf("%s: %d chunks denied (%s), %d renewal, %v meanwhile and %v at the end", when, len(denied), code, len(renewals), seen, b.look(0))
	if len(denied) < 4 || len(renewals) != 1 || renewals[0].Status != http.StatusNoContent {
		b.t.Errorf("%s: %d chunks denied and renewals %v, want several chunks and one renewal", when, len(denied), renewals)
	}
	if seen.Darkest < b.background()-1 {
		b.t.Errorf("%s: drawn %v meanwhile, want nothing darker than the background", when, seen)
	}
}

// outdate gives the browser cookies that are good but for their time.
func (b *tab) outdate(d *deployment) {
	b.t.Helper()
	text, err := os.ReadFile(d.in(signingPEM))
	if err != nil {
		b.t.Fatal(err)
	}
	key, err := cloudfront.ParsePrivateKey(text)
	if err != nil {
		b.t.Fatal(err)
	}
	signer, err := cloudfront.NewSigner(signingID, key, cloudfront.SHA256)
	if err != nil {
		b.t.Fatal(err)
	}
	policy, err := cloudfront.LocationPolicy(d.data, evenFolder, time.Now().Add(-time.Second))
	if err != nil {
		b.t.Fatal(err)
	}
	signed, err := signer.Sign(policy)
	if err != nil {
		b.t.Fatal(err)
	}
	b.expire()
	var cookies []*network.CookieParam
	for _, p := range signed.Pairs() {
		cookies = append(cookies, &network.CookieParam{
			Name: p.Name, Value: p.Value, URL: d.data, Path: "/d/" + evenFolder + "/", HTTPOnly: true, SameSite: network.CookieSameSiteStrict,
		})
	}
	b.setCookies(cookies...)
}

// ended moves on to chunks that may not be read any more: it is said, and the background shows. One renewal, with this
// answer, is tried for all.
func (b *tab) ended(d *deployment, how string, slab int, words string, answer int) {
	b.t.Helper()
	before := d.log.mark()
	b.slab(slab)
	seen := b.look(1000)
	b.until("it is said", "() => document.querySelector('#access-alert')?.checkVisibility() && document.querySelector('#access-alert').innerText")
	if said := b.text("#access-alert"); !strings.Contains(said, words) {
		b.t.Errorf("%s: the banner says %q", how, said)
	}
	later := b.look(3000)
	b.shot(how)
	gray := b.background()
	b.t.Logf("%s: %d chunks denied, %d renewals; drawn %v, then %v in %d looks; the background is %v", how,
		len(d.log.since(before, entry{Route: "data", Deny: string(cloudfront.MissingKey)})), len(d.log.since(before, renewal())), seen, later, later.Looks, gray)
	if seen.Darkest < gray-1 {
		b.t.Errorf("%s: drawn %v at first, want nothing darker than the background, %v", how, seen, gray)
	}
	if !later.isAll(gray) {
		b.t.Errorf("%s: drawn %v, want the background, %v", how, later, gray)
	}
	if renewals := d.log.since(before, renewal()); len(renewals) != 1 || renewals[0].Status != answer {
		b.t.Errorf("%s: renewals %v, want one, answered %d", how, renewals, answer)
	}
}

// comeBack signs in again from the banner, by the keyboard, and finds the scene as it was left.
func (b *tab) comeBack(how string, signIn func()) {
	b.t.Helper()
	left, origin := b.scene(), eval[float64](b, "() => performance.timeOrigin")
	b.tabTo("Sign in again")
	b.shot(how + "-focus")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.until("a page comes", "(t) => performance.timeOrigin !== t && document.readyState === 'complete'", origin)
	signIn()
	b.waitViewer(1)
	b.isEven(how)
	if found := b.scene(); found != left {
		b.t.Errorf("%s: the scene was\n%s\nand is\n%s", how, left, found)
	}
	if said := b.text("#access-alert"); said != "" {
		b.t.Errorf("%s: the banner still says %q", how, said)
	}
}

// scene is the whole state of the viewer.
func (b *tab) scene() string {
	b.t.Helper()
	text := eval[string](b, "() => JSON.stringify(viewer.state.toJSON(), null, 1)")
	for _, part := range []string{"position", "layers", "layout", "crossSectionScale"} {
		if !strings.Contains(text, `"`+part+`"`) {
			b.t.Errorf("the state has no %s: %s", part, text)
		}
	}
	return text
}

// focused is what is called so that has the focus.
const focused = "() => (" + called + ")(document.activeElement)"

// called is what an element is called.
const called = `(e) => {
	const label = e?.labels?.[0]?.cloneNode(true);
	label?.querySelectorAll('.soft').forEach(s => s.remove());
	return (e?.ariaLabel ?? (label ?? e)?.textContent ?? '').replace(/\s+/g, ' ').trim();
}`

// stops is how many stops of the Tab key lie between what has the focus and what is called name, less than none if it comes
// before; 0 if there is none.
const stops = `(name) => {
	const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
		.filter(e => !e.disabled && e.type !== 'hidden' && e.checkVisibility());
	const at = all.findIndex(e => (` + called + `)(e) === name);
	return at < 0 ? 0 : at - all.indexOf(document.activeElement);
}`

// tabTo presses the Tab key until what is called name has the focus. It goes the short way, and looks where that has led.
func (b *tab) tabTo(name string) {
	b.t.Helper()
	var passed []string
	switch n := eval[int](b, stops, name); {
	case n > 0:
		b.do(chromedp.KeyEvent(strings.Repeat(kb.Tab, n)))
	case n < 0:
		b.do(chromedp.KeyEvent(strings.Repeat(kb.Tab, -n), chromedp.KeyModifiers(chromedp.ModifierShift)))
	}
	for range 120 {
		now := eval[string](b, focused)
		if now == name {
			return
		}
		passed = append(passed, fmt.Sprintf("%.40q", now))
		b.do(chromedp.KeyEvent(kb.Tab))
	}
	b.shot("failure")
	b.t.Fatalf("the Tab key does not lead to %q but to %v", name, passed)
}

// signOutElsewhere ends the portal session without this browser.
func (b *tab) signOutElsewhere(d *deployment) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.ctx, http.MethodPost, d.portal+"/logout", strings.NewReader(url.Values{}.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: "sid", Value: b.cookie("sid")})
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("signing out is answered %d, %v, want 303", res.StatusCode, err)
	}
}
