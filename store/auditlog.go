package store

import (
	"context"
	"strings"
	"time"

	"ngportal/access"
)

// An AuditQuery asks for a part of the audit. What is zero does not narrow it.
type AuditQuery struct {
	Person   int64  // who did it, or to whom it was done
	Dataset  string // name
	Event    Event
	Text     string    // to be found in what somebody was called, the address, the object, the detail or what was changed, whatever the case
	From, To time.Time // at From or later, and before To
	Before   int64     // an entry's id: only older ones, for the next page
	Limit    int       // of [Store.Audit], at most [MaxList], and 0 for that; of [Store.EachEntry], and 0 for all
}

// where returns the condition that an entry is asked for, and its arguments.
func (q AuditQuery) where() (string, []any) {
	var l listing
	add := func(asked bool, condition string, args ...any) {
		if asked {
			l.where, l.args = append(l.where, condition), append(l.args, args...)
		}
	}
	add(true, "1 = 1")
	add(q.Person != 0, "(person = ? OR subject = ?)", q.Person, q.Person)
	add(q.Dataset != "", "dataset = ?", q.Dataset)
	add(q.Event != "", "event = ?", q.Event)
	add(!q.From.IsZero(), "at >= ?", millis(q.From))
	add(!q.To.IsZero(), "at < ?", millis(q.To))
	add(q.Before != 0, "id < ?", q.Before)
	l.search(q.Text, "lower(actor)", "lower(address)", "lower(object)", "lower(detail)", "lower(before)", "lower(after)")
	return strings.Join(l.where, " AND "), l.args
}

// mayAudit tells why by may not read the audit of a dataset, or of everything if that is "", or nil.
func mayAudit(by access.Rights, dataset string) error {
	if by.Administers() {
		return nil
	}
	if d, ok := by.Known(dataset); ok && dataset != "" {
		return by.MayManage(d.ID, access.Manage)
	}
	return refusal("Only administrators of the portal may read the audit, and managers that of a dataset of theirs.")
}

// Audit returns the entries that q asks for, the newest first. Administrators of the portal may ask, and managers of the
// dataset that q names; the error is an [*access.Refusal] for others.
func (s *Store) Audit(ctx context.Context, by access.Rights, q AuditQuery) ([]Entry, error) {
	if err := mayAudit(by, q.Dataset); err != nil {
		return nil, err
	}
	return s.entries(ctx, q)
}

// entries are those that q asks for, at most [MaxList].
func (s *Store) entries(ctx context.Context, q AuditQuery) (out []Entry, err error) {
	where, args := q.where()
	if q.Limit <= 0 || q.Limit > MaxList {
		q.Limit = MaxList
	}
	err = each(ctx, s.read, "SELECT "+entryColumns+" FROM audit WHERE "+where+" ORDER BY id DESC LIMIT ?", func(row scan) error {
		e, fault := scanEntry(row)
		out = append(out, e)
		return fault
	}, append(args, q.Limit)...)
	return out, explain("read the audit", err)
}

const entryColumns = "id, at, event, person, actor, via, address, subject, dataset, object, detail, before, after"

func scanEntry(row scan) (e Entry, err error) {
	var at int64
	err = row(&e.ID, &at, &e.Event, &e.Person, &e.Actor, &e.Via, &e.Address, &e.Subject, &e.Dataset, &e.Object, &e.Detail, &e.Before, &e.After)
	e.At = instant(at)
	return e, err
}

// EachEntry calls do with each entry that q asks for, the newest first, until do returns an error, which it returns.
// It holds nothing while do works: whoever reads an export slowly keeps nobody waiting. Errors are those of [Store.Audit].
func (s *Store) EachEntry(ctx context.Context, by access.Rights, q AuditQuery, do func(Entry) error) error {
	if err := mayAudit(by, q.Dataset); err != nil {
		return err
	}
	left, all := q.Limit, q.Limit <= 0
	for all || left > 0 {
		q.Limit = MaxList
		if !all {
			q.Limit = min(left, MaxList)
		}
		part, err := s.entries(ctx, q)
		if err != nil {
			return err
		}
		for _, e := range part {
			if err := do(e); err != nil {
				return err
			}
		}
		if len(part) < q.Limit {
			return nil
		}
		left, q.Before = left-len(part), part[len(part)-1].ID
	}
	return nil
}

// trimAtOnce is how many entries are removed in one transaction: nobody waits long to write something else.
const trimAtOnce = 5000

// TrimAudit removes the entries that are older than before and returns how many. Nothing else removes any: the database
// refuses it.
func (s *Store) TrimAudit(ctx context.Context, before time.Time) (int64, error) {
	err := s.change(ctx, "move the horizon of the audit", func(tx *writer) error {
		_, err := tx.ExecContext(ctx, "UPDATE audit_horizon SET at = ? WHERE at < ?", millis(before), millis(before))
		return err
	})
	if err != nil {
		return 0, err
	}
	var removed int64
	for {
		n, err := s.trimPart(ctx, before)
		removed += n
		if err != nil || n < trimAtOnce {
			return removed, err
		}
	}
}

func (s *Store) trimPart(ctx context.Context, before time.Time) (removed int64, _ error) {
	err := s.change(ctx, "trim the audit", func(tx *writer) error {
		res, err := tx.ExecContext(ctx, "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? ORDER BY id LIMIT ?)",
			millis(before), trimAtOnce)
		if err != nil {
			return err
		}
		removed, err = res.RowsAffected()
		return err
	})
	return removed, err
}
