package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/mail"
	"ngportal/store"
)

// asking is a portal with an administrator, a dataset that is listed and its manager, and somebody who may not see it.
type asking struct {
	*store.Store
	ada, ben, eve access.Person // administrator, manager, and who asks
	i58, keepers  int64         // the dataset, and the group that manages it
}

func newAsking(t *testing.T) asking {
	t.Helper()
	s := open(t, "")
	a := asking{Store: s, ada: signInAdmin(t, s, "ada@example.org"), ben: signIn(t, s, "ben@example.org"), eve: signIn(t, s, "eve@example.org")}
	a.i58, a.keepers = manager(t, s, rights(t, s, a.ada), access.Dataset{Name: "I58", Title: "Subject I58", Listed: true}, a.ben)
	return a
}

// ask has somebody ask for a dataset.
func (a asking) ask(t *testing.T, who access.Person, dataset int64) int64 {
	t.Helper()
	id, err := a.AddRequest(t.Context(), rights(t, a.Store, who), dataset, "For my thesis.", nil)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// mails takes every mail out of the outbox.
func (a asking) mails(t *testing.T) (out []mail.Message) {
	t.Helper()
	for {
		q, ok, err := a.Outbox().Claim(t.Context(), noon, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return out
		}
		out = append(out, q.Message)
	}
}

func TestRequest(t *testing.T) {
	a := newAsking(t)
	n := revision(t, a.Store)
	id, err := a.AddRequest(t.Context(), rights(t, a.Store, a.eve), a.i58, " For my thesis on <b>vessels</b>.\r\nYours, Eve \u200F ", []mail.Message{
		{To: "ben@example.org", Subject: "Eve asks", Text: "for I58"}, {To: "", Subject: "to nobody"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := store.Request{
		ID: id, Dataset: a.i58, DatasetName: "I58", DatasetTitle: "Subject I58", Who: a.eve,
		Sentence: "For my thesis on <b>vessels</b>.\nYours, Eve \u200F", State: store.Waiting, Created: noon,
	}
	wantEntry(t, a.Store, store.Entry{
		Event: store.AccessRequested, Person: a.eve.ID, Actor: "eve@example.org", Subject: a.eve.ID, Dataset: "I58",
		Object: fmt.Sprintf("request %d", id), Detail: want.Sentence,
	})
	for name, who := range map[string]access.Person{"who asked": a.eve, "the manager": a.ben, "the administrator": a.ada} {
		if got, err := a.Request(t.Context(), rights(t, a.Store, who), id); err != nil || got != want {
			t.Errorf("Request for %s = %+v, %v, want %+v", name, got, err, want)
		}
	}
	for name, who := range map[string]access.Person{"who asked": a.eve, "the administrator": a.ada} {
		if got, err := a.RequestsOf(t.Context(), rights(t, a.Store, who), a.eve.ID); err != nil || !slices.Equal(got, []store.Request{want}) {
			t.Errorf("RequestsOf for %s = %+v, %v, want %+v", name, got, err, want)
		}
	}
	if got, total, err := a.Requests(t.Context(), rights(t, a.Store, a.ben), store.Waiting, store.Query{}); err != nil || total != 1 || !slices.Equal(got, []store.Request{want}) {
		t.Errorf("Requests = %+v, %d, %v, want %+v", got, total, err, want)
	}
	if got := a.mails(t); len(got) != 1 || got[0] != (mail.Message{To: "ben@example.org", Subject: "Eve asks", Text: "for I58"}) {
		t.Errorf("the outbox has %+v, want the one to Ben", got)
	}
	if got := revision(t, a.Store); got != n {
		t.Errorf("asking changed the revision from %d to %d", n, got)
	}
}

func TestAddRequestRefusesAndFaults(t *testing.T) {
	a := newAsking(t)
	hidden, _ := manager(t, a.Store, rights(t, a.Store, a.ada), access.Dataset{Name: "hidden"}, a.ada)
	retired, _ := manager(t, a.Store, rights(t, a.Store, a.ada), access.Dataset{Name: "retired", Listed: true}, a.ada)
	stale := rights(t, a.Store, a.eve)
	yes := true
	if err := a.ChangeDataset(t.Context(), rights(t, a.Store, a.ada), retired, store.DatasetChange{Retired: &yes}); err != nil {
		t.Fatal(err)
	}
	bot := service(t, a.Store, rights(t, a.Store, a.ada), "nightly", a.eve)
	add := func(by access.Rights, dataset int64, sentence string) func() error {
		return func() error {
			_, err := a.AddRequest(t.Context(), by, dataset, sentence, []mail.Message{{To: "ben@example.org"}})
			return err
		}
	}
	eve := rights(t, a.Store, a.eve)
	wantRefused(t, a.Store, "AddRequest by nobody", add(rights(t, a.Store, access.Person{}), a.i58, "Please."))
	wantRefused(t, a.Store, "AddRequest with a token that reads", add(rightsAt(t, a.Store, a.eve, access.ScopeRead, noon), a.i58, "Please."))
	wantRefused(t, a.Store, "AddRequest by a service account", add(rights(t, a.Store, bot), a.i58, "Please."))
	wantFault(t, a.Store, "AddRequest without a sentence", "sentence", "Say in a sentence", add(eve, a.i58, " \n "))
	wantFault(t, a.Store, "AddRequest with a long one", "sentence", "more than 2000", add(eve, a.i58, strings.Repeat("ü", 2001)))
	wantFault(t, a.Store, "AddRequest with one that turns the writing", "sentence", "direction of writing", add(eve, a.i58, "a\u202Eb"))
	wantFault(t, a.Store, "AddRequest for what one sees", "dataset", "already", add(rights(t, a.Store, a.ben), a.i58, "Please."))
	wantAbsent(t, a.Store, "AddRequest for a hidden dataset", add(eve, hidden, "Please."))
	wantAbsent(t, a.Store, "AddRequest for a retired dataset", add(stale, retired, "Please."))
	wantAbsent(t, a.Store, "AddRequest for none", add(eve, 9999, "Please."))
	a.ask(t, a.eve, a.i58)
	wantFault(t, a.Store, "AddRequest twice", "dataset", "asked for it already", add(eve, a.i58, "Please!"))
	if got := a.mails(t); len(got) != 0 {
		t.Errorf("the outbox has %+v, want nothing", got)
	}
}

func TestRequestsAreForManagers(t *testing.T) {
	a := newAsking(t)
	cy := signIn(t, a.Store, "cy@example.org")
	other, _ := manager(t, a.Store, rights(t, a.Store, a.ada), access.Dataset{Name: "LADAF", Title: "Heart <1>", Listed: true}, cy)
	leads, err := a.AddGroup(t.Context(), rights(t, a.Store, a.ada), "club", "")
	if err != nil {
		t.Fatal(err)
	}
	dan := signIn(t, a.Store, "dan@example.org")
	if err := a.SetMember(t.Context(), rights(t, a.Store, a.ada), access.Member{Group: leads, Person: dan.ID, Admin: true}); err != nil {
		t.Fatal(err)
	}
	first, second := a.ask(t, a.eve, a.i58), a.ask(t, a.eve, other)
	third := a.ask(t, dan, a.i58)
	if err := a.Decline(t.Context(), rights(t, a.Store, a.ben), third, "", nil); err != nil {
		t.Fatal(err)
	}
	numbers := func(list []store.Request) string {
		text := ""
		for _, r := range list {
			text += map[int64]string{first: "1", second: "2", third: "3"}[r.ID]
		}
		return text
	}
	tests := map[string]struct {
		who     access.Person
		state   store.RequestState
		q       store.Query
		want    string
		total   int
		waiting int
	}{
		"a manager, all of theirs":        {a.ben, "", store.Query{}, "13", 2, 1},
		"a manager, who waits":            {a.ben, store.Waiting, store.Query{}, "1", 1, 1},
		"another manager":                 {cy, "", store.Query{}, "2", 1, 1},
		"who leads a group":               {dan, "", store.Query{}, "", 0, 0},
		"an administrator":                {a.ada, "", store.Query{}, "123", 3, 2},
		"a page":                          {a.ada, "", store.Query{Offset: 1, Limit: 1}, "2", 3, 2},
		"by dataset, backwards":           {a.ada, "", store.Query{Sort: "dataset", Desc: true}, "213", 3, 2},
		"by person":                       {a.ada, "", store.Query{Sort: "person"}, "312", 3, 2},
		"a search for a title with marks": {a.ada, "", store.Query{Text: "HEART <"}, "2", 1, 2},
		"a search for a person":           {a.ada, "", store.Query{Text: "Dan@"}, "3", 1, 2},
		"a search for the sentence":       {a.ada, store.Waiting, store.Query{Text: "thesis"}, "12", 2, 2},
		"a search for a wildcard":         {a.ada, "", store.Query{Text: "%"}, "", 0, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			by := rights(t, a.Store, tt.who)
			list, total, err := a.Requests(t.Context(), by, tt.state, tt.q)
			if err != nil || numbers(list) != tt.want || total != tt.total {
				t.Errorf("Requests(%q, %+v) = %q, %d, %v, want %q, %d", tt.state, tt.q, numbers(list), total, err, tt.want, tt.total)
			}
			if got, err := a.WaitingRequests(t.Context(), by); err != nil || got != tt.waiting {
				t.Errorf("WaitingRequests = %d, %v, want %d", got, err, tt.waiting)
			}
		})
	}
	eve := rights(t, a.Store, a.eve)
	if got, err := a.WaitingRequests(t.Context(), eve); err != nil || got != 0 {
		t.Errorf("WaitingRequests for who manages nothing = %d, %v, want 0", got, err)
	}
	wantRefused(t, a.Store, "Requests for who manages nothing", func() error {
		_, _, err := a.Requests(t.Context(), eve, "", store.Query{})
		return err
	})
	wantRefused(t, a.Store, "RequestsOf another", func() error {
		_, err := a.RequestsOf(t.Context(), rights(t, a.Store, a.ben), a.eve.ID)
		return err
	})
	for name, by := range map[string]access.Rights{"another manager": rights(t, a.Store, cy), "nobody": rights(t, a.Store, access.Person{}), "another": rights(t, a.Store, dan)} {
		wantRefused(t, a.Store, "Request for "+name, func() error {
			_, err := a.Request(t.Context(), by, first)
			return err
		})
	}
	wantRefused(t, a.Store, "Request for nobody that is not there", func() error {
		_, err := a.Request(t.Context(), rights(t, a.Store, access.Person{}), 9999)
		return err
	})
	if _, err := a.Request(t.Context(), rights(t, a.Store, a.ada), 9999); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Request that is not there = %v, want fs.ErrNotExist", err)
	}
}
