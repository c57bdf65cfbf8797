package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"ngportal/access"
)

type identityFacts struct {
	Issuer   string `json:"issuer"`
	Subject  string `json:"subject"`
	Provider string `json:"provider"`
	Email    string `json:"email,omitempty"`
}

func (i LinkedIdentity) facts() identityFacts {
	return identityFacts{i.Issuer, i.Subject, i.Provider, i.Email}
}

// Identities returns the ways in which a person signs in, the oldest first. They may ask themselves, and administrators
// of the portal; the error is an [*access.Refusal] for others.
func (s *Store) Identities(ctx context.Context, by access.Rights, person int64) ([]LinkedIdentity, error) {
	if err := mayKnow(by, person); err != nil {
		return nil, err
	}
	var out []LinkedIdentity
	err := s.look(ctx, "list identities", func(q querier) (err error) {
		out, err = identitiesOf(ctx, q, person)
		return err
	})
	return out, err
}

func identitiesOf(ctx context.Context, q querier, person int64) (out []LinkedIdentity, err error) {
	err = each(ctx, q, `SELECT issuer, subject, email, name, provider, created, seen FROM identities WHERE person = ?
		ORDER BY created, issuer, subject`, func(row scan) error {
		var i LinkedIdentity
		var created, seen int64
		fault := row(&i.Issuer, &i.Subject, &i.Email, &i.Name, &i.Provider, &created, &seen)
		i.Created, i.Seen = endOf(created), endOf(seen)
		out = append(out, i)
		return fault
	}, person)
	return out, err
}

// RemoveIdentity takes one of the ways to sign in from a person. They may do so themselves, and administrators of the
// portal; the error is an [*access.Refusal] for others, a [*Fault] of identity if it is the last, and wraps
// [fs.ErrNotExist] if it is not theirs. Sessions that were begun with it go on.
func (s *Store) RemoveIdentity(ctx context.Context, by access.Rights, person int64, issuer, subject string) error {
	if err := mayChange(by, person); err != nil {
		return err
	}
	return s.change(ctx, "remove identity", func(tx *writer) error {
		all, err := identitiesOf(ctx, tx, person)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(i LinkedIdentity) bool { return i.Issuer == issuer && i.Subject == subject })
		switch {
		case at < 0:
			return sql.ErrNoRows
		case len(all) == 1:
			return faulty("identity", "This is the only way to sign in to the account. Add another one first.")
		}
		if _, err = tx.ExecContext(ctx, "DELETE FROM identities WHERE issuer = ? AND subject = ?", issuer, subject); err != nil {
			return err
		}
		gone := all[at]
		if err = forgetAddress(ctx, tx, person, gone.Email, slices.Delete(all, at, at+1)); err != nil {
			return err
		}
		return note(ctx, tx, Entry{Event: IdentityRemoved, Subject: person}.changed(gone.facts(), nil).by(by))
	})
}

// forgetAddress gives a person the address of one of the identities that they have left, if none of them is verified
// to have the one that the person goes by.
func forgetAddress(ctx context.Context, tx *writer, person int64, gone string, left []LinkedIdentity) error {
	if slices.ContainsFunc(left, func(i LinkedIdentity) bool { return i.Email == gone }) {
		return nil
	}
	latest := slices.MaxFunc(left, func(a, b LinkedIdentity) int { return a.Seen.Compare(b.Seen) })
	_, err := tx.ExecContext(ctx, "UPDATE people SET email = ? WHERE id = ? AND email = ?", latest.Email, person, gone)
	return err
}

// ProposeIdentity keeps an identity that whoever has a session has shown, until they say yes to it. It replaces an
// earlier one. The error wraps [fs.ErrNotExist] if there is no such session, or it is nobody's.
func (s *Store) ProposeIdentity(ctx context.Context, session Hash, provider string, i access.Identity, expires time.Time) error {
	return s.change(ctx, "propose identity", func(tx *writer) error {
		var person int64
		err := tx.QueryRowContext(ctx, "SELECT person FROM sessions WHERE hash = ? AND person <> 0", session).Scan(&person)
		if err != nil {
			return err
		}
		if _, err = tx.ExecContext(ctx, "DELETE FROM pending_identities WHERE session = ?", session); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO pending_identities (session, issuer, subject, provider, email, name, expires)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, session, i.Issuer, i.Subject, provider, i.Email, i.Name, millis(expires))
		return err
	})
}

// PendingIdentity returns the identity that waits in a session for a yes. The error wraps [fs.ErrNotExist] if none does,
// or its time has passed.
func (s *Store) PendingIdentity(ctx context.Context, session Hash, now time.Time) (LinkedIdentity, error) {
	var i LinkedIdentity
	err := s.read.QueryRowContext(ctx, `SELECT issuer, subject, provider, email, name FROM pending_identities
		WHERE session = ? AND expires > ?`, session, millis(now)).Scan(&i.Issuer, &i.Subject, &i.Provider, &i.Email, &i.Name)
	if err != nil {
		return LinkedIdentity{}, explain("read the identity to be added", err)
	}
	return i, nil
}

// ConfirmIdentity adds the identity that waits in a session to the session's person; it waits no longer, whatever comes
// of it. The error is an [*access.Refusal] if the session is not by's own, a [*Fault] of identity if it is another
// person's already, and wraps [fs.ErrNotExist] if none waits. That it is theirs already is no error.
func (s *Store) ConfirmIdentity(ctx context.Context, by access.Rights, session Hash) error {
	var taken error // the fault of an identity that is another's: that it waits no longer is kept all the same
	err := s.change(ctx, "add identity", func(tx *writer) error {
		var person int64
		err := tx.QueryRowContext(ctx, "SELECT person FROM sessions WHERE hash = ? AND person <> 0", session).Scan(&person)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if me := by.Person(); err != nil || me.ID != person || by.Scope() < access.ScopeAdmin {
			return refusal("Only the person who has shown an identity may add it, in the same browser.")
		}
		taken, err = takeIdentity(ctx, tx, by, session)
		return err
	})
	if err != nil {
		return err
	}
	return taken
}

func takeIdentity(ctx context.Context, tx *writer, by access.Rights, session Hash) (taken, err error) {
	var i LinkedIdentity
	var expires, owner int64
	err = tx.QueryRowContext(ctx, `DELETE FROM pending_identities WHERE session = ?
		RETURNING issuer, subject, provider, email, name, expires`, session).
		Scan(&i.Issuer, &i.Subject, &i.Provider, &i.Email, &i.Name, &expires)
	if err != nil {
		return nil, err
	}
	now, me := millis(by.Now()), by.Person().ID
	if now >= expires {
		return explain("add identity", sql.ErrNoRows), nil
	}
	err = tx.QueryRowContext(ctx, "SELECT person FROM identities WHERE issuer = ? AND subject = ?", i.Issuer, i.Subject).Scan(&owner)
	switch {
	case err == nil && owner == me:
		return nil, nil
	case err == nil:
		return faulty("identity", "This identity belongs to another account here. An administrator can tell whose it is."), nil
	case !errors.Is(err, sql.ErrNoRows):
		return nil, err
	}
	if err = addIdentity(ctx, tx, me, i.Provider, i.Identity, now); err != nil {
		return nil, err
	}
	return nil, note(ctx, tx, Entry{Event: IdentityAdded, Subject: me}.changed(nil, i.facts()).by(by))
}
