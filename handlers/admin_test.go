package handlers_test

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"ngportal/access"
	"ngportal/s3index"
)

// A scene is a portal with two datasets and some people: Ada administers it, Mia manages I58, Gil is an administrator of the
// group HiP-CT, in which Ben is, and which may view I58. Eve is nobody in particular.
type scene struct {
	*portal
	ada, mia, gil, ben, eve *browser
	hip, managers           int64 // groups
	i58, m1                 int64 // datasets
}

func newScene(t *testing.T) *scene {
	t.Helper()
	var buckets []*s3index.Bucket
	for _, name := range []string{"lab", "archive"} {
		buckets = append(buckets, s3index.NewBucket(name, s3index.NewClient(aws.Config{Region: "us-east-1"}, "http://127.0.0.1:1", true))) // never asked
	}
	return furnish(startPortal(t, nil, buckets...))
}

func furnish(p *portal) *scene {
	p.t.Helper()
	p.seed(lab("I58", nil, "i58-raw"), lab("M1", nil, "m1-raw"))
	s := &scene{portal: p}
	for who, name := range map[**browser]string{&s.ada: "ada", &s.mia: "mia", &s.gil: "gil", &s.ben: "ben", &s.eve: "eve"} {
		*who = p.signIn(name + "@example.org")
	}
	s.i58, s.m1 = p.id("I58"), p.id("M1")
	s.hip = s.ada.group("HiP-CT", s.ben)
	s.ada.member(access.Member{Group: s.hip, Person: s.gil.who.ID, Admin: true})
	s.managers = s.ada.group("I58 managers", s.mia)
	s.ada.grant("I58", s.hip, "view")
	s.ada.grant("I58", s.managers, "manage")
	return s
}

// at is an address of the administration: at("groups", 3, "members") is /admin/groups/3/members.
func at(kind string, id int64, rest ...string) string {
	return strings.Join(append([]string{"/admin", kind, strconv.FormatInt(id, 10)}, rest...), "/")
}

func str(id int64) string { return strconv.FormatInt(id, 10) }

// notice is what a page says has been done.
const notice = "main > .note > p"

// change posts a form that must succeed, and returns the page that it leads to.
func (b *browser) change(path string, fields ...string) answer {
	t := b.portal.t
	t.Helper()
	a := b.post(path, fields...)
	if a.code != 303 {
		t.Fatalf("POST %s %q = %d, want 303: %q %q\n%s", path, fields, a.code, a.all("h1"), a.all(".note, .what"), a.body)
	}
	page := b.get(a.location())
	if page.code != 200 {
		t.Fatalf("POST %s leads to %s, which is %d: %q", path, a.location(), page.code, page.all("h1"))
	}
	return page
}

// rows are the texts of the rows of all tables of the page, with a space between the cells.
func (a answer) rows() []string {
	var rows []string
	for _, n := range a.nodes("tbody tr") {
		var cells []string
		for cell := range n.ChildNodes() {
			cells = append(cells, textOf(cell))
		}
		rows = append(rows, strings.Join(cells, " "))
	}
	return rows
}

// wantRow fails unless a table of the page has a row with these texts, in order, among those of its cells.
func (a answer) wantRow(t *testing.T, cells ...string) {
	t.Helper()
	var rows []string
	for _, row := range a.rows() {
		rest, all := row, true
		for _, cell := range cells {
			_, after, found := strings.Cut(rest, cell)
			all = all && found
			rest = after
		}
		if all {
			return
		}
		rows = append(rows, row)
	}
	t.Errorf("%q: no row has %q; there are\n%s", a.all("h1"), cells, strings.Join(rows, "\n"))
}

// lacksRow fails if a table of the page has a row with the text.
func (a answer) lacksRow(t *testing.T, text string) {
	t.Helper()
	for _, row := range a.rows() {
		if strings.Contains(row, text) {
			t.Errorf("%q: there is a row %q", a.all("h1"), row)
		}
	}
}

// want fails unless what a selector finds has exactly these texts.
func (a answer) want(t *testing.T, selector string, texts ...string) {
	t.Helper()
	if got := a.all(selector); !slices.Equal(got, texts) {
		t.Errorf("%q: %s is %q, want %q", a.all("h1"), selector, got, texts)
	}
}

// wantFault fails unless a form has come back with a fault at the field of this name, and the value that was entered there.
func (a answer) wantFault(t *testing.T, field, says, entered string) {
	t.Helper()
	if a.code != 422 {
		t.Errorf("the form is answered with %d, want 422: %q", a.code, a.all("h1"))
	}
	at := ".field:has([name=" + field + "]) .fault"
	if got := a.all(at); len(got) != 1 || !strings.Contains(got[0], says) {
		t.Errorf("the fault at %s is %q, want one that says %q; the page has %q", field, got, says, a.all(".summary li"))
	}
	got := a.attributes(".field:has(.fault) [name="+field+"]", "value")
	if text := a.all(".field:has(.fault) textarea[name=" + field + "]"); len(text) > 0 {
		got = text
	}
	if sel := a.attributes(".field:has(.fault) [name="+field+"] option[selected]", "value"); len(sel) > 0 {
		got = sel
	}
	if !slices.Equal(got, []string{entered}) {
		t.Errorf("the field %s holds %q, want %q", field, got, entered)
	}
}

func TestAdminTabs(t *testing.T) {
	s := newScene(t)
	for name, tt := range map[string]struct {
		who  *browser
		want []string
	}{
		"an administrator of the portal": {s.ada, []string{"Overview", "Requests", "People", "Groups", "Datasets", "Terms", "Service accounts", "Apps", "Audit"}},
		"a manager of a dataset":         {s.mia, []string{"Overview", "Requests", "People", "Groups", "Datasets", "Terms", "Audit"}},
		"an administrator of a group":    {s.gil, []string{"Overview", "People", "Groups"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := tt.who.get("/admin")
			a.want(t, ".tabs a", tt.want...)
			for _, href := range a.attributes(".tabs a", "href") {
				page := tt.who.get(href)
				if current := page.attributes(".tabs a[aria-current=page]", "href"); page.code != 200 || !slices.Equal(current, []string{href}) {
					t.Errorf("GET %s = %d with the tab %q", href, page.code, current)
				}
			}
		})
	}
	for _, who := range []*browser{s.ben, s.eve} {
		a := who.get("/admin")
		if a.code != 403 || len(a.all(".tabs a")) > 0 {
			t.Errorf("GET /admin of %s = %d with the tabs %q, want 403 and none", who.who.Name, a.code, a.all(".tabs a"))
		}
		if got := who.get("/").all(`header a[href="/admin"]`); len(got) > 0 {
			t.Errorf("%s is led to the administration", who.who.Name)
		}
	}
	if a := s.nobody().get("/admin/groups?q=a"); a.code != 303 || a.location() != "/login?return="+url.QueryEscape("/admin/groups?q=a") {
		t.Errorf("GET /admin/groups, signed out = %d to %q", a.code, a.location())
	}
}

func TestAdminOverview(t *testing.T) {
	s := newScene(t)
	s.listed("I58")
	s.ask(s.eve, "I58", "To count cells.")
	a := s.ada.get("/admin")
	a.want(t, "main h2", "Requests that wait for an answer", "What there is")
	a.wantRow(t, "Eve", "The I58", "To count cells.", "waiting")
	a.want(t, ".facts dd", "5", "4", "2", "0")
	a.want(t, "header .count", "1 waiting")
	a = s.mia.get("/admin")
	a.want(t, "main h2", "Requests that wait for an answer", "Datasets that you manage")
	a.wantRow(t, "The I58", "manage")
	a = s.gil.get("/admin")
	a.want(t, "main h2", "Groups that you administer")
	a.wantRow(t, "HiP-CT", "2")
}

// listed shows a dataset to those who may not see it.
func (s *scene) listed(dataset string) {
	s.t.Helper()
	s.ada.change(at("datasets", s.id(dataset)), "listed", "yes")
}

// ask has somebody ask for a dataset, and returns the number of the request.
func (s *scene) ask(who *browser, dataset, words string) int64 {
	s.t.Helper()
	id, err := s.config.Store.AddRequest(s.t.Context(), s.rights(who.who), s.id(dataset), words, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// Whatever the number, what is not there is not found; a number has one form.
func TestAdminNotThere(t *testing.T) {
	s := newScene(t)
	gets := []string{"/admin/people/%", "/admin/services/%", "/admin/groups/%", "/admin/groups/%/remove", "/admin/datasets/%", "/admin/terms/%", "/admin/requests/%"}
	posts := []string{
		"/admin/people/%", "/admin/people/%/sessions/end", "/admin/people/%/affiliations", "/admin/people/%/affiliations/remove",
		"/admin/services/%", "/admin/services/%/tokens", "/admin/services/%/tokens/1/revoke", "/admin/groups/%", "/admin/groups/%/remove",
		"/admin/groups/%/members", at("groups", s.hip, "members", "%"), at("groups", s.hip, "members", "%", "remove"), "/admin/groups/%/invitations/remove",
		"/admin/datasets/%", "/admin/datasets/%/locations", "/admin/datasets/%/locations/i58-raw", "/admin/datasets/%/locations/i58-raw/retire",
		at("datasets", s.i58, "locations", "%"), at("datasets", s.i58, "locations", "%", "retire"), "/admin/datasets/%/grants",
		"/admin/datasets/%/grants/remove", "/admin/terms/%", "/admin/requests/%/approve", "/admin/requests/%/decline",
	}
	form := []string{
		"name", "X", "title", "X", "text", "X", "email", "x@example.org", "id", "xxxx", "bucket", "lab", "prefix", "x/", "group", str(s.hip),
		"permission", "view", "affiliation", "1", "scope", "read", "confirm", "yes", "reason", "X",
	}
	for _, number := range []string{"9999", "0", "-1", "007", "+7", "x", "1e3", "99999999999999999999", "%20", "1%2F2"} {
		for _, path := range gets {
			path = strings.ReplaceAll(path, "%", number)
			if a := s.ada.get(path); a.code != 404 {
				t.Errorf("GET %s = %d, want 404", path, a.code)
			}
		}
		for _, path := range posts {
			path = strings.ReplaceAll(path, "%", number)
			a := s.ada.post(path, form...)
			absent := path == at("groups", s.hip, "members", "9999") && a.code == 404
			if a.code != 404 && !absent {
				t.Errorf("POST %s = %d, want 404: %q", path, a.code, a.all("h1"))
			}
		}
	}
	for _, path := range []string{"/admin/groups/0" + str(s.hip), "/admin/groups/%2B" + str(s.hip), "/admin/people/" + str(s.ben.who.ID) + "%20"} {
		if a := s.ada.get(path); a.code != 404 {
			t.Errorf("GET %s = %d, want 404: a number has one form", path, a.code)
		}
	}
	s.ada.get("/admin/people/9999").want(t, "h1", "There is nothing of this number")
	for _, path := range []string{
		"/admin/people/" + str(s.ben.who.ID) + "/x", at("services", s.ben.who.ID), at("datasets", s.m1, "locations", "i58-raw"),
		"/admin/audit/export/x", "/admin/audit?before=x", at("groups", s.hip) + "?member=x", at("datasets", s.i58) + "?location=m1-raw",
	} {
		if a := s.ada.get(path); a.code != 404 && a.code != 405 {
			t.Errorf("GET %s = %d, want 404", path, a.code)
		}
	}
	if a := s.ada.post(at("datasets", s.m1, "locations", "i58-raw", "retire"), "retired", "yes", "confirm", "yes"); a.code != 404 {
		t.Errorf("a location is reached by another dataset: %d", a.code)
	}
}

// today is the day as pages write it.
func (p *portal) today() string { return p.config.Now().UTC().Format("2 January 2006") }
