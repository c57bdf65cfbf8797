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
	PreferredUsername string `json:"preferred_username"`
	HostedDomain      string `json:"hd"`  // Google Workspace's
	AuthorizedParty   string `json:"azp"` // the client the token was made for, if there are several
}

// person returns whom the issuer names, if they may sign in. The ID token alone tells who they
// are; what it leaves out of their name and e-mail address comes from the userinfo endpoint.
func (o *OIDC) person(is *issuer, session *openidConnect.Session, token *oidc.IDToken) (access.Person, error) {
	var c claims
	if err := token.Claims(&c); err != nil {
		return access.Person{}, because(ErrRefused, "ID token", err)
	}
	if len(token.Audience) > 1 && c.AuthorizedParty != o.c.ClientID || c.AuthorizedParty != "" && c.AuthorizedParty != o.c.ClientID {
		return access.Person{}, fmt.Errorf("%w: ID token: it was made for another client", ErrRefused)
	}
	if token.Subject == "" || len(token.Subject) > maxSubject {
		return access.Person{}, fmt.Errorf("%w: ID token: the subject has %d bytes", ErrRefused, len(token.Subject))
	}
	if is.userInfo && (c.Email == "" || c.Name == "") {
		if err := is.complete(session, &c); err != nil {
			return access.Person{}, err
		}
	}
	email := c.verifiedEmail()
	if err := o.allowed(c, email); err != nil {
		return access.Person{}, err
	}
	name, _, _ := strings.Cut(email, "@")
	for _, n := range []string{c.PreferredUsername, c.Name} {
		if n = strings.TrimSpace(clean(n, maxName)); n != "" {
			name = n
		}
	}
	return access.Person{Issuer: o.c.Issuer, Subject: token.Subject, Email: email, Name: name}, nil
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
	if c.Email == "" { // The address and whether it is verified belong together.
		c.Email, c.EmailVerified = user.Email, user.RawData["email_verified"]
	}
	if c.Name == "" {
		c.Name = user.Name
	}
	if c.PreferredUsername == "" {
		c.PreferredUsername = user.NickName
	}
	return nil
}

// verifiedEmail returns the address in lower case, or "" if there is none that the provider has verified.
func (c claims) verifiedEmail() string {
	if c.EmailVerified != true && c.EmailVerified != "true" {
		return ""
	}
	local, domain, ok := strings.Cut(c.Email, "@")
	if !ok || local == "" || domain == "" || strings.Contains(domain, "@") || len(c.Email) > maxEmail || clean(c.Email, maxEmail) != c.Email {
		return ""
	}
	return strings.ToLower(c.Email)
}

// allowed tells why somebody must not sign in, or nil.
func (o *OIDC) allowed(c claims, email string) error {
	if len(o.c.AllowDomains) == 0 {
		return nil
	}
	if email == "" {
		return fmt.Errorf("%w: there is no verified e-mail address to tell the domain from", ErrRefused)
	}
	_, domain, _ := strings.Cut(email, "@")
	if !slices.Contains(o.c.AllowDomains, domain) {
		return fmt.Errorf("%w: e-mail addresses of %q are not allowed here", ErrRefused, domain)
	}
	// Anybody can have a Google account with a verified address that they once had at the
	// domain; hd tells who belongs to it now.
	if o.c.Issuer == googleIssuer && !slices.Contains(o.c.AllowDomains, strings.ToLower(c.HostedDomain)) {
		return fmt.Errorf("%w: the Google account is not one of the domain's", ErrRefused)
	}
	return nil
}
