package e2e

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"ngportal/cloudfront"
)

// TestSiblingHosts opens a volume where portal, viewer and data are hosts of one domain, over TLS: the cookies are
// the domain's, the data host gets them, and hosts elsewhere do not.
func TestSiblingHosts(t *testing.T) {
	d := deploySibling(t, dataset{evenFolder, []string{addressOf("Ben")}, false})
	b := newTab(t, chromedp.IgnoreCertErrors, chromedp.Flag("host-resolver-rules", "MAP *.example.test 127.0.0.1"))
	wire := b.listenIn(d.data + "/d/")
	b.signInAt(d.portal, "Ben")
	b.openEven(d, evenFolder)
	b.hasDomainCookies()
	if got := eval[string](b, "() => performance.getEntriesByType('navigation')[0].nextHopProtocol"); got != "h2" {
		t.Errorf("the viewer came by %q, want h2", got)
	}
	b.plain()
	b.slab(0)
	b.reload()
	b.isEven("with good cookies")
	wire.check(t)
	b.quiet()

	b.seesElsewhere()

	b.renewed(d, "without cookies", cloudfront.MissingKey, 3, b.expire)
	b.hasDomainCookies()
	d.grant(nil, evenFolder)
	b.expire()
	b.ended(d, "withdrawn", 9, allEnded, http.StatusUnauthorized)
	d.grant([]string{addressOf("Ben")}, evenFolder)
	b.comeBack("granted-again", func() {})
	b.hasDomainCookies()
}

// hasDomainCookies insists on the cookies of the location, and on the attributes of all.
func (b *tab) hasDomainCookies() {
	b.t.Helper()
	want := map[string]network.Cookie{
		"__Host-sid": {Domain: "portal.example.test", Path: "/", SameSite: network.CookieSameSiteLax},
		"__Host-ng":  {Domain: "neuroglancer.example.test", Path: "/", SameSite: network.CookieSameSiteStrict},
	}
	for _, name := range []string{"Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"} {
		want["CloudFront-"+name] = network.Cookie{Domain: ".example.test", Path: "/d/" + evenFolder + "/", SameSite: network.CookieSameSiteStrict}
	}
	for _, c := range b.cookies() {
		w, ok := want[c.Name]
		delete(want, c.Name)
		if !ok && strings.HasPrefix(c.Name, "__Host-pre") {
			continue // of a sign-in
		}
		if !ok || c.Domain != w.Domain || c.Path != w.Path || c.SameSite != w.SameSite || !c.Secure || !c.HTTPOnly {
			b.t.Errorf("cookie %s: domain %s, path %s, SameSite %s, Secure %v, HttpOnly %v; want %s, %s and %s (%v), secure and HttpOnly",
				c.Name, c.Domain, c.Path, c.SameSite, c.Secure, c.HTTPOnly, w.Domain, w.Path, w.SameSite, ok)
		}
	}
	for name := range want {
		b.t.Errorf("there is no cookie %s", name)
	}
}

// A wire is what a page asks of one host; what its worker asks is not among it.
type wire struct {
	mu      sync.Mutex
	headers []network.Headers
	spoken  map[string]int // protocols
}

// listenIn listens in on the requests whose addresses begin so.
func (b *tab) listenIn(prefix string) *wire {
	b.t.Helper()
	w := &wire{spoken: map[string]int{}}
	headers := map[network.RequestID]network.Headers{}
	err := chromedp.Listen(b.ctx, func(ev any) {
		w.mu.Lock()
		defer w.mu.Unlock()
		switch e := ev.(type) {
		case *network.EventRequestWillBeSentExtraInfo:
			headers[e.RequestID] = e.Headers
		case *network.EventResponseReceived:
			if e.Response != nil && strings.HasPrefix(e.Response.URL, prefix) {
				w.spoken[e.Response.Protocol]++
				w.headers = append(w.headers, headers[e.RequestID])
			}
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := chromedp.Call(b.ctx, network.Enable, network.EnableParams{}); err != nil {
		b.t.Fatal(err)
	}
	return w
}

// check insists that all requests went by HTTP/2, with the cookies that one reads data with and no session's.
func (w *wire) check(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.headers) == 0 || w.spoken["h2"] != len(w.headers) {
		t.Errorf("%d requests to the data host, by %v; want some, all by h2", len(w.headers), w.spoken)
	}
	for _, h := range w.headers {
		cookie, _ := h["cookie"].(string)
		if !strings.Contains(cookie, "CloudFront-Policy=") || strings.Contains(cookie, "__Host-") {
			t.Errorf("a request to the data host has the headers %v; want the signed cookies and no session's", h)
		}
	}
}

// seesElsewhere adds a layer from a host that lets everybody read, and sees it. That host gets no cookie, and
// asks for none: browsers would refuse an answer for everybody to a request with cookies.
func (b *tab) seesElsewhere() {
	b.t.Helper()
	var mu sync.Mutex
	var asked, cookies int
	files := http.FileServer(http.Dir(filepath.Join(the.dir, "extra", evenBucket, setName(1))))
	host := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked++
		if r.Header.Get("Cookie") != "" {
			cookies++
		}
		mu.Unlock()
		w.Header().Set("Access-Control-Allow-Origin", "*")
		files.ServeHTTP(w, r)
	}))
	defer host.Close()
	left := b.scene()
	eval[any](b, `(url) => {
		const state = viewer.state.toJSON();
		state.layers = [{...state.layers[0], name: 'elsewhere', source: url}];
		state.position = [8, 8, 8];
		viewer.state.restoreState(state);
		return null;
	}`, host.URL+"/"+evenPath+"/|zarr2:")
	b.waitViewer(1)
	if got := brightest(b.middles()); !near(got, evenValue) {
		b.t.Errorf("elsewhere: drawn %v, want %d", got, evenValue)
	}
	b.shot("elsewhere")
	mu.Lock()
	defer mu.Unlock()
	if asked == 0 || cookies > 0 {
		b.t.Errorf("the host elsewhere got %d requests, %d of them with cookies", asked, cookies)
	}
	eval[any](b, "(state) => { viewer.state.restoreState(JSON.parse(state)); return null }", left)
	b.waitViewer(1)
}
