package auth_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"ngportal/store"
)

func TestTabsOfABrowserShare(t *testing.T) {
	v := newViewing(t)
	first := v.open(t, "loc-a1")
	second := v.open(t, "loc-b1")
	for name, token := range map[string]string{"first": first, "second": second} {
		g, err := v.Renew(t.Context(), token)
		if got := strings.Join(g.Locations, " "); err != nil || got != "loc-b1 loc-a1" {
			t.Errorf("Renew of the %s tab = %q, %v, want loc-b1 loc-a1", name, got, err)
		}
	}
	gone, err := v.End(t.Context(), first)
	if err != nil || !slices.Equal(gone, []string{"loc-b1", "loc-a1"}) {
		t.Errorf("End = %v, %v, want both", gone, err)
	}
	if _, err := v.Renew(t.Context(), second); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Renew of the second tab after the end = %v, want fs.ErrPermission", err)
	}
	if third := v.open(t, "loc-a2"); v.MayRead(t.Context(), third, "loc-a1") == nil {
		t.Error("what was opened before the end may be read after a new start")
	}
}

func TestState(t *testing.T) {
	v := newViewing(t)
	link, err := v.Store.AddLink(t.Context(), store.Link{
		State: []byte(`{"layers":[]}`), Owner: v.session.Person, Datasets: []string{"A", "B"}, Locations: []string{"loc-a1", "loc-b1"}, Created: v.clock.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	token := v.open(t, "loc-a1")
	if got, err := v.State(t.Context(), token, link.Slug); err != nil || string(got) != `{"layers":[]}` {
		t.Errorf("State = %s, %v, want the stored one", got, err)
	}
	if _, err := v.State(t.Context(), token, "absent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("State of no link = %v, want fs.ErrNotExist", err)
	}
	v.facts.set(granted(to(everyone), nil))
	if got, err := v.State(t.Context(), token, link.Slug); !errors.Is(err, fs.ErrPermission) || got != nil {
		t.Errorf("State that uses a dataset withdrawn = %s, %v, want fs.ErrPermission", got, err)
	}
}

func TestNotKnowingIsNotWithdrawn(t *testing.T) {
	v := newViewing(t)
	token := v.open(t, "loc-a1")
	unknown := errors.New("the policy cannot be asked")
	v.facts.fail(unknown)
	g, err := v.Renew(t.Context(), token)
	if !errors.Is(err, unknown) || errors.Is(err, fs.ErrPermission) || len(g.Gone) > 0 {
		t.Errorf("Renew = %+v, %v, want the policy's error and nothing gone", g, err)
	}
	if err := v.MayRead(t.Context(), token, "loc-a1"); !errors.Is(err, unknown) || errors.Is(err, fs.ErrPermission) {
		t.Errorf("MayRead = %v, want the policy's error", err)
	}
}

func TestTicketRedeemedOnce(t *testing.T) {
	v := newViewing(t)
	ticket, err := v.Ticket(t.Context(), v.session, []string{"loc-a1"}, fragment)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { _, errs[i] = v.Redeem(t.Context(), ticket) })
	}
	wg.Wait()
	good := 0
	for _, err := range errs {
		if err == nil {
			good++
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Redeem = %v, want fs.ErrNotExist", err)
		}
	}
	if good != 1 {
		t.Errorf("of eight at a time %d got in, want 1", good)
	}
}

// TestNoSecretInTheDatabase looks for tickets and tokens in the bytes of the file.
func TestNoSecretInTheDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	db, err := store.Open(t.Context(), "sqlite://"+path)
	if err != nil {
		t.Fatal(err)
	}
	v := newViewing(t)
	v.Store = db
	v.signIn(t)
	token := v.open(t, "loc-a1")
	ticket, err := v.Ticket(t.Context(), v.session, []string{"loc-a1"}, fragment)
	if err != nil {
		t.Fatal(err)
	}
	if err = db.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, word := range map[string]string{"token": token, "ticket": ticket} {
		if strings.Contains(string(raw), word) {
			t.Errorf("the %s is in the database in clear", what)
		}
	}
	if hash := store.HashOf(token); !strings.Contains(string(raw), string(hash[:])) {
		t.Error("the token's hash is not in the database: the test looks in the wrong place")
	}
}
