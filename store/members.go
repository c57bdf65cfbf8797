package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"ngportal/access"
)

// A MemberRow is somebody in a group. One that has expired is still listed.
type MemberRow struct {
	access.Member
	Who access.Person
}

// A Membership is somebody's place in a group.
type Membership struct {
	access.Member
	GroupName string
}

// Members returns a part of the list of who is in a group, also those whose time has passed, and how many there are in all.
// Sort is name, email, since, expires or admin. The error is an [*access.Refusal] for whoever does not lead the group.
func (s *Store) Members(ctx context.Context, by access.Rights, group int64, q Query) (out []MemberRow, total int, _ error) {
	if err := by.MayLead(group); err != nil {
		return nil, 0, err
	}
	err := s.look(ctx, "list members", func(from querier) error {
		out = nil
		l := listing{
			columns: "m.grp, m.person, m.admin, m.since, m.expires, p.name, p.email, p.kind",
			from:    "members m JOIN people p ON p.id = m.person",
			where:   []string{"m.grp = ?"}, args: []any{group},
			sorts: map[string]string{
				"name": "lower(p.name)", "email": "p.email", "since": "m.since", "expires": "m.expires", "admin": "m.admin",
			},
			order: "lower(p.name)", unique: "m.person",
		}
		l.search(q.Text, "lower(p.name)", "p.email")
		n, err := l.read(ctx, from, q, func(row scan) error {
			m, err := scanMemberRow(row)
			out = append(out, m)
			return err
		})
		total = n
		return err
	})
	return out, total, err
}

func scanMemberRow(row scan) (m MemberRow, err error) {
	var kind string
	err = scanMember(row, &m.Member, &m.Who.Name, &m.Who.Email, &kind)
	m.Who.ID, m.Who.Service = m.Person, kind == "service"
	return m, err
}

// scanMember reads a member from the columns grp, person, admin, since and expires, and more after them.
func scanMember(row scan, m *access.Member, more ...any) error {
	var since, expires int64
	err := row(append([]any{&m.Group, &m.Person, &m.Admin, &since, &expires}, more...)...)
	m.Since, m.Expires = instant(since), endOf(expires)
	return err
}

// membersOf returns who is in a group, by person.
func membersOf(ctx context.Context, from querier, group int64) (out []access.Member, _ error) {
	err := each(ctx, from, "SELECT grp, person, admin, since, expires FROM members WHERE grp = ? ORDER BY person", func(row scan) error {
		var m access.Member
		err := scanMember(row, &m)
		out = append(out, m)
		return err
	}, group)
	return out, err
}

// SetMember puts somebody into a group, or changes whether they administer it and until when they are in it; since when
// stays. The error is an [*access.Refusal] for whoever does not lead the group, a [*Fault] of group, person or expires,
// and wraps [fs.ErrNotExist] if the group is not there.
func (s *Store) SetMember(ctx context.Context, by access.Rights, m access.Member) error {
	if err := by.MayLead(m.Group); err != nil {
		return err
	}
	if err := checkEnd(by, m.Expires); err != nil {
		return err
	}
	return s.alter(ctx, by, "set member", func(tx *writer) (Entry, error) { return putMember(ctx, tx, m, by.Now()) })
}

// putMember is SetMember for whoever has asked already. Somebody new is in it since now.
func putMember(ctx context.Context, tx *writer, m access.Member, now time.Time) (Entry, error) {
	if _, err := memberGroup(ctx, tx, m.Group); err != nil {
		return Entry{}, err
	}
	var one int
	err := tx.QueryRowContext(ctx, "SELECT 1 FROM people WHERE id = ? AND id <> 0", m.Person).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return Entry{}, faulty("person", "There is no such person.")
	}
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Event: MemberChanged, Subject: m.Person, Object: objectOf("group", m.Group)}
	before, err := readMember(ctx, tx, m.Group, m.Person)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		e = e.changed(nil, memberFact(m))
	case err != nil:
		return Entry{}, err
	case memberFact(before) == memberFact(m):
		return Entry{}, nil
	default:
		e = e.changed(memberFact(before), memberFact(m))
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO members (grp, person, admin, since, expires) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (grp, person) DO UPDATE SET admin = excluded.admin, expires = excluded.expires`,
		m.Group, m.Person, flag(m.Admin), millis(now), ending(m.Expires))
	return e, err
}

func readMember(ctx context.Context, from querier, group, person int64) (m access.Member, err error) {
	return m, scanMember(from.QueryRowContext(ctx, "SELECT grp, person, admin, since, expires FROM members WHERE grp = ? AND person = ?",
		group, person).Scan, &m)
}

// RemoveMember takes somebody out of a group. Everybody may leave, with a credential of the scope admin. The error is an
// [*access.Refusal] for others who do not lead the group, and wraps [fs.ErrNotExist] if the person is not in it.
func (s *Store) RemoveMember(ctx context.Context, by access.Rights, group, person int64) error {
	if err := by.MayLead(group); err != nil && mayChange(by, person) != nil {
		return err
	}
	return s.alter(ctx, by, "remove member", func(tx *writer) (Entry, error) {
		before, err := readMember(ctx, tx, group, person)
		if err != nil {
			return Entry{}, err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM members WHERE grp = ? AND person = ?", group, person)
		return Entry{Event: MemberChanged, Subject: person, Object: objectOf("group", group)}.changed(memberFact(before), nil), err
	})
}

// MembershipsOf returns the groups somebody is in, also those in which their time has passed, by name.
// The error is an [*access.Refusal] for whoever is neither that person nor an administrator of the portal.
func (s *Store) MembershipsOf(ctx context.Context, by access.Rights, person int64) (out []Membership, _ error) {
	if err := mayKnow(by, person); err != nil {
		return nil, err
	}
	err := each(ctx, s.read, `SELECT grp, person, admin, since, expires, name FROM members JOIN groups ON groups.id = grp
		WHERE person = ? ORDER BY folded`, func(row scan) error {
		var m Membership
		err := scanMember(row, &m.Member, &m.GroupName)
		out = append(out, m)
		return err
	}, person)
	return out, explain("list memberships", err)
}
