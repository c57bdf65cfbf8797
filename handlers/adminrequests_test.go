package handlers_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/handlers"
	"ngportal/store"
)

// outbox takes all mails that wait to be sent, each as one line.
func (p *portal) outbox() (out []string) {
	p.t.Helper()
	for {
		q, ok, err := p.config.Store.Outbox().Claim(p.t.Context(), time.Now(), time.Hour)
		if err != nil {
			p.t.Fatal(err)
		}
		if !ok {
			return out
		}
		out = append(out, strings.Join(strings.Fields(q.Message.To+": "+q.Message.Subject+": "+q.Message.Text), " "))
	}
}

// mailing is a scene in which mail is sent; told counts how often the sender was woken.
func mailing(t *testing.T) (s *scene, told *int) {
	t.Helper()
	told = new(int)
	s = furnish(startPortal(t, func(c *handlers.Config) { c.Mailed = func() { *told++ } }))
	s.listed("I58")
	s.listed("M1")
	return s, told
}

func TestQueue(t *testing.T) {
	s := newScene(t)
	s.listed("I58")
	s.listed("M1")
	s.ask(s.eve, "I58", "To count <b>cells</b>.")
	s.ask(s.eve, "M1", "To look.")
	a := s.ada.get("/admin/requests")
	a.wantRow(t, "Eveeve@example.org", "The I58I58", "To count <b>cells</b>.", "waiting Asked on")
	a.wantRow(t, "Eve", "The M1")
	a = s.mia.get("/admin/requests") // of the dataset that she manages alone
	a.wantRow(t, "Eve", "The I58")
	a.lacksRow(t, "M1")
	a.want(t, "header .count", "1 waiting")
	s.mia.get("/admin/requests?q=zzz").want(t, ".blank b", "There are none")
	a = s.mia.get("/admin/requests?state=all&q=eve&sort=dataset")
	a.wantRow(t, "Eve", "The I58")
	if got := a.attributes("[name=state] [selected]", "value"); !slices.Equal(got, []string{"all"}) {
		t.Errorf("the state chosen is %q", got)
	}
	if got := a.attributes("thead a", "href"); !slices.Contains(got, "/admin/requests?desc=1&q=eve&sort=dataset&state=all") {
		t.Errorf("the headings lead to %q", got)
	}
	s.mia.get("/admin/requests?state=declined").want(t, "tbody tr")
	for _, who := range []*browser{s.gil, s.ben, s.eve} {
		if a := who.get("/admin/requests"); a.code != 403 {
			t.Errorf("GET /admin/requests of %s = %d, want 403", who.who.Name, a.code)
		}
	}
}

func TestApprove(t *testing.T) {
	s, told := mailing(t)
	id := s.ask(s.eve, "I58", "To count cells.")
	s.ada.grant("M1", s.ada.group("M1 people"), "view")    // which does not open I58
	s.ada.grant("I58", s.ada.group("Taggers"), "annotate") // which does not open it either
	both := s.ada.group("Both")
	s.ada.grant("I58", both, "view")
	s.ada.grant("M1", both, "view")
	a := s.mia.get(at("requests", id))
	a.want(t, "h1", "Eve asks for The I58")
	a.wantFact(t, "They wrote", "To count cells.")
	// Mia manages I58 alone: not a group that opens M1 as well, nor the one that manages.
	a.want(t, "[name=group] option", "a group for the viewers of this dataset", "HiP-CT")
	s.ada.get(at("requests", id)).want(t, "[name=group] option", "a group for the viewers of this dataset", "Both", "HiP-CT", "I58 managers")

	a = s.mia.change(at("requests", id, "approve"), "group", str(s.hip), "expires", "2999-12-31")
	a.want(t, notice, "You approved the request of Eve for “I58”: until: without end → 1 January 3000, 00:00 UTC; group: none → HiP-CT; state: waiting → approved.")
	if s.rights(s.eve.who).Level(s.i58) != access.View {
		t.Error("whoever was let in may not see it")
	}
	s.ada.get(at("groups", s.hip)).wantRow(t, "Eve", "1 January 3000")
	a = s.mia.get(at("requests", id))
	a.want(t, "section:first-of-type .badge", "approved")
	a.wantFact(t, "Answered by", "Mia")
	a.want(t, "main form[method=post]")
	mails := s.outbox()
	if *told != 1 || len(mails) != 1 || !strings.HasPrefix(mails[0], "eve@example.org: You have access to The I58: ") ||
		!strings.Contains(mails[0], "group “HiP-CT”") || !strings.Contains(mails[0], "http://localhost/browse/I58/") || !strings.Contains(mails[0], "1 January 3000") {
		t.Errorf("the sender was woken %d times for %q", *told, mails)
	}
	a = s.mia.post(at("requests", id, "approve"), "group", "0")
	if a.code != 409 || !strings.Contains(a.body, "mia@example.org has approved this request on") {
		t.Errorf("approving twice = %d %q", a.code, a.all("main p"))
	}
	if a = s.mia.post(at("requests", id, "decline"), "reason", "No."); a.code != 409 || len(s.outbox()) != 0 || *told != 1 {
		t.Errorf("declining what was approved = %d", a.code)
	}
}

// wantFact fails unless the page says so of what has this label.
func (a answer) wantFact(t *testing.T, label, value string) {
	t.Helper()
	for _, n := range a.all(".facts div") {
		if n == label+value {
			return
		}
	}
	t.Errorf("%q: the facts are %q, want %s: %s", a.all("h1"), a.all(".facts div"), label, value)
}

// The group for the viewers of a dataset is made once.
func TestApproveIntoViewers(t *testing.T) {
	s, _ := mailing(t)
	first := s.ask(s.eve, "I58", "To count cells.")
	second := s.ask(s.gil, "M1", "To look.")
	s.mia.change(at("requests", first, "approve"), "group", "0", "expires", "")
	if mails := s.outbox(); len(mails) != 1 || !strings.Contains(mails[0], "“The I58 viewers”") {
		t.Errorf("the mails are %q", mails)
	}
	s.mia.get("/admin/groups").wantRow(t, "The I58 viewers", "2") // Eve, and Mia to administer it
	if s.rights(s.eve.who).Level(s.i58) != access.View {
		t.Error("whoever was let in may not see it")
	}
	for _, who := range []*browser{s.mia, s.gil, s.ben, s.eve} {
		if a := who.post(at("requests", second, "approve"), "group", "0"); a.code != 403 {
			t.Errorf("%s approves for a dataset of others: %d", who.who.Name, a.code)
		}
		if a := who.post(at("requests", second, "decline"), "reason", "No."); a.code != 403 {
			t.Errorf("%s declines for a dataset of others: %d", who.who.Name, a.code)
		}
		if a := who.get(at("requests", second)); a.code != 403 {
			t.Errorf("%s reads a request for a dataset of others: %d", who.who.Name, a.code)
		}
	}
}

func TestApproveFaults(t *testing.T) {
	s := newScene(t)
	s.listed("I58")
	id := s.ask(s.eve, "I58", "To count cells.")
	other := s.ada.group("Other")
	path := at("requests", id, "approve")
	s.ada.post(path, "group", str(s.hip), "expires", "2001-01-01").wantFault(t, "expires", "has passed", "2001-01-01")
	s.ada.post(path, "group", str(s.hip), "expires", "soon").wantFault(t, "expires", "Write the day", "soon")
	for group, says := range map[string]string{str(other): "may not see the dataset", "x": "Choose one of the list", "4711": "may not see the dataset"} {
		a := s.ada.post(path, "group", group, "expires", "2999-12-31")
		if a.code != 422 || len(a.all(".field:has([name=group]) .fault")) != 1 || !strings.Contains(a.body, says) {
			t.Errorf("into the group %s = %d %q, want that it %s", group, a.code, a.all(".fault"), says)
		}
		if got := a.attributes("[name=expires]", "value"); !slices.Equal(got, []string{"2999-12-31"}) {
			t.Errorf("the end that was entered is lost: %q", got)
		}
	}
	a := s.ada.post(at("requests", id, "decline"), "reason", strings.Repeat("x", 2001))
	if a.code != 422 || len(a.all(".field:has([name=reason]) .fault")) != 1 {
		t.Errorf("a reason that is too long = %d", a.code)
	}
	s.ada.get(at("requests", id)).want(t, "section:first-of-type .badge", "waiting")
	if mails := s.outbox(); len(mails) != 0 {
		t.Errorf("there are mails where none are sent: %q", mails)
	}
}

func TestDecline(t *testing.T) {
	s, told := mailing(t)
	id := s.ask(s.eve, "I58", "To count cells.")
	a := s.mia.change(at("requests", id, "decline"), "reason", "Only for members\nof the project.")
	a.want(t, notice, "You declined the request of Eve for “I58”: state: waiting → declined.")
	a.want(t, ".blank b", "There are none")
	s.mia.get("/admin/requests?state=declined").wantRow(t, "Eve", "declined", "Only for members of the project.")
	mails := s.outbox()
	if *told != 1 || len(mails) != 1 || !strings.HasPrefix(mails[0], "eve@example.org: No access to The I58: ") || !strings.Contains(mails[0], "> Only for members of the project.") {
		t.Errorf("the sender was woken %d times for %q", *told, mails)
	}
	a = s.undo(s.mia, a)
	a.wantRow(t, "Eve", "waiting")
	s.ada.get("/admin/audit").wantRow(t, "mia@example.org", "Reopened the request of Eve for “I58”.", "state: declined → waiting")
	a = s.undo(s.mia, s.mia.change(at("requests", id, "approve"), "group", str(s.hip)))
	a.want(t, notice, "Everything is as you have asked for.")
	a.wantRow(t, "Eve", "waiting")
	if s.rights(s.eve.who).Level(s.i58) != access.None {
		t.Error("who was let in is not out again")
	}
}

// Who asked by an account that has no verified address is told on their page alone.
func TestDeclineWithoutAddress(t *testing.T) {
	s, told := mailing(t)
	who := s.signInAs(access.Identity{Subject: "x", Name: "No Mail"})
	id := s.ask(who, "I58", "To look.")
	s.mia.get(at("requests", id)).wantFact(t, "E-mail", "none that has been verified")
	s.mia.change(at("requests", id, "decline"), "reason", "")
	if mails := s.outbox(); *told != 0 || len(mails) != 0 {
		t.Errorf("the sender was woken %d times for %q", *told, mails)
	}
	all, err := s.config.Store.RequestsOf(t.Context(), s.rights(who.who), who.who.ID)
	if err != nil || len(all) != 1 || all[0].State != store.Declined {
		t.Errorf("the request is %+v, %v", all, err)
	}
}
