package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Exec runs a statement on the connection that writes, to bring about the faults of a real disk.
func (s *Store) Exec(ctx context.Context, statement string, args ...any) error {
	_, err := s.write.ExecContext(ctx, statement, args...)
	return err
}

// Value is what a query gives that has one row and column.
func (s *Store) Value(ctx context.Context, query string, args ...any) (v any, err error) {
	err = s.write.QueryRowContext(ctx, query, args...).Scan(&v)
	return v, err
}

// SetPatience bounds how long a statement may take.
func (s *Store) SetPatience(d time.Duration) { s.read.patience, s.write.patience = d, d }

// Dump returns the rows of all tables, each in one string, in order.
func (s *Store) Dump(ctx context.Context) (map[string][]string, error) {
	plain, err := Open(ctx, "sqlite:"+inMemory)
	if err != nil {
		return nil, err
	}
	tables, err := tablesOf(ctx, plain.read)
	if err = errors.Join(err, plain.Close()); err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, t := range tables {
		out[t.name] = nil
		rows, err := s.read.QueryContext(ctx, "SELECT * FROM "+t.name)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			values, into := make([]any, len(t.columns)), make([]any, len(t.columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				return nil, err
			}
			out[t.name] = append(out[t.name], fmt.Sprintf("%#v", values))
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, err
		}
		slices.Sort(out[t.name])
	}
	return out, nil
}

// ExecFile changes an SQLite file as another program might: it knows no references.
func ExecFile(ctx context.Context, path, statement string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, statement)
	return errors.Join(err, db.Close())
}

// OpenOld makes a database as a program did that knew the first n migrations.
func OpenOld(ctx context.Context, address string, n int) (*Store, error) {
	where, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	files, err := schemas()
	if err != nil {
		return nil, err
	}
	var s *Store
	if where.server != nil {
		s = connectPatiently(where.server)
	} else if s, err = connectSQLite(where.path); err != nil {
		return nil, err
	}
	return s, s.migrateBy(ctx, files[:n])
}
