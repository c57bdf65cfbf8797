package handlers_test

import (
	"database/sql"
	"slices"
	"testing"
	"time"

	"ngportal/access"
)

func TestPeople(t *testing.T) {
	s := newScene(t)
	a := s.ada.get("/admin/people")
	a.want(t, "tbody th", "Ada", "Ben", "Eve", "Gil", "Mia")
	a.wantRow(t, "Ada", "ada@example.org", "the portal")
	for name, tt := range map[string]struct {
		query string
		want  []string
	}{
		"by name, whatever the case":           {"?q=BEN", []string{"Ben"}},
		"by address":                           {"?q=eve%40", []string{"Eve"}},
		"a sign that means anything elsewhere": {"?q=%25", nil},
		"in the other order":                   {"?sort=name&desc=1", []string{"Mia", "Gil", "Eve", "Ben", "Ada"}},
		"by what it is not sorted by":          {"?sort=id;drop", []string{"Ada", "Ben", "Eve", "Gil", "Mia"}},
		"a page that is no number":             {"?page=x", []string{"Ada", "Ben", "Eve", "Gil", "Mia"}},
		"a page before the first":              {"?page=-3", []string{"Ada", "Ben", "Eve", "Gil", "Mia"}},
	} {
		got := s.ada.get("/admin/people" + tt.query).all("tbody th")
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: GET /admin/people%s lists %q, want %q", name, tt.query, got, tt.want)
		}
	}
	if got := s.ada.get("/admin/people?sort=admin").all("tbody th"); len(got) != 5 || got[4] != "Ada" {
		t.Errorf("administrators are not the last of %q", got)
	}
	a = s.ada.get("/admin/people?q=e&sort=email&desc=1") // another order begins upwards
	if got := a.attributes("thead a", "href"); len(got) != 6 || got[0] != "/admin/people?q=e&sort=name" || got[1] != "/admin/people?q=e&sort=email" {
		t.Errorf("the headings lead to %q", got)
	}
	s.ada.get("/admin/people?q=zzz").want(t, ".blank b", "Nobody is called so")
	past := s.ada.get("/admin/people?page=7")
	past.want(t, ".pager p", "Nothing on this page, 5 in all")
	if got := past.attributes(".pager a", "href"); !slices.Equal(got, []string{"/admin/people"}) {
		t.Errorf("a page past the end leads to %q", got)
	}
}

// exec changes the database behind the portal's back.
func (p *portal) exec(query string, args ...any) {
	p.t.Helper()
	db, err := sql.Open("sqlite", p.file)
	if err != nil {
		p.t.Fatal(err)
	}
	defer db.Close()
	for _, q := range []string{query, "UPDATE revision SET n = n + 1"} {
		if _, err := db.ExecContext(p.t.Context(), q, args...); err != nil {
			p.t.Fatal(err)
		}
		args = nil
	}
}

// fill makes people, all of them members of a group.
func (p *portal) fill(people int, group int64) {
	p.t.Helper()
	p.exec(`INSERT INTO people (name, email, created, seen) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		SELECT printf('Person %05d', i), printf('person%05d@example.net', i), 1000 * i, 1000 * i FROM n`, people)
	p.exec("INSERT INTO members (grp, person, since) SELECT ?, id, 1000 FROM people WHERE email LIKE '%@example.net'", group)
}

func TestTenThousandPeople(t *testing.T) {
	s := newScene(t)
	s.fill(10_000, s.hip)
	for name, tt := range map[string]struct {
		path, position, first string
		links                 []string
	}{
		"the first page":       {"/admin/people", "1–50 of 10,005", "Ada", []string{"/admin/people?page=2"}},
		"a later one, sorted":  {"/admin/people?desc=1&page=3&sort=email", "101–150 of 10,005", "Person 09900", []string{"/admin/people?desc=1&page=2&sort=email", "/admin/people?desc=1&page=4&sort=email"}},
		"the last":             {"/admin/people?page=201", "10,001–10,005 of 10,005", "Person 09996", []string{"/admin/people?page=200"}},
		"what is searched for": {"/admin/people?q=person+0012", "", "Person 00120", nil},
		"the members":          {at("groups", s.hip) + "?page=2&sort=name", "51–100 of 10,002", "Person 00049", []string{at("groups", s.hip) + "?sort=name", at("groups", s.hip) + "?page=3&sort=name"}},
		"some of the members":  {at("groups", s.hip) + "?q=person09999", "", "Person 09999", nil},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			a := s.ada.get(tt.path)
			t.Logf("GET %s took %v, %d kB", tt.path, time.Since(began).Round(time.Millisecond), len(a.body)/1000)
			var position []string
			if tt.position != "" {
				position = []string{tt.position}
			}
			a.want(t, ".pager p", position...)
			rows := a.all("tbody th")
			if len(rows) == 0 || rows[0] != tt.first || len(rows) > 60 {
				t.Errorf("GET %s has %d rows, %q first; want %q", tt.path, len(rows), rows[:1], tt.first)
			}
			if got := a.attributes(".pager a", "href"); !slices.Equal(got, tt.links) {
				t.Errorf("GET %s leads to %q, want %q", tt.path, got, tt.links)
			}
		})
	}
	if a := s.ada.change(at("groups", s.hip, "members"), "email", "eve@example.org"); !slices.Equal(a.all(notice), []string{"You put Eve into the group “HiP-CT”."}) {
		t.Errorf("adding one to 10,000: %q", a.all(notice))
	}
}

func TestPersonPage(t *testing.T) {
	s := newScene(t)
	path := at("people", s.ben.who.ID)
	if _, err := s.config.Store.AddAffiliation(t.Context(), s.rights(s.ada.who), s.ben.who.ID, affiliated("MGH", "2024-01-31")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.config.Store.AddToken(t.Context(), s.rights(s.ben.who), s.ben.who.ID, "laptop", access.ScopeRead, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	a := s.ada.get(path)
	a.want(t, "h1", "Ben")
	a.want(t, "main h2", "Affiliations", "Groups", "Why may they see …", "Ways to sign in", "Sessions", "Tokens", "Terms accepted")
	a.wantRow(t, "MGH", "2024-01-31")
	a.wantRow(t, "HiP-CT", "without end")
	a.wantRow(t, "https://id.example.org", "ben@example.org")
	a.wantRow(t, "with test", "192.0.2.7")
	a.wantRow(t, "laptop", "read", "never")
	a.wantRow(t, "The I58", "Ben may view The I58: group HiP-CT, view, since "+time.Now().UTC().Format("2 January 2006")+".")
	a.want(t, ".crumbs li", "People", "Ben")

	a = s.gil.get(path) // who administers a group sees who it is, and no more
	a.want(t, "main h2", "Affiliations")
	a.want(t, "main form[method=post]")
	if a.code != 200 {
		t.Errorf("GET %s of an administrator of a group = %d", path, a.code)
	}
	if a = s.eve.get(path); a.code != 403 {
		t.Errorf("GET %s of somebody else = %d, want 403", path, a.code)
	}
}

func TestWhyNot(t *testing.T) {
	s := newScene(t)
	path := at("people", s.eve.who.ID)
	s.ada.get(path).want(t, "section:has(#s-4) .blank b", "Eve may see no dataset")
	a := s.ada.get(path + "?q=i58")
	a.want(t, "section:has(#s-4) .blank b", "Eve may not see The I58")
	s.ada.get(path+"?q=zzz").want(t, "section:has(#s-4) .blank b", "There is no such dataset")
	s.ada.grant("I58", s.ada.group("Taggers", s.eve), "annotate")
	a = s.ada.get(path + "?q=I58")
	a.want(t, "section:has(#s-4) .blank p:last-child", "None of the groups that the account is in has the permission to view it. It has other permissions there: annotate.")
	s.ada.get(at("people", s.ada.who.ID)).wantRow(t, "The M1", "Ada may admin The M1: administers the portal.")
	if a := s.mia.get(at("people", s.mia.who.ID)); len(a.all("#s-4")) > 0 {
		t.Error("a manager is told why others may see what")
	}
}

func TestChangePerson(t *testing.T) {
	s := newScene(t)
	path := at("people", s.ben.who.ID)
	a := s.ada.change(path, "name", "Benjamin", "admin", "yes")
	a.want(t, notice, "You changed the account of Benjamin: administrator: no → yes; name: “Ben” → “Benjamin”.")
	a.want(t, "h1", "Benjamin")
	a.wantRow(t, "Benjamin may admin The M1: administers the portal.")

	a = s.ada.post(path, "name", "Benjamin") // what takes something away is asked about
	if a.code != 200 {
		t.Errorf("POST %s = %d, want a question", path, a.code)
	}
	a.want(t, "h1", "You are about to change Benjamin")
	a.want(t, ".what", "Benjamin will not administer the portal any more.")
	if got := a.attributes("main form input[type=hidden]", "value"); !slices.Equal(got, []string{"yes", "Benjamin"}) {
		t.Errorf("the question sends %q", got)
	}
	if s.ben.get("/admin/apps").code != 200 {
		t.Error("the question has done it")
	}
	s.ada.change(path, "name", "Benjamin", "confirm", "yes")
	if code := s.ben.get("/admin/apps").code; code != 403 {
		t.Errorf("GET /admin/apps without the right = %d", code)
	}
	a = s.ada.change(path, "name", "", "disabled", "yes", "confirm", "yes")
	a.want(t, "h1", "Ben")
	a.want(t, "section:first-of-type .badge", "disabled")
	if a := s.ben.get("/admin"); a.code != 303 {
		t.Errorf("somebody disabled is answered with %d, want to be asked to sign in", a.code)
	}
	s.ada.get("/admin/people?sort=disabled&desc=1").wantRow(t, "Ben", "disabled")
}

func TestChangePersonFaults(t *testing.T) {
	s := newScene(t)
	a := s.ada.post(at("people", s.ada.who.ID), "name", "Ada II", "confirm", "yes")
	a.wantFault(t, "admin", "last administrator", "yes")
	if got := a.attributes("[name=name][maxlength]", "value"); !slices.Contains(got, "Ada II") {
		t.Errorf("the name that was entered is lost: %q", got)
	}
	a = s.ada.post(at("people", s.ada.who.ID), "admin", "yes", "disabled", "yes", "confirm", "yes")
	a.wantFault(t, "disabled", "your own account", "yes")
	a = s.ada.post(at("people", s.ben.who.ID), "name", "a\u202eb")
	a.wantFault(t, "name", "changes of the direction", "a\u202eb")
	for _, who := range []*browser{s.mia, s.gil, s.ben, s.eve} {
		for _, path := range []string{at("people", s.ben.who.ID), at("people", s.ben.who.ID, "sessions", "end"), at("people", s.eve.who.ID, "affiliations")} {
			a := who.post(path, "name", "X", "disabled", "yes")
			own := who == s.ben && path == at("people", s.ben.who.ID, "sessions", "end")
			if a.code != 403 && !own {
				t.Errorf("POST %s of %s = %d, want 403", path, who.who.Name, a.code)
			}
		}
	}
	s.ada.get(at("people", s.ben.who.ID)).want(t, "h1", "Ben")
}

func TestEndSessionsOf(t *testing.T) {
	s := newScene(t)
	path := at("people", s.ben.who.ID, "sessions", "end")
	if a := s.ada.post(path); a.code != 200 || !slices.Equal(a.all("h1"), []string{"You are about to sign Ben out everywhere"}) || s.ben.get("/tray").code != 200 {
		t.Errorf("POST %s = %d %q, want a question", path, a.code, a.all("h1"))
	}
	s.ada.change(path, "confirm", "yes").want(t, notice, "Everything is as you have asked for.")
	if code := s.ben.get("/tray").code; code != 303 {
		t.Errorf("the session goes on: %d", code)
	}
	if s.ada.change(at("people", s.ada.who.ID, "sessions", "end"), "confirm", "yes"); s.ada.get("/tray").code != 200 {
		t.Error("whoever ends their own sessions loses the one they do it in")
	}
}

func TestAffiliations(t *testing.T) {
	s := newScene(t)
	path := at("people", s.ben.who.ID, "affiliations")
	a := s.ada.change(path, "name", "MGH", "began", "2024-01-31", "ended", "")
	a.want(t, notice, "You noted the affiliation “MGH” of Ben.")
	a.wantRow(t, "MGH", "2024-01-31")
	a = s.ada.post(path, "name", "UCL", "began", "2024-01-31", "ended", "2023-01-01")
	a.wantFault(t, "ended", "before it began", "2023-01-01")
	if got := a.attributes("form[action$=affiliations] [name=name]", "value"); !slices.Equal(got, []string{"UCL"}) {
		t.Errorf("what was entered is lost: %q", got)
	}
	id := a.attributes("[name=affiliation]", "value")
	if len(id) != 1 {
		t.Fatalf("the affiliations are %q", id)
	}
	a = s.ada.change(path+"/remove", "affiliation", id[0])
	a.want(t, notice, "You removed the affiliation “MGH” of Ben.")
	a.lacksRow(t, "MGH")
	a = s.undo(s.ada, a)
	a.wantRow(t, "MGH", "2024-01-31")
	s.ada.change(path+"/remove", "affiliation", a.attributes("[name=affiliation]", "value")[0])
	for _, which := range []string{id[0], "x", ""} {
		if a := s.ada.post(path+"/remove", "affiliation", which); a.code != 404 {
			t.Errorf("removing the affiliation %q = %d, want 404", which, a.code)
		}
	}
}
