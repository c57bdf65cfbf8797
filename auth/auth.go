// Package auth tells who somebody is: it signs people in through OpenID Connect, remembers
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

// clean removes what does not print from a stranger's text and cuts it to at most limit bytes.
func clean(text string, limit int) string {
	if len(text) > limit {
		text = text[:limit]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}
