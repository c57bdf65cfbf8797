package store_test

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// TestOddText is what strangers send: it must be kept, or be no text, but must not fail.
func TestOddText(t *testing.T) {
	s := open(t, "")
	ada := person(t, s, "Ada")
	for _, name := range []string{"a'b\"c?d$1;--", "ünï 🧠 \u202e", "100% _ \\"} {
		if err := s.ClearTray(t.Context(), ada); err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddToTray(t.Context(), ada, []store.Item{item(name)}); err != nil {
			t.Errorf("AddToTray(%q) = %v", name, err)
		}
		if tray, err := s.Tray(t.Context(), ada); paths(tray) != name || err != nil {
			t.Errorf("Tray = %q, %v, want %q", paths(tray), err, name)
		}
	}
	n := newSession(t, s, ada, "plain")
	n.Hash, n.Agent = store.HashOf("odd"), "Mozilla\x00\xff"
	if err := s.AddSession(t.Context(), n, store.Hash{}); err != nil {
		t.Errorf("AddSession of a browser without a proper name = %v", err)
	}
	if _, err := s.Link(t.Context(), "no\x00\xffslug"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Link of bytes that are no text = %v, want fs.ErrNotExist", err)
	}
}

// TestLower: both kinds of database know the letters of other alphabets.
func TestLower(t *testing.T) {
	s := open(t, "")
	if got, err := s.Value(t.Context(), "SELECT lower('ÖSTLUND ŽÁK ДА')"); err != nil || got != "östlund žák да" {
		t.Errorf("lower = %v, %v, want östlund žák да", got, err)
	}
}

// TestQuestionMark: in quotes it stands for itself.
func TestQuestionMark(t *testing.T) {
	s := open(t, "")
	got, err := s.Value(t.Context(), `SELECT '?''?' || name || '"?' FROM people AS "?" WHERE id = ? AND kind <> ?`, 0, "per?son")
	if err != nil || got != `?'?"?` {
		t.Errorf("the query gives %v, %v, want ?'?\"?", got, err)
	}
}

// TestFactsOfOneMoment reads while another writes: the revision fits what has been read with it.
func TestFactsOfOneMoment(t *testing.T) {
	s := open(t, "")
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var errWrite error
	start := revision(t, s)
	accounts := func() int64 { return countOf(t, s, "SELECT count(*) FROM people WHERE id <> 0") }
	wg.Go(func() {
		for n := 0; ctx.Err() == nil && errWrite == nil; n++ {
			who := access.Identity{Issuer: issuer, Subject: time.Duration(n).String(), Name: "Ada"}
			session := store.Session{Hash: store.HashOf(who.Subject), Created: noon, Seen: noon, IdleExpires: noon, Expires: noon}
			_, errWrite = s.SignIn(t.Context(), store.SignIn{Identity: who, Session: session})
		}
	})
	for range 50 {
		facts, n, err := s.Facts(t.Context())
		if err != nil || int64(len(facts.Accounts)) != n-start {
			t.Errorf("Facts has %d accounts at revision %d, %v, want %d", len(facts.Accounts), n, err, n-start)
			break
		}
	}
	stop()
	wg.Wait()
	if errWrite != nil || accounts() == 0 {
		t.Errorf("writing: %v, and there are %d people", errWrite, accounts())
	}
}
