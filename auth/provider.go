package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// A Provider is what the sign-in page shows of an identity provider.
type Provider struct {
	Name  string // in addresses: /auth/<name>
	Title string // for people
}

// A SignInProvider is one way to sign in.
type SignInProvider interface {
	// Provider returns what the sign-in page shows.
	Provider() Provider

	// Begin starts a sign-in. It returns the address at the identity provider to send the browser to, and the id that
	// the browser must bring back with the answer, in a cookie of its own. Where the person wants to go afterwards stays
	// here, and so does the session of somebody who is signed in and adds an identity; it is the zero Hash for signing in.
	//
	// The error wraps [ErrProvider] if the identity provider is down, and else is the store's.
	Begin(ctx context.Context, returnPath string, linking store.Hash) (redirectURL, preID string, err error)

	// Complete finishes a sign-in: preID is what the browser's cookie holds, answer the query with which the identity
	// provider has sent it to our callback. It returns whom the provider names, and where they wanted to go and whether
	// it was to add an identity to a session. A preID serves once, whatever comes of it.
	//
	// The error wraps [ErrState], [ErrRefused] or [ErrProvider], and else is the store's. A [*NotAllowed] is for the person.
	Complete(ctx context.Context, preID string, answer url.Values) (access.Identity, store.PreLogin, error)
}

// PreLogins keeps sign-ins that are under way; [store.Store] does.
type PreLogins interface {
	AddPreLogin(ctx context.Context, p store.PreLogin) error
	TakePreLogin(ctx context.Context, h store.Hash, now time.Time) (store.PreLogin, error)
}

// Config describes an identity provider and us as its client. HTTPClient may be nil; it is used with a time limit, a
// size limit and without following redirects in any case.
//
// The lists at the end say who may sign in. Each that is not empty must allow them.
type Config struct {
	Name, Title  string // as in [Provider]; Title may be empty
	Issuer       string // OpenID Connect: exactly as the provider writes it. GitHub: of a GitHub Enterprise; "" for https://github.com
	ClientID     string
	ClientSecret string
	RedirectURL  string // of our callback, as registered with the provider
	HTTPClient   *http.Client
	Store        PreLogins
	Now          func() time.Time

	AllowDomains       []string // those with a verified e-mail address of one of these domains
	AllowHostedDomains []string // OpenID Connect: those of one of these Google Workspaces
	AllowTenants       []string // OpenID Connect: those of one of these tenants of Microsoft Entra, by id
	AllowOrganizations []string // GitHub: active members of one of these organizations
	AllowTeams         []string // GitHub: active members of one of these teams, written as organization/team
}

// New returns the provider of a kind: "openid-connect" is [NewOpenIDConnect], "github" is [NewGitHub].
func New(kind string, c Config) (SignInProvider, error) {
	switch kind {
	case "openid-connect":
		return NewOpenIDConnect(c)
	case "github":
		return NewGitHub(c)
	}
	return nil, fmt.Errorf("login %q: the kind %q is unknown: it is openid-connect or github", c.Name, kind)
}

// faults are the sentences about what in a configuration cannot be right.
type faults struct {
	login string
	all   []error
}

func (f *faults) add(format string, args ...any) {
	f.all = append(f.all, fmt.Errorf("login %q: %s", f.login, fmt.Sprintf(format, args...)))
}

// checked returns c with its lists in lower case, and what is wrong with what every kind needs.
func (c Config) checked() (Config, *faults) {
	f := &faults{login: c.Name}
	if !regexp.MustCompile(`^[a-z0-9-]{1,32}$`).MatchString(c.Name) {
		f.add("the name stands in addresses; it has small letters, digits and '-', at most 32")
	}
	if !trustworthy(c.RedirectURL) {
		f.add("the callback address %q must be an https:// address; http:// will do on this computer only", c.RedirectURL)
	}
	if c.ClientID == "" {
		f.add("client_id is missing")
	}
	if c.Title == "" {
		c.Title = c.Name
	}
	c.AllowDomains = f.list("allow_domains", c.AllowDomains, domainForm, "a domain, such as example.org")
	return c, f
}

var (
	domainForm = regexp.MustCompile(`^[^@*/:\s]+$`)
	tenantForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	orgForm    = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)
	teamForm   = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*/[a-z0-9_][a-z0-9._-]*$`)
)

// list returns the entries in lower case, and notes those that have another form: they would allow nobody.
func (f *faults) list(key string, entries []string, form *regexp.Regexp, what string) []string {
	var out []string
	for _, e := range entries {
		e = strings.ToLower(e)
		if !form.MatchString(e) {
			f.add("%s: %q is not %s", key, e, what)
		}
		out = append(out, e)
	}
	return out
}

// foreign notes a list that another kind of provider has: who writes it here believes that it keeps people out.
func (f *faults) foreign(key, kind string, entries []string) {
	if len(entries) > 0 {
		f.add("%s is for logins of the kind %s", key, kind)
	}
}

func (f *faults) err() error { return errors.Join(f.all...) }

// allowsDomain tells why somebody with this verified address must not sign in, or nil.
func (c Config) allowsDomain(email string) error {
	if len(c.AllowDomains) == 0 {
		return nil
	}
	if email == "" {
		return refuse("%s tells us no verified e-mail address of yours, and only those of certain domains may sign in here.", c.Title)
	}
	_, domain, _ := strings.Cut(email, "@")
	if !slices.Contains(c.AllowDomains, domain) {
		return refuse("E-mail addresses of %q may not sign in here.", domain)
	}
	return nil
}
