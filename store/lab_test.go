package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// A lab is a store with people, groups and datasets for the tests of who may do what.
type lab struct {
	*store.Store
	t *testing.T

	ada access.Person // administers the portal
	dan access.Person // manages brain, by the group keepers
	fay access.Person // has the permission admin on brain, by the group owners
	lea access.Person // administers the group readers
	eve access.Person // may do nothing

	everyone, public, keepers, owners, readers int64
	brain, heart                               int64
}

func newLab(t *testing.T) *lab {
	t.Helper()
	s := open(t, "")
	l := &lab{
		Store: s, t: t, ada: signInAdmin(t, s, "ada@example.org"), dan: signIn(t, s, "dan@example.org"),
		fay: signIn(t, s, "fay@example.org"), lea: signIn(t, s, "lea@example.org"), eve: signIn(t, s, "eve@example.org"),
		everyone: kindGroup(t, s, access.Everyone), public: kindGroup(t, s, access.Public),
	}
	l.keepers, l.owners, l.readers = l.group("keepers"), l.group("owners"), l.group("readers")
	l.brain = l.dataset(access.Dataset{Name: "brain", Title: "The brain", Locations: []access.Location{{ID: "loc-brain", Bucket: "lab", Prefix: "brain/"}}})
	l.heart = l.dataset(access.Dataset{Name: "heart"})
	l.grant(l.brain, l.keepers, "manage")
	l.grant(l.brain, l.owners, "admin")
	l.member(access.Member{Group: l.keepers, Person: l.dan.ID})
	l.member(access.Member{Group: l.owners, Person: l.fay.ID})
	l.member(access.Member{Group: l.readers, Person: l.lea.ID, Admin: true})
	return l
}

// as is what somebody may do now.
func (l *lab) as(who access.Person) access.Rights {
	l.t.Helper()
	return rights(l.t, l.Store, who)
}

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) group(name string) int64 {
	l.t.Helper()
	id, err := l.AddGroup(l.t.Context(), l.as(l.ada), name, "")
	l.must(err)
	return id
}

func (l *lab) dataset(d access.Dataset) int64 {
	l.t.Helper()
	id, err := l.AddDataset(l.t.Context(), l.as(l.ada), d)
	l.must(err)
	return id
}

func (l *lab) grant(dataset, group int64, permission string) {
	l.t.Helper()
	l.must(l.SetGrant(l.t.Context(), l.as(l.ada), access.Grant{Dataset: dataset, Group: group, Permission: permission}))
}

func (l *lab) member(m access.Member) {
	l.t.Helper()
	l.must(l.SetMember(l.t.Context(), l.as(l.ada), m))
}

// refuses fails for each of the people whom do does not refuse.
func (l *lab) refuses(what string, people map[string]access.Person, do func(by access.Rights) error) {
	l.t.Helper()
	for name, who := range people {
		by := l.as(who)
		wantRefused(l.t, l.Store, what+" by "+name, func() error { return do(by) })
	}
}

// reads is do as a question that is refused like a change.
func reads[T any](do func(by access.Rights) (T, error)) func(by access.Rights) error {
	return func(by access.Rights) error {
		_, err := do(by)
		return err
	}
}

// nobody has not signed in.
var nobody access.Person

// tells fails unless do succeeds and leaves this one entry, by whom it was, and a new revision or none.
func (l *lab) tells(what string, by access.Rights, revises bool, want store.Entry, do func() error) {
	l.t.Helper()
	entries, n := len(audited(l.t, l.Store, "")), revision(l.t, l.Store)
	if err := do(); err != nil {
		l.t.Errorf("%s: %v", what, err)
		return
	}
	want.At, want.Person, want.Actor, want.Via, want.Address = noon, by.Person().ID, by.Person().Email, "session", "192.0.2.7"
	if got := len(audited(l.t, l.Store, "")) - entries; got != 1 {
		l.t.Errorf("%s left %d entries in the audit, want 1", what, got)
	}
	if got := lastAudited(l.t, l.Store); got != want {
		l.t.Errorf("%s is told as\n%+v, want\n%+v", what, got, want)
	}
	if got := revision(l.t, l.Store) - n; got != 0 && !revises || got != 1 && revises {
		l.t.Errorf("%s: %d new revisions; want one: %t", what, got, revises)
	}
}

// quiet fails unless do succeeds and changes nothing.
func (l *lab) quiet(what string, do func() error) {
	l.t.Helper()
	done := errors.New("done")
	err := wantNothing(l.t, l.Store, what, func() error { return errors.Join(do(), done) })
	if err.Error() != done.Error() {
		l.t.Errorf("%s: %v", what, err)
	}
}

// rows fails unless a list is as long as total in all and holds want.
func rows[T any](t *testing.T, what string, got []T, total int, err error, name func(T) string, wantTotal int, want ...string) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	var have []string
	for _, row := range got {
		have = append(have, name(row))
	}
	if !equal(have, want) || total != wantTotal {
		t.Errorf("%s = %q of %d, want %q of %d", what, have, total, want, wantTotal)
	}
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// The times before and after that of the tests.
var (
	earlier = noon.Add(-time.Hour)
	later   = noon.Add(time.Hour)
)

// names that cannot be, and why.
var badNames = map[string]string{
	"":                           "Give it a name",
	strings.Repeat(" \u00A0", 3): "Give it a name",
	"\u200B\u200E":               "Give it a name",
	"a\x00b":                     "control characters",
	"a\nb":                       "control characters",
	"a\u202Eb":                   "direction of writing",
	"a\u2066b":                   "direction of writing",
	"a\u2028b":                   "line breaks",
	"\xff":                       "UTF-8",
	string(make([]byte, 121)):    "at most 120",
}
