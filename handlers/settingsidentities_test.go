package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/handlers"
	"ngportal/store"
)

// A provider is one at which whoever comes is the identity that it has been told.
type provider struct {
	name, title string
	identity    access.Identity
	store       *store.Store
	begun       int
}

func (f *provider) Provider() auth.Provider { return auth.Provider{Name: f.name, Title: f.title} }

func (f *provider) Begin(ctx context.Context, after string, linking store.Hash) (string, string, error) {
	f.begun++
	id := fmt.Sprintf("pre-%s-%d", f.name, f.begun)
	return "https://" + f.name + ".example.org/", id, f.store.AddPreLogin(ctx, store.PreLogin{
		Hash: store.HashOf(id), Provider: f.name, ReturnPath: auth.SafeReturn(after), Linking: linking, Expires: time.Now().Add(time.Minute),
	})
}

func (f *provider) Complete(ctx context.Context, id string, _ url.Values) (access.Identity, store.PreLogin, error) {
	pre, err := f.store.TakePreLogin(ctx, store.HashOf(id), time.Now())
	if errors.Is(err, fs.ErrNotExist) {
		return access.Identity{}, pre, fmt.Errorf("%w: there is none", auth.ErrState)
	}
	return f.identity, pre, err
}

// startLinking is a portal with the provider GitHub, at which everybody is the octopus.
func startLinking(t *testing.T, c *clock) (*portal, *provider) {
	t.Helper()
	hub := &provider{name: "hub", title: "GitHub", identity: access.Identity{Issuer: "https://hub.example.org", Subject: "8", Name: "Octo"}}
	p := startPortal(t, func(cfg *handlers.Config) {
		hub.store, cfg.Now = cfg.Store, c.Now
		cfg.Providers = []auth.SignInProvider{&provider{name: "test", title: "Lab", store: cfg.Store}, hub}
	})
	return p, hub
}

const confirmLink = "/settings/identities/confirm"

// shown has a browser set out to link an account, come back from the provider, and returns the page that asks.
func (b *browser) shown(t *testing.T) answer {
	t.Helper()
	if a := b.keep(b.get("/auth/hub?link=1")); a.code != 303 || a.location() != "https://hub.example.org/" {
		t.Fatalf("set out: %d to %q", a.code, a.location())
	}
	wantDone(t, b.keep(b.get("/auth/hub/callback")), confirmLink)
	return b.get(confirmLink)
}

func (b *browser) identities() []string { return b.get("/settings").table("Ways to sign in") }

func TestLinkIdentity(t *testing.T) {
	p, _ := startLinking(t, newClock())
	ben := p.signIn("ben@example.org")
	if got := ben.get("/settings").attributes(`a[href^="/auth/"]`, "href"); !slices.Equal(got, []string{"/auth/test?link=1", "/auth/hub?link=1"}) {
		t.Errorf("the page offers to link %q", got)
	}
	page := ben.shown(t)
	wantPage(t, page, 200, "Link the GitHub account Octo to your account here?")
	if got := len(ben.identities()); got != 1 {
		t.Fatalf("%d identities before the yes, want 1", got)
	}
	wantPage(t, ben.post(confirmLink), 200, "Link the GitHub account Octo to your account here?")
	wantPage(t, ben.post(confirmLink, "confirm", "yes"), 200, "Link the GitHub account Octo to your account here?")
	wantPage(t, ben.sent(page, confirmLink, "confirm", "no"), 200, "Link the GitHub account Octo to your account here?")
	wantPage(t, ben.post(confirmLink, "confirm", "yes", "issuer", "https://hub.example.org", "subject", "7"), 200,
		"Link the GitHub account Octo to your account here?")
	if got := len(ben.identities()); got != 1 {
		t.Fatalf("%d identities without a yes to this one, want 1", got)
	}
	wantDone(t, ben.sent(page, confirmLink), "/settings")
	got := ben.identities()
	if len(got) != 2 || !strings.HasPrefix(got[0], "Lab Ben | ben@example.org | ") || !strings.HasPrefix(got[1], "GitHub Octo | ") {
		t.Fatalf("the identities are %q", got)
	}
	wantPage(t, ben.sent(page, confirmLink), 404, "This account cannot be linked") // twice
	again := p.nobody()
	again.keep(again.get("/auth/hub"))
	wantDone(t, again.keep(again.get("/auth/hub/callback")), "/")
	if got := again.get("/settings").attributes(".me span", "title"); !slices.Equal(got, []string{"ben@example.org"}) {
		t.Errorf("whoever signs in with it is %q, want Ben", got)
	}
}

// Eve sets out, and has Ben's browser come back with her sign-in under way.
func TestLinkIdentityBegunElsewhere(t *testing.T) {
	p, _ := startLinking(t, newClock())
	ben, eve := p.signIn("ben@example.org"), p.signIn("eve@example.org")
	eve.keep(eve.get("/auth/hub?link=1"))
	pre := eve.jar[slices.IndexFunc(eve.jar, func(c *http.Cookie) bool { return c.Name == "pre" })]
	ben.jar = append(ben.jar, pre)
	wantPage(t, ben.keep(ben.get("/auth/hub/callback")), 403, "This account cannot be linked")
	wantPage(t, ben.get(confirmLink), 404, "This account cannot be linked")
	wantPage(t, eve.keep(eve.get("/auth/hub/callback")), 400, "This sign-in cannot be finished") // it is used up

	// Who has signed out in between has another session.
	eve.keep(eve.get("/auth/hub?link=1"))
	left := &browser{portal: p, jar: slices.DeleteFunc(eve.jar, func(c *http.Cookie) bool { return c.Name == "sid" })}
	wantPage(t, left.keep(left.get("/auth/hub/callback")), 403, "This account cannot be linked")
	if a := p.nobody().get("/auth/hub?link=1"); a.code != 303 || !strings.HasPrefix(a.location(), "/login") {
		t.Errorf("nobody sets out to link: %d to %q, want the sign-in", a.code, a.location())
	}
	if got := len(ben.identities()); got != 1 {
		t.Errorf("Ben has %d identities, want 1", got)
	}
}

// An identity that waits for a yes is for one session, and not for ever.
func TestLinkIdentityWaits(t *testing.T) {
	c := newClock()
	p, _ := startLinking(t, c)
	ben, eve := p.signIn("ben@example.org"), p.signIn("eve@example.org")
	page := ben.shown(t)
	wantPage(t, eve.sent(page, confirmLink), 404, "This account cannot be linked")
	wantPage(t, p.signIn("ben@example.org").sent(page, confirmLink), 404, "This account cannot be linked")
	c.now = c.now.Add(10*time.Minute + time.Second)
	wantPage(t, ben.sent(page, confirmLink), 404, "This account cannot be linked")
	wantPage(t, ben.get(confirmLink), 404, "This account cannot be linked")
	if got := [2]int{len(ben.identities()), len(eve.identities())}; got != [2]int{1, 1} {
		t.Errorf("Ben and Eve have %d identities, want 1 and 1", got)
	}
}

// Another person's account stays theirs.
func TestLinkIdentityOfAnother(t *testing.T) {
	p, _ := startLinking(t, newClock())
	ben, eve := p.signIn("ben@example.org"), p.signIn("eve@example.org")
	wantDone(t, eve.sent(eve.shown(t), confirmLink), "/settings")
	refused := ben.sent(ben.shown(t), confirmLink)
	wantPage(t, refused, 422, "This cannot be done so")
	if !strings.Contains(refused.body, "belongs to another account") {
		t.Errorf("the page does not say why:\n%s", refused.body)
	}
	if got := [2]int{len(ben.identities()), len(eve.identities())}; got != [2]int{1, 2} {
		t.Errorf("Ben and Eve have %d identities, want 1 and 2", got)
	}
}

// The yes is to the identity that was read of, and to no other that has taken its place.
func TestLinkIdentitySwapped(t *testing.T) {
	p, hub := startLinking(t, newClock())
	ben := p.signIn("ben@example.org")
	hub.identity.Subject, hub.identity.Name = "9", `<b>Squid</b>`
	page := ben.shown(t)
	wantPage(t, page, 200, "Link the GitHub account <b>Squid</b> to your account here?")
	hub.identity.Subject, hub.identity.Name = "10", "Cuttle"
	ben.shown(t)
	wantPage(t, ben.sent(page, confirmLink), 200, "Link the GitHub account Cuttle to your account here?")
	if got := len(ben.identities()); got != 1 {
		t.Errorf("Ben has %d identities, want 1", got)
	}
}

func TestRemoveIdentity(t *testing.T) {
	p, _ := startLinking(t, newClock())
	ben, eve := p.signIn("ben@example.org"), p.signIn("eve@example.org")
	if got := ben.get("/settings").all(`a[href^="/settings/identities/remove"]`); len(got) != 0 {
		t.Errorf("the only way to sign in can be removed: %q", got)
	}
	only := "/settings/identities/remove?" + url.Values{"issuer": {"https://id.example.org"}, "subject": {"ben@example.org"}}.Encode()
	wantPage(t, ben.get(only), 200, "You are about to remove the Lab account Ben (ben@example.org)")
	refused := ben.sent(ben.get(only), "/settings/identities/remove")
	wantPage(t, refused, 422, "This cannot be done so")

	ben.sent(ben.shown(t), confirmLink)
	eves := ben.post("/settings/identities/remove", "confirm", "yes", "issuer", "https://id.example.org", "subject", "eve@example.org")
	if eves.code != 404 || len(eve.identities()) != 1 {
		t.Errorf("removing another's identity = %d, and Eve has %d, want 404 and 1", eves.code, len(eve.identities()))
	}
	links := ben.get("/settings").attributes(`a[href^="/settings/identities/remove"]`, "href")
	if len(links) != 2 {
		t.Fatalf("the page offers to remove %q, want 2", links)
	}
	page := ben.get(links[1])
	wantPage(t, page, 200, "You are about to remove the GitHub account Octo")
	if len(ben.identities()) != 2 {
		t.Fatal("it was removed without a yes")
	}
	wantDone(t, ben.sent(page, "/settings/identities/remove"), "/settings")
	if got := ben.identities(); len(got) != 1 || !strings.HasPrefix(got[0], "Lab Ben") {
		t.Errorf("the identities left are %q", got)
	}
}
