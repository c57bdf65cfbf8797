package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/markbates/goth/providers/openidConnect"
)

// retryAfter is how long a failed discovery is answered from memory, so that people who wait
// for an issuer that is down do not queue up at it.
const retryAfter = 5 * time.Second

// An issuer is what discovery has told about an identity provider.
type issuer struct {
	goth      *openidConnect.Provider
	verifier  *oidc.IDTokenVerifier
	userInfo  bool // it has an endpoint for further claims
	namesSelf bool // its answers carry iss, https://www.rfc-editor.org/rfc/rfc9207
}

// discovered returns the issuer, asking it about itself at the first use that succeeds. Those
// who come meanwhile wait for the same answer. The error wraps [ErrProvider].
func (o *OIDC) discovered(ctx context.Context) (*issuer, error) {
	o.mu.Lock()
	found, failed, err := o.found, o.failed, o.failure
	o.mu.Unlock()
	if found != nil {
		return found, nil
	}
	if err != nil && o.c.Now().Before(failed.Add(retryAfter)) {
		return nil, err
	}
	done := o.asking.DoChan("", func() (any, error) {
		// Whoever asked first may leave; the answer is for the others, too.
		found, err := o.discover(context.WithoutCancel(ctx))
		o.mu.Lock()
		defer o.mu.Unlock()
		o.found, o.failed, o.failure = found, o.c.Now(), err
		return found, err
	})
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("discover %s: %w", o.c.Issuer, ctx.Err())
	case r := <-done:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*issuer), nil
	}
}

func (o *OIDC) discover(ctx context.Context) (*issuer, error) {
	what := "discover " + o.c.Issuer
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, o.client), o.c.Issuer)
	if err != nil {
		return nil, because(ErrProvider, what, err)
	}
	var more struct {
		KeySet    string `json:"jwks_uri"`
		NamesSelf bool   `json:"authorization_response_iss_parameter_supported"`
	}
	if err = p.Claims(&more); err != nil {
		return nil, because(ErrProvider, what, err)
	}
	ends := p.Endpoint()
	for _, address := range []string{ends.AuthURL, ends.TokenURL, more.KeySet} {
		if !trustworthy(address) {
			return nil, because(ErrProvider, what, fmt.Errorf("it names the endpoint %q, which is not https", address))
		}
	}
	userInfo := p.UserInfoEndpoint()
	if userInfo != "" && !trustworthy(userInfo) {
		return nil, because(ErrProvider, what, fmt.Errorf("it names the endpoint %q, which is not https", userInfo))
	}
	g, err := openidConnect.NewCustomisedURL(o.c.ClientID, o.c.ClientSecret, o.c.RedirectURL,
		ends.AuthURL, ends.TokenURL, o.c.Issuer, userInfo, "", "openid", "email", "profile")
	if err != nil {
		return nil, because(ErrProvider, what, err)
	}
	g.HTTPClient = o.client
	return &issuer{
		goth:      g,
		verifier:  p.Verifier(&oidc.Config{ClientID: o.c.ClientID, Now: o.c.Now}),
		userInfo:  userInfo != "",
		namesSelf: more.NamesSelf,
	}, nil
}
