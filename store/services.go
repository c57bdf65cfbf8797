package store

import (
	"context"
	"database/sql"
	"errors"

	"ngportal/access"
)

// Services returns the service accounts that q asks for, and how many there are in all. It sorts as [Store.People] does.
// Whoever has something to administer may ask; the error is an [*access.Refusal] for others.
func (s *Store) Services(ctx context.Context, by access.Rights, q Query) ([]Profile, int, error) {
	return s.profiles(ctx, by, kindService, q)
}

// ServicesOf returns the service accounts of a person, by name. They may ask themselves, and administrators of the portal;
// the error is an [*access.Refusal] for others.
func (s *Store) ServicesOf(ctx context.Context, by access.Rights, person int64) ([]Profile, error) {
	if err := mayKnow(by, person); err != nil {
		return nil, err
	}
	var out []Profile
	err := s.look(ctx, "list service accounts of a person", func(q querier) error {
		out = nil
		return each(ctx, q, "SELECT "+profileColumns+" FROM "+fromProfiles+` WHERE people.owner = ?
			ORDER BY lower(people.name), people.id`, func(row scan) error {
			p, err := scanProfile(row)
			out = append(out, p)
			return err
		}, person)
	})
	return out, err
}

type serviceFacts struct {
	Name  string `json:"name"`
	Owner int64  `json:"owner"`
}

// AddService makes a service account, which acts by tokens and belongs to a person, and returns its id. The error is an
// [*access.Refusal] for whoever does not administer the portal, or a [*Fault] of name or owner.
func (s *Store) AddService(ctx context.Context, by access.Rights, name string, owner int64) (int64, error) {
	if err := by.MayAdminister(); err != nil {
		return 0, err
	}
	name, err := nameOf("name", name)
	if err != nil {
		return 0, err
	}
	var id int64
	err = s.alter(ctx, by, "add service account", func(tx *writer) (Entry, error) {
		if _, err = ownerOf(ctx, tx, owner); err != nil {
			return Entry{}, err
		}
		err = tx.QueryRowContext(ctx, "INSERT INTO people (kind, name, named, owner, created) VALUES (?, ?, 1, ?, ?) RETURNING id",
			kindService, name, owner, millis(by.Now())).Scan(&id)
		return Entry{Event: ServiceMade, Subject: id}.changed(nil, serviceFacts{name, owner}), err
	})
	return id, err
}

// ownerOf returns a person who may own a service account; the error is a [*Fault] of owner for others.
func ownerOf(ctx context.Context, tx *writer, id int64) (access.Person, error) {
	p, err := profileOf(ctx, tx, id)
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && p.Service:
		return access.Person{}, faulty("owner", "Name a person who is to answer for the account.")
	case err == nil && p.Disabled:
		return access.Person{}, faulty("owner", "%s's account is disabled. Name somebody else.", p.Name)
	}
	return p.Person, err
}
