package handlers_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ngportal/access"
)

// names that are somebody's, and must be shown as they are.
func oddNames() []string {
	return []string{"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "דניאל בן־דוד", "مختبر الدماغ", "O’Brien & Söhne", "%_\\'; DROP TABLE groups --", "{subject}"}
}

func TestGroups(t *testing.T) {
	s := newScene(t)
	a := s.ada.get("/admin/groups")
	a.want(t, "tbody th > a, tbody th > bdi", "everyone", "HiP-CT", "I58 managers", "public")
	a.wantRow(t, "HiP-CT", "2", "1")
	a.want(t, "main h2", "Make a group")
	if got := s.gil.get("/admin/groups").attributes("tbody a", "href"); !slices.Equal(got, []string{at("groups", s.hip)}) {
		t.Errorf("who leads one group is led to %q", got)
	}
	a = s.ada.change("/admin/groups", "name", "  Two  ", "description", "Those\r\nof two.")
	a.want(t, notice, "Everything is as you have asked for.")
	a.want(t, "h1", "Two")
	a.want(t, "header.head p", "Those of two.")
	for _, name := range []string{"two", "TWO", "ｔｗｏ"} { // full width letters look like others
		s.ada.post("/admin/groups", "name", name, "description", "kept").wantFault(t, "name", "another group", name)
	}
	a = s.ada.post("/admin/groups", "name", "", "description", "kept")
	a.wantFault(t, "name", "Give it a name", "")
	a.want(t, "textarea[name=description]", "kept")
	a.want(t, ".summary a", "Name")

	a = s.mia.change("/admin/groups", "name", "Mia’s") // who may not administer all leads what they make
	a.wantRow(t, "Mia", "administrator")
	if a := s.ben.post("/admin/groups", "name", "Ben’s"); a.code != 403 {
		t.Errorf("somebody who has nothing to administer makes a group: %d", a.code)
	}
}

// Names from strangers are shown as they are, on every page that has them, and in questions and notices.
func TestOddNames(t *testing.T) {
	s := newScene(t)
	for _, name := range oddNames() {
		t.Run(name, func(t *testing.T) {
			who := s.signInAs(access.Identity{Subject: name, Name: name})
			a := s.ada.change("/admin/groups", "name", name)
			path := strings.TrimSuffix(a.attributes("main a.danger", "href")[0], "/remove")
			s.ada.get("/admin/groups").wantRow(t, name)
			a.want(t, "h1", name)
			a = s.ada.change(path+"/members", "email", str(who.who.ID))
			shown := name
			if strings.ContainsAny(name, "דم") {
				shown = "\u2068" + name + "\u2069" // it does not turn the words around it
			}
			a.want(t, notice, "You put "+shown+" into the group “"+shown+"”.")
			a.wantRow(t, name)
			q := s.ada.post(path + "/members/" + str(who.who.ID) + "/remove")
			q.want(t, "h1", "You are about to take "+shown+" out of "+shown)
			s.ada.change("/admin/datasets/"+str(s.i58)+"/grants", "group", path[strings.LastIndex(path, "/")+1:], "permission", "view")
			s.ada.get("/admin/people").wantRow(t, name)
			s.ada.get(at("people", who.who.ID)).wantRow(t, shown+" may view The I58: group "+shown+", view")
			s.ada.get("/admin/audit").wantRow(t, "Put "+shown+" into the group “"+shown+"”.")
			for _, page := range []string{"/admin/people", "/admin/groups", path, at("people", who.who.ID), at("datasets", s.i58), "/admin/audit"} {
				if a := s.ada.get(page); len(a.all("main img, main script")) > 0 || strings.Contains(a.body, "<script>alert") {
					t.Errorf("GET %s: the name became markup", page)
				}
			}
		})
	}
}

func TestMembers(t *testing.T) {
	s := newScene(t)
	path := at("groups", s.hip)
	a := s.gil.get(path)
	a.want(t, "main h2", "Members", "What it opens", "Name and description")
	a.wantRow(t, "Ben", "ben@example.org", "without end")
	a.wantRow(t, "Gil", "administrator")
	a.wantRow(t, "The I58", "view")

	a = s.gil.change(path+"/members", "email", "EVE@example.org", "expires", "2999-12-31")
	a.want(t, notice, "You put Eve into the group “HiP-CT”.")
	a.wantRow(t, "Eve", "1 January 3000, 00:00 UTC")
	if s.eve.get("/asset/I58/x.zarr/").code == 404 || s.rights(s.eve.who).Level(s.i58) != access.View {
		t.Error("somebody new in the group does not see what it opens")
	}
	a = s.gil.get(path + "?member=" + str(s.eve.who.ID))
	a.want(t, "main h2", "Change Eve", "Members", "What it opens", "Name and description")
	if got := a.attributes("section:first-of-type [name=expires]", "value"); !slices.Equal(got, []string{"2999-12-31"}) {
		t.Errorf("the form has the end %q", got)
	}
	a = s.gil.change(path+"/members/"+str(s.eve.who.ID), "expires", "", "admin", "yes")
	a.want(t, notice, "You changed the membership of Eve in the group “HiP-CT”: administrator: no → yes; until: 1 January 3000, 00:00 UTC → without end.")
	a = s.gil.post(path + "/members/" + str(s.eve.who.ID) + "/remove")
	a.want(t, "h1", "You are about to take Eve out of HiP-CT")
	if a.code != 200 || s.rights(s.eve.who).Level(s.i58) != access.View {
		t.Errorf("the question = %d, or has done it", a.code)
	}
	a = s.gil.change(path+"/members/"+str(s.eve.who.ID)+"/remove", "confirm", "yes")
	a.want(t, notice, "You took Eve out of the group “HiP-CT”.")
	a.lacksRow(t, "Eve")
	if a := s.gil.post(path+"/members/"+str(s.eve.who.ID)+"/remove", "confirm", "yes"); a.code != 404 {
		t.Errorf("taking out somebody who is not in it = %d, want 404", a.code)
	}
}

func TestInvitations(t *testing.T) {
	s := newScene(t)
	path := at("groups", s.hip)
	a := s.gil.change(path+"/members", "email", "New@Example.org", "admin", "yes")
	a.want(t, notice, "You invited new@example.org into the group “HiP-CT”.")
	a.want(t, "main h2", "Members", "Invited", "What it opens", "Name and description")
	a.wantRow(t, "new@example.org", "administrator")
	back := s.gil.change(path+"/invitations/remove", "email", "new@example.org")
	back.want(t, notice, "You took back the invitation of new@example.org into the group “HiP-CT”.")
	back.lacksRow(t, "new@example.org")
	s.undo(s.gil, back).wantRow(t, "new@example.org", "administrator")
	who := s.signIn("new@example.org")
	a = s.gil.get(path)
	a.wantRow(t, "New", "new@example.org")
	a.want(t, "main h2", "Members", "What it opens", "Name and description")
	if !s.rights(who.who).Leads(s.hip) {
		t.Error("who was invited as an administrator is none")
	}
	if a := s.gil.post(path+"/invitations/remove", "email", "new@example.org"); a.code != 404 {
		t.Errorf("taking back what is not there = %d, want 404", a.code)
	}
}

func TestMemberFaults(t *testing.T) {
	s := newScene(t)
	path := at("groups", s.hip)
	twin := s.signInAs(access.Identity{Subject: "other", Name: "Other Eve", Email: "eve@example.org"})
	for name, tt := range map[string]struct{ email, expires, field, says string }{
		"no address":              {"eve", "", "email", "no e-mail address"},
		"nothing":                 {"", "", "email", "no e-mail address"},
		"several of the address":  {"eve@example.org", "", "email", "“Other Eve” (person " + str(twin.who.ID) + ")"},
		"in it already":           {"ben@example.org", "", "email", "in this group already"},
		"in it already, a number": {str(s.ben.who.ID), "", "email", "Ben is in this group already"},
		"a number that is none":   {"4711", "", "email", "Nobody has this number"},
		"no date":                 {"x@example.org", "tomorrow", "expires", "Write the day as"},
		"a date that is past":     {"x@example.org", "2001-01-01", "expires", "has passed"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.gil.post(path+"/members", "email", tt.email, "expires", tt.expires, "admin", "yes")
			entered := tt.email
			if tt.field == "expires" {
				entered = tt.expires
			}
			a.wantFault(t, tt.field, tt.says, entered)
			if got := a.attributes("form[action$='/members'] [name=admin][checked]", "value"); len(got) != 1 {
				t.Error("the tick is lost")
			}
		})
	}
	a := s.gil.change(path+"/members", "email", str(twin.who.ID)) // the one that is meant
	a.wantRow(t, "Other Eve")
	s.gil.post(path+"/members/"+str(s.ben.who.ID), "expires", "x").wantFault(t, "expires", "Write the day as", "x")
	if a := s.gil.post(path+"/members/4711", "expires", ""); a.code != 404 && a.code != 422 {
		t.Errorf("changing nobody = %d", a.code)
	}
}

// Who administers one group reaches for another.
func TestOtherGroup(t *testing.T) {
	s := newScene(t)
	path := at("groups", s.managers)
	everyone := int64(1)
	for _, who := range []*browser{s.gil, s.ben, s.eve} {
		for _, form := range [][]string{
			{path, "name", "X", "description", ""},
			{path + "/remove", "confirm", "yes"},
			{path + "/remove"},
			{path + "/members", "email", "gil@example.org"},
			{path + "/members", "email", str(s.gil.who.ID)},
			{path + "/members", "email", "x@example.org", "expires", "bad"},
			{path + "/members/" + str(s.gil.who.ID), "admin", "yes"},
			{path + "/members/" + str(s.mia.who.ID) + "/remove"},
			{path + "/members/" + str(s.mia.who.ID) + "/remove", "confirm", "yes"},
			{path + "/invitations/remove", "email", "x@example.org"},
			{at("groups", everyone, "members"), "email", "gil@example.org"},
			{at("groups", s.hip, "remove"), "confirm", "yes"},
		} {
			if a := who.post(form[0], form[1:]...); a.code != 403 {
				t.Errorf("POST %q of %s = %d, want 403", form, who.who.Name, a.code)
			}
		}
		for _, page := range []string{path, path + "/remove", path + "?member=" + str(s.gil.who.ID)} {
			if a := who.get(page); a.code != 403 {
				t.Errorf("GET %s of %s = %d, want 403", page, who.who.Name, a.code)
			}
		}
	}
	s.ada.get(path).want(t, "h1", "I58 managers")
	s.ada.get(path).lacksRow(t, "Gil")
}

func TestGroupOfEveryone(t *testing.T) {
	s := newScene(t)
	var everyone int64
	facts, _, err := s.config.Store.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range facts.Groups {
		if g.Kind == access.Everyone {
			everyone = g.ID
		}
	}
	s.ada.grant("M1", everyone, "view")
	a := s.ada.get(at("groups", everyone))
	a.wantRow(t, "The M1", "view")
	a.want(t, "main form[method=post]")
	for path, says := range map[string]string{"": "stays as it is", "/members": "stays as it is", "/remove": "stays as it is"} {
		a := s.ada.post(at("groups", everyone)+path, "name", "All", "email", "x@example.org", "confirm", "yes")
		if a.code != 422 || !strings.Contains(a.body, says) {
			t.Errorf("POST %s = %d, want that it %s", path, a.code, says)
		}
	}
}

func TestRemoveGroup(t *testing.T) {
	s := newScene(t)
	path := at("groups", s.hip, "remove")
	for _, a := range []answer{s.ada.get(path), s.ada.post(path)} {
		if a.code != 200 {
			t.Errorf("%s = %d, want a question", path, a.code)
		}
		a.want(t, "h1", "You are about to remove the group HiP-CT")
		a.want(t, ".what", "2 members will lose what only this group opens for them: 1 dataset.",
			"Invitations into it end, too. It can be undone for as long as nobody makes another group of this name.")
	}
	if code := s.ada.get(at("groups", s.hip)).code; code != 200 {
		t.Fatal("the question has removed it")
	}
	s.ada.change(path, "confirm", "yes").lacksRow(t, "HiP-CT")
	if code := s.ada.get(at("groups", s.hip)).code; code != 404 {
		t.Errorf("the group is still there: %d", code)
	}
	if code := s.ada.post(path, "confirm", "yes").code; code != 404 {
		t.Errorf("removing it twice = %d", code)
	}
}

// Somebody whose time in the group has passed is still listed, and can be taken in again.
func TestMemberEnded(t *testing.T) {
	s := newScene(t)
	s.ada.member(access.Member{Group: s.hip, Person: s.eve.who.ID, Expires: time.Now().Add(time.Hour)})
	s.exec("UPDATE members SET expires = ? WHERE person = ?", time.Date(2020, 2, 3, 0, 0, 0, 0, time.UTC).UnixMilli(), s.eve.who.ID)
	path := at("groups", s.hip)
	s.ada.get(path).wantRow(t, "Eve ended")
	if s.rights(s.eve.who).Level(s.i58) != access.None {
		t.Error("it has not ended")
	}
	s.ada.change(path+"/members", "email", "eve@example.org").want(t, notice, // as if anew
		"You changed the membership of Eve in the group “HiP-CT”: until: 3 February 2020, 00:00 UTC → without end.")
	s.ada.get(path).wantRow(t, "Eve eve@example.org")
}
