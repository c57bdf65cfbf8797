package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"ngportal/access"
)

// An Invitation is for somebody who has not signed in yet: they become a member with their first sign-in.
type Invitation struct {
	Group   int64
	Email   string // lower case
	Admin   bool
	Created time.Time
	Expires time.Time // of the membership; zero: never
}

// inviteFacts are what the audit keeps of an invitation.
type inviteFacts struct {
	Group   int64  `json:"group"`
	Email   string `json:"email"`
	Admin   bool   `json:"admin"`
	Expires int64  `json:"expires,omitempty"` // milliseconds since 1970; 0 for never
}

func inviteFact(v Invitation) inviteFacts {
	return inviteFacts{v.Group, v.Email, v.Admin, ending(v.Expires)}
}

// Invite puts the person with a verified address into a group, or whoever first signs in with it. Its Created is not
// looked at. The error is an [*access.Refusal] for whoever does not lead the group, a [*Fault] of group, email or expires,
// also if several people have the address or the one is in the group already, and wraps [fs.ErrNotExist] if the group is not there.
func (s *Store) Invite(ctx context.Context, by access.Rights, v Invitation) (err error) {
	if err = by.MayLead(v.Group); err != nil {
		return err
	}
	if v.Email, err = addressOf("email", v.Email); err != nil {
		return err
	}
	if err = checkEnd(by, v.Expires); err != nil {
		return err
	}
	v.Created = by.Now()
	return s.change(ctx, "invite", func(tx *writer) error {
		if _, err := memberGroup(ctx, tx, v.Group); err != nil {
			return err
		}
		e, err := invite(ctx, tx, v)
		if err != nil || e.Event == "" {
			return err
		}
		if err := note(ctx, tx, e.by(by)); err != nil || e.Event != MemberChanged {
			return err // an invitation gives nobody anything yet
		}
		return revise(ctx, tx)
	})
}

func invite(ctx context.Context, tx *writer, v Invitation) (Entry, error) {
	known, err := addressees(ctx, tx, v.Email)
	switch {
	case err != nil:
		return Entry{}, err
	case len(known) > 1:
		return Entry{}, faulty("email", "Several people have this address: %s. Add the one you mean.", naming(known))
	case len(known) == 0:
		return putInvitation(ctx, tx, v)
	}
	m, err := readMember(ctx, tx, v.Group, known[0].ID)
	if err == nil && (m.Expires.IsZero() || v.Created.Before(m.Expires)) {
		return Entry{}, faulty("email", "%s is in this group already.", naming(known))
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Entry{}, err
	}
	return putMember(ctx, tx, access.Member{Group: v.Group, Person: known[0].ID, Admin: v.Admin, Expires: v.Expires}, v.Created)
}

func putInvitation(ctx context.Context, tx *writer, v Invitation) (Entry, error) {
	e := Entry{Event: InviteChanged, Object: objectOf("group", v.Group)}
	there, err := invitations(ctx, tx, "grp = ? AND email = ?", v.Group, v.Email)
	switch {
	case err != nil:
		return Entry{}, err
	case len(there) == 0:
		e = e.changed(nil, inviteFact(v))
	case inviteFact(there[0]) == inviteFact(v):
		return Entry{}, nil
	default:
		e = e.changed(inviteFact(there[0]), inviteFact(v))
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO invitations (grp, email, admin, created, expires) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (grp, email) DO UPDATE SET admin = excluded.admin, expires = excluded.expires`,
		v.Group, v.Email, flag(v.Admin), millis(v.Created), ending(v.Expires))
	return e, err
}

// addressOf returns an e-mail address as it is kept: alone and in small letters. The error is a [*Fault] of the field.
func addressOf(field, text string) (string, error) {
	const longest = 254 // RFC 5321, 4.5.3.1.3
	small := strings.ToLower(strings.TrimSpace(text))
	a, err := mail.ParseAddress(small)
	if err != nil || a.Address != small || len(small) > longest || !utf8.ValidString(text) {
		return "", faulty(field, "This is no e-mail address, such as ada@example.org.")
	}
	return small, nil
}

// addressees are the people who have signed in with an address.
func addressees(ctx context.Context, tx *writer, email string) (out []access.Person, _ error) {
	err := each(ctx, tx, `SELECT id, name FROM people WHERE kind = 'person'
		AND (email = ? OR id IN (SELECT person FROM identities WHERE email = ?)) ORDER BY id`, func(row scan) error {
		var p access.Person
		err := row(&p.ID, &p.Name)
		out = append(out, p)
		return err
	}, email, email)
	return out, err
}

func naming(people []access.Person) string {
	names := make([]string, len(people))
	for i, p := range people {
		names[i] = fmt.Sprintf("“%s” (person %d)", p.Name, p.ID)
	}
	return strings.Join(names, ", ")
}

// Uninvite takes an invitation back. The error is an [*access.Refusal] for whoever does not lead the group, and wraps
// [fs.ErrNotExist] if there is none.
func (s *Store) Uninvite(ctx context.Context, by access.Rights, group int64, email string) error {
	if err := by.MayLead(group); err != nil {
		return err
	}
	email = strings.ToLower(strings.TrimSpace(email))
	return s.tell(ctx, by, "take an invitation back", func(tx *writer) (Entry, error) {
		there, err := invitations(ctx, tx, "grp = ? AND email = ?", group, email)
		if err != nil {
			return Entry{}, err
		}
		if len(there) == 0 {
			return Entry{}, sql.ErrNoRows
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM invitations WHERE grp = ? AND email = ?", group, email)
		return Entry{Event: InviteChanged, Object: objectOf("group", group)}.changed(inviteFact(there[0]), nil), err
	})
}

// Invitations returns who is invited to a group, by address. The error is an [*access.Refusal] for whoever does not lead
// the group.
func (s *Store) Invitations(ctx context.Context, by access.Rights, group int64) ([]Invitation, error) {
	if err := by.MayLead(group); err != nil {
		return nil, err
	}
	out, err := invitations(ctx, s.read, "grp = ?", group)
	return out, explain("list invitations", err)
}

// invitationsOf returns the groups that wait for an address, by group.
func invitationsOf(ctx context.Context, tx *writer, email string) ([]Invitation, error) {
	return invitations(ctx, tx, "email = ?", email)
}

func invitations(ctx context.Context, from querier, where string, args ...any) (out []Invitation, _ error) {
	err := each(ctx, from, "SELECT grp, email, admin, created, expires FROM invitations WHERE "+where+" ORDER BY grp, email", func(row scan) error {
		var v Invitation
		var created, expires int64
		err := row(&v.Group, &v.Email, &v.Admin, &created, &expires)
		v.Created, v.Expires = instant(created), endOf(expires)
		out = append(out, v)
		return err
	}, args...)
	return out, err
}
