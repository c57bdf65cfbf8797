package store

import (
	"cmp"
	"context"
	"slices"

	"ngportal/access"
)

func (f memberFacts) member() access.Member {
	return access.Member{Group: f.Group, Person: f.Person, Admin: f.Admin, Expires: endOf(f.Expires)}
}

func (s *Store) undoMember(ctx context.Context, by access.Rights, e Entry) error {
	before, after, err := sides[memberFacts](e)
	if err != nil {
		return err
	}
	m := cmp.Or(before, after).member()
	leaves := before == nil && m.Person == by.Person().ID && by.Scope() >= access.ScopeAdmin
	if err = by.MayLead(m.Group); err != nil && !leaves {
		return err
	}
	return s.undoing(ctx, by, e, func(tx *writer) (Entry, error) { return restoreMember(ctx, tx, by, before, after) })
}

// restoreMember makes somebody in a group what they were before, if they are what they were after.
func restoreMember(ctx context.Context, tx *writer, by access.Rights, before, after *memberFacts) (Entry, error) {
	m := cmp.Or(before, after).member()
	is, err := readMember(ctx, tx, m.Group, m.Person)
	if err = still(after, memberFact(is), err); err != nil {
		return Entry{}, err
	}
	if before != nil {
		return putMember(ctx, tx, m, by.Now())
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM members WHERE grp = ? AND person = ?", m.Group, m.Person)
	return Entry{Event: MemberChanged, Subject: m.Person, Object: objectOf("group", m.Group)}.changed(*after, nil), err
}

func (f inviteFacts) invitation(by access.Rights) Invitation {
	return Invitation{Group: f.Group, Email: f.Email, Admin: f.Admin, Created: by.Now(), Expires: endOf(f.Expires)}
}

func (s *Store) undoInvitation(ctx context.Context, by access.Rights, e Entry) error {
	before, after, err := sides[inviteFacts](e)
	if err != nil {
		return err
	}
	v := cmp.Or(before, after)
	if err = by.MayLead(v.Group); err != nil {
		return err
	}
	return s.undoing(ctx, by, e, func(tx *writer) (Entry, error) {
		if _, err := memberGroup(ctx, tx, v.Group); err != nil {
			return Entry{}, err
		}
		there, err := invitations(ctx, tx, "grp = ? AND email = ?", v.Group, v.Email)
		if err != nil {
			return Entry{}, err
		}
		if (after == nil) != (len(there) == 0) || after != nil && inviteFact(there[0]) != *after {
			return Entry{}, changedSince()
		}
		if before != nil {
			return putInvitation(ctx, tx, before.invitation(by))
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM invitations WHERE grp = ? AND email = ?", v.Group, v.Email)
		return Entry{Event: InviteChanged, Object: e.Object}.changed(*after, nil), err
	})
}

func (s *Store) undoGroup(ctx context.Context, by access.Rights, e Entry) error {
	before, after, err := sides[groupFacts](e)
	if err != nil {
		return err
	}
	if err = by.MayLead(cmp.Or(before, after).ID); err != nil {
		return err
	}
	return s.undoing(ctx, by, e, func(tx *writer) (Entry, error) {
		is, err := memberGroup(ctx, tx, after.ID)
		if err = still(after, is, err); err != nil {
			return Entry{}, err
		}
		return changeGroup(ctx, tx, is, *before)
	})
}

// undoRemoval makes a group again with the members, invitations and grants that went with it.
func (s *Store) undoRemoval(ctx context.Context, by access.Rights, e Entry) error {
	if err := by.MayAdminister(); err != nil {
		return err
	}
	before, _, err := sides[groupFacts](e)
	if err != nil {
		return err
	}
	return s.undoing(ctx, by, e, func(tx *writer) (Entry, error) {
		is, err := memberGroup(ctx, tx, before.ID)
		if err = still(nil, is, err); err != nil {
			return Entry{}, err
		}
		if err = freeGroup(ctx, tx, before.Name, 0); err != nil {
			return Entry{}, err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO groups (id, name, folded, description, created) VALUES (?, ?, ?, ?, ?)",
			before.ID, before.Name, folded(before.Name), before.Description, millis(by.Now()))
		if err != nil {
			return Entry{}, err
		}
		gone, err := wentWith(ctx, tx, e, before.Name)
		if err != nil {
			return Entry{}, err
		}
		for _, g := range gone {
			if err = noted(ctx, tx, by, func() (Entry, error) { return restore(ctx, tx, by, g) }); err != nil {
				return Entry{}, err
			}
		}
		return Entry{Event: GroupMade, Object: e.Object}.changed(nil, *before), nil
	})
}

// wentWith returns the entries that tell of what was removed with a group: those right before the removal's.
func wentWith(ctx context.Context, tx *writer, removal Entry, name string) (out []Entry, _ error) {
	more, with := true, "the group “"+name+"” was removed"
	err := each(ctx, tx, "SELECT "+entryColumns+" FROM audit WHERE id < ? AND at = ? ORDER BY id DESC", func(row scan) error {
		e, err := scanEntry(row)
		if more = more && e.Object == removal.Object && e.Detail == with; more {
			out = append(out, e)
		}
		return err
	}, removal.ID, millis(removal.At))
	slices.Reverse(out)
	return out, err
}

// restore makes again what an entry tells was removed.
func restore(ctx context.Context, tx *writer, by access.Rights, e Entry) (Entry, error) {
	switch e.Event {
	case MemberChanged:
		before, after, err := sides[memberFacts](e)
		if err != nil {
			return Entry{}, err
		}
		return restoreMember(ctx, tx, by, before, after)
	case InviteChanged:
		before, _, err := sides[inviteFacts](e)
		if err != nil {
			return Entry{}, err
		}
		return putInvitation(ctx, tx, before.invitation(by))
	case GrantChanged:
		before, after, err := sides[grantFacts](e)
		if err != nil {
			return Entry{}, err
		}
		return restoreGrant(ctx, tx, by, before, after)
	default:
	}
	return Entry{}, nil
}

func (f grantFacts) grant() access.Grant {
	return access.Grant{Dataset: f.Dataset, Group: f.Group, Permission: f.Permission, Expires: endOf(f.Expires)}
}

func (s *Store) undoGrant(ctx context.Context, by access.Rights, e Entry) error {
	before, after, err := sides[grantFacts](e)
	if err != nil {
		return err
	}
	g := cmp.Or(before, after)
	if err = mayGrant(by, g.Dataset, g.Group, g.Permission); err != nil {
		return err
	}
	return s.undoing(ctx, by, e, func(tx *writer) (Entry, error) {
		if _, err := kindOf(ctx, tx, g.Group); err != nil {
			return Entry{}, changedSince()
		}
		return restoreGrant(ctx, tx, by, before, after)
	})
}

// restoreGrant makes a grant what it was before, if it is what it was after.
func restoreGrant(ctx context.Context, tx *writer, by access.Rights, before, after *grantFacts) (Entry, error) {
	g := cmp.Or(before, after).grant()
	is, err := readGrant(ctx, tx, g)
	if err = still(after, grantFact(is.Grant), err); err != nil {
		return Entry{}, err
	}
	if before != nil {
		return putGrant(ctx, tx, g, by.Now())
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM grants WHERE dataset = ? AND grp = ? AND permission = ?", g.Dataset, g.Group, g.Permission)
	return Entry{Event: GrantChanged, Dataset: is.DatasetName, Object: objectOf("group", g.Group)}.changed(*after, nil), err
}
