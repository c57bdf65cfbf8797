package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"ngportal/store"
)

func TestTicket(t *testing.T) {
	s := open(t, "")
	session := newSession(t, s, person(t, s, "Ada"), "one")
	want := store.Ticket{
		Hash: store.HashOf("ticket"), Session: session.Hash, Locations: []string{"loc-one", "loc-two"},
		Fragment: "!https://ng/_session/state/x", Expires: noon.Add(time.Minute),
	}
	add := func() {
		t.Helper()
		if err := s.AddTicket(t.Context(), want); err != nil {
			t.Fatal(err)
		}
	}
	add()
	got, err := s.TakeTicket(t.Context(), want.Hash, noon)
	if err != nil || got.Session != session.Hash || got.Fragment != want.Fragment || !slices.Equal(got.Locations, want.Locations) {
		t.Errorf("TakeTicket = %+v, %v, want %+v", got, err, want)
	}
	if _, err := s.TakeTicket(t.Context(), want.Hash, noon); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("TakeTicket again = %v, want fs.ErrNotExist", err)
	}
	add()
	if _, err := s.TakeTicket(t.Context(), want.Hash, want.Expires); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("TakeTicket after a minute = %v, want fs.ErrNotExist", err)
	}
}

func TestViewersShareLocations(t *testing.T) {
	s := open(t, "")
	session, other := newSession(t, s, person(t, s, "Ada"), "one"), newSession(t, s, person(t, s, "Ada"), "two")
	openViewer := func(session store.Session, secret string, locations ...string) (all, gone []string) {
		t.Helper()
		v := store.Viewer{Hash: store.HashOf(secret), Session: session, Locations: locations, Created: noon}
		all, gone, err := s.OpenViewer(t.Context(), v, 3)
		if err != nil {
			t.Fatal(err)
		}
		return all, gone
	}
	openViewer(other, "elsewhere", "loc-x")
	steps := []struct{ open, all, gone string }{
		{"a b", "a b", ""},
		{"c", "c a b", ""},
		{"b", "b c a", ""},
		{"d e", "d e b", "c a"},
		{"", "d e b", ""},
	}
	for i, step := range steps {
		all, gone := openViewer(session, fmt.Sprint(i), strings.Fields(step.open)...)
		if strings.Join(all, " ") != step.all || strings.Join(gone, " ") != step.gone {
			t.Errorf("step %d, opening %q: all %v, gone %v, want %q and %q", i, step.open, all, gone, step.all, step.gone)
		}
	}
	for i := range steps {
		v, err := s.Viewer(t.Context(), store.HashOf(fmt.Sprint(i)))
		if err != nil || v.Session != session || v.Created != noon || strings.Join(v.Locations, " ") != "d e b" {
			t.Errorf("viewer of step %d = %+v, %v, want it with d, e and b", i, v, err)
		}
	}
	if err := s.EndViewers(t.Context(), session.Hash); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Viewer(t.Context(), store.HashOf("0")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Viewer after its end = %v, want fs.ErrNotExist", err)
	}
	if all, _ := openViewer(session, "new", "f"); strings.Join(all, " ") != "f" {
		t.Errorf("locations after the end and a new start = %v, want f", all)
	}
	if v, err := s.Viewer(t.Context(), store.HashOf("elsewhere")); err != nil || strings.Join(v.Locations, " ") != "loc-x" {
		t.Errorf("viewer of the other session = %v, %v, want loc-x", v.Locations, err)
	}
}

func TestViewersAreBounded(t *testing.T) {
	s := open(t, "")
	session := newSession(t, s, person(t, s, "Ada"), "one")
	for i := range 25 {
		v := store.Viewer{Hash: store.HashOf(fmt.Sprint(i)), Session: session, Created: noon.Add(time.Duration(i) * time.Second)}
		if _, _, err := s.OpenViewer(t.Context(), v, 20); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range map[int]error{0: fs.ErrNotExist, 4: fs.ErrNotExist, 5: nil, 24: nil} {
		if _, err := s.Viewer(t.Context(), store.HashOf(fmt.Sprint(i))); !errors.Is(err, want) {
			t.Errorf("viewer %d of 25 = %v, want %v", i, err, want)
		}
	}
}

func TestSessionTakesTicketsAndViewersAlong(t *testing.T) {
	s := open(t, "")
	session := newSession(t, s, person(t, s, "Ada"), "one")
	ticket := store.Ticket{Hash: store.HashOf("ticket"), Session: session.Hash, Expires: noon.Add(time.Minute)}
	viewer := store.Viewer{Hash: store.HashOf("viewer"), Session: session, Locations: []string{"loc-one"}, Created: noon}
	_, _, err := s.OpenViewer(t.Context(), viewer, 20)
	if err = errors.Join(err, s.AddTicket(t.Context(), ticket)); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteSession(t.Context(), session.Hash); err != nil {
		t.Fatal(err)
	}
	_, errTake := s.TakeTicket(t.Context(), ticket.Hash, noon)
	_, _, errOpen := s.OpenViewer(t.Context(), viewer, 20)
	for what, err := range map[string]error{
		"TakeTicket": errTake,
		"AddTicket":  s.AddTicket(t.Context(), ticket),
		"OpenViewer": errOpen,
	} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s after the session's end = %v, want fs.ErrNotExist", what, err)
		}
	}
	if _, err := s.Viewer(t.Context(), viewer.Hash); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Viewer after the session's end = %v, want fs.ErrNotExist", err)
	}
}
