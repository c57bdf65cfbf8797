package store

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A table is one of the schema, which both kinds of database have alike.
type table struct {
	name    string
	columns []string
}

// tablesOf returns the tables of a database that is SQLite.
func tablesOf(ctx context.Context, q querier) ([]table, error) {
	var out []table
	err := each(ctx, q, `SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' ORDER BY t.name, c.cid`, func(row scan) error {
		var name, column string
		err := row(&name, &column)
		if len(out) == 0 || out[len(out)-1].name != name {
			out = append(out, table{name: name})
		}
		last := &out[len(out)-1]
		last.columns = append(last.columns, column)
		return err
	})
	return out, err
}

// replaceAll replaces all rows of tables by those of another database. References are checked at the end.
func replaceAll(ctx context.Context, from querier, to *writer, tables []table) error {
	if _, err := to.ExecContext(ctx, to.deferring); err != nil {
		return err
	}
	if slices.ContainsFunc(tables, func(t table) bool { return t.name == "audit_horizon" }) {
		// The audit keeps what is younger.
		if _, err := to.ExecContext(ctx, "UPDATE audit_horizon SET at = ?", int64(math.MaxInt64)); err != nil {
			return err
		}
	}
	for _, t := range tables {
		if _, err := to.ExecContext(ctx, "DELETE FROM "+t.name); err != nil {
			return fmt.Errorf("clear %s: %w", t.name, err)
		}
	}
	for _, t := range tables {
		if err := t.copy(ctx, from, to); err != nil {
			return fmt.Errorf("copy %s: %w", t.name, err)
		}
	}
	return nil
}

// copy adds the rows of a table to those of another database, some at a time: one row may hold a megabyte.
func (t table) copy(ctx context.Context, from querier, to *writer) error {
	const most = 20
	var waiting []any
	n := 0
	write := func() error {
		if n == 0 {
			return nil
		}
		row := "(" + strings.Repeat("?, ", len(t.columns)-1) + "?)"
		_, err := to.ExecContext(ctx, "INSERT INTO "+t.name+" ("+strings.Join(t.columns, ", ")+") VALUES "+
			strings.Repeat(row+", ", n-1)+row, waiting...)
		waiting, n = waiting[:0], 0
		return err
	}
	err := each(ctx, from, "SELECT "+strings.Join(t.columns, ", ")+" FROM "+t.name, func(row scan) error {
		values := make([]any, len(t.columns))
		into := make([]any, len(t.columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := row(into...); err != nil {
			return err
		}
		waiting = append(waiting, values...)
		if n++; n < most {
			return nil
		}
		return write()
	})
	if err != nil {
		return err
	}
	return write()
}
