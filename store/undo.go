package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"ngportal/access"
)

// undoTime is for how long somebody is offered to undo what they have just done.
const undoTime = 10 * time.Minute

// Undoable reports whether what an entry tells of can be undone, if nothing has changed since.
func Undoable(e Entry) bool { return undoOf(e) != nil }

// An undo reverses what an entry tells of. It asks by first.
type undo func(s *Store, ctx context.Context, by access.Rights, e Entry) error

// undoOf returns the undo of an entry, or nil if there is none: a secret that is gone, an acceptance or a notice that
// has been sent cannot be taken back, and for what was made there is a removal.
func undoOf(e Entry) undo {
	switch e.Event {
	case PersonChanged:
		return (*Store).undoPerson
	case AffiliationsSet:
		return (*Store).undoAffiliation
	case AppChanged:
		return (*Store).undoApp
	case MemberChanged:
		return (*Store).undoMember
	case InviteChanged:
		return (*Store).undoInvitation
	case GroupChanged:
		return (*Store).undoGroup
	case GroupRemoved:
		return (*Store).undoRemoval
	case GrantChanged:
		return (*Store).undoGrant
	case DatasetChanged:
		return (*Store).undoDataset
	case LocationChanged:
		if e.Before != "" { // a new one can only be retired: its id is never used again
			return (*Store).undoLocation
		}
	case RequestAnswered:
		return (*Store).undoAnswer
	default:
	}
	return nil
}

// LastChange returns the newest entry that tells of something that by's person has done in the last ten minutes and that
// can be undone. The error wraps [fs.ErrNotExist] if there is none.
func (s *Store) LastChange(ctx context.Context, by access.Rights) (Entry, error) {
	const what = "look for the last change"
	if !by.Person().SignedIn() {
		return Entry{}, explain(what, sql.ErrNoRows)
	}
	var out Entry
	err := each(ctx, s.read, "SELECT "+entryColumns+" FROM audit WHERE person = ? AND at > ? ORDER BY id", func(row scan) error {
		e, err := scanEntry(row)
		if Undoable(e) {
			out = e
		}
		return err
	}, by.Person().ID, millis(by.Now().Add(-undoTime)))
	if err == nil && out.ID == 0 {
		err = sql.ErrNoRows
	}
	return out, explain(what, err)
}

// Undo reverses what an entry of the audit tells of, and notes that in the audit as any other change. Whoever could make
// the reverse change may ask; the error is an [*access.Refusal] for others, a [*Fault] of entry if what is there is no
// longer what the entry has left, or it is of a kind that cannot be undone, and wraps [fs.ErrNotExist] if there is no
// such entry.
func (s *Store) Undo(ctx context.Context, by access.Rights, id int64) error {
	if !by.Person().SignedIn() {
		return refusal("Sign in first.")
	}
	e, err := scanEntry(s.read.QueryRowContext(ctx, "SELECT "+entryColumns+" FROM audit WHERE id = ?", id).Scan)
	if err != nil {
		return explain("undo", err)
	}
	do := undoOf(e)
	if do == nil {
		return faulty("entry", "This cannot be undone.")
	}
	if err = do(s, ctx, by, e); errors.Is(err, fs.ErrNotExist) {
		return changedSince()
	}
	return err
}

func changedSince() error {
	return faulty("entry", "This cannot be undone any more: it has been changed again since.")
}

// undoing is alter for an undo, or tell if e has not changed who may do what.
func (s *Store) undoing(ctx context.Context, by access.Rights, e Entry, do func(tx *writer) (Entry, error)) error {
	run := s.alter
	if e.Event == InviteChanged || e.Event == AppChanged {
		run = s.tell
	}
	return run(ctx, by, "undo", func(tx *writer) (Entry, error) {
		out, err := do(tx)
		out.Detail = cmp.Or(out.Detail, undoes(e))
		return out, err
	})
}

func undoes(e Entry) string { return fmt.Sprintf("undoes entry %d", e.ID) }

// sides reads what an entry has before and after; nil is nothing.
func sides[T any](e Entry) (before, after *T, err error) {
	for _, side := range []struct {
		text string
		to   **T
	}{{e.Before, &before}, {e.After, &after}} {
		if side.text == "" {
			continue
		}
		*side.to = new(T)
		if err := json.Unmarshal([]byte(side.text), *side.to); err != nil {
			return nil, nil, fmt.Errorf("read entry %d: %w", e.ID, err)
		}
	}
	if before == nil && after == nil {
		return nil, nil, faulty("entry", "This cannot be undone.")
	}
	return before, after, nil
}

// still finds fault with an undo unless what is there is what an entry has left. err is of reading it.
func still[T comparable](left *T, is T, err error) error {
	absent := errors.Is(err, sql.ErrNoRows)
	switch {
	case err != nil && !absent:
		return err
	case absent && left == nil, !absent && left != nil && is == *left:
		return nil
	}
	return changedSince()
}

func (s *Store) undoPerson(ctx context.Context, by access.Rights, e Entry) error {
	before, after, err := sides[personFacts](e)
	if err != nil {
		return err
	}
	if before == nil || after == nil {
		return faulty("entry", "This cannot be undone.")
	}
	c := ProfileChange{Admin: before.Admin, Disabled: before.Disabled, Owner: before.Owner}
	if before.Named != nil {
		c.Name = new(string)
		if *before.Named && before.Name != nil {
			c.Name = before.Name
		}
	}
	return s.change(ctx, "undo", func(tx *writer) error {
		p, err := accountOf(ctx, tx, by, e.Subject)
		if err != nil {
			return err
		}
		if err = c.allowed(by, p); err != nil {
			return err
		}
		if !p.has(*after) {
			return changedSince()
		}
		return changeProfile(ctx, tx, by, e.Subject, c)
	})
}

// has reports whether p is as f says.
func (p Profile) has(f personFacts) bool {
	return (f.Name == nil || *f.Name == p.Name) && (f.Named == nil || *f.Named == p.Named) && (f.Admin == nil || *f.Admin == p.Admin) &&
		(f.Disabled == nil || *f.Disabled == p.Disabled) && (f.Owner == nil || *f.Owner == p.Owner.ID)
}

func (s *Store) undoAffiliation(ctx context.Context, by access.Rights, e Entry) error {
	if err := by.MayAdminister(); err != nil {
		return err
	}
	before, after, err := sides[affiliationFacts](e)
	if err != nil {
		return err
	}
	return s.change(ctx, "undo", func(tx *writer) error {
		if after != nil {
			return removeAffiliation(ctx, tx, by, e.Subject, after.ID)
		}
		var one int
		err := tx.QueryRowContext(ctx, "SELECT 1 FROM affiliations WHERE person = ? AND name = ? AND began = ? AND ended = ?",
			e.Subject, before.Name, before.Began, before.Ended).Scan(&one)
		if err = still[int](nil, one, err); err != nil {
			return err
		}
		_, err = addAffiliation(ctx, tx, by, e.Subject, Affiliation(*before))
		return err
	})
}

func (s *Store) undoApp(ctx context.Context, by access.Rights, e Entry) error {
	if err := by.MayAdminister(); err != nil {
		return err
	}
	before, after, err := sides[appFacts](e)
	if err != nil {
		return err
	}
	origin := cmp.Or(before, after).Origin
	return s.undoing(ctx, by, e, func(tx *writer) (Entry, error) {
		is, err := readApp(ctx, tx, origin)
		if err = still(after, is, err); err != nil {
			return Entry{}, err
		}
		out := Entry{Event: AppChanged, Object: e.Object}
		if before == nil {
			_, err = tx.ExecContext(ctx, "DELETE FROM apps WHERE origin = ?", origin)
			return out.changed(*after, nil), err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO apps (origin, name, created) VALUES (?, ?, ?)", origin, before.Name, millis(by.Now()))
		return out.changed(nil, *before), err
	})
}
