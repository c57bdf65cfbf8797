package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"ngportal/web/phantom"
)

// asset is the form value of an object or folder of the phantom.
func asset(key string) string { return "phantom/demo-phantom/" + key }

func TestSignedOut(t *testing.T) {
	v := newVisitor(t)
	if p := v.get("/"); p.code != 200 || !slices.Contains(p.texts("main a"), "Sign in") {
		t.Errorf("GET / = %d with links %q, want 200 and Sign in", p.code, p.texts("main a"))
	}
	for _, address := range []string{
		"/browse/phantom/", "/browse/nothing/", "/tree/phantom/", "/asset/phantom/README", "/tray", "/links", "/s/0000-0000-0000-0000",
	} {
		p := v.get(address)
		if want := "/login?return=" + url.QueryEscape(address); p.code != 303 || p.header.Get("Location") != want {
			t.Errorf("GET %s = %d to %q, want 303 to %q", address, p.code, p.header.Get("Location"), want)
		}
	}
	for _, address := range []string{"/tray/add", "/tray/remove", "/tray/move", "/tray/rename", "/tray/type", "/tray/clear", "/open"} {
		p := v.post(address, url.Values{"asset": {asset("README")}, "return": {"/tray"}})
		var links []string
		for _, a := range all(p.doc, "main a") {
			links = append(links, attr(a, "href"))
		}
		if p.code != 401 || !slices.Contains(links, "/login?return=%2Ftray") {
			t.Errorf("POST %s = %d with links %q, want 401 and one to sign in", address, p.code, links)
		}
	}
}

func TestSignInComesBack(t *testing.T) {
	v := newVisitor(t)
	choice := v.follow(v.get("/browse/phantom/rawdata/?sort=name"))
	if p := v.pickAt(choice, "Ben"); p.code != 200 || p.url != the.portal+"/browse/phantom/rawdata/?sort=name" {
		t.Errorf("signing in leads to %d %s, want the page that was asked for", p.code, p.url)
	}
	v.post("/logout", nil)
	if p := v.get("/tray"); p.code != 303 {
		t.Errorf("GET /tray after Sign out = %d, want 303", p.code)
	}
}

// TestWhoSeesWhat asks for the same places as each person, and looks for names that must not be told.
func TestWhoSeesWhat(t *testing.T) {
	tests := map[string]struct {
		phantom, microscopy, unknown int
		home                         []string
	}{
		"Ada": {200, 200, 404, []string{"Phantom: MRI, XPCT and tracts", "Phantom: microscopy", "bad"}},
		"Ben": {200, 403, 404, []string{"Phantom: MRI, XPCT and tracts", "bad"}},
		"Eve": {403, 403, 404, nil},
	}
	for who, tt := range tests {
		t.Run(who, func(t *testing.T) {
			v := signIn(t, who)
			if got := v.get("/").texts(".cards h2"); !slices.Equal(got, tt.home) {
				t.Errorf("home shows %q, want %q", got, tt.home)
			}
			for place, want := range map[string]int{"phantom": tt.phantom, "microscopy": tt.microscopy, "nothing-here": tt.unknown} {
				for _, kind := range []string{"browse", "tree"} {
					p := v.get("/" + kind + "/" + place + "/")
					if p.code != want {
						t.Errorf("GET /%s/%s/ = %d, want %d", kind, place, p.code, want)
					}
					if p.code == 403 && (strings.Contains(p.body, "sourcedata") || strings.Contains(p.body, "-private")) {
						t.Errorf("the refusal of %s tells what is in it:\n%s", place, p.body)
					}
				}
			}
		})
	}
}

// TestTrayOfForeignData tries the forms with what the person may not see.
func TestTrayOfForeignData(t *testing.T) {
	v := signIn(t, "Eve")
	for _, address := range []string{"/tray/add", "/open"} {
		if p := v.post(address, url.Values{"asset": {asset(phantom.TRKKey)}}); p.code != 403 {
			t.Errorf("POST %s of a foreign asset = %d, want 403", address, p.code)
		}
	}
	ben := signIn(t, "Ben")
	smuggled := "phantom/demo-microscopy/" + phantom.FluoKey // his dataset, another's location
	if p := ben.post("/open", url.Values{"asset": {smuggled}}); p.code != 404 {
		t.Errorf("POST /open of a foreign location under one's own dataset = %d, want 404", p.code)
	}
}

func TestBadAddresses(t *testing.T) {
	tests := map[string]struct {
		address string
		code    int
		heading string
	}{
		"unknown dataset":      {"/browse/nope/", 404, "There is no dataset “nope” that you may see"},
		"key not there":        {"/browse/phantom/nope/", 404, "Nothing lies here"},
		"file not there":       {"/asset/phantom/nope.trk", 404, "Nothing lies here"},
		"dot segments":         {"/browse/phantom/a/%2e%2e/b/", 400, "This address cannot be right"},
		"backslash":            {"/browse/phantom/a%5Cb/", 404, "Nothing lies here"}, // a character like others
		"dots and backslashes": {"/browse/phantom/a%5C..%5Cb/", 400, "This address cannot be right"},
		"zero byte":            {"/browse/phantom/a%00b/", 400, "This address cannot be right"},
		"not UTF-8":            {"/browse/phantom/a%FFb/", 400, "This address cannot be right"},
		"longer than any key":  {"/browse/phantom/" + strings.Repeat("a", 1025) + "/", 400, "This address cannot be right"},
		"no such page":         {"/nowhere", 404, "There is no such page"},
		"no such link":         {"/s/0000-0000-0000-0000", 404, "There is no such link"},
		"old asset":            {"/assets/0000000000000000/base.css", 404, "Not found"},
		"no such provider":     {"/auth/nope", 404, "There is no such way to sign in"},
		"answer to no sign-in": {"/auth/demo/callback?code=x&state=y", 400, "This sign-in cannot be finished"},
	}
	v := signIn(t, "Ada")
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := v.get(tt.address)
			if p.code != tt.code || p.heading() != tt.heading {
				t.Errorf("GET %.60s = %d %q, want %d %q", tt.address, p.code, p.heading(), tt.code, tt.heading)
			}
			if p.header.Get("Cache-Control") != "no-store" {
				t.Errorf("Cache-Control of an error = %q, want no-store", p.header.Get("Cache-Control"))
			}
		})
	}
}

// TestBadAssets opens things that are not what they seem: each has a page with its own sentence, and
// cannot be opened, with the same sentence.
func TestBadAssets(t *testing.T) {
	v := signIn(t, "Ben")
	tests := map[string]string{
		"broken.ome.zarr/": "JSON",
		"huge.ome.zarr/":   "larger than",
		"empty.trk":        "empty",
		"short.trk":        "header",
		"absurd.trk":       "2147483647 points",
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			p := v.get("/asset/demo-bad/" + name)
			problems := strings.Join(p.texts(".problems li"), " ")
			if p.code != 200 || !strings.Contains(problems, want) {
				t.Errorf("its page = %d with %q, want 200 with %q", p.code, problems, want)
			}
			opened := v.post("/open", url.Values{"asset": {"demo-bad/demo-bad/" + name}})
			if opened.code != 422 || !strings.Contains(opened.body, want) {
				t.Errorf("opening it = %d %q, want 422 with %q", opened.code, opened.texts("main p"), want)
			}
		})
	}
}

func TestTray(t *testing.T) {
	v := signIn(t, "Ben")
	v.post("/tray/clear", nil)
	p := v.post("/tray/add", url.Values{"asset": {asset(phantom.FAKey), asset(phantom.TRKKey)}, "return": {"/browse/phantom/"}})
	if p.code != 303 || p.header.Get("Location") != "/browse/phantom/" {
		t.Errorf("POST /tray/add = %d to %q, want 303 to where one was", p.code, p.header.Get("Location"))
	}
	if evil := v.post("/tray/add", url.Values{"return": {"//evil.example/"}}); evil.header.Get("Location") != "/" {
		t.Errorf("return=//evil.example/ leads to %q", evil.header.Get("Location"))
	}
	names := func() []string {
		var out []string
		for _, in := range all(v.get("/tray").doc, "input[name=name]") {
			out = append(out, attr(in, "value"))
		}
		return out
	}
	steps := []struct {
		address string
		form    url.Values
		want    []string
	}{
		{"/tray/add", url.Values{"asset": {asset(phantom.FAKey)}}, []string{"FA dwi · phantom brain", "CSD tractography · phantom brain"}},
		{"/tray/move", url.Values{"asset": {asset(phantom.FAKey)}, "to": {"down"}}, []string{"CSD tractography · phantom brain", "FA dwi · phantom brain"}},
		{"/tray/move", url.Values{"asset": {asset(phantom.FAKey)}, "to": {"down"}}, []string{"CSD tractography · phantom brain", "FA dwi · phantom brain"}},
		{"/tray/rename", url.Values{"asset": {asset(phantom.FAKey)}, "name": {strings.Repeat("脳", 200)}}, []string{"CSD tractography · phantom brain", strings.Repeat("脳", 200)}},
		{"/tray/rename", url.Values{"asset": {asset(phantom.FAKey)}, "name": {"<b>mine</b>"}}, []string{"CSD tractography · phantom brain", "<b>mine</b>"}},
		{"/tray/type", url.Values{"asset": {asset(phantom.FAKey)}, "type": {"segmentation"}}, []string{"CSD tractography · phantom brain", "<b>mine</b>"}},
		{"/tray/remove", url.Values{"asset": {asset(phantom.TRKKey)}}, []string{"<b>mine</b>"}},
		{"/tray/clear", nil, nil},
	}
	for _, s := range steps {
		if p := v.post(s.address, s.form); p.code != 303 {
			t.Errorf("POST %s %v = %d, want 303", s.address, s.form, p.code)
		}
		if got := names(); !slices.Equal(got, s.want) {
			t.Errorf("after POST %s %v the tray holds %q, want %q", s.address, s.form, got, s.want)
		}
	}
	if p := v.post("/open", nil); p.code != 422 {
		t.Errorf("POST /open of an empty tray = %d, want 422", p.code)
	}
}

// TestTitles opens scenes whose suggested title is cut amid letters, and gives titles that will not do.
func TestTitles(t *testing.T) {
	v := signIn(t, "Ben")
	v.post("/tray/clear", nil)
	v.post("/tray/add", url.Values{"asset": {asset(phantom.FAKey), asset(phantom.TRKKey)}})
	for _, key := range []string{phantom.FAKey, phantom.TRKKey} {
		v.post("/tray/rename", url.Values{"asset": {asset(key)}, "name": {strings.Repeat("ü", 60) + key[len(key)-5:]}})
	}
	if p := v.post("/open", nil); p.code != 303 {
		t.Errorf("POST /open with a long suggestion = %d %q, want 303", p.code, p.heading())
	}
	for title, want := range map[string]int{strings.Repeat("脳", 200): 303, strings.Repeat("a", 201): 422, "\xff": 400} {
		if p := v.post("/open", url.Values{"title": {title}}); p.code != want {
			t.Errorf("POST /open with the title %.20q… = %d, want %d", title, p.code, want)
		}
	}
	v.post("/tray/clear", nil)
}

func TestTenThousandTicks(t *testing.T) {
	v := signIn(t, "Ada")
	v.post("/tray/clear", nil)
	form := url.Values{}
	for i := range 10_000 {
		form.Add("asset", fmt.Sprintf("microscopy/demo-microscopy/sourcedata/made-up-%05d.ome.zarr/", i))
	}
	for _, address := range []string{"/tray/add", "/open"} {
		if p := v.post(address, form); p.code != 422 || p.heading() != "The tray cannot take so many" {
			t.Errorf("POST %s with 10,000 assets = %d %q, want 422", address, p.code, p.heading())
		}
	}
	if got := v.get("/tray").texts("ol.items li"); len(got) != 0 {
		t.Errorf("the tray holds %d assets, want none", len(got))
	}
	if p := v.post("/tray/add", url.Values{"asset": {"phantom/" + strings.Repeat("x", 9<<20)}}); p.code != 413 {
		t.Errorf("a form of 9 MB = %d, want 413", p.code)
	}
}

func TestHeaders(t *testing.T) {
	p := newVisitor(t).get("/")
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
			"form-action 'self' " + the.viewer + "; base-uri 'none'; frame-ancestors 'none'",
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "DENY",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Cache-Control":                "no-store",
		"Permissions-Policy":           "camera=(), geolocation=(), microphone=()",
	}
	for name, value := range want {
		if got := p.header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
}

func TestOtherSitesMayNotPost(t *testing.T) {
	v := signIn(t, "Ben")
	for _, address := range []string{"/tray/clear", "/tray/add", "/open", "/logout"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, the.portal+address, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		req.Header.Set("Origin", "https://evil.example")
		if p := v.send(req); p.code != 403 {
			t.Errorf("POST %s from another site = %d, want 403", address, p.code)
		}
	}
	if p := v.get("/tray"); p.code != 200 {
		t.Errorf("GET /tray afterwards = %d, want 200", p.code)
	}
}

func TestPortsTaken(t *testing.T) {
	u, err := url.Parse(the.portal)
	if err != nil {
		t.Fatal(err)
	}
	for _, flags := range [][]string{{"--port", u.Port()}, {"--port", "0", "--viewer-port", u.Port()}} {
		var said bytes.Buffer
		code := run(t.Context(), append([]string{"demo", "--no-browser", "--dir", t.TempDir()}, flags...), os.Getenv, &said, &said)
		if want := "is taken by another program: choose another with " + flags[len(flags)-2]; code != 1 || !strings.Contains(said.String(), want) {
			t.Errorf("demo %q = %d %q, want 1 and %q", flags, code, said.String(), want)
		}
	}
}

// TestOtherNameOfThisMachine comes by an address that the cookies are not for.
func TestOtherNameOfThisMachine(t *testing.T) {
	other := strings.Replace(the.portal, "localhost", "127.0.0.1", 1)
	if p := newVisitor(t).get(other + "/browse/phantom/?sort=name"); p.code != 307 || p.header.Get("Location") != the.portal+"/browse/phantom/?sort=name" {
		t.Errorf("GET by 127.0.0.1 = %d to %q, want 307 to localhost", p.code, p.header.Get("Location"))
	}
}
