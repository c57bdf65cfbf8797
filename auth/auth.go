// Package auth tells who somebody is: it signs people in through OpenID Connect or GitHub, remembers
// them by a cookie that carries nothing but a random id, and lets them on to the viewer host.
//
// goth's provider objects speak to the identity provider; gothic, goth's own handlers, is not
// used, because it takes the state from the address that a stranger may have written. The
// state, PKCE, the nonce and the check of the ID token are this package's.
package auth

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

var (
	// ErrState is wrapped when an answer belongs to no sign-in under way in this browser:
	// it is forged, used up or too late. Starting again helps.
	ErrState = errors.New("this sign-in is not under way here")

	// ErrRefused is wrapped when the person may not sign in, or the identity provider's word
	// about them cannot be trusted. Starting again does not help.
	ErrRefused = errors.New("sign-in refused")

	// ErrProvider is wrapped when the identity provider cannot be reached or answers nonsense.
	// Trying later may help.
	ErrProvider = errors.New("the identity provider is unavailable")
)

// A NotAllowed says why somebody whom an identity provider names may not sign in, in a sentence for them. It wraps [ErrRefused].
type NotAllowed struct{ Reason string }

func (e *NotAllowed) Error() string { return ErrRefused.Error() + ": " + e.Reason }

// Unwrap returns [ErrRefused].
func (e *NotAllowed) Unwrap() error { return ErrRefused }

func refuse(format string, args ...any) error { return &NotAllowed{fmt.Sprintf(format, args...)} }

// secret returns 256 random bits in letters that may stand in addresses and cookies.
func secret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // It never fails: https://pkg.go.dev/crypto/rand#Read.
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// because wraps a sentinel with a cause whose text may come from a stranger: it is made short
// and loses its line breaks, so that it fits a line of the log.
func because(sentinel error, what string, cause error) error {
	return fmt.Errorf("%w: %s: %w", sentinel, what, foreignError{cause})
}

type foreignError struct{ error }

func (e foreignError) Error() string { return clean(e.error.Error(), 300) }

func (e foreignError) Unwrap() error { return e.error }

// clean removes what does not print from a stranger's text, and what would make it be read in another order, and cuts it
// to at most limit bytes.
func clean(text string, limit int) string {
	if len(text) > limit {
		text = text[:limit]
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069': // embeddings, overrides and isolates
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}
