package auth

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/openidConnect"

	"ngportal/access"
)

const (
	googleIssuer = "https://accounts.google.com"

	maxSubject = 255 // https://openid.net/specs/openid-connect-core-1_0.html#IDToken
	maxEmail   = 254 // https://www.rfc-editor.org/errata/eid1690
	maxName    = 200
)

// claims is what an identity provider says about a person.
type claims struct {
	Email             string `json:"email"`
	EmailVerified     any    `json:"email_verified"` // some write "true"
	Name              string `json:"name"`
	GivenName         string `json:"given_name"`
	FamilyName        string `json:"family_name"`
	PreferredUsername string `json:"preferred_username"`
	HostedDomain      string `json:"hd"`  // Google Workspace's
	Tenant            string `json:"tid"` // Microsoft Entra's
	AuthorizedParty   string `json:"azp"` // the client the token was made for, if there are several
}

// person returns whom the issuer names, if they may sign in. The ID token alone tells who they
// are; what it leaves out of their name and e-mail address comes from the userinfo endpoint.
func (o *OIDC) person(is *issuer, session *openidConnect.Session, token *oidc.IDToken) (access.Identity, error) {
	var c claims
	if err := token.Claims(&c); err != nil {
		return access.Identity{}, because(ErrRefused, "ID token", err)
	}
	if len(token.Audience) > 1 && c.AuthorizedParty != o.c.ClientID || c.AuthorizedParty != "" && c.AuthorizedParty != o.c.ClientID {
		return access.Identity{}, fmt.Errorf("%w: ID token: it was made for another client", ErrRefused)
	}
	if token.Subject == "" || len(token.Subject) > maxSubject {
		return access.Identity{}, fmt.Errorf("%w: ID token: the subject has %d bytes", ErrRefused, len(token.Subject))
	}
	if is.userInfo && (c.Email == "" || c.Name == "") {
		if err := is.complete(session, &c); err != nil {
			return access.Identity{}, err
		}
	}
	email := ""
	if c.EmailVerified == true || c.EmailVerified == "true" {
		email = address(c.Email)
	}
	if err := o.allowed(c, email); err != nil {
		return access.Identity{}, err
	}
	name := displayName(c.Name, c.GivenName+" "+c.FamilyName, c.PreferredUsername, email)
	return access.Identity{Issuer: o.c.Issuer, Subject: token.Subject, Email: email, Name: name}, nil
}

// displayName returns the first of names that says something, fit for display. Whatever follows an "@" goes: a name that
// looks like an address would pass for a verified one.
func displayName(names ...string) string {
	for _, n := range names {
		if n, _, _ = strings.Cut(n, "@"); strings.TrimSpace(clean(n, maxName)) != "" {
			return strings.TrimSpace(clean(n, maxName))
		}
	}
	return ""
}

// complete adds what the userinfo endpoint says. goth checks that it speaks of the same subject.
func (is *issuer) complete(session *openidConnect.Session, c *claims) error {
	var user goth.User
	err := guarded(func() (err error) {
		user, err = is.goth.FetchUser(session)
		return err
	})
	if err != nil {
		return because(ErrProvider, "ask for the person's name", err)
	}
	if c.Email == "" {
		// The address and whether it is verified belong together. goth lays the claims of both over each other: if the ID
		// token has a word on it, that may be all there is.
		unsaid := c.EmailVerified == nil
		c.Email, c.EmailVerified = user.Email, nil
		if unsaid {
			c.EmailVerified = user.RawData["email_verified"]
		}
	}
	if c.Name == "" {
		c.Name = user.Name
	}
	if c.GivenName == "" && c.FamilyName == "" {
		c.GivenName, c.FamilyName = user.FirstName, user.LastName
	}
	if c.PreferredUsername == "" {
		c.PreferredUsername = user.NickName
	}
	return nil
}

// address returns an e-mail address in lower case, or "" if it is none.
func address(email string) string {
	local, domain, ok := strings.Cut(email, "@")
	if !ok || local == "" || domain == "" || strings.Contains(domain, "@") || len(email) > maxEmail || clean(email, maxEmail) != email {
		return ""
	}
	return strings.ToLower(email)
}

// allowed tells why somebody must not sign in, or nil. The claims that it looks at besides the address are the ID token's:
// [issuer.complete] does not touch them.
func (o *OIDC) allowed(c claims, email string) error {
	if err := o.c.allowsDomain(email); err != nil {
		return err
	}
	hosted := o.c.AllowHostedDomains
	if len(hosted) == 0 && o.c.Issuer == googleIssuer {
		// Anybody can have a Google account with a verified address that they once had at the
		// domain; hd tells who belongs to it now.
		hosted = o.c.AllowDomains
	}
	if len(hosted) > 0 && !slices.Contains(hosted, strings.ToLower(c.HostedDomain)) {
		return refuse("Your account belongs to none of the Google Workspaces that may sign in here.")
	}
	if len(o.c.AllowTenants) > 0 && !slices.Contains(o.c.AllowTenants, strings.ToLower(c.Tenant)) {
		return refuse("Your account belongs to none of the organizations that may sign in here.")
	}
	return nil
}
