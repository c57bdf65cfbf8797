package store

import (
	"context"
	"fmt"
	"time"

	"ngportal/access"
)

// A Session is one browser in which a person is signed in to the portal, or in which somebody who has not signed in
// looks at public data; then its Person is the zero one.
type Session struct {
	Hash        Hash // of the id in the browser's cookie
	Person      access.Person
	Provider    string // by which they signed in
	Agent       string // of the browser, in its own words
	Address     string // on the network, from which they signed in
	Created     time.Time
	Seen        time.Time // last use, kept coarsely
	IdleExpires time.Time // unless it is used before
	Expires     time.Time // in any case
}

// clockSlack is how far the clocks of two portals may be apart.
const clockSlack = 5 * time.Minute

// Live reports whether the session still counts at now. One that will only have begun is not live: a
// clock has been wrong, and how long it would last is not known.
func (s Session) Live(now time.Time) bool {
	return now.Before(s.IdleExpires) && now.Before(s.Expires) && now.After(s.Created.Add(-clockSlack))
}

const (
	sessionColumns = `sessions.hash, sessions.provider, agent, address, sessions.created, sessions.seen, idle_expires, sessions.expires,
		people.id, people.email, people.name`
	fromSessions = " FROM sessions JOIN people ON people.id = sessions.person"
)

// into returns where the columns of a session go. Call done after the scan.
func (s *Session) into() (fields []any, done func()) {
	times := new([4]int64)
	p := &s.Person
	fields = []any{
		&s.Hash, &s.Provider, &s.Agent, &s.Address, &times[0], &times[1], &times[2], &times[3], &p.ID, &p.Email, &p.Name,
	}
	return fields, func() {
		s.Created, s.Seen = instant(times[0]), instant(times[1])
		s.IdleExpires, s.Expires = instant(times[2]), instant(times[3])
	}
}

// AddSession keeps a new session of somebody who is known, or of nobody. In the same transaction it ends the session
// replaced, if that is not zero and exists. Signing in is [Store.SignIn].
func (s *Store) AddSession(ctx context.Context, n Session, replaced Hash) error {
	return s.change(ctx, "add session", func(tx *writer) error { return addSession(ctx, tx, n, replaced) })
}

func addSession(ctx context.Context, tx *writer, n Session, replaced Hash) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE hash = ?", replaced); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO sessions (hash, person, provider, agent, address, created, seen, idle_expires, expires)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, n.Hash, n.Person.ID, n.Provider, cut(n.Agent, maxName), cut(n.Address, maxName),
		millis(n.Created), millis(n.Seen), millis(n.IdleExpires), millis(n.Expires))
	return err
}

// Session returns the session with this hash, live or not. The error wraps [fs.ErrNotExist] if there is none.
func (s *Store) Session(ctx context.Context, h Hash) (Session, error) {
	var out Session
	fields, done := out.into()
	err := s.read.QueryRowContext(ctx, "SELECT "+sessionColumns+fromSessions+" WHERE sessions.hash = ?", h).Scan(fields...)
	if err != nil {
		return Session{}, explain("read session", err)
	}
	done()
	return out, nil
}

// TouchSession notes that a session was in use at seen, and when it ends if it is not used again.
// The error wraps [fs.ErrNotExist] if there is no such session.
func (s *Store) TouchSession(ctx context.Context, h Hash, seen, idleExpires time.Time) error {
	return s.change(ctx, "touch session", func(tx *writer) error {
		// Requests overtake each other; an older one must not shorten the session.
		return mustChange(tx.ExecContext(ctx, `UPDATE sessions SET seen = CASE WHEN seen > ? THEN seen ELSE ? END,
			idle_expires = CASE WHEN idle_expires > ? THEN idle_expires ELSE ? END WHERE hash = ?`,
			millis(seen), millis(seen), millis(idleExpires), millis(idleExpires), h))
	})
}

// DeleteSession ends a session and with it its tickets and viewers. It is no error if there is none.
func (s *Store) DeleteSession(ctx context.Context, h Hash) error {
	return s.change(ctx, "delete session", func(tx *writer) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE hash = ?", h)
		return err
	})
}

// SessionsOf returns the sessions of a person that are live now, the one used last first. They may ask themselves, and
// administrators of the portal; the error is an [*access.Refusal] for others.
func (s *Store) SessionsOf(ctx context.Context, by access.Rights, person int64) ([]Session, error) {
	if err := mayKnow(by, person); err != nil {
		return nil, err
	}
	var out []Session
	err := s.look(ctx, "list sessions", func(q querier) error {
		out = nil
		return each(ctx, q, "SELECT "+sessionColumns+fromSessions+` WHERE people.id = ? AND people.id <> 0
			ORDER BY sessions.seen DESC, sessions.created DESC, sessions.hash`, func(row scan) error {
			var one Session
			fields, done := one.into()
			err := row(fields...)
			done()
			if one.Live(by.Now()) {
				out = append(out, one)
			}
			return err
		}, person)
	})
	return out, err
}

// EndSession ends a session of a person, and with it its tickets and viewers. They may do so themselves, and administrators
// of the portal; the error is an [*access.Refusal] for others, and wraps [fs.ErrNotExist] if they have no such session.
func (s *Store) EndSession(ctx context.Context, by access.Rights, person int64, h Hash) error {
	if err := mayChange(by, person); err != nil {
		return err
	}
	return s.change(ctx, "end session", func(tx *writer) error {
		var created int64
		var address string
		err := tx.QueryRowContext(ctx, "DELETE FROM sessions WHERE hash = ? AND person = ? AND person <> 0 RETURNING created, address",
			h, person).Scan(&created, &address)
		if err != nil {
			return err
		}
		detail := fmt.Sprintf("begun %s from %s", instant(created).Format(time.RFC3339), address)
		return note(ctx, tx, Entry{Event: SessionEnded, Subject: person, Detail: detail}.by(by))
	})
}

// EndSessions ends all sessions of a person but one, and returns how many; the zero Hash spares none. They may do so
// themselves, and administrators of the portal; the error is an [*access.Refusal] for others.
func (s *Store) EndSessions(ctx context.Context, by access.Rights, person int64, except Hash) (int, error) {
	if err := mayChange(by, person); err != nil {
		return 0, err
	}
	var ended int64
	err := s.change(ctx, "end sessions", func(tx *writer) error {
		res, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE person = ? AND person <> 0 AND hash <> ?", person, except)
		if err != nil {
			return err
		}
		if ended, err = res.RowsAffected(); err != nil || ended == 0 {
			return err
		}
		return note(ctx, tx, Entry{Event: SessionEnded, Subject: person, Detail: fmt.Sprintf("sessions ended: %d", ended)}.by(by))
	})
	return int(ended), err
}

// cut shortens a stranger's text to at most limit bytes of UTF-8.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && text[limit]&0xC0 == 0x80 {
		limit--
	}
	return text[:limit]
}
