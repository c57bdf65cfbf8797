package auth_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// TestTermsComeFirst has terms put on what Ada looks at, and accepted.
func TestTermsComeFirst(t *testing.T) {
	v := newViewing(t)
	token := v.open(t, "loc-a1", "loc-b1")
	f := granted(to(everyone), to(everyone))
	f.Datasets[0].Terms, f.Datasets[0].TermsVersion = 7, 2
	f.Acceptances = []access.Acceptance{{Person: 1, Terms: 7, Version: 1}}
	v.facts.set(f)
	_, err := v.Ticket(t.Context(), v.session, []string{"loc-a1"}, fragment)
	if terms, ok := errors.AsType[*access.TermsError](err); !ok || terms.Terms != 7 || terms.Version != 2 {
		t.Errorf("Ticket = %v, want version 2 of the terms 7 to be accepted", err)
	}
	if g, err := v.Renew(t.Context(), token); err != nil || !slices.Equal(g.Gone, []string{"loc-a1"}) {
		t.Errorf("Renew = %+v, %v, want loc-a1 gone", g, err)
	}
	f.Acceptances[0].Version = 2
	v.facts.set(f)
	if _, err := v.Ticket(t.Context(), v.session, []string{"loc-a1"}, fragment); err != nil {
		t.Errorf("Ticket after accepting = %v", err)
	}
	if err := v.MayRead(t.Context(), token, "loc-a1"); err != nil {
		t.Errorf("MayRead after accepting = %v", err)
	}
}

// TestVisitorSeesWhatIsPublic opens the viewer without signing in.
func TestVisitorSeesWhatIsPublic(t *testing.T) {
	v := newViewing(t)
	v.facts.set(granted(to(public), to(everyone)))
	v.session = v.fresh("visit")
	if err := v.Store.AddSession(t.Context(), v.session, store.Hash{}); err != nil {
		t.Fatal(err)
	}
	token := v.open(t, "loc-a1")
	who, err := v.Who(t.Context(), token)
	if hash := store.HashOf("visit"); err != nil || who != fmt.Sprintf("session %x", hash[:8]) {
		t.Errorf("Who = %q, %v, want a name of the browser's own", who, err)
	}
	for id, want := range map[string]error{"loc-a1": nil, "loc-b1": fs.ErrPermission} {
		if err := v.MayRead(t.Context(), token, id); !errors.Is(err, want) {
			t.Errorf("MayRead(%s) = %v, want %v", id, err, want)
		}
	}
	v.facts.set(granted(to(everyone), to(everyone)))
	if err := v.MayRead(t.Context(), token, "loc-a1"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("MayRead of what is no longer public = %v, want fs.ErrPermission", err)
	}
}

// TestCookiesAreInTheAudit looks for who may hold cookies for what, and until when.
func TestCookiesAreInTheAudit(t *testing.T) {
	v := newViewing(t)
	token := v.open(t, "loc-b1", "loc-a1")
	v.facts.set(granted(to(everyone), nil))
	v.clock.advance(10 * time.Minute)
	if _, err := v.Renew(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	admin := access.New(access.Facts{Accounts: []access.Account{{ID: 1, Admin: true}}}).For(adaPerson, access.ScopeAdmin, v.clock.Now())
	entries, err := v.Store.Audit(t.Context(), admin, store.AuditQuery{Event: store.CookiesIssued})
	if err != nil || len(entries) != 2 {
		t.Fatalf("Audit = %+v, %v, want two entries", entries, err)
	}
	begun := v.clock.Now().Add(-10 * time.Minute).UTC()
	for i, want := range []store.Entry{
		{At: begun.Add(10 * time.Minute), Object: "loc-a1", Detail: "until " + begun.Add(40*time.Minute).Format(time.RFC3339)},
		{At: begun, Object: "loc-a1 loc-b1", Detail: "until " + begun.Add(30*time.Minute).Format(time.RFC3339)},
	} {
		want.ID, want.Event, want.Person, want.Actor = entries[i].ID, store.CookiesIssued, 1, "ada@example.org"
		want.Via, want.Address = "session", "192.0.2.1"
		if entries[i] != want {
			t.Errorf("entry %d = %+v, want %+v", i, entries[i], want)
		}
	}
	for _, e := range entries {
		if strings.Contains(fmt.Sprint(e), token) {
			t.Error("the token is in the audit")
		}
	}
}
