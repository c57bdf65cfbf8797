package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"ngportal/access"
)

// maxSteps is how many changes of a tray can be undone.
const maxSteps = 50

// A Scene is a tray, how it is looked at, and which of its changes can be undone and done again.
type Scene struct {
	Items []Item
	View  string // JSON; "" leaves all of it to be chosen
	Undo  string // what [Store.UndoTray] undoes, such as "renaming scan"; "" for nothing
	Redo  string // what [Store.RedoTray] does again
}

// An arrangement is what a change of a tray changes, as the steps keep it.
type arrangement struct {
	Items []Item
	View  string

	step int64 // the last that has not been undone
}

// Scene returns who's tray with all that belongs to it, as it is at one moment.
func (s *Store) Scene(ctx context.Context, who access.Person) (Scene, error) {
	var out Scene
	err := s.look(ctx, "read tray", func(q querier) error {
		t, err := readArrangement(ctx, q, who)
		if err != nil {
			return err
		}
		out.Items, out.View = t.Items, t.View
		return each(ctx, q, "SELECT n, what FROM tray_steps WHERE person = ? AND n >= ? AND n <= ?", func(row scan) error {
			var n int64
			var what string
			err := row(&n, &what)
			if n == t.step {
				out.Undo = what
			} else {
				out.Redo = what
			}
			return err
		}, who.ID, t.step, t.step+1)
	})
	return out, err
}

// UndoTray takes back the last change of who's tray. The error wraps [fs.ErrNotExist] if there is none.
func (s *Store) UndoTray(ctx context.Context, who access.Person) error {
	return s.stepTray(ctx, "undo in tray", who, false)
}

// RedoTray makes the last change of who's tray that was undone once more. The error wraps [fs.ErrNotExist] if there is none.
func (s *Store) RedoTray(ctx context.Context, who access.Person) error {
	return s.stepTray(ctx, "redo in tray", who, true)
}

// stepTray changes places between the tray and that on the other side of a step.
func (s *Store) stepTray(ctx context.Context, what string, who access.Person, forward bool) error {
	return s.change(ctx, what, func(tx *writer) error {
		here, err := readArrangement(ctx, tx, who)
		if err != nil {
			return err
		}
		n, arrive := here.step, here.step-1
		if forward {
			n, arrive = here.step+1, here.step+1
		}
		var kept string
		if err = tx.QueryRowContext(ctx, "SELECT tray FROM tray_steps WHERE person = ? AND n = ?", who.ID, n).Scan(&kept); err != nil {
			return err
		}
		there := arrangement{step: arrive}
		if err = json.Unmarshal([]byte(kept), &there); err != nil {
			return fmt.Errorf("step %d: %w", n, err)
		}
		if err = there.follow(ctx, tx); err != nil {
			return err
		}
		text, err := json.Marshal(here)
		if err != nil {
			return err
		}
		if _, err = tx.ExecContext(ctx, "UPDATE tray_steps SET tray = ? WHERE person = ? AND n = ?", string(text), who.ID, n); err != nil {
			return err
		}
		return there.write(ctx, tx, who)
	})
}

// follow gives the assets of a tray of old the names that their datasets have by now.
func (t *arrangement) follow(ctx context.Context, q querier) error {
	names := map[string]string{}
	for i, item := range t.Items {
		at := item.Ref.Location
		if _, ok := names[at]; !ok && at != "" {
			var name string
			err := q.QueryRowContext(ctx, "SELECT d.name FROM locations l JOIN datasets d ON d.id = l.dataset WHERE l.id = ?", at).Scan(&name)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			names[at] = name
		}
		if names[at] != "" {
			t.Items[i].Ref.Dataset = names[at]
		}
	}
	return nil
}

// changeTray replaces a tray by what edit makes of it, and keeps the one before as a step, which is called what edit
// returns. A tray is small, so it is written as a whole.
func (s *Store) changeTray(ctx context.Context, what string, who access.Person, edit func(*arrangement) (string, error)) error {
	return s.change(ctx, what, func(tx *writer) error {
		t, err := readArrangement(ctx, tx, who)
		if err != nil {
			return err
		}
		before, err := json.Marshal(t)
		if err != nil {
			return err
		}
		step, err := edit(&t)
		if err != nil {
			return err
		}
		after, err := json.Marshal(t)
		if err != nil || bytes.Equal(before, after) {
			return err
		}
		if err = t.check(); err != nil {
			return err
		}
		t.step++
		// A new step ends what could have been done again, and the oldest is forgotten.
		_, err = tx.ExecContext(ctx, "DELETE FROM tray_steps WHERE person = ? AND (n >= ? OR n <= ?)", who.ID, t.step, t.step-maxSteps)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO tray_steps (person, n, what, tray) VALUES (?, ?, ?, ?)", who.ID, t.step, step, string(before))
		if err != nil {
			return err
		}
		return t.write(ctx, tx, who)
	})
}

// check refuses a tray whose steps would take too much room.
func (t *arrangement) check() error {
	n := 0
	for _, i := range t.Items {
		n += len(i.Options)
	}
	if n > maxTray {
		return fmt.Errorf("%w: the options of all assets have %d bytes, more than %d", ErrInvalid, n, maxTray)
	}
	return nil
}

// at is where in the tray the asset ref is; negative if it is not in it.
func (t *arrangement) at(ref access.Ref) int {
	for at, i := range t.Items {
		if i.Ref == ref {
			return at
		}
	}
	return -1
}

func readArrangement(ctx context.Context, q querier, who access.Person) (t arrangement, err error) {
	if t.Items, err = readTray(ctx, q, who); err != nil {
		return t, err
	}
	err = q.QueryRowContext(ctx, "SELECT view, step FROM trays WHERE person = ?", who.ID).Scan(&t.View, &t.step)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return t, err
}

func (t *arrangement) write(ctx context.Context, tx *writer, who access.Person) error {
	for _, table := range []string{"tray_items", "trays"} {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE person = ?", who.ID); err != nil {
			return err
		}
	}
	for place, i := range t.Items {
		_, err := tx.ExecContext(ctx, `INSERT INTO tray_items (person, place, dataset, location, path, name, layer, kind, options)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			who.ID, place, i.Ref.Dataset, i.Ref.Location, i.Ref.Path, i.Name, i.Layer, i.Kind, i.Options)
		if err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO trays (person, view, step) VALUES (?, ?, ?)", who.ID, t.View, t.step)
	return err
}

// named names the assets of a step, for people.
func named(items []Item) string {
	if len(items) != 1 {
		return fmt.Sprintf("%d assets", len(items))
	}
	name := items[0].Name
	if name == "" {
		name = path.Base(strings.TrimSuffix(items[0].Ref.Path, "/"))
	}
	const most = 60
	if r := []rune(name); len(r) > most {
		name = string(r[:most-1]) + "…"
	}
	return "“" + name + "”"
}
