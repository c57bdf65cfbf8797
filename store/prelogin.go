package store

import (
	"context"
	"fmt"
	"io/fs"
	"time"
)

// maxPreLogins bounds what strangers can fill the database with: starting to sign in needs
// no permission.
const maxPreLogins = 10_000

// A PreLogin is a sign-in that has been started and waits for the identity provider's answer.
type PreLogin struct {
	Hash       Hash // of the id in the browser's cookie
	State      Hash // of the state that comes back with the answer
	Nonce      string
	Verifier   string // of PKCE
	Provider   string
	ReturnPath string
	Linking    Hash // the session of somebody who adds an identity; zero for signing in
	Expires    time.Time
}

// AddPreLogin keeps a started sign-in. If too many are under way, the oldest are forgotten.
func (s *Store) AddPreLogin(ctx context.Context, p PreLogin) error {
	return s.change(ctx, "add sign-in", func(tx *writer) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM prelogins WHERE hash IN
			(SELECT hash FROM prelogins ORDER BY expires DESC, hash LIMIT ? OFFSET ?)`, all64, maxPreLogins-1)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO prelogins (hash, state, nonce, verifier, provider, return_path, linking, expires)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, p.Hash, p.State, p.Nonce, p.Verifier, p.Provider, p.ReturnPath, orNull(p.Linking), millis(p.Expires))
		return err
	})
}

// TakePreLogin returns a started sign-in and forgets it: of several who ask, one gets it.
// The error wraps [fs.ErrNotExist] if there is none, or it expired before now.
func (s *Store) TakePreLogin(ctx context.Context, h Hash, now time.Time) (PreLogin, error) {
	p := PreLogin{Hash: h}
	err := s.change(ctx, "take sign-in", func(tx *writer) error {
		var expires int64
		err := tx.QueryRowContext(ctx, `DELETE FROM prelogins WHERE hash = ?
			RETURNING state, nonce, verifier, provider, return_path, linking, expires`, h).
			Scan(&p.State, &p.Nonce, &p.Verifier, &p.Provider, &p.ReturnPath, &p.Linking, &expires)
		p.Expires = instant(expires)
		return err
	})
	if err == nil && !now.Before(p.Expires) {
		err = fmt.Errorf("take sign-in: expired: %w", fs.ErrNotExist)
	}
	if err != nil {
		return PreLogin{}, err
	}
	return p, nil
}
