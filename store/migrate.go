package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// schemas are the files of migrations/ that are for every database, in order. A file of the same name with .sqlite or
// .postgres before its end is what one kind of database needs besides.
func schemas() ([]string, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, name := range files {
		if !strings.Contains(strings.TrimSuffix(path.Base(name), ".sql"), ".") {
			out = append(out, name)
		}
	}
	return out, nil
}

// migrate applies the migrations that the database lacks, in order and in one transaction.
// Of processes that start together one applies them, and the others wait and find it done.
// Writing the version also when nothing has changed shows that the database can be written.
func (s *Store) migrate(ctx context.Context) error {
	files, err := schemas()
	if err != nil {
		return err
	}
	return s.migrateBy(ctx, files)
}

// migrateBy is migrate as a program knew it whose newest migration was the last of files.
func (s *Store) migrateBy(ctx context.Context, files []string) error {
	return s.change(ctx, "update its schema", func(tx *writer) error {
		version, err := tx.version(ctx, tx)
		if err != nil {
			return err
		}
		if err := known(version, len(files)); err != nil {
			return err
		}
		for _, name := range files[version:] {
			if err := tx.apply(ctx, name); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return tx.setVersion(ctx, tx, len(files))
	})
}

// apply runs one migration.
func (w *writer) apply(ctx context.Context, name string) error {
	text, err := migrations.ReadFile(name)
	if err != nil {
		return err
	}
	if _, err = w.Tx.ExecContext(ctx, w.translate(string(text))); err != nil {
		return err
	}
	own, err := migrations.ReadFile(strings.TrimSuffix(name, ".sql") + "." + w.name + ".sql")
	if err != nil {
		return nil //nolint:nilerr // most migrations need nothing besides
	}
	_, err = w.Tx.ExecContext(ctx, string(own))
	return err
}

// known refuses a schema that this program does not know.
func known(version, newest int) error {
	if version <= newest {
		return nil
	}
	return fmt.Errorf("it has schema %d, and this program knows schemas up to %d: "+
		"a newer ngportal has used it; run that version, or restore a backup", version, newest)
}
