package store_test

import (
	"fmt"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

func memberJSON(group, person int64, admin bool, expires string) string {
	return fmt.Sprintf(`{"group":%d,"person":%d,"admin":%t%s}`, group, person, admin, expires)
}

// expiresLater is the end in JSON, as milliseconds, that later is.
const expiresLater = `,"expires":1772370000123`

func TestSetMember(t *testing.T) {
	l := newLab(t)
	lea := l.as(l.lea)
	set := func(m access.Member) func() error {
		return func() error { return l.SetMember(t.Context(), lea, m) }
	}
	member := access.Member{Group: l.readers, Person: l.eve.ID, Since: earlier}
	want := store.Entry{Event: store.MemberChanged, Subject: l.eve.ID, Object: fmt.Sprintf("group %d", l.readers)}

	want.After = memberJSON(l.readers, l.eve.ID, false, "")
	l.tells("a new member", lea, true, want, set(member))
	l.quiet("a member as they are", set(member))
	member.Expires = later
	want.Before, want.After = want.After, memberJSON(l.readers, l.eve.ID, false, expiresLater)
	l.tells("a member until later", lea, true, want, set(member))
	member.Admin = true
	want.Before, want.After = want.After, memberJSON(l.readers, l.eve.ID, true, expiresLater)
	l.tells("a member who leads", lea, true, want, set(member))
	if !l.as(l.eve).Leads(l.readers) {
		t.Error("the member who leads does not")
	}

	afterwards := rightsAt(t, l.Store, l.lea, access.ScopeAdmin, later)
	l.must(l.SetMember(t.Context(), afterwards, access.Member{Group: l.readers, Person: l.eve.ID}))
	got, _, err := l.Members(t.Context(), lea, l.readers, store.Query{Text: "eve"})
	if err != nil || len(got) != 1 || got[0].Member != (access.Member{Group: l.readers, Person: l.eve.ID, Since: noon}) {
		t.Errorf("the member is %+v, %v; want one since noon, without an end", got, err)
	}
}

func TestSetMemberRefuses(t *testing.T) {
	l := newLab(t)
	set := func(by access.Rights, m access.Member) func() error {
		return func() error { return l.SetMember(t.Context(), by, m) }
	}
	ada := l.as(l.ada)
	wantFault(t, l.Store, "somebody who is not there", "person", "no such person", set(ada, access.Member{Group: l.readers, Person: 1234}))
	wantFault(t, l.Store, "nobody", "person", "no such person", set(ada, access.Member{Group: l.readers}))
	wantFault(t, l.Store, "in everyone", "group", "is not written down", set(ada, access.Member{Group: l.everyone, Person: l.eve.ID}))
	wantFault(t, l.Store, "in the public", "group", "is not written down", set(ada, access.Member{Group: l.public, Person: l.eve.ID}))
	wantAbsent(t, l.Store, "in a group that is not there", set(ada, access.Member{Group: 1234, Person: l.eve.ID}))
	for what, expires := range map[string]time.Time{"until now": noon, "until earlier": earlier} {
		wantFault(t, l.Store, what, "expires", "passed", set(ada, access.Member{Group: l.readers, Person: l.eve.ID, Expires: expires}))
	}
	wantFault(t, l.Store, "until the year 10000", "expires", "too far", set(ada, access.Member{
		Group: l.readers, Person: l.eve.ID, Expires: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC),
	}))
	l.refuses("setting a member of keepers", map[string]access.Person{
		"who leads another group": l.lea, "a member": l.dan, "who administers what it opens": l.fay, "Eve": l.eve, "nobody": nobody,
	}, func(by access.Rights) error {
		return l.SetMember(t.Context(), by, access.Member{Group: l.keepers, Person: by.Person().ID, Admin: true})
	})
	wantRefused(t, l.Store, "a token to share", set(rightsAt(t, l.Store, l.lea, access.ScopeShare, noon), access.Member{Group: l.readers, Person: l.eve.ID}))
	l.member(access.Member{Group: l.readers, Person: l.lea.ID, Admin: true, Expires: later})
	wantRefused(t, l.Store, "who led until now", set(rightsAt(t, l.Store, l.lea, access.ScopeAdmin, later), access.Member{Group: l.readers, Person: l.eve.ID}))
}

func TestRemoveMember(t *testing.T) {
	l := newLab(t)
	l.member(access.Member{Group: l.readers, Person: l.eve.ID})
	l.member(access.Member{Group: l.readers, Person: l.dan.ID})
	remove := func(by access.Rights, group int64, who access.Person) func() error {
		return func() error { return l.RemoveMember(t.Context(), by, group, who.ID) }
	}
	l.refuses("taking Eve out", map[string]access.Person{"a member": l.dan, "who leads nothing of it": l.fay, "nobody": nobody}, func(by access.Rights) error {
		return l.RemoveMember(t.Context(), by, l.readers, l.eve.ID)
	})
	wantRefused(t, l.Store, "who leads another group", remove(l.as(l.lea), l.keepers, l.dan))
	wantRefused(t, l.Store, "leaving with a token to share", remove(rightsAt(t, l.Store, l.eve, access.ScopeShare, noon), l.readers, l.eve))
	wantRefused(t, l.Store, "nobody leaving", remove(l.as(nobody), l.readers, nobody))

	want := store.Entry{Event: store.MemberChanged, Subject: l.eve.ID, Object: fmt.Sprintf("group %d", l.readers)}
	want.Before = memberJSON(l.readers, l.eve.ID, false, "")
	l.tells("leaving", l.as(l.eve), true, want, remove(l.as(l.eve), l.readers, l.eve))
	wantAbsent(t, l.Store, "leaving again", remove(l.as(l.eve), l.readers, l.eve))
	want.Subject, want.Before = l.dan.ID, memberJSON(l.readers, l.dan.ID, false, "")
	l.tells("taking somebody out", l.as(l.lea), true, want, remove(l.as(l.lea), l.readers, l.dan))
	wantAbsent(t, l.Store, "taking them out again", remove(l.as(l.lea), l.readers, l.dan))
	wantAbsent(t, l.Store, "out of a group that is not there", remove(l.as(l.ada), 1234, l.dan))
}

func TestMembers(t *testing.T) {
	l := newLab(t)
	zoe := signIn(t, l.Store, "zoe_%@example.org")
	l.member(access.Member{Group: l.readers, Person: l.eve.ID, Expires: later})
	l.must(l.SetMember(t.Context(), rightsAt(t, l.Store, l.ada, access.ScopeAdmin, earlier), access.Member{Group: l.readers, Person: zoe.ID, Expires: noon}))
	bot, err := l.AddService(t.Context(), l.as(l.ada), "Robot", l.eve.ID)
	l.must(err)
	l.member(access.Member{Group: l.readers, Person: bot})
	name := func(m store.MemberRow) string { return fmt.Sprintf("%s %s %t", m.Who.Name, m.Who.Email, m.Who.Service) }
	eve, lea, robot, zoey := "eve eve@example.org false", "lea lea@example.org false", "Robot  true", "zoe_% zoe_%@example.org false"
	tests := map[string]struct {
		q     store.Query
		total int
		want  []string
	}{
		"all, also who is over":        {store.Query{}, 4, []string{eve, lea, robot, zoey}},
		"by name, backwards":           {store.Query{Sort: "name", Desc: true, Limit: 2}, 4, []string{zoey, robot}},
		"by e-mail":                    {store.Query{Sort: "email", Limit: 2}, 4, []string{robot, eve}},
		"by since when":                {store.Query{Sort: "since", Limit: 1}, 4, []string{zoey}},
		"by until when, the last ones": {store.Query{Sort: "expires", Offset: 2}, 4, []string{zoey, eve}},
		"who leads first":              {store.Query{Sort: "admin", Desc: true, Limit: 1}, 4, []string{lea}},
		"with a text":                  {store.Query{Text: " ROB "}, 1, []string{robot}},
		"with a text in the address":   {store.Query{Text: "e@EX"}, 1, []string{eve}},
		"with signs of the search":     {store.Query{Text: "_%"}, 1, []string{zoey}},
		"without any":                  {store.Query{Text: "dan"}, 0, nil},
	}
	for what, tt := range tests {
		got, total, wrong := l.Members(t.Context(), l.as(l.lea), l.readers, tt.q)
		rows(t, what, got, total, wrong, name, tt.total, tt.want...)
	}
	got, _, err := l.Members(t.Context(), l.as(l.lea), l.readers, store.Query{Text: "zoe"})
	if want := (access.Member{Group: l.readers, Person: zoe.ID, Since: earlier, Expires: noon}); err != nil || got[0].Member != want {
		t.Errorf("the member is %+v, %v, want %+v", got, err, want)
	}
	l.refuses("listing keepers", map[string]access.Person{"who leads another group": l.lea, "a member": l.dan, "nobody": nobody}, func(by access.Rights) error {
		_, _, err := l.Members(t.Context(), by, l.keepers, store.Query{})
		return err
	})
}

func TestMembershipsOf(t *testing.T) {
	l := newLab(t)
	l.must(l.SetMember(t.Context(), rightsAt(t, l.Store, l.ada, access.ScopeAdmin, earlier), access.Member{Group: l.owners, Person: l.lea.ID, Expires: noon}))
	want := []store.Membership{
		{Member: access.Member{Group: l.owners, Person: l.lea.ID, Since: earlier, Expires: noon}, GroupName: "owners"},
		{Member: access.Member{Group: l.readers, Person: l.lea.ID, Admin: true, Since: noon}, GroupName: "readers"},
	}
	for what, by := range map[string]access.Rights{
		"oneself": l.as(l.lea), "a token to read": rightsAt(t, l.Store, l.lea, access.ScopeRead, noon), "an administrator": l.as(l.ada),
	} {
		got, err := l.MembershipsOf(t.Context(), by, l.lea.ID)
		if err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("%s: %+v, %v, want %+v", what, got, err, want)
		}
	}
	l.refuses("asking of Lea's groups", map[string]access.Person{"a manager": l.dan, "Eve": l.eve, "nobody": nobody}, reads(func(by access.Rights) ([]store.Membership, error) {
		return l.MembershipsOf(t.Context(), by, l.lea.ID)
	}))
	wantRefused(t, l.Store, "nobody of nobody", func() error {
		_, err := l.MembershipsOf(t.Context(), l.as(nobody), 0)
		return err
	})
}
