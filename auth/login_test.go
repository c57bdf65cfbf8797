package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestSignInAndOut(t *testing.T) {
	p := newPortal(t)
	b := newBrowser(t)
	if _, body := b.get(p.url + "/tray"); body != "/tray  true" {
		t.Errorf("signed out = %q, want nobody", body)
	}
	if got, want := b.signIn(p, "Ada", "/browse/I58/a%20b/"), "/browse/I58/a b/ ada@example.org true"; got != want {
		t.Errorf("signed in = %q, want %q", got, want)
	}
	if b.cookie(p, "pre") != "" {
		t.Error("the cookie of the sign-in is still there")
	}
	sid := b.cookie(p, "sid")
	if res, body := b.post(p.url+"/logout", nil); res.StatusCode != http.StatusOK {
		t.Fatalf("signing out = %d: %s", res.StatusCode, body)
	}
	if b.cookie(p, "sid") != "" {
		t.Error("the session's cookie is still there after signing out")
	}
	if _, body := b.with(p, sid).get(p.url + "/"); body != "/  true" {
		t.Errorf("replaying the cookie after signing out = %q, want nobody", body)
	}
	if res, _ := b.post(p.url+"/logout", nil); res.StatusCode != http.StatusOK {
		t.Errorf("signing out twice = %d, want 200", res.StatusCode)
	}
}

func TestReturnElsewhereIsHome(t *testing.T) {
	p := newPortal(t)
	for _, path := range []string{"https://evil.test/", "//evil.test/", `/\evil.test`, "/\t/evil.test", ""} {
		if got, want := newBrowser(t).signIn(p, "Ada", path), "/ ada@example.org true"; got != want {
			t.Errorf("signing in from %q leads to %q, want %q", path, got, want)
		}
	}
}

func TestNewIDAtEverySignIn(t *testing.T) {
	p := newPortal(t)
	b := newBrowser(t)
	b.signIn(p, "Ada", "/")
	first := b.cookie(p, "sid")
	if got, want := b.signIn(p, "Ben", "/"), "/ ben@example.org true"; got != want {
		t.Errorf("signed in as Ben = %q, want %q", got, want)
	}
	second := b.cookie(p, "sid")
	if first == second {
		t.Error("the cookie is the same after signing in again")
	}
	if _, body := b.with(p, first).get(p.url + "/"); body != "/  true" {
		t.Errorf("the first cookie = %q, want nobody", body)
	}
	if _, body := b.with(p, second).get(p.url + "/"); body != "/ ben@example.org true" {
		t.Errorf("the second cookie = %q, want Ben", body)
	}
}

// TestSessionFixation has Mallory plant a session of hers in the victim's browser before the victim signs in.
func TestSessionFixation(t *testing.T) {
	p := newPortal(t)
	mallory := newBrowser(t)
	mallory.signIn(p, "Ben", "/")
	planted := mallory.cookie(p, "sid")
	for name, sid := range map[string]string{"her own": planted, "a made-up one": "AAAA"} {
		victim := newBrowser(t).with(p, sid)
		victim.signIn(p, "Ada", "/")
		if victim.cookie(p, "sid") == sid {
			t.Errorf("planting %s: the cookie is still the planted one", name)
		}
		if _, body := victim.with(p, sid).get(p.url + "/"); strings.Contains(body, "ada@") {
			t.Errorf("planting %s: it leads to %q", name, body)
		}
	}
}

// TestForeignState follows a link with which Mallory chooses the state, and answers that are not the browser's own.
func TestForeignState(t *testing.T) {
	p := newPortal(t)
	victim := newBrowser(t)
	res, page := victim.get(p.url + "/auth/demo?to=/&state=A&nonce=B&code_challenge=C")
	if got := res.URL.Query(); got.Get("state") == "A" || got.Get("nonce") == "B" || got.Get("code_challenge") == "C" {
		t.Errorf("the sign-in goes out with Mallory's values: %v", got)
	}
	answer := malloryAnswer(t, p)
	if res, body := victim.get(answer); res.StatusCode != http.StatusBadRequest {
		t.Errorf("Mallory's answer in the victim's browser = %d %s, want 400", res.StatusCode, body)
	}
	if res, _ := newBrowser(t).get(answer); res.StatusCode != http.StatusBadRequest {
		t.Errorf("Mallory's answer in a browser that has begun nothing = %d, want 400", res.StatusCode)
	}
	if res, _ := victim.choose("Ada", page); res.StatusCode != http.StatusBadRequest {
		t.Errorf("the victim's own answer after a forged one = %d, want 400: the sign-in is used up", res.StatusCode)
	}
	if got, want := victim.signIn(p, "Ada", "/"), "/ ada@example.org true"; got != want {
		t.Errorf("starting again = %q, want %q", got, want)
	}
}

// malloryAnswer is an answer to a sign-in that was begun in another browser, not yet delivered.
func malloryAnswer(t *testing.T, p *portal) string {
	t.Helper()
	mallory := newBrowser(t)
	mallory.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(r.URL.Path, "/callback") {
			return http.ErrUseLastResponse
		}
		return nil
	}
	_, page := mallory.get(p.url + "/auth/demo")
	res, _ := mallory.choose("Ben", page)
	to, err := res.Location()
	if err != nil {
		t.Fatal(err)
	}
	return to.String()
}

func TestAnswerServesOnce(t *testing.T) {
	p := newPortal(t)
	b := newBrowser(t)
	var answer string
	b.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(r.URL.Path, "/callback") {
			answer = r.URL.String()
		}
		return nil
	}
	b.signIn(p, "Ada", "/")
	if u, err := url.Parse(answer); err != nil || u.Query().Get("code") == "" {
		t.Fatalf("answer = %q, %v", answer, err)
	}
	if res, body := b.get(answer); res.StatusCode != http.StatusBadRequest {
		t.Errorf("the same answer again = %d %s, want 400", res.StatusCode, body)
	}
	if _, body := b.get(p.url + "/"); body != "/ ada@example.org true" {
		t.Errorf("after that = %q, want Ada, still signed in", body)
	}
}

func TestSessionLimits(t *testing.T) {
	tests := map[string]struct {
		steps []time.Duration // between requests
		want  string
	}{
		"used within eight hours":         {[]time.Duration{8*time.Hour - time.Second}, "/ ada@example.org true"},
		"idle for eight hours":            {[]time.Duration{8 * time.Hour}, "/  true"},
		"used all the time, for long":     {[]time.Duration{7 * time.Hour, 7 * time.Hour, 7 * time.Hour}, "/ ada@example.org true"},
		"used all the time, for a day":    {[]time.Duration{7 * time.Hour, 7 * time.Hour, 7 * time.Hour, 3 * time.Hour}, "/  true"},
		"use within a minute is not kept": {[]time.Duration{59 * time.Second, 8*time.Hour - 59*time.Second}, "/  true"},
		"use after a minute is kept":      {[]time.Duration{time.Minute, 8*time.Hour - 59*time.Second}, "/ ada@example.org true"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t)
			b := newBrowser(t)
			b.signIn(p, "Ada", "/")
			var body string
			for _, step := range tt.steps {
				p.clock.advance(step)
				_, body = b.get(p.url + "/")
			}
			if body != tt.want {
				t.Errorf("= %q, want %q", body, tt.want)
			}
		})
	}
}
