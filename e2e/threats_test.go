package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"ngportal/cloudfront"
)

// TestReturnPaths gives the portal addresses to come back to that browsers may read as another host. Wherever they lead, it
// is a page of the portal: threat T1.
func TestReturnPaths(t *testing.T) {
	t.Parallel()
	d := deploySingle(t, dataset{evenFolder, []string{addressOf("Ben")}, true})
	evil := httptest.NewServer(http.NotFoundHandler())
	defer evil.Close()
	// Every other host is the evil one, so that leaving is seen and not refused by the network.
	b := newTab(t, chromedp.Flag("host-resolver-rules", "MAP *.test "+listenAt(evil.URL)))
	at := evil.Listener.Addr().(*net.TCPAddr).Port
	host := fmt.Sprintf("evil.test:%d", at)
	nasty := []string{
		"//" + host, "///" + host, "////" + host + "/%2f..", "/\\" + host, "\\\\" + host, "\\/" + host, "/\t/" + host, "/\n/" + host,
		"/\r\n/" + host, "\t//" + host, " //" + host, "/ /" + host, "/%09/" + host, "/%5c" + host, "/%2f" + host, "/%2f%2f" + host,
		"/.//" + host, "/..//" + host, "/%2e%2e//" + host, "/a/..//" + host, "/./\\" + host, "/;@" + host, "/@" + host, "@" + host,
		"http://" + host, "http:" + host, "http:/" + host, "http:\\\\" + host, "//" + host + "@localhost", "//localhost@" + host,
		"javascript:location='http://" + host + "'", "data:text/html,<script>location='http://" + host + "'</script>", "/\u2044/" + host, "/\u3002/" + host,
		"//%65vil.test", "/login?return=//" + host, "/auth/e2e1?return=//" + host, "/logout", "",
	}
	stays := func(how, path string) {
		t.Helper()
		if got := eval[string](b, "() => location.origin"); got != d.portal {
			t.Errorf("%s: %q leads to %s", how, path, eval[string](b, "() => location.href"))
			b.open(d.portal)
		}
	}
	for _, path := range nasty[:4] {
		b.open(d.portal + "/login?" + url.Values{"return": {path}}.Encode())
		b.follow("Ben")
		stays("signing in", path)
		b.follow("Sign out")
		stays("signing out", path)
	}
	b.signInAt(d.portal, "Ben")
	for _, path := range nasty {
		for how, page := range map[string]string{"signed in already": "/login?", "a request for what one may see": "/request/" + evenFolder + "?"} {
			b.open(d.portal + page + url.Values{"return": {path}}.Encode())
			stays(how, path)
		}
	}
	b.open(d.portal + "/login?return=" + url.QueryEscape("/browse/"+evenFolder+"/?sort=name"))
	if got := eval[string](b, "() => location.pathname + location.search"); got != "/browse/"+evenFolder+"/?sort=name" {
		t.Errorf("a good address leads to %s", got)
	}
}

// TestTossedCookies has a host of the same domain set cookies of the portal's, the viewer's and the data's names. The session
// is what it was; data that the tossed cookies spoil are denied, and never drawn as zeros: threat T8.
func TestTossedCookies(t *testing.T) {
	t.Parallel()
	d := deploySibling(t, dataset{evenFolder, []string{addressOf("Ben")}, false})
	b := newTab(t, chromedp.IgnoreCertErrors, chromedp.Flag("host-resolver-rules", "MAP *.example.test 127.0.0.1"))
	b.signInAt(d.portal, "Ben")
	b.openEven(d, evenFolder)
	b.plain()
	b.slab(0)
	b.reload()
	b.isEven("before")
	sid, ng := b.cookie("__Host-sid"), b.cookie("__Host-ng")

	evil := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for _, name := range []string{"__Host-sid", "sid", "__Host-ng", "ng", "__Host-pre", "CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id"} {
			for _, path := range []string{"/", "/d/", "/d/" + evenFolder + "/", "/_session/"} {
				w.Header().Add("Set-Cookie", name+"=evil; Domain=example.test; Secure; Path="+path)
			}
		}
		fmt.Fprint(w, "<title>evil</title>")
	}))
	defer evil.Close()
	page := b.another()
	page.open(strings.Replace(evil.URL, "127.0.0.1", "evil.example.test", 1))
	tossed := map[string]int{}
	for _, c := range b.cookies() {
		if c.Value == "evil" {
			tossed[c.Name]++
		}
	}
	if tossed["sid"] == 0 || tossed["CloudFront-Policy"] == 0 || tossed["__Host-sid"]+tossed["__Host-ng"] > 0 {
		t.Errorf("the evil host has set %v, want some, and none of the names that begin with __Host-", tossed)
	}
	page.open(d.portal)
	if got := page.text(".me span"); got != "Ben" || b.cookie("__Host-sid") != sid || b.cookie("__Host-ng") != ng {
		t.Errorf("after that one is %q, want Ben, in the session of before", got)
	}
	b.front()
	b.renewed(d, "with tossed cookies", cloudfront.InvalidKey, 3, func() {})
	b.expireTossed()
}

// expireTossed removes what the evil host has set, as the browser does when it is closed.
func (b *tab) expireTossed() {
	b.t.Helper()
	for _, c := range b.cookies() {
		if c.Value != "evil" {
			continue
		}
		if _, err := chromedp.Call(b.ctx, network.DeleteCookies, network.DeleteCookiesParams{Name: c.Name, Domain: c.Domain, Path: c.Path}); err != nil {
			b.t.Fatal(err)
		}
	}
}
