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
	"ngportal/auth"
	"ngportal/store"
)

const fragment = "!https://ng.example.org/_session/state/x"

type viewing struct {
	*auth.Viewer
	facts   *factStore
	clock   *clock
	session store.Session
}

// newViewing has Ada signed in, who may see A and B.
func newViewing(t *testing.T) *viewing {
	t.Helper()
	v := &viewing{facts: newFacts(granted(to(everyone), to(everyone))), clock: newClock()}
	v.Viewer = &auth.Viewer{
		Store: newStore(t), Policies: auth.NewPolicies(v.facts), Idle: 8 * time.Hour, Lifetime: 30 * time.Minute, Now: v.clock.Now,
	}
	v.signIn(t)
	return v
}

// signIn begins Ada's session in the store.
func (v *viewing) signIn(t *testing.T) {
	t.Helper()
	v.session = v.fresh("session")
	who, err := v.Store.SignIn(t.Context(), store.SignIn{Identity: ada, Session: v.session})
	if err != nil {
		t.Fatal(err)
	}
	v.session.Person = who
}

// fresh is a session of nobody yet that begins now.
func (v *viewing) fresh(id string) store.Session {
	now := v.clock.Now().UTC()
	return store.Session{
		Hash: store.HashOf(id), Address: "192.0.2.1", Created: now, Seen: now,
		IdleExpires: now.Add(8 * time.Hour), Expires: now.Add(24 * time.Hour),
	}
}

// open opens a viewer and returns its token.
func (v *viewing) open(t *testing.T, locations ...string) string {
	t.Helper()
	ticket, err := v.Ticket(t.Context(), v.session, locations, fragment)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := v.Redeem(t.Context(), ticket)
	if err != nil {
		t.Fatal(err)
	}
	return opened.Token
}

func TestTicketOpensAViewer(t *testing.T) {
	v := newViewing(t)
	ticket, err := v.Ticket(t.Context(), v.session, []string{"loc-b1", "loc-a1", "loc-b1"}, fragment)
	if err != nil {
		t.Fatal(err)
	}
	if len(ticket) < 22 {
		t.Errorf("ticket = %q, want at least 128 bits", ticket)
	}
	v.clock.advance(time.Minute - time.Millisecond)
	o, err := v.Redeem(t.Context(), ticket)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(o.Locations)
	if !slices.Equal(o.Locations, []string{"loc-a1", "loc-b1"}) || len(o.Gone) != 0 || o.Fragment != fragment ||
		!o.Expires.Equal(v.session.IdleExpires) || len(o.Token) < 43 {
		t.Errorf("Redeem = %+v, want loc-a1, loc-b1 until %v, a token and the fragment", o, v.session.IdleExpires)
	}
	if _, err := v.Redeem(t.Context(), ticket); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Redeem again = %v, want fs.ErrNotExist", err)
	}
	for id, want := range map[string]error{"loc-a1": nil, "loc-b1": nil, "loc-a2": fs.ErrPermission, "absent": fs.ErrPermission} {
		if err := v.MayRead(t.Context(), o.Token, id); !errors.Is(err, want) {
			t.Errorf("MayRead(%s) = %v, want %v", id, err, want)
		}
	}
	if err := v.MayRead(t.Context(), o.Token+"x", "loc-a1"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("MayRead with another token = %v, want fs.ErrPermission", err)
	}
}

func TestTicketRefused(t *testing.T) {
	v := newViewing(t)
	many := make([]string, auth.MaxLocations+1)
	for i := range many {
		many[i] = fmt.Sprintf("loc-%d", i)
	}
	for name, tt := range map[string]struct {
		session   store.Session
		locations []string
		b         access.Dataset // how B differs
		want      error
	}{
		"too many locations":            {v.session, many, access.Dataset{}, auth.ErrTooMany},
		"a location of a hidden one":    {v.session, []string{"loc-a1", "loc-b1"}, access.Dataset{}, fs.ErrNotExist},
		"a location of a listed one":    {v.session, []string{"loc-a1", "loc-b1"}, access.Dataset{Listed: true}, fs.ErrPermission},
		"a location not there":          {v.session, []string{"absent"}, access.Dataset{}, fs.ErrNotExist},
		"a session not there":           {store.Session{Hash: store.HashOf("x"), Person: adaPerson}, []string{"loc-a1"}, access.Dataset{}, fs.ErrNotExist},
		"nobody":                        {store.Session{}, []string{"loc-a1"}, access.Dataset{}, fs.ErrNotExist},
		"nobody, for a listed location": {store.Session{}, []string{"loc-b1"}, access.Dataset{Listed: true}, fs.ErrNotExist},
	} {
		f := granted(to(everyone), nil)
		f.Datasets[1].Listed = tt.b.Listed
		v.facts.set(f)
		if ticket, err := v.Ticket(t.Context(), tt.session, tt.locations, fragment); !errors.Is(err, tt.want) || ticket != "" {
			t.Errorf("%s: Ticket = %q, %v, want %v", name, ticket, err, tt.want)
		}
	}
}

func TestTicketNoLongerGood(t *testing.T) {
	for name, happens := range map[string]func(*viewing) error{
		"a minute passes":  func(v *viewing) error { v.clock.advance(time.Minute); return nil },
		"the session ends": func(v *viewing) error { return v.Store.DeleteSession(t.Context(), v.session.Hash) },
		"all is withdrawn": func(v *viewing) error { v.facts.set(granted(nil, nil)); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			v := newViewing(t)
			ticket, err := v.Ticket(t.Context(), v.session, []string{"loc-a1"}, fragment)
			if err != nil {
				t.Fatal(err)
			}
			if err := happens(v); err != nil {
				t.Fatal(err)
			}
			if o, err := v.Redeem(t.Context(), ticket); !errors.Is(err, fs.ErrNotExist) || o.Token != "" {
				t.Errorf("Redeem = %+v, %v, want fs.ErrNotExist", o, err)
			}
		})
	}
}

func TestTicketOfLapsedSession(t *testing.T) {
	v := newViewing(t)
	v.clock.advance(8*time.Hour - time.Second)
	ticket, err := v.Ticket(t.Context(), v.session, []string{"loc-a1"}, fragment)
	if err != nil {
		t.Fatal(err)
	}
	v.clock.advance(time.Second)
	if o, err := v.Redeem(t.Context(), ticket); !errors.Is(err, fs.ErrNotExist) || o.Token != "" {
		t.Errorf("Redeem = %+v, %v, want fs.ErrNotExist", o, err)
	}
}

func TestRenewAsksAgain(t *testing.T) {
	v := newViewing(t)
	token := v.open(t, "loc-a1", "loc-a2", "loc-b1")
	steps := []struct {
		a, b      []int64
		locations string
		gone      string
		wantErr   error
	}{
		{to(everyone), to(everyone), "loc-a1 loc-a2 loc-b1", "", nil},
		{nil, to(everyone), "loc-b1", "loc-a1 loc-a2", nil},
		{to(adas), nil, "loc-a1 loc-a2", "loc-b1", nil},
		{nil, nil, "", "loc-a1 loc-a2 loc-b1", fs.ErrPermission},
		{to(everyone), to(everyone), "loc-a1 loc-a2 loc-b1", "", nil},
	}
	for i, step := range steps {
		v.facts.set(granted(step.a, step.b))
		v.clock.advance(15 * time.Minute)
		g, err := v.Renew(t.Context(), token)
		locations, gone := strings.Join(g.Locations, " "), strings.Join(g.Gone, " ")
		if !errors.Is(err, step.wantErr) || locations != step.locations || gone != step.gone {
			t.Errorf("step %d: Renew = %q, gone %q, %v, want %q, %q, %v", i, locations, gone, err, step.locations, step.gone, step.wantErr)
		}
		if want := v.clock.Now().Add(8 * time.Hour); err == nil && (g.Token != token || !g.Expires.Equal(want)) {
			t.Errorf("step %d: Renew = token %q until %v, want %q until %v", i, g.Token, g.Expires, token, want)
		}
		for _, id := range append(g.Gone, g.Locations...) {
			if got, want := v.MayRead(t.Context(), token, id) == nil, slices.Contains(g.Locations, id); got != want {
				t.Errorf("step %d: MayRead(%s) allowed = %t, want %t", i, id, got, want)
			}
		}
	}
}

func TestViewerDiesWithTheSession(t *testing.T) {
	v := newViewing(t)
	token := v.open(t, "loc-a1")
	check := func(when string) {
		t.Helper()
		_, errState := v.State(t.Context(), token, "x")
		_, errRenew := v.Renew(t.Context(), token)
		for what, err := range map[string]error{"Renew": errRenew, "MayRead": v.MayRead(t.Context(), token, "loc-a1"), "State": errState} {
			if !errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s %s = %v, want fs.ErrPermission", what, when, err)
			}
		}
	}
	v.clock.advance(8 * time.Hour)
	check("after eight idle hours")
	if err := v.Store.DeleteSession(t.Context(), v.session.Hash); err != nil {
		t.Fatal(err)
	}
	check("after signing out")
	if gone, err := v.End(t.Context(), token); err != nil || len(gone) != 0 {
		t.Errorf("End after signing out = %v, %v, want nothing", gone, err)
	}
}

func TestRenewalKeepsTheSessionButNotForEver(t *testing.T) {
	v := newViewing(t)
	token := v.open(t, "loc-a1")
	end := v.session.Expires
	for v.clock.Now().Before(end.Add(-15 * time.Minute)) {
		v.clock.advance(15 * time.Minute)
		g, err := v.Renew(t.Context(), token)
		if err != nil || g.Expires.After(end) {
			t.Fatalf("Renew %v before the end = until %v, %v, want no later than %v", end.Sub(v.clock.Now()), g.Expires, err, end)
		}
	}
	v.clock.advance(15 * time.Minute)
	if _, err := v.Renew(t.Context(), token); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Renew after a day = %v, want fs.ErrPermission", err)
	}
}
