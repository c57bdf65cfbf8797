package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"

	"modernc.org/sqlite"
)

const (
	inMemory = ":memory:"
	readers  = 4 // connections that read at a time; each costs some hundred kB
)

// sqliteDialect takes queries as they are.
func sqliteDialect() dialect {
	return dialect{
		name:      "sqlite",
		rewrite:   func(query string) string { return query },
		bind:      func(args []any) []any { return args },
		translate: func(schema string) string { return schema },
		deferring: "PRAGMA defer_foreign_keys = 1",
		backup:    backupSQLite,
		renumber:  func(context.Context, *writer) error { return nil }, // it goes on after the highest number
		version: func(ctx context.Context, q querier) (version int, err error) {
			err = q.QueryRowContext(ctx, "SELECT user_version FROM pragma_user_version").Scan(&version)
			return version, err
		},
		setVersion: func(ctx context.Context, tx *writer, version int) error {
			_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version))
			return err
		},
	}
}

// connectSQLite opens the file at path. Reading has connections of its own, since SQLite takes one writer at a time.
func connectSQLite(path string) (*Store, error) {
	if path == inMemory {
		// Each further connection would see an empty database of its own.
		db, err := openSQLite(inMemory+"?"+options(nil), 1)
		if err != nil {
			return nil, err
		}
		return &Store{write: db, read: db}, nil
	}
	if err := touch(path); err != nil {
		return nil, err
	}
	write, err := openSQLite(fileName(path)+"?"+options(url.Values{"_journal_mode": {"WAL"}}), 1)
	if err != nil {
		return nil, err
	}
	read, err := openSQLite(fileName(path)+"?"+options(url.Values{"_query_only": {"1"}}), readers)
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	return &Store{write: write, read: read}, nil
}

// fileName is path as SQLite wants it.
func fileName(path string) string { return (&url.URL{Scheme: "file", Path: path}).String() }

// openSQLite opens a database with at most so many connections.
func openSQLite(name string, connections int) (*pool, error) {
	own := new(sqlite.Driver)
	// SQLite's own lower knows the letters of ASCII only.
	err := own.RegisterDeterministicScalarFunction("lower", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		if text, ok := args[0].(string); ok {
			return strings.ToLower(text), nil
		}
		return args[0], nil
	})
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector{own, name})
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return &pool{db, sqliteDialect()}, nil
}

// A connector makes connections by a driver that is ours alone.
type connector struct {
	driver *sqlite.Driver
	name   string
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.name) }

func (c connector) Driver() driver.Driver { return c.driver }

// options are the driver's. FULL makes a commit survive a power cut, immediate takes the
// write lock at BEGIN, where waiting for it is possible.
func options(more url.Values) string {
	o := url.Values{
		"_busy_timeout": {"5000"},
		"_foreign_keys": {"1"},
		"_synchronous":  {"FULL"},
		"_txlock":       {"immediate"},
		"_dqs":          {"0"},
	}
	for k, v := range more {
		o[k] = v
	}
	return o.Encode()
}

// touch makes sure that the file is there and readable by nobody else: it holds names and
// e-mail addresses. SQLite gives the files it puts beside it the same mode.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("its directory is not there; create it first: %w", err)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return f.Close()
}

// patiently repeats do while another process holds the database locked, for ten seconds at most.
// SQLite waits by itself for most locks, but not for those of the change to write-ahead
// logging and back, which happen when several processes start or stop together:
// https://www.sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode.
func patiently(ctx context.Context, do func(context.Context) error) error {
	const pause, patience = 20 * time.Millisecond, 10 * time.Second
	enough := time.NewTimer(patience)
	defer enough.Stop()
	for {
		err := do(ctx)
		if !busy(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-enough.C:
			return err
		case <-time.After(pause):
		}
	}
}
