// Package store keeps what the portal must remember: people and who of them may do what, who is signed in, what
// lies in whose tray, which links lead to which state, which viewers are open, and who did what when.
//
// What changes who may do what takes the [access.Rights] of whoever asks for it, and refuses if they do not allow
// it: no handler can forget to ask. Such a change, its row in the audit and the new revision of the facts are one
// transaction.
//
// The database is one SQLite file, or PostgreSQL for several portals side by side. The queries are the same: what
// differs is in a dialect. Every change is one transaction: it is there as a whole, also after a crash, or not at
// all, and of all processes one at a time changes something. Secrets (session ids, tickets) are kept as [Hash] only.
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
	write *pool // one connection: one at a time changes something
	read  *pool // several connections; may be the same as write
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
	_, err := s.Revision(ctx)
	return err
}

// keepMails is how long mails that have been sent or given up stay, for whoever looks into what became of one.
const keepMails = 30 * 24 * time.Hour

// DeleteExpired removes sessions with all that hangs on them, tickets and half-finished sign-ins whose time has passed, and
// mails that were sent or given up long ago, and returns how many. Nothing accepts them any more, so this only saves room.
func (s *Store) DeleteExpired(ctx context.Context, now time.Time) (int64, error) {
	var total int64
	err := s.change(ctx, "delete what has expired", func(tx *writer) error {
		for _, one := range []struct {
			statement string
			until     time.Time
		}{
			{"DELETE FROM sessions WHERE idle_expires <= ?", now},
			{"DELETE FROM sessions WHERE expires <= ?", now},
			{"DELETE FROM pending_identities WHERE expires <= ?", now},
			{"DELETE FROM prelogins WHERE expires <= ?", now},
			{"DELETE FROM tickets WHERE expires <= ?", now},
			{"DELETE FROM mails WHERE done <> 0 AND done <= ?", now.Add(-keepMails)},
		} {
			res, err := tx.ExecContext(ctx, one.statement, millis(one.until))
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
func (s *Store) change(ctx context.Context, what string, do func(*writer) error) error {
	return s.write.within(ctx, what, nil, func(tx *writer) error {
		if tx.lock != "" {
			if _, err := tx.ExecContext(ctx, tx.lock); err != nil {
				return err
			}
		}
		if err := do(tx); err != nil {
			return err
		}
		return tx.Commit()
	})
}

// look runs do in a transaction that only reads: all that it reads is of one moment.
func (s *Store) look(ctx context.Context, what string, do func(q querier) error) error {
	options := &sql.TxOptions{ReadOnly: true, Isolation: s.read.snapshot}
	return s.read.within(ctx, what, options, func(tx *writer) error { return do(tx) })
}

// within runs do in a transaction, which is undone unless do commits it.
func (p *pool) within(ctx context.Context, what string, options *sql.TxOptions, do func(*writer) error) error {
	turn := ctx
	if p.patience > 0 {
		var cancel context.CancelFunc
		turn, cancel = context.WithTimeout(ctx, 2*p.patience) // for all its statements, and to wait for those before
		defer cancel()
	}
	tx, err := p.BeginTx(turn, options)
	if err == nil {
		err = do(&writer{tx, p.dialect})
		// A database may have rolled back by itself after some errors; the first error is the one that tells.
		_ = tx.Rollback()
	}
	if err != nil && ctx.Err() == nil && turn.Err() != nil {
		err = fmt.Errorf("%w: %w", turn.Err(), err)
	}
	return explain(what, err)
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
