package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/mail"
	"ngportal/store"
)

// member is what somebody is in a group.
func member(t *testing.T, s *store.Store, group int64, who access.Person) (access.Member, bool) {
	t.Helper()
	facts, _, err := s.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range facts.Members {
		if m.Group == group && m.Person == who.ID {
			return m, true
		}
	}
	return access.Member{}, false
}

// events are those of the audit after the first n, oldest first.
func events(t *testing.T, s *store.Store, n int) string {
	t.Helper()
	text := ""
	for i, all := 0, audited(t, s, ""); i < len(all)-n; i++ {
		text = string(all[i].Event) + " " + text
	}
	return strings.TrimSpace(text)
}

func TestApproveMakesAGroupOfViewers(t *testing.T) {
	a := newAsking(t)
	id := a.ask(t, a.eve, a.i58)
	n, entries := revision(t, a.Store), len(audited(t, a.Store, ""))
	until := noon.Add(30 * day)
	group, err := a.Approve(t.Context(), rights(t, a.Store, a.ben), id, store.Approval{Expires: until}, []mail.Message{{To: "eve@example.org", Subject: "yes"}})
	if err != nil {
		t.Fatal(err)
	}
	eve := rights(t, a.Store, a.eve)
	if _, err = eve.Dataset("I58"); err != nil {
		t.Errorf("Eve sees the dataset: %v, want nil", err)
	}
	if why := eve.Why(a.i58); len(why) != 1 || why[0].Group.Name != "Subject I58 viewers" || why[0].Grant.Permission != "view" {
		t.Errorf("Eve sees it because of %+v", why)
	}
	if m, ok := member(t, a.Store, group, a.eve); !ok || m != (access.Member{Group: group, Person: a.eve.ID, Since: noon, Expires: until}) {
		t.Errorf("Eve is %+v, %t, want a member until %v", m, ok, until)
	}
	if m, ok := member(t, a.Store, group, a.ben); !ok || !m.Admin {
		t.Errorf("Ben is %+v, %t, want an administrator of the group that he has made", m, ok)
	}
	if got := events(t, a.Store, entries); got != "group-made grant-changed member-changed member-changed request-answered" {
		t.Errorf("the audit has %q", got)
	}
	wantEntry(t, a.Store, store.Entry{
		Event: store.RequestAnswered, Person: a.ben.ID, Actor: "ben@example.org", Subject: a.eve.ID, Dataset: "I58", Object: fmt.Sprintf("request %d", id),
		Before: `{"state":"waiting"}`, After: fmt.Sprintf(`{"state":"approved","group":%d,"expires":1774958400123}`, group),
	})
	if got := revision(t, a.Store); got != n+1 {
		t.Errorf("the revision went from %d to %d, want one more", n, got)
	}
	want := store.Request{
		ID: id, Dataset: a.i58, DatasetName: "I58", DatasetTitle: "Subject I58", Who: a.eve, Sentence: "For my thesis.", State: store.Approved,
		Group: group, GroupName: "Subject I58 viewers", Expires: until, Decider: a.ben, Created: noon, Decided: noon,
	}
	if got, fault := a.Request(t.Context(), eve, id); fault != nil || got != want {
		t.Errorf("Request = %+v, %v, want %+v", got, fault, want)
	}
	if got := a.mails(t); len(got) != 1 || got[0].To != "eve@example.org" {
		t.Errorf("the outbox has %+v, want the one to Eve", got)
	}

	dan := signIn(t, a.Store, "dan@example.org")
	again, err := a.Approve(t.Context(), rights(t, a.Store, a.ada), a.ask(t, dan, a.i58), store.Approval{}, nil)
	if err != nil || again != group {
		t.Errorf("Approve of another = %d, %v, want the same group %d", again, err, group)
	}
}

func TestApproveByAnAdministratorAdmitsOnlyWhoAsked(t *testing.T) {
	a := newAsking(t)
	group, err := a.Approve(t.Context(), rights(t, a.Store, a.ada), a.ask(t, a.eve, a.i58), store.Approval{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	members, total, err := a.Members(t.Context(), rights(t, a.Store, a.ada), group, store.Query{})
	if err != nil || total != 1 || members[0].Person != a.eve.ID {
		t.Errorf("the group made by an administrator has %+v, %v, want Eve alone", members, err)
	}
}

func TestApproveNeverShortens(t *testing.T) {
	early, late := noon.Add(10*day), noon.Add(20*day)
	tests := map[string]struct {
		was, asked, want time.Time
	}{
		"longer":             {early, late, late},
		"shorter":            {late, early, late},
		"for ever":           {early, time.Time{}, time.Time{}},
		"already for ever":   {time.Time{}, early, time.Time{}},
		"as it is":           {early, early, early},
		"what is over again": {noon.Add(-day), early, early},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := newAsking(t)
			ada := rights(t, a.Store, a.ada)
			id := a.ask(t, a.eve, a.i58)
			group, err := a.AddGroup(t.Context(), ada, "guests", "")
			if err != nil {
				t.Fatal(err)
			}
			if err := a.SetGrant(t.Context(), ada, access.Grant{Dataset: a.i58, Group: group, Permission: "view"}); err != nil {
				t.Fatal(err)
			}
			past := rightsAt(t, a.Store, a.ada, access.ScopeAdmin, noon.Add(-30*day))
			if err := a.SetMember(t.Context(), past, access.Member{Group: group, Person: a.eve.ID, Admin: true, Expires: tt.was}); err != nil {
				t.Fatal(err)
			}
			if _, err := a.Approve(t.Context(), rights(t, a.Store, a.ben), id, store.Approval{Group: group, Expires: tt.asked}, nil); err != nil {
				t.Fatal(err)
			}
			if m, ok := member(t, a.Store, group, a.eve); !ok || !m.Expires.Equal(tt.want) || !m.Admin {
				t.Errorf("Eve is %+v, %t, want an administrator still, until %v", m, ok, tt.want)
			}
		})
	}
}

func TestApproveRefusesAndFaults(t *testing.T) {
	a := newAsking(t)
	ada := rights(t, a.Store, a.ada)
	id := a.ask(t, a.eve, a.i58)
	cy := signIn(t, a.Store, "cy@example.org")
	other, others := manager(t, a.Store, ada, access.Dataset{Name: "LADAF"}, cy)
	group := func(name string, grants ...access.Grant) int64 {
		g, err := a.AddGroup(t.Context(), ada, name, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, grant := range grants {
			grant.Group = g
			by := rightsAt(t, a.Store, a.ada, access.ScopeAdmin, noon.Add(-30*day))
			if err := a.SetGrant(t.Context(), by, grant); err != nil {
				t.Fatal(err)
			}
		}
		return g
	}
	view := access.Grant{Dataset: a.i58, Permission: "view"}
	ended := view
	ended.Expires = noon
	both := group("both", view, access.Grant{Dataset: other, Permission: "view"})
	over := group("over", ended)
	word := group("word", access.Grant{Dataset: a.i58, Permission: "cave.annotate"})
	bare := group("bare")
	everyone := everyone(t, a.Store)
	ben := rights(t, a.Store, a.ben)
	ada = rights(t, a.Store, a.ada)
	approve := func(by access.Rights, request, group int64, expires time.Time) func() error {
		return func() error {
			_, err := a.Approve(t.Context(), by, request, store.Approval{Group: group, Expires: expires}, []mail.Message{{To: "eve@example.org"}})
			return err
		}
	}
	never := time.Time{}
	wantRefused(t, a.Store, "Approve by who asked", approve(rights(t, a.Store, a.eve), id, 0, never))
	wantRefused(t, a.Store, "Approve by nobody", approve(rights(t, a.Store, access.Person{}), id, 0, never))
	wantRefused(t, a.Store, "Approve by another's manager", approve(rights(t, a.Store, cy), id, others, never))
	wantRefused(t, a.Store, "Approve with a token", approve(rightsAt(t, a.Store, a.ben, access.ScopeShare, noon), id, 0, never))
	wantRefused(t, a.Store, "Approve of what is not there", approve(ben, 9999, 0, never))
	wantRefused(t, a.Store, "Approve into a group that opens more", approve(ben, id, both, never))
	wantRefused(t, a.Store, "Approve into a group that opens nothing, of another", approve(ben, id, bare, never))
	wantRefused(t, a.Store, "Approve into a group of others", approve(ben, id, others, never))
	wantAbsent(t, a.Store, "Approve of what is not there, by an administrator", approve(ada, 9999, 0, never))
	wantFault(t, a.Store, "Approve into a group that opens nothing", "group", "may not see", approve(ada, id, bare, never))
	wantFault(t, a.Store, "Approve into a group whose grant has ended", "group", "may not see", approve(ada, id, over, never))
	wantFault(t, a.Store, "Approve into a group with another service's word", "group", "may not see", approve(ada, id, word, never))
	wantFault(t, a.Store, "Approve into everyone", "group", "stays as it is", approve(ada, id, everyone, never))
	wantFault(t, a.Store, "Approve into no group", "group", "may not see", approve(ada, id, 9999, never))
	wantFault(t, a.Store, "Approve until now", "expires", "has passed", approve(ben, id, 0, noon))
	yes, no := true, false
	if err := a.ChangeProfile(t.Context(), ada, a.eve.ID, store.ProfileChange{Disabled: &yes}); err != nil {
		t.Fatal(err)
	}
	wantFault(t, a.Store, "Approve of somebody disabled", "person", "eve@example.org is disabled", approve(ben, id, 0, never))
	if err := a.ChangeProfile(t.Context(), ada, a.eve.ID, store.ProfileChange{Disabled: &no}); err != nil {
		t.Fatal(err)
	}
	taken := group("SUBJECT i58 Viewers", access.Grant{Dataset: other, Permission: "view"}, view)
	ben = rights(t, a.Store, a.ben)
	wantFault(t, a.Store, "Approve with a group of that name that opens more", "group", "SUBJECT i58 Viewers", approve(ben, id, 0, never))
	if err := a.RemoveGrant(t.Context(), ada, other, taken, "view"); err != nil {
		t.Fatal(err)
	}
	if got, err := a.Approve(t.Context(), ben, id, store.Approval{}, nil); err != nil || got != taken {
		t.Errorf("Approve with a group of that name = %d, %v, want %d", got, err, taken)
	}
	wantFault(t, a.Store, "Approve twice", "state", "ben@example.org has approved this request on 1 March 2026", approve(ada, id, 0, never))
	if got := a.mails(t); len(got) != 0 {
		t.Errorf("the outbox has %+v, want nothing", got)
	}
}

func TestDeclineAndWithdraw(t *testing.T) {
	a := newAsking(t)
	eve, ben := rights(t, a.Store, a.eve), rights(t, a.Store, a.ben)
	n := revision(t, a.Store)
	first := a.ask(t, a.eve, a.i58)
	decline := func(by access.Rights, id int64, reason string) func() error {
		return func() error { return a.Decline(t.Context(), by, id, reason, []mail.Message{{To: "eve@example.org"}}) }
	}
	wantRefused(t, a.Store, "Decline by who asked", decline(eve, first, ""))
	wantRefused(t, a.Store, "Decline of what is not there", decline(ben, 9999, ""))
	wantFault(t, a.Store, "Decline with a long reason", "reason", "more than 2000", decline(ben, first, strings.Repeat("x", 2001)))
	if err := decline(ben, first, " Ask <your> PI first.\u200F ")(); err != nil {
		t.Fatal(err)
	}
	wantEntry(t, a.Store, store.Entry{
		Event: store.RequestAnswered, Person: a.ben.ID, Actor: "ben@example.org", Subject: a.eve.ID, Dataset: "I58", Object: fmt.Sprintf("request %d", first),
		Detail: "Ask <your> PI first.\u200F", Before: `{"state":"waiting"}`, After: `{"state":"declined"}`,
	})
	if got, err := a.Request(t.Context(), eve, first); err != nil || got.State != store.Declined || got.Answer != "Ask <your> PI first.\u200F" || got.Decider != a.ben || !got.Decided.Equal(noon) {
		t.Errorf("Request = %+v, %v, want declined", got, err)
	}
	wantFault(t, a.Store, "Decline twice", "state", "ben@example.org has declined this request", decline(ben, first, ""))
	if got := a.mails(t); len(got) != 1 {
		t.Errorf("the outbox has %+v, want one", got)
	}

	second := a.ask(t, a.eve, a.i58)
	wantRefused(t, a.Store, "Withdraw by the manager", func() error { return a.Withdraw(t.Context(), ben, second) })
	wantRefused(t, a.Store, "Withdraw of what is not there", func() error { return a.Withdraw(t.Context(), eve, 9999) })
	wantRefused(t, a.Store, "Withdraw by nobody", func() error { return a.Withdraw(t.Context(), rights(t, a.Store, access.Person{}), second) })
	if err := a.Withdraw(t.Context(), eve, second); err != nil {
		t.Fatal(err)
	}
	wantEntry(t, a.Store, store.Entry{
		Event: store.RequestWithdrawn, Person: a.eve.ID, Actor: "eve@example.org", Subject: a.eve.ID, Dataset: "I58", Object: fmt.Sprintf("request %d", second),
		Before: `{"state":"waiting"}`, After: `{"state":"withdrawn"}`,
	})
	wantFault(t, a.Store, "Withdraw twice", "state", "withdrawn on 1 March 2026", func() error { return a.Withdraw(t.Context(), eve, second) })
	wantFault(t, a.Store, "Decline of what was withdrawn", "state", "withdrawn", decline(ben, second, ""))
	a.ask(t, a.eve, a.i58)
	if got := revision(t, a.Store); got != n {
		t.Errorf("answers of no changed the revision from %d to %d", n, got)
	}
	if all, err := a.RequestsOf(t.Context(), eve, a.eve.ID); err != nil || len(all) != 3 || all[2].ID != first {
		t.Errorf("RequestsOf = %+v, %v, want three, the oldest last", all, err)
	}
}

func TestOneAnswerCounts(t *testing.T) {
	a := newAsking(t)
	id := a.ask(t, a.eve, a.i58)
	ada, ben := rights(t, a.Store, a.ada), rights(t, a.Store, a.ben)
	ctx := context.WithoutCancel(t.Context())
	errs := make([]error, 3)
	var group sync.WaitGroup
	group.Go(func() { _, errs[0] = a.Approve(ctx, ada, id, store.Approval{}, nil) })
	group.Go(func() { _, errs[1] = a.Approve(ctx, ben, id, store.Approval{}, nil) })
	group.Go(func() { errs[2] = a.Decline(ctx, ben, id, "", nil) })
	group.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else if fault, ok := errors.AsType[*store.Fault](err); !ok || fault.Field != "state" {
			t.Errorf("an answer that came late = %v, want a Fault of state", err)
		}
	}
	if answers := len(audited(t, a.Store, store.RequestAnswered)); done != 1 || answers != 1 {
		t.Errorf("%d answers succeeded and %d are in the audit, want 1", done, answers)
	}
}
