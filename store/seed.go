package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"ngportal/access"
)

// A SeedDataset is a dataset of the configuration.
type SeedDataset struct {
	access.Dataset
	Viewers []string // e-mail addresses of those who may view it, or "*" for everyone who has signed in
}

// Seed makes what must be there: the groups everyone and public, and the datasets of the configuration that are not there,
// with a group of their viewers each. A dataset is there if one of its name is, or one with one of its locations, since it
// may have been renamed. What is there stays as it is.
//
// The error wraps [ErrInvalid] if a new dataset cannot stand beside the others; then nothing has been made.
func (s *Store) Seed(ctx context.Context, now time.Time, sets []SeedDataset) error {
	return s.change(ctx, "make what the configuration names", func(tx *writer) error {
		made, err := seed(ctx, tx, now, sets)
		if err != nil || len(made) == 0 {
			return err
		}
		for _, e := range made {
			if e.Event == "" { // the configuration says so twice
				continue
			}
			e.At, e.Actor, e.Via = now, "the configuration", "configuration"
			if err := note(ctx, tx, e); err != nil {
				return err
			}
		}
		return revise(ctx, tx)
	})
}

func seed(ctx context.Context, tx *writer, now time.Time, sets []SeedDataset) (made []Entry, _ error) {
	everyone, made, err := seedGroup(ctx, tx, now, groupFacts{Name: "everyone", Description: "Whoever has signed in."}, access.Everyone)
	if err != nil {
		return nil, err
	}
	_, more, err := seedGroup(ctx, tx, now, groupFacts{Name: "public", Description: "Whoever comes, signed in or not."}, access.Public)
	if err != nil {
		return nil, err
	}
	made = append(made, more...)
	for _, d := range sets {
		more, err := seedDataset(ctx, tx, now, d, everyone)
		if err != nil {
			return nil, fmt.Errorf("dataset %q: %w", d.Name, err)
		}
		made = append(made, more...)
	}
	return made, nil
}

// seedGroup makes the group of a kind unless it is there, and returns its id.
func seedGroup(ctx context.Context, tx *writer, now time.Time, g groupFacts, kind access.GroupKind) (int64, []Entry, error) {
	err := tx.QueryRowContext(ctx, "SELECT id FROM groups WHERE kind = ?", string(kind)).Scan(&g.ID)
	if !errors.Is(err, sql.ErrNoRows) {
		return g.ID, nil, err
	}
	e, err := addGroup(ctx, tx, &g, kind, now)
	return g.ID, []Entry{e}, err
}

// seedDataset makes a dataset unless it is there.
func seedDataset(ctx context.Context, tx *writer, now time.Time, d SeedDataset, everyone int64) ([]Entry, error) {
	if there, err := isThere(ctx, tx, d.Dataset); there || err != nil {
		return nil, err
	}
	made, err := addDataset(ctx, tx, &d.Dataset, now)
	if err != nil {
		return nil, err
	}
	grant := access.Grant{Dataset: d.ID, Group: everyone, Permission: access.View.String()}
	people := slices.DeleteFunc(slices.Clone(d.Viewers), func(v string) bool { return v == "*" })
	if len(people) < len(d.Viewers) {
		var e Entry
		if e, err = putGrant(ctx, tx, grant, now); err != nil {
			return nil, err
		}
		made = append(made, e)
	}
	if len(people) == 0 {
		return made, nil
	}
	group, more, err := seedViewers(ctx, tx, now, d.Dataset, people)
	if err != nil {
		return nil, err
	}
	grant.Group = group
	e, err := putGrant(ctx, tx, grant, now)
	return append(append(made, more...), e), err
}

// isThere reports whether a dataset of the configuration is there, whatever it is called now.
func isThere(ctx context.Context, tx *writer, d access.Dataset) (bool, error) {
	ids := []any{folded(d.Name)}
	for _, l := range d.Locations {
		ids = append(ids, l.ID)
	}
	var n int
	err := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM datasets WHERE folded = ?)
		+ (SELECT count(*) FROM locations WHERE id IN (`+marks(len(d.Locations))+"))", ids...).Scan(&n)
	return n > 0, err
}

// seedViewers makes a group of those who may view a dataset: who is known by their address is a member, others are invited.
func seedViewers(ctx context.Context, tx *writer, now time.Time, d access.Dataset, people []string) (int64, []Entry, error) {
	g := groupFacts{Name: d.Title + " viewers"}
	_, long := nameOf("title", g.Name)
	if _, taken := errors.AsType[*Fault](freeGroup(ctx, tx, g.Name, 0)); taken || long != nil {
		g.Name = d.Name + " viewers"
	}
	e, err := addGroup(ctx, tx, &g, access.Members, now)
	if err != nil {
		return 0, nil, err
	}
	made := []Entry{e}
	for _, email := range people {
		more, err := seedViewer(ctx, tx, now, g.ID, email)
		if err != nil {
			return 0, nil, err
		}
		made = append(made, more...)
	}
	return g.ID, made, nil
}

// seedViewer lets in everybody who has an address: all of them have proved it to an identity provider.
func seedViewer(ctx context.Context, tx *writer, now time.Time, group int64, email string) (made []Entry, err error) {
	address, err := addressOf("viewers", email)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", email, err)
	}
	known, err := addressees(ctx, tx, address)
	if err != nil {
		return nil, err
	}
	if len(known) == 0 {
		e, err := putInvitation(ctx, tx, Invitation{Group: group, Email: address, Created: now})
		return []Entry{e}, err
	}
	for _, p := range known {
		e, err := putMember(ctx, tx, access.Member{Group: group, Person: p.ID}, now)
		if err != nil {
			return nil, err
		}
		made = append(made, e)
	}
	return made, nil
}
