package store_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// last is the newest change of somebody's that can be undone.
func (w *workshop) last(who access.Person) store.Entry {
	w.t.Helper()
	e, err := w.LastChange(w.t.Context(), w.by(who))
	if err != nil || !store.Undoable(e) || e.Person != who.ID {
		w.t.Fatalf("LastChange = %+v, %v", e, err)
	}
	return e
}

func TestUndoThereAndBack(t *testing.T) {
	for name, tt := range undoCases() {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t)
			who := w.ada
			if tt.ben {
				who = w.ben
			}
			before := w.state()
			if err := tt.do(w); err != nil {
				t.Fatal(err)
			}
			after, done := w.state(), w.last(who)
			if after == before {
				t.Fatal("the change changes nothing that is looked at")
			}
			for what, by := range map[string]access.Rights{
				"nobody": w.by(access.Person{}), "a stranger": w.by(w.eve), "a token": rightsAt(t, w.Store, who, access.ScopeShare, noon),
			} {
				wantRefused(t, w.Store, "Undo by "+what, func() error { return w.Undo(t.Context(), by, done.ID) })
			}
			if got := w.state(); got != after {
				t.Errorf("a refused Undo changed something:\n%s", difference(got, after))
			}
			entries := len(audited(t, w.Store, ""))
			if err := w.Undo(t.Context(), w.by(who), done.ID); err != nil {
				t.Fatal(err)
			}
			if got := w.state(); got != before {
				t.Errorf("after Undo it is not as before:\n%s", difference(got, before))
			}
			if got := len(audited(t, w.Store, "")); got == entries {
				t.Error("Undo left nothing in the audit")
			}
			wantFault(t, w.Store, "Undo again", "entry", "changed again since", func() error { return w.Undo(t.Context(), w.by(who), done.ID) })
			if tt.oneWay {
				return
			}
			if err := w.Undo(t.Context(), w.by(who), w.last(who).ID); err != nil {
				t.Fatal(err)
			}
			if got := w.state(); got != after {
				t.Errorf("after Undo of the Undo it is not as after the change:\n%s", difference(got, after))
			}
		})
	}
}

func TestUndoRefusesWhatHasChangedSince(t *testing.T) {
	for name, tt := range undoCases() {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t)
			who := w.ada
			if tt.ben {
				who = w.ben
			}
			if err := tt.do(w); err != nil {
				t.Fatal(err)
			}
			done := w.last(who)
			if err := tt.since(w); err != nil {
				t.Fatal(err)
			}
			before := w.state()
			err := wantNothing(t, w.Store, "Undo", func() error { return w.Undo(t.Context(), w.by(who), done.ID) })
			if _, ok := errors.AsType[*store.Fault](err); !ok {
				t.Errorf("Undo = %v, want a Fault", err)
			}
			if got := w.state(); got != before {
				t.Errorf("Undo that was refused changed something:\n%s", difference(got, before))
			}
		})
	}
}

func TestUndoAsksBeforeItLooks(t *testing.T) {
	w := newWorkshop(t)
	change := undoCases()["a name"]
	if err := change.do(w); err != nil {
		t.Fatal(err)
	}
	done := w.last(w.ada)
	if err := change.since(w); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, w.Store, "Undo by a manager of something else", func() error { return w.Undo(t.Context(), w.by(w.ben), done.ID) })
}

func TestUndoIsNoWayBackIn(t *testing.T) {
	w := newWorkshop(t)
	set := func(m access.Member) int64 {
		t.Helper()
		m.Group = w.guests
		if err := w.SetMember(t.Context(), w.by(w.ada), m); err != nil {
			t.Fatal(err)
		}
		return w.last(w.ada).ID
	}
	added := set(access.Member{Person: w.eve.ID})
	if err := w.RemoveMember(t.Context(), w.by(w.ada), w.guests, w.eve.ID); err != nil {
		t.Fatal(err)
	}
	removed, demoted := w.last(w.ada).ID, set(access.Member{Person: w.ben.ID})
	for what, try := range map[string]struct {
		by access.Rights
		id int64
	}{"who was removed": {w.by(w.eve), removed}, "who was demoted": {w.by(w.ben), demoted}} {
		wantRefused(t, w.Store, "Undo by "+what, func() error { return w.Undo(t.Context(), try.by, try.id) })
	}
	if err := w.Undo(t.Context(), w.by(w.ada), removed); err != nil {
		t.Fatal(err)
	}
	if err := w.Undo(t.Context(), w.by(w.eve), added); err != nil {
		t.Errorf("Undo of being put into a group, which is leaving it = %v", err)
	}
	if m, ok := member(t, w.Store, w.guests, w.eve); ok {
		t.Errorf("Eve is still %+v", m)
	}
}

func TestUndoOfAnApprovalAsksForTheGroup(t *testing.T) {
	w := newWorkshop(t)
	cy := signIn(t, w.Store, "cy@example.org")
	if err := w.SetMember(t.Context(), w.by(w.ada), access.Member{Group: w.keepers, Person: cy.ID}); err != nil {
		t.Fatal(err)
	}
	other, err := w.AddDataset(t.Context(), w.by(w.ada), access.Dataset{Name: "LADAF"})
	if err != nil {
		t.Fatal(err)
	}
	if err = w.SetGrant(t.Context(), w.by(w.ada), access.Grant{Dataset: other, Group: w.guests, Permission: "view"}); err != nil {
		t.Fatal(err)
	}
	if _, err = w.Approve(t.Context(), w.by(w.ben), w.request, store.Approval{Group: w.guests}, nil); err != nil {
		t.Fatal(err)
	}
	answer := audited(t, w.Store, store.RequestAnswered)[0].ID
	wantRefused(t, w.Store, "Undo by a manager who may not put people into the group", func() error {
		return w.Undo(t.Context(), w.by(cy), answer)
	})
	if err = w.Undo(t.Context(), w.by(w.ben), answer); err != nil {
		t.Errorf("Undo by who leads the group = %v", err)
	}
}

// difference are the lines of one text that the other has not.
func difference(got, want string) string {
	var out strings.Builder
	for sign, pair := range map[string][2]string{"-": {want, got}, "+": {got, want}} {
		for line := range strings.Lines(pair[0]) {
			if !strings.Contains(pair[1], line) {
				out.WriteString(sign + line)
			}
		}
	}
	return out.String()
}

func TestUndoOfAnApprovalThatMadeAGroup(t *testing.T) {
	w := newWorkshop(t)
	group, err := w.Approve(t.Context(), w.by(w.ben), w.request, store.Approval{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Undo(t.Context(), w.by(w.ben), w.last(w.ben).ID); err != nil {
		t.Fatal(err)
	}
	if m, ok := member(t, w.Store, group, w.eve); ok {
		t.Errorf("Eve is still %+v", m)
	}
	if _, err := w.by(w.eve).Dataset("I58"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Eve sees the dataset: %v, want fs.ErrPermission", err)
	}
	if r, err := w.Request(t.Context(), w.by(w.eve), w.request); err != nil || r.State != store.Waiting || r.Group != 0 || r.Decider.ID != 0 || !r.Decided.IsZero() {
		t.Errorf("Request = %+v, %v, want it to wait", r, err)
	}
	if _, err := w.Approve(t.Context(), w.by(w.ben), w.request, store.Approval{}, nil); err != nil {
		t.Errorf("Approve again = %v", err)
	}
}

func TestUndoOfAnApprovalLeavesWhoWasThere(t *testing.T) {
	w := newWorkshop(t)
	if err := w.SetMember(t.Context(), w.by(w.ada), access.Member{Group: w.guests, Person: w.eve.ID, Admin: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Approve(t.Context(), w.by(w.ben), w.request, store.Approval{Group: w.guests}, nil); err != nil {
		t.Fatal(err)
	}
	err := w.Undo(t.Context(), w.by(w.ben), audited(t, w.Store, store.RequestAnswered)[0].ID)
	if m, ok := member(t, w.Store, w.guests, w.eve); err != nil || !ok || !m.Admin {
		t.Errorf("after Undo (%v) Eve is %+v, %t, want as she was", err, m, ok)
	}
}

func TestLastChange(t *testing.T) {
	w := newWorkshop(t)
	if e, err := w.LastChange(t.Context(), w.by(w.eve)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("LastChange of who has changed nothing that can be undone = %+v, %v, want fs.ErrNotExist", e, err)
	}
	if e, err := w.LastChange(t.Context(), w.by(access.Person{})); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("LastChange of nobody = %+v, %v, want fs.ErrNotExist", e, err)
	}
	if e := w.last(w.ada); e.Event != store.AppChanged {
		t.Errorf("LastChange = %+v, want the app, which came last", e)
	}
	name := "Ada K."
	if err := w.ChangeProfile(t.Context(), rightsAt(t, w.Store, w.ada, access.ScopeAdmin, noon.Add(time.Minute)), w.ada.ID, store.ProfileChange{Name: &name}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.AddToken(t.Context(), w.by(w.ada), w.ada.ID, "laptop", access.ScopeRead, noon.Add(day)); err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]store.Event{
		time.Minute: store.PersonChanged, 11*time.Minute - time.Millisecond: store.PersonChanged, 11 * time.Minute: "",
	} {
		e, err := w.LastChange(t.Context(), rightsAt(t, w.Store, w.ada, access.ScopeAdmin, noon.Add(after)))
		if e.Event != want || (want == "") != errors.Is(err, fs.ErrNotExist) {
			t.Errorf("LastChange after %v = %+v, %v, want %q", after, e, err, want)
		}
	}
}

func TestUndoRefusesOtherKinds(t *testing.T) {
	w := newWorkshop(t)
	if _, _, err := w.AddToken(t.Context(), w.by(w.ada), w.ada.ID, "laptop", access.ScopeRead, noon.Add(day)); err != nil {
		t.Fatal(err)
	}
	for _, event := range []store.Event{
		store.SignedIn, store.TokenMade, store.GroupMade, store.DatasetMade, store.TermsMade, store.ServiceMade, store.AccessRequested,
	} {
		e := audited(t, w.Store, event)[0]
		if store.Undoable(e) {
			t.Errorf("%s can be undone", event)
		}
		wantFault(t, w.Store, "Undo of "+string(event), "entry", "cannot be undone", func() error { return w.Undo(t.Context(), w.by(w.ada), e.ID) })
	}
	added := audited(t, w.Store, store.LocationChanged)[0]
	if store.Undoable(added) {
		t.Error("a new location can be undone; its id is never used again")
	}
	wantAbsent(t, w.Store, "Undo of no entry", func() error { return w.Undo(t.Context(), w.by(w.ada), 9999) })
}

func TestUndoKeepsTheLastAdministrator(t *testing.T) {
	w := newWorkshop(t)
	yes, no := true, false
	if err := w.ChangeProfile(t.Context(), w.by(w.ada), w.ben.ID, store.ProfileChange{Admin: &yes}); err != nil {
		t.Fatal(err)
	}
	made := w.last(w.ada)
	if err := w.ChangeProfile(t.Context(), w.by(w.ben), w.ada.ID, store.ProfileChange{Admin: &no}); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, w.Store, "Undo by who is no administrator any more", func() error { return w.Undo(t.Context(), w.by(w.ada), made.ID) })
	wantFault(t, w.Store, "Undo that leaves none", "admin", "last administrator", func() error { return w.Undo(t.Context(), w.by(w.ben), made.ID) })
}
