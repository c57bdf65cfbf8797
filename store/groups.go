package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"ngportal/access"
)

// A GroupRow is a group as it is listed.
type GroupRow struct {
	access.Group
	Description string
	Created     time.Time
	Members     int // who are in it now
	Datasets    int // it has a grant on now
}

// groupFacts are what the audit keeps of a group.
type groupFacts struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// groupList is the list of groups. Its columns take the moment twice.
func groupList() listing {
	return listing{
		columns: `g.id, g.name, g.kind, g.description, g.created,
			(SELECT count(*) FROM members m WHERE m.grp = g.id AND (m.expires = 0 OR m.expires > ?)) AS member_count,
			(SELECT count(DISTINCT d.id) FROM grants t JOIN datasets d ON d.id = t.dataset
				WHERE t.grp = g.id AND d.retired = 0 AND (t.expires = 0 OR t.expires > ?)) AS dataset_count`,
		from:  "groups g",
		sorts: map[string]string{"name": "g.folded", "created": "g.created", "members": "member_count", "datasets": "dataset_count"},
		order: "g.folded", unique: "g.id",
	}
}

func (g *GroupRow) scan(row scan) error {
	var created int64
	err := row(&g.ID, &g.Name, &g.Kind, &g.Description, &created, &g.Members, &g.Datasets)
	g.Created = instant(created)
	return err
}

// Groups returns a part of the list of groups and how many there are in all. Sort is name, created, members or datasets.
// The error is an [*access.Refusal] for whoever has nothing to administer.
func (s *Store) Groups(ctx context.Context, by access.Rights, q Query) (out []GroupRow, total int, err error) {
	if err = mayAct(by); err != nil {
		return nil, 0, err
	}
	err = s.look(ctx, "list groups", func(from querier) error {
		out = nil
		l, now := groupList(), millis(by.Now())
		l.search(folded(q.Text), "g.folded", "lower(g.description)")
		total, err = l.read(ctx, from, q, func(row scan) error {
			var g GroupRow
			defer func() { out = append(out, g) }()
			return g.scan(row)
		}, now, now)
		return err
	})
	return out, total, err
}

// Group returns the group with this id. The error wraps [fs.ErrNotExist] if there is none, and is an [*access.Refusal]
// for whoever has nothing to administer.
func (s *Store) Group(ctx context.Context, by access.Rights, id int64) (g GroupRow, err error) {
	if err = mayAct(by); err != nil {
		return g, err
	}
	now := millis(by.Now())
	err = g.scan(s.read.QueryRowContext(ctx, "SELECT "+groupList().columns+" FROM groups g WHERE g.id = ?", now, now, id).Scan)
	return g, explain("read group", err)
}

// AddGroup makes a group and returns its id. Whoever does so is its first administrator, unless they administer the portal.
// The error is an [*access.Refusal] for whoever has nothing to administer, and a [*Fault] of name or description.
func (s *Store) AddGroup(ctx context.Context, by access.Rights, name, description string) (id int64, err error) {
	if err = mayAct(by); err != nil {
		return 0, err
	}
	g := groupFacts{}
	if g.Name, err = nameOf("name", name); err != nil {
		return 0, err
	}
	if g.Description, err = textOf("description", description, maxText); err != nil {
		return 0, err
	}
	err = s.alter(ctx, by, "add group", func(tx *writer) (Entry, error) {
		var e Entry
		if e, err = addGroup(ctx, tx, &g, access.Members, by.Now()); err != nil || by.Administers() {
			return e, err
		}
		if err = note(ctx, tx, e.by(by)); err != nil {
			return Entry{}, err
		}
		return putMember(ctx, tx, access.Member{Group: g.ID, Person: by.Person().ID, Admin: true}, by.Now())
	})
	if err != nil {
		return 0, err
	}
	return g.ID, nil
}

// addGroup makes a group and gives g its id. The error is a [*Fault] of the name if there is another one of it.
func addGroup(ctx context.Context, tx *writer, g *groupFacts, kind access.GroupKind, now time.Time) (Entry, error) {
	if err := freeGroup(ctx, tx, g.Name, 0); err != nil {
		return Entry{}, err
	}
	err := tx.QueryRowContext(ctx, "INSERT INTO groups (name, folded, description, kind, created) VALUES (?, ?, ?, ?, ?) RETURNING id",
		g.Name, folded(g.Name), g.Description, string(kind), millis(now)).Scan(&g.ID)
	return Entry{Event: GroupMade, Object: objectOf("group", g.ID)}.changed(nil, *g), err
}

// freeGroup finds fault with a name that a group other than id has.
func freeGroup(ctx context.Context, tx *writer, name string, id int64) error {
	var other string
	err := tx.QueryRowContext(ctx, "SELECT name FROM groups WHERE folded = ? AND id <> ?", folded(name), id).Scan(&other)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return faulty("name", "There is another group of this name: “%s”.", other)
}

// ChangeGroup changes the name or the description of a group; nil leaves as it is. The error is an [*access.Refusal] for
// whoever does not lead the group, a [*Fault] of name or description, or of group if it is everyone or public, and wraps
// [fs.ErrNotExist] if there is no such group.
func (s *Store) ChangeGroup(ctx context.Context, by access.Rights, id int64, name, description *string) (err error) {
	if err = by.MayLead(id); err != nil {
		return err
	}
	want := groupFacts{ID: id}
	if name != nil {
		if want.Name, err = nameOf("name", *name); err != nil {
			return err
		}
	}
	if description != nil {
		if want.Description, err = textOf("description", *description, maxText); err != nil {
			return err
		}
	}
	return s.alter(ctx, by, "change group", func(tx *writer) (Entry, error) {
		before, err := memberGroup(ctx, tx, id)
		if err != nil {
			return Entry{}, err
		}
		after := before
		if name != nil {
			after.Name = want.Name
		}
		if description != nil {
			after.Description = want.Description
		}
		return changeGroup(ctx, tx, before, after)
	})
}

func changeGroup(ctx context.Context, tx *writer, before, after groupFacts) (Entry, error) {
	if after == before {
		return Entry{}, nil
	}
	if err := freeGroup(ctx, tx, after.Name, after.ID); err != nil {
		return Entry{}, err
	}
	_, err := tx.ExecContext(ctx, "UPDATE groups SET name = ?, folded = ?, description = ? WHERE id = ?",
		after.Name, folded(after.Name), after.Description, after.ID)
	return Entry{Event: GroupChanged, Object: objectOf("group", after.ID)}.changed(before, after), err
}

// memberGroup reads a group that has members. The error is [sql.ErrNoRows] if there is none, and a [*Fault] of group if it
// needs no members.
func memberGroup(ctx context.Context, tx *writer, id int64) (g groupFacts, err error) {
	var kind access.GroupKind
	err = tx.QueryRowContext(ctx, "SELECT id, name, description, kind FROM groups WHERE id = ?", id).Scan(&g.ID, &g.Name, &g.Description, &kind)
	if err == nil && kind != access.Members {
		err = faulty("group", "The group “%s” stays as it is: who is in it is not written down.", g.Name)
	}
	return g, err
}

// RemoveGroup removes a group with its members, invitations and grants. The error is an [*access.Refusal] for whoever
// does not administer the portal, a [*Fault] of group if it is everyone or public, and wraps [fs.ErrNotExist] if there is none.
func (s *Store) RemoveGroup(ctx context.Context, by access.Rights, id int64) error {
	if err := by.MayAdminister(); err != nil {
		return err
	}
	return s.alter(ctx, by, "remove group", func(tx *writer) (Entry, error) {
		before, err := memberGroup(ctx, tx, id)
		if err != nil {
			return Entry{}, err
		}
		gone, err := hangsOn(ctx, tx, id)
		if err != nil {
			return Entry{}, err
		}
		for i := range gone {
			gone[i].Object, gone[i].Detail = objectOf("group", id), "the group “"+before.Name+"” was removed"
		}
		if err = notes(ctx, tx, by, gone); err != nil {
			return Entry{}, err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM groups WHERE id = ?", id)
		return Entry{Event: GroupRemoved, Object: objectOf("group", id)}.changed(before, nil), err
	})
}

// hangsOn tells of the members, invitations and grants that go with a group.
func hangsOn(ctx context.Context, tx *writer, group int64) (out []Entry, _ error) {
	members, err := membersOf(ctx, tx, group)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		out = append(out, Entry{Event: MemberChanged, Subject: m.Person}.changed(memberFact(m), nil))
	}
	invited, err := invitations(ctx, tx, "grp = ?", group)
	if err != nil {
		return nil, err
	}
	for _, v := range invited {
		out = append(out, Entry{Event: InviteChanged}.changed(inviteFact(v), nil))
	}
	granted, err := grantRows(ctx, tx, "t.grp = ?", group)
	if err != nil {
		return nil, err
	}
	for _, g := range granted {
		out = append(out, Entry{Event: GrantChanged, Dataset: g.DatasetName}.changed(grantFact(g.Grant), nil))
	}
	return out, nil
}
