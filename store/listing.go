package store

import (
	"context"
	"strings"
	"time"

	"ngportal/access"
)

// A listing is what a part of a long list is read from.
type listing struct {
	columns string
	from    string            // the tables
	where   []string          // all of them hold
	args    []any             // of where
	sorts   map[string]string // what it may be sorted by → column
	order   string            // its own
	unique  string            // columns that end every order, so that no row comes on two pages
}

// search asks for rows in which one of the columns holds a text.
func (l *listing) search(text string, columns ...string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	like := pattern(text)
	for i, c := range columns {
		columns[i] = c + ` LIKE ? ESCAPE '\'`
		l.args = append(l.args, like)
	}
	l.where = append(l.where, "("+strings.Join(columns, " OR ")+")")
}

// among asks for rows in which a column is one of ids.
func (l *listing) among(column string, ids []int64) {
	l.where = append(l.where, column+" IN ("+marks(len(ids))+")")
	for _, id := range ids {
		l.args = append(l.args, id)
	}
}

// marks are the places of n arguments.
func marks(n int) string {
	if n == 0 {
		return "NULL" // is nothing's equal
	}
	return strings.Repeat(", ?", n)[2:]
}

// read calls row for each row of the part that q asks for, and returns how many rows there are in all. more are the
// arguments of the columns.
func (l *listing) read(ctx context.Context, from querier, q Query, row func(scan) error, more ...any) (total int, err error) {
	tables := " FROM " + l.from
	if len(l.where) > 0 {
		tables += " WHERE " + strings.Join(l.where, " AND ")
	}
	if err := from.QueryRowContext(ctx, "SELECT count(*)"+tables, l.args...).Scan(&total); err != nil {
		return 0, err
	}
	order := l.order
	if column, ok := l.sorts[q.Sort]; ok {
		order = column
		if q.Desc {
			order += " DESC"
		}
	}
	limit := q.Limit
	if limit <= 0 || limit > MaxList {
		limit = MaxList
	}
	query := "SELECT " + l.columns + tables + " ORDER BY " + order + ", " + l.unique + " LIMIT ? OFFSET ?"
	args := append(append(more, l.args...), limit, max(q.Offset, 0))
	return total, each(ctx, from, query, row, args...)
}

// mayAct tells why by may not see what those see who have something to administer, or nil.
func mayAct(by access.Rights) error {
	if by.Acting() {
		return nil
	}
	return refusal("Only somebody who has something to administer may do this.")
}

// mayManage is [access.Rights.MayManage], and lets administrators of the portal reach what no policy holds: datasets that
// are retired, or have just been made.
func mayManage(by access.Rights, dataset int64, least access.Level) error {
	if by.Administers() {
		return nil
	}
	return by.MayManage(dataset, least)
}

// checkEnd finds fault with an end that has passed, or that cannot be written.
func checkEnd(by access.Rights, expires time.Time) error {
	switch {
	case expires.IsZero():
		return nil
	case !expires.After(by.Now()):
		return faulty("expires", "This moment has passed. Choose a later one.")
	case expires.Year() > 9999:
		return faulty("expires", "This is too far away. Leave it empty for no end.")
	}
	return nil
}

// notes writes what goes with a change into the audit.
func notes(ctx context.Context, tx *writer, by access.Rights, entries []Entry) error {
	for _, e := range entries {
		if err := note(ctx, tx, e.by(by)); err != nil {
			return err
		}
	}
	return nil
}

// tell is alter for what does not change who may do what: there is no new revision.
func (s *Store) tell(ctx context.Context, by access.Rights, what string, do func(tx *writer) (Entry, error)) error {
	return s.change(ctx, what, func(tx *writer) error {
		e, err := do(tx)
		if err != nil || e.Event == "" {
			return err
		}
		return note(ctx, tx, e.by(by))
	})
}
