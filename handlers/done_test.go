package handlers_test

import (
	"slices"
	"strings"
	"testing"

	"ngportal/access"
	"ngportal/store"
)

func affiliated(name, began string) store.Affiliation {
	return store.Affiliation{Name: name, Began: began}
}

// undo presses the button beside what the page says has been done.
func (s *scene) undo(b *browser, page answer) answer {
	s.t.Helper()
	names, values := page.attributes(".note form[action='/admin/undo'] input", "name"), page.attributes(".note form[action='/admin/undo'] input", "value")
	if !slices.Equal(names, []string{"entry", "return"}) {
		s.t.Fatalf("%q: nothing can be undone, the page says %q", page.all("h1"), page.all(".note"))
	}
	return b.change("/admin/undo", "entry", values[0], "return", values[1])
}

// An undoing is a change that can be undone.
type undoing struct {
	path         string
	fields       []string
	did, undid   string
	look         string
	there, again []string // rows that are there after the change, and after it was undone
}

func undoings(s *scene) map[string]undoing {
	hip := at("groups", s.hip)
	return map[string]undoing{
		"a member taken out": {
			hip + "/members/" + str(s.ben.who.ID) + "/remove",
			[]string{"confirm", "yes"},
			"You took Ben out of the group “HiP-CT”.", "You put Ben into the group “HiP-CT”.", hip,
			[]string{"Gil"},
			[]string{"Ben", "Gil"},
		},
		"an administrator of the group": {
			hip + "/members/" + str(s.gil.who.ID),
			[]string{},
			"You changed the membership of Gil in the group “HiP-CT”: administrator: yes → no.",
			"You changed the membership of Gil in the group “HiP-CT”: administrator: no → yes.", hip,
			[]string{"Gil"},
			[]string{"Gil administrator"},
		},
		"a name": {
			hip,
			[]string{"name", "HiP", "description", ""},
			"You changed the group “HiP”: name: “HiP-CT” → “HiP”.", "You changed the group “HiP-CT”: name: “HiP” → “HiP-CT”.",
			"/admin/groups",
			[]string{"HiP 2"},
			[]string{"HiP-CT 2"},
		},
		"a permission taken back": {
			at("datasets", s.i58, "grants", "remove"),
			[]string{"group", str(s.hip), "permission", "view", "confirm", "yes"},
			"You took the permission “view” on “I58” from the group “HiP-CT”.", "You gave the group “HiP-CT” the permission “view” on “I58”.",
			at("datasets", s.i58),
			[]string{"I58 managers manage"},
			[]string{"HiP-CT view", "I58 managers manage"},
		},
		"a location retired": {
			at("datasets", s.i58, "locations", "i58-raw", "retire"),
			[]string{"retired", "yes", "confirm", "yes"},
			"You changed the location “i58-raw” of the dataset “I58”: retired: no → yes.", "You changed the location “i58-raw” of the dataset “I58”: retired: yes → no.",
			at("datasets", s.i58),
			[]string{"i58-raw retired"},
			[]string{"i58-raw lab"},
		},
		"a dataset retired": {
			at("datasets", s.m1),
			[]string{"retired", "yes", "confirm", "yes"},
			"You changed the dataset “M1”: retired: no → yes.", "You changed the dataset “M1”: retired: yes → no.",
			"/admin/datasets",
			[]string{"The M1 retired"},
			[]string{"The M1 M1"},
		},
	}
}

// There and back, and there again.
func TestUndo(t *testing.T) {
	s := newScene(t)
	for name, tt := range undoings(s) {
		t.Run(name, func(t *testing.T) {
			for range 2 {
				page := s.ada.change(tt.path, tt.fields...)
				page.want(t, notice, tt.did)
				for _, row := range tt.there {
					s.ada.get(tt.look).wantRow(t, row)
				}
				page = s.undo(s.ada, page)
				page.want(t, notice, tt.undid)
				for _, row := range tt.again {
					s.ada.get(tt.look).wantRow(t, row)
				}
				page = s.undo(s.ada, page) // and forth
				page.want(t, notice, tt.did)
				s.undo(s.ada, page)
			}
		})
	}
}

func TestUndoGroupRemoval(t *testing.T) {
	s := newScene(t)
	page := s.ada.change(at("groups", s.hip, "remove"), "confirm", "yes")
	page.want(t, notice, "You removed the group “HiP-CT”.")
	page.lacksRow(t, "HiP-CT")
	if code := s.ben.get("/browse/I58/").code; code != 404 {
		t.Errorf("a member of a group that is gone still sees what it opened: %d", code)
	}
	page = s.undo(s.ada, page)
	page.want(t, notice, "Everything is as you have asked for.")
	page.wantRow(t, "HiP-CT", "2")
	s.ada.get(at("groups", s.hip)).wantRow(t, "Gil", "administrator")
	s.ada.get(at("groups", s.hip)).wantRow(t, "The I58", "view")
	if may := s.rights(s.ben.who).Level(s.i58); may != access.View {
		t.Errorf("the permission that came back is %v", may)
	}
}

func TestUndoRefused(t *testing.T) {
	s := newScene(t)
	page := s.ada.change(at("groups", s.hip), "name", "HiP", "description", "")
	entry := page.attributes("[name=entry]", "value")[0]
	for _, who := range []*browser{s.mia, s.ben, s.eve} {
		if a := who.post("/admin/undo", "entry", entry, "return", "/admin/groups"); a.code != 403 {
			t.Errorf("%s undoes what others have done: %d", who.who.Name, a.code)
		}
	}
	if a := s.nobody().post("/admin/undo", "entry", entry); a.code != 401 {
		t.Errorf("nobody undoes: %d", a.code)
	}
	s.ada.change(at("groups", s.hip), "name", "HiP 2", "description", "")
	a := s.ada.post("/admin/undo", "entry", entry, "return", at("groups", s.hip))
	if a.code != 422 || !slices.Equal(a.all("h1"), []string{"This can no longer be undone"}) {
		t.Errorf("undoing what has changed since = %d %q", a.code, a.all("h1"))
	}
	if got := a.attributes("main a.button", "href"); !slices.Equal(got, []string{at("groups", s.hip)}) {
		t.Errorf("it leads to %q", got)
	}
	for _, entry := range []string{"", "x", "0", "999999", "-1"} {
		if a := s.ada.post("/admin/undo", "entry", entry, "return", "/admin"); a.code != 404 {
			t.Errorf("undoing %q = %d, want 404", entry, a.code)
		}
	}
}

// What an address says has been done is said only to whoever has done it, and of the last of it.
func TestNotice(t *testing.T) {
	s := newScene(t)
	a := s.ada.post(at("groups", s.hip), "name", "HiP", "description", "")
	to := a.location()
	if !strings.HasPrefix(to, at("groups", s.hip)+"?done=") {
		t.Fatalf("the change leads to %q", to)
	}
	s.ada.get(to).want(t, notice, "You changed the group “HiP”: name: “HiP-CT” → “HiP”.")
	s.gil.get(to).want(t, notice)
	s.ada.get(at("groups", s.hip)).want(t, notice)
	s.ada.get(at("groups", s.hip)+"?done=x").want(t, notice)
	if got := s.ada.get(to).attributes("[name=return]", "value"); !slices.Equal(got, []string{at("groups", s.hip)}) {
		t.Errorf("undoing leads back to %q", got)
	}
	s.ada.change(at("groups", s.hip), "name", "HiP", "description", "").want(t, notice, "Everything is as you have asked for.") // it was so before
	if a := s.ada.post("/admin/undo", "entry", to[strings.Index(to, "=")+1:], "return", "//evil.example/x"); a.code != 303 || !strings.HasPrefix(a.location(), "/?done=") {
		t.Errorf("undoing leads to %q", a.location())
	}
}
