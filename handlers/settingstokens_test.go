package handlers_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/handlers"
)

var secretShape = regexp.MustCompile(`^[0-9a-f]{32}$`)

func TestMakeToken(t *testing.T) {
	c := &clock{time.Date(2199, 3, 1, 10, 30, 0, 0, time.UTC)}
	p := startPortal(t, func(cfg *handlers.Config) { cfg.Now = c.Now })
	ben := p.signIn("ben@example.org")
	page := ben.get("/settings/tokens")
	wantPage(t, page, 200, "Tokens")
	for name, tt := range map[string]struct {
		fields []string
		scope  access.Scope
		ends   time.Time
	}{
		"as the form comes":     {[]string{"name", "laptop"}, access.ScopeRead, time.Date(2199, 5, 30, 10, 30, 0, 0, time.UTC)},
		"markup, share, a year": {[]string{"name", "<b>x</b>", "scope", "share", "expires", "365"}, access.ScopeShare, time.Date(2200, 3, 1, 10, 30, 0, 0, time.UTC)},
		"to the end of a day":   {[]string{"name", "שלום", "scope", "admin", "expires", "date", "until", "2199-03-01"}, access.ScopeAdmin, time.Date(2199, 3, 2, 0, 0, 0, 0, time.UTC)},
		"a year by its date":    {[]string{"name", "year", "expires", "date", "until", "2200-03-01"}, access.ScopeRead, time.Date(2200, 3, 2, 0, 0, 0, 0, time.UTC)},
	} {
		t.Run(name, func(t *testing.T) {
			made := ben.sent(page, "/settings/tokens", tt.fields...)
			wantPage(t, made, 201, "Your new token")
			secret := made.all(".secret code")
			if len(secret) != 1 || !secretShape.MatchString(secret[0]) {
				t.Fatalf("the secret is %q", secret)
			}
			if got := made.all("pre"); !slices.Equal(got, []string{"Authorization: Bearer " + secret[0]}) {
				t.Errorf("to be used as %q", got)
			}
			if got := made.header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control is %q", got)
			}
			token, err := p.config.Store.UseToken(t.Context(), secret[0], c.now, "192.0.2.9")
			if err != nil || token.Owner.ID != ben.who.ID || token.Scope != tt.scope || !token.Expires.Equal(tt.ends) || token.Name != tt.fields[1] {
				t.Errorf("the token is %+v, %v; want scope %s until %s", token, err, tt.scope, tt.ends)
			}
			list := ben.get("/settings/tokens")
			if strings.Contains(list.body, secret[0]) || strings.Contains(list.body, "<b>x</b>") {
				t.Errorf("the list has the secret, or a name as markup:\n%s", list.body)
			}
			want := tt.fields[1] + " | " + tt.scope.String() + " | 1 March 2199, 10:30 UTC | " + tt.ends.Format("2 January 2006, 15:04 UTC") +
				" | 1 March 2199, 10:30 UTC 192.0.2.9 | Revoke " + tt.fields[1]
			if got := list.table("Tokens"); !slices.Contains(got, want) {
				t.Errorf("the tokens are %q, want %q", got, want)
			}
		})
	}
}

func TestMakeTokenFaults(t *testing.T) {
	c := &clock{time.Date(2199, 3, 1, 10, 30, 0, 0, time.UTC)}
	p := startPortal(t, func(cfg *handlers.Config) { cfg.Now = c.Now })
	ben := p.signIn("ben@example.org")
	page := ben.get("/settings/tokens")
	for name, tt := range map[string]struct {
		fields []string
		field  string // the number of the one that has the fault
	}{
		"no name":           {[]string{"name", "  "}, "1"},
		"a name with marks": {[]string{"name", "a\u202eb"}, "1"},
		"no scope":          {[]string{"name", "x", "scope", ""}, "2"},
		"a scope of none":   {[]string{"name", "x", "scope", "none"}, "2"},
		"no end":            {[]string{"name", "x", "expires", ""}, "3"},
		"an end of ours":    {[]string{"name", "x", "expires", "400"}, "3"},
		"for ever":          {[]string{"name", "x", "expires", "0"}, "3"},
		"no date":           {[]string{"name", "x", "expires", "date"}, "4"},
		"nonsense for date": {[]string{"name", "x", "expires", "date", "until", "tomorrow"}, "4"},
		"yesterday":         {[]string{"name", "x", "expires", "date", "until", "2199-02-28"}, "4"},
		"in two years":      {[]string{"name", "x", "expires", "date", "until", "2201-02-28"}, "4"},
	} {
		t.Run(name, func(t *testing.T) {
			back := ben.sent(page, "/settings/tokens", tt.fields...)
			wantPage(t, back, 422, "Tokens")
			if got := back.attributes(".field .fault", "id"); !slices.Equal(got, []string{"s-2-1-" + tt.field + "-fault"}) {
				t.Errorf("faults at %q, want at field %s\n%s", got, tt.field, back.body)
			}
			got := back.values("/settings/tokens")
			for i := 0; i < len(tt.fields); i += 2 {
				if field := tt.fields[i]; got[field] != tt.fields[i+1] && !slices.Contains([]string{"", "none", "400", "0"}, tt.fields[i+1]) {
					t.Errorf("%s has become %q, want %q", field, got[field], tt.fields[i+1])
				}
			}
		})
	}
	if got := ben.get("/settings/tokens").table("Tokens"); len(got) != 0 {
		t.Errorf("made all the same: %q", got)
	}
}

func TestRevokeToken(t *testing.T) {
	p := startPortal(t, nil)
	ben, eve := p.signIn("ben@example.org"), p.signIn("eve@example.org")
	made := ben.sent(ben.get("/settings/tokens"), "/settings/tokens", "name", "laptop")
	wantPage(t, made, 201, "Your new token")
	secret := made.all(".secret code")[0]
	works := func() bool {
		_, err := p.config.Store.UseToken(t.Context(), secret, time.Now(), "")
		return err == nil
	}
	href := ben.get("/settings/tokens").attributes(`a[href$="/revoke"]`, "href")
	if len(href) != 1 {
		t.Fatalf("the page offers to revoke %q", href)
	}
	ask := ben.get(href[0])
	wantPage(t, ask, 200, "You are about to revoke the token laptop")
	wantPage(t, ben.post(href[0]), 200, "You are about to revoke the token laptop")
	for name, a := range map[string]answer{
		"another's":       eve.sent(ask, href[0]),
		"another's, look": eve.get(href[0]),
		"not there":       ben.post("/settings/tokens/99/revoke", "confirm", "yes"),
		"no number":       ben.post("/settings/tokens/x/revoke", "confirm", "yes"),
	} {
		if a.code != 404 || strings.Contains(a.body, "laptop") {
			t.Errorf("%s: %d, want 404\n%s", name, a.code, a.body)
		}
	}
	if !works() {
		t.Fatal("revoked without a yes of its owner")
	}
	wantDone(t, ben.sent(ask, href[0]), "/settings/tokens")
	if works() {
		t.Error("a revoked token works")
	}
	if got := ben.get("/settings/tokens").table("Tokens"); len(got) != 1 || !strings.HasPrefix(got[0], "laptop revoked | read | ") || strings.Contains(got[0], "Revoke") {
		t.Errorf("the tokens are %q", got)
	}
}
