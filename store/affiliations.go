package store

import (
	"context"
	"time"

	"ngportal/access"
)

type affiliationFacts struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Began string `json:"began,omitempty"`
	Ended string `json:"ended,omitempty"`
}

// Affiliations returns where somebody works or worked, the latest first. They may ask themselves, and whoever has
// something to administer; the error is an [*access.Refusal] for others.
func (s *Store) Affiliations(ctx context.Context, by access.Rights, person int64) ([]Affiliation, error) {
	if !by.Acting() {
		if err := mayKnow(by, person); err != nil {
			return nil, err
		}
	}
	var out []Affiliation
	err := s.look(ctx, "list affiliations", func(q querier) error {
		out = nil
		return each(ctx, q, "SELECT id, name, began, ended FROM affiliations WHERE person = ? ORDER BY began DESC, id DESC",
			func(row scan) error {
				var a Affiliation
				err := row(&a.ID, &a.Name, &a.Began, &a.Ended)
				out = append(out, a)
				return err
			}, person)
	})
	return out, err
}

// AddAffiliation notes where somebody works or worked and returns its id; that of a is not looked at. The error is an
// [*access.Refusal] for whoever does not administer the portal, a [*Fault] of name, began or ended, and wraps
// [fs.ErrNotExist] if there is no such account.
func (s *Store) AddAffiliation(ctx context.Context, by access.Rights, person int64, a Affiliation) (int64, error) {
	err := s.change(ctx, "add affiliation", func(tx *writer) (err error) {
		a.ID, err = addAffiliation(ctx, tx, by, person, a)
		return err
	})
	if err != nil {
		return 0, err
	}
	return a.ID, nil
}

func addAffiliation(ctx context.Context, tx *writer, by access.Rights, person int64, a Affiliation) (int64, error) {
	if err := by.MayAdminister(); err != nil {
		return 0, err
	}
	a, err := a.checked()
	if err != nil {
		return 0, err
	}
	if _, err = profileOf(ctx, tx, person); err != nil {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, "INSERT INTO affiliations (person, name, began, ended) VALUES (?, ?, ?, ?) RETURNING id",
		person, a.Name, a.Began, a.Ended).Scan(&a.ID)
	if err != nil {
		return 0, err
	}
	return a.ID, note(ctx, tx, a.entry(person).changed(nil, affiliationFacts(a)).by(by))
}

func (a Affiliation) entry(person int64) Entry {
	return Entry{Event: AffiliationsSet, Subject: person, Object: objectOf("affiliation", a.ID)}
}

func (a Affiliation) checked() (Affiliation, error) {
	var err error
	if a.Name, err = nameOf("name", a.Name); err != nil {
		return a, err
	}
	for _, day := range []struct{ field, text string }{{"began", a.Began}, {"ended", a.Ended}} {
		if _, err = time.Parse(time.DateOnly, day.text); err != nil && day.text != "" {
			return a, faulty(day.field, "Write the day as 2026-03-01, or leave it empty.")
		}
	}
	if a.Ended != "" && a.Ended < a.Began {
		return a, faulty("ended", "It cannot have ended before it began.")
	}
	return a, nil
}

// RemoveAffiliation removes an affiliation of somebody. The error is an [*access.Refusal] for whoever does not administer
// the portal, and wraps [fs.ErrNotExist] if the person has none with this id.
func (s *Store) RemoveAffiliation(ctx context.Context, by access.Rights, person, id int64) error {
	return s.change(ctx, "remove affiliation", func(tx *writer) error { return removeAffiliation(ctx, tx, by, person, id) })
}

func removeAffiliation(ctx context.Context, tx *writer, by access.Rights, person, id int64) error {
	if err := by.MayAdminister(); err != nil {
		return err
	}
	a := Affiliation{ID: id}
	err := tx.QueryRowContext(ctx, "DELETE FROM affiliations WHERE id = ? AND person = ? RETURNING name, began, ended", id, person).
		Scan(&a.Name, &a.Began, &a.Ended)
	if err != nil {
		return err
	}
	return note(ctx, tx, a.entry(person).changed(affiliationFacts(a), nil).by(by))
}
