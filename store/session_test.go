package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

func newSession(t *testing.T, s *store.Store, who access.Person, secret string) store.Session {
	t.Helper()
	n := store.Session{
		Hash: store.HashOf(secret), Person: who, Created: noon, Seen: noon,
		IdleExpires: noon.Add(8 * time.Hour), Expires: noon.Add(24 * time.Hour),
	}
	if err := s.AddSession(t.Context(), n, store.Hash{}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSession(t *testing.T) {
	for name, address := range map[string]string{"in a file": "", "in memory": "sqlite::memory:"} {
		t.Run(name, func(t *testing.T) {
			s := open(t, address)
			want := newSession(t, s, person(t, s, "Ada"), "one")
			if got, err := s.Session(t.Context(), want.Hash); err != nil || got != want {
				t.Errorf("Session = %+v, %v, want %+v", got, err, want)
			}
			seen, idle := noon.Add(time.Hour), noon.Add(9*time.Hour)
			if err := s.TouchSession(t.Context(), want.Hash, seen, idle); err != nil {
				t.Fatal(err)
			}
			if err := s.TouchSession(t.Context(), want.Hash, noon, noon); err != nil {
				t.Fatal(err)
			}
			want.Seen, want.IdleExpires = seen, idle
			if got, err := s.Session(t.Context(), want.Hash); err != nil || got != want {
				t.Errorf("Session after touching, a late touch without effect = %+v, %v, want %+v", got, err, want)
			}
			if err := s.DeleteSession(t.Context(), want.Hash); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Session(t.Context(), want.Hash); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Session after its end = %v, want fs.ErrNotExist", err)
			}
			if err := s.TouchSession(t.Context(), want.Hash, seen, idle); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("TouchSession after its end = %v, want fs.ErrNotExist", err)
			}
			if err := s.DeleteSession(t.Context(), want.Hash); err != nil {
				t.Errorf("DeleteSession twice = %v, want nil", err)
			}
		})
	}
}

func TestSessionReplacesAnother(t *testing.T) {
	s := open(t, "")
	old := newSession(t, s, person(t, s, "Ada"), "old")
	next := old
	next.Hash, next.Person = store.HashOf("new"), person(t, s, "Ben")
	if err := s.AddSession(t.Context(), next, old.Hash); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(t.Context(), old.Hash); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("replaced Session = %v, want fs.ErrNotExist", err)
	}
	if got, err := s.Session(t.Context(), next.Hash); err != nil || got != next {
		t.Errorf("Session = %+v, %v, want %+v", got, err, next)
	}
}

func TestLive(t *testing.T) {
	session := store.Session{IdleExpires: noon.Add(time.Hour), Expires: noon.Add(2 * time.Hour)}
	late := store.Session{IdleExpires: noon.Add(3 * time.Hour), Expires: noon.Add(2 * time.Hour)}
	tests := map[string]struct {
		got, want bool
	}{
		"in use":                     {session.Live(noon), true},
		"idle too long":              {session.Live(noon.Add(time.Hour)), false},
		"used, but at its limit":     {late.Live(noon.Add(2 * time.Hour)), false},
		"used, and within its limit": {late.Live(noon.Add(2*time.Hour - 1)), true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("Live = %t, want %t", tt.got, tt.want)
			}
		})
	}
}

func TestPreLogin(t *testing.T) {
	s := open(t, "")
	want := store.PreLogin{
		Hash: store.HashOf("pre"), State: store.HashOf("state"), Nonce: "n", Verifier: "v",
		Provider: "demo", ReturnPath: "/browse/a/", Expires: noon.Add(10 * time.Minute),
	}
	add := func() {
		t.Helper()
		if err := s.AddPreLogin(t.Context(), want); err != nil {
			t.Fatal(err)
		}
	}
	add()
	if got, err := s.TakePreLogin(t.Context(), want.Hash, noon); err != nil || got != want {
		t.Errorf("TakePreLogin = %+v, %v, want %+v", got, err, want)
	}
	if _, err := s.TakePreLogin(t.Context(), want.Hash, noon); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("TakePreLogin again = %v, want fs.ErrNotExist", err)
	}
	add()
	if _, err := s.TakePreLogin(t.Context(), want.Hash, want.Expires); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("TakePreLogin too late = %v, want fs.ErrNotExist", err)
	}
	if _, err := s.TakePreLogin(t.Context(), want.Hash, noon); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("TakePreLogin after one too late = %v, want fs.ErrNotExist: it is used up", err)
	}
}

func TestPreLoginsAreBounded(t *testing.T) {
	s := open(t, "")
	add := func(secret string, expires time.Time) {
		t.Helper()
		if err := s.AddPreLogin(t.Context(), store.PreLogin{Hash: store.HashOf(secret), Expires: expires}); err != nil {
			t.Fatal(err)
		}
	}
	add("oldest", noon)
	add("second", noon.Add(time.Second))
	var rows []string
	var hashes []any
	for i := range 9998 {
		rows = append(rows, fmt.Sprintf("(?, ?, '', '', '', '', %d)", noon.Add(time.Minute).UnixMilli()+int64(i)))
		hashes = append(hashes, store.HashOf(fmt.Sprint(i)), store.Hash{})
	}
	others := "INSERT INTO prelogins (hash, state, nonce, verifier, provider, return_path, expires) VALUES " + strings.Join(rows, ", ")
	if err := s.Exec(t.Context(), others, hashes...); err != nil {
		t.Fatal(err)
	}
	add("newest", noon.Add(time.Hour))
	before := noon.Add(-time.Hour)
	if _, err := s.TakePreLogin(t.Context(), store.HashOf("oldest"), before); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("TakePreLogin of the oldest of 10,001 = %v, want fs.ErrNotExist", err)
	}
	for _, secret := range []string{"second", "newest"} {
		if _, err := s.TakePreLogin(t.Context(), store.HashOf(secret), before); err != nil {
			t.Errorf("TakePreLogin of the %s = %v, want it", secret, err)
		}
	}
}

// TestTakenOnce lets many ask for the same ticket and sign-in at a time.
func TestTakenOnce(t *testing.T) {
	s := open(t, "")
	session := newSession(t, s, person(t, s, "Ada"), "one")
	h := store.HashOf("secret")
	err := errors.Join(
		s.AddTicket(t.Context(), store.Ticket{Hash: h, Session: session.Hash, Expires: noon.Add(time.Minute)}),
		s.AddPreLogin(t.Context(), store.PreLogin{Hash: h, Expires: noon.Add(time.Minute)}),
	)
	if err != nil {
		t.Fatal(err)
	}
	var tickets, preLogins atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := s.TakeTicket(t.Context(), h, noon); err == nil {
				tickets.Add(1)
			}
			if _, err := s.TakePreLogin(t.Context(), h, noon); err == nil {
				preLogins.Add(1)
			}
		})
	}
	wg.Wait()
	if tickets.Load() != 1 || preLogins.Load() != 1 {
		t.Errorf("tickets taken = %d, sign-ins taken = %d, want one each", tickets.Load(), preLogins.Load())
	}
}

func TestDeleteExpired(t *testing.T) {
	s := open(t, "")
	live := newSession(t, s, person(t, s, "Ada"), "live")
	idle := live
	idle.Hash, idle.IdleExpires = store.HashOf("idle"), noon.Add(time.Minute)
	minute, hour := noon.Add(time.Minute), noon.Add(time.Hour)
	err := errors.Join(
		s.AddSession(t.Context(), idle, store.Hash{}),
		s.AddPreLogin(t.Context(), store.PreLogin{Hash: store.HashOf("1"), Expires: minute}),
		s.AddPreLogin(t.Context(), store.PreLogin{Hash: store.HashOf("2"), Expires: hour}),
		s.AddTicket(t.Context(), store.Ticket{Hash: store.HashOf("1"), Session: live.Hash, Expires: minute}),
		s.AddTicket(t.Context(), store.Ticket{Hash: store.HashOf("2"), Session: live.Hash, Expires: hour}),
	)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.DeleteExpired(t.Context(), minute); n != 3 || err != nil {
		t.Errorf("DeleteExpired = %d, %v, want 3", n, err)
	}
	_, errSession := s.Session(t.Context(), live.Hash)
	_, errPre := s.TakePreLogin(t.Context(), store.HashOf("2"), noon)
	_, errTicket := s.TakeTicket(t.Context(), store.HashOf("2"), noon)
	if err := errors.Join(errSession, errPre, errTicket); err != nil {
		t.Errorf("what has not expired: %v, want it kept", err)
	}
}
