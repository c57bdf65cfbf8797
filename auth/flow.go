package auth

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"time"

	"github.com/markbates/goth"
	"golang.org/x/oauth2"

	"ngportal/access"
	"ngportal/store"
)

// preLoginTime is how long somebody may take at the identity provider.
const preLoginTime = 10 * time.Minute

// A flow is what all kinds of providers share: how a sign-in starts, and how its own answer is told from others.
type flow struct {
	c      Config
	client *http.Client
}

// Provider returns what the sign-in page shows.
func (f *flow) Provider() Provider { return Provider{Name: f.c.Name, Title: f.c.Title} }

// begin starts a sign-in with p, as [SignInProvider].Begin. more goes into the address besides what p writes.
func (f *flow) begin(ctx context.Context, p goth.Provider, more map[string]string, returnPath string, linking store.Hash) (redirectURL, preID string, err error) {
	id, state, nonce, verifier := secret(), secret(), secret(), oauth2.GenerateVerifier()
	session, err := p.BeginAuth(state)
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
	for name, value := range more {
		q.Set(name, value)
	}
	u.RawQuery = q.Encode()
	err = f.c.Store.AddPreLogin(ctx, store.PreLogin{
		Hash: store.HashOf(id), State: store.HashOf(state), Nonce: nonce, Verifier: verifier,
		Provider: f.c.Name, ReturnPath: SafeReturn(returnPath), Linking: linking, Expires: f.c.Now().Add(preLoginTime),
	})
	if err != nil {
		return "", "", err
	}
	return u.String(), id, nil
}

// complete finishes the sign-in that the browser has begun, as [SignInProvider].Complete. identify asks the identity
// provider who it is.
func (f *flow) complete(ctx context.Context, preID string, answer url.Values,
	identify func(store.PreLogin) (access.Identity, error),
) (access.Identity, store.PreLogin, error) {
	pre, err := f.resume(ctx, preID, answer)
	if err != nil {
		return access.Identity{}, store.PreLogin{}, err
	}
	who, err := identify(pre)
	if err != nil {
		return access.Identity{}, store.PreLogin{}, err
	}
	return who, pre, nil
}

// resume returns the sign-in that the browser has begun, if the answer belongs to it.
func (f *flow) resume(ctx context.Context, preID string, answer url.Values) (store.PreLogin, error) {
	if preID == "" {
		return store.PreLogin{}, fmt.Errorf("%w: the browser brings no cookie of it", ErrState)
	}
	pre, err := f.c.Store.TakePreLogin(ctx, store.HashOf(preID), f.c.Now())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return store.PreLogin{}, fmt.Errorf("%w: it is unknown, used up or too late: %w", ErrState, err)
	case err != nil:
		return store.PreLogin{}, err
	case pre.Provider != f.c.Name:
		return store.PreLogin{}, fmt.Errorf("%w: it was begun with %q, and the answer came to %q", ErrState, pre.Provider, f.c.Name)
	}
	// Hashes of random secrets may be compared in any time; comparing them tells nothing.
	if state := answer["state"]; len(state) != 1 || store.HashOf(state[0]) != pre.State {
		return store.PreLogin{}, fmt.Errorf("%w: the state is another one", ErrState)
	}
	return pre, nil
}

// code returns the authorization code of an answer that is no refusal.
func (f *flow) code(answer url.Values) (string, error) {
	switch said := answer.Get("error"); said {
	case "":
	case "access_denied":
		return "", refuse("The sign-in was called off at %s, or you may not sign in here with it.", f.c.Title)
	default:
		return "", fmt.Errorf("%w: the identity provider says %q", ErrRefused, clean(said, 100))
	}
	code := answer["code"]
	if len(code) != 1 || code[0] == "" {
		return "", fmt.Errorf("%w: the answer has no code", ErrState)
	}
	return code[0], nil
}

// untraded says what it means that a code could not be traded for tokens.
func untraded(err error) error {
	said, ok := errors.AsType[*oauth2.RetrieveError](err)
	if ok && (said.ErrorCode == "invalid_grant" || said.ErrorCode == "bad_verification_code") { // GitHub has a word of its own
		return because(ErrState, "the code is used up or another's", err)
	}
	return because(ErrProvider, "trade the code for tokens", err)
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
