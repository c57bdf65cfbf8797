package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"ngportal/store"
)

// preLoginTime is how long somebody may take at the identity provider.
const preLoginTime = 10 * time.Minute

// A Provider is what the sign-in page shows of an identity provider.
type Provider struct {
	Name  string // in addresses: /auth/<name>
	Title string // for people
}

// PreLogins keeps sign-ins that are under way; [store.Store] does.
type PreLogins interface {
	AddPreLogin(ctx context.Context, p store.PreLogin) error
	TakePreLogin(ctx context.Context, h store.Hash, now time.Time) (store.PreLogin, error)
}

// Config describes an OpenID Connect provider and us as its client. HTTPClient may be nil;
// it is used with a time limit, a size limit and without following redirects in any case.
type Config struct {
	Name, Title  string // as in [Provider]; Title may be empty
	Issuer       string // exactly as the provider writes it
	ClientID     string
	ClientSecret string
	RedirectURL  string   // of our callback, as registered with the provider
	AllowDomains []string // if any: verified e-mail addresses of these domains only
	HTTPClient   *http.Client
	Store        PreLogins
	Now          func() time.Time
}

// OIDC signs people in with one OpenID Connect provider. It is safe for concurrent use.
type OIDC struct {
	c      Config
	client *http.Client
	asking singleflight.Group

	mu      sync.Mutex
	found   *issuer
	failed  time.Time
	failure error
}

// NewOpenIDConnect returns a provider. It does not speak to the issuer, which may be down; the
// first sign-in does. The error tells what in c cannot be right.
func NewOpenIDConnect(c Config) (*OIDC, error) {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("login %q: "+format, append([]any{c.Name}, args...)...))
	}
	if !regexp.MustCompile(`^[a-z0-9-]{1,32}$`).MatchString(c.Name) {
		fault("the name stands in addresses; it has small letters, digits and '-', at most 32")
	}
	if !trustworthy(c.Issuer) {
		fault("the issuer %q must be an https:// address; http:// will do on this computer only", c.Issuer)
	}
	if !trustworthy(c.RedirectURL) {
		fault("the callback address %q must be an https:// address; http:// will do on this computer only", c.RedirectURL)
	}
	if c.ClientID == "" {
		fault("client_id is missing")
	}
	if c.Title == "" {
		c.Title = c.Name
	}
	var domains []string
	for _, d := range c.AllowDomains {
		domains = append(domains, strings.ToLower(d))
	}
	c.AllowDomains = domains
	return &OIDC{c: c, client: bounded(c.HTTPClient)}, errors.Join(faults...)
}

// Provider returns what the sign-in page shows.
func (o *OIDC) Provider() Provider { return Provider{Name: o.c.Name, Title: o.c.Title} }

// Begin starts a sign-in. It returns the address at the identity provider to send the browser
// to, and the id that the browser must bring back with the answer, in a cookie of its own.
// Where the person wants to go afterwards stays here.
//
// The error wraps [ErrProvider] if the issuer is down, and else is the store's.
func (o *OIDC) Begin(ctx context.Context, returnPath string) (redirectURL, preID string, err error) {
	is, err := o.discovered(ctx)
	if err != nil {
		return "", "", err
	}
	id, state, nonce, verifier := secret(), secret(), secret(), oauth2.GenerateVerifier()
	session, err := is.goth.BeginAuth(state)
	if err != nil {
		return "", "", because(ErrProvider, "begin", err)
	}
	to, err := session.GetAuthURL()
	if err != nil {
		return "", "", because(ErrProvider, "begin", err)
	}
	u, err := url.Parse(to)
	if err != nil {
		return "", "", because(ErrProvider, "begin", err)
	}
	// goth's own options hold for all sign-ins alike, these for this one.
	q := u.Query()
	q.Set("nonce", nonce)
	q.Set("code_challenge", oauth2.S256ChallengeFromVerifier(verifier))
	q.Set("code_challenge_method", "S256")
	u.RawQuery = q.Encode()
	err = o.c.Store.AddPreLogin(ctx, store.PreLogin{
		Hash: store.HashOf(id), State: store.HashOf(state), Nonce: nonce, Verifier: verifier,
		Provider: o.c.Name, ReturnPath: SafeReturn(returnPath), Expires: o.c.Now().Add(preLoginTime),
	})
	if err != nil {
		return "", "", err
	}
	return u.String(), id, nil
}
