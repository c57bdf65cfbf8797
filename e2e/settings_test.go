package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestSettings is what people do with their own account: a token, sessions, and a second way to sign in.
func TestSettings(t *testing.T) {
	t.Parallel()
	d := deployWith(t, func(d *deployment) { d.providers = append(d.providers, newProvider(t)) }, dataset{evenFolder, []string{addressOf("Ben")}, false})
	ben := newTab(t)
	ben.signInWith(d, 0, "Ben")
	ben.usesToken(d)

	other := newTab(t)
	other.signInWith(d, 0, "Ben")
	ben.open(d.portal + "/settings/sessions")
	if all := ben.rows(); len(all) != 2 || strings.Count(strings.Join(all, "\n"), "this one") != 1 {
		t.Errorf("the sessions are %q, want two, one of them this one", all)
	}
	ben.shot("two-sessions")
	ben.follow(eval[string](ben, "() => document.querySelector('.act a').textContent.replace(/\\s+/g, ' ').trim()"))
	ben.follow("End it")
	if all := ben.rows(); len(all) != 1 || !strings.Contains(all[0], "this one") {
		t.Errorf("the sessions are %q, want this one", all)
	}
	other.open(d.portal + "/settings")
	if got := other.heading(); got != "Sign in" {
		t.Errorf("the other browser sees %q, want the sign-in", got)
	}

	ben.open(d.portal + "/settings")
	ben.follow("Link another account: " + providerTitle(1))
	ben.follow("Eve") // what Ben is called there
	if got := ben.text("main"); !strings.Contains(got, "Link the "+providerTitle(1)+" account") {
		t.Errorf("Ben is asked %q", got)
	}
	ben.shot("confirm-link")
	ben.follow("Yes, link it")
	ben.shot("linked")
	other.signInWith(d, 1, "Eve")
	const me = "async () => (await (await fetch('/api/v1/me')).json()).profile.id"
	if got, want := eval[float64](other, me), eval[float64](ben, me); got != want {
		t.Errorf("with the second account one is person %v, want %v", got, want)
	}
	other.open(d.portal + "/browse/" + evenFolder + "/")
	if got := other.status(); got != http.StatusOK {
		t.Errorf("with the second account the dataset is answered %d", got)
	}
	ben.quiet()
}

// signInWith signs in with one of several providers.
func (b *tab) signInWith(d *deployment, provider int, who string) {
	b.t.Helper()
	b.open(d.portal)
	b.follow("Sign in")
	b.follow("Sign in with " + providerTitle(provider))
	b.follow(who)
}

// usesToken makes a token, uses it from a program, and revokes it.
func (b *tab) usesToken(d *deployment) {
	b.t.Helper()
	b.open(d.portal + "/settings/tokens")
	b.fill("Name", "notebook")
	b.follow("Make the token")
	b.shot("token")
	p := newProgram(b.t, d.portal)
	p.secret = b.text(".secret code")
	if len(p.secret) != 32 || strings.Trim(p.secret, "0123456789abcdef") != "" {
		b.t.Fatalf("the secret is %q, want 32 hexadecimal digits", p.secret)
	}
	if all := list[named](p, "datasets"); !slices.ContainsFunc(all, func(one named) bool { return one.Name == evenFolder }) {
		b.t.Errorf("the token shows the datasets %v", all)
	}
	if status, _ := p.ask(http.MethodPost, "tray", object{"assets": []object{{"dataset": evenFolder, "path": evenPath + "/"}}}); status != http.StatusForbidden {
		b.t.Errorf("a token of the scope read is answered %d to a change, want 403", status)
	}
	b.open(d.portal + "/settings/tokens")
	if all := b.rows(); len(all) != 1 || strings.Contains(b.text("main"), p.secret) || strings.Contains(all[0], "never") {
		b.t.Errorf("the tokens are %q, want one that has been used, and no secret", all)
	}
	b.follow("Revoke notebook")
	b.follow("Revoke it")
	if all := b.rows(); len(all) != 1 || !strings.Contains(all[0], "revoked") {
		b.t.Errorf("the tokens are %q, want one that is revoked", all)
	}
	if status, _ := p.ask(http.MethodGet, "datasets", nil); status != http.StatusUnauthorized {
		b.t.Errorf("the token is answered %d after it was revoked, want 401", status)
	}
}
