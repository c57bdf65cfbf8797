package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Restore puts what is in a backup into the database at address, all of it or nothing; portals may be using it. The
// database is made if it is not there. Everything that was in it is gone afterwards: it must be empty, unless replace.
// A backup of an older schema is brought up to date; the file stays as it is.
//
// The error wraps [ErrInvalid] for a file that is not a whole backup, or of a newer schema, [fs.ErrExist] for a database that is not
// empty, and is otherwise as that of [Open].
func Restore(ctx context.Context, address, path string, replace bool) (err error) {
	if _, err = parseAddress(address); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "ngportal-restore-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	from, err := openBackup(ctx, path, filepath.Join(dir, "backup.db"))
	if err != nil {
		return fmt.Errorf("read the backup %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := openFor(ctx, address, true)
	if err != nil {
		return err
	}
	return errors.Join(to.restore(ctx, from, replace), to.Close())
}

// restore replaces what is in s.
func (s *Store) restore(ctx context.Context, from *Store, replace bool) error {
	tables, err := tablesOf(ctx, from.read)
	if err != nil {
		return err
	}
	return s.change(ctx, "restore", func(tx *writer) error {
		if !replace {
			if err := empty(ctx, tx, tables); err != nil {
				return err
			}
		}
		var before, n int64
		if err := tx.QueryRowContext(ctx, "SELECT n FROM revision").Scan(&before); err != nil {
			return err
		}
		err := from.look(ctx, "read the backup", func(q querier) error { return replaceAll(ctx, q, tx, tables) })
		if err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, "SELECT n FROM revision").Scan(&n); err != nil {
			return err
		}
		// A portal that runs knows one of both, and must see that all is new.
		if _, err := tx.ExecContext(ctx, "UPDATE revision SET n = ?", max(before, n)+1); err != nil {
			return err
		}
		return tx.renumber(ctx, tx)
	})
}

// empty refuses a database in which there is more than in a new one.
func empty(ctx context.Context, q querier, tables []table) error {
	for _, t := range tables {
		query := "SELECT count(*) FROM " + t.name
		switch t.name {
		case "revision", "audit_horizon":
			continue
		case "people":
			query += " WHERE id <> 0"
		}
		var n int
		if err := q.QueryRowContext(ctx, query).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("the database is not empty (%d %s), and all that is in it would be gone: %w", n, t.name, fs.ErrExist)
		}
	}
	return nil
}

// openBackup opens a copy of a backup, which it makes at the path part, and checks it.
func openBackup(ctx context.Context, path, part string) (*Store, error) {
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return nil, fmt.Errorf("%w: this is a database in use; make a backup of it with: ngportal backup", ErrInvalid)
	}
	if err := copyFile(path, part); err != nil {
		return nil, err
	}
	s, err := connectSQLite(part)
	if err != nil {
		return nil, err
	}
	if err := s.checkBackup(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrInvalid, err), s.Close())
	}
	return s, nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// checkBackup tells what is wrong with a backup, and brings its schema up to date.
func (s *Store) checkBackup(ctx context.Context) error {
	var fault string
	if err := s.write.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&fault); err != nil {
		return explain("check it", err)
	}
	if fault != "ok" {
		return fmt.Errorf("it is damaged: %s", fault)
	}
	version, err := s.write.version(ctx, s.write)
	if err != nil {
		return explain("check it", err)
	}
	if version == 0 {
		return errors.New("it is no backup of ngportal")
	}
	if err = s.migrate(ctx); err != nil {
		return err
	}
	plain, err := connectSQLite(inMemory)
	if err != nil {
		return err
	}
	have, err := s.schema(ctx)
	err = errors.Join(err, plain.migrate(ctx))
	want, errWant := plain.schema(ctx)
	if err = errors.Join(err, errWant, plain.Close()); err != nil {
		return err
	}
	if !slices.Equal(have, want) {
		return errors.New("its tables are not those of ngportal")
	}
	return s.checkReferences(ctx)
}

// schema is all that makes the tables of an SQLite database.
func (s *Store) schema(ctx context.Context) ([]string, error) {
	var out []string
	add := func(row scan) error {
		var name, text string
		err := row(&name, &text)
		out = append(out, name+": "+text)
		return err
	}
	err := each(ctx, s.write, "SELECT name, coalesce(sql, '') FROM sqlite_master ORDER BY type, name", add)
	return out, err
}

// checkReferences refuses a database in which a row refers to one that is not there.
func (s *Store) checkReferences(ctx context.Context) error {
	return each(ctx, s.write, `SELECT "table", parent FROM pragma_foreign_key_check`, func(row scan) error {
		var child, parent string
		if err := row(&child, &parent); err != nil {
			return err
		}
		return fmt.Errorf("it is damaged: a row of %s refers to one of %s that is not there", child, parent)
	})
}
