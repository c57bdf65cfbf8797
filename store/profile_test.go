package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"

	"ngportal/access"
	"ngportal/store"
)

func TestChangeProfile(t *testing.T) {
	yes, no, word := true, false, func(s string) *string { return &s }
	ids := func(t *testing.T, s *store.Store) (ada, ben access.Person, bot int64) {
		ada, ben = signInAdmin(t, s, "ada@example.org"), signIn(t, s, "ben@example.org")
		return ada, ben, service(t, s, rights(t, s, ada), "nightly", ben).ID
	}
	tests := map[string]struct {
		by, of        string // ada, ben, bot
		c             store.ProfileChange
		want          func(*store.Profile)
		before, after string
		revised       int64
	}{
		"one's own name": {
			"ben", "ben",
			store.ProfileChange{Name: word(" Benjamin \u202Bx\u202C"[:10])},
			func(p *store.Profile) { p.Name, p.Named = "Benjamin", true },
			`{"name":"ben","named":false}`, `{"name":"Benjamin","named":true}`, 0,
		},
		"a name with markup and a mark of direction": {
			"ada", "ben",
			store.ProfileChange{Name: word("<b>\u200F&")},
			func(p *store.Profile) { p.Name, p.Named = "<b>\u200F&", true },
			`{"name":"ben","named":false}`, "{\"name\":\"\\u003cb\\u003e\u200F\\u0026\",\"named\":true}", 0,
		},
		"a new administrator": {"ada", "ben", store.ProfileChange{Admin: &yes}, func(p *store.Profile) { p.Admin = true }, `{"admin":false}`, `{"admin":true}`, 1},
		"a disabled person":   {"ada", "ben", store.ProfileChange{Disabled: &yes}, func(p *store.Profile) { p.Disabled = true }, `{"disabled":false}`, `{"disabled":true}`, 1},
		"a service account, by its owner": {
			"ben", "bot",
			store.ProfileChange{Disabled: &yes},
			func(p *store.Profile) { p.Disabled = true },
			`{"disabled":false}`, `{"disabled":true}`, 1,
		},
		"a service account's name": {
			"ada", "bot",
			store.ProfileChange{Name: word("weekly")},
			func(p *store.Profile) { p.Name = "weekly" },
			`{"name":"nightly","named":true}`, `{"name":"weekly","named":true}`, 0,
		},
		"what is so already": {"ada", "ben", store.ProfileChange{Admin: &no, Disabled: &no, Name: word("")}, func(*store.Profile) {}, "", "", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, "")
			ada, ben, bot := ids(t, s)
			by := map[string]access.Rights{"ada": rights(t, s, ada), "ben": rights(t, s, ben)}[tt.by]
			of := map[string]int64{"ada": ada.ID, "ben": ben.ID, "bot": bot}[tt.of]
			want, err := s.Profile(t.Context(), by, of)
			if err != nil {
				t.Fatal(err)
			}
			tt.want(&want)
			n, entries := revision(t, s), len(audited(t, s, ""))
			if err := s.ChangeProfile(t.Context(), by, of, tt.c); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Profile(t.Context(), rights(t, s, ada), of); err != nil || got != want {
				t.Errorf("Profile = %+v, %v, want %+v", got, err, want)
			}
			if got := revision(t, s); got != n+tt.revised {
				t.Errorf("the revision went from %d to %d, want %d more", n, got, tt.revised)
			}
			if tt.after == "" {
				if got := len(audited(t, s, "")); got != entries {
					t.Errorf("%d entries in the audit, want none", got-entries)
				}
				return
			}
			wantEntry(t, s, store.Entry{
				Event: store.PersonChanged, Person: by.Person().ID, Actor: tt.by + "@example.org", Subject: of, Before: tt.before, After: tt.after,
			})
		})
	}
}

func TestChosenNameStays(t *testing.T) {
	s := open(t, "")
	ben := signIn(t, s, "ben@example.org")
	name := func(to string) {
		if err := s.ChangeProfile(t.Context(), rights(t, s, ben), ben.ID, store.ProfileChange{Name: &to}); err != nil {
			t.Fatal(err)
		}
	}
	name("Benjamin")
	if got := signIn(t, s, "ben@example.org"); got.Name != "Benjamin" {
		t.Errorf("after signing in again the name is %q, want Benjamin", got.Name)
	}
	name("")
	if p, err := s.Profile(t.Context(), rights(t, s, ben), ben.ID); err != nil || p.Name != "ben" || p.Named {
		t.Errorf("Profile = %+v, %v, want the identity provider's name", p, err)
	}
}

func TestDisablingSignsOut(t *testing.T) {
	s := open(t, "")
	ada, ben := signInAdmin(t, s, "ada@example.org"), signIn(t, s, "ben@example.org")
	yes := true
	if err := s.ChangeProfile(t.Context(), rights(t, s, ada), ben.ID, store.ProfileChange{Disabled: &yes}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(t.Context(), sessionOf("ben@example.org")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Session = %v, want fs.ErrNotExist", err)
	}
	if _, err := s.Session(t.Context(), sessionOf("ada@example.org")); err != nil {
		t.Errorf("Session of the administrator = %v, want nil", err)
	}
	if r := rights(t, s, ben); r.Person().SignedIn() {
		t.Errorf("the disabled person still has rights: %+v", r.Person())
	}
}

func TestChangeProfileRefuses(t *testing.T) {
	s := open(t, "")
	ada, ben, eve := signInAdmin(t, s, "ada@example.org"), signIn(t, s, "ben@example.org"), signIn(t, s, "eve@example.org")
	cy := signIn(t, s, "cy@example.org")
	bot := service(t, s, rights(t, s, ada), "nightly", ben)
	manager(t, s, rights(t, s, ada), access.Dataset{Name: "I58"}, cy)
	yes, no, name := true, false, "Mallory"
	tests := map[string]struct {
		by access.Rights
		id int64
		c  store.ProfileChange
	}{
		"nobody":                                   {rights(t, s, access.Person{}), ben.ID, store.ProfileChange{Name: &name}},
		"somebody else's name":                     {rights(t, s, eve), ben.ID, store.ProfileChange{Name: &name}},
		"a manager, somebody else's name":          {rights(t, s, cy), ben.ID, store.ProfileChange{Name: &name}},
		"one's own name with a token that shares":  {rightsAt(t, s, ben, access.ScopeShare, noon), ben.ID, store.ProfileChange{Name: &name}},
		"oneself an administrator":                 {rights(t, s, ben), ben.ID, store.ProfileChange{Admin: &yes}},
		"a manager, somebody an administrator":     {rights(t, s, cy), ben.ID, store.ProfileChange{Admin: &yes}},
		"oneself disabled":                         {rights(t, s, ben), ben.ID, store.ProfileChange{Disabled: &yes}},
		"an owner, the account in use again":       {rights(t, s, ben), bot.ID, store.ProfileChange{Disabled: &no}},
		"an owner, another owner":                  {rights(t, s, ben), bot.ID, store.ProfileChange{Owner: &eve.ID}},
		"an owner, with a token that shares":       {rightsAt(t, s, ben, access.ScopeShare, noon), bot.ID, store.ProfileChange{Disabled: &yes}},
		"somebody else, the service account":       {rights(t, s, eve), bot.ID, store.ProfileChange{Disabled: &yes}},
		"the service account, itself":              {rights(t, s, bot), bot.ID, store.ProfileChange{Disabled: &yes}},
		"an administrator's token that shares":     {rightsAt(t, s, ada, access.ScopeShare, noon), ben.ID, store.ProfileChange{Disabled: &yes}},
		"somebody, an account that is not there":   {rights(t, s, eve), 9999, store.ProfileChange{Name: &name}},
		"a change with one allowed part and a bad": {rights(t, s, ben), ben.ID, store.ProfileChange{Name: &name, Admin: &yes}},
	}
	for what, tt := range tests {
		t.Run(what, func(t *testing.T) {
			wantRefused(t, s, "ChangeProfile", func() error { return s.ChangeProfile(t.Context(), tt.by, tt.id, tt.c) })
		})
	}
	for _, id := range []int64{0, 9999} {
		wantAbsent(t, s, fmt.Sprintf("ChangeProfile(%d)", id), func() error {
			return s.ChangeProfile(t.Context(), rights(t, s, ada), id, store.ProfileChange{Name: &name})
		})
	}
}

func TestChangeProfileFaults(t *testing.T) {
	s := open(t, "")
	ada, ben, dan := signInAdmin(t, s, "ada@example.org"), signIn(t, s, "ben@example.org"), signIn(t, s, "dan@example.org")
	bot := service(t, s, rights(t, s, ada), "nightly", ben)
	yes, no := true, false
	if err := s.ChangeProfile(t.Context(), rights(t, s, ada), dan.ID, store.ProfileChange{Disabled: &yes, Admin: &yes}); err != nil {
		t.Fatal(err)
	}
	word, id := func(s string) *string { return &s }, func(n int64) *int64 { return &n }
	tests := map[string]struct {
		id          int64
		c           store.ProfileChange
		field, says string
	}{
		"the last administrator no more; a disabled one does not count": {ada.ID, store.ProfileChange{Admin: &no}, "admin", "last administrator"},
		"yourself disabled":              {ada.ID, store.ProfileChange{Disabled: &yes}, "disabled", "your own account"},
		"a service account that governs": {bot.ID, store.ProfileChange{Admin: &yes}, "admin", "A service account"},
		"a service account without name": {bot.ID, store.ProfileChange{Name: word(" ")}, "name", "Give it a name."},
		"a long name":                    {ben.ID, store.ProfileChange{Name: word(strings.Repeat("ü", 121))}, "name", "at most 120"},
		"a name of two lines":            {ben.ID, store.ProfileChange{Name: word("a\nb")}, "name", "line breaks"},
		"a name that turns the writing":  {ben.ID, store.ProfileChange{Name: word("a\u202Eb")}, "name", "direction of writing"},
		"an isolated direction":          {ben.ID, store.ProfileChange{Name: word("a\u2067b")}, "name", "direction of writing"},
		"a name that is no text":         {ben.ID, store.ProfileChange{Name: word("\xff")}, "name", "UTF-8"},
		"a person's owner":               {ben.ID, store.ProfileChange{Owner: id(ada.ID)}, "owner", "Only a service account"},
		"an owner who is not there":      {bot.ID, store.ProfileChange{Owner: id(9999)}, "owner", "Name a person"},
		"an owner that is none":          {bot.ID, store.ProfileChange{Owner: id(bot.ID)}, "owner", "Name a person"},
		"a disabled owner":               {bot.ID, store.ProfileChange{Owner: id(dan.ID)}, "owner", "disabled"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			wantFault(t, s, "ChangeProfile", tt.field, tt.says, func() error { return s.ChangeProfile(t.Context(), rights(t, s, ada), tt.id, tt.c) })
		})
	}
	if err := s.ChangeProfile(t.Context(), rights(t, s, ada), bot.ID, store.ProfileChange{Owner: &ada.ID}); err != nil {
		t.Fatal(err)
	}
	if p, err := s.Profile(t.Context(), rights(t, s, ada), bot.ID); err != nil || p.Owner != ada {
		t.Errorf("the owner is %+v, %v, want %+v", p.Owner, err, ada)
	}
}

func TestTwoAdministratorsRemoveEachOther(t *testing.T) {
	no, yes := false, true
	for name, c := range map[string]store.ProfileChange{"no administrator any more": {Admin: &no}, "disabled": {Disabled: &yes}} {
		t.Run(name, func(t *testing.T) {
			s := open(t, "")
			ada, ben := signInAdmin(t, s, "ada@example.org"), signInAdmin(t, s, "ben@example.org")
			byAda, byBen := rights(t, s, ada), rights(t, s, ben)
			errs := make([]error, 2)
			var group sync.WaitGroup
			group.Go(func() { errs[0] = s.ChangeProfile(context.WithoutCancel(t.Context()), byAda, ben.ID, c) })
			group.Go(func() { errs[1] = s.ChangeProfile(context.WithoutCancel(t.Context()), byBen, ada.ID, c) })
			group.Wait()
			slices.SortFunc(errs, func(a, b error) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			if errs[0] != nil || !errors.Is(errs[1], store.ErrInvalid) {
				t.Errorf("ChangeProfile of each other = %v, want one to succeed and one Fault", errs)
			}
			facts, _, err := s.Facts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			left := slices.DeleteFunc(facts.Accounts, func(a access.Account) bool { return !a.Admin || a.Disabled })
			if len(left) != 1 {
				t.Errorf("%d administrators are left, want 1", len(left))
			}
		})
	}
}
