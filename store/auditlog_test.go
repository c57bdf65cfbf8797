package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// log is a portal whose audit has, oldest first, entries with the details a to g.
func newLog(t *testing.T) asking {
	t.Helper()
	a := newAsking(t)
	for i, e := range []struct {
		who access.Person
		store.Entry
	}{
		{a.eve, store.Entry{Event: store.Refused, Dataset: "I58", Detail: "a"}},
		{a.eve, store.Entry{Event: store.CookiesIssued, Dataset: "LADAF", Object: "ladaf-raw ladaf-seg", Detail: "b"}},
		{a.ben, store.Entry{Event: store.LinkOpened, Object: "link abc", Detail: "c"}},
		{a.ada, store.Entry{Event: store.MemberChanged, Subject: a.eve.ID, Detail: "d", After: `{"group":7}`}},
		{access.Person{}, store.Entry{Event: store.Refused, Detail: "e 100%"}},
		{a.eve, store.Entry{Event: store.Refused, Dataset: "I58", Detail: "f <b>\u200F"}},
		{a.ada, store.Entry{Event: store.LinkMade, Detail: "g"}},
	} {
		by := rightsAt(t, a.Store, e.who, access.ScopeAdmin, noon.Add(time.Duration(i+1)*time.Hour))
		by.From = fmt.Sprintf("198.51.100.%d", i)
		if err := a.Note(t.Context(), by, e.Entry); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// first are the first letters of the details of entries.
func first(entries []store.Entry) string {
	text := ""
	for _, e := range entries {
		text += (e.Detail + "-")[:1]
	}
	return text
}

func TestAudit(t *testing.T) {
	a := newLog(t)
	later := noon.Add(time.Second)
	tests := map[string]struct {
		q    store.AuditQuery
		want string
	}{
		"all since":                 {store.AuditQuery{From: later}, "gfedcba"},
		"what somebody did, or had": {store.AuditQuery{From: later, Person: a.eve.ID}, "fdba"},
		"a dataset":                 {store.AuditQuery{From: later, Dataset: "I58"}, "fa"},
		"a dataset that is none":    {store.AuditQuery{From: later, Dataset: "i58"}, ""},
		"an event":                  {store.AuditQuery{From: later, Event: store.Refused}, "fea"},
		"from, and before":          {store.AuditQuery{From: noon.Add(2 * time.Hour), To: noon.Add(4 * time.Hour)}, "cb"},
		"text, in who did it":       {store.AuditQuery{From: later, Text: "BEN@"}, "c"},
		"text, in an object":        {store.AuditQuery{From: later, Text: "Ladaf-SEG"}, "b"},
		"text, in what changed":     {store.AuditQuery{From: later, Text: `"group":7`}, "d"},
		"text, in an address":       {store.AuditQuery{From: later, Text: "198.51.100.2"}, "c"},
		"text, with a sign":         {store.AuditQuery{From: later, Text: "0%"}, "e"},
		"text, with markup":         {store.AuditQuery{From: later, Text: "<B>\u200F"}, "f"},
		"all at once":               {store.AuditQuery{From: later, Person: a.eve.ID, Dataset: "I58", Event: store.Refused, Text: "f"}, "f"},
		"the newest two":            {store.AuditQuery{From: later, Limit: 2}, "gf"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := a.Audit(t.Context(), rights(t, a.Store, a.ada), tt.q)
			if err != nil || first(got) != tt.want {
				t.Errorf("Audit(%+v) = %q, %v, want %q", tt.q, first(got), err, tt.want)
			}
			var each []store.Entry
			err = a.EachEntry(t.Context(), rights(t, a.Store, a.ada), tt.q, func(e store.Entry) error {
				each = append(each, e)
				return nil
			})
			if err != nil || first(each) != tt.want {
				t.Errorf("EachEntry(%+v) = %q, %v, want %q", tt.q, first(each), err, tt.want)
			}
		})
	}
	page, err := a.Audit(t.Context(), rights(t, a.Store, a.ada), store.AuditQuery{Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	next, err := a.Audit(t.Context(), rights(t, a.Store, a.ada), store.AuditQuery{From: later, Limit: 3, Before: page[2].ID})
	if err != nil || first(page)+first(next) != "gfedcb" {
		t.Errorf("two pages of Audit = %q, %q, %v, want gfe, dcb", first(page), first(next), err)
	}
	want := store.Entry{
		ID: page[1].ID, At: noon.Add(6 * time.Hour), Event: store.Refused, Person: a.eve.ID, Actor: "eve@example.org", Via: "session",
		Address: "198.51.100.5", Dataset: "I58", Detail: "f <b>\u200F",
	}
	if page[1] != want {
		t.Errorf("Audit has %+v, want %+v", page[1], want)
	}
}

func TestAuditIsForManagers(t *testing.T) {
	a := newLog(t)
	tests := map[string]struct {
		by      access.Rights
		dataset string
		want    string // "" for refused
	}{
		"an administrator":             {rights(t, a.Store, a.ada), "LADAF", "b"},
		"an administrator's token":     {rightsAt(t, a.Store, a.ada, access.ScopeRead, noon), "I58", ""},
		"a manager":                    {rights(t, a.Store, a.ben), "I58", "fa"},
		"a manager, everything":        {rights(t, a.Store, a.ben), "", ""},
		"a manager, another dataset":   {rights(t, a.Store, a.ben), "LADAF", ""},
		"a manager's token":            {rightsAt(t, a.Store, a.ben, access.ScopeShare, noon), "I58", ""},
		"somebody who knows it exists": {rights(t, a.Store, a.eve), "I58", ""},
		"nobody":                       {rights(t, a.Store, access.Person{}), "I58", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			q := store.AuditQuery{Dataset: tt.dataset, From: noon.Add(time.Second)}
			if tt.want != "" {
				if got, err := a.Audit(t.Context(), tt.by, q); err != nil || first(got) != tt.want {
					t.Errorf("Audit = %q, %v, want %q", first(got), err, tt.want)
				}
				return
			}
			wantRefused(t, a.Store, "Audit", func() error {
				_, err := a.Audit(t.Context(), tt.by, q)
				return err
			})
			wantRefused(t, a.Store, "EachEntry", func() error {
				return a.EachEntry(t.Context(), tt.by, q, func(e store.Entry) error { return fmt.Errorf("got %+v", e) })
			})
		})
	}
}

func TestEachEntryGoesThroughAll(t *testing.T) {
	s := open(t, "")
	ada := signInAdmin(t, s, "ada@example.org")
	before := len(audited(t, s, ""))
	const n = 2*store.MaxList + 7
	err := s.Exec(t.Context(), fmt.Sprintf(`WITH RECURSIVE counting (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counting WHERE i < %d)
		INSERT INTO audit (at, event, person, actor, via, address) SELECT i, 'refused', 0, 'nobody', '', '' FROM counting`, n))
	if err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int]int{0: n + before, store.MaxList: store.MaxList, store.MaxList + 1: store.MaxList + 1, 10 * n: n + before} {
		seen, last := 0, int64(1<<62)
		err = s.EachEntry(t.Context(), rights(t, s, ada), store.AuditQuery{Limit: limit}, func(e store.Entry) error {
			if e.ID >= last {
				t.Errorf("EachEntry gives %d after %d", e.ID, last)
			}
			seen, last = seen+1, e.ID
			return nil
		})
		if err != nil || seen != want {
			t.Errorf("EachEntry with the limit %d gives %d entries, %v, want %d", limit, seen, err, want)
		}
	}
	enough := errors.New("enough")
	seen := 0
	err = s.EachEntry(t.Context(), rights(t, s, ada), store.AuditQuery{}, func(store.Entry) error {
		seen++
		return enough
	})
	if !errors.Is(err, enough) || seen != 1 {
		t.Errorf("EachEntry goes on after an error: %d, %v", seen, err)
	}
}

func TestAuditIsAppendOnly(t *testing.T) {
	s := open(t, "")
	signIn(t, s, "ben@example.org")
	for _, statement := range []string{
		"UPDATE audit SET actor = 'eve'", "UPDATE audit SET at = 0", "DELETE FROM audit", "DELETE FROM audit WHERE at = 0 OR id > 0",
	} {
		if err := s.Exec(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "the audit is append-only") {
			t.Errorf("%s = %v, want it refused", statement, err)
		}
	}
	if got := audited(t, s, ""); len(got) != 1 || got[0].Actor != "ben@example.org" {
		t.Errorf("the audit is %+v, want as it was", got)
	}
}

func TestTrimAudit(t *testing.T) {
	a := newLog(t)
	all := len(audited(t, a.Store, ""))
	if n, err := a.TrimAudit(t.Context(), noon); err != nil || n != 0 {
		t.Errorf("TrimAudit of what is not there = %d, %v, want 0", n, err)
	}
	cut := noon.Add(3 * time.Hour) // at which c happened
	if n, err := a.TrimAudit(t.Context(), cut); err != nil || n != int64(all-5) {
		t.Errorf("TrimAudit = %d, %v, want %d", n, err, all-5)
	}
	if got := first(audited(t, a.Store, "")); got != "gfedc" {
		t.Errorf("the audit has %q left, want gfedc", got)
	}
	if n, err := a.TrimAudit(t.Context(), noon); err != nil || n != 0 {
		t.Errorf("TrimAudit with an earlier time = %d, %v, want 0", n, err)
	}
	if err := a.Exec(t.Context(), "DELETE FROM audit"); err == nil {
		t.Error("after trimming, the rest of the audit can be deleted")
	}
	if err := a.Exec(t.Context(), "UPDATE audit SET detail = ''"); err == nil {
		t.Error("after trimming, the rest of the audit can be changed")
	}
}

func TestTrimAuditInParts(t *testing.T) {
	s := open(t, "")
	signIn(t, s, "ben@example.org")
	const n = 12_345 // more than are removed at a time
	err := s.Exec(t.Context(), fmt.Sprintf(`WITH RECURSIVE counting (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counting WHERE i < %d)
		INSERT INTO audit (at, event, person, actor, via, address) SELECT i, 'refused', 0, 'nobody', '', '' FROM counting`, n))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.TrimAudit(t.Context(), noon); err != nil || got != n {
		t.Errorf("TrimAudit = %d, %v, want %d", got, err, n)
	}
	if got := audited(t, s, ""); len(got) != 1 || got[0].Event != store.SignedIn {
		t.Errorf("the audit has %d entries left, want the one of today", len(got))
	}
}

func TestAuditIsReadByTheQueryOnly(t *testing.T) {
	s := open(t, "")
	ada := signInAdmin(t, s, "ada@example.org")
	hostile := "x' OR '1' = '1"
	for what, q := range map[string]store.AuditQuery{"a dataset": {Dataset: hostile}, "an event": {Event: store.Event(hostile)}, "text": {Text: hostile}} {
		if got, err := s.Audit(t.Context(), rights(t, s, ada), q); err != nil || len(got) != 0 {
			t.Errorf("Audit of %s %q = %+v, %v, want nothing", what, hostile, got, err)
		}
	}
}
