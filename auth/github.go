package auth

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/github"
	"golang.org/x/oauth2"

	"ngportal/access"
	"ngportal/store"
)

const gitHub = "https://github.com"

// GitHub signs people in with GitHub, or with a GitHub Enterprise. It is safe for concurrent use.
//
// Somebody is who they are by the numeric id of their account: a login can be given up and taken by another. The
// addresses on their profile are not asked for, since nobody need have verified those.
type GitHub struct {
	flow
	goth     *github.Provider
	exchange oauth2.Config
	api      string
	scope    string
}

var _ SignInProvider = (*GitHub)(nil)

// NewGitHub returns a provider. It does not speak to GitHub yet. The error tells what in c cannot be right.
//
// An app for it is registered at GitHub as an OAuth app with c.RedirectURL for its callback. An organization that
// restricts the use of such apps must approve it before its members can be told by c.AllowOrganizations and c.AllowTeams.
func NewGitHub(c Config) (*GitHub, error) {
	if c.Title == "" {
		c.Title = "GitHub"
	}
	if c.Issuer == "" {
		c.Issuer = gitHub
	}
	c, f := c.checked()
	if !trustworthy(c.Issuer) || c.Issuer != origin(c.Issuer) {
		f.add("the issuer %q must be the address of a GitHub Enterprise without a path, such as https://github.example.org; "+
			"leave it out for github.com", c.Issuer)
	}
	c.AllowOrganizations = f.list("allow_organizations", c.AllowOrganizations, orgForm, "the name of an organization as in its address")
	c.AllowTeams = f.list("allow_teams", c.AllowTeams, teamForm, "a team as organization/team, both as in their addresses")
	f.foreign("allow_tenants", "openid-connect", c.AllowTenants)
	f.foreign("allow_hosted_domains", "openid-connect", c.AllowHostedDomains)
	g := &GitHub{flow: flow{c, bounded(c.HTTPClient)}, api: apiOf(c.Issuer), scope: "user:email"}
	if len(c.AllowOrganizations)+len(c.AllowTeams) > 0 {
		g.scope += " read:org"
	}
	g.exchange = oauth2.Config{
		ClientID: c.ClientID, ClientSecret: c.ClientSecret, RedirectURL: c.RedirectURL,
		Endpoint: oauth2.Endpoint{
			AuthURL: c.Issuer + "/login/oauth/authorize", TokenURL: c.Issuer + "/login/oauth/access_token",
			AuthStyle: oauth2.AuthStyleInParams, // trying out another would use the code up
		},
	}
	// goth is told of no scope: with user:email it would turn away whoever has no verified address.
	g.goth = github.NewCustomisedURL(c.ClientID, c.ClientSecret, c.RedirectURL,
		g.exchange.Endpoint.AuthURL, g.exchange.Endpoint.TokenURL, g.api+"/user", g.api+"/user/emails")
	g.goth.HTTPClient = g.client
	return g, f.err()
}

// origin returns the scheme and the host of an address in lower case.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + strings.ToLower(u.Host)
}

// apiOf returns the address of the API that belongs to a GitHub.
func apiOf(issuer string) string {
	// https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency/network-details-for-ghecom
	if issuer == gitHub || strings.HasSuffix(issuer, ".ghe.com") {
		return strings.Replace(issuer, "https://", "https://api.", 1)
	}
	return issuer + "/api/v3"
}

// Begin is [SignInProvider].Begin.
func (g *GitHub) Begin(ctx context.Context, returnPath string, linking store.Hash) (redirectURL, preID string, err error) {
	return g.begin(ctx, g.goth, map[string]string{"scope": g.scope}, returnPath, linking)
}

// Complete is [SignInProvider].Complete.
func (g *GitHub) Complete(ctx context.Context, preID string, answer url.Values) (access.Identity, store.PreLogin, error) {
	return g.complete(ctx, preID, answer, func(pre store.PreLogin) (access.Identity, error) {
		// Each provider has a callback of its own, so an answer names its issuer only to be sure.
		if iss := answer["iss"]; len(iss) > 0 && (len(iss) != 1 || origin(iss[0]) != g.c.Issuer) {
			return access.Identity{}, fmt.Errorf("%w: the answer is not of the issuer that was asked", ErrRefused)
		}
		code, err := g.code(answer)
		if err != nil {
			return access.Identity{}, err
		}
		// goth would leave the verifier out.
		token, err := g.exchange.Exchange(context.WithValue(ctx, oauth2.HTTPClient, g.client), code, oauth2.VerifierOption(pre.Verifier))
		if err != nil {
			return access.Identity{}, untraded(err)
		}
		return g.identity(ctx, token.AccessToken)
	})
}

// identity returns whose token it is, if they may sign in.
func (g *GitHub) identity(ctx context.Context, token string) (access.Identity, error) {
	var user goth.User
	err := guarded(func() (err error) {
		user, err = g.goth.FetchUser(&github.Session{AccessToken: token})
		return err
	})
	if err != nil {
		return access.Identity{}, because(ErrProvider, "ask GitHub who it is", err)
	}
	// goth makes 0 of an id that is not there.
	if id, _ := strconv.ParseInt(user.UserID, 10, 64); id <= 0 {
		return access.Identity{}, fmt.Errorf("%w: GitHub names the account %q", ErrRefused, clean(user.UserID, 100))
	}
	email, err := g.email(ctx, token)
	if err != nil {
		return access.Identity{}, err
	}
	if err = g.c.allowsDomain(email); err != nil {
		return access.Identity{}, err
	}
	if err = g.belongs(ctx, token, user.NickName); err != nil {
		return access.Identity{}, err
	}
	name := displayName(user.Name, user.NickName, email)
	return access.Identity{Issuer: g.c.Issuer, Subject: user.UserID, Email: email, Name: name}, nil
}
