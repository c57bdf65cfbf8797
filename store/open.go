package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Open opens the database at address, creates it if it is absent (but not its directory, nor a database on a server),
// and brings its schema up to date. Several processes may do so at a time.
//
// The address is sqlite:///absolute/path.db, or sqlite::memory: for a database that lives as
// long as the Store, or postgres://user:password@host/database with what libpq understands, its environment included.
// The error wraps [ErrInvalid] for another kind of address, [fs.ErrNotExist] if the directory is not there, and
// [ErrUnavailable] if the file cannot be written or the server be reached. A database that a newer program has used
// is refused. No error repeats a password.
func Open(ctx context.Context, address string) (*Store, error) {
	return openFor(ctx, address, false)
}

// OpenAsIs opens the database at address and leaves its tables as they are, which may be those of an older schema:
// it is for [Store.Backup] alone. The error wraps [fs.ErrNotExist] if there is no database, and is otherwise as that of [Open].
func OpenAsIs(ctx context.Context, address string) (*Store, error) {
	there, err := Inspect(ctx, address)
	if err != nil {
		return nil, err
	}
	where, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	if !there {
		return nil, fmt.Errorf("open database %s: there is none yet: %w", where, fs.ErrNotExist)
	}
	if where.server != nil {
		return connectPatiently(where.server), nil
	}
	s, err := connectSQLite(where.path)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", where, err)
	}
	return s, nil
}

// openFor is Open; with slowly for what may take a server long.
func openFor(ctx context.Context, address string, slowly bool) (*Store, error) {
	where, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	s, err := where.open(ctx, slowly)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", where, err)
	}
	return s, nil
}

// A place is where a database is.
type place struct {
	path   string          // of the file, or inMemory
	server *pgx.ConnConfig // nil for SQLite
}

// String names the place without its password.
func (p place) String() string {
	if p.server != nil {
		return postgresName(p.server)
	}
	return p.path
}

// CheckAddress tells what is wrong with an address, and repeats no password of it. The error wraps [ErrInvalid].
func CheckAddress(address string) error {
	_, err := parseAddress(address)
	return err
}

// Describe names the database at an address, without a password. The error wraps [ErrInvalid] if the address
// is not one that [Open] takes.
func Describe(address string) (string, error) {
	where, err := parseAddress(address)
	if err != nil {
		return "", err
	}
	return where.String(), nil
}

func parseAddress(address string) (where place, err error) {
	scheme, rest, _ := strings.Cut(address, ":")
	switch {
	case address == "sqlite:"+inMemory:
		return place{path: inMemory}, nil
	case scheme == "postgres" || scheme == "postgresql":
		where.server, err = parsePostgres(address)
		return where, err
	case scheme != "sqlite":
		return place{}, fmt.Errorf("%w: a database address begins with sqlite:/// or postgres://", ErrInvalid)
	}
	path, ok := strings.CutPrefix(rest, "//")
	if !ok || !filepath.IsAbs(path) || strings.HasSuffix(path, "/") {
		return place{}, fmt.Errorf("%w: %q is no address of a file; write sqlite:///absolute/path.db", ErrInvalid, address)
	}
	return place{path: filepath.Clean(path)}, nil
}

// open connects and migrates.
func (p place) open(ctx context.Context, slowly bool) (s *Store, err error) {
	if p.server != nil {
		s = connectPatiently(p.server)
		err = s.migrate(ctx)
	} else if s, err = connectSQLite(p.path); err == nil {
		err = patiently(ctx, s.migrate)
	}
	switch {
	case s == nil:
		return nil, err
	case err != nil:
		return nil, errors.Join(err, s.Close())
	case p.server != nil && !slowly:
		return connectPostgres(p.server), s.Close()
	}
	return s, nil
}
