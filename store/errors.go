package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// ErrUnavailable is wrapped when the database cannot serve for a reason outside the program:
// the disk is full or fails, the database is read-only or locked by another program, the server is away.
// The same request may succeed later. Nothing has been changed, unless the server went away while it committed.
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
	if reason := outside(err); reason != "" {
		return fmt.Errorf("%s: %w: %s: %w", what, ErrUnavailable, reason, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// outside names the reason if an error is not the program's fault.
func outside(err error) string {
	if fault, ok := errors.AsType[*sqlite.Error](err); ok {
		return outsideSQLite(fault.Code())
	}
	if fault, ok := errors.AsType[*pgconn.PgError](err); ok {
		return outsidePostgres(fault.Code)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "it has not answered in time"
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return "the server cannot be reached"
	}
	if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, pgconn.ErrConnClosed) {
		return "the connection to the server broke"
	}
	return ""
}

// busy reports whether err is that another process holds the database locked.
func busy(err error) bool {
	fault, ok := errors.AsType[*sqlite.Error](err)
	return ok && fault.Code()&0xff == lib.SQLITE_BUSY
}

// outsideSQLite does so for an SQLite result code.
// The low byte is the primary code: https://www.sqlite.org/rescode.html.
func outsideSQLite(code int) string {
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

// outsidePostgres does so for a code of PostgreSQL. Their first two characters are a class:
// https://www.postgresql.org/docs/current/errcodes-appendix.html.
func outsidePostgres(code string) string {
	switch code {
	case "53100":
		return "the disk is full"
	case "53300":
		return "the server has too many connections"
	case "25006":
		return "it is read-only"
	case "25P03": // the transaction was idle for too long
		return "the connection to the server broke"
	case "55P03":
		return "another program holds it locked"
	case "57014":
		return "it has not answered in time"
	case "3D000":
		return "there is no such database"
	case "42501":
		return "this user lacks a privilege"
	}
	if len(code) != len("00000") {
		return ""
	}
	switch code[:2] {
	case "08":
		return "the connection to the server broke"
	case "28":
		return "the server does not let this user in"
	case "40":
		return "another program changed the same"
	case "53":
		return "the server lacks memory or room"
	case "57":
		return "the server is starting or stopping"
	case "58", "XX":
		return "reading or writing the disk failed"
	}
	return ""
}
