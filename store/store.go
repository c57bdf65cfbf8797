// Package store keeps what the portal must remember: who is signed in, what lies in whose
// tray, which links lead to which state, and which viewers are open.
//
// The database is one SQLite file. Every change is one transaction: it is there as a whole,
// also after a crash, or not at all. Secrets (session ids, tickets) are kept as [Hash] only.
// Time comes in as values and is kept to the millisecond; what comes out is in UTC.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A Store is an open database. It is safe for concurrent use.
type Store struct {
	write *sql.DB // one connection: SQLite takes one writer at a time
	read  *sql.DB // several connections; the same as write if the database is in memory
}

// Close ends all use of the database. It waits for what is under way.
func (s *Store) Close() error {
	if s.read == s.write {
		return s.write.Close()
	}
	// The writer goes last: closing it folds the write-ahead log into the file.
	return errors.Join(s.read.Close(), s.write.Close())
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return explain("ask the database", s.read.QueryRowContext(ctx, "SELECT 1 FROM pragma_user_version").Scan(&one))
}

// DeleteExpired removes sessions with all that hangs on them, tickets and half-finished sign-ins
// whose time has passed, and returns how many. Nothing accepts them any more, so this only saves room.
func (s *Store) DeleteExpired(ctx context.Context, now time.Time) (int64, error) {
	var total int64
	err := s.change(ctx, "delete what has expired", func(tx *sql.Tx) error {
		for _, statement := range []string{
			"DELETE FROM sessions WHERE min(idle_expires, expires) <= ?",
			"DELETE FROM prelogins WHERE expires <= ?",
			"DELETE FROM tickets WHERE expires <= ?",
		} {
			res, err := tx.ExecContext(ctx, statement, millis(now))
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			total += n
		}
		return nil
	})
	return total, err
}

// change runs do in a transaction. what says what it is for, in errors.
func (s *Store) change(ctx context.Context, what string, do func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return explain(what, err)
	}
	if err := do(tx); err != nil {
		// SQLite has rolled back by itself after some errors; the first error is the one that tells.
		_ = tx.Rollback()
		return explain(what, err)
	}
	return explain(what, tx.Commit())
}

// mustChange returns [sql.ErrNoRows] if a statement has changed nothing.
func mustChange(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 {
		return sql.ErrNoRows
	}
	return nil
}

func millis(t time.Time) int64 { return t.UnixMilli() }

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func tooLong(what, s string, limit int) error {
	if len(s) <= limit {
		return nil
	}
	return fmt.Errorf("%w: %s has %d bytes, more than %d", ErrInvalid, what, len(s), limit)
}
