package store

import (
	"context"
	"database/sql"
	"math"
	"time"
)

// all64 is a limit that is none: OFFSET needs one.
const all64 = math.MaxInt64

// A dialect is what differs between the databases. Queries are written for SQLite with "?" for arguments.
type dialect struct {
	name       string // as in the names of migrations
	rewrite    func(query string) string
	bind       func(args []any) []any     // makes of arguments what the driver takes
	translate  func(schema string) string // a migration
	version    func(ctx context.Context, q querier) (int, error)
	setVersion func(ctx context.Context, tx *writer, version int) error
	lock       string                                                 // makes a transaction the only one that changes something; "" if it is anyway
	snapshot   sql.IsolationLevel                                     // at which a transaction sees the database as of one moment
	deferring  string                                                 // puts off the check of references to the end of the transaction
	backup     func(ctx context.Context, s *Store, path string) error // into an empty SQLite file
	renumber   func(ctx context.Context, tx *writer) error            // has new rows numbered after those that came with their numbers
	patience   time.Duration                                          // with the database; 0 for a file, which has limits of its own
}

// limit is ctx for one statement. Its end cannot be told from here, since rows are read later.
func (d dialect) limit(ctx context.Context) context.Context {
	if d.patience == 0 {
		return ctx
	}
	ctx, cancel := context.WithTimeout(ctx, d.patience)
	context.AfterFunc(ctx, cancel)
	return ctx
}

// A querier reads, in a transaction or without one.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// A pool is connections to a database.
type pool struct {
	*sql.DB
	dialect
}

// ExecContext is that of [sql.DB].
func (p *pool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return p.DB.ExecContext(p.limit(ctx), p.rewrite(query), p.bind(args)...)
}

// QueryContext is that of [sql.DB].
func (p *pool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return p.DB.QueryContext(p.limit(ctx), p.rewrite(query), p.bind(args)...)
}

// QueryRowContext is that of [sql.DB].
func (p *pool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return p.DB.QueryRowContext(p.limit(ctx), p.rewrite(query), p.bind(args)...)
}

// A writer is a transaction that changes something. Of all processes one at a time has one.
type writer struct {
	*sql.Tx
	dialect
}

// ExecContext is that of [sql.Tx].
func (w *writer) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return w.Tx.ExecContext(w.limit(ctx), w.rewrite(query), w.bind(args)...)
}

// QueryContext is that of [sql.Tx].
func (w *writer) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return w.Tx.QueryContext(w.limit(ctx), w.rewrite(query), w.bind(args)...)
}

// QueryRowContext is that of [sql.Tx].
func (w *writer) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return w.Tx.QueryRowContext(w.limit(ctx), w.rewrite(query), w.bind(args)...)
}
