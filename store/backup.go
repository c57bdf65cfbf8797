package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup copies the database as it is at one moment into a new SQLite file, while it is in use. The file is readable
// by its owner alone. [Restore] takes it into a database of either kind.
//
// The error wraps [fs.ErrExist] if there is something at path, and [fs.ErrNotExist] if its directory is not there.
// Then and with any other error, nothing is left behind.
func (s *Store) Backup(ctx context.Context, path string) error {
	if err := s.backup(ctx, path); err != nil {
		return fmt.Errorf("back up to %s: %w", path, err)
	}
	return nil
}

func (s *Store) backup(ctx context.Context, path string) (err error) {
	if err = absent(path); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".ngportal-backup-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	part := filepath.Join(dir, "backup.db")
	if err = touch(part); err != nil {
		return err
	}
	if err = s.read.backup(ctx, s, part); err != nil {
		return err
	}
	if err = flush(part); err != nil {
		return err
	}
	if err = absent(path); err != nil {
		return err
	}
	if err = os.Rename(part, path); err != nil {
		return err
	}
	return flush(filepath.Dir(path))
}

// absent tells what is wrong if there is something at path.
func absent(path string) error {
	_, err := os.Lstat(path)
	switch {
	case err == nil:
		return fmt.Errorf("there is such a file, and it stays: %w", fs.ErrExist)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}

// flush makes a file, or what is in a folder, survive a power cut.
func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// backupSQLite writes the database into a file that is there and empty. Others go on reading and writing meanwhile.
func backupSQLite(ctx context.Context, s *Store, path string) error {
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return explain("copy the database", err)
	}
	defer conn.Close()
	var only int // 1 where the connection is for reading, which VACUUM INTO does not pass for
	if err = conn.QueryRowContext(ctx, "PRAGMA query_only").Scan(&only); err != nil {
		return explain("copy the database", err)
	}
	_, err = conn.ExecContext(ctx, "PRAGMA query_only = 0")
	if err == nil {
		_, err = conn.ExecContext(ctx, "VACUUM INTO ?", fileName(path))
	}
	_, errBack := conn.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf("PRAGMA query_only = %d", only))
	return explain("copy the database", errors.Join(err, errBack))
}

// backupPostgres does so with all tables of one moment.
func backupPostgres(ctx context.Context, s *Store, path string) (err error) {
	to, err := connectSQLite(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	unhurried := *s.read
	unhurried.patience = 0
	moment := &sql.TxOptions{ReadOnly: true, Isolation: s.read.snapshot}
	err = unhurried.within(ctx, "copy the database", moment, func(from *writer) error {
		if _, err = from.ExecContext(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
			return err
		}
		return copyInto(ctx, from, to)
	})
	if err != nil {
		return err
	}
	// One file, with nothing beside it.
	_, err = to.write.ExecContext(ctx, "PRAGMA journal_mode = DELETE")
	return explain("finish the copy", err)
}

// copyInto makes the tables of a new SQLite database like those of another, which may be of an older schema.
func copyInto(ctx context.Context, from *writer, to *Store) error {
	version, err := from.version(ctx, from)
	if err != nil {
		return err
	}
	files, err := schemas()
	if err != nil {
		return err
	}
	if err = known(version, len(files)); err != nil {
		return err
	}
	if err = to.migrateBy(ctx, files[:version]); err != nil {
		return err
	}
	tables, err := tablesOf(ctx, to.write)
	if err != nil {
		return err
	}
	return to.change(ctx, "write the copy", func(tx *writer) error { return replaceAll(ctx, from, tx, tables) })
}
