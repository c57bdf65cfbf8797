package handlers_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"ngportal/access"
)

// service makes a service account of somebody.
func (s *scene) service(name string, owner *browser) int64 {
	s.t.Helper()
	id, err := s.config.Store.AddService(s.t.Context(), s.rights(s.ada.who), name, owner.who.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func TestServices(t *testing.T) {
	s := newScene(t)
	s.ada.get("/admin/services").want(t, ".blank b", "There are none")
	a := s.ada.change("/admin/services", "name", "crawler", "owner", "BEN@example.org")
	a.want(t, "h1", "crawler")
	a.wantFact(t, "Belongs to", "Ben")
	number := strings.TrimPrefix(a.attributes("form[action^='/admin/services/']", "action")[0], "/admin/services/")
	number, _, _ = strings.Cut(number, "/")
	a.wantFact(t, "Number", number)
	s.ada.change(at("groups", s.hip, "members"), "email", number).wantRow(t, "crawler") // by which it is put into groups
	s.ada.get("/admin/services/"+number).wantRow(t, "The I58", "crawler may view The I58: group HiP-CT, view")
	a = s.ada.get("/admin/services?q=CRAWL")
	a.wantRow(t, "crawler", "Ben", "never")
	id := a.attributes("tbody th a", "href")[0]
	if a := s.ada.get(strings.Replace(id, "services", "people", 1)); a.code != 303 || a.location() != id {
		t.Errorf("a service account among people = %d to %q", a.code, a.location())
	}
	twin := s.signInAs(access.Identity{Subject: "other", Name: "Twin", Email: "ben@example.org"})
	for owner, says := range map[string]string{
		"": "Say who", "nobody@example.org": "Nobody has signed in", "en@example.org": "Nobody has signed in", "ben@example.org": "(person " + str(twin.who.ID) + ")",
		"4711": "Name a person who is to answer", strings.TrimPrefix(id, "/admin/services/"): "Name a person who is to answer",
	} {
		a := s.ada.post("/admin/services", "name", "kept", "owner", owner)
		a.wantFault(t, "owner", says, owner)
		if got := a.attributes("input[name=name]", "value"); !slices.Equal(got, []string{"kept"}) {
			t.Errorf("the name that was entered is lost: %q", got)
		}
	}
	s.ada.post("/admin/services", "name", "", "owner", str(twin.who.ID)).wantFault(t, "name", "Give it a name", "")
	for _, who := range []*browser{s.mia, s.gil, s.ben, s.eve} {
		if get, post := who.get("/admin/services").code, who.post("/admin/services", "name", "x", "owner", "ben@example.org").code; get != 403 || post != 403 {
			t.Errorf("/admin/services of %s = %d, %d, want 403", who.who.Name, get, post)
		}
	}
}

func TestChangeService(t *testing.T) {
	s := newScene(t)
	path := at("services", s.service("crawler", s.ben))
	a := s.ada.change(path, "name", "crawler 2", "owner", "eve@example.org")
	a.want(t, notice, "You changed the account of crawler 2: name: “crawler” → “crawler 2”; owner: Ben → Eve.")
	a.wantFact(t, "Belongs to", "Eve")
	s.ada.post(path, "name", "x", "owner", "nobody@example.org").wantFault(t, "owner", "Nobody has signed in", "nobody@example.org")
	if code := s.ben.get(path).code; code != 403 {
		t.Errorf("who owned it before = %d, want 403", code)
	}
	a = s.eve.get(path) // the owner, who has nothing to administer
	a.want(t, "main h2", "Tokens", "The account")
	a.want(t, ".tabs a")
	if got := a.attributes("form[action='"+path+"'] [name]", "name"); !slices.Equal(got, []string{"disabled"}) {
		t.Errorf("the owner may change %q", got)
	}
	a = s.eve.post(path, "disabled", "yes")
	a.want(t, "h1", "You are about to disable crawler 2")
	s.eve.change(path, "disabled", "yes", "confirm", "yes").want(t, "section:first-of-type .badge", "disabled")
	s.eve.get(path).want(t, "main h2", "Tokens") // to open it again is not the owner's
	if code := s.eve.post(path).code; code != 403 {
		t.Errorf("the owner opens it again: %d, want 403", code)
	}
	s.ada.change(path, "name", "crawler 2", "owner", "eve@example.org").want(t, "section:first-of-type .badge")
	for _, who := range []*browser{s.mia, s.ben} {
		if code := who.post(path, "name", "x", "disabled", "yes").code; code != 403 {
			t.Errorf("POST %s of %s = %d, want 403", path, who.who.Name, code)
		}
	}
}

var serviceSecret = regexp.MustCompile(`^[0-9a-f]{32}$`)

func TestServiceTokens(t *testing.T) {
	s := newScene(t)
	id := s.service("crawler", s.ben)
	path := at("services", id)
	for _, who := range []*browser{s.ada, s.ben} {
		a := who.post(path+"/tokens", "name", "on the cluster", "scope", "share", "expires", "")
		got := a.all(".secret code")
		if a.code != 201 || len(got) != 1 || !serviceSecret.MatchString(got[0]) {
			t.Fatalf("POST %s/tokens of %s = %d with the secrets %q", path, who.who.Name, a.code, got)
		}
		if !strings.Contains(a.all(".secret p")[0], "is good without end, with the scope share.") {
			t.Errorf("the page says %q", a.all(".secret p"))
		}
		page := who.get(path)
		page.wantRow(t, "on the cluster", "share", "without end", "never")
		if strings.Contains(page.body, got[0]) {
			t.Error("the secret is shown again")
		}
	}
	s.ada.post(path+"/tokens", "name", "", "scope", "read").wantFault(t, "name", "Give it a name", "")
	s.ada.post(path+"/tokens", "name", "kept", "scope", "read", "expires", "2001-01-01").wantFault(t, "expires", "in the past", "2001-01-01")
	if a := s.ada.post(path+"/tokens", "name", "kept", "scope", "root"); a.code != 422 || !strings.Contains(a.body, "Choose what the token may do") {
		t.Errorf("a scope that is none = %d", a.code)
	}
	for _, who := range []*browser{s.mia, s.gil, s.eve} {
		if code := who.post(path+"/tokens", "name", "x", "scope", "read").code; code != 403 {
			t.Errorf("%s makes a token of it: %d, want 403", who.who.Name, code)
		}
	}
	if code := s.ada.post(at("services", s.ben.who.ID, "tokens"), "name", "x", "scope", "read").code; code != 404 {
		t.Errorf("a token of a person = %d, want 404", code)
	}
}

func TestRevokeServiceToken(t *testing.T) {
	s := newScene(t)
	id := s.service("crawler", s.ben)
	other := s.service("other", s.eve)
	s.ben.post(at("services", id, "tokens"), "name", "first", "scope", "read")
	buttons := s.ben.get(at("services", id)).attributes("td.act form", "action")
	if len(buttons) != 1 {
		t.Fatalf("the tokens can be revoked at %q", buttons)
	}
	if code := s.eve.post(strings.Replace(buttons[0], at("services", id), at("services", other), 1), "confirm", "yes").code; code != 404 {
		t.Errorf("the token is reached by another account: %d, want 404", code)
	}
	if code := s.eve.post(buttons[0], "confirm", "yes").code; code != 403 {
		t.Errorf("somebody else revokes it: %d, want 403", code)
	}
	a := s.ben.post(buttons[0])
	a.want(t, "h1", "You are about to revoke the token “first”")
	s.ben.get(at("services", id)).wantRow(t, "first read")
	s.ben.change(buttons[0], "confirm", "yes").wantRow(t, "first revoked")
	s.ben.get(at("services", id)).want(t, "td.act form")
}
