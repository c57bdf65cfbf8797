package store

import (
	"context"
	"database/sql"
	"errors"

	"ngportal/access"
)

// changeTo is what makes is of was.
func changeTo(was, is datasetFacts) DatasetChange {
	return DatasetChange{
		Name: unless(was.Name, is.Name), Title: unless(was.Title, is.Title), Description: unless(was.Description, is.Description),
		Listed: unless(was.Listed, is.Listed), Terms: unless(was.Terms, is.Terms), Retired: unless(was.Retired, is.Retired),
	}
}

// unless is is, or nil if it is what was.
func unless[T comparable](was, is T) *T {
	if is == was {
		return nil
	}
	return &is
}

func (s *Store) undoDataset(ctx context.Context, by access.Rights, e Entry) error {
	before, after, err := sides[datasetFacts](e)
	if err != nil {
		return err
	}
	if before == nil || after == nil {
		return faulty("entry", "This cannot be undone.")
	}
	if err = changeTo(*after, *before).may(by, before.ID); err != nil {
		return err
	}
	return s.undoing(ctx, by, e, func(tx *writer) (Entry, error) {
		is, err := readDataset(ctx, tx, before.ID)
		if err = still(after, is, err); err != nil {
			return Entry{}, err
		}
		to, err := checkDataset(ctx, tx, *before)
		if err == nil && is.Retired && !to.Retired {
			err = checkReturn(ctx, tx, to.ID)
		}
		if err != nil {
			return Entry{}, err
		}
		return changeDataset(ctx, tx, is, to)
	})
}

func (s *Store) undoLocation(ctx context.Context, by access.Rights, e Entry) error {
	before, after, err := sides[locationFacts](e)
	if err != nil {
		return err
	}
	if before == nil || after == nil {
		return faulty("entry", "This cannot be undone.")
	}
	var changed error
	err = s.changeLocation(ctx, by, "undo", before.ID, func(is locationFacts) locationFacts {
		if changed = still(after, is, nil); changed != nil {
			return is
		}
		return *before
	})
	if err != nil {
		return err
	}
	return changed
}

// undoAnswer has a request wait again, and takes whoever was let in by it out of the group.
func (s *Store) undoAnswer(ctx context.Context, by access.Rights, e Entry) error {
	_, after, err := sides[requestFacts](e)
	if err != nil {
		return err
	}
	return s.undoing(ctx, by, e, func(tx *writer) (Entry, error) {
		r, err := answered(ctx, tx, by, e)
		if err != nil {
			return Entry{}, err
		}
		if after == nil || (requestFacts{r.State, r.Group, ending(r.Expires)}) != *after {
			return Entry{}, changedSince()
		}
		if _, err = askable(ctx, tx, r.Dataset, r.Who.ID); err != nil {
			return Entry{}, err
		}
		if err = undoAdmission(ctx, tx, by, e, r); err != nil {
			return Entry{}, err
		}
		_, err = tx.ExecContext(ctx, `UPDATE requests SET state = ?, answer = '', grp = NULL, expires = 0, decider = NULL, decided = 0
			WHERE id = ?`, Waiting, r.ID)
		return r.entry(AccessRequested).changed(*after, requestFacts{State: Waiting}), err
	})
}

// answered returns the request that an entry tells the answer of, if by manages its dataset.
func answered(ctx context.Context, tx *writer, by access.Rights, e Entry) (r Request, err error) {
	err = each(ctx, tx, "SELECT "+requestColumns+" FROM "+fromRequests+" WHERE r.person = ? ORDER BY r.id", func(row scan) error {
		one, fault := scanRequest(row)
		if one.entry(e.Event).Object == e.Object {
			r = one
		}
		return fault
	}, e.Subject)
	if err == nil {
		err = mayManage(by, r.Dataset, access.Manage)
	}
	if err == nil && r.ID == 0 {
		err = sql.ErrNoRows
	}
	return r, err
}

// undoAdmission reverses what an approval, of which an entry tells, did to the group: the entry before tells of it, unless
// whoever asked was in the group already.
func undoAdmission(ctx context.Context, tx *writer, by access.Rights, approval Entry, r Request) error {
	if r.State != Approved || r.Group == 0 {
		return nil
	}
	e, err := scanEntry(tx.QueryRowContext(ctx, "SELECT "+entryColumns+" FROM audit WHERE id < ? ORDER BY id DESC LIMIT 1", approval.ID).Scan)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case e.Event != MemberChanged || e.Detail != approval.Object:
		return nil
	}
	if err = by.MayAdmit(r.Group); err != nil {
		return err
	}
	before, after, err := sides[memberFacts](e)
	if err != nil {
		return err
	}
	return noted(ctx, tx, by, func() (Entry, error) { return restoreMember(ctx, tx, by, before, after) })
}
