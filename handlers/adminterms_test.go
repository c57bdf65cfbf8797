package handlers_test

import (
	"slices"
	"strings"
	"testing"
)

// previewed is the value that a preview wants back with the yes.
func previewed(t *testing.T, a answer) string {
	t.Helper()
	got := a.attributes("[name=seen]", "value")
	if a.code != 200 || len(got) != 1 {
		t.Fatalf("the preview = %d, %q", a.code, a.all("h1"))
	}
	return got[0]
}

func TestAdminTerms(t *testing.T) {
	s := newScene(t)
	const text = "# Use\r\n\r\nCite *us*. <script>alert(1)</script>"
	a := s.ada.post("/admin/terms", "name", "Data use", "text", text)
	a.want(t, "h1", "Preview: Data use")
	a.want(t, "section:first-of-type .prose h2", "Use")
	a.want(t, "section:first-of-type .prose em", "us")
	a.want(t, "main script")
	seen := previewed(t, a)
	if got := s.ada.get("/admin/terms").all("tbody tr"); len(got) != 0 {
		t.Fatalf("the preview has made %q", got)
	}
	a = s.ada.post("/admin/terms", "name", "Data use", "text", text, "seen", seen) // the box not ticked
	a.want(t, ".summary a", "Yes, publish these terms")
	a = s.ada.post("/admin/terms", "name", "Data use", "text", text+"!", "seen", seen, "confirm", "yes") // changed since
	a.want(t, "h1", "Preview: Data use")
	a.want(t, ".summary a")
	a = s.ada.change("/admin/terms", "name", "Data use", "text", text, "seen", seen, "confirm", "yes")
	a.want(t, "h1", "Data use")
	a.want(t, "main h2", "Text", "Use", "Versions", "Accepted by", "Write a new version")
	s.ada.get("/admin/terms").wantRow(t, "Data use", "1")
	a = s.ada.post("/admin/terms", "name", "DATA USE", "text", text, "seen", seen, "confirm", "yes")
	a.wantFault(t, "name", "other terms of this name", "DATA USE")
	if a := s.mia.get("/admin/terms"); a.code != 200 || len(a.all("main h2")) != 0 {
		t.Errorf("a manager is offered to write terms: %d %q", a.code, a.all("main h2"))
	}
	for _, who := range []*browser{s.mia, s.gil, s.ben, s.eve} {
		if code := who.post("/admin/terms", "name", "x", "text", "x").code; code != 403 {
			t.Errorf("%s writes terms: %d, want 403", who.who.Name, code)
		}
	}
}

// terms makes terms with a text and returns their number.
func (s *scene) terms(name, text string) int64 {
	s.t.Helper()
	id, err := s.config.Store.AddTerms(s.t.Context(), s.rights(s.ada.who), name, text)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func TestAdminTermsVersions(t *testing.T) {
	s := newScene(t)
	id := s.terms("Data use", "One.")
	path := at("terms", id)
	s.ada.change(at("datasets", s.i58), "terms", str(id)).wantFact(t, "Terms", "Data use")
	if err := s.config.Store.AcceptTerms(t.Context(), s.rights(s.ben.who), id, 1); err != nil {
		t.Fatal(err)
	}
	a := s.ada.get(path)
	a.wantRow(t, "Ben", "ben@example.org", "1")
	a.want(t, ".prose p", "One.")
	a.want(t, "main textarea", "One.")
	s.ada.get(at("people", s.ben.who.ID)).wantRow(t, "Data use", "1")
	s.ada.get(at("people", s.gil.who.ID)).wantRow(t, "The I58", "terms to accept")

	a = s.ada.post(path, "text", "Two.")
	a.want(t, ".prose p", "Two.")
	a = s.ada.change(path, "text", "Two.", "seen", previewed(t, a), "confirm", "yes")
	a.want(t, ".prose p", "Two.")
	a.want(t, "header.head p", "Version 2 of "+s.today()+".")
	if got := a.attributes("tbody th a", "href"); !slices.Contains(got, "/terms/"+str(id)+"?version=1") || !slices.Contains(got, "/terms/"+str(id)+"?version=2") {
		t.Errorf("the versions are at %q", got)
	}
	s.ada.get(at("people", s.ben.who.ID)).wantRow(t, "The I58", "terms to accept") // anew
	empty := s.ada.post(path, "text", " ")
	s.ada.post(path, "text", " ", "seen", previewed(t, empty), "confirm", "yes").wantFault(t, "text", "", "")
	if a := s.ada.post(path, "text", strings.Repeat("x", 300<<10)); a.code != 422 {
		t.Errorf("a text that is too long = %d", a.code)
	}
	for _, who := range []*browser{s.mia, s.gil, s.ben, s.eve} {
		if code := who.post(path, "text", "Mine.").code; code != 403 {
			t.Errorf("%s writes terms: %d, want 403", who.who.Name, code)
		}
	}
	if a := s.mia.get(path); a.code != 200 || slices.Contains(a.all("main h2"), "Accepted by") {
		t.Errorf("a manager reads who has accepted: %d %q", a.code, a.all("main h2"))
	}
	if code := s.ben.get(path).code; code != 403 {
		t.Errorf("somebody who has nothing to administer reads them here: %d", code)
	}
}

func TestAdminApps(t *testing.T) {
	s := newScene(t)
	a := s.ada.change("/admin/apps", "name", "Spelunker", "origin", "https://viewer.example.org")
	a.want(t, notice, "You trusted the app https://viewer.example.org.")
	a.wantRow(t, "Spelunker", "https://viewer.example.org")
	for _, origin := range []string{"", "viewer.example.org", "https://viewer.example.org/", "http://viewer.example.org", "https://viewer.example.org", "javascript:alert(1)", "https://*"} {
		a = s.ada.post("/admin/apps", "name", "kept", "origin", origin)
		a.wantFault(t, "origin", "", origin)
		if got := a.attributes("[name=name]", "value"); !slices.Equal(got, []string{"kept"}) {
			t.Errorf("the name that was entered is lost: %q", got)
		}
	}
	a = s.ada.post("/admin/apps/remove", "origin", "https://viewer.example.org")
	a.want(t, "h1", "You are about to trust https://viewer.example.org no longer")
	s.ada.get("/admin/apps").wantRow(t, "Spelunker")
	a = s.ada.change("/admin/apps/remove", "origin", "https://viewer.example.org", "confirm", "yes")
	a.want(t, notice, "You stopped trusting the app https://viewer.example.org.")
	a.lacksRow(t, "Spelunker")
	s.undo(s.ada, a).wantRow(t, "Spelunker")
	if code := s.ada.post("/admin/apps/remove", "origin", "https://other.example.org", "confirm", "yes").code; code != 404 {
		t.Errorf("removing what is not there = %d, want 404", code)
	}
	for _, who := range []*browser{s.mia, s.gil, s.ben, s.eve} {
		if get, post := who.get("/admin/apps").code, who.post("/admin/apps", "name", "x", "origin", "https://x.example.org").code; get != 403 || post != 403 {
			t.Errorf("/admin/apps of %s = %d, %d, want 403", who.who.Name, get, post)
		}
		if code := who.post("/admin/apps/remove", "origin", "https://viewer.example.org").code; code != 403 {
			t.Errorf("%s removes an app: %d", who.who.Name, code)
		}
	}
}
