package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"ngportal/access"
	"ngportal/auth"
)

// with has somebody sign in with a browser that says of itself what agent is.
func (p *portal) with(agent, email string) *browser {
	p.t.Helper()
	rec := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(p.t.Context(), http.MethodGet, "/", nil)
	r.Header.Set("User-Agent", agent)
	i := access.Identity{Issuer: "https://id.example.org", Subject: email, Email: email, Name: "Ben"}
	if err := p.sessions.SignIn(rec, r, "test", i, "198.51.100.4"); err != nil {
		p.t.Fatal(err)
	}
	return &browser{portal: p, jar: rec.Result().Cookies()}
}

// in reports whether the browser is signed in.
func (b *browser) in() bool { return b.get("/settings").code == http.StatusOK }

func TestDevices(t *testing.T) {
	p := startPortal(t, nil)
	const mozilla = "Mozilla/5.0 "
	for agent, want := range map[string]string{
		mozilla + "(X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0":                                                                  "Firefox on Linux",
		mozilla + "(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36":                         "Chrome on Windows",
		mozilla + "(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0":           "Edge on Windows",
		mozilla + "(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15":                   "Safari on macOS",
		mozilla + "(iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		mozilla + "(iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0.7444.46 Mobile/15E148 Safari/604.1":   "Chrome on iPad",
		mozilla + "(Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36":                         "Chrome on Android",
		mozilla + "(Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36":     "Samsung Internet on Android",
		mozilla + "(X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36":                          "Chrome on ChromeOS",
		mozilla + "(X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 OPR/125.0.0.0":                     "Opera on Linux",
		"curl/8.14.1":               "curl",
		"":                          "Unknown device",
		"<b>Linux</b> of my own":    "Unknown browser on Linux",
		"<script>alert(1)</script>": "Unknown device",
	} {
		b := p.with(agent, "ben@example.org")
		if got := b.get("/settings/sessions").table("Sessions"); !slices.ContainsFunc(got, func(row string) bool {
			return strings.HasPrefix(row, want+" this one | 198.51.100.4 | test | ")
		}) {
			t.Errorf("%q: no row of %q is this one", agent, got)
		}
	}
}

func TestEndSession(t *testing.T) {
	p := startPortal(t, nil)
	ben, other, eve := p.with("Firefox/1 Linux", "ben@example.org"), p.with("curl/8", "ben@example.org"), p.with("curl/8", "eve@example.org")
	page := ben.get("/settings/sessions")
	if got := page.table("Sessions"); len(got) != 2 {
		t.Fatalf("the sessions are %q, want Ben's two", got)
	}
	href := page.attributes(`a[href^="/settings/sessions/end"]`, "href")
	if len(href) != 1 {
		t.Fatalf("the page offers to end %q, want the other one", href)
	}
	ask := ben.get(href[0])
	wantPage(t, ask, 200, "You are about to end a session")
	if got := ask.all(".what"); len(got) != 1 || !strings.HasPrefix(got[0], "You will be signed out of curl at 198.51.100.4.") {
		t.Errorf("the page says %q", got)
	}
	viewers, _ := p.config.Viewers.(*auth.Viewer)
	_, session, err := p.sessions.Person(requestOf(other))
	if err != nil {
		t.Fatal(err)
	}
	ticket, err := viewers.Ticket(t.Context(), session, nil, "!")
	if err != nil {
		t.Fatal(err)
	}
	for name, who := range map[string]*browser{"Eve": eve, "nobody": p.nobody()} {
		if a := who.sent(ask, "/settings/sessions/end"); a.code != 404 && a.code != 401 {
			t.Errorf("%s ends Ben's session: %d", name, a.code)
		}
	}
	for _, hash := range []string{"", "00", strings.Repeat("0", 64), "<b>"} {
		wantPage(t, ben.post("/settings/sessions/end", "session", hash, "confirm", "yes"), 404, "You have no such session")
	}
	wantPage(t, ben.post("/settings/sessions/end", "session", ask.values("/settings/sessions/end")["session"]), 200, "You are about to end a session")
	if !ben.in() || !other.in() || !eve.in() {
		t.Fatal("a session has ended without a yes of its own person")
	}
	wantDone(t, ben.sent(ask, "/settings/sessions/end"), "/settings/sessions")
	if !ben.in() || other.in() || !eve.in() {
		t.Errorf("signed in are Ben %t, his other browser %t, Eve %t; want true, false, true", ben.in(), other.in(), eve.in())
	}
	if _, err := viewers.Redeem(t.Context(), ticket); err == nil {
		t.Error("the ticket of a session that has ended is good")
	}
	wantPage(t, ben.sent(ask, "/settings/sessions/end"), 404, "You have no such session")
}

// requestOf is a request that the browser could send.
func requestOf(b *browser) *http.Request {
	r := httptest.NewRequestWithContext(b.portal.t.Context(), http.MethodGet, "/", nil)
	for _, c := range b.jar {
		r.AddCookie(c)
	}
	return r
}

func TestEndOtherSessions(t *testing.T) {
	const end = "/settings/sessions/end-others"
	for name, tt := range map[string]struct {
		fields     []string
		code       int
		to         string
		ben, other bool
	}{
		"no yes":             {nil, 422, "", true, true},
		"no yes, all":        {[]string{"all", "yes"}, 422, "", true, true},
		"the others":         {[]string{"confirm", "yes"}, 303, "/settings/sessions", true, false},
		"all":                {[]string{"confirm", "yes", "all", "yes"}, 303, "/", false, false},
		"a yes in no letter": {[]string{"confirm", "no"}, 422, "", true, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := startPortal(t, nil)
			ben, other, third := p.with("a", "ben@example.org"), p.with("b", "ben@example.org"), p.with("c", "ben@example.org")
			eve := p.with("d", "eve@example.org")
			a := ben.post(end, tt.fields...)
			to, _, _ := strings.Cut(a.location(), "?")
			if a.code != tt.code || to != tt.to {
				t.Errorf("POST %s = %d to %q, want %d to %q", end, a.code, a.location(), tt.code, tt.to)
			}
			if ben.in() != tt.ben || other.in() != tt.other || third.in() != tt.other || !eve.in() {
				t.Errorf("signed in: Ben %t, elsewhere %t and %t, Eve %t; want %t, %t, %t, true", ben.in(), other.in(), third.in(), eve.in(), tt.ben, tt.other, tt.other)
			}
			if tt.code == 422 {
				if got := a.values(end)["all"]; (got == "yes") != slices.Contains(tt.fields, "all") || len(a.all(".summary li")) != 1 {
					t.Errorf("the form comes back with all = %q:\n%s", got, a.body)
				}
			}
		})
	}
}
