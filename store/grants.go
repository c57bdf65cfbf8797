package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"ngportal/access"
)

// A GrantRow is a grant with the names of both ends.
type GrantRow struct {
	access.Grant
	GroupName    string
	DatasetName  string
	DatasetTitle string
}

// Grants returns what is granted on a dataset, also what has expired, by group. The error is an [*access.Refusal] for
// whoever does not manage the dataset.
func (s *Store) Grants(ctx context.Context, by access.Rights, dataset int64) ([]GrantRow, error) {
	if err := mayManage(by, dataset, access.Manage); err != nil {
		return nil, err
	}
	out, err := grantRows(ctx, s.read, "t.dataset = ?", dataset)
	return out, explain("list grants", err)
}

// GrantsOf returns what is granted to a group on datasets that are not retired, also what has expired, by dataset. The error
// is an [*access.Refusal] for whoever does not lead the group.
func (s *Store) GrantsOf(ctx context.Context, by access.Rights, group int64) ([]GrantRow, error) {
	if err := by.MayLead(group); err != nil {
		return nil, err
	}
	out, err := grantRows(ctx, s.read, "t.grp = ? AND d.retired = 0", group)
	return out, explain("list grants", err)
}

func grantRows(ctx context.Context, from querier, where string, args ...any) (out []GrantRow, _ error) {
	query := `SELECT t.dataset, t.grp, t.permission, t.since, t.expires, g.name, d.name, d.title FROM grants t
		JOIN groups g ON g.id = t.grp JOIN datasets d ON d.id = t.dataset WHERE ` + where + " ORDER BY d.folded, g.folded, t.permission"
	err := each(ctx, from, query, func(row scan) error {
		var g GrantRow
		var since, expires int64
		err := row(&g.Dataset, &g.Group, &g.Permission, &since, &expires, &g.GroupName, &g.DatasetName, &g.DatasetTitle)
		g.Since, g.Expires = instant(since), endOf(expires)
		out = append(out, g)
		return err
	}, args...)
	return out, err
}

// SetGrant gives a permission on a dataset to a group, or changes until when; since when stays. The error is an
// [*access.Refusal] as that of [access.Rights.MayGrant], a [*Fault] of permission, group or expires, and wraps
// [fs.ErrNotExist] if an administrator of the portal names a dataset that is not there.
func (s *Store) SetGrant(ctx context.Context, by access.Rights, g access.Grant) error {
	if err := mayGrant(by, g.Dataset, g.Group, g.Permission); err != nil {
		return err
	}
	if err := access.CheckPermission(g.Permission); err != nil {
		return reason("permission", err)
	}
	if err := checkEnd(by, g.Expires); err != nil {
		return err
	}
	return s.alter(ctx, by, "set grant", func(tx *writer) (Entry, error) {
		kind, err := kindOf(ctx, tx, g.Group)
		if err != nil {
			return Entry{}, err
		}
		if kind != access.Members { // by may be of a time when the group was not there
			err = mayManage(by, g.Dataset, access.Admin)
		}
		if err != nil {
			return Entry{}, err
		}
		if kind == access.Public && access.LevelOf(g.Permission) > access.View {
			return Entry{}, faulty("permission", "Whoever has not signed in can at most view.")
		}
		return putGrant(ctx, tx, g, by.Now())
	})
}

// mayGrant is [access.Rights.MayGrant] with what mayManage adds to it.
func mayGrant(by access.Rights, dataset, group int64, permission string) error {
	if by.Administers() {
		return nil
	}
	return by.MayGrant(dataset, group, permission)
}

// reason is what a pure package says of a field.
func reason(field string, err error) error {
	text := strings.ReplaceAll(err.Error(), access.ErrInvalid.Error()+": ", "")
	return faulty(field, "%s", strings.ReplaceAll(text, "\n", "; "))
}

func kindOf(ctx context.Context, tx *writer, group int64) (kind access.GroupKind, err error) {
	err = tx.QueryRowContext(ctx, "SELECT kind FROM groups WHERE id = ?", group).Scan(&kind)
	if errors.Is(err, sql.ErrNoRows) {
		return "", faulty("group", "There is no such group.")
	}
	return kind, err
}

// putGrant is SetGrant for whoever has asked already. A new grant counts since now.
func putGrant(ctx context.Context, tx *writer, g access.Grant, now time.Time) (Entry, error) {
	e := Entry{Event: GrantChanged, Object: objectOf("group", g.Group)}
	if err := tx.QueryRowContext(ctx, "SELECT name FROM datasets WHERE id = ?", g.Dataset).Scan(&e.Dataset); err != nil {
		return Entry{}, err
	}
	before, err := readGrant(ctx, tx, g)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		e = e.changed(nil, grantFact(g))
	case err != nil:
		return Entry{}, err
	case grantFact(before.Grant) == grantFact(g):
		return Entry{}, nil
	default:
		e = e.changed(grantFact(before.Grant), grantFact(g))
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO grants (dataset, grp, permission, since, expires) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (dataset, grp, permission) DO UPDATE SET expires = excluded.expires`,
		g.Dataset, g.Group, g.Permission, millis(now), ending(g.Expires))
	return e, err
}

// readGrant returns the grant that is there of this permission on this dataset to this group, or [sql.ErrNoRows].
func readGrant(ctx context.Context, from querier, g access.Grant) (GrantRow, error) {
	there, err := grantRows(ctx, from, "t.dataset = ? AND t.grp = ? AND t.permission = ?", g.Dataset, g.Group, g.Permission)
	if err == nil && len(there) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return GrantRow{}, err
	}
	return there[0], nil
}

// RemoveGrant takes a permission back. The error is an [*access.Refusal] as that of [access.Rights.MayGrant], and wraps
// [fs.ErrNotExist] if it was not given.
func (s *Store) RemoveGrant(ctx context.Context, by access.Rights, dataset, group int64, permission string) error {
	if err := mayGrant(by, dataset, group, permission); err != nil {
		return err
	}
	return s.alter(ctx, by, "remove grant", func(tx *writer) (Entry, error) {
		before, err := readGrant(ctx, tx, access.Grant{Dataset: dataset, Group: group, Permission: permission})
		if err != nil {
			return Entry{}, err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM grants WHERE dataset = ? AND grp = ? AND permission = ?", dataset, group, permission)
		e := Entry{Event: GrantChanged, Dataset: before.DatasetName, Object: objectOf("group", group)}
		return e.changed(grantFact(before.Grant), nil), err
	})
}
