package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	inMemory = ":memory:"
	readers  = 4 // connections that read at a time; each costs some hundred kB
)

// Open opens the database at address, creates it if it is absent (but not its directory), and
// brings its schema up to date. Several processes may do so at a time.
//
// The address is sqlite:///absolute/path.db, or sqlite::memory: for a database that lives as
// long as the Store. The error wraps [ErrInvalid] for another kind of address,
// [fs.ErrNotExist] if the directory is not there, and [ErrUnavailable] if the file cannot be
// written. A database that a newer program has used is refused. No error repeats an address
// of another kind, since that may hold a password.
func Open(ctx context.Context, address string) (*Store, error) {
	path, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	s, err := connect(path)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	if err := s.patiently(ctx, s.migrate); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), s.Close())
	}
	return s, nil
}

func parseAddress(address string) (path string, err error) {
	scheme, rest, _ := strings.Cut(address, ":")
	switch {
	case address == "sqlite:"+inMemory:
		return inMemory, nil
	case scheme == "postgres" || scheme == "postgresql":
		return "", fmt.Errorf("%w: PostgreSQL comes with a later version; use sqlite:///absolute/path.db", ErrInvalid)
	case scheme != "sqlite":
		return "", fmt.Errorf("%w: a database address begins with sqlite:///", ErrInvalid)
	}
	path, ok := strings.CutPrefix(rest, "//")
	if !ok || !filepath.IsAbs(path) || strings.HasSuffix(path, "/") {
		return "", fmt.Errorf("%w: %q is no address of a file; write sqlite:///absolute/path.db", ErrInvalid, address)
	}
	return filepath.Clean(path), nil
}

func connect(path string) (*Store, error) {
	if path == inMemory {
		// Each further connection would see an empty database of its own.
		db, err := sql.Open("sqlite", inMemory+"?"+options(nil))
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(1)
		return &Store{write: db, read: db}, nil
	}
	if err := touch(path); err != nil {
		return nil, err
	}
	file := (&url.URL{Scheme: "file", Path: path}).String()
	write, err := sql.Open("sqlite", file+"?"+options(url.Values{"_journal_mode": {"WAL"}}))
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", file+"?"+options(url.Values{"_query_only": {"1"}}))
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return &Store{write: write, read: read}, nil
}

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
func (s *Store) patiently(ctx context.Context, do func(context.Context) error) error {
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

// migrate applies the migrations that the database lacks, in order and in one transaction.
// Of processes that start together one applies them, and the others wait and find it done.
// Writing the version also when nothing has changed shows that the file can be written.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	return s.change(ctx, "update its schema", func(tx *sql.Tx) error {
		var version int
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		if err := known(version, len(files)); err != nil {
			return err
		}
		for _, name := range files[version:] {
			text, err := migrations.ReadFile(name)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, string(text)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", len(files)))
		return err
	})
}
