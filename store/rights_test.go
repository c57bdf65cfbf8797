package store_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

const issuer = "https://id.example.org"

// signIn has somebody sign in at noon, with the address as their subject, and what is before the @ as their name.
// Their session is that of [sessionOf].
func signIn(t *testing.T, s *store.Store, email string) access.Person {
	t.Helper()
	return signInAs(t, s, email)
}

// signInAdmin is signIn of somebody whom the configuration names an administrator of the portal.
func signInAdmin(t *testing.T, s *store.Store, email string) access.Person {
	t.Helper()
	return signInAs(t, s, email, email)
}

func signInAs(t *testing.T, s *store.Store, email string, admins ...string) access.Person {
	t.Helper()
	name, _, _ := strings.Cut(email, "@")
	who, err := s.SignIn(t.Context(), store.SignIn{
		Identity: access.Identity{Issuer: issuer, Subject: email, Email: email, Name: name},
		Session: store.Session{
			Hash: sessionOf(email), Provider: "lab", Agent: "Browser", Address: "192.0.2.7", Created: noon, Seen: noon,
			IdleExpires: noon.Add(8 * time.Hour), Expires: noon.Add(24 * time.Hour),
		},
		Replaced: sessionOf(email), Admins: admins,
	})
	if err != nil {
		t.Fatalf("SignIn of %s: %v", email, err)
	}
	return who
}

// sessionOf is the session that signIn begins.
func sessionOf(email string) store.Hash { return store.HashOf("session of " + email) }

// rights are what who may do in s at noon, in a browser.
func rights(t *testing.T, s *store.Store, who access.Person) access.Rights {
	t.Helper()
	return rightsAt(t, s, who, access.ScopeAdmin, noon)
}

// rightsAt are what who may do in s at another time, or with another credential.
func rightsAt(t *testing.T, s *store.Store, who access.Person, scope access.Scope, now time.Time) access.Rights {
	t.Helper()
	facts, _, err := s.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := access.New(facts).For(who, scope, now)
	r.Via, r.From = "session", "192.0.2.7"
	return r
}

// auditor are the rights of an administrator whom no store knows: for reading.
func auditor() access.Rights {
	const id = 1 << 40
	policy := access.New(access.Facts{Accounts: []access.Account{{ID: id, Admin: true}}})
	return policy.For(access.Person{ID: id, Name: "auditor"}, access.ScopeAdmin, noon)
}

// audited is what the audit has of an event, newest first; of all if it is "".
func audited(t *testing.T, s *store.Store, event store.Event) []store.Entry {
	t.Helper()
	entries, err := s.Audit(t.Context(), auditor(), store.AuditQuery{Event: event})
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// lastAudited is the newest entry, without its id.
func lastAudited(t *testing.T, s *store.Store) store.Entry {
	t.Helper()
	entries := audited(t, s, "")
	if len(entries) == 0 {
		t.Fatal("the audit is empty")
	}
	entries[0].ID = 0
	return entries[0]
}

// revision is how often who may do what has been changed.
func revision(t *testing.T, s *store.Store) int64 {
	t.Helper()
	n, err := s.Revision(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// wantNothing fails if do succeeds, or leaves anything in the audit or a new revision behind.
func wantNothing(t *testing.T, s *store.Store, what string, do func() error) error {
	t.Helper()
	entries, n := len(audited(t, s, "")), revision(t, s)
	err := do()
	if err == nil {
		t.Errorf("%s succeeded", what)
	}
	if got := len(audited(t, s, "")); got != entries {
		t.Errorf("%s left %d entries in the audit", what, got-entries)
	}
	if got := revision(t, s); got != n {
		t.Errorf("%s changed the revision from %d to %d", what, n, got)
	}
	return err
}

// wantRefused fails if do is not refused with a sentence for people, or leaves anything behind.
func wantRefused(t *testing.T, s *store.Store, what string, do func() error) {
	t.Helper()
	err := wantNothing(t, s, what, do)
	if _, ok := errors.AsType[*access.Refusal](err); !ok || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%s = %v, want an access.Refusal", what, err)
	}
}

// wantFault fails if do does not find fault with field in words that hold says, or leaves anything behind.
func wantFault(t *testing.T, s *store.Store, what, field, says string, do func() error) {
	t.Helper()
	err := wantNothing(t, s, what, do)
	fault, ok := errors.AsType[*store.Fault](err)
	if !ok || !errors.Is(err, store.ErrInvalid) {
		t.Errorf("%s = %v, want a store.Fault", what, err)
		return
	}
	if fault.Field != field || !strings.Contains(fault.Text, says) {
		t.Errorf("%s finds fault with %q: %q; want %q: %q", what, fault.Field, fault.Text, field, says)
	}
}

// wantAbsent fails if do does anything but say that something is not there.
func wantAbsent(t *testing.T, s *store.Store, what string, do func() error) {
	t.Helper()
	if err := wantNothing(t, s, what, do); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s = %v, want fs.ErrNotExist", what, err)
	}
}

// kindGroup is the id of the group everyone, or public, which Seed makes.
func kindGroup(t *testing.T, s *store.Store, kind access.GroupKind) int64 {
	t.Helper()
	if err := s.Seed(t.Context(), noon, nil); err != nil {
		t.Fatal(err)
	}
	facts, _, err := s.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range facts.Groups {
		if g.Kind == kind {
			return g.ID
		}
	}
	t.Fatalf("there is no group of the kind %q", kind)
	return 0
}

// everyone is the id of the group of whoever has signed in.
func everyone(t *testing.T, s *store.Store) int64 {
	t.Helper()
	return kindGroup(t, s, access.Everyone)
}
