package edge_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/publicsuffix"

	"ngportal/cloudfront"
	"ngportal/edge"
)

const (
	viewerName = "neuroglancer.example.org"
	dataName   = "cfdist.example.org"
)

// newSiblings starts a viewer host that has its data at a sibling host. Both are at one socket.
func newSiblings(t testing.TB) *world {
	t.Helper()
	w := newWorld(t, asSiblings)
	w.objects.data["main/one/a"], w.objects.data["main/two/a"], w.objects.data["open/a"] = "one", "two", "open"
	return w
}

func asSiblings(c *edge.Config) {
	c.Origin, c.DataOrigin, c.CookieDomain = "https://neuroglancer.example.org", "https://cfdist.example.org", "example.org"
}

func TestWhichHostServesWhat(t *testing.T) {
	w := newSiblings(t)
	w.sessions.live["token-1"] = grant("token-1")
	w.sessions.tickets["ticket-1"] = edge.Opened{Grant: grant("token-2"), Fragment: "!{}"}
	cookie := "__Host-ng=token-1; " + w.cookies(t, w.signer, "loc-one")
	tests := map[string]struct {
		method, host, path string
		want               int
		body               string // of 200
	}{
		"data":                                    {"GET", dataName, "/d/loc-one/a", 200, "one"},
		"data, by an odd way to write the host":   {"GET", "CFDIST.example.org.:443", "/d/loc-one/a", 200, "one"},
		"public data":                             {"GET", dataName, "/d/pub-one/a", 200, "open"},
		"data at the viewer's":                    {"GET", viewerName, "/d/loc-one/a", 421, ""},
		"public data at the viewer's":             {"GET", viewerName, "/d/pub-one/a", 421, ""},
		"the viewer":                              {"GET", viewerName, "/", 200, "<!doctype html><title>viewer</title>"},
		"its configuration":                       {"GET", viewerName, "/viewer-config.json", 200, `{"portal":"http://localhost:8080"}`},
		"a state":                                 {"GET", viewerName, "/_session/state/good-slug_1", 200, `{"layers":[]}`},
		"a tract":                                 {"GET", viewerName, "/t/loc-one/a.trk/skel/info", 200, "skel/info of s3://main/one/a.trk"},
		"renewal":                                 {"POST", viewerName, "/_session/refresh", 204, ""},
		"the viewer at the data's":                {"GET", dataName, "/", 404, ""},
		"its index at the data's":                 {"GET", dataName, "/index.html", 404, ""},
		"its script at the data's":                {"GET", dataName, "/0a1b2c3d/main.js", 404, ""},
		"its configuration at the data's":         {"GET", dataName, "/viewer-config.json", 404, ""},
		"a state at the data's":                   {"GET", dataName, "/_session/state/good-slug_1", 404, ""},
		"a ticket at the data's":                  {"GET", dataName, "/_session/open?t=ticket-1", 404, ""},
		"signing out at the data's":               {"GET", dataName, "/_session/leave?l=loc-one", 404, ""},
		"renewal at the data's":                   {"POST", dataName, "/_session/refresh", 404, ""},
		"the end at the data's":                   {"POST", dataName, "/_session/end", 404, ""},
		"a tract at the data's":                   {"GET", dataName, "/t/loc-one/a.trk/skel/info", 404, ""},
		"nothing":                                 {"GET", dataName, "/d", 404, ""},
		"two slashes":                             {"GET", dataName, "//d/loc-one/a", 404, ""},
		"the domain":                              {"GET", "example.org", "/d/loc-one/a", 421, ""},
		"another sibling":                         {"GET", "portal.example.org", "/d/loc-one/a", 421, ""},
		"another port":                            {"GET", "cfdist.example.org:8443", "/d/loc-one/a", 421, ""},
		"a name that ends like the data's":        {"GET", "evilcfdist.example.org", "/d/loc-one/a", 421, ""},
		"a name that begins like the data's":      {"GET", "cfdist.example.org.evil.test", "/d/loc-one/a", 421, ""},
		"the viewer, by a name that is not ours":  {"GET", "evil.test", "/", 421, ""},
		"the viewer, by the name of the listener": {"GET", w.Listener.Addr().String(), "/", 421, ""},
	}
	for name, tt := range tests {
		res, body := w.do(t, tt.method, tt.path, "Host", tt.host, "Cookie", cookie)
		if res.StatusCode != tt.want || tt.want == 200 && body != tt.body {
			t.Errorf("%s: %s %s%s = %d %q, want %d %q", name, tt.method, tt.host, tt.path, res.StatusCode, body, tt.want, tt.body)
		}
		if tt.host == dataName && len(res.Header["Set-Cookie"]) != 0 {
			t.Errorf("%s: the data host sets cookies: %q", name, res.Header["Set-Cookie"])
		}
	}
	for _, key := range w.objects.asked() {
		if key != "main/one/a" && key != "open/a" {
			t.Errorf("the storage was asked for %s", key)
		}
	}
	if res, _ := w.do(t, "GET", "/_session/open?t=ticket-1", "Host", viewerName); res.StatusCode != 303 {
		t.Errorf("a ticket that the data host was shown = %d at the viewer's, want 303: it must not be used up", res.StatusCode)
	}
}

func TestCookiesForASibling(t *testing.T) {
	const removed = "; Domain=example.org; Max-Age=0; HttpOnly; Secure; SameSite=Strict"
	w := newSiblings(t)
	w.sessions.tickets["ticket-1"] = edge.Opened{Grant: grant("token-1"), Fragment: "!{}"}
	set := func(id string) (all []string) {
		for _, name := range []string{"Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"} {
			all = append(all, "CloudFront-"+name+"; Path=/d/"+id+"/; Domain=example.org; Max-Age=1800; HttpOnly; Secure; SameSite=Strict")
		}
		return all
	}
	unset := func(id string) (all []string) {
		for _, name := range []string{"Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"} {
			all = append(all, "CloudFront-"+name+" (none); Path=/d/"+id+"/"+removed)
		}
		return all
	}
	session := []string{"__Host-ng; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Strict"}
	none := []string{"__Host-ng (none); Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict"}
	withdrawn := grant("token-1")
	withdrawn.Locations, withdrawn.Gone = []string{"loc-two"}, []string{"loc-one"}
	for _, step := range []struct {
		method, path string
		live         *edge.Grant // of token-1, if it changes
		want         []string
	}{
		{"GET", "/_session/open?t=ticket-1", nil, slices.Concat(session, set("loc-one"), set("loc-two"))},
		{"POST", "/_session/refresh", nil, slices.Concat(session, set("loc-one"), set("loc-two"))},
		{"POST", "/_session/refresh", &withdrawn, slices.Concat(unset("loc-one"), session, set("loc-two"))},
		{"POST", "/_session/end", nil, slices.Concat(unset("loc-two"), none)},
		{"POST", "/_session/refresh", nil, slices.Concat(unset("loc-one"), none)},
		{"GET", "/_session/leave?l=loc-one&l=loc-two", nil, slices.Concat(unset("loc-one"), unset("loc-two"), none)},
	} {
		if step.live != nil {
			w.sessions.change(func(s *sessions) { s.live["token-1"] = *step.live })
		}
		res, _ := w.do(t, step.method, step.path, "Host", viewerName, "Cookie", "__Host-ng=token-1")
		if got := attributes(res); !slices.Equal(got, step.want) {
			t.Errorf("%s %s sets\n%s\nwant\n%s", step.method, step.path, strings.Join(got, "\n"), strings.Join(step.want, "\n"))
		}
	}
}

// The policies are for the data's origin; one for the viewer's counts for nothing there.
func TestPolicyOfASibling(t *testing.T) {
	w := newSiblings(t)
	w.sessions.tickets["ticket-1"] = edge.Opened{Grant: grant("token-1"), Fragment: "!{}"}
	opened, _ := w.do(t, "GET", "/_session/open?t=ticket-1", "Host", viewerName)
	res, body := w.do(t, "GET", "/d/loc-two/a", "Host", dataName, "Cookie", header(opened, "/d/loc-two/"))
	if res.StatusCode != 200 || body != "two" {
		t.Errorf("a read with the cookies of open = %d %q, want 200", res.StatusCode, body)
	}
	p, err := cloudfront.LocationPolicy("https://"+viewerName, "loc-one", time.Unix(start+60, 0))
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.signer.Sign(p)
	if err != nil {
		t.Fatal(err)
	}
	cookie := "CloudFront-Policy=" + c.Policy + "; CloudFront-Signature=" + c.Signature + "; CloudFront-Key-Pair-Id=K1; CloudFront-Hash-Algorithm=SHA256"
	res, _ = w.do(t, "GET", "/d/loc-one/a", "Host", dataName, "Cookie", cookie)
	if res.StatusCode != 503 || res.Header.Get("X-Edge-Deny") != "AccessDenied" {
		t.Errorf("a read with cookies for the viewer's origin = %d %q, want 503 AccessDenied", res.StatusCode, res.Header.Get("X-Edge-Deny"))
	}
}

// A browser keeps what the viewer host sets, brings the signed cookies and nothing else to the data, and has
// nothing left when it has been signed out.
func TestSiblingCookiesInABrowser(t *testing.T) {
	for _, out := range []string{"GET /_session/leave?l=loc-one&l=loc-two", "POST /_session/end"} {
		w := newSiblings(t)
		w.sessions.tickets["ticket-1"] = edge.Opened{Grant: grant("token-1"), Fragment: "!{}"}
		brought := map[string][]string{} // names of cookies by host, of the last request
		visit := w.browser(t, func(r *http.Request) {
			brought[r.Host] = nil
			for _, c := range r.Cookies() {
				brought[r.Host] = append(brought[r.Host], c.Name)
			}
		})
		signed := []string{"CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id", "CloudFront-Hash-Algorithm"}
		if code := visit("GET", "https://"+viewerName+"/_session/open?t=ticket-1"); code != 303 {
			t.Fatalf("open = %d, want 303", code)
		}
		if code := visit("GET", "https://"+dataName+"/d/loc-one/a"); code != 200 || !slices.Equal(brought[dataName], signed) {
			t.Errorf("data = %d with cookies %q, want 200 with %q", code, brought[dataName], signed)
		}
		if visit("GET", "https://"+viewerName+"/"); !slices.Equal(brought[viewerName], []string{"__Host-ng"}) {
			t.Errorf("the viewer host gets %q, want the session's alone", brought[viewerName])
		}
		method, path, _ := strings.Cut(out, " ")
		visit(method, "https://"+viewerName+path)
		if code := visit("GET", "https://"+dataName+"/d/loc-one/a"); code != 503 || len(brought[dataName]) != 0 {
			t.Errorf("data after %s = %d with cookies %q, want 503 with none", out, code, brought[dataName])
		}
		if visit("GET", "https://"+viewerName+"/"); len(brought[viewerName]) != 0 {
			t.Errorf("the viewer host gets %q after %s, want none", brought[viewerName], out)
		}
	}
}

// browser returns what visits addresses over TLS, as a browser with a cookie jar does that finds all
// hosts at w. See is told of each request as the server gets it.
func (w *world) browser(t *testing.T, see func(*http.Request)) (visit func(method, address string) int) {
	t.Helper()
	served := w.Config.Handler
	srv := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		see(r)
		served.ServeHTTP(rw, r)
	}))
	t.Cleanup(srv.Close)
	jar, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", srv.Listener.Addr().String())
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{
		Jar: jar, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(method, address string) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatalf("%s %s: %v", method, address, err)
		}
		res.Body.Close()
		return res.StatusCode
	}
}

// Behind CloudFront the portal sets the cookies, and has neither data nor a name that it knows.
func TestSessionsForASibling(t *testing.T) {
	w := newSiblings(t)
	h, err := edge.NewSessions(w.config)
	if err != nil {
		t.Fatal(err)
	}
	w.Config.Handler = h
	w.sessions.tickets["ticket-1"] = edge.Opened{Grant: grant("token-1"), Fragment: "!{}"}
	res, _ := w.do(t, "GET", "/_session/open?t=ticket-1", "Host", "portal.internal")
	const want = "CloudFront-Policy; Path=/d/loc-one/; Domain=example.org; Max-Age=1800; HttpOnly; Secure; SameSite=Strict"
	if got := attributes(res); res.StatusCode != 303 || !slices.Contains(got, want) {
		t.Errorf("open = %d with %q, want 303 and %q", res.StatusCode, got, want)
	}
	for _, host := range []string{viewerName, dataName, "portal.internal"} {
		res, _ := w.do(t, "GET", "/d/pub-one/a", "Host", host, "Origin", "https://"+viewerName)
		if got := crossOrigin(res); res.StatusCode != 404 || len(got) != 0 {
			t.Errorf("data by the name %s = %d with %q, want 404 with nothing", host, res.StatusCode, got)
		}
	}
}
