package store

import (
	"context"
	"database/sql"
	"time"

	"ngportal/access"
)

// A Session is one browser in which a person is signed in to the portal.
type Session struct {
	Hash        Hash // of the id in the browser's cookie
	Person      access.Person
	Created     time.Time
	Seen        time.Time // last use, kept coarsely
	IdleExpires time.Time // unless it is used before
	Expires     time.Time // in any case
}

// Live reports whether the session still counts at now.
func (s Session) Live(now time.Time) bool {
	return now.Before(s.IdleExpires) && now.Before(s.Expires)
}

const (
	sessionColumns = "sessions.hash, sessions.created, seen, idle_expires, sessions.expires, issuer, subject, email, people.name"
	fromSessions   = " FROM sessions JOIN people ON people.id = sessions.person"
)

// into returns where the columns of a session go. Call done after the scan.
func (s *Session) into() (fields []any, done func()) {
	times := new([4]int64)
	p := &s.Person
	fields = []any{&s.Hash, &times[0], &times[1], &times[2], &times[3], &p.Issuer, &p.Subject, &p.Email, &p.Name}
	return fields, func() {
		s.Created, s.Seen = instant(times[0]), instant(times[1])
		s.IdleExpires, s.Expires = instant(times[2]), instant(times[3])
	}
}

// AddSession keeps a new session and what its person is called now. In the same transaction
// it ends the session replaced, if that is not zero and exists.
func (s *Store) AddSession(ctx context.Context, n Session, replaced Hash) error {
	return s.change(ctx, "add session", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE hash = ?", replaced); err != nil {
			return err
		}
		var person int64
		p := n.Person
		err := tx.QueryRowContext(ctx, `INSERT INTO people (issuer, subject, email, name) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET email = excluded.email, name = excluded.name RETURNING id`,
			p.Issuer, p.Subject, p.Email, p.Name).Scan(&person)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO sessions (hash, person, created, seen, idle_expires, expires)
			VALUES (?, ?, ?, ?, ?, ?)`, n.Hash, person, millis(n.Created), millis(n.Seen), millis(n.IdleExpires), millis(n.Expires))
		return err
	})
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
	return s.change(ctx, "touch session", func(tx *sql.Tx) error {
		// Requests overtake each other; an older one must not shorten the session.
		return mustChange(tx.ExecContext(ctx, `UPDATE sessions SET seen = max(seen, ?), idle_expires = max(idle_expires, ?)
			WHERE hash = ?`, millis(seen), millis(idleExpires), h))
	})
}

// DeleteSession ends a session and with it its tickets and viewers. It is no error if there is none.
func (s *Store) DeleteSession(ctx context.Context, h Hash) error {
	return s.change(ctx, "delete session", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE hash = ?", h)
		return err
	})
}
