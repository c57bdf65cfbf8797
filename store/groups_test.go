package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

func groupName(g store.GroupRow) string {
	return fmt.Sprintf("%s %d/%d", g.Name, g.Members, g.Datasets)
}

func TestGroups(t *testing.T) {
	l := newLab(t)
	l.refuses("listing groups", map[string]access.Person{"Eve": l.eve, "nobody": nobody}, func(by access.Rights) error {
		_, _, err := l.Groups(t.Context(), by, store.Query{})
		return err
	})
	l.must(l.ChangeGroup(t.Context(), l.as(l.ada), l.owners, nil, new("Who keep the ÄTLAS, all 100%")))
	l.member(access.Member{Group: l.keepers, Person: l.eve.ID, Expires: later})
	l.member(access.Member{Group: l.keepers, Person: l.lea.ID})
	l.grant(l.heart, l.keepers, "view")
	l.grant(l.brain, l.keepers, "edit")
	gone := l.dataset(access.Dataset{Name: "gone"})
	l.grant(gone, l.keepers, "view")
	l.must(l.ChangeDataset(t.Context(), l.as(l.ada), gone, store.DatasetChange{Retired: new(true)}))
	l.must(l.SetGrant(t.Context(), l.as(l.ada), access.Grant{Dataset: l.heart, Group: l.owners, Permission: "view", Expires: later}))
	tests := map[string]struct {
		q     store.Query
		now   time.Time
		total int
		want  []string
	}{
		"all": {store.Query{}, noon, 5, []string{"everyone 0/0", "keepers 3/2", "owners 1/2", "public 0/0", "readers 1/0"}},
		"when some are over": {
			store.Query{},
			later, 5,
			[]string{"everyone 0/0", "keepers 2/2", "owners 1/1", "public 0/0", "readers 1/0"},
		},
		"by members, the most first": {store.Query{Sort: "members", Desc: true, Limit: 2}, noon, 5, []string{"keepers 3/2", "owners 1/2"}},
		"by datasets":                {store.Query{Sort: "datasets", Offset: 3}, noon, 5, []string{"keepers 3/2", "owners 1/2"}},
		"by name, backwards":         {store.Query{Sort: "name", Desc: true, Limit: 1}, noon, 5, []string{"readers 1/0"}},
		"by when they were made":     {store.Query{Sort: "created", Offset: 4}, noon, 5, []string{"readers 1/0"}},
		"by what there is not":       {store.Query{Sort: "name; DROP TABLE groups", Limit: 1}, noon, 5, []string{"everyone 0/0"}},
		"with a text":                {store.Query{Text: " EPER"}, noon, 1, []string{"keepers 3/2"}},
		"with a text of another":     {store.Query{Text: "ätlas"}, noon, 1, []string{"owners 1/2"}},
		"with a sign of the search":  {store.Query{Text: "L 100%"}, noon, 1, []string{"owners 1/2"}},
		"with a sign that is not":    {store.Query{Text: "k%s"}, noon, 0, nil},
		"with one for any":           {store.Query{Text: "k_epers"}, noon, 0, nil},
		"with a backslash":           {store.Query{Text: `\`}, noon, 0, nil},
		"past the end":               {store.Query{Offset: 5}, noon, 5, nil},
		"before the beginning":       {store.Query{Offset: -5, Limit: 1}, noon, 5, []string{"everyone 0/0"}},
	}
	for name, tt := range tests {
		got, total, err := l.Groups(t.Context(), rightsAt(t, l.Store, l.dan, access.ScopeAdmin, tt.now), tt.q)
		rows(t, name, got, total, err, groupName, tt.total, tt.want...)
	}
}

func TestGroup(t *testing.T) {
	l := newLab(t)
	want := store.GroupRow{Group: access.Group{ID: l.everyone, Name: "everyone", Kind: access.Everyone}, Description: "Whoever has signed in.", Created: noon}
	if got, err := l.Group(t.Context(), l.as(l.lea), l.everyone); err != nil || got != want {
		t.Errorf("Group = %+v, %v, want %+v", got, err, want)
	}
	wantAbsent(t, l.Store, "a group that is not there", func() error {
		_, err := l.Group(t.Context(), l.as(l.ada), 1234)
		return err
	})
	l.refuses("reading a group", map[string]access.Person{"Eve": l.eve, "nobody": nobody}, reads(func(by access.Rights) (store.GroupRow, error) {
		return l.Group(t.Context(), by, l.readers)
	}))
}

func TestAddGroup(t *testing.T) {
	l := newLab(t)
	var id int64
	l.tells("a group by an administrator", l.as(l.ada), true, store.Entry{
		Event: store.GroupMade, Object: fmt.Sprintf("group %d", l.readers+1),
		After: fmt.Sprintf(`{"id":%d,"name":"Größe \u003cb\u003e","description":"one\ntwo"}`, l.readers+1),
	}, func() (err error) {
		id, err = l.AddGroup(t.Context(), l.as(l.ada), "  Größe <b> ", "one\r\ntwo\n")
		return err
	})
	if got, err := l.Group(t.Context(), l.as(l.ada), id); err != nil || got.Name != "Größe <b>" || got.Description != "one\ntwo" || got.Members != 0 {
		t.Errorf("Group = %+v, %v", got, err)
	}
	id, err := l.AddGroup(t.Context(), l.as(l.dan), "Dan's", "")
	if err != nil || !l.as(l.dan).Leads(id) {
		t.Errorf("a group by a manager: %v; he leads it: %t", err, l.as(l.dan).Leads(id))
	}
	if got := audited(t, l.Store, store.GroupMade); got[0].Person != l.dan.ID {
		t.Errorf("a group by a manager is told as %+v", got[0])
	}
	l.refuses("adding a group", map[string]access.Person{"Eve": l.eve, "nobody": nobody}, reads(func(by access.Rights) (int64, error) {
		return l.AddGroup(t.Context(), by, "x", "")
	}))
	token := rightsAt(t, l.Store, l.ada, access.ScopeShare, noon)
	wantRefused(t, l.Store, "adding a group with a token to share", func() error {
		_, err := l.AddGroup(t.Context(), token, "x", "")
		return err
	})
}

// TestNames are the faults of a name, and which names are the same.
func TestNames(t *testing.T) {
	l := newLab(t)
	add := func(name string) func() error {
		return func() error {
			_, err := l.AddGroup(t.Context(), l.as(l.ada), name, "")
			return err
		}
	}
	for name, says := range badNames {
		wantFault(t, l.Store, fmt.Sprintf("a group %.20q", name), "name", says, add(name))
	}
	l.must(add("Café №1 group")())
	for _, same := range []string{"café №1 group", "CAFÉ №1 GROUP", "Cafe\u0301 №1 group", "Café No1 group", "Café\u00A0№1 group", "\u200ECafé №1\u200B group"} {
		wantFault(t, l.Store, fmt.Sprintf("%q beside its like", same), "name", "There is another group of this name: “Café №1 group”.", add(same))
	}
	for _, other := range []string{"Cafe №1 group", "Café №1  group", "<script>alert(1)</script>", "שלום\u200F", strings.Repeat("ü", 120)} {
		l.must(add(other)())
	}
	wantFault(t, l.Store, "a long description", "description", "more than 10000", func() error {
		_, err := l.AddGroup(t.Context(), l.as(l.ada), "x", strings.Repeat("x", 10_001))
		return err
	})
	wantFault(t, l.Store, "a description with an override", "description", "direction of writing", func() error {
		_, err := l.AddGroup(t.Context(), l.as(l.ada), "x", "a\u202Eb")
		return err
	})
}

func TestChangeGroup(t *testing.T) {
	l := newLab(t)
	object := fmt.Sprintf("group %d", l.readers)
	l.tells("a new name by who leads it", l.as(l.lea), true, store.Entry{
		Event: store.GroupChanged, Object: object,
		Before: fmt.Sprintf(`{"id":%d,"name":"readers"}`, l.readers), After: fmt.Sprintf(`{"id":%d,"name":"READERS"}`, l.readers),
	}, func() error { return l.ChangeGroup(t.Context(), l.as(l.lea), l.readers, new(" READERS"), nil) })
	l.tells("a new description", l.as(l.lea), true, store.Entry{
		Event: store.GroupChanged, Object: object,
		Before: fmt.Sprintf(`{"id":%d,"name":"READERS"}`, l.readers), After: fmt.Sprintf(`{"id":%d,"name":"READERS","description":"d"}`, l.readers),
	}, func() error { return l.ChangeGroup(t.Context(), l.as(l.lea), l.readers, nil, new("d")) })
	l.quiet("what it is already", func() error { return l.ChangeGroup(t.Context(), l.as(l.lea), l.readers, new("READERS"), new("d")) })
	l.quiet("nothing", func() error { return l.ChangeGroup(t.Context(), l.as(l.lea), l.readers, nil, nil) })
	l.must(l.ChangeGroup(t.Context(), l.as(l.lea), l.readers, new("Listeners"), nil))
	if _, err := l.AddGroup(t.Context(), l.as(l.ada), "readers", ""); err != nil {
		t.Errorf("a group of the name that is free now: %v", err)
	}
	wantFault(t, l.Store, "a group of the name that is not", "name", "“Listeners”", func() error {
		_, err := l.AddGroup(t.Context(), l.as(l.ada), "listeners", "")
		return err
	})
	wantFault(t, l.Store, "the name of another", "name", "There is another group of this name: “keepers”.", func() error {
		return l.ChangeGroup(t.Context(), l.as(l.lea), l.readers, new("Keepers"), nil)
	})
	wantFault(t, l.Store, "no name", "name", "Give it a name", func() error {
		return l.ChangeGroup(t.Context(), l.as(l.lea), l.readers, new(""), nil)
	})
	wantFault(t, l.Store, "a bad description", "description", "control characters", func() error {
		return l.ChangeGroup(t.Context(), l.as(l.lea), l.readers, nil, new("\x00"))
	})
	for _, id := range []int64{l.everyone, l.public} {
		wantFault(t, l.Store, "a group without members", "group", "stays as it is", func() error {
			return l.ChangeGroup(t.Context(), l.as(l.ada), id, new("x"), nil)
		})
	}
	wantAbsent(t, l.Store, "one that is not there", func() error { return l.ChangeGroup(t.Context(), l.as(l.ada), 1234, new("x"), nil) })
	l.refuses("changing keepers", map[string]access.Person{"who leads another": l.lea, "a member": l.dan, "nobody": nobody}, func(by access.Rights) error {
		return l.ChangeGroup(t.Context(), by, l.keepers, new("x"), nil)
	})
}

func TestRemoveGroup(t *testing.T) {
	l := newLab(t)
	ada := l.as(l.ada)
	l.must(l.Invite(t.Context(), ada, store.Invitation{Group: l.keepers, Email: "new@example.org"}))
	entries, n := len(audited(t, l.Store, "")), revision(t, l.Store)
	l.must(l.RemoveGroup(t.Context(), ada, l.keepers))
	got := audited(t, l.Store, "")
	want := []store.Entry{
		{Event: store.GroupRemoved, Before: fmt.Sprintf(`{"id":%d,"name":"keepers"}`, l.keepers)},
		{
			Event: store.GrantChanged, Dataset: "brain", Detail: "the group “keepers” was removed",
			Before: fmt.Sprintf(`{"dataset":%d,"group":%d,"permission":"manage"}`, l.brain, l.keepers),
		},
		{
			Event: store.InviteChanged, Detail: "the group “keepers” was removed",
			Before: fmt.Sprintf(`{"group":%d,"email":"new@example.org","admin":false}`, l.keepers),
		},
		{
			Event: store.MemberChanged, Subject: l.dan.ID, Detail: "the group “keepers” was removed",
			Before: fmt.Sprintf(`{"group":%d,"person":%d,"admin":false}`, l.keepers, l.dan.ID),
		},
	}
	if len(got)-entries != len(want) || revision(t, l.Store) != n+1 {
		t.Fatalf("the removal left %d entries and %d revisions, want %d and 1", len(got)-entries, revision(t, l.Store)-n, len(want))
	}
	for i, e := range want {
		e.ID, e.At, e.Person, e.Actor, e.Via, e.Address = got[i].ID, noon, l.ada.ID, "ada@example.org", "session", "192.0.2.7"
		e.Object = fmt.Sprintf("group %d", l.keepers)
		if got[i] != e {
			t.Errorf("entry %d is\n%+v, want\n%+v", i, got[i], e)
		}
	}
	if level := l.as(l.dan).Level(l.brain); level != access.None {
		t.Errorf("who was in the group has the level %v still", level)
	}
	wantAbsent(t, l.Store, "removing it again", func() error { return l.RemoveGroup(t.Context(), ada, l.keepers) })
	wantFault(t, l.Store, "removing everyone", "group", "stays as it is", func() error { return l.RemoveGroup(t.Context(), ada, l.everyone) })
	l.refuses("removing readers", map[string]access.Person{"who leads it": l.lea, "nobody": nobody}, func(by access.Rights) error {
		return l.RemoveGroup(t.Context(), by, l.readers)
	})
}

// TestGroupsAtOnce lets many make the group of one name at a time.
func TestGroupsAtOnce(t *testing.T) {
	l := newLab(t)
	by := l.as(l.ada)
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { _, errs[i] = l.AddGroup(t.Context(), by, []string{"same", "SAME"}[i%2], "") })
	}
	wg.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
			continue
		}
		wantFault(t, l.Store, "a group of the same name", "name", "another group of this name", func() error { return err })
	}
	if made != 1 {
		t.Errorf("%d groups of one name were made, want 1", made)
	}
}
