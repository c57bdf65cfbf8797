package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"ngportal/access"
)

// A Profile is all that is kept of a person or a service account, but for what hangs on it.
type Profile struct {
	access.Person
	Named    bool // the name was chosen here; else it is the identity provider's
	Admin    bool // administers the portal
	Disabled bool
	Owner    access.Person // of a service account
	Created  time.Time
	Seen     time.Time // last sign-in or use of a token; zero for never
}

// A LinkedIdentity is one of the ways in which a person signs in.
type LinkedIdentity struct {
	access.Identity
	Provider string // the configuration's name
	Created  time.Time
	Seen     time.Time
}

// An Affiliation is where somebody works or worked. Dates are as written, YYYY-MM-DD, or "".
type Affiliation struct {
	ID           int64
	Name         string
	Began, Ended string
}

// A ProfileChange is what to change of a person; nil leaves as it is.
type ProfileChange struct {
	Name     *string // "" goes back to the identity provider's
	Admin    *bool
	Disabled *bool
	Owner    *int64 // of a service account
}

// The kinds of accounts that are somebody's.
const (
	kindPerson  = "person"
	kindService = "service"
)

const (
	profileColumns = `people.id, people.kind, people.name, people.named, people.email, people.admin, people.disabled,
		people.created, people.seen, coalesce(owners.id, 0), coalesce(owners.name, ''), coalesce(owners.email, '')`
	fromProfiles = "people LEFT JOIN people owners ON owners.id = people.owner"
)

func scanProfile(row scan) (Profile, error) {
	var p Profile
	var kind string
	var created, seen int64
	err := row(&p.ID, &kind, &p.Name, &p.Named, &p.Email, &p.Admin, &p.Disabled, &created, &seen, &p.Owner.ID, &p.Owner.Name, &p.Owner.Email)
	p.Service = kind == kindService
	p.Created, p.Seen = endOf(created), endOf(seen)
	return p, err
}

// refusal tells somebody what they may not do.
func refusal(format string, args ...any) error {
	return &access.Refusal{Reason: fmt.Sprintf(format, args...)}
}

// profileOf returns the profile of somebody; the error is [sql.ErrNoRows] if they are not there.
func profileOf(ctx context.Context, q querier, id int64) (Profile, error) {
	return scanProfile(q.QueryRowContext(ctx, "SELECT "+profileColumns+" FROM "+fromProfiles+" WHERE people.id = ? AND people.id <> 0", id).Scan)
}

// accountOf is profileOf to be shown to by, or to be changed. Who has nothing to administer is refused alike if somebody
// is not there and if they are somebody else, and so does not learn which.
func accountOf(ctx context.Context, q querier, by access.Rights, id int64) (Profile, error) {
	p, err := profileOf(ctx, q, id)
	absent := errors.Is(err, sql.ErrNoRows)
	if err != nil && !absent || by.Acting() {
		return p, err
	}
	if absent || by.Person().ID != p.ID && !owns(by, p) {
		return Profile{}, refusal("You may only see and change your own account, and service accounts of yours.")
	}
	return p, nil
}

// owns reports whether p is a service account of by's.
func owns(by access.Rights, p Profile) bool {
	return p.Owner.ID != 0 && p.Owner.ID == by.Person().ID
}

// mayKnow tells why by may not know what only a person themselves and administrators of the portal do, or nil.
func mayKnow(by access.Rights, person int64) error {
	if person != 0 && by.Person().ID == person {
		return nil
	}
	return by.MayAdminister()
}

// mayChange tells why by may not change what only a person themselves and administrators of the portal do, or nil.
func mayChange(by access.Rights, person int64) error {
	if person == 0 || by.Person().ID != person {
		return by.MayAdminister()
	}
	if by.Scope() < access.ScopeAdmin {
		return refusal("This needs a credential of the scope admin, and this one has the scope %s.", by.Scope())
	}
	return nil
}

// People returns the people that q asks for, by name or address, and how many there are in all. It sorts by name (its
// own order), email, created, seen, admin and disabled. Whoever has something to administer may ask; the error is an
// [*access.Refusal] for others.
func (s *Store) People(ctx context.Context, by access.Rights, q Query) ([]Profile, int, error) {
	return s.profiles(ctx, by, kindPerson, q)
}

// Profile returns what is kept of a person or a service account. They may ask themselves, and the owner of a service
// account, and whoever has something to administer; the error is an [*access.Refusal] for others. It wraps
// [fs.ErrNotExist] if there is no such account.
func (s *Store) Profile(ctx context.Context, by access.Rights, id int64) (Profile, error) {
	var p Profile
	err := s.look(ctx, "read profile", func(q querier) (err error) {
		p, err = accountOf(ctx, q, by, id)
		return err
	})
	return p, err
}

func (s *Store) profiles(ctx context.Context, by access.Rights, kind string, q Query) (out []Profile, total int, err error) {
	if err = mayAct(by); err != nil {
		return nil, 0, err
	}
	err = s.look(ctx, "list "+kind+" accounts", func(from querier) error {
		out = nil
		l := listing{
			columns: profileColumns, from: fromProfiles, where: []string{"people.kind = ?"}, args: []any{kind},
			sorts: map[string]string{
				"name": "lower(people.name)", "email": "people.email", "created": "people.created", "seen": "people.seen",
				"admin": "people.admin", "disabled": "people.disabled",
			},
			order: "lower(people.name)", unique: "people.id",
		}
		l.search(q.Text, "lower(people.name)", "people.email")
		total, err = l.read(ctx, from, q, func(row scan) error {
			p, fault := scanProfile(row)
			out = append(out, p)
			return fault
		})
		return err
	})
	return out, total, err
}
