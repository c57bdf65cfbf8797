package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"ngportal/access"
)

// ErrDisabled is wrapped when somebody signs in whose account is disabled. It comes with [fs.ErrPermission].
var ErrDisabled = errors.New("the account is disabled")

// A SignIn is somebody whom an identity provider has named.
type SignIn struct {
	Identity access.Identity
	Session  Session  // to begin; its Person is found out
	Replaced Hash     // the session that the browser had before, if it had one
	Admins   []string // addresses of those who administer the portal from their first sign-in on, in lower case
}

// SignIn begins a session of the person with an identity, and makes one of somebody new. Groups that have
// invited their verified address take them in. The same address from two issuers is two people.
//
// The error wraps [ErrDisabled] if the person's account is disabled.
func (s *Store) SignIn(ctx context.Context, in SignIn) (access.Person, error) {
	var who access.Person
	err := s.change(ctx, "sign in", func(tx *writer) error {
		row, isNew, err := findOrAdd(ctx, tx, in)
		if err != nil {
			return err
		}
		if row.disabled {
			return fmt.Errorf("%w: %w", ErrDisabled, fs.ErrPermission)
		}
		who = access.Person{ID: row.id, Name: row.name, Email: row.email}
		changed, err := welcome(ctx, tx, in, row)
		if err != nil {
			return err
		}
		if isNew || changed {
			if err = revise(ctx, tx); err != nil {
				return err
			}
		}
		in.Session.Person = who
		if err := addSession(ctx, tx, in.Session, in.Replaced); err != nil {
			return err
		}
		return note(ctx, tx, in.entry(SignedIn, who))
	})
	return who, err
}

func (in SignIn) entry(what Event, who access.Person) Entry {
	return Entry{
		At: in.Session.Created, Event: what, Person: who.ID, Actor: actor(who), Via: in.Session.Provider,
		Address: in.Session.Address, Subject: who.ID,
	}
}

type personRow struct {
	id              int64
	name, email     string
	admin, disabled bool
}

// findOrAdd returns the person of an identity, and notes what the identity provider says of them now.
func findOrAdd(ctx context.Context, tx *writer, in SignIn) (row personRow, isNew bool, _ error) {
	i, now := in.Identity, millis(in.Session.Created)
	var named bool
	err := tx.QueryRowContext(ctx, `SELECT people.id, people.name, named, people.email, admin, disabled FROM people
		JOIN identities ON identities.person = people.id WHERE issuer = ? AND subject = ?`, i.Issuer, i.Subject).
		Scan(&row.id, &row.name, &named, &row.email, &row.admin, &row.disabled)
	if errors.Is(err, sql.ErrNoRows) {
		row = personRow{name: i.Name, email: i.Email}
		err = tx.QueryRowContext(ctx, "INSERT INTO people (name, email, created, seen) VALUES (?, ?, ?, ?) RETURNING id",
			i.Name, i.Email, now, now).Scan(&row.id)
		if err != nil {
			return row, false, err
		}
		return row, true, addIdentity(ctx, tx, row.id, in.Session.Provider, i, now)
	}
	if err != nil {
		return row, false, err
	}
	return row, false, refresh(ctx, tx, in, &row, named)
}

// refresh notes what the identity provider says of somebody now. Of several identities none speaks for the person: what
// they are called and where mail goes stays as it is.
func refresh(ctx context.Context, tx *writer, in SignIn, row *personRow, named bool) error {
	i, now := in.Identity, millis(in.Session.Created)
	var others int
	err := tx.QueryRowContext(ctx, "SELECT count(*) FROM identities WHERE person = ? AND NOT (issuer = ? AND subject = ?)",
		row.id, i.Issuer, i.Subject).Scan(&others)
	if err != nil {
		return err
	}
	if !named && i.Name != "" && others == 0 {
		row.name = i.Name
	}
	if i.Email != "" && (others == 0 || row.email == "") {
		row.email = i.Email
	}
	if _, err = tx.ExecContext(ctx, "UPDATE people SET name = ?, email = ?, seen = ? WHERE id = ?", row.name, row.email, now, row.id); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE identities SET email = ?, name = ?, provider = ?, seen = ? WHERE issuer = ? AND subject = ?",
		i.Email, i.Name, in.Session.Provider, now, i.Issuer, i.Subject)
	return err
}

func addIdentity(ctx context.Context, tx *writer, person int64, provider string, i access.Identity, now int64) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO identities (issuer, subject, person, provider, email, name, created, seen)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, i.Issuer, i.Subject, person, provider, i.Email, i.Name, now, now)
	return err
}

// welcome makes of somebody who signs in what has been prepared for their address, and reports whether that was anything.
func welcome(ctx context.Context, tx *writer, in SignIn, row personRow) (changed bool, err error) {
	email := in.Identity.Email
	if email == "" {
		return false, nil
	}
	who := access.Person{ID: row.id, Name: row.name, Email: row.email}
	if !row.admin && slices.Contains(in.Admins, email) {
		if _, err = tx.ExecContext(ctx, "UPDATE people SET admin = 1 WHERE id = ?", row.id); err != nil {
			return false, err
		}
		e := in.entry(PersonChanged, who).changed(map[string]bool{"admin": false}, map[string]bool{"admin": true})
		e.Detail = "named an administrator by the configuration"
		if err = note(ctx, tx, e); err != nil {
			return false, err
		}
		changed = true
	}
	joined, err := acceptInvitations(ctx, tx, in, who)
	return changed || joined, err
}

// acceptInvitations puts who into the groups that have invited the address.
func acceptInvitations(ctx context.Context, tx *writer, in SignIn, who access.Person) (bool, error) {
	invited, err := invitationsOf(ctx, tx, in.Identity.Email)
	if err != nil || len(invited) == 0 {
		return false, err
	}
	for _, v := range invited {
		m := access.Member{Group: v.Group, Person: who.ID, Admin: v.Admin, Since: in.Session.Created, Expires: v.Expires}
		if !v.Expires.IsZero() && !in.Session.Created.Before(v.Expires) {
			continue
		}
		// Somebody who is in the group already stays as they are.
		_, err = tx.ExecContext(ctx, `INSERT INTO members (grp, person, admin, since, expires) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (grp, person) DO NOTHING`, m.Group, m.Person, m.Admin, millis(m.Since), ending(m.Expires))
		if err != nil {
			return false, err
		}
		e := in.entry(MemberChanged, who).changed(nil, memberFact(m))
		e.Object, e.Detail = objectOf("group", m.Group), "invited"
		if err = note(ctx, tx, e); err != nil {
			return false, err
		}
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM invitations WHERE email = ?", in.Identity.Email)
	return true, err
}
