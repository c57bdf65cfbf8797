package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"ngportal/access"
)

const (
	// MaxTray is how many assets a tray holds.
	MaxTray = 200

	maxName = 1024 // bytes, of names that people give
	maxPath = 1024 // bytes, as in S3
)

// An Item is one asset in a tray.
type Item struct {
	Ref   access.Ref
	Name  string // that the person has given it; "" for its own
	Layer string // the layer type that the person has chosen; "" for the asset's own
	Kind  string // what it was recognized as when it was added
}

// A TrayFullError says that a tray would hold more than [MaxTray] assets.
type TrayFullError struct {
	Have   int // assets in the tray
	Adding int // further ones
}

func (e *TrayFullError) Error() string {
	return fmt.Sprintf("the tray holds %d assets and cannot take %d more: %d is the limit", e.Have, e.Adding, MaxTray)
}

// Tray returns the assets in who's tray, in order.
func (s *Store) Tray(ctx context.Context, who access.Person) ([]Item, error) {
	items, err := readTray(ctx, s.read, who)
	return items, explain("read tray", err)
}

func readTray(ctx context.Context, q querier, who access.Person) ([]Item, error) {
	rows, err := q.QueryContext(ctx, `SELECT dataset, location, path, name, layer, kind FROM tray_items
		WHERE person = ? ORDER BY place`, who.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var items []Item
	for rows.Next() {
		var i Item
		if err := rows.Scan(&i.Ref.Dataset, &i.Ref.Location, &i.Ref.Path, &i.Name, &i.Layer, &i.Kind); err != nil {
			return nil, err
		}
		items = append(items, i)
	}
	return items, rows.Err()
}

// AddToTray puts assets at the end of who's tray, all of them or none, and returns how many
// were not in it before. Those that were stay as they are.
//
// The error is a [TrayFullError] if there is no room, and wraps [ErrInvalid] for a path or
// name that is too long.
func (s *Store) AddToTray(ctx context.Context, who access.Person, items []Item) (added int, _ error) {
	for _, i := range items {
		if err := i.check(); err != nil {
			return 0, fmt.Errorf("add to tray: %w", err)
		}
	}
	err := s.changeTray(ctx, "add to tray", who, func(tray []Item) ([]Item, error) {
		have := len(tray)
		known := make(map[access.Ref]bool, have)
		for _, i := range tray {
			known[i.Ref] = true
		}
		for _, i := range items {
			if !known[i.Ref] {
				known[i.Ref] = true
				tray = append(tray, i)
			}
		}
		added = len(tray) - have
		if added > 0 && len(tray) > MaxTray {
			return nil, &TrayFullError{Have: have, Adding: added}
		}
		return tray, nil
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// RemoveFromTray takes assets out of who's tray. Those that are not in it do not matter.
func (s *Store) RemoveFromTray(ctx context.Context, who access.Person, refs []access.Ref) error {
	gone := make(map[access.Ref]bool, len(refs))
	for _, r := range refs {
		gone[r] = true
	}
	return s.changeTray(ctx, "remove from tray", who, func(tray []Item) ([]Item, error) {
		return slices.DeleteFunc(tray, func(i Item) bool { return gone[i.Ref] }), nil
	})
}

// MoveInTray moves an asset so that to others come before it; beyond the ends is at the end.
// The error wraps [fs.ErrNotExist] if the asset is not in the tray.
func (s *Store) MoveInTray(ctx context.Context, who access.Person, ref access.Ref, to int) error {
	return s.changeTray(ctx, "move in tray", who, func(tray []Item) ([]Item, error) {
		at := slices.IndexFunc(tray, func(i Item) bool { return i.Ref == ref })
		if at < 0 {
			return nil, sql.ErrNoRows
		}
		moved := tray[at]
		tray = slices.Delete(tray, at, at+1)
		return slices.Insert(tray, min(max(to, 0), len(tray)), moved), nil
	})
}

// UpdateInTray sets the name and the layer type of the asset with item's Ref.
// The error wraps [fs.ErrNotExist] if it is not in the tray, and [ErrInvalid] if the name is too long.
func (s *Store) UpdateInTray(ctx context.Context, who access.Person, item Item) error {
	if err := item.check(); err != nil {
		return fmt.Errorf("update tray: %w", err)
	}
	return s.changeTray(ctx, "update tray", who, func(tray []Item) ([]Item, error) {
		at := slices.IndexFunc(tray, func(i Item) bool { return i.Ref == item.Ref })
		if at < 0 {
			return nil, sql.ErrNoRows
		}
		tray[at].Name, tray[at].Layer = item.Name, item.Layer
		return tray, nil
	})
}

// ClearTray takes everything out of who's tray.
func (s *Store) ClearTray(ctx context.Context, who access.Person) error {
	return s.changeTray(ctx, "clear tray", who, func([]Item) ([]Item, error) { return nil, nil })
}

// changeTray replaces a tray by what edit makes of it. A tray is small, so it is written as a whole.
func (s *Store) changeTray(ctx context.Context, what string, who access.Person, edit func([]Item) ([]Item, error)) error {
	return s.change(ctx, what, func(tx *writer) error {
		tray, err := readTray(ctx, tx, who)
		if err != nil {
			return err
		}
		if tray, err = edit(tray); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM tray_items WHERE person = ?", who.ID); err != nil {
			return err
		}
		for place, i := range tray {
			_, err := tx.ExecContext(ctx, `INSERT INTO tray_items (person, place, dataset, location, path, name, layer, kind)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, who.ID, place, i.Ref.Dataset, i.Ref.Location, i.Ref.Path, i.Name, i.Layer, i.Kind)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (i Item) check() error {
	for _, f := range []struct {
		what, value string
		limit       int
	}{
		{"the dataset", i.Ref.Dataset, maxName},
		{"the location", i.Ref.Location, maxName},
		{"the path", i.Ref.Path, maxPath},
		{"the name", i.Name, maxName},
		{"the layer type", i.Layer, maxName},
		{"the kind", i.Kind, maxName},
	} {
		if err := tooLong(f.what, f.value, f.limit); err != nil {
			return err
		}
	}
	return nil
}
