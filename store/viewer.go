package store

import (
	"context"
	"fmt"
	"io/fs"
	"time"
)

// A Ticket lets a browser move from the portal to the viewer host, once.
type Ticket struct {
	Hash      Hash
	Session   Hash     // of the portal; the ticket dies with it
	Locations []string // ids of those the viewer is to read
	Fragment  string   // of the address at which the viewer starts
	Expires   time.Time
}

// AddTicket keeps a ticket. The error wraps [fs.ErrNotExist] if its session has ended.
func (s *Store) AddTicket(ctx context.Context, t Ticket) error {
	return s.change(ctx, "add ticket", func(tx *writer) error {
		return mustChange(tx.ExecContext(ctx, `INSERT INTO tickets (hash, session, locations, fragment, expires)
			SELECT ?, hash, ?, ?, ? FROM sessions WHERE hash = ?`, t.Hash, list(t.Locations), t.Fragment, millis(t.Expires), t.Session))
	})
}

// TakeTicket returns a ticket and forgets it: of several who ask, one gets it.
// The error wraps [fs.ErrNotExist] if there is none, or it expired before now, or its session has ended.
func (s *Store) TakeTicket(ctx context.Context, h Hash, now time.Time) (Ticket, error) {
	t := Ticket{Hash: h}
	err := s.change(ctx, "take ticket", func(tx *writer) error {
		var expires int64
		err := tx.QueryRowContext(ctx, "DELETE FROM tickets WHERE hash = ? RETURNING session, locations, fragment, expires", h).
			Scan(&t.Session, (*list)(&t.Locations), &t.Fragment, &expires)
		t.Expires = instant(expires)
		return err
	})
	if err == nil && !now.Before(t.Expires) {
		err = fmt.Errorf("take ticket: expired: %w", fs.ErrNotExist)
	}
	if err != nil {
		return Ticket{}, err
	}
	return t, nil
}

// maxViewers is how many tokens of a session are kept: a browser holds one, but answers that
// overtake each other may leave it with any of the last few.
const maxViewers = 20

// A Viewer is a browser's session at the viewer host. Each time the viewer is opened there is a new
// one, but those of one portal session share a browser and its cookies, so they share the
// locations, too: a view that is still open in another tab goes on.
type Viewer struct {
	Hash      Hash     // of the token in the browser's cookie there
	Session   Session  // of the portal; the viewer lives as long
	Locations []string // ids, what was opened last first
	Created   time.Time
}

// OpenViewer keeps a viewer, adds its locations to those of its session, of which only the hash counts,
// and returns them all, the last opened first. If there are more than limit, those not
// opened for longest are gone. The error wraps [fs.ErrNotExist] if the session has ended.
func (s *Store) OpenViewer(ctx context.Context, v Viewer, limit int) (all, gone []string, _ error) {
	session := v.Session.Hash
	err := s.change(ctx, "open viewer", func(tx *writer) error {
		err := mustChange(tx.ExecContext(ctx, "INSERT INTO viewers (hash, session, created) SELECT ?, hash, ? FROM sessions WHERE hash = ?",
			v.Hash, millis(v.Created), session))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM viewers WHERE hash IN
			(SELECT hash FROM viewers WHERE session = ? AND hash <> ? ORDER BY created DESC, hash LIMIT ? OFFSET ?)`,
			session, v.Hash, all64, maxViewers-1)
		if err != nil {
			return err
		}
		if err = addViewerLocations(ctx, tx, session, v.Locations); err != nil {
			return err
		}
		if all, err = viewerLocations(ctx, tx, session); err != nil || len(all) <= limit {
			return err
		}
		all, gone = all[:limit], all[limit:]
		for _, id := range gone {
			if _, err := tx.ExecContext(ctx, "DELETE FROM viewer_locations WHERE session = ? AND location = ?", session, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return all, gone, nil
}

// addViewerLocations notes that locations have been opened after all others.
func addViewerLocations(ctx context.Context, tx *writer, session Hash, locations []string) error {
	var last int64
	err := tx.QueryRowContext(ctx, "SELECT coalesce(max(opened), 0) FROM viewer_locations WHERE session = ?", session).Scan(&last)
	if err != nil {
		return err
	}
	for _, id := range locations {
		_, err = tx.ExecContext(ctx, `INSERT INTO viewer_locations (session, location, opened) VALUES (?, ?, ?)
			ON CONFLICT (session, location) DO UPDATE SET opened = excluded.opened`, session, id, last+1)
		if err != nil {
			return err
		}
	}
	return nil
}

// ViewerLocations returns what the viewers of a session have been opened for, the latest first.
func (s *Store) ViewerLocations(ctx context.Context, session Hash) ([]string, error) {
	ids, err := viewerLocations(ctx, s.read, session)
	return ids, explain("read viewer locations", err)
}

func viewerLocations(ctx context.Context, q querier, session Hash) ([]string, error) {
	rows, err := q.QueryContext(ctx, "SELECT location FROM viewer_locations WHERE session = ? ORDER BY opened DESC, location", session)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// Viewer returns the viewer with this hash and its session, which may have lapsed.
// The error wraps [fs.ErrNotExist] if there is none.
func (s *Store) Viewer(ctx context.Context, h Hash) (Viewer, error) {
	v := Viewer{Hash: h}
	var created int64
	fields, done := v.Session.into()
	err := s.read.QueryRowContext(ctx, "SELECT viewers.created, "+sessionColumns+fromSessions+
		" JOIN viewers ON viewers.session = sessions.hash WHERE viewers.hash = ?", h).Scan(append([]any{&created}, fields...)...)
	if err != nil {
		return Viewer{}, explain("read viewer", err)
	}
	done()
	v.Created = instant(created)
	if v.Locations, err = viewerLocations(ctx, s.read, v.Session.Hash); err != nil {
		return Viewer{}, explain("read viewer", err)
	}
	return v, nil
}

// EndViewers ends the viewers of a portal session, but not the session.
func (s *Store) EndViewers(ctx context.Context, session Hash) error {
	return s.change(ctx, "end viewers", func(tx *writer) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM viewers WHERE session = ?", session); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM viewer_locations WHERE session = ?", session)
		return err
	})
}
