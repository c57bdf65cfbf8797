package auth

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/markbates/goth/providers/openidConnect"

	"ngportal/access"
	"ngportal/store"
)

// tokenSlack is how far the identity provider's clock may be ahead of ours; go-oidc uses the same for nbf.
const tokenSlack = 5 * time.Minute

// Complete is [SignInProvider].Complete.
func (o *OIDC) Complete(ctx context.Context, preID string, answer url.Values) (access.Identity, store.PreLogin, error) {
	return o.complete(ctx, preID, answer, func(pre store.PreLogin) (access.Identity, error) {
		is, err := o.discovered(ctx)
		if err != nil {
			return access.Identity{}, err
		}
		if err = o.fromIssuer(is, answer); err != nil {
			return access.Identity{}, err
		}
		code, err := o.code(answer)
		if err != nil {
			return access.Identity{}, err
		}
		session, err := is.exchange(code, pre.Verifier)
		if err != nil {
			return access.Identity{}, err
		}
		token, err := o.verify(ctx, is, session, pre.Nonce)
		if err != nil {
			return access.Identity{}, err
		}
		return o.person(is, session, token)
	})
}

// fromIssuer tells why an answer is not of the issuer that was asked, or nil. Else one provider's code could be passed
// off as another's: https://www.rfc-editor.org/rfc/rfc9207.
func (o *OIDC) fromIssuer(is *issuer, answer url.Values) error {
	if iss := answer["iss"]; len(iss) > 0 && (len(iss) != 1 || iss[0] != o.c.Issuer) || len(iss) == 0 && is.namesSelf {
		return fmt.Errorf("%w: the answer is not of the issuer that was asked", ErrRefused)
	}
	return nil
}

// exchange trades a code for tokens. goth reads code_verifier and redirect_uri from the values
// it is given: it is given ours, never those of the answer.
func (is *issuer) exchange(code, verifier string) (*openidConnect.Session, error) {
	session := &openidConnect.Session{}
	err := guarded(func() error {
		_, err := session.Authorize(is.goth, url.Values{"code": {code}, "code_verifier": {verifier}})
		return err
	})
	if err != nil {
		return nil, untraded(err)
	}
	return session, nil
}

// verify checks an ID token as https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation asks.
func (o *OIDC) verify(ctx context.Context, is *issuer, session *openidConnect.Session, nonce string) (*oidc.IDToken, error) {
	if session.IDToken == "" {
		return nil, fmt.Errorf("%w: the identity provider sends no ID token", ErrProvider)
	}
	token, err := is.verifier.Verify(ctx, session.IDToken)
	switch {
	case err != nil && strings.Contains(err.Error(), "fetching keys"):
		// go-oidc has no better mark for keys that could not be had.
		return nil, because(ErrProvider, "fetch its keys", err)
	case err != nil:
		return nil, because(ErrRefused, "ID token", err)
	}
	// go-oidc looks at exp and nbf only.
	if token.IssuedAt.After(o.c.Now().Add(tokenSlack)) {
		return nil, fmt.Errorf("%w: ID token: it was issued in the future; one of the clocks is wrong", ErrRefused)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1 {
		return nil, fmt.Errorf("%w: ID token: the nonce is another one", ErrRefused)
	}
	if token.AccessTokenHash != "" {
		if err := token.VerifyAccessToken(session.AccessToken); err != nil {
			return nil, because(ErrRefused, "access token", err)
		}
	}
	return token, nil
}
