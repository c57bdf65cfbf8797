package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"ngportal/access"
	"ngportal/store"
)

func termsName(x store.Terms) string { return fmt.Sprintf("%s %d %s", x.Name, x.Version, x.Text) }

func termsJSON(id int64, version int) string {
	return fmt.Sprintf(`{"id":%d,"name":"Rules","version":%d}`, id, version)
}

func TestTerms(t *testing.T) {
	l := newLab(t)
	ada := l.as(l.ada)
	first := len(audited(t, l.Store, ""))
	id, err := l.AddTerms(t.Context(), ada, " Rules ", "Be kind.\r\n\r\n* always\n")
	l.must(err)
	if e := lastAudited(t, l.Store); len(audited(t, l.Store, ""))-first != 1 || e.Event != store.TermsMade || e.After != termsJSON(id, 1) ||
		e.Object != fmt.Sprintf("terms %d", id) || e.Before != "" {
		t.Errorf("terms are told as %+v", e)
	}
	version := func(text string, want int) func() error {
		return func() error {
			n, wrong := l.AddTermsVersion(t.Context(), ada, id, text)
			if n != want {
				wrong = errors.Join(wrong, fmt.Errorf("version %d, want %d", n, want))
			}
			return wrong
		}
	}
	l.tells("a new version", ada, true, store.Entry{
		Event: store.TermsChanged, Object: fmt.Sprintf("terms %d", id), Before: termsJSON(id, 1), After: termsJSON(id, 2),
	}, version("Be kind.", 2))
	l.quiet("the same text", version(" Be kind.\n", 2))
	l.must(version("Be kind.\n\n* always", 3)()) // as the first one
	_, err = l.AddTerms(t.Context(), ada, "also", "x")
	l.must(err)
	all, err := l.AllTerms(t.Context(), l.as(l.lea))
	rows(t, "AllTerms", all, len(all), err, termsName, 2, "also 1 x", "Rules 3 Be kind.\n\n* always")
	for n, want := range map[int]string{0: "Rules 3 Be kind.\n\n* always", 1: "Rules 1 Be kind.\n\n* always", 2: "Rules 2 Be kind."} {
		if got, err := l.TermsByID(t.Context(), l.as(l.dan), id, n); err != nil || termsName(got) != want || !got.Created.Equal(noon) {
			t.Errorf("version %d is %+v, %v, want %q", n, got, err, want)
		}
	}
	for what, asked := range map[string][2]int64{"a version": {id, 4}, "a version before the first": {id, -1}, "terms": {1234, 1}, "new terms": {1234, 0}} {
		wantAbsent(t, l.Store, what+" that is not there", func() error {
			_, err := l.TermsByID(t.Context(), ada, asked[0], int(asked[1]))
			return err
		})
	}
}

func TestTermsRefuse(t *testing.T) {
	l := newLab(t)
	ada := l.as(l.ada)
	id, err := l.AddTerms(t.Context(), ada, "Rules", "x")
	l.must(err)
	add := func(by access.Rights, name, text string) func() error {
		return func() error {
			_, err := l.AddTerms(t.Context(), by, name, text)
			return err
		}
	}
	for name, says := range badNames {
		wantFault(t, l.Store, fmt.Sprintf("terms %.20q", name), "name", says, add(ada, name, "x"))
	}
	wantFault(t, l.Store, "the name of others", "name", "There are other terms of this name: “Rules”.", add(ada, "RULES", "x"))
	texts := map[string]string{
		"": "Write down", "\r\n\t\n": "Write down", "a\x00": "control characters", "\xff": "UTF-8", "a\u202Eb": "direction of writing",
		strings.Repeat("a", 256<<10+1): "more than 262144", strings.Repeat("ü", 128<<10+1): "262146 bytes, more than 262144",
	}
	for text, says := range texts {
		wantFault(t, l.Store, fmt.Sprintf("terms that say %.20q", text), "text", says, add(ada, "New", text))
		wantFault(t, l.Store, fmt.Sprintf("a version that says %.20q", text), "text", says, func() error {
			_, err := l.AddTermsVersion(t.Context(), ada, id, text)
			return err
		})
	}
	l.must(add(ada, "Long", strings.Repeat("ü", 128<<10))())
	wantAbsent(t, l.Store, "a version of terms that are not there", func() error {
		_, err := l.AddTermsVersion(t.Context(), ada, 1234, "x")
		return err
	})
	people := map[string]access.Person{"who has admin": l.fay, "a manager": l.dan, "Eve": l.eve, "nobody": nobody}
	l.refuses("adding terms", people, func(by access.Rights) error { return add(by, "x", "x")() })
	l.refuses("a new version", people, reads(func(by access.Rights) (int, error) { return l.AddTermsVersion(t.Context(), by, id, "y") }))
	l.refuses("listing terms", map[string]access.Person{"Eve": l.eve, "nobody": nobody}, reads(func(by access.Rights) ([]store.Terms, error) {
		return l.AllTerms(t.Context(), by)
	}))
	wantAbsent(t, l.Store, "terms of nothing that Eve knows", func() error {
		_, err := l.TermsByID(t.Context(), l.as(l.eve), id, 0)
		return err
	})
	l.must(l.ChangeDataset(t.Context(), ada, l.brain, store.DatasetChange{Listed: new(true), Terms: &id}))
	if _, err := l.TermsByID(t.Context(), l.as(l.eve), id, 0); err != nil {
		t.Errorf("terms of a listed dataset: %v", err)
	}
}

// bind puts rules on brain, which readers may view, and puts Eve among them.
func (l *lab) bind() (terms int64) {
	l.t.Helper()
	terms, err := l.AddTerms(l.t.Context(), l.as(l.ada), "Rules", "Be kind.")
	l.must(err)
	l.must(l.ChangeDataset(l.t.Context(), l.as(l.ada), l.brain, store.DatasetChange{Terms: &terms}))
	l.grant(l.brain, l.readers, "view")
	l.member(access.Member{Group: l.readers, Person: l.eve.ID})
	return terms
}

func TestAcceptTerms(t *testing.T) {
	l := newLab(t)
	id := l.bind()
	asked, ok := errors.AsType[*access.TermsError](func() error { _, err := l.as(l.eve).Dataset("brain"); return err }())
	if !ok || asked.Terms != id || asked.Version != 1 {
		t.Fatalf("before accepting: %+v, want version 1 of the terms %d", asked, id)
	}
	accept := func(version int) func() error {
		return func() error { return l.AcceptTerms(t.Context(), l.as(l.eve), id, version) }
	}
	want := store.Entry{Event: store.TermsAccepted, Subject: l.eve.ID, Object: fmt.Sprintf("terms %d", id), After: termsJSON(id, 1)}
	l.tells("accepting", l.as(l.eve), true, want, accept(1))
	l.quiet("accepting again", accept(1))
	if _, err := l.as(l.eve).Dataset("brain"); err != nil {
		t.Errorf("after accepting: %v", err)
	}
	_, err := l.AddTermsVersion(t.Context(), l.as(l.ada), id, "Be kinder.")
	l.must(err)
	if _, ok := errors.AsType[*access.TermsError](func() error { _, err := l.as(l.eve).Dataset("brain"); return err }()); !ok {
		t.Error("a new version needs not be accepted")
	}
	for _, version := range []int{-1, 0, 1, 3} {
		wantFault(t, l.Store, fmt.Sprintf("version %d", version), "version", "Read version 2 and accept that.", accept(version))
	}
	l.must(accept(2)())
	if _, err := l.as(l.eve).Dataset("brain"); err != nil {
		t.Errorf("after accepting the new version: %v", err)
	}
}

func TestAcceptTermsRefuses(t *testing.T) {
	l := newLab(t)
	id := l.bind()
	bot, err := l.AddService(t.Context(), l.as(l.ada), "robot", l.eve.ID)
	l.must(err)
	l.member(access.Member{Group: l.readers, Person: bot})
	robot := access.Person{ID: bot, Name: "robot", Service: true}
	accept := func(by access.Rights, id int64) func() error {
		return func() error { return l.AcceptTerms(t.Context(), by, id, 1) }
	}
	wantRefused(t, l.Store, "a service account", accept(l.as(robot), id))
	wantRefused(t, l.Store, "nobody", accept(l.as(nobody), id))
	wantRefused(t, l.Store, "a token to share", accept(rightsAt(t, l.Store, l.eve, access.ScopeShare, noon), id))
	wantAbsent(t, l.Store, "terms that are not there", accept(l.as(l.ada), 1234))
	zoe := signIn(t, l.Store, "zoe@example.org")
	wantAbsent(t, l.Store, "terms of a hidden dataset", accept(l.as(zoe), id))
	l.must(accept(l.as(l.eve), id)())
	if _, err := l.as(robot).Dataset("brain"); err != nil {
		t.Errorf("a service account whose owner has accepted: %v", err)
	}
}

func TestAcceptances(t *testing.T) {
	l := newLab(t)
	id := l.bind()
	l.must(l.AcceptTerms(t.Context(), rightsAt(t, l.Store, l.eve, access.ScopeAdmin, earlier), id, 1))
	l.must(l.AcceptTerms(t.Context(), l.as(l.dan), id, 1))
	_, err := l.AddTermsVersion(t.Context(), l.as(l.ada), id, "Be kinder.")
	l.must(err)
	l.must(l.AcceptTerms(t.Context(), rightsAt(t, l.Store, l.eve, access.ScopeAdmin, later), id, 2))
	others, err := l.AddTerms(t.Context(), l.as(l.ada), "Others", "x")
	l.must(err)
	l.must(l.AcceptTerms(t.Context(), l.as(l.dan), others, 1))
	name := func(a store.Accepted) string { return fmt.Sprintf("%s %d %s", a.Who.Name, a.Version, a.Who.Email) }
	eve1, eve2, dan := "eve 1 eve@example.org", "eve 2 eve@example.org", "dan 1 dan@example.org"
	tests := map[string]struct {
		q     store.Query
		total int
		want  []string
	}{
		"the newest first":          {store.Query{}, 3, []string{eve2, dan, eve1}},
		"the oldest first":          {store.Query{Sort: "at", Limit: 2}, 3, []string{eve1, dan}},
		"by name":                   {store.Query{Sort: "name", Limit: 2}, 3, []string{dan, eve1}},
		"by e-mail, backwards":      {store.Query{Sort: "email", Desc: true, Offset: 2}, 3, []string{dan}},
		"by version":                {store.Query{Sort: "version", Offset: 2}, 3, []string{eve2}},
		"with a text":               {store.Query{Text: "DAN"}, 1, []string{dan}},
		"with a text of an address": {store.Query{Text: "eve@"}, 2, []string{eve2, eve1}},
	}
	for what, tt := range tests {
		got, total, err := l.Acceptances(t.Context(), l.as(l.ada), id, tt.q)
		rows(t, what, got, total, err, name, tt.total, tt.want...)
	}
	for what, by := range map[string]access.Rights{"oneself": l.as(l.eve), "an administrator": l.as(l.ada)} {
		got, err := l.AcceptancesOf(t.Context(), by, l.eve.ID)
		rows(t, what, got, len(got), err, name, 2, eve2, eve1)
		if want := (store.Accepted{Who: got[0].Who, Terms: id, Name: "Rules", Version: 2, At: later}); got[0] != want {
			t.Errorf("%s: %+v, want %+v", what, got[0], want)
		}
	}
	strangers := map[string]access.Person{"who has admin": l.fay, "a manager": l.dan, "nobody": nobody}
	l.refuses("asking what Eve has accepted", strangers, reads(func(by access.Rights) ([]store.Accepted, error) {
		return l.AcceptancesOf(t.Context(), by, l.eve.ID)
	}))
	l.refuses("asking who has accepted", strangers, func(by access.Rights) error {
		_, _, err := l.Acceptances(t.Context(), by, id, store.Query{})
		return err
	})
}

// TestVersionsAtOnce makes versions at the same time: each has its number.
func TestVersionsAtOnce(t *testing.T) {
	l := newLab(t)
	by := l.as(l.ada)
	id, err := l.AddTerms(t.Context(), by, "Rules", "x")
	l.must(err)
	var wg sync.WaitGroup
	numbers := make([]int, 6)
	for i := range numbers {
		wg.Go(func() {
			n, err := l.AddTermsVersion(t.Context(), by, id, fmt.Sprint("text ", i))
			if err != nil {
				t.Error(err)
			}
			numbers[i] = n
		})
	}
	wg.Wait()
	seen := map[int]bool{}
	for i, n := range numbers {
		got, err := l.TermsByID(t.Context(), by, id, n)
		if seen[n] || err != nil || got.Text != fmt.Sprint("text ", i) {
			t.Errorf("version %d is %+v, %v; seen before: %t", n, got, err, seen[n])
		}
		seen[n] = true
	}
}
