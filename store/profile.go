package store

import (
	"context"
	"strings"

	"ngportal/access"
)

// personFacts are what the audit keeps of a change of somebody; what has not been changed is nil.
type personFacts struct {
	Name     *string `json:"name,omitempty"`
	Named    *bool   `json:"named,omitempty"`
	Admin    *bool   `json:"admin,omitempty"`
	Disabled *bool   `json:"disabled,omitempty"`
	Owner    *int64  `json:"owner,omitempty"`
}

// ChangeProfile changes a person or a service account. Everybody names themselves; the rest is for administrators of the
// portal, but that the owner of a service account may disable it. Somebody disabled is signed out everywhere. All needs
// a credential of the scope admin.
//
// The error is an [*access.Refusal], or a [*Fault] of name, admin, disabled or owner: the last administrator stays one,
// nobody disables themselves, service accounts administer nothing. It wraps [fs.ErrNotExist] if there is no such account.
func (s *Store) ChangeProfile(ctx context.Context, by access.Rights, id int64, c ProfileChange) error {
	return s.change(ctx, "change profile", func(tx *writer) error { return changeProfile(ctx, tx, by, id, c) })
}

func changeProfile(ctx context.Context, tx *writer, by access.Rights, id int64, c ProfileChange) error {
	was, err := accountOf(ctx, tx, by, id)
	if err != nil {
		return err
	}
	if err = c.allowed(by, was); err != nil {
		return err
	}
	is, err := c.applied(ctx, tx, was)
	if err != nil || is == was {
		return err
	}
	if is.Disabled && id == by.Person().ID {
		return faulty("disabled", "You cannot disable your own account.")
	}
	if err = keepLast(ctx, tx, was, is); err != nil {
		return err
	}
	var owner any
	if is.Owner.ID != 0 {
		owner = is.Owner.ID
	}
	_, err = tx.ExecContext(ctx, "UPDATE people SET name = ?, named = ?, admin = ?, disabled = ?, owner = ? WHERE id = ?",
		is.Name, flag(is.Named), flag(is.Admin), flag(is.Disabled), owner, id)
	if err != nil {
		return err
	}
	if is.Disabled {
		if _, err = tx.ExecContext(ctx, "DELETE FROM sessions WHERE person = ?", id); err != nil {
			return err
		}
	}
	before, after := was.differing(is), is.differing(was)
	if err = note(ctx, tx, Entry{Event: PersonChanged, Subject: id}.changed(before, after).by(by)); err != nil {
		return err
	}
	if after == (personFacts{Name: after.Name, Named: after.Named}) {
		return nil // what somebody is called decides nothing
	}
	return revise(ctx, tx)
}

// allowed tells why by may not change p like that, or nil.
func (c ProfileChange) allowed(by access.Rights, p Profile) error {
	if c.Name != nil {
		if err := mayChange(by, p.ID); err != nil {
			return err
		}
	}
	stops := c.Disabled != nil && *c.Disabled && owns(by, p) && by.Scope() >= access.ScopeAdmin
	if c.Admin != nil || c.Owner != nil || c.Disabled != nil && !stops {
		return by.MayAdminister()
	}
	return nil
}

// applied is what becomes of p.
func (c ProfileChange) applied(ctx context.Context, tx *writer, p Profile) (Profile, error) {
	var err error
	if c.Name != nil {
		if p.Name, p.Named, err = c.name(ctx, tx, p); err != nil {
			return p, err
		}
	}
	if c.Admin != nil {
		p.Admin = *c.Admin
	}
	if p.Admin && p.Service {
		return p, faulty("admin", "A service account cannot administer the portal.")
	}
	if c.Disabled != nil {
		p.Disabled = *c.Disabled
	}
	if c.Owner != nil && *c.Owner != p.Owner.ID {
		if !p.Service {
			return p, faulty("owner", "Only a service account has an owner.")
		}
		p.Owner, err = ownerOf(ctx, tx, *c.Owner)
	}
	return p, err
}

// name is what somebody is called after the change, and whether they are because of it.
func (c ProfileChange) name(ctx context.Context, tx *writer, p Profile) (name string, named bool, err error) {
	if strings.TrimSpace(*c.Name) == "" && !p.Service {
		err = tx.QueryRowContext(ctx, "SELECT name FROM identities WHERE person = ? ORDER BY seen DESC, issuer, subject", p.ID).Scan(&name)
		return name, false, err
	}
	name, err = nameOf("name", *c.Name)
	return name, true, err
}

// keepLast finds fault with taking the portal its last administrator.
func keepLast(ctx context.Context, tx *writer, was, is Profile) error {
	if !was.Admin || was.Disabled || is.Admin && !is.Disabled {
		return nil
	}
	var others int
	err := tx.QueryRowContext(ctx, "SELECT count(*) FROM people WHERE kind = ? AND admin = 1 AND disabled = 0 AND id <> ?",
		kindPerson, was.ID).Scan(&others)
	if err != nil || others > 0 {
		return err
	}
	field := "admin"
	if is.Admin {
		field = "disabled"
	}
	return faulty(field, "This is the last administrator of the portal. Make somebody else one first.")
}

// differing are those facts of p in which other differs.
func (p Profile) differing(other Profile) personFacts {
	var f personFacts
	if p.Name != other.Name || p.Named != other.Named {
		f.Name, f.Named = &p.Name, &p.Named
	}
	if p.Admin != other.Admin {
		f.Admin = &p.Admin
	}
	if p.Disabled != other.Disabled {
		f.Disabled = &p.Disabled
	}
	if p.Owner.ID != other.Owner.ID {
		f.Owner = &p.Owner.ID
	}
	return f
}
