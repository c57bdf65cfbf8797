package auth_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"ngportal/auth"
	"ngportal/store"
)

// independent starts npm's oidc-provider, which is not ours and certified, and returns its address. The test is skipped
// where it is not installed.
func independent(t *testing.T, callback string) (issuer string) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("no node: signing in at an independent provider is left out")
	}
	const dir = "testdata/npm"
	if _, err := os.Stat(dir + "/node_modules"); err != nil {
		t.Skipf("oidc-provider is not installed: run scripts/tools, or npm ci in auth/%s", dir)
	}
	cmd := exec.CommandContext(t.Context(), "node", "op.mjs")
	var complaints bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &complaints
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err = cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // it ends then, or is killed with the test's context
		_ = cmd.Wait()
	})
	if err = json.NewEncoder(in).Encode(map[string]string{"clientID": "portal", "clientSecret": "s+e c:ret", "redirectURL": callback}); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("oidc-provider does not start: %v: %s", err, &complaints)
	}
	return strings.TrimSpace(line)
}

// swapped is sign-ins under way of which a test changes what is remembered.
type swapped struct {
	*store.Store
	swap func(*store.PreLogin)
}

func (s swapped) TakePreLogin(ctx context.Context, h store.Hash, now time.Time) (store.PreLogin, error) {
	p, err := s.Store.TakePreLogin(ctx, h, now)
	s.swap(&p)
	return p, err
}

// newIndependent is a site at which one signs in by way of oidc-provider.
func newIndependent(t *testing.T, change func(*auth.Config)) *portal {
	t.Helper()
	return newSite(t, func(p *portal, callback string) auth.SignInProvider {
		c := auth.Config{
			Name: "demo", Issuer: independent(t, callback), ClientID: "portal", ClientSecret: "s+e c:ret", RedirectURL: callback,
			Store: p.store, Now: p.clock.Now,
		}
		if change != nil {
			change(&c)
		}
		login, err := auth.NewOpenIDConnect(c)
		if err != nil {
			t.Fatal(err)
		}
		return login
	})
}

// enter signs in by name at oidc-provider's own pages, and allows what it asks.
func (b browser) enter(p *portal, name string) (answer, string) {
	b.t.Helper()
	res, page := b.get(p.url + "/auth/demo?to=/browse/I58/")
	if q := res.URL; !strings.Contains(q.Path, "/interaction/") {
		b.t.Fatalf("the sign-in leads to %s: %s", q, page)
	}
	action, form := b.form(page, "Sign-in")
	form.Set("login", name)
	form.Set("password", "any")
	_, page = b.post(action, form)
	action, form = b.form(page, "Continue")
	return b.post(action, form)
}

func TestIndependentProvider(t *testing.T) {
	p := newIndependent(t, nil)
	b := newBrowser(t)
	var asked url.Values
	b.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if q := r.URL.Query(); q.Get("code_challenge") != "" {
			asked = q
		}
		return nil
	}
	if res, body := b.enter(p, "ada"); body != "/browse/I58/ ada@example.org true" {
		t.Errorf("signed in = %d %q, want Ada where she wanted to go", res.StatusCode, body)
	}
	if len(asked.Get("nonce")) < 43 || len(asked.Get("code_challenge")) != 43 || asked.Get("code_challenge_method") != "S256" {
		t.Errorf("oidc-provider was asked with %v, want a nonce and PKCE", asked)
	}
	if _, body := newBrowser(t).enter(p, "mallory"); body != "/browse/I58/  true" {
		t.Errorf("signed in without a verified address = %q, want nobody's address", body)
	}
}

func TestIndependentProviderRefuses(t *testing.T) {
	remember := func(swap func(*store.PreLogin)) func(*auth.Config) {
		return func(c *auth.Config) {
			if db, ok := c.Store.(*store.Store); ok {
				c.Store = swapped{db, swap}
			}
		}
	}
	tests := map[string]struct {
		change func(*auth.Config)
		code   int
		says   string
	}{
		"another client secret": {
			func(c *auth.Config) { c.ClientSecret = "guessed" }, http.StatusInternalServerError,
			`identity provider is unavailable: trade the code for tokens: oauth2: "invalid_client"`,
		},
		"another verifier of PKCE": {
			remember(func(p *store.PreLogin) { p.Verifier = strings.Repeat("A", 43) }), http.StatusBadRequest,
			`not under way here: the code is used up or another's: oauth2: "invalid_grant"`,
		},
		"another nonce": {
			remember(func(p *store.PreLogin) { p.Nonce = "B" }), http.StatusBadRequest, "the nonce is another one",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newIndependent(t, tt.change)
			b := newBrowser(t)
			res, body := b.enter(p, "ada")
			if res.StatusCode != tt.code || !strings.Contains(body, tt.says) || b.cookie(p, "sid") != "" {
				t.Errorf("= %d %q with the session cookie %q, want %d saying %q and none", res.StatusCode, body, b.cookie(p, "sid"), tt.code, tt.says)
			}
		})
	}
}

// TestPersonSaysNo has Ada call the sign-in off at the provider's page, and think better of it.
func TestPersonSaysNo(t *testing.T) {
	p := newIndependent(t, nil)
	b := newBrowser(t)
	res, page := b.get(p.url + "/auth/demo")
	abort := regexp.MustCompile(`href="([^"]+/abort)"`).FindStringSubmatch(page)
	if abort == nil {
		t.Fatalf("no way to say no on the page: %s", page)
	}
	to, err := res.URL.Parse(abort[1])
	if err != nil {
		t.Fatal(err)
	}
	res, body := b.get(to.String())
	if res.StatusCode != http.StatusBadRequest || !strings.Contains(body, "called off") || b.cookie(p, "sid") != "" {
		t.Errorf("after saying no = %d %q with the session cookie %q, want 400 and none", res.StatusCode, body, b.cookie(p, "sid"))
	}
	if _, body = b.enter(p, "ada"); body != "/browse/I58/ ada@example.org true" {
		t.Errorf("signing in after that = %q, want Ada", body)
	}
}
