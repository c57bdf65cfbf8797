package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"ngportal/access"
)

// Inspect tells what [Open] would find at address, without changing or making anything; another
// process may be using the database. It reports whether the file is there, or on a server the tables.
//
// No error and nothing there means that Open would make it. The errors are those of Open.
func Inspect(ctx context.Context, address string) (there bool, err error) {
	where, err := parseAddress(address)
	switch {
	case err != nil || where.path == inMemory:
		return false, err
	case where.server != nil:
		there, err = inspectPostgres(ctx, where.server)
	default:
		there, err = reachable(where.path)
		if err == nil && there {
			err = inspectSchema(ctx, where.path)
		}
	}
	if err != nil {
		return there, fmt.Errorf("open database %s: %w", where, err)
	}
	return there, nil
}

// InspectFacts returns who may do what in the database at address, as [Inspect] looks at it: without changing or making
// anything. The error wraps [fs.ErrNotExist] if there is no database, and is otherwise as that of [Open]; one of an
// older schema is an error, too.
func InspectFacts(ctx context.Context, address string) (access.Facts, error) {
	there, err := Inspect(ctx, address)
	if err == nil && !there {
		err = fs.ErrNotExist
	}
	if err != nil {
		return access.Facts{}, err
	}
	where, err := parseAddress(address)
	if err != nil {
		return access.Facts{}, err
	}
	s := &Store{}
	if where.server != nil {
		s = connectPostgres(where.server)
	} else if s.read, err = openToLook(where.path); err == nil {
		s.write = s.read
	}
	if err != nil {
		return access.Facts{}, err
	}
	facts, _, err := s.Facts(ctx)
	return facts, errors.Join(err, s.Close())
}

// openToLook opens a file that is not to be changed. Where nobody has it open SQLite is told that it cannot change: it
// would make the files of write-ahead logging otherwise, as whoever we are.
func openToLook(path string) (*pool, error) {
	mode := url.Values{"mode": {"ro"}}
	if !exists(path+"-wal") || !exists(path+"-shm") {
		mode.Set("immutable", "1")
	}
	return openSQLite(fileName(path)+"?"+options(mode), 1)
}

// reachable tells whether the file is there, and why it or its folder, where SQLite puts files
// beside it, cannot be used.
func reachable(path string) (there bool, err error) {
	const readable, writable = 4, 2
	info, err := os.Stat(path)
	there = err == nil
	switch {
	case there && info.IsDir():
		return true, fmt.Errorf("%w: it is a directory", ErrUnavailable)
	case there && syscall.Access(path, readable|writable) != nil:
		return true, fmt.Errorf("%w: this user may not read and write it", ErrUnavailable)
	case !there && !errors.Is(err, fs.ErrNotExist):
		return false, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	folder := filepath.Dir(path)
	if _, err := os.Stat(folder); err != nil {
		return there, fmt.Errorf("its directory is not there; create it first: %w", err)
	}
	if syscall.Access(folder, writable) != nil {
		return there, fmt.Errorf("%w: this user may not write in its directory", ErrUnavailable)
	}
	return there, nil
}

// inspectSchema reads the version of the schema.
func inspectSchema(ctx context.Context, path string) error {
	db, err := openToLook(path)
	if err != nil {
		return err
	}
	version, err := db.version(ctx, db)
	if err = errors.Join(explain("read its schema", err), db.Close()); err != nil {
		return err
	}
	files, err := schemas()
	if err != nil {
		return err
	}
	return known(version, len(files))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
