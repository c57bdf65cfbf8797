package auth

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/markbates/goth/providers/openidConnect"
	"golang.org/x/oauth2"

	"ngportal/access"
	"ngportal/store"
)

// Complete finishes a sign-in: preID is what the browser's cookie holds, answer the query with
// which the identity provider has sent it to our callback. It returns who the person is and
// where they wanted to go. A preID serves once, whatever comes of it.
//
// The error wraps [ErrState], [ErrRefused] or [ErrProvider], and else is the store's.
func (o *OIDC) Complete(ctx context.Context, preID string, answer url.Values) (access.Person, string, error) {
	pre, err := o.resume(ctx, preID, answer)
	if err != nil {
		return access.Person{}, "", err
	}
	is, err := o.discovered(ctx)
	if err != nil {
		return access.Person{}, "", err
	}
	code, err := o.code(is, answer)
	if err != nil {
		return access.Person{}, "", err
	}
	session, err := is.exchange(code, pre.Verifier)
	if err != nil {
		return access.Person{}, "", err
	}
	token, err := is.verify(ctx, session, pre.Nonce)
	if err != nil {
		return access.Person{}, "", err
	}
	person, err := o.person(is, session, token)
	if err != nil {
		return access.Person{}, "", err
	}
	return person, pre.ReturnPath, nil
}

// resume returns the sign-in that the browser has begun, if the answer belongs to it.
func (o *OIDC) resume(ctx context.Context, preID string, answer url.Values) (store.PreLogin, error) {
	if preID == "" {
		return store.PreLogin{}, fmt.Errorf("%w: the browser brings no cookie of it", ErrState)
	}
	pre, err := o.c.Store.TakePreLogin(ctx, store.HashOf(preID), o.c.Now())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return store.PreLogin{}, fmt.Errorf("%w: it is unknown, used up or too late: %w", ErrState, err)
	case err != nil:
		return store.PreLogin{}, err
	case pre.Provider != o.c.Name:
		return store.PreLogin{}, fmt.Errorf("%w: it was begun with %q, and the answer came to %q", ErrState, pre.Provider, o.c.Name)
	}
	// Hashes of random secrets may be compared in any time; comparing them tells nothing.
	if state := answer["state"]; len(state) != 1 || store.HashOf(state[0]) != pre.State {
		return store.PreLogin{}, fmt.Errorf("%w: the state is another one", ErrState)
	}
	return pre, nil
}

// code returns the authorization code of an answer that comes from the issuer asked and is no refusal.
func (o *OIDC) code(is *issuer, answer url.Values) (string, error) {
	// Else one provider's code could be passed off as another's: https://www.rfc-editor.org/rfc/rfc9207.
	if iss := answer["iss"]; len(iss) > 0 && (len(iss) != 1 || iss[0] != o.c.Issuer) || len(iss) == 0 && is.namesSelf {
		return "", fmt.Errorf("%w: the answer is not of the issuer that was asked", ErrRefused)
	}
	if said := answer.Get("error"); said != "" {
		return "", fmt.Errorf("%w: the identity provider says %q", ErrRefused, clean(said, 100))
	}
	code := answer["code"]
	if len(code) != 1 || code[0] == "" {
		return "", fmt.Errorf("%w: the answer has no code", ErrState)
	}
	return code[0], nil
}

// exchange trades a code for tokens. goth reads code_verifier and redirect_uri from the values
// it is given: it is given ours, never those of the answer.
func (is *issuer) exchange(code, verifier string) (*openidConnect.Session, error) {
	session := &openidConnect.Session{}
	err := guarded(func() error {
		_, err := session.Authorize(is.goth, url.Values{"code": {code}, "code_verifier": {verifier}})
		return err
	})
	if said, ok := errors.AsType[*oauth2.RetrieveError](err); ok && said.ErrorCode == "invalid_grant" {
		return nil, because(ErrState, "the code is used up or another's", err)
	}
	if err != nil {
		return nil, because(ErrProvider, "trade the code for tokens", err)
	}
	return session, nil
}

// guarded turns a panic of do into an error: goth asserts the types of what an identity
// provider answers, and panics if they are others.
func guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the answer has another form: %v", p)
		}
	}()
	return do()
}

// verify checks an ID token as https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation asks.
func (is *issuer) verify(ctx context.Context, session *openidConnect.Session, nonce string) (*oidc.IDToken, error) {
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
