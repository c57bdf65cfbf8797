package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// github is an identity that nobody has yet.
func github(subject, email string) access.Identity {
	return access.Identity{Issuer: "https://github.com", Subject: subject, Email: email, Name: "<i>Ben</i>"}
}

// propose has the person with an address show an identity in their session.
func propose(t *testing.T, s *store.Store, email string, i access.Identity) {
	t.Helper()
	if err := s.ProposeIdentity(t.Context(), sessionOf(email), "github", i, noon.Add(10*time.Minute)); err != nil {
		t.Fatal(err)
	}
}

// linked has the person with an address sign in in a second way.
func linked(t *testing.T, s *store.Store, who access.Person, i access.Identity) {
	t.Helper()
	propose(t, s, who.Email, i)
	if err := s.ConfirmIdentity(t.Context(), rights(t, s, who), sessionOf(who.Email)); err != nil {
		t.Fatal(err)
	}
}

func TestIdentities(t *testing.T) {
	s := open(t, "")
	ben := signIn(t, s, "ben@example.org")
	n := revision(t, s)
	propose(t, s, "ben@example.org", github("41", "other@example.org"))
	propose(t, s, "ben@example.org", github("42", "ben@work.example"))
	want := store.LinkedIdentity{Identity: github("42", "ben@work.example"), Provider: "github"}
	if got, err := s.PendingIdentity(t.Context(), sessionOf("ben@example.org"), noon); err != nil || got != want {
		t.Errorf("PendingIdentity = %+v, %v, want the later one", got, err)
	}
	if _, err := s.PendingIdentity(t.Context(), sessionOf("ben@example.org"), noon.Add(10*time.Minute)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("PendingIdentity at its end = %v, want fs.ErrNotExist", err)
	}
	if err := s.ConfirmIdentity(t.Context(), rights(t, s, ben), sessionOf("ben@example.org")); err != nil {
		t.Fatal(err)
	}
	facts := `{"issuer":"https://github.com","subject":"42","provider":"github","email":"ben@work.example"}`
	wantEntry(t, s, store.Entry{Event: store.IdentityAdded, Person: ben.ID, Actor: "ben@example.org", Subject: ben.ID, After: facts})
	want.Created, want.Seen = noon, noon
	first := store.LinkedIdentity{
		Identity: access.Identity{Issuer: issuer, Subject: "ben@example.org", Email: "ben@example.org", Name: "ben"},
		Provider: "lab", Created: noon, Seen: noon,
	}
	if got, err := s.Identities(t.Context(), rights(t, s, ben), ben.ID); err != nil || !slices.Equal(got, []store.LinkedIdentity{want, first}) {
		t.Errorf("Identities = %+v, %v, want %+v and %+v", got, err, want, first)
	}
	wantAbsent(t, s, "ConfirmIdentity twice", func() error {
		return s.ConfirmIdentity(t.Context(), rights(t, s, ben), sessionOf("ben@example.org"))
	})
	who, err := s.SignIn(t.Context(), store.SignIn{
		Identity: want.Identity, Session: store.Session{Hash: store.HashOf("second"), Created: noon.Add(time.Hour), Expires: noon.Add(day), IdleExpires: noon.Add(day)},
	})
	if err != nil || who.ID != ben.ID {
		t.Errorf("SignIn with the new identity = %+v, %v, want Ben", who, err)
	}
	if err := s.RemoveIdentity(t.Context(), rights(t, s, ben), ben.ID, "https://github.com", "42"); err != nil {
		t.Fatal(err)
	}
	got := lastAudited(t, s)
	if got.Event != store.IdentityRemoved || got.Subject != ben.ID || got.After != "" {
		t.Errorf("the audit ends with %+v", got)
	}
	if p, err := s.Profile(t.Context(), rights(t, s, ben), ben.ID); err != nil || p.Email != "ben@example.org" {
		t.Errorf("the address is %q, %v, want that of the identity that is left", p.Email, err)
	}
	if got := revision(t, s); got != n {
		t.Errorf("identities changed the revision from %d to %d", n, got)
	}
}

func TestIdentityOfAnotherPerson(t *testing.T) {
	s := open(t, "")
	ben := signIn(t, s, "ben@example.org")
	signIn(t, s, "eve@example.org")
	eves := access.Identity{Issuer: issuer, Subject: "eve@example.org", Email: "eve@example.org"}
	propose(t, s, "ben@example.org", eves)
	wantFault(t, s, "ConfirmIdentity", "identity", "another account", func() error {
		return s.ConfirmIdentity(t.Context(), rights(t, s, ben), sessionOf("ben@example.org"))
	})
	if _, err := s.PendingIdentity(t.Context(), sessionOf("ben@example.org"), noon); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("PendingIdentity afterwards = %v, want fs.ErrNotExist", err)
	}
	propose(t, s, "ben@example.org", access.Identity{Issuer: issuer, Subject: "ben@example.org"})
	entries := len(audited(t, s, ""))
	if err := s.ConfirmIdentity(t.Context(), rights(t, s, ben), sessionOf("ben@example.org")); err != nil || len(audited(t, s, "")) != entries {
		t.Errorf("ConfirmIdentity of one's own = %v, want nil and no entry", err)
	}
}

func TestConfirmIdentityTooLate(t *testing.T) {
	s := open(t, "")
	ben := signIn(t, s, "ben@example.org")
	propose(t, s, "ben@example.org", github("42", ""))
	late := rightsAt(t, s, ben, access.ScopeAdmin, noon.Add(10*time.Minute))
	wantAbsent(t, s, "ConfirmIdentity", func() error { return s.ConfirmIdentity(t.Context(), late, sessionOf("ben@example.org")) })
	wantAbsent(t, s, "ConfirmIdentity, by a clock put back", func() error {
		return s.ConfirmIdentity(t.Context(), rights(t, s, ben), sessionOf("ben@example.org"))
	})
}

func TestIdentitiesRefuse(t *testing.T) {
	s := open(t, "")
	ada, ben, eve := signInAdmin(t, s, "ada@example.org"), signIn(t, s, "ben@example.org"), signIn(t, s, "eve@example.org")
	linked(t, s, ben, github("42", ""))
	propose(t, s, "ben@example.org", github("43", ""))
	remove := func(by access.Rights, person int64, subject string) func() error {
		return func() error { return s.RemoveIdentity(t.Context(), by, person, "https://github.com", subject) }
	}
	wantRefused(t, s, "RemoveIdentity by another", remove(rights(t, s, eve), ben.ID, "42"))
	wantRefused(t, s, "RemoveIdentity by nobody", remove(rights(t, s, access.Person{}), ben.ID, "42"))
	wantRefused(t, s, "RemoveIdentity of nobody", remove(rights(t, s, access.Person{}), 0, "42"))
	wantRefused(t, s, "RemoveIdentity with a token", remove(rightsAt(t, s, ben, access.ScopeShare, noon), ben.ID, "42"))
	wantAbsent(t, s, "RemoveIdentity of what is not there", remove(rights(t, s, ben), ben.ID, "44"))
	wantAbsent(t, s, "RemoveIdentity of another's as one's own", remove(rights(t, s, eve), eve.ID, "42"))
	wantRefused(t, s, "Identities for another", func() error {
		_, err := s.Identities(t.Context(), rights(t, s, eve), ben.ID)
		return err
	})
	if all, err := s.Identities(t.Context(), rights(t, s, ada), ben.ID); err != nil || len(all) != 2 {
		t.Errorf("Identities for an administrator = %+v, %v, want 2", all, err)
	}
	for what, by := range map[string]access.Rights{
		"another": rights(t, s, eve), "an administrator": rights(t, s, ada), "nobody": rights(t, s, access.Person{}),
		"a token": rightsAt(t, s, ben, access.ScopeRead, noon),
	} {
		wantRefused(t, s, "ConfirmIdentity by "+what, func() error { return s.ConfirmIdentity(t.Context(), by, sessionOf("ben@example.org")) })
	}
	wantRefused(t, s, "ConfirmIdentity in no session", func() error { return s.ConfirmIdentity(t.Context(), rights(t, s, ben), store.HashOf("none")) })
	if _, err := s.PendingIdentity(t.Context(), sessionOf("ben@example.org"), noon); err != nil {
		t.Errorf("PendingIdentity after refusals = %v, want it to wait still", err)
	}
	if err := remove(rights(t, s, ada), ben.ID, "42")(); err != nil {
		t.Errorf("RemoveIdentity by an administrator = %v", err)
	}
	wantFault(t, s, "RemoveIdentity of the last", "identity", "the only way", func() error {
		return s.RemoveIdentity(t.Context(), rights(t, s, ben), ben.ID, issuer, "ben@example.org")
	})
	if err := s.ProposeIdentity(t.Context(), store.HashOf("none"), "github", github("45", ""), noon); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ProposeIdentity in no session = %v, want fs.ErrNotExist", err)
	}
}

func TestEndSessions(t *testing.T) {
	s := open(t, "")
	ada, ben, eve := signInAdmin(t, s, "ada@example.org"), signIn(t, s, "ben@example.org"), signIn(t, s, "eve@example.org")
	more := func(secret string) store.Hash {
		n := store.Session{
			Hash: store.HashOf(secret), Person: ben, Provider: "lab", Agent: "Phone", Address: "198.51.100.3", Created: noon, Seen: noon.Add(time.Minute),
			IdleExpires: noon.Add(time.Hour), Expires: noon.Add(day),
		}
		if err := s.AddSession(t.Context(), n, store.Hash{}); err != nil {
			t.Fatal(err)
		}
		return n.Hash
	}
	here, phone := sessionOf("ben@example.org"), more("phone")
	list := func(by access.Rights) string {
		sessions, err := s.SessionsOf(t.Context(), by, ben.ID)
		if err != nil {
			t.Error(err)
		}
		text := ""
		for _, one := range sessions {
			text += one.Agent + " "
		}
		return text
	}
	if got := list(rights(t, s, ben)); got != "Phone Browser " {
		t.Errorf("SessionsOf = %q, want the phone, used last, and the browser", got)
	}
	if got := list(rightsAt(t, s, ada, access.ScopeAdmin, noon.Add(time.Hour))); got != "Browser " {
		t.Errorf("SessionsOf for an administrator an hour later = %q, want the browser", got)
	}
	for what, by := range map[string]access.Rights{
		"another": rights(t, s, eve), "nobody": rights(t, s, access.Person{}), "a token": rightsAt(t, s, ben, access.ScopeShare, noon),
	} {
		if what != "a token" {
			wantRefused(t, s, "SessionsOf for "+what, func() error {
				_, err := s.SessionsOf(t.Context(), by, ben.ID)
				return err
			})
		}
		wantRefused(t, s, "EndSession by "+what, func() error { return s.EndSession(t.Context(), by, ben.ID, phone) })
		wantRefused(t, s, "EndSessions by "+what, func() error {
			_, err := s.EndSessions(t.Context(), by, ben.ID, here)
			return err
		})
	}
	wantRefused(t, s, "SessionsOf nobody for nobody", func() error {
		_, err := s.SessionsOf(t.Context(), rights(t, s, access.Person{}), 0)
		return err
	})
	wantAbsent(t, s, "EndSession of another's as one's own", func() error { return s.EndSession(t.Context(), rights(t, s, eve), eve.ID, phone) })
	n := revision(t, s)
	if err := s.EndSession(t.Context(), rights(t, s, ben), ben.ID, phone); err != nil {
		t.Fatal(err)
	}
	wantEntry(t, s, store.Entry{
		Event: store.SessionEnded, Person: ben.ID, Actor: "ben@example.org", Subject: ben.ID, Detail: "begun 2026-03-01T12:00:00Z from 198.51.100.3",
	})
	wantAbsent(t, s, "EndSession twice", func() error { return s.EndSession(t.Context(), rights(t, s, ben), ben.ID, phone) })
	more("phone")
	more("tablet")
	if ended, err := s.EndSessions(t.Context(), rights(t, s, ben), ben.ID, here); err != nil || ended != 2 {
		t.Errorf("EndSessions = %d, %v, want 2", ended, err)
	}
	wantEntry(t, s, store.Entry{Event: store.SessionEnded, Person: ben.ID, Actor: "ben@example.org", Subject: ben.ID, Detail: "sessions ended: 2"})
	entries := len(audited(t, s, ""))
	if ended, err := s.EndSessions(t.Context(), rights(t, s, ben), ben.ID, here); err != nil || ended != 0 || len(audited(t, s, "")) != entries {
		t.Errorf("EndSessions again = %d, %v, want 0 and no entry", ended, err)
	}
	if ended, err := s.EndSessions(t.Context(), rights(t, s, ada), ben.ID, store.Hash{}); err != nil || ended != 1 {
		t.Errorf("EndSessions by an administrator = %d, %v, want 1", ended, err)
	}
	if got := revision(t, s); got != n {
		t.Errorf("sessions changed the revision from %d to %d", n, got)
	}
	wantSecretsKept(t, s, "phone", "tablet", "session of ben@example.org")
}

func TestAddService(t *testing.T) {
	s := open(t, "")
	ada, ben, eve := signInAdmin(t, s, "ada@example.org"), signIn(t, s, "ben@example.org"), signIn(t, s, "eve@example.org")
	n := revision(t, s)
	id, err := s.AddService(t.Context(), rights(t, s, ada), " nightly ", ben.ID)
	if err != nil {
		t.Fatal(err)
	}
	wantEntry(t, s, store.Entry{
		Event: store.ServiceMade, Person: ada.ID, Actor: "ada@example.org", Subject: id, After: fmt.Sprintf(`{"name":"nightly","owner":%d}`, ben.ID),
	})
	want := store.Profile{Person: access.Person{ID: id, Name: "nightly", Service: true}, Named: true, Owner: ben, Created: noon}
	if got, err := s.Profile(t.Context(), rights(t, s, ben), id); err != nil || got != want {
		t.Errorf("Profile = %+v, %v, want %+v", got, err, want)
	}
	if got, err := s.ServicesOf(t.Context(), rights(t, s, ben), ben.ID); err != nil || !slices.Equal(got, []store.Profile{want}) {
		t.Errorf("ServicesOf = %+v, %v, want %+v", got, err, want)
	}
	if got := revision(t, s); got != n+1 {
		t.Errorf("the revision went from %d to %d, want one more", n, got)
	}
	add := func(by access.Rights, name string, owner int64) func() error {
		return func() error {
			_, err := s.AddService(t.Context(), by, name, owner)
			return err
		}
	}
	wantRefused(t, s, "AddService by somebody", add(rights(t, s, eve), "x", eve.ID))
	wantRefused(t, s, "AddService with a token", add(rightsAt(t, s, ada, access.ScopeShare, noon), "x", ada.ID))
	wantRefused(t, s, "ServicesOf another", func() error {
		_, err := s.ServicesOf(t.Context(), rights(t, s, eve), ben.ID)
		return err
	})
	wantFault(t, s, "AddService without a name", "name", "Give it a name.", add(rights(t, s, ada), "", ben.ID))
	wantFault(t, s, "AddService of nobody", "owner", "Name a person", add(rights(t, s, ada), "x", 0))
	wantFault(t, s, "AddService of a service account", "owner", "Name a person", add(rights(t, s, ada), "x", id))
	yes := true
	if err := s.ChangeProfile(t.Context(), rights(t, s, ada), eve.ID, store.ProfileChange{Disabled: &yes}); err != nil {
		t.Fatal(err)
	}
	wantFault(t, s, "AddService of somebody disabled", "owner", "disabled", add(rights(t, s, ada), "x", eve.ID))
}
