package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

func grantJSON(dataset, group int64, permission, expires string) string {
	return fmt.Sprintf(`{"dataset":%d,"group":%d,"permission":"%s"%s}`, dataset, group, permission, expires)
}

func TestSetGrant(t *testing.T) {
	l := newLab(t)
	dan := l.as(l.dan)
	g := access.Grant{Dataset: l.brain, Group: l.readers, Permission: "view", Since: earlier}
	set := func() error { return l.SetGrant(t.Context(), dan, g) }
	want := store.Entry{Event: store.GrantChanged, Dataset: "brain", Object: fmt.Sprintf("group %d", l.readers)}

	want.After = grantJSON(l.brain, l.readers, "view", "")
	l.tells("view by a manager", dan, true, want, set)
	l.quiet("the same again", set)
	g.Expires = later
	want.Before, want.After = want.After, grantJSON(l.brain, l.readers, "view", expiresLater)
	l.tells("until later", dan, true, want, set)
	if got := l.as(l.lea).Level(l.brain); got != access.View {
		t.Errorf("a member has the level %v, want view", got)
	}
	if got := rightsAt(t, l.Store, l.lea, access.ScopeAdmin, later).Level(l.brain); got != access.None {
		t.Errorf("later a member has the level %v, want none", got)
	}
	afterwards := rightsAt(t, l.Store, l.dan, access.ScopeAdmin, later)
	l.must(l.SetGrant(t.Context(), afterwards, access.Grant{Dataset: l.brain, Group: l.readers, Permission: "view"}))
	got, err := l.GrantsOf(t.Context(), l.as(l.lea), l.readers)
	row := store.GrantRow{
		Grant:     access.Grant{Dataset: l.brain, Group: l.readers, Permission: "view", Since: noon},
		GroupName: "readers", DatasetName: "brain", DatasetTitle: "The brain",
	}
	if err != nil || len(got) != 1 || got[0] != row {
		t.Errorf("GrantsOf = %+v, %v, want %+v", got, err, row)
	}
}

// TestWhoGrants has each give each permission to each kind of group, and take it away again.
func TestWhoGrants(t *testing.T) {
	l := newLab(t)
	tests := map[string]struct {
		who     access.Person
		dataset int64
		mayGive string // of vemao at everyone, public and readers: view, edit, manage, admin and another word
	}{
		"an administrator":        {l.ada, l.heart, "vemao v---o vemao"},
		"who has admin":           {l.fay, l.brain, "vemao v---o vemao"},
		"a manager":               {l.dan, l.brain, "----- ----- ve---"},
		"a manager, of another":   {l.dan, l.heart, "----- ----- -----"},
		"who leads a group of it": {l.lea, l.brain, "----- ----- -----"},
		"somebody":                {l.eve, l.brain, "----- ----- -----"},
		"nobody":                  {nobody, l.brain, "----- ----- -----"},
	}
	words := []string{"view", "edit", "manage", "admin", "other:word"}
	for name, tt := range tests {
		by := l.as(tt.who)
		for i, group := range []int64{l.everyone, l.public, l.readers} {
			for j, word := range words {
				what := fmt.Sprintf("%s gives %s to group %d", name, word, group)
				set := func() error {
					return l.SetGrant(t.Context(), by, access.Grant{Dataset: tt.dataset, Group: group, Permission: word})
				}
				remove := func() error { return l.RemoveGrant(t.Context(), by, tt.dataset, group, word) }
				switch {
				case tt.mayGive[i*6+j] != '-':
					l.must(set())
					l.must(remove())
				case group == l.public && (tt.who == l.ada || tt.who == l.fay):
					wantFault(t, l.Store, what, "permission", "can at most view", set)
				default:
					wantRefused(t, l.Store, what, set)
					wantRefused(t, l.Store, what+" no more", remove)
				}
			}
		}
	}
	wantRefused(t, l.Store, "a token to share", func() error {
		by := rightsAt(t, l.Store, l.dan, access.ScopeShare, noon)
		return l.SetGrant(t.Context(), by, access.Grant{Dataset: l.brain, Group: l.readers, Permission: "view"})
	})
	// The group was not there when these rights were made out.
	stale := access.New(access.Facts{
		Accounts: []access.Account{{ID: l.dan.ID}}, Groups: []access.Group{{ID: l.keepers}}, Datasets: []access.Dataset{{ID: l.brain}},
		Members: []access.Member{{Group: l.keepers, Person: l.dan.ID}},
		Grants:  []access.Grant{{Dataset: l.brain, Group: l.keepers, Permission: "manage"}},
	}).For(l.dan, access.ScopeAdmin, noon)
	wantRefused(t, l.Store, "to everyone, of whom a manager knows nothing yet", func() error {
		return l.SetGrant(t.Context(), stale, access.Grant{Dataset: l.brain, Group: l.everyone, Permission: "view"})
	})
}

func TestSetGrantFindsFault(t *testing.T) {
	l := newLab(t)
	ada := l.as(l.ada)
	set := func(g access.Grant) func() error {
		return func() error { return l.SetGrant(t.Context(), ada, g) }
	}
	for _, bad := range []string{"", "none", "View", "a b", "ü"} {
		wantFault(t, l.Store, fmt.Sprintf("permission %q", bad), "permission", "it is view, edit, manage, admin, or a word of another service",
			set(access.Grant{Dataset: l.brain, Group: l.readers, Permission: bad}))
	}
	for what, expires := range map[string]time.Time{"until now": noon, "until earlier": earlier} {
		wantFault(t, l.Store, what, "expires", "passed", set(access.Grant{Dataset: l.brain, Group: l.readers, Permission: "view", Expires: expires}))
	}
	wantFault(t, l.Store, "to a group that is not there", "group", "no such group", set(access.Grant{Dataset: l.brain, Group: 1234, Permission: "view"}))
	wantAbsent(t, l.Store, "on a dataset that is not there", set(access.Grant{Dataset: 1234, Group: l.readers, Permission: "view"}))
	l.must(l.ChangeDataset(t.Context(), ada, l.heart, store.DatasetChange{Retired: new(true)}))
	l.must(set(access.Grant{Dataset: l.heart, Group: l.readers, Permission: "view"})())
	if got, err := l.GrantsOf(t.Context(), ada, l.readers); err != nil || len(got) != 0 {
		t.Errorf("GrantsOf = %+v, %v, want none on datasets that are retired", got, err)
	}
}

func TestRemoveGrant(t *testing.T) {
	l := newLab(t)
	l.grant(l.brain, l.readers, "view")
	dan := l.as(l.dan)
	remove := func() error { return l.RemoveGrant(t.Context(), dan, l.brain, l.readers, "view") }
	l.tells("taking it back", dan, true, store.Entry{
		Event: store.GrantChanged, Dataset: "brain", Object: fmt.Sprintf("group %d", l.readers), Before: grantJSON(l.brain, l.readers, "view", ""),
	}, remove)
	if got := l.as(l.lea).Level(l.brain); got != access.None {
		t.Errorf("a member has the level %v still", got)
	}
	wantAbsent(t, l.Store, "taking it back again", remove)
	wantAbsent(t, l.Store, "what was not given", func() error { return l.RemoveGrant(t.Context(), l.as(l.ada), 1234, l.readers, "view") })
	wantRefused(t, l.Store, "their own manage", func() error { return l.RemoveGrant(t.Context(), dan, l.brain, l.keepers, "manage") })
	wantRefused(t, l.Store, "the admin of others", func() error { return l.RemoveGrant(t.Context(), dan, l.brain, l.owners, "admin") })
}

func TestGrants(t *testing.T) {
	l := newLab(t)
	l.grant(l.brain, l.everyone, "view")
	l.must(l.SetGrant(t.Context(), rightsAt(t, l.Store, l.ada, access.ScopeAdmin, earlier),
		access.Grant{Dataset: l.brain, Group: l.keepers, Permission: "edit", Expires: noon}))
	name := func(g store.GrantRow) string { return g.GroupName + " " + g.Permission }
	want := []string{"everyone view", "keepers edit", "keepers manage", "owners admin"}
	got, err := l.Grants(t.Context(), l.as(l.dan), l.brain)
	rows(t, "Grants, also what is over", got, len(got), err, name, 4, want...)
	if len(got) == 4 && (!got[1].Since.Equal(earlier) || !got[1].Expires.Equal(noon)) {
		t.Errorf("the grant that is over lasts from %v to %v", got[1].Since, got[1].Expires)
	}
	l.grant(l.heart, l.readers, "view")
	l.grant(l.brain, l.readers, "view")
	ofGroup, err := l.GrantsOf(t.Context(), l.as(l.lea), l.readers)
	rows(t, "GrantsOf", ofGroup, len(ofGroup), err, func(g store.GrantRow) string { return g.DatasetName }, 2, "brain", "heart")
	l.refuses("listing heart's", map[string]access.Person{"a manager of another": l.dan, "a member": l.lea, "nobody": nobody},
		reads(func(by access.Rights) ([]store.GrantRow, error) { return l.Grants(t.Context(), by, l.heart) }))
	l.refuses("listing those of keepers", map[string]access.Person{"a member": l.dan, "who leads another": l.lea, "nobody": nobody},
		reads(func(by access.Rights) ([]store.GrantRow, error) { return l.GrantsOf(t.Context(), by, l.keepers) }))
}

// TestGrantsAtOnce gives the same at the same time: it is told once.
func TestGrantsAtOnce(t *testing.T) {
	l := newLab(t)
	by, n := l.as(l.ada), revision(t, l.Store)
	told := len(audited(t, l.Store, store.GrantChanged))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := l.SetGrant(t.Context(), by, access.Grant{Dataset: l.brain, Group: l.readers, Permission: "view"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := len(audited(t, l.Store, store.GrantChanged)) - told; got != 1 || revision(t, l.Store) != n+1 {
		t.Errorf("it is told %d times, in %d revisions, want once", got, revision(t, l.Store)-n)
	}
}
