package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"ngportal/access"
)

// A Token lets a program act for a person or a service account.
type Token struct {
	ID      int64
	Owner   access.Person
	Name    string
	Scope   access.Scope
	Created time.Time
	Expires time.Time // zero: never
	Used    time.Time // zero: never
	Address string    // from which it was last used
	Revoked bool
}

// MaxTokens is how many tokens that still count somebody may have.
const MaxTokens = 50

// usePause is how long the use of a token is not noted again.
const usePause = time.Minute

// tokenRows is the beginning of queries for tokens.
func tokenRows() string {
	return `SELECT tokens.id, tokens.name, scope, tokens.created, expires, used, address, revoked,
		people.id, people.kind, people.name, people.email FROM tokens JOIN people ON people.id = tokens.person`
}

func scanToken(row scan) (t Token, err error) {
	var kind, scope string
	var created, expires, used int64
	o := &t.Owner
	if err = row(&t.ID, &t.Name, &scope, &created, &expires, &used, &t.Address, &t.Revoked, &o.ID, &kind, &o.Name, &o.Email); err != nil {
		return t, err
	}
	o.Service = kind == kindService
	t.Created, t.Expires, t.Used = instant(created), endOf(expires), endOf(used)
	t.Scope, err = access.ParseScope(scope)
	return t, err
}

// Tokens returns the tokens of a person or a service account, also those that have ended, the newest first. They may ask
// themselves, and the owner of a service account, and administrators of the portal; the error is an [*access.Refusal]
// for others.
func (s *Store) Tokens(ctx context.Context, by access.Rights, person int64) ([]Token, error) {
	var out []Token
	err := s.look(ctx, "list tokens", func(q querier) error {
		out = nil
		who, err := accountOf(ctx, q, by, person)
		if err != nil {
			return err
		}
		if by.Person().ID != who.ID && !owns(by, who) {
			if err := by.MayAdminister(); err != nil {
				return err
			}
		}
		return each(ctx, q, tokenRows()+" WHERE tokens.person = ? ORDER BY tokens.created DESC, tokens.id DESC",
			func(row scan) error {
				t, err := scanToken(row)
				out = append(out, t)
				return err
			}, person)
	})
	return out, err
}

// mayToken tells why by may not make and revoke tokens of somebody, or nil. A token that may only look or share must
// not be able to outlive itself, and nobody acts for another person.
func mayToken(by access.Rights, of Profile) error {
	me := by.Person()
	switch {
	case me.SignedIn() && by.Scope() < access.ScopeAdmin:
		return refusal("This needs a credential of the scope admin, and this one has the scope %s.", by.Scope())
	case me.Service:
		return refusal("A service account cannot make or revoke tokens. Its owner can.")
	case me.SignedIn() && of.ID == me.ID, owns(by, of), of.Service && by.Administers():
		return nil
	}
	return refusal("Everybody makes their own tokens. Those of a service account are made by its owner or an administrator of the portal.")
}

// AddToken makes a token and returns it with its secret, 32 small hexadecimal digits, which is not kept. People make
// tokens for themselves, and for service accounts that they own; administrators of the portal for every service account.
// It needs a credential of the scope admin.
//
// Tokens of people end within a year; those of service accounts may be without end. The error is an [*access.Refusal],
// or a [*Fault] of name, scope, expires or token: there are [MaxTokens] already.
func (s *Store) AddToken(
	ctx context.Context, by access.Rights, person int64, name string, scope access.Scope, expires time.Time,
) (Token, string, error) {
	random := make([]byte, 16)
	_, _ = rand.Read(random) // it never fails: https://pkg.go.dev/crypto/rand#Read
	secret := hex.EncodeToString(random)
	var t Token
	err := s.change(ctx, "add token", func(tx *writer) error {
		who, err := accountOf(ctx, tx, by, person)
		if err != nil {
			return err
		}
		if err = mayToken(by, who); err != nil {
			return err
		}
		if name, err = nameOf("name", name); err != nil {
			return err
		}
		t = Token{Owner: who.Person, Name: name, Scope: scope, Created: instant(millis(by.Now())), Expires: endOf(ending(expires))}
		if err = t.check(ctx, tx, by.Now()); err != nil {
			return err
		}
		err = tx.QueryRowContext(ctx, "INSERT INTO tokens (hash, person, name, scope, created, expires) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
			HashOf(secret), person, name, scope.String(), millis(t.Created), ending(t.Expires)).Scan(&t.ID)
		if err != nil {
			return err
		}
		return note(ctx, tx, t.entry(TokenMade).changed(nil, t.facts()).by(by))
	})
	if err != nil {
		return Token{}, "", err
	}
	return t, secret, nil
}

// check finds fault with a token to be made.
func (t Token) check(ctx context.Context, tx *writer, now time.Time) error {
	switch {
	case t.Scope < access.ScopeRead || t.Scope > access.ScopeAdmin:
		return faulty("scope", "Choose what the token may do: read, share or admin.")
	case t.Expires.IsZero() && !t.Owner.Service:
		return faulty("expires", "Say when the token ends, at most a year from now. Only those of service accounts may be without end.")
	case !t.Expires.IsZero() && !now.Before(t.Expires):
		return faulty("expires", "This is in the past.")
	case !t.Owner.Service && t.Expires.After(now.AddDate(1, 0, 1)): // a day on top for dates that mean their evening
		return faulty("expires", "A token ends at most a year from now.")
	}
	var live int
	err := tx.QueryRowContext(ctx, "SELECT count(*) FROM tokens WHERE person = ? AND revoked = 0 AND (expires = 0 OR expires > ?)",
		t.Owner.ID, millis(now)).Scan(&live)
	if err == nil && live >= MaxTokens {
		return faulty("token", "There are %d tokens already. Revoke one first.", live)
	}
	return err
}

type tokenFacts struct {
	Name    string `json:"name"`
	Scope   string `json:"scope"`
	Expires int64  `json:"expires,omitempty"`
}

func (t Token) facts() tokenFacts { return tokenFacts{t.Name, t.Scope.String(), ending(t.Expires)} }

func (t Token) entry(what Event) Entry {
	return Entry{Event: what, Subject: t.Owner.ID, Object: objectOf("token", t.ID)}
}

// RevokeToken ends a token for good; it is no error if it has been revoked already. Whoever may make tokens for its owner
// may revoke it, and administrators of the portal may revoke everybody's. The error is an [*access.Refusal] for others,
// and wraps [fs.ErrNotExist] if an administrator names one that is not there.
func (s *Store) RevokeToken(ctx context.Context, by access.Rights, id int64) error {
	return s.change(ctx, "revoke token", func(tx *writer) error {
		t, err := scanToken(tx.QueryRowContext(ctx, tokenRows()+" WHERE tokens.id = ?", id).Scan)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if !by.Administers() {
			who := Profile{}
			if err == nil {
				if who, err = accountOf(ctx, tx, by, t.Owner.ID); err != nil {
					return err
				}
			}
			if refused := mayToken(by, who); refused != nil {
				return refused
			}
		}
		if err != nil || t.Revoked {
			return err
		}
		if _, err = tx.ExecContext(ctx, "UPDATE tokens SET revoked = 1 WHERE id = ?", id); err != nil {
			return err
		}
		return note(ctx, tx, t.entry(TokenRevoked).changed(t.facts(), nil).by(by))
	})
}

// UseToken returns the token with this secret, and notes where and, to the minute, when it was used. That it cannot be
// noted, say because the disk is full, keeps nobody from using it.
//
// The error wraps [fs.ErrNotExist] alike if there is none, it has been revoked, it ended before now, or its owner is
// disabled; a service account counts as disabled while its own owner is.
func (s *Store) UseToken(ctx context.Context, secret string, now time.Time, address string) (Token, error) {
	const what = "use token"
	t, err := scanToken(s.read.QueryRowContext(ctx, tokenRows()+` LEFT JOIN people owners ON owners.id = people.owner
		WHERE hash = ? AND revoked = 0 AND people.disabled = 0 AND coalesce(owners.disabled, 0) = 0`, HashOf(secret)).Scan)
	if err != nil {
		return Token{}, explain(what, err)
	}
	if !t.Expires.IsZero() && !now.Before(t.Expires) {
		return Token{}, fmt.Errorf("%s: it has ended: %w", what, fs.ErrNotExist)
	}
	if fresh := now.Add(-usePause); t.Used.After(fresh) && t.Used.Before(now.Add(clockSlack)) {
		return t, nil
	}
	if err := s.noteUse(ctx, t, now, address); err != nil && !errors.Is(err, ErrUnavailable) {
		return Token{}, err
	}
	t.Used, t.Address = instant(millis(now)), address
	return t, nil
}

func (s *Store) noteUse(ctx context.Context, t Token, now time.Time, address string) error {
	return s.change(ctx, "note the use of a token", func(tx *writer) error {
		_, err := tx.ExecContext(ctx, "UPDATE tokens SET used = ?, address = ? WHERE id = ?", millis(now), cut(address, maxName), t.ID)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE people SET seen = ? WHERE id = ?", millis(now), t.Owner.ID)
		return err
	})
}
