package store_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

const day = 24 * time.Hour

// service makes a service account of owner's.
func service(t *testing.T, s *store.Store, by access.Rights, name string, owner access.Person) access.Person {
	t.Helper()
	id, err := s.AddService(t.Context(), by, name, owner.ID)
	if err != nil {
		t.Fatal(err)
	}
	return access.Person{ID: id, Name: name, Service: true}
}

// wantSecretsKept fails if a secret, or what stands for it in the database, is anywhere in the audit.
func wantSecretsKept(t *testing.T, s *store.Store, secrets ...string) {
	t.Helper()
	text, err := json.Marshal(audited(t, s, ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range secrets {
		hash := store.HashOf(secret)
		for _, form := range []string{secret, fmt.Sprintf("%x", hash), base64.StdEncoding.EncodeToString(hash[:])} {
			if strings.Contains(strings.ToLower(string(text)), strings.ToLower(form)) {
				t.Errorf("the audit holds %q: %s", form, text)
			}
		}
	}
}

func TestToken(t *testing.T) {
	s := open(t, "")
	ben := signIn(t, s, "ben@example.org")
	n := revision(t, s)
	made, secret, err := s.AddToken(t.Context(), rights(t, s, ben), ben.ID, "  laptop ", access.ScopeShare, noon.Add(30*day))
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(secret) {
		t.Errorf("the secret is %q, want 32 small hexadecimal digits", secret)
	}
	want := store.Token{ID: made.ID, Owner: ben, Name: "laptop", Scope: access.ScopeShare, Created: noon, Expires: noon.Add(30 * day)}
	if made != want || made.ID == 0 {
		t.Errorf("AddToken = %+v, want %+v", made, want)
	}
	wantEntry(t, s, store.Entry{
		Event: store.TokenMade, Person: ben.ID, Actor: "ben@example.org", Subject: ben.ID, Object: fmt.Sprintf("token %d", made.ID),
		After: `{"name":"laptop","scope":"share","expires":1774958400123}`,
	})
	if list, err := s.Tokens(t.Context(), rights(t, s, ben), ben.ID); err != nil || len(list) != 1 || list[0] != want {
		t.Errorf("Tokens = %+v, %v, want %+v", list, err, want)
	}
	want.Used, want.Address = noon.Add(time.Hour), "198.51.100.1"
	if used, err := s.UseToken(t.Context(), secret, noon.Add(time.Hour), "198.51.100.1"); err != nil || used != want {
		t.Errorf("UseToken = %+v, %v, want %+v", used, err, want)
	}
	if p, err := s.Profile(t.Context(), rights(t, s, ben), ben.ID); err != nil || !p.Seen.Equal(noon.Add(time.Hour)) {
		t.Errorf("the profile was seen at %v, %v, want when the token was used", p.Seen, err)
	}
	if err := s.RevokeToken(t.Context(), rights(t, s, ben), made.ID); err != nil {
		t.Fatal(err)
	}
	wantEntry(t, s, store.Entry{
		Event: store.TokenRevoked, Person: ben.ID, Actor: "ben@example.org", Subject: ben.ID, Object: fmt.Sprintf("token %d", made.ID),
		Before: `{"name":"laptop","scope":"share","expires":1774958400123}`,
	})
	entries := len(audited(t, s, ""))
	if err := s.RevokeToken(t.Context(), rights(t, s, ben), made.ID); err != nil || len(audited(t, s, "")) != entries {
		t.Errorf("RevokeToken twice = %v, want nil and no entry", err)
	}
	want.Revoked = true
	if list, err := s.Tokens(t.Context(), rights(t, s, ben), ben.ID); err != nil || len(list) != 1 || list[0] != want {
		t.Errorf("Tokens = %+v, %v, want %+v", list, err, want)
	}
	if got := revision(t, s); got != n {
		t.Errorf("tokens changed the revision from %d to %d", n, got)
	}
	wantSecretsKept(t, s, secret)
}

// wantEntry fails unless the newest entry is want, made in a browser at noon.
func wantEntry(t *testing.T, s *store.Store, want store.Entry) {
	t.Helper()
	want.At, want.Via, want.Address = noon, "session", "192.0.2.7"
	if got := lastAudited(t, s); got != want {
		t.Errorf("the audit ends with\n%+v, want\n%+v", got, want)
	}
}

func TestUseTokenRefuses(t *testing.T) {
	tests := map[string]func(s *store.Store, admin access.Rights, owner, bot access.Person, token store.Token) error{
		"a revoked one": func(s *store.Store, admin access.Rights, _, _ access.Person, token store.Token) error {
			return s.RevokeToken(t.Context(), admin, token.ID)
		},
		"one of a disabled account": func(s *store.Store, admin access.Rights, _, bot access.Person, _ store.Token) error {
			yes := true
			return s.ChangeProfile(t.Context(), admin, bot.ID, store.ProfileChange{Disabled: &yes})
		},
		"one of a disabled owner's account": func(s *store.Store, admin access.Rights, owner, _ access.Person, _ store.Token) error {
			yes := true
			return s.ChangeProfile(t.Context(), admin, owner.ID, store.ProfileChange{Disabled: &yes})
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, "")
			ada, ben := signInAdmin(t, s, "ada@example.org"), signIn(t, s, "ben@example.org")
			bot := service(t, s, rights(t, s, ada), "nightly", ben)
			token, secret, err := s.AddToken(t.Context(), rights(t, s, ben), bot.ID, "ci", access.ScopeRead, noon.Add(day))
			if err != nil {
				t.Fatal(err)
			}
			if used, err := s.UseToken(t.Context(), secret, noon.Add(day-1), ""); err != nil || used.Owner != bot {
				t.Fatalf("UseToken = %+v, %v, want %+v", used.Owner, err, bot)
			}
			if _, err := s.UseToken(t.Context(), secret, noon.Add(day), ""); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("UseToken at its end = %v, want fs.ErrNotExist", err)
			}
			if _, err := s.UseToken(t.Context(), strings.ToUpper(secret), noon, ""); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("UseToken of another secret = %v, want fs.ErrNotExist", err)
			}
			if err := change(s, rights(t, s, ada), ben, bot, token); err != nil {
				t.Fatal(err)
			}
			if _, err := s.UseToken(t.Context(), secret, noon, ""); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("UseToken = %v, want fs.ErrNotExist", err)
			}
		})
	}
}

func TestUseTokenIsNotedToTheMinute(t *testing.T) {
	s := open(t, "")
	ben := signIn(t, s, "ben@example.org")
	_, secret, err := s.AddToken(t.Context(), rights(t, s, ben), ben.ID, "laptop", access.ScopeRead, noon.Add(day))
	if err != nil {
		t.Fatal(err)
	}
	for _, use := range []struct {
		at, noted time.Duration
		from      string
		what      string
	}{
		{0, 0, "a", "the first use is noted"},
		{59 * time.Second, 0, "a", "another within the minute is not"},
		{time.Minute, time.Minute, "c", "one after it is"},
		{30 * time.Second, time.Minute, "c", "a clock that is behind takes nothing back"},
		{-time.Hour, -time.Hour, "e", "unless it is one that has been far ahead"},
	} {
		if _, err := s.UseToken(t.Context(), secret, noon.Add(use.at), use.from); err != nil {
			t.Fatal(err)
		}
		list, err := s.Tokens(t.Context(), rights(t, s, ben), ben.ID)
		if err != nil || !list[0].Used.Equal(noon.Add(use.noted)) || list[0].Address != use.from {
			t.Errorf("%s: Tokens = %+v, %v", use.what, list, err)
		}
	}
}

func TestUseTokenWorksWhenNothingCanBeWritten(t *testing.T) {
	needSQLite(t)
	s := open(t, "")
	ben := signIn(t, s, "ben@example.org")
	_, secret, err := s.AddToken(t.Context(), rights(t, s, ben), ben.ID, "laptop", access.ScopeRead, noon.Add(day))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Exec(t.Context(), "PRAGMA query_only = 1"); err != nil {
		t.Fatal(err)
	}
	if used, err := s.UseToken(t.Context(), secret, noon, "192.0.2.9"); err != nil || used.Owner != ben {
		t.Errorf("UseToken = %+v, %v, want the token", used, err)
	}
}

func TestTokensRefuse(t *testing.T) {
	s := open(t, "")
	ada, ben, eve := signInAdmin(t, s, "ada@example.org"), signIn(t, s, "ben@example.org"), signIn(t, s, "eve@example.org")
	bot := service(t, s, rights(t, s, ada), "nightly", ben)
	of := func(who access.Person) store.Token {
		made, _, err := s.AddToken(t.Context(), rights(t, s, ben), who.ID, "one", access.ScopeRead, noon.Add(day))
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	bens, bots := of(ben), of(bot)
	tests := map[string]struct {
		by              access.Rights
		add, list, kill bool // allowed for Ben's, the service account's is the other
		botAdd, botList bool
	}{
		"nobody":                               {by: rights(t, s, access.Person{})},
		"somebody else":                        {by: rights(t, s, eve)},
		"themselves":                           {by: rights(t, s, ben), add: true, list: true, kill: true, botAdd: true, botList: true},
		"themselves, with a token that reads":  {by: rightsAt(t, s, ben, access.ScopeRead, noon), list: true, botList: true},
		"themselves, with a token that shares": {by: rightsAt(t, s, ben, access.ScopeShare, noon), list: true, botList: true},
		"an administrator":                     {by: rights(t, s, ada), list: true, kill: true, botAdd: true, botList: true},
		"an administrator's reading token":     {by: rightsAt(t, s, ada, access.ScopeRead, noon)},
		"the service account":                  {by: rights(t, s, bot), botList: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			check := func(allowed bool, what string, do func() error) {
				t.Helper()
				if !allowed {
					wantRefused(t, s, what, do)
				} else if err := do(); err != nil {
					t.Errorf("%s = %v", what, err)
				}
			}
			add := func(who access.Person) func() error {
				return func() error {
					_, _, err := s.AddToken(t.Context(), tt.by, who.ID, "x", access.ScopeRead, noon.Add(day))
					return err
				}
			}
			list := func(who access.Person) func() error {
				return func() error {
					_, err := s.Tokens(t.Context(), tt.by, who.ID)
					return err
				}
			}
			check(tt.add, "AddToken", add(ben))
			check(tt.botAdd, "AddToken of the service account", add(bot))
			check(tt.list, "Tokens", list(ben))
			check(tt.botList, "Tokens of the service account", list(bot))
			check(tt.kill, "RevokeToken", func() error { return s.RevokeToken(t.Context(), tt.by, bens.ID) })
			check(tt.botAdd, "RevokeToken of the service account", func() error { return s.RevokeToken(t.Context(), tt.by, bots.ID) })
		})
	}
	t.Run("what is not there", func(t *testing.T) {
		wantAbsent(t, s, "RevokeToken", func() error { return s.RevokeToken(t.Context(), rights(t, s, ada), 9999) })
		wantRefused(t, s, "RevokeToken by a stranger", func() error { return s.RevokeToken(t.Context(), rights(t, s, eve), bens.ID) })
		wantAbsent(t, s, "Tokens", func() error {
			_, err := s.Tokens(t.Context(), rights(t, s, ada), 9999)
			return err
		})
	})
}

func TestAddTokenFaults(t *testing.T) {
	s := open(t, "")
	ada, ben := signInAdmin(t, s, "ada@example.org"), signIn(t, s, "ben@example.org")
	bot := service(t, s, rights(t, s, ada), "nightly", ben)
	add := func(who access.Person, name string, scope access.Scope, expires time.Time) error {
		_, secret, err := s.AddToken(t.Context(), rights(t, s, ben), who.ID, name, scope, expires)
		if err != nil && secret != "" {
			t.Errorf("AddToken returns a secret with %v", err)
		}
		return err
	}
	tests := map[string]struct {
		who         access.Person
		name        string
		scope       access.Scope
		expires     time.Time
		field, says string
	}{
		"no name":                       {ben, " ", access.ScopeRead, noon.Add(day), "name", "Give it a name."},
		"a name that turns the writing": {ben, "lap\u202Etop", access.ScopeRead, noon.Add(day), "name", "direction of writing"},
		"no scope":                      {ben, "laptop", access.NoScope, noon.Add(day), "scope", "read, share or admin"},
		"a scope beyond all":            {ben, "laptop", access.ScopeAdmin + 1, noon.Add(day), "scope", "read, share or admin"},
		"an end that has come":          {ben, "laptop", access.ScopeRead, noon, "expires", "in the past"},
		"a person's without end":        {ben, "laptop", access.ScopeRead, time.Time{}, "expires", "Say when"},
		"a person's of over a year":     {ben, "laptop", access.ScopeRead, noon.AddDate(1, 0, 2), "expires", "at most a year"},
		"a service account's, ended":    {bot, "ci", access.ScopeRead, noon.Add(-1), "expires", "in the past"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			wantFault(t, s, "AddToken", tt.field, tt.says, func() error { return add(tt.who, tt.name, tt.scope, tt.expires) })
		})
	}
	if err := add(bot, "ci", access.ScopeAdmin, time.Time{}); err != nil {
		t.Errorf("AddToken without end for a service account = %v", err)
	}
	if err := add(ben, "<b>laptop</b> \u200Fעברית", access.ScopeRead, noon.AddDate(1, 0, 0)); err != nil {
		t.Errorf("AddToken with markup and a mark of direction = %v", err)
	}
	for i := range store.MaxTokens - 1 {
		if err := add(ben, fmt.Sprintf("laptop %d", i), access.ScopeRead, noon.Add(day)); err != nil {
			t.Fatal(err)
		}
	}
	wantFault(t, s, "AddToken of one too many", "token", "There are 50 tokens already", func() error {
		return add(ben, "one more", access.ScopeRead, noon.Add(day))
	})
	later := rightsAt(t, s, ben, access.ScopeAdmin, noon.Add(2*day))
	if _, _, err := s.AddToken(t.Context(), later, ben.ID, "one more", access.ScopeRead, noon.Add(3*day)); err != nil {
		t.Errorf("AddToken when the others have ended = %v", err)
	}
}
