package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ngportal/web/phantom"
)

// openScene composes a scene of assets and returns the link's path and the way in to the viewer.
func (v *visitor) openScene(assets ...string) (link string, entry page) {
	v.t.Helper()
	p := v.post("/open", url.Values{"asset": assets, "copy": {"1"}})
	if p.code != 201 {
		v.t.Fatalf("POST /open = %d %q", p.code, p.heading())
	}
	for _, a := range all(p.doc, "#made a") {
		link = attr(a, "href")
	}
	return link, v.get(link)
}

// enter goes through the door to the viewer, and returns the state it lands at.
func (v *visitor) enter(entry page) map[string]any {
	v.t.Helper()
	if entry.code != 303 || !strings.HasPrefix(entry.header.Get("Location"), the.viewer+"/_session/open?t=") {
		v.t.Fatalf("%s = %d to %q, want 303 to the viewer", entry.url, entry.code, entry.header.Get("Location"))
	}
	landed := v.get(entry.header.Get("Location"))
	fragment, ok := strings.CutPrefix(landed.header.Get("Location"), "/#!")
	if landed.code != 303 || !ok {
		v.t.Fatalf("the ticket = %d to %q, want 303 to /#!…", landed.code, landed.header.Get("Location"))
	}
	text, err := url.PathUnescape(fragment)
	if err != nil {
		v.t.Fatal(err)
	}
	var state map[string]any
	if err := json.Unmarshal([]byte(text), &state); err != nil {
		v.t.Fatal(err)
	}
	return state
}

func TestLinks(t *testing.T) {
	ada := signIn(t, "Ada")
	own, entry := ada.openScene(asset(phantom.FAKey), asset(phantom.TRKKey))
	ada.enter(entry)
	mixed, _ := ada.openScene(asset(phantom.FAKey), "microscopy/demo-microscopy/"+phantom.FluoKey)

	ben := signIn(t, "Ben")
	state := ben.enter(ben.get(own))
	if layers, ok := state["layers"].([]any); !ok || len(layers) != 2 {
		t.Errorf("Ben lands at %v, want two layers", state["layers"])
	}
	for who, want := range map[string][]string{
		"Ben": {"Phantom: microscopy"}, "Eve": {"Phantom: microscopy", "Phantom: MRI, XPCT and tracts"},
	} {
		p := signIn(t, who).get(mixed)
		if got := p.texts("main ul li > bdi"); p.code != 403 || strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s opens the mixed link: %d naming %q, want 403 naming %q", who, p.code, got, want)
		}
		for _, secret := range []string{"FLUO", "dwi", "private", "demo-microscopy", "_session", "neuroglancer"} {
			if strings.Contains(p.body, secret) {
				t.Errorf("the refusal for %s tells %q", who, secret)
			}
		}
	}
	out := newVisitor(t)
	if p := out.pickAt(out.follow(out.get(own)), "Eve"); p.code != 403 {
		t.Errorf("signed out, then Eve: %d, want 403", p.code)
	}
	if p := ben.get("/links"); strings.Contains(p.body, strings.TrimPrefix(own, "/s/")) {
		t.Error("Ben's links list Ada's")
	}
}

// TestTicket uses a ticket twice, and after its session has ended.
func TestTicket(t *testing.T) {
	v := signIn(t, "Ben")
	_, entry := v.openScene(asset(phantom.TRKKey))
	v.enter(entry)
	if p := v.get(entry.header.Get("Location")); p.code != 400 {
		t.Errorf("a used ticket = %d, want 400", p.code)
	}
	_, entry = v.openScene(asset(phantom.TRKKey))
	v.post("/logout", nil)
	if p := v.get(entry.header.Get("Location")); p.code != 400 {
		t.Errorf("the ticket of a session that has ended = %d, want 400", p.code)
	}
}

// TestDataNeedsCookies reads one chunk's metadata with all sorts of cookies.
func TestDataNeedsCookies(t *testing.T) {
	v := signIn(t, "Ada")
	_, entry := v.openScene(asset(phantom.FAKey))
	v.enter(entry)
	at := the.viewer + "/d/demo-phantom/" + phantom.FAKey + ".zattrs"
	good := v.cookies(at)
	if len(good) < 4 {
		t.Fatalf("the viewer host has set %d cookies for the data, want 4 or more", len(good))
	}
	other := signIn(t, "Ada")
	_, entry = other.openScene("microscopy/demo-microscopy/" + phantom.FluoKey)
	other.enter(entry)
	others := other.cookies(the.viewer + "/d/demo-microscopy/x")

	change := func(name, value string) map[string]string {
		c := map[string]string{}
		for k, v := range good {
			c[k] = v
		}
		c[name] = value
		return c
	}
	late := strings.NewReplacer("+", "-", "=", "_", "/", "~").Replace(base64.StdEncoding.EncodeToString([]byte(fmt.Sprintf(
		`{"Statement":[{"Resource":"%s/d/demo-phantom/*","Condition":{"DateLessThan":{"AWS:EpochTime":4102444800}}}]}`, the.viewer))))
	tests := map[string]struct {
		cookies map[string]string
		code    int
		deny    string
	}{
		"as given":                  {good, 200, ""},
		"none":                      {nil, 503, "MissingKey"},
		"another location's":        {others, 503, "AccessDenied"},
		"another policy":            {change("CloudFront-Policy", late), 503, "AccessDenied"},
		"a tampered signature":      {change("CloudFront-Signature", "A"+good["CloudFront-Signature"][1:]), 503, "AccessDenied"},
		"another location's policy": {change("CloudFront-Policy", others["CloudFront-Policy"]), 503, "AccessDenied"},
		"an unknown key":            {change("CloudFront-Key-Pair-Id", "KOTHER"), 503, "InvalidKey"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at, nil)
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range tt.cookies {
				req.AddCookie(&http.Cookie{Name: k, Value: v})
			}
			p := newVisitor(t).send(req)
			if p.code != tt.code || p.header.Get("X-Edge-Deny") != tt.deny {
				t.Errorf("= %d, X-Edge-Deny %q; want %d, %q", p.code, p.header.Get("X-Edge-Deny"), tt.code, tt.deny)
			}
			if tt.code != 200 && strings.Contains(p.body, "multiscales") {
				t.Error("the refusal holds the data")
			}
		})
	}
	if p := v.get(the.viewer + "/d/demo-phantom/not/there"); p.code != 404 {
		t.Errorf("an absent object = %d, want 404", p.code)
	}
	if p := v.get(the.viewer + "/t/demo-microscopy/" + phantom.OddPrefix + "x.trk/skel/info"); p.code != 503 {
		t.Errorf("a tract of a location that was not opened = %d, want 503", p.code)
	}
}

// cookies are those the visitor's browser would send to an address.
func (v *visitor) cookies(address string) map[string]string {
	v.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		v.t.Fatal(err)
	}
	out := map[string]string{}
	for _, c := range v.client.Jar.Cookies(u) {
		if strings.HasPrefix(c.Name, "CloudFront-") {
			out[c.Name] = c.Value
		}
	}
	return out
}

// TestSkeleton reads the drawn streamlines as the viewer does.
func TestSkeleton(t *testing.T) {
	v := signIn(t, "Ben")
	_, entry := v.openScene(asset(phantom.TRKKey))
	v.enter(entry)
	at := the.viewer + "/t/demo-phantom/" + phantom.TRKKey + "/skel/"
	if p := v.get(at + "info"); p.code != 200 || !strings.Contains(p.body, "neuroglancer_skeletons") {
		t.Errorf("info = %d %.100s", p.code, p.body)
	}
	if p := v.get(at + "prop/info"); p.code != 200 || !strings.Contains(p.body, "420") {
		t.Errorf("prop/info = %d %.200s", p.code, p.body)
	}
	if p := v.get(at + "1"); p.code != 200 || fmt.Sprint(len(p.body)) != p.header.Get("Content-Length") {
		t.Errorf("1 = %d with %d bytes, promised %s", p.code, len(p.body), p.header.Get("Content-Length"))
	}
	again := v.get(at + "1")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at+"1", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("If-None-Match", again.header.Get("ETag"))
	if p := v.send(req); p.code != 304 || p.body != "" {
		t.Errorf("what the browser has already = %d with %d bytes, want 304", p.code, len(p.body))
	}
	for file, want := range map[string]int{"length/1": 200, "s_none/info": 404, "tol=1/info": 404, "99999999": 404, "length/info": 200} {
		if p := v.get(at + file); p.code != want || want == 404 && p.header.Get("Cache-Control") != "no-store" {
			t.Errorf("skel/%s = %d %.100q, %s, want %d", file, p.code, p.body, p.header.Get("Cache-Control"), want)
		}
	}
	ann := strings.TrimSuffix(at, "skel/") + "ann/"
	for file, want := range map[string]int{
		"info": 200, "tol=0.25/info": 200, "list/info": 200, "spatial0/0_0_0": 200, "spatial0/99_0_0": 404, "spatial77/0_0_0": 404, "tol=x/info": 404,
	} {
		if p := v.get(ann + file); p.code != want || want == 200 && fmt.Sprint(len(p.body)) != p.header.Get("Content-Length") {
			t.Errorf("ann/%s = %d with %d bytes, promised %s, want %d", file, p.code, len(p.body), p.header.Get("Content-Length"), want)
		}
	}
	bad := the.viewer + "/t/demo-bad/short.trk/skel/1"
	_, entry = v.openScene("demo-bad/demo-bad/placed/")
	v.enter(entry)
	if p := v.get(bad); p.code != 422 || !strings.Contains(p.body, "header") {
		t.Errorf("a broken tractogram = %d %q, want 422 and a sentence", p.code, p.body)
	}
}

// TestHostileObject reads an HTML page from a bucket: it must not run in anybody's name.
func TestHostileObject(t *testing.T) {
	v := signIn(t, "Ben")
	_, entry := v.openScene("demo-bad/demo-bad/placed/")
	v.enter(entry)
	p := v.get(the.viewer + "/d/demo-bad/many/evil/index.html")
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		if got := p.header.Get(name); p.code != 200 || got != want {
			t.Errorf("%d, %s: %q, want 200 and %q", p.code, name, got, want)
		}
	}
}

// TestSessionEnds renews the cookies, signs out, and tries again.
func TestSessionEnds(t *testing.T) {
	v := signIn(t, "Ben")
	_, entry := v.openScene(asset(phantom.TRKKey))
	v.enter(entry)
	if p := v.post(the.viewer+"/_session/refresh", nil); p.code != 204 || len(p.header.Values("Set-Cookie")) < 5 {
		t.Errorf("refresh = %d with %d cookies, want 204 with 5", p.code, len(p.header.Values("Set-Cookie")))
	}
	v.post("/logout", nil)
	if p := v.post(the.viewer+"/_session/refresh", nil); p.code != 401 {
		t.Errorf("refresh after signing out = %d, want 401", p.code)
	}
	if p := v.get(the.viewer + "/t/demo-phantom/" + phantom.TRKKey + "/skel/1"); p.code != 503 {
		t.Errorf("a tract after signing out = %d, want 503", p.code)
	}
}

// TestSigningOutTakesCookies signs out after data have been opened: the next person at the same browser
// must not read with what is left.
func TestSigningOutTakesCookies(t *testing.T) {
	v := signIn(t, "Ben")
	_, entry := v.openScene(asset(phantom.FAKey))
	v.enter(entry)
	at := the.viewer + "/d/demo-phantom/" + phantom.FAKey + ".zattrs"
	if p := v.get(at); p.code != 200 {
		t.Fatalf("before: %d, want 200", p.code)
	}
	left := v.post("/logout", nil)
	if want := the.viewer + "/_session/leave?l=demo-phantom"; left.code != 303 || left.header.Get("Location") != want {
		t.Fatalf("POST /logout = %d to %q, want 303 to %q", left.code, left.header.Get("Location"), want)
	}
	leave := v.get(left.header.Get("Location"))
	if leave.code != 303 || leave.header.Get("Location") != the.portal+"/" || leave.header.Get("Clear-Site-Data") != `"cache"` {
		t.Errorf("leaving = %d to %q, Clear-Site-Data %q", leave.code, leave.header.Get("Location"), leave.header.Get("Clear-Site-Data"))
	}
	if p := v.get(at); p.code != 503 || len(v.cookies(at)) != 0 {
		t.Errorf("afterwards: %d with the cookies %v, want 503 and none", p.code, v.cookies(at))
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, the.viewer+"/_session/leave?l=demo-phantom", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	if p := v.send(req); p.code != 400 || len(p.header.Values("Set-Cookie")) != 0 {
		t.Errorf("leaving from another site = %d with %q, want 400 and no cookie", p.code, p.header.Values("Set-Cookie"))
	}
}
