package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/store"
)

// who tells whose session the cookie of r is, and whether there is one at all.
func who(t *testing.T, s *auth.Sessions, r *http.Request) string {
	t.Helper()
	person, session, err := s.Person(r)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case person != session.Person:
		t.Errorf("Person = %+v in a session of %+v", person, session.Person)
	case session.Hash == (store.Hash{}):
		return "no session"
	case !person.SignedIn():
		return "a visitor"
	}
	return person.Name
}

// with returns a request that carries the cookie that w has been given last.
func with(t *testing.T, w *httptest.ResponseRecorder) *http.Request {
	t.Helper()
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("cookies = %v, want one", cookies)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(cookies[0])
	return r
}

func TestClockJumps(t *testing.T) {
	tests := map[string]struct {
		jumps []time.Duration
		want  string
	}{
		"forward, past the idle limit":                      {[]time.Duration{9 * time.Hour}, "no session"},
		"forward, past the absolute limit":                  {[]time.Duration{25 * time.Hour}, "no session"},
		"forward past all, and back":                        {[]time.Duration{25 * time.Hour, -25 * time.Hour}, "Ada"},
		"forward, and back: it does not last longer":        {[]time.Duration{7 * time.Hour, -6 * time.Hour, 23 * time.Hour}, "no session"},
		"back by what two clocks may differ":                {[]time.Duration{-4 * time.Minute}, "Ada"},
		"back by more: it will only have begun":             {[]time.Duration{-6 * time.Minute}, "no session"},
		"back by a year":                                    {[]time.Duration{-365 * 24 * time.Hour}, "no session"},
		"back, and forward again":                           {[]time.Duration{-time.Hour, time.Hour}, "Ada"},
		"back a little again and again is no time gained":   {[]time.Duration{7 * time.Hour, -4 * time.Minute, 7 * time.Hour, -4 * time.Minute, 11 * time.Hour}, "no session"},
		"forward to within the idle limit, which then runs": {[]time.Duration{7 * time.Hour, 7 * time.Hour}, "Ada"},
	}
	db := newStore(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			s, err := newSessions(t, func(config *auth.SessionConfig) { config.Store, config.Now = db, c.Now })
			if err != nil {
				t.Fatal(err)
			}
			r, got := signIn(t, s), ""
			for _, d := range tt.jumps {
				c.advance(d)
				got = who(t, s, r)
			}
			if got != tt.want {
				t.Errorf("after %v = %s, want %s", tt.jumps, got, tt.want)
			}
		})
	}
}

func TestVisitorSignsIn(t *testing.T) {
	db := newStore(t)
	s, err := newSessions(t, func(c *auth.SessionConfig) { c.Store = db })
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	visit, err := s.Visit(w, httptest.NewRequest("GET", "/", nil), "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	visitor := with(t, w)
	if got := who(t, s, visitor); got != "a visitor" {
		t.Errorf("after Visit = %s, want a visitor", got)
	}
	ticket := store.Ticket{Hash: store.HashOf("t"), Session: visit.Hash, Expires: visit.Expires}
	if err = db.AddTicket(t.Context(), ticket); err != nil {
		t.Fatal(err)
	}
	w = httptest.NewRecorder()
	if err = s.SignIn(w, visitor, "lab", ada, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	signedIn := with(t, w)
	if visitor.Cookies()[0].Value == signedIn.Cookies()[0].Value {
		t.Error("the cookie is the same after signing in")
	}
	if got := who(t, s, signedIn); got != "Ada" {
		t.Errorf("after signing in = %s, want Ada", got)
	}
	if got := who(t, s, visitor); got != "no session" {
		t.Errorf("the visitor's cookie = %s, want no session", got)
	}
	if _, err = db.TakeTicket(t.Context(), ticket.Hash, visit.Created); err == nil {
		t.Error("the visitor's ticket is still good")
	}
}

// TestNoCookieOnAnError has signing in fail: the browser keeps what it had, and gets nothing.
func TestNoCookieOnAnError(t *testing.T) {
	broken := errors.New("broken")
	for name, tt := range map[string]struct {
		err      error // of the store
		identity access.Identity
		want     error // nil for any
	}{
		"the store is unwell": {broken, ada, broken},
		"the disk is full":    {store.ErrUnavailable, ada, store.ErrUnavailable},
		"a disabled person":   {store.ErrDisabled, ada, store.ErrDisabled},
		"no subject":          {nil, access.Identity{Issuer: ada.Issuer}, nil},
		"no issuer":           {nil, access.Identity{Subject: ada.Subject}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			i := &ill{Store: newStore(t)}
			s, err := newSessions(t, func(c *auth.SessionConfig) { c.Store = i })
			if err != nil {
				t.Fatal(err)
			}
			r := signIn(t, s)
			i.signIn = tt.err
			w := httptest.NewRecorder()
			err = s.SignIn(w, r, "lab", tt.identity, "192.0.2.1")
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || len(w.Result().Cookies()) > 0 {
				t.Errorf("SignIn = %v with cookies %v, want %v and none", err, w.Result().Cookies(), tt.want)
			}
			if tt.err != nil {
				w = httptest.NewRecorder()
				session, err := s.Visit(w, r, "192.0.2.1")
				if !errors.Is(err, tt.err) || session != (store.Session{}) || len(w.Result().Cookies()) > 0 {
					t.Errorf("Visit = %+v, %v with cookies %v, want %v and none", session, err, w.Result().Cookies(), tt.err)
				}
			}
			if got := who(t, s, r); got != "Ada" {
				t.Errorf("the session that there was = %s, want Ada's", got)
			}
		})
	}
}

// TestDisabledPerson closes the account of somebody who is signed in.
func TestDisabledPerson(t *testing.T) {
	db, c := newStore(t), newClock()
	s, err := newSessions(t, func(config *auth.SessionConfig) { config.Store, config.Now = db, c.Now })
	if err != nil {
		t.Fatal(err)
	}
	r := signIn(t, s)
	boss := access.New(access.Facts{Accounts: []access.Account{{ID: 2, Admin: true}}}).
		For(access.Person{ID: 2, Name: "Boss"}, access.ScopeAdmin, c.Now())
	yes := true
	if err = db.ChangeProfile(t.Context(), boss, 1, store.ProfileChange{Disabled: &yes}); err != nil {
		t.Fatal(err)
	}
	if got := who(t, s, r); got != "no session" {
		t.Errorf("the session of a disabled person = %s, want none", got)
	}
	w := httptest.NewRecorder()
	if err = s.SignIn(w, r, "lab", ada, ""); !errors.Is(err, store.ErrDisabled) || len(w.Result().Cookies()) > 0 {
		t.Errorf("SignIn = %v with cookies %v, want store.ErrDisabled and none", err, w.Result().Cookies())
	}
}

// TestWhatASessionTells looks for what a person needs to tell their sessions apart.
func TestWhatASessionTells(t *testing.T) {
	c := newClock()
	s, err := newSessions(t, func(config *auth.SessionConfig) { config.Now = c.Now })
	if err != nil {
		t.Fatal(err)
	}
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
	r.Header.Set("User-Agent", "Netscape\t4 \u202elanimret "+strings.Repeat("x", 1000))
	if err = s.SignIn(w, r, "lab", ada, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	c.advance(time.Hour)
	_, got, err := s.Person(with(t, w))
	if err != nil {
		t.Fatal(err)
	}
	begun := c.Now().Add(-time.Hour).UTC()
	want := store.Session{
		Hash: got.Hash, Person: adaPerson, Provider: "lab", Agent: "Netscape 4 lanimret " + strings.Repeat("x", 177), Address: "192.0.2.1",
		Created: begun, Seen: begun.Add(time.Hour), IdleExpires: begun.Add(9 * time.Hour), Expires: begun.Add(24 * time.Hour),
	}
	if got.Seen, got.IdleExpires = got.Seen.UTC(), got.IdleExpires.UTC(); got != want {
		t.Errorf("session = %+v, want %+v", got, want)
	}
}

// TestSameAddressFromTwoIssuers has Mallory's provider vouch for Ada's address.
func TestSameAddressFromTwoIssuers(t *testing.T) {
	c, db := newClock(), newStore(t)
	s, err := newSessions(t, func(config *auth.SessionConfig) { config.Store, config.Now = db, c.Now })
	if err != nil {
		t.Fatal(err)
	}
	enter := func(p auth.SignInProvider, o *op) access.Person {
		t.Helper()
		preID, answer := begin(t, p, o)
		who, _, err := p.Complete(t.Context(), preID, answer)
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		if err = s.SignIn(w, httptest.NewRequest("GET", "/", nil), "lab", who, ""); err != nil {
			t.Fatal(err)
		}
		person, _, err := s.Person(with(t, w))
		if err != nil {
			t.Fatal(err)
		}
		return person
	}
	lab, mallory := newOP(t, c.Now()), newOP(t, c.Now())
	same := func(config *auth.Config) { config.Store = db }
	labs, mallorys := newOIDC(t, lab, c, same), newOIDC(t, mallory, c, same)
	first, second, again := enter(labs, lab), enter(mallorys, mallory), enter(labs, lab)
	if first.ID != 1 || second.ID != 2 || again.ID != 1 || first.Email != "ada@example.org" || second.Email != "ada@example.org" {
		t.Errorf("Ada = %+v and %+v, Mallory = %+v, want the persons 1, 1 and 2 of the same address", first, again, second)
	}
}

// TestFirstAdministrator names one in the configuration. Only a verified address makes them that.
func TestFirstAdministrator(t *testing.T) {
	for name, tt := range map[string]struct {
		identity access.Identity
		want     []int64
	}{
		"by verified address": {ada, []int64{1}},
		"by name only":        {access.Identity{Issuer: ada.Issuer, Subject: "2", Name: "ada@example.org"}, nil},
	} {
		db := newStore(t)
		s, err := newSessions(t, func(c *auth.SessionConfig) { c.Store, c.Admins = db, []string{"Ada@Example.org"} })
		if err != nil {
			t.Fatal(err)
		}
		if err = s.SignIn(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), "lab", tt.identity, ""); err != nil {
			t.Fatal(err)
		}
		if got := administrators(t.Context(), t, db); !slices.Equal(got, tt.want) {
			t.Errorf("%s: administrators = %v, want %v", name, got, tt.want)
		}
	}
}

func administrators(ctx context.Context, t *testing.T, db *store.Store) (ids []int64) {
	t.Helper()
	f, _, err := db.Facts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range f.Accounts {
		if a.Admin {
			ids = append(ids, a.ID)
		}
	}
	return ids
}
