package auth_test

import (
	"errors"
	"io/fs"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/store"
)

func TestChangeCountsFromTheNextCallOn(t *testing.T) {
	s := newFacts(granted(to(adas), nil))
	first, second := auth.NewPolicies(s), auth.NewPolicies(s) // as two portals on one database
	steps := []struct {
		change func()
		want   string
	}{
		{func() {}, "A"},
		{func() { s.set(granted(to(adas), to(everyone))) }, "A B"},
		{func() { s.set(granted(nil, to(everyone))) }, "B"},
		{func() { s.set(granted(nil, nil)) }, ""},
		{func() { s.restore(granted(to(adas), nil), 1) }, "A"}, // a backup, of an earlier revision
	}
	for i, step := range steps {
		step.change()
		for range 3 {
			if got := sees(t, first); got != step.want {
				t.Errorf("step %d: by the first = %q, want %q", i, got, step.want)
			}
			if got := sees(t, second); got != step.want {
				t.Errorf("step %d: by the second = %q, want %q", i, got, step.want)
			}
		}
	}
	if asks, loads := s.counts(); asks != 30 || loads != 10 {
		t.Errorf("30 calls asked for the revision %d times and read the facts %d times, want 30 and 10: once a change each", asks, loads)
	}
}

// TestTwoPortalsOnOneStore has the real store behind two policies.
func TestTwoPortalsOnOneStore(t *testing.T) {
	db, now := newStore(t), newClock().Now()
	if err := db.Seed(t.Context(), now, []store.SeedDataset{{
		Dataset: access.Dataset{Name: "A", Title: "A", Locations: []access.Location{{ID: "loc-a1", Bucket: "b", Prefix: "a/"}}},
	}}); err != nil {
		t.Fatal(err)
	}
	in := store.SignIn{Identity: ada, Admins: []string{ada.Email}, Session: store.Session{
		Hash: store.HashOf("ada"), Created: now, Seen: now, IdleExpires: now.Add(time.Hour), Expires: now.Add(time.Hour),
	}}
	boss, err := db.SignIn(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	in.Identity, in.Admins, in.Session.Hash = access.Identity{Issuer: ada.Issuer, Subject: "2", Name: "Ben"}, nil, store.HashOf("ben")
	ben, err := db.SignIn(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	first, second := auth.NewPolicies(db), auth.NewPolicies(db)
	rights := func(p *auth.Policies, who access.Person) access.Rights {
		t.Helper()
		r, unwell := p.Rights(t.Context(), who, now)
		if unwell != nil {
			t.Fatal(unwell)
		}
		return r
	}
	if _, err = rights(second, ben).Dataset("A"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before the grant, Ben = %v, want fs.ErrNotExist", err)
	}
	by := rights(first, boss)
	a, err := by.Dataset("A")
	if err != nil {
		t.Fatal(err)
	}
	f, _, err := db.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(f.Groups, func(g access.Group) bool { return g.Kind == access.Everyone })
	if i < 0 {
		t.Fatal("there is no group everyone")
	}
	everyone := f.Groups[i].ID
	if err = db.SetGrant(t.Context(), by, access.Grant{Dataset: a.ID, Group: everyone, Permission: "view"}); err != nil {
		t.Fatal(err)
	}
	if _, err = rights(second, ben).Dataset("A"); err != nil {
		t.Errorf("after a grant through the first, Ben through the second = %v", err)
	}
	if err = db.RemoveGrant(t.Context(), by, a.ID, everyone, "view"); err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]*auth.Policies{"first": first, "second": second} {
		if _, err = rights(p, ben).Dataset("A"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("after the grant is taken back, Ben through the %s = %v, want fs.ErrNotExist", name, err)
		}
	}
}

func TestManyAtOnceLoadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFacts(granted(to(adas), nil))
		p := auth.NewPolicies(s)
		for round := 1; round <= 3; round++ {
			s.hold = make(chan struct{})
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() {
					if _, err := p.Current(t.Context()); err != nil {
						t.Errorf("Current = %v", err)
					}
				})
			}
			synctest.Wait() // all of them do
			close(s.hold)
			wg.Wait()
			if _, loads := s.counts(); loads != round {
				t.Errorf("after %d times a hundred callers at once the facts have been read %d times", round, loads)
			}
			s.set(granted(to(adas), nil))
		}
	})
}

// TestReadingThatIsOvertaken changes the facts while they are read: who comes after the change must not be told what was before.
func TestReadingThatIsOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFacts(granted(to(adas), to(adas)))
		s.hold = make(chan struct{})
		p := auth.NewPolicies(s)
		policies := make(chan *access.Policy)
		ask := func() {
			policy, err := p.Current(t.Context())
			if err != nil {
				t.Errorf("Current = %v", err)
			}
			policies <- policy
		}
		go ask()
		synctest.Wait() // it reads
		s.set(granted(nil, nil))
		go ask()
		synctest.Wait() // it waits for the same reading
		close(s.hold)
		old := 0
		for range 2 {
			if policy := <-policies; len(policy.For(adaPerson, access.ScopeRead, time.Unix(1893456000, 0)).Visible()) > 0 {
				old++
			}
		}
		if old > 1 {
			t.Error("who asked after the grants had been taken away was told of them")
		}
	})
}

func TestUnwellStoreIsAnError(t *testing.T) {
	s := newFacts(granted(to(adas), nil))
	p := auth.NewPolicies(s)
	broken := errors.New("broken")
	s.fail(broken)
	for range 2 {
		if got, err := p.Current(t.Context()); !errors.Is(err, broken) || got != nil {
			t.Errorf("Current before the first reading = %v, %v, want the store's error", got, err)
		}
	}
	s.fail(nil)
	if got := sees(t, p); got != "A" {
		t.Errorf("after it has become well = %q, want A", got)
	}
	s.fail(broken)
	if got, err := p.Current(t.Context()); !errors.Is(err, broken) || got != nil {
		t.Errorf("Current while the store is unwell = %v, %v, want its error and no old policy", got, err)
	}
	r, err := p.Rights(t.Context(), adaPerson, time.Unix(1893456000, 0))
	if !errors.Is(err, broken) || len(r.Visible()) > 0 {
		t.Errorf("Rights while the store is unwell = %v, %v, want its error and none", r, err)
	}
	if _, known := p.Route("loc-a1"); !known {
		t.Error("Route does not know a location that it has known, while the store is unwell")
	}
}
