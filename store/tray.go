package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"ngportal/access"
)

const (
	// MaxTray is how many assets a tray holds.
	MaxTray = 200

	// MaxOptions is how long the options of an asset, or a view, may be, in bytes of JSON.
	MaxOptions = 64 << 10

	maxName = 1024    // bytes, of names that people give
	maxPath = 1024    // bytes, as in S3
	maxTray = 1 << 20 // bytes, of the options of a whole tray

	viewStep = "changing the view"
)

// An Item is one asset in a tray. One with an empty Dataset lies elsewhere: Path is its address, and nobody's
// permission is asked for it.
type Item struct {
	Ref     access.Ref
	Name    string // that the person has given it; "" for its own
	Layer   string // the layer type that the person has chosen; "" for the asset's own
	Kind    string // what it was recognized as when it was added
	Options string // JSON: how it is to look, and what moves it; "" leaves it as it is
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
	rows, err := q.QueryContext(ctx, `SELECT dataset, location, path, name, layer, kind, options FROM tray_items
		WHERE person = ? ORDER BY place`, who.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var items []Item
	for rows.Next() {
		var i Item
		if err := rows.Scan(&i.Ref.Dataset, &i.Ref.Location, &i.Ref.Path, &i.Name, &i.Layer, &i.Kind, &i.Options); err != nil {
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
// name that is too long, or options that are too long or no JSON.
func (s *Store) AddToTray(ctx context.Context, who access.Person, items []Item) (added int, _ error) {
	return s.AddScene(ctx, who, items, "")
}

// AddScene is AddToTray for a scene that comes with a view, which becomes that of the tray; "" leaves it. An asset that is
// in the tray already takes over the name and the options that it comes with, if there are options.
func (s *Store) AddScene(ctx context.Context, who access.Person, items []Item, view string) (added int, _ error) {
	for _, i := range items {
		if err := i.check(); err != nil {
			return 0, fmt.Errorf("add to tray: %w", err)
		}
	}
	if err := checkOptions(view); err != nil {
		return 0, fmt.Errorf("add to tray: %w", err)
	}
	err := s.changeTray(ctx, "add to tray", who, func(t *arrangement) (string, error) {
		fresh, arranged := t.lacks(items), t.arrange(items)
		added = len(fresh)
		if added > 0 && len(t.Items)+added > MaxTray {
			return "", &TrayFullError{Have: len(t.Items), Adding: added}
		}
		t.Items = append(t.Items, fresh...)
		if view != "" {
			t.View = view
		}
		switch {
		case added > 0:
			return "adding " + named(fresh), nil
		case arranged:
			return "adding a scene", nil
		}
		return viewStep, nil
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// lacks are those of items that are not in t, each once.
func (t *arrangement) lacks(items []Item) []Item {
	known := make(map[access.Ref]bool, len(t.Items))
	for _, i := range t.Items {
		known[i.Ref] = true
	}
	var fresh []Item
	for _, i := range items {
		if !known[i.Ref] {
			known[i.Ref] = true
			fresh = append(fresh, i)
		}
	}
	return fresh
}

// arrange gives the assets in t the names and options that items come with, and reports whether one had some.
func (t *arrangement) arrange(items []Item) (some bool) {
	for _, i := range items {
		if at := t.at(i.Ref); at >= 0 && i.Options != "" {
			t.Items[at].Name, t.Items[at].Options, some = i.Name, i.Options, true
		}
	}
	return some
}

// RemoveFromTray takes assets out of who's tray. Those that are not in it do not matter.
func (s *Store) RemoveFromTray(ctx context.Context, who access.Person, refs []access.Ref) error {
	gone := make(map[access.Ref]bool, len(refs))
	for _, r := range refs {
		gone[r] = true
	}
	return s.changeTray(ctx, "remove from tray", who, func(t *arrangement) (string, error) {
		var kept, removed []Item
		for _, i := range t.Items {
			if gone[i.Ref] {
				removed = append(removed, i)
			} else {
				kept = append(kept, i)
			}
		}
		t.Items = kept
		return "removing " + named(removed), nil
	})
}

// MoveInTray moves an asset so that to others come before it; beyond the ends is at the end.
// The error wraps [fs.ErrNotExist] if the asset is not in the tray.
func (s *Store) MoveInTray(ctx context.Context, who access.Person, ref access.Ref, to int) error {
	return s.changeTray(ctx, "move in tray", who, func(t *arrangement) (string, error) {
		at := t.at(ref)
		if at < 0 {
			return "", sql.ErrNoRows
		}
		moved := t.Items[at]
		rest := slices.Delete(t.Items, at, at+1)
		t.Items = slices.Insert(rest, min(max(to, 0), len(rest)), moved)
		return "moving " + named([]Item{moved}), nil
	})
}

// UpdateInTray sets the name, the layer type and the options of the assets with items' Refs, all of them or none.
// The error wraps [fs.ErrNotExist] if one is not in the tray, and [ErrInvalid] if a name or options are too
// long, or options no JSON.
func (s *Store) UpdateInTray(ctx context.Context, who access.Person, items ...Item) error {
	for _, i := range items {
		if err := i.check(); err != nil {
			return fmt.Errorf("update tray: %w", err)
		}
	}
	return s.changeTray(ctx, "update tray", who, func(t *arrangement) (string, error) {
		verb := "adjusting "
		var before []Item
		for _, item := range items {
			at := t.at(item.Ref)
			if at < 0 {
				return "", sql.ErrNoRows
			}
			old := t.Items[at]
			t.Items[at].Name, t.Items[at].Layer, t.Items[at].Options = item.Name, item.Layer, item.Options
			switch {
			case old.Name != item.Name:
				verb = "renaming "
			case old.Layer != item.Layer:
				verb = "changing the layer type of "
			}
			before = append(before, old)
		}
		return verb + named(before), nil
	})
}

// SetView sets how who's tray is looked at. The error wraps [ErrInvalid] for what is too long or no JSON.
func (s *Store) SetView(ctx context.Context, who access.Person, view string) error {
	if err := checkOptions(view); err != nil {
		return fmt.Errorf("set view: %w", err)
	}
	return s.changeTray(ctx, "set view", who, func(t *arrangement) (string, error) {
		t.View = view
		return viewStep, nil
	})
}

// ClearTray takes everything out of who's tray. The view stays.
func (s *Store) ClearTray(ctx context.Context, who access.Person) error {
	return s.changeTray(ctx, "clear tray", who, func(t *arrangement) (string, error) {
		t.Items = nil
		return "clearing the tray", nil
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
	return checkOptions(i.Options)
}

// checkOptions refuses options, or a view, that are not to be kept.
func checkOptions(text string) error {
	if text != "" && !json.Valid([]byte(text)) {
		return fmt.Errorf("%w: the options are not JSON", ErrInvalid)
	}
	return tooLong("the options", text, MaxOptions)
}
