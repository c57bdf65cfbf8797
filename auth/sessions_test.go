package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/store"
)

// Ada as her identity provider names her, and as the first person of a store.
var (
	ada       = access.Identity{Issuer: "https://id.example.org", Subject: "1", Email: "ada@example.org", Name: "Ada"}
	adaPerson = access.Person{ID: 1, Email: "ada@example.org", Name: "Ada"}
)

func newSessions(t *testing.T, change func(*auth.SessionConfig)) (*auth.Sessions, error) {
	t.Helper()
	c := auth.SessionConfig{
		URL: "https://portal.example.org", Keys: auth.NewKeys(), Idle: 8 * time.Hour, Absolute: 24 * time.Hour,
		Now: newClock().Now,
	}
	if change != nil {
		change(&c)
	}
	if c.Store == nil {
		c.Store = newStore(t)
	}
	return auth.NewSessions(c)
}

// signIn signs Ada in and returns a request that carries the cookie.
func signIn(t *testing.T, s *auth.Sessions) *http.Request {
	t.Helper()
	w := httptest.NewRecorder()
	if err := s.SignIn(w, httptest.NewRequest("GET", "/", nil), "lab", ada, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(w.Result().Cookies()[0])
	return r
}

func TestCookies(t *testing.T) {
	steps := map[string]func(*auth.Sessions, http.ResponseWriter, *http.Request) error{
		"sign in": func(s *auth.Sessions, w http.ResponseWriter, r *http.Request) error {
			return s.SignIn(w, r, "lab", ada, "192.0.2.1")
		},
		"visit": func(s *auth.Sessions, w http.ResponseWriter, r *http.Request) error {
			_, err := s.Visit(w, r, "192.0.2.1")
			return err
		},
		"sign out": (*auth.Sessions).SignOut,
		"begin":    func(s *auth.Sessions, w http.ResponseWriter, r *http.Request) error { return s.SetPreLogin(w, r, "x") },
		"come back": func(s *auth.Sessions, w http.ResponseWriter, r *http.Request) error {
			_, err := s.TakePreLogin(w, r)
			return err
		},
	}
	tests := map[string]map[string]string{
		"https://portal.example.org": {
			"sign in":   "__Host-sid path=/ domain= age=86400 secure=true httponly=true samesite=lax",
			"visit":     "__Host-sid path=/ domain= age=86400 secure=true httponly=true samesite=lax",
			"sign out":  "__Host-sid path=/ domain= age=-1 secure=true httponly=true samesite=lax",
			"begin":     "__Host-pre path=/ domain= age=600 secure=true httponly=true samesite=lax",
			"come back": "__Host-pre path=/ domain= age=-1 secure=true httponly=true samesite=lax",
		},
		"http://localhost:8080": {
			"sign in":   "sid path=/ domain= age=86400 secure=false httponly=true samesite=lax",
			"visit":     "sid path=/ domain= age=86400 secure=false httponly=true samesite=lax",
			"sign out":  "sid path=/ domain= age=-1 secure=false httponly=true samesite=lax",
			"begin":     "pre path=/ domain= age=600 secure=false httponly=true samesite=lax",
			"come back": "pre path=/ domain= age=-1 secure=false httponly=true samesite=lax",
		},
	}
	for address, wants := range tests {
		s, err := newSessions(t, func(c *auth.SessionConfig) { c.URL = address })
		if err != nil {
			t.Fatal(err)
		}
		for step, want := range wants {
			w := httptest.NewRecorder()
			if err := steps[step](s, w, httptest.NewRequest("GET", "/", nil)); err != nil {
				t.Errorf("%s, %s: %v", address, step, err)
			}
			if got := spell(w.Result().Cookies()); got != want {
				t.Errorf("%s, %s: cookies = %q, want %q", address, step, got, want)
			}
		}
	}
}

func spell(cookies []*http.Cookie) string {
	var out []string
	for _, c := range cookies {
		sameSite := map[http.SameSite]string{http.SameSiteLaxMode: "lax"}[c.SameSite]
		out = append(out, fmt.Sprintf("%s path=%s domain=%s age=%d secure=%t httponly=%t samesite=%s",
			c.Name, c.Path, c.Domain, c.MaxAge, c.Secure, c.HttpOnly, sameSite))
	}
	return strings.Join(out, "; ")
}

func TestNewSessionsRefuses(t *testing.T) {
	tests := map[string]struct {
		change func(*auth.SessionConfig)
		says   string
	}{
		"http elsewhere":             {func(c *auth.SessionConfig) { c.URL = "http://portal.example.org" }, "must be https://"},
		"http on a name for us":      {func(c *auth.SessionConfig) { c.URL = "http://x.localhost" }, "must be https://"},
		"no address":                 {func(c *auth.SessionConfig) { c.URL = "" }, "must be https://"},
		"no keys":                    {func(c *auth.SessionConfig) { c.Keys = auth.Keys{} }, "no keys"},
		"no idle limit":              {func(c *auth.SessionConfig) { c.Idle = 0 }, "idle"},
		"absolute shorter than idle": {func(c *auth.SessionConfig) { c.Absolute = time.Hour }, "absolute"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := newSessions(t, tt.change); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("= %v, want an error saying %q", err, tt.says)
			}
		})
	}
	for _, address := range []string{"http://127.0.0.1:8080", "http://[::1]:8080", "http://LOCALHOST", "https://x"} {
		if _, err := newSessions(t, func(c *auth.SessionConfig) { c.URL = address }); err != nil {
			t.Errorf("NewSessions at %s = %v", address, err)
		}
	}
}

func TestForgedCookies(t *testing.T) {
	keys := auth.NewKeys()
	s, err := newSessions(t, func(c *auth.SessionConfig) { c.Keys = keys })
	if err != nil {
		t.Fatal(err)
	}
	good := signIn(t, s).Cookies()[0].Value
	forged := []byte(good)
	forged[len(forged)/2] ^= 1
	other, err := newSessions(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := s.SetPreLogin(w, httptest.NewRequest("GET", "/", nil), "x"); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		value string
		want  access.Person
	}{
		"ours":                   {good, adaPerson},
		"a letter changed":       {string(forged), access.Person{}},
		"of another key":         {signIn(t, other).Cookies()[0].Value, access.Person{}},
		"another cookie of ours": {w.Result().Cookies()[0].Value, access.Person{}},
		"nothing":                {"", access.Person{}},
		"much too long":          {strings.Repeat("A", 8000), access.Person{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.AddCookie(&http.Cookie{Name: "__Host-sid", Value: tt.value})
			if got, _, err := s.Person(r); err != nil || got != tt.want {
				t.Errorf("Person = %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
}

// ill is a store that fails as it is told.
type ill struct {
	*store.Store
	read, touch error
	signIn      error
	touched     int
}

func (i *ill) SignIn(ctx context.Context, in store.SignIn) (access.Person, error) {
	if i.signIn != nil {
		return access.Person{}, i.signIn
	}
	return i.Store.SignIn(ctx, in)
}

func (i *ill) AddSession(ctx context.Context, n store.Session, replaced store.Hash) error {
	if i.signIn != nil {
		return i.signIn
	}
	return i.Store.AddSession(ctx, n, replaced)
}

func (i *ill) Session(ctx context.Context, h store.Hash) (store.Session, error) {
	if i.read != nil {
		return store.Session{}, i.read
	}
	return i.Store.Session(ctx, h)
}

func (i *ill) TouchSession(ctx context.Context, h store.Hash, seen, idle time.Time) error {
	i.touched++
	if i.touch != nil {
		return i.touch
	}
	return i.Store.TouchSession(ctx, h, seen, idle)
}

func TestStoreUnwell(t *testing.T) {
	broken := errors.New("broken")
	tests := map[string]struct {
		read, touch error
		want        access.Person
		wantErr     error
	}{
		"a full disk signs nobody out": {nil, fmt.Errorf("touch: %w", store.ErrUnavailable), adaPerson, nil},
		"a fault in writing":           {nil, broken, access.Person{}, broken},
		"not known is not signed out":  {store.ErrUnavailable, nil, access.Person{}, store.ErrUnavailable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			i, c := &ill{Store: newStore(t)}, newClock()
			s, err := newSessions(t, func(config *auth.SessionConfig) { config.Store, config.Now = i, c.Now })
			if err != nil {
				t.Fatal(err)
			}
			r := signIn(t, s)
			i.read, i.touch = tt.read, tt.touch
			c.advance(time.Hour)
			if got, _, err := s.Person(r); got != tt.want || !errors.Is(err, tt.wantErr) {
				t.Errorf("Person = %+v, %v, want %+v, %v", got, err, tt.want, tt.wantErr)
			}
		})
	}
}

func TestTouchIsCoarse(t *testing.T) {
	i, c := &ill{Store: newStore(t)}, newClock()
	s, err := newSessions(t, func(config *auth.SessionConfig) { config.Store, config.Now = i, c.Now })
	if err != nil {
		t.Fatal(err)
	}
	r := signIn(t, s)
	for range 180 { // three minutes
		c.advance(time.Second)
		if _, _, err := s.Person(r); err != nil {
			t.Fatal(err)
		}
	}
	if i.touched != 3 {
		t.Errorf("writes in three minutes of a request a second = %d, want 3", i.touched)
	}
}
