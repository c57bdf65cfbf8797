package store

import (
	"context"
	"fmt"
	"io/fs"

	"ngportal/access"
)

// AcceptTerms keeps that a person has accepted the newest version of terms. It may be done twice. The error is an
// [*access.Refusal] for nobody, service accounts, and credentials of a lesser scope than admin, a [*Fault] of version if it is
// not the newest, and wraps [fs.ErrNotExist] if there are no such terms that the person may know of.
func (s *Store) AcceptTerms(ctx context.Context, by access.Rights, id int64, version int) error {
	if err := mayAccept(by); err != nil {
		return err
	}
	if !by.KnowsTerms(id) {
		return fmt.Errorf("terms %d: %w", id, fs.ErrNotExist)
	}
	return s.alter(ctx, by, "accept terms", func(tx *writer) (Entry, error) {
		var t Terms
		if err := t.scan(tx.QueryRowContext(ctx, termsColumns+" WHERE t.id = ? AND "+newest, id).Scan); err != nil {
			return Entry{}, err
		}
		if version != t.Version {
			return Entry{}, faulty("version", "These terms have changed. Read version %d and accept that.", t.Version)
		}
		res, err := tx.ExecContext(ctx, `INSERT INTO acceptances (person, terms, version, at) VALUES (?, ?, ?, ?)
			ON CONFLICT (person, terms, version) DO NOTHING`, by.Person().ID, id, version, millis(by.Now()))
		if err != nil {
			return Entry{}, err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return Entry{}, err
		}
		return Entry{Event: TermsAccepted, Subject: by.Person().ID, Object: objectOf("terms", id)}.
			changed(nil, termsFacts{id, t.Name, version}), nil
	})
}

// mayAccept tells why by may not accept terms for themselves, or nil.
func mayAccept(by access.Rights) error {
	switch who := by.Person(); {
	case !who.SignedIn():
		return refusal("Sign in first.")
	case who.Service:
		return refusal("A service account accepts no terms. What its owner has accepted counts for it.")
	}
	return mayChange(by, by.Person().ID)
}

// acceptedList is the list of what has been accepted.
func acceptedList() listing {
	return listing{
		columns: "a.person, p.name, p.email, a.terms, t.name, a.version, a.at",
		from:    "acceptances a JOIN people p ON p.id = a.person JOIN terms t ON t.id = a.terms",
		sorts:   map[string]string{"name": "lower(p.name)", "email": "p.email", "version": "a.version", "at": "a.at"},
		order:   "a.at DESC", unique: "a.person, a.terms, a.version",
	}
}

func (l *listing) accepted(ctx context.Context, from querier, q Query) (out []Accepted, total int, _ error) {
	total, err := l.read(ctx, from, q, func(row scan) error {
		var a Accepted
		var at int64
		err := row(&a.Who.ID, &a.Who.Name, &a.Who.Email, &a.Terms, &a.Name, &a.Version, &at)
		a.At = instant(at)
		out = append(out, a)
		return err
	})
	return out, total, err
}

// AcceptancesOf returns what a person has accepted, the newest first. The error is an [*access.Refusal] for whoever is neither
// that person nor an administrator of the portal.
func (s *Store) AcceptancesOf(ctx context.Context, by access.Rights, person int64) (out []Accepted, err error) {
	if err = mayKnow(by, person); err != nil {
		return nil, err
	}
	l := acceptedList()
	l.among("a.person", []int64{person})
	err = s.look(ctx, "list acceptances", func(from querier) error {
		out, _, err = l.accepted(ctx, from, Query{})
		return err
	})
	return out, err
}

// Acceptances returns a part of the list of who has accepted terms, the newest first, and how many there are in all. Sort is
// name, email, version or at. The error is an [*access.Refusal] for whoever does not administer the portal.
func (s *Store) Acceptances(ctx context.Context, by access.Rights, terms int64, q Query) (out []Accepted, total int, err error) {
	if err = by.MayAdminister(); err != nil {
		return nil, 0, err
	}
	l := acceptedList()
	l.among("a.terms", []int64{terms})
	l.search(q.Text, "lower(p.name)", "p.email")
	err = s.look(ctx, "list acceptances", func(from querier) error {
		out, total, err = l.accepted(ctx, from, q)
		return err
	})
	return out, total, err
}
