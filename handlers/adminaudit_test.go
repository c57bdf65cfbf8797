package handlers_test

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// noted writes something into the audit, as somebody.
func (s *scene) noted(who *browser, e store.Entry) {
	s.t.Helper()
	if err := s.config.Store.Note(s.t.Context(), s.rights(who.who), e); err != nil {
		s.t.Fatal(err)
	}
}

func TestAudit(t *testing.T) {
	s := newScene(t)
	s.noted(s.ben, store.Entry{Event: store.LinkOpened, Object: "abc", Detail: "Cells & <b>more</b>"})
	s.noted(s.ben, store.Entry{Event: store.CookiesIssued, Object: "i58-raw", Detail: "until 2026-03-01T12:00:00Z"})
	s.noted(s.ben, store.Entry{Event: "from-the-future", Object: "x"})
	a := s.ada.get("/admin/audit")
	a.wantRow(t, "ben@example.org", "Opened the link “Cells & <b>more</b>”.")
	a.wantRow(t, "ben@example.org", "Was given cookies for i58-raw.", "until 2026-03-01T12:00:00Z")
	a.wantRow(t, "ben@example.org", "From-the-future.")
	a.wantRow(t, "ada@example.org", "Gave the group “I58 managers” the permission “manage” on “I58”.", "permission: manage")
	a.wantRow(t, "ada@example.org", "Put Gil into the group “HiP-CT”.", "administrator: yes")
	a.wantRow(t, "the configuration", "Made the dataset “I58”.", "listed: no; name: “I58”; title: “The I58”")
	a.wantRow(t, "eve@example.org", "by test from 192.0.2.7", "Signed in with test.")
	a.wantRow(t, "ada@example.org", "Changed the account of Ada.", "named an administrator by the configuration", "administrator: no → yes")
	s.ada.get("/admin/audit?text=no+such+words").want(t, ".blank b", "Nothing of the kind has happened")
}

func TestAuditSearch(t *testing.T) {
	s := newScene(t)
	twin := s.signInAs(access.Identity{Subject: "other", Name: "Twin", Email: "eve@example.org"})
	today := time.Now().UTC().Format(time.DateOnly)
	for name, tt := range map[string]struct {
		query string
		want  []string // what is told, the newest first
	}{
		"by number, also whom it was done to": {"?person=" + str(s.gil.who.ID), []string{"Put Gil into the group “HiP-CT”.", "Signed in with test."}},
		"by address":                          {"?person=ben%40example.org", []string{"Put Ben into the group “HiP-CT”.", "Signed in with test."}},
		"by dataset":                          {"?dataset=M1", []string{"Added the location “m1-raw” to the dataset “M1”.", "Made the dataset “M1”."}},
		"by event":                            {"?event=group-made&text=managers", []string{"Made the group “I58 managers”."}},
		"by words, whatever the case":         {"?text=hip-ct", []string{"Made the group “HiP-CT”."}},
		"of a day":                            {"?dataset=M1&from=" + today + "&to=" + today, []string{"Added the location “m1-raw” to the dataset “M1”.", "Made the dataset “M1”."}},
		"of earlier days":                     {"?to=2020-01-01", nil},
		"of later days":                       {"?from=2999-01-01", nil},
	} {
		if got := s.ada.get("/admin/audit" + tt.query).all("td[data-label=What] > bdi"); !slices.Equal(got, tt.want) {
			t.Errorf("%s: GET /admin/audit%s tells %q, want %q", name, tt.query, got, tt.want)
		}
	}
	for query, says := range map[string]string{
		"?from=x": "“x” is no day", "?to=2026-02-30": "“2026-02-30” is no day", "?person=nobody%40example.org": "Nobody has signed in with this address",
		"?person=eve%40example.org": "“Twin” (person " + str(twin.who.ID) + ")",
	} {
		a := s.ada.get("/admin/audit" + query)
		if got := a.all(".note"); a.code != 200 || len(got) != 1 || !strings.Contains(got[0], says) || len(a.all("tbody tr")) != 0 {
			t.Errorf("GET /admin/audit%s = %d with the notes %q, want %q", query, a.code, got, says)
		}
		if a := s.ada.get("/admin/audit/export" + query + "&format=csv"); a.code != 422 {
			t.Errorf("an export of what cannot be read = %d, want 422", a.code)
		}
	}
	a := s.ada.get("/admin/audit?person=ben%40example.org&from=" + today)
	if got := a.attributes("search [name=person], search [name=from]", "value"); !slices.Equal(got, []string{"ben@example.org", today}) {
		t.Errorf("the fields hold %q", got)
	}
	if got := a.attributes("section > .ways a", "href"); !slices.Equal(got, []string{
		"/admin/audit/export?format=csv&from=" + today + "&person=ben%40example.org", "/admin/audit/export?format=jsonl&from=" + today + "&person=ben%40example.org",
	}) {
		t.Errorf("the exports are at %q", got)
	}
}

func TestAuditPages(t *testing.T) {
	s := newScene(t)
	for range 120 {
		s.noted(s.ben, store.Entry{Event: store.LinkMade, Object: "abc", Detail: "Cells"})
	}
	path, rows := "/admin/audit?event=link-made", 0
	for _, want := range []int{50, 50, 20} {
		a := s.ada.get(path)
		n := len(a.all("tbody tr"))
		rows += n
		next := a.attributes(".pager a[rel=next]", "href")
		if n != want || (len(next) == 1) != (want == 50) {
			t.Fatalf("GET %s has %d rows and leads to %q, want %d rows", path, n, next, want)
		}
		if len(next) == 1 {
			path = next[0]
		}
		if first := a.attributes(".pager a[rel=first]", "href"); rows > 50 && !slices.Equal(first, []string{"/admin/audit?event=link-made"}) {
			t.Errorf("GET %s leads back to %q", path, first)
		}
	}
}

func TestAuditOfManagers(t *testing.T) {
	s := newScene(t)
	a := s.mia.get("/admin/audit")
	a.wantRow(t, "Made the dataset “I58”.")
	a.lacksRow(t, "M1")
	a.lacksRow(t, "Signed in")
	a.want(t, "select[name=dataset] option", "The I58")
	for path, want := range map[string]int{
		"/admin/audit?dataset=I58": 200, "/admin/audit?dataset=M1": 403, "/admin/audit?dataset=none": 403,
		"/admin/audit/export?format=csv": 200, "/admin/audit/export?format=csv&dataset=M1": 403, "/admin/audit/export?format=jsonl&dataset=M1": 403,
	} {
		if a := s.mia.get(path); a.code != want {
			t.Errorf("GET %s of a manager = %d, want %d", path, a.code, want)
		}
		for _, who := range []*browser{s.gil, s.ben, s.eve} {
			if a := who.get(path); a.code != 403 || strings.Contains(a.body, "dataset-made") {
				t.Errorf("GET %s of %s = %d, want 403", path, who.who.Name, a.code)
			}
		}
	}
}

func TestExportAudit(t *testing.T) {
	s := newScene(t)
	for _, detail := range []string{"=1+1", "+1", "-1", "@x", "\tx", "plain, \"quoted\"\nand more", "1-1"} {
		s.noted(s.ben, store.Entry{Event: store.LinkMade, Object: "abc", Detail: detail})
	}
	a := s.ada.get("/admin/audit/export?event=link-made&format=csv")
	if got, want := a.header.Get("Content-Disposition"), `attachment; filename="`; a.code != 200 || !strings.HasPrefix(got, want) || !strings.HasSuffix(got, `.csv"`) {
		t.Errorf("the export = %d, %s", a.code, got)
	}
	if got := a.header.Get("Content-Type"); !strings.HasPrefix(got, "text/csv") {
		t.Errorf("Content-Type: %s", got)
	}
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil || len(rows) != 8 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if want := []string{"id", "at", "event", "person", "actor", "via", "address", "subject", "dataset", "object", "detail", "before", "after"}; !slices.Equal(rows[0], want) {
		t.Errorf("the headings are %q", rows[0])
	}
	var details []string
	for _, row := range rows[1:] {
		details = append(details, row[10])
	}
	if want := []string{"1-1", "plain, \"quoted\"\nand more", "'\tx", "'@x", "'-1", "'+1", "'=1+1"}; !slices.Equal(details, want) {
		t.Errorf("the details are %q, want %q", details, want)
	}
}

func TestExportAuditLines(t *testing.T) {
	s := newScene(t)
	a := s.ada.get("/admin/audit/export?dataset=I58&event=grant-changed&format=jsonl")
	if got := a.header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment;") || !strings.HasSuffix(got, `.jsonl"`) {
		t.Errorf("Content-Disposition: %s", got)
	}
	lines := strings.Split(strings.TrimSpace(a.body), "\n")
	var first struct {
		Event, Actor, Dataset string
		After                 struct{ Permission string }
	}
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil || len(lines) != 2 {
		t.Fatalf("%d lines, %v:\n%s", len(lines), err, a.body)
	}
	if first.Event != "grant-changed" || first.Actor != "ada@example.org" || first.Dataset != "I58" || first.After.Permission != "manage" {
		t.Errorf("the newest line is %+v", first)
	}
}

func TestExportAuditOfNothing(t *testing.T) {
	s := newScene(t)
	a := s.ada.get("/admin/audit/export?event=app-changed&format=csv")
	if rows := strings.Count(a.body, "\n"); a.code != 200 || rows != 1 {
		t.Errorf("an export of nothing = %d with %d lines", a.code, rows)
	}
	for _, format := range []string{"", "xml", "csv%00"} {
		if a := s.ada.get("/admin/audit/export?format=" + format); a.code != 400 {
			t.Errorf("an export as %q = %d, want 400", format, a.code)
		}
	}
}
