package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// ErrUnavailable is wrapped when the database cannot serve for a reason outside the program:
// the disk is full, the file is read-only or locked by another program, the disk fails.
// Nothing has been changed, and the same request may succeed later.
var ErrUnavailable = errors.New("the database is unavailable")

// ErrInvalid is wrapped when a value must not be stored, such as a state that is not JSON.
var ErrInvalid = errors.New("invalid")

// ErrTooLarge is wrapped when a state is larger than [MaxState].
var ErrTooLarge = errors.New("too large")

// explain wraps err with what was being done, and gives it the meaning that callers test for.
func explain(what string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s: %w", what, fs.ErrNotExist)
	}
	if fault, ok := errors.AsType[*sqlite.Error](err); ok {
		if reason := outside(fault.Code()); reason != "" {
			return fmt.Errorf("%s: %w: %s: %w", what, ErrUnavailable, reason, err)
		}
	}
	return fmt.Errorf("%s: %w", what, err)
}

// busy reports whether err is that another process holds the database locked.
func busy(err error) bool {
	fault, ok := errors.AsType[*sqlite.Error](err)
	return ok && fault.Code()&0xff == lib.SQLITE_BUSY
}

// outside names the reason if an SQLite result code is not the program's fault.
// The low byte is the primary code: https://www.sqlite.org/rescode.html.
func outside(code int) string {
	switch code & 0xff {
	case lib.SQLITE_FULL:
		return "the disk is full"
	case lib.SQLITE_READONLY:
		return "the file is read-only"
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return "another program holds it locked"
	case lib.SQLITE_IOERR:
		return "reading or writing the disk failed"
	case lib.SQLITE_CANTOPEN:
		return "the file cannot be opened"
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return "the file is damaged or no SQLite database"
	}
	return ""
}
