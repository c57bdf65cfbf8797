package handlers_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/handlers"
	"ngportal/store"
)

// alter is what b changes of a dataset.
func (b *browser) changeSet(dataset string, c store.DatasetChange) {
	b.portal.t.Helper()
	if err := b.portal.config.Store.ChangeDataset(b.portal.t.Context(), b.portal.rights(b.who), b.portal.id(dataset), c); err != nil {
		b.portal.t.Fatal(err)
	}
}

// list makes datasets listed, or hidden.
func (b *browser) list(yes bool, datasets ...string) {
	b.portal.t.Helper()
	for _, name := range datasets {
		b.changeSet(name, store.DatasetChange{Listed: &yes})
	}
}

// bind puts a dataset under terms of this name and text, and returns their number.
func (b *browser) bind(dataset, name, text string) int64 {
	b.portal.t.Helper()
	id, err := b.portal.config.Store.AddTerms(b.portal.t.Context(), b.portal.rights(b.who), name, text)
	if err != nil {
		b.portal.t.Fatal(err)
	}
	b.changeSet(dataset, store.DatasetChange{Terms: &id})
	return id
}

// revise makes a new version of terms.
func (b *browser) revise(terms int64, text string) {
	b.portal.t.Helper()
	if _, err := b.portal.config.Store.AddTermsVersion(b.portal.t.Context(), b.portal.rights(b.who), terms, text); err != nil {
		b.portal.t.Fatal(err)
	}
}

const why = "sentence"

// startAsking is a portal with mail, and how often it was told of some.
func startAsking(t *testing.T) (p *portal, ada, ben *browser, mailed *int) {
	t.Helper()
	mailed = new(int)
	p = startPortal(t, func(c *handlers.Config) { c.Mailed = func() { *mailed++ } })
	p.seed(lab("bens", nil, "place-1", "place-2"), lab("shut", nil, "place-3"))
	ada, ben = p.signIn(admin), p.signIn("ben@example.org")
	ada.list(true, "bens")
	return p, ada, ben, mailed
}

// mails are the addresses and subjects of those in the outbox.
func (p *portal) mails() (out []string) {
	p.t.Helper()
	for {
		q, ok, err := p.config.Store.Outbox().Claim(p.t.Context(), time.Now().Add(time.Hour), time.Hour)
		if err != nil {
			p.t.Fatal(err)
		}
		if !ok {
			slices.Sort(out)
			return out
		}
		line := q.Message.To + ": " + q.Message.Subject
		if q.Message.ReplyTo != "" {
			line += ", answers to " + q.Message.ReplyTo
		}
		out = append(out, line)
	}
}

func TestRequestAccess(t *testing.T) {
	p, ada, ben, mailed := startAsking(t)
	kim, lee := p.signIn("kim@example.org"), p.signIn("lee@example.org")
	mute := p.signInAs(access.Identity{Subject: "mute"}) // whom no mail reaches
	keepers := ada.group("Keepers", kim, lee, mute)
	ada.grant("bens", keepers, "manage")
	const slug = "/s/abc"
	refused := ben.get("/browse/bens/")
	wantPage(t, refused, 403, "You may not see the dataset “bens”")
	page := ben.get("/request/bens?return=" + url.QueryEscape(slug))
	wantPage(t, page, 200, "Request access to The bens")
	wantDone(t, ben.sent(page, "/request/bens", why, "I count <b>cells</b>.\r\nשלום"), "/request/bens?return="+url.QueryEscape(slug))
	if got, want := p.mails(), []string{
		"kim@example.org: Ben asks for access to The bens, answers to ben@example.org", "lee@example.org: Ben asks for access to The bens, answers to ben@example.org",
	}; !slices.Equal(got, want) || *mailed != 1 {
		t.Errorf("mails %q, announced %d times; want %q, once", got, *mailed, want)
	}
	today := time.Now().UTC().Format("2 January 2006")
	for _, path := range []string{"/request/bens?return=" + url.QueryEscape(slug), "/"} {
		page = ben.get(path)
		if got := page.all("main .badge"); !slices.Equal(got, []string{"waiting"}) || !strings.Contains(page.body, "Asked on "+today+".") {
			t.Errorf("GET %s does not say how the request stands: %q\n%s", path, got, page.body)
		}
		if len(page.nodes("main textarea, main .ask a")) != 0 {
			t.Errorf("GET %s offers to ask again", path)
		}
	}
	if got := ben.get("/request/bens?return="+url.QueryEscape(slug)).attributes("main a.button", "href"); !slices.Equal(got, []string{"/requests", slug}) {
		t.Errorf("the page leads on to %q", got)
	}
	if a := ben.post("/request/bens", why, "again"); a.code != 422 {
		t.Errorf("asking again = %d, want 422", a.code)
	}
}

// Let in, the page of the request leads on.
func TestRequestApproved(t *testing.T) {
	p, ada, ben, _ := startAsking(t)
	const slug = "/s/abc"
	ben.post("/request/bens", why, "I count <b>cells</b>.\r\nשלום")
	today := time.Now().UTC().Format("2 January 2006")
	requests := ben.get("/requests")
	wantPage(t, requests, 200, "Requests")
	if got := requests.table("Requests"); len(got) != 1 || !strings.HasPrefix(got[0], "The bens I count <b>cells</b>. שלום | "+today) ||
		!strings.HasSuffix(got[0], " | waiting Asked on "+today+". | Withdraw The bens") {
		t.Errorf("the requests are %q", got)
	}

	all, err := p.config.Store.RequestsOf(t.Context(), p.rights(ben.who), ben.who.ID)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	until := time.Date(2199, 5, 2, 0, 0, 0, 0, time.UTC)
	if _, err = p.config.Store.Approve(t.Context(), p.rights(ada.who), all[0].ID, store.Approval{Expires: until}, nil); err != nil {
		t.Fatal(err)
	}
	if a := ben.get("/request/bens?return=" + url.QueryEscape(slug)); a.code != 303 || a.location() != slug {
		t.Errorf("the page of a granted request = %d to %q, want 303 to %q", a.code, a.location(), slug)
	}
	if a := ben.get("/browse/bens/"); a.code != 200 {
		t.Errorf("GET /browse/bens/ = %d, want 200", a.code)
	}
	if got, want := ben.get("/requests").table("Requests"), "approved On "+today+", into the group The bens viewers, until 1 May 2199."; len(got) != 1 || !strings.HasSuffix(got[0], want) {
		t.Errorf("the requests are %q, want the end %q", got, want)
	}
}

func TestRequestFaults(t *testing.T) {
	_, _, ben, mailed := startAsking(t)
	page := ben.get("/request/bens?return=%2Fs%2Fabc")
	for name, text := range map[string]string{"empty": " \n", "too long": strings.Repeat("x", 2001), "turned around": "a\u202eb"} {
		back := ben.sent(page, "/request/bens", why, text)
		wantPage(t, back, 422, "Request access to The bens")
		if got := back.attributes(".field .fault", "id"); !slices.Equal(got, []string{"s-1-1-1-fault"}) {
			t.Errorf("%s: faults at %q\n%s", name, got, back.body)
		}
		if got := back.values("/request/bens"); got[why] != strings.TrimSpace(text) || got["return"] != "/s/abc" {
			t.Errorf("%s: the form comes back with %.100q", name, got)
		}
	}
	if *mailed != 0 {
		t.Errorf("mail was announced %d times for nothing", *mailed)
	}
}

func TestRequestDeclined(t *testing.T) {
	p, ada, ben, _ := startAsking(t)
	ben.post("/request/bens", why, "Please")
	if got := p.mails(); !slices.Equal(got, []string{"ada@example.org: Ben asks for access to The bens, answers to ben@example.org"}) {
		t.Errorf("without managers, mails go to %q", got)
	}
	all, err := p.config.Store.RequestsOf(t.Context(), p.rights(ben.who), ben.who.ID)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if err = p.config.Store.Decline(t.Context(), p.rights(ada.who), all[0].ID, "<b>Not</b> yet", nil); err != nil {
		t.Fatal(err)
	}
	today := time.Now().UTC().Format("2 January 2006")
	page := ben.get("/request/bens")
	wantPage(t, page, 200, "Request access to The bens")
	if !strings.Contains(page.body, "On "+today+": &lt;b&gt;Not&lt;/b&gt; yet.") || len(page.nodes("textarea")) != 1 {
		t.Errorf("the page does not say why, or does not let ask again:\n%s", page.body)
	}
	if got := ben.get("/requests").table("Requests"); len(got) != 1 || !strings.HasSuffix(got[0], "declined On "+today+": <b>Not</b> yet.") {
		t.Errorf("the requests are %q", got)
	}
}

func TestRequestWithdrawn(t *testing.T) {
	p, ada, ben, _ := startAsking(t)
	eve := p.signIn("eve@example.org")
	ben.post("/request/bens", why, "Please")
	eve.post("/request/bens", why, "Me")
	page := ben.get("/requests")
	withdraw := page.attributes(`form[action$="/withdraw"]`, "action")
	if len(withdraw) != 1 {
		t.Fatalf("the page offers to withdraw %q", withdraw)
	}
	for name, a := range map[string]answer{
		"another's": eve.post(withdraw[0]), "the administrator": ada.post(withdraw[0]),
		"not there": ben.post("/requests/99/withdraw"), "no number": ben.post("/requests/x/withdraw"),
	} {
		if a.code != 404 {
			t.Errorf("%s: %d, want 404", name, a.code)
		}
	}
	if got := ben.get("/requests").all(".badge"); !slices.Equal(got, []string{"waiting"}) {
		t.Fatalf("somebody else has withdrawn it: %q", got)
	}
	wantDone(t, ben.post(withdraw[0]), "/requests")
	if got := ben.get("/requests").all(".badge"); !slices.Equal(got, []string{"withdrawn"}) {
		t.Errorf("withdrawn, it stands as %q", got)
	}
	if got := eve.get("/requests").all(".badge"); !slices.Equal(got, []string{"waiting"}) {
		t.Errorf("Eve's stands as %q", got)
	}
	if a := ben.post(withdraw[0]); a.code != 422 {
		t.Errorf("withdrawing twice = %d, want 422", a.code)
	}
	home := ben.get("/")
	if len(home.all(".ask .badge")) != 0 || len(home.all(".ask a")) != 1 {
		t.Errorf("the first page does not let ask again:\n%s", home.body)
	}
	wantDone(t, ben.post("/request/bens", why, "Again"), "/request/bens?return=%2Fbrowse%2Fbens%2F")
}

// A hidden dataset is like one that is not there.
func TestRequestHidden(t *testing.T) {
	p, _, ben, mailed := startAsking(t)
	for name, ask := range map[string]func(string) answer{
		"look": ben.get, "ask": func(path string) answer { return ben.post(path, why, "Please") },
	} {
		hidden, absent := ask("/request/shut"), ask("/request/nope")
		for _, a := range []answer{hidden, absent} {
			if a.code != 404 {
				t.Errorf("%s: %d, want 404", name, a.code)
			}
		}
		same := strings.NewReplacer("shut", "nope")
		if a, b := requestForm.ReplaceAllString(same.Replace(hidden.body), ""), requestForm.ReplaceAllString(absent.body, ""); a != b {
			t.Errorf("%s: the page tells what is there:\n%s\n%s", name, a, b)
		}
	}
	if got := p.mails(); len(got) != 0 || *mailed != 0 {
		t.Errorf("mails %q for nothing", got)
	}
	for _, path := range []string{"/request/bens", "/request/shut", "/request/nope"} {
		if a := p.nobody().get(path); a.code != 303 || a.location() != "/login?return="+url.QueryEscape(path) {
			t.Errorf("nobody: GET %s = %d to %q, want the sign-in", path, a.code, a.location())
		}
	}
}

// Whoever may see a dataset already is led there, by way of its terms.
func TestRequestOfWhatIsOpen(t *testing.T) {
	_, ada, ben, _ := startAsking(t)
	ada.grant("bens", ada.group("Team", ben), "view")
	for _, a := range []answer{ben.get("/request/bens"), ben.post("/request/bens", why, "Please")} {
		wantDone(t, a, "/browse/bens/")
	}
	terms := ada.bind("bens", "Rules", "Be kind")
	if a := ben.get("/request/bens"); a.code != 303 || a.location() != fmt.Sprintf("/terms/%d?return=%%2Frequest%%2Fbens", terms) {
		t.Errorf("GET /request/bens = %d to %q, want 303 to the terms", a.code, a.location())
	}
	if a := ben.get("/request/bens?return=https%3A%2F%2Fevil.example.org"); strings.Contains(a.location(), "evil.example.org") && !strings.HasPrefix(a.location(), "/") {
		t.Errorf("led to %q", a.location())
	}
	ben.post(fmt.Sprintf("/terms/%d/accept", terms), "confirm", "yes", "version", "1")
	wantDone(t, ben.get("/request/bens?return=https%3A%2F%2Fevil.example.org"), "/")
}
