package handlers_test

import (
	"slices"
	"strings"
	"testing"

	"ngportal/access"
)

func TestDatasets(t *testing.T) {
	s := newScene(t)
	a := s.ada.get("/admin/datasets")
	a.wantRow(t, "The I58", "I58", "hidden", "1")
	a.wantRow(t, "The M1", "M1")
	a.want(t, "main h2", "Make a dataset")
	if got := a.attributes("select[name=bucket] option", "value"); !slices.Equal(got, []string{"archive", "lab"}) {
		t.Errorf("the buckets are %q", got)
	}
	a = s.mia.get("/admin/datasets")
	a.want(t, "tbody th", "The I58")
	a.want(t, "main h2")
	for _, who := range []*browser{s.gil, s.ben, s.eve} {
		if a = who.get("/admin/datasets"); a.code != 403 {
			t.Errorf("GET /admin/datasets of %s = %d, want 403", who.who.Name, a.code)
		}
	}
	a = s.ada.change("/admin/datasets", "name", "K9", "title", "The dog", "description", "Woof.", "listed", "yes", "terms", "0", "id", "k9-raw", "bucket", "archive", "prefix", "dog")
	a.want(t, "h1", "The dog")
	a.wantRow(t, "k9-raw", "archive", "dog/")
	a.want(t, ".facts div:nth-child(3) dd", "All who have signed in see its title and description, and can ask for access.")
	a = s.ada.change("/admin/datasets", "name", "K10", "listed", "no") // as little as is needed
	a.want(t, "h1", "K10")
	a.want(t, "section:has(h2#s-3) .blank b", "No location")
}

func TestAddDatasetFaults(t *testing.T) {
	s := newScene(t)
	whole := map[string]string{"name": "K9", "title": "The dog", "description": "kept", "listed": "yes", "terms": "0", "id": "k9-raw", "bucket": "lab", "prefix": "k9/"}
	for name, tt := range map[string]struct{ field, entered, says string }{
		"no name":                    {"name", "", "a name has letters"},
		"a name with a slash":        {"name", "a/b", "a name has letters"},
		"another’s name":             {"name", "i58", "another dataset of this name"},
		"terms that are not there":   {"terms", "99", "no such terms"},
		"no id":                      {"id", "", "is not [a-z0-9-]{4,64}"},
		"another’s id":               {"id", "m1-raw", "The id \"m1-raw\" is that of a location of the dataset “M1”"},
		"within another":             {"prefix", "i58-raw/sub/", "overlap: one lies inside the other"},
		"around another":             {"prefix", "", "overlap: one lies inside the other"},
		"a title that is too long":   {"title", strings.Repeat("x", 121), "at most 120"},
		"a description with a trick": {"description", "a\u202eb", "changes of the direction"},
	} {
		t.Run(name, func(t *testing.T) {
			var fields []string
			for field, value := range whole {
				if field == tt.field {
					value = tt.entered
				}
				fields = append(fields, field, value)
			}
			a := s.ada.post("/admin/datasets", fields...)
			if tt.field == "terms" { // nothing of the list is chosen
				if a.code != 422 || len(a.all(".field:has(select[name=terms]) .fault")) != 1 {
					t.Errorf("terms that are not there: %d", a.code)
				}
			} else {
				a.wantFault(t, tt.field, tt.says, tt.entered)
			}
			if tt.field != "description" {
				a.want(t, "textarea[name=description]", "kept")
			}
			if got := a.attributes("[name=bucket] [selected]", "value"); !slices.Equal(got, []string{"lab"}) {
				t.Errorf("the bucket chosen is %q", got)
			}
			if got := a.attributes("[name=listed][checked]", "value"); !slices.Equal(got, []string{"yes"}) {
				t.Errorf("what is shown to others is %q", got)
			}
		})
	}
	if got := s.ada.get("/admin/datasets").all("tbody th"); len(got) != 2 {
		t.Errorf("there are datasets %q", got)
	}
}

func TestChangeDataset(t *testing.T) {
	s := newScene(t)
	path := at("datasets", s.i58)
	a := s.mia.get(path)
	a.want(t, "main h2", "Opened for", "Locations", "Name and description")
	if got := a.attributes("form[action$='/"+str(s.i58)+"'] [name]", "name"); !slices.Equal(got, []string{"title", "description"}) {
		t.Errorf("a manager may change %q", got)
	}
	if got := a.attributes("select[name=permission] option", "value"); !slices.Equal(got, []string{"view", "edit"}) {
		t.Errorf("a manager may give %q", got)
	}
	s.mia.change(path, "title", "Subject 58", "description", "A brain.").want(t, notice, "You changed the dataset “I58”: description: none → “A brain.”; title: “The I58” → “Subject 58”.")
	for _, form := range [][]string{{"listed", "yes"}, {"terms", "0"}, {"name", "X"}, {"retired", "yes"}, {"retired", "yes", "confirm", "yes"}, {"title", "X", "listed", "no"}} {
		if a = s.mia.post(path, form...); a.code != 403 {
			t.Errorf("a manager changes %q: %d", form, a.code)
		}
	}
	a = s.ada.change(path, "name", "I-58", "title", "Subject 58", "description", "A brain.", "listed", "yes", "terms", "0")
	a.want(t, notice, "You changed the dataset “I-58”: listed: no → yes; name: “I58” → “I-58”.")
	a.want(t, "h1", "Subject 58")
	s.ada.post(path, "name", "m1", "title", "kept").wantFault(t, "name", "another dataset of this name", "m1")
	if a := s.ada.post(path, "terms", "x"); a.code != 422 {
		t.Errorf("terms that are no number = %d", a.code)
	}
}

// Who manages one dataset, or none, reaches for another.
func TestOtherDataset(t *testing.T) {
	s := newScene(t)
	path := at("datasets", s.m1)
	for _, who := range []*browser{s.mia, s.gil, s.ben, s.eve} {
		if a := who.get(path); a.code != 403 {
			t.Errorf("GET %s of %s = %d, want 403", path, who.who.Name, a.code)
		}
		for _, form := range [][]string{
			{path, "title", "X"},
			{path, "retired", "yes"},
			{path + "/locations", "id", "new-one", "bucket", "archive", "prefix", "x/"},
			{path + "/locations/m1-raw", "bucket", "archive", "prefix", "x/", "confirm", "yes"},
			{path + "/locations/m1-raw/retire", "retired", "yes"},
			{path + "/grants", "group", str(s.hip), "permission", "view"},
			{path + "/grants/remove", "group", str(s.hip), "permission", "view"},
			{at("datasets", s.i58, "locations"), "id", "new-one", "bucket", "archive", "prefix", "x/"},
			{at("datasets", s.i58, "locations", "i58-raw"), "bucket", "archive", "prefix", "x/"},
			{at("datasets", s.i58, "locations", "i58-raw", "retire"), "retired", "yes"},
			{at("datasets", s.i58, "grants"), "group", str(s.hip), "permission", "manage"},
			{at("datasets", s.i58, "grants"), "group", "1", "permission", "view"},
			{at("datasets", s.i58, "grants", "remove"), "group", str(s.managers), "permission", "manage"},
			{"/admin/datasets", "name", "X", "listed", "no"},
		} {
			if a := who.post(form[0], form[1:]...); a.code != 403 {
				t.Errorf("POST %q of %s = %d, want 403: %q", form, who.who.Name, a.code, a.all("h1"))
			}
		}
	}
	if s.rights(s.eve.who).Level(s.m1) != access.None || s.rights(s.ben.who).Level(s.i58) != access.View {
		t.Error("something was given or taken")
	}
}

func TestLocations(t *testing.T) {
	s := newScene(t)
	path := at("datasets", s.i58)
	a := s.ada.change(path+"/locations", "id", "i58-seg", "bucket", "archive", "prefix", "seg")
	a.wantRow(t, "i58-raw", "lab", "i58-raw/")
	a.wantRow(t, "i58-seg", "archive", "seg/")
	a = s.ada.post(path+"/locations", "id", "i58-more", "bucket", "archive", "prefix", "seg/more/")
	a.wantFault(t, "prefix", "overlap", "seg/more/")
	if got := a.attributes("form[action$='/locations'] [name=id]", "value"); !slices.Equal(got, []string{"i58-more"}) {
		t.Errorf("the id that was entered is lost: %q", got)
	}
	s.ada.post(path+"/locations", "id", "i58-new", "bucket", "no such", "prefix", "x/").want(t, ".field:has([name=bucket]) .fault", "Error: Name the bucket, without “s3://” and slashes.")

	a = s.ada.get(path + "?location=i58-seg")
	a.want(t, "main h2", "Opened for", "Move i58-seg", "Locations", "Name and description", "Retire the dataset")
	if got := a.attributes("section:has(h2#s-3) [name=bucket] [selected]", "value"); !slices.Equal(got, []string{"archive"}) {
		t.Errorf("the form to move has the bucket %q", got)
	}
	a = s.ada.post(path+"/locations/i58-seg", "bucket", "lab", "prefix", "seg/")
	a.want(t, ".summary li", "Yes, the same data lie there: Tick the box to go on.")
	if a.code != 422 {
		t.Errorf("moving without the tick = %d", a.code)
	}
	s.ada.post(path+"/locations/i58-seg", "bucket", "lab", "prefix", "m1-raw/", "confirm", "yes").wantFault(t, "prefix", "overlap", "m1-raw/")
	a = s.ada.change(path+"/locations/i58-seg", "bucket", "lab", "prefix", "seg/", "confirm", "yes")
	a.want(t, notice, "You changed the location “i58-seg” of the dataset “I58”: bucket: archive → lab.")
	a.wantRow(t, "i58-seg", "lab", "seg/")
	s.undo(s.ada, a).wantRow(t, "i58-seg", "archive", "seg/")

	if a = s.ada.post(path+"/locations/i58-seg/retire", "retired", "yes"); a.code != 200 {
		t.Errorf("retiring = %d, want a question", a.code)
	}
	a.want(t, "h1", "You are about to retire the location i58-seg")
	s.ada.change(path+"/locations/i58-seg/retire", "retired", "yes", "confirm", "yes").wantRow(t, "i58-seg retired")
	if _, _, err := s.rights(s.ada.who).Location("i58-seg"); err == nil {
		t.Error("a retired location is still there")
	}
	a = s.ada.change(path+"/locations/i58-seg/retire", "retired", "no")
	a.wantRow(t, "i58-seg archive")
	for _, id := range []string{"m1-raw", "none-such", "..%2F..", "%3Cscript%3E"} {
		if a := s.ada.post(path+"/locations/"+id, "bucket", "lab", "prefix", "y/", "confirm", "yes"); a.code != 404 {
			t.Errorf("moving %s of another dataset = %d, want 404", id, a.code)
		}
	}
}

// A bucket that has left the configuration is said to have.
func TestLocationOfNoBucket(t *testing.T) {
	s := newScene(t)
	err := s.config.Store.AddLocation(t.Context(), s.rights(s.ada.who), s.i58, access.Location{ID: "old-one", Bucket: "gone", Prefix: "x/"})
	if err != nil {
		t.Fatal(err)
	}
	s.ada.get(at("datasets", s.i58)).wantRow(t, "old-one", "gone not configured")
}

func TestRetireDataset(t *testing.T) {
	s := newScene(t)
	path := at("datasets", s.i58)
	a := s.ada.post(path, "retired", "yes")
	a.want(t, "h1", "You are about to retire The I58")
	if a.code != 200 || s.rights(s.ben.who).Level(s.i58) != access.View {
		t.Errorf("the question = %d, or has done it", a.code)
	}
	a = s.ada.change(path, "retired", "yes", "confirm", "yes")
	a.want(t, "section:first-of-type .badge", "retired")
	a.want(t, "main h2", "Opened for", "Locations", "Name and description", "Bring the dataset back")
	if code := s.ben.get("/browse/I58/").code; code != 404 {
		t.Errorf("a retired dataset = %d, want 404", code)
	}
	s.ada.post("/admin/datasets", "name", "I58", "listed", "no").wantFault(t, "name", "names are not used again", "I58")
	// Its place may be taken meanwhile; then it cannot come back.
	s.ada.change(at("datasets", s.m1, "locations"), "id", "m1-more", "bucket", "lab", "prefix", "i58-raw/")
	if a = s.ada.post(path, "retired", "no"); a.code != 422 || !strings.Contains(a.body, "overlap") {
		t.Errorf("bringing back into a place that is taken = %d", a.code)
	}
	s.ada.change(at("datasets", s.m1, "locations", "m1-more", "retire"), "retired", "yes", "confirm", "yes")
	s.ada.change(path, "retired", "no").want(t, notice, "You changed the dataset “I58”: retired: yes → no.")
}

func TestGrants(t *testing.T) {
	s := newScene(t)
	path := at("datasets", s.i58)
	friends := s.ada.group("Friends", s.eve)
	a := s.mia.change(path+"/grants", "group", str(friends), "permission", "view", "expires", "2999-12-31")
	a.want(t, notice, "You gave the group “Friends” the permission “view” on “I58”.")
	a.wantRow(t, "Friends", "view", "1 January 3000, 00:00 UTC")
	if s.rights(s.eve.who).Level(s.i58) != access.View {
		t.Error("the grant opens nothing")
	}
	a = s.mia.post(path+"/grants/remove", "group", str(friends), "permission", "view")
	a.want(t, "h1", "You are about to take “view” on The I58 from Friends")
	if a.code != 200 || s.rights(s.eve.who).Level(s.i58) != access.View {
		t.Errorf("the question = %d, or has done it", a.code)
	}
	s.mia.change(path+"/grants/remove", "group", str(friends), "permission", "view", "confirm", "yes").lacksRow(t, "Friends")
	if s.rights(s.eve.who).Level(s.i58) != access.None {
		t.Error("what was taken back is still there")
	}
	if a = s.mia.post(path+"/grants/remove", "group", str(friends), "permission", "view", "confirm", "yes"); a.code != 404 {
		t.Errorf("taking back what is not there = %d, want 404", a.code)
	}
	a = s.ada.get(path)
	if got := a.attributes("select[name=permission] option", "value"); !slices.Equal(got, []string{"view", "edit", "manage", "admin"}) {
		t.Errorf("an administrator may give %q", got)
	}
	a.want(t, "select[name=group] option", "Choose a group", "everyone: whoever has signed in", "Friends", "HiP-CT", "I58 managers", "public: whoever comes")
	s.mia.get(path).want(t, "select[name=group] option", "Choose a group", "Friends", "HiP-CT", "I58 managers")
	s.ada.change(path+"/grants", "group", str(friends), "permission", "view", "other", "annotate").wantRow(t, "Friends", "annotate")
	a = s.ada.post(path+"/grants", "group", str(friends), "permission", "view", "other", "No Such")
	a.wantFault(t, "other", "small letters", "No Such")
	a = s.ada.post(path+"/grants", "group", str(friends), "permission", "edit", "expires", "1999-01-01")
	a.wantFault(t, "expires", "has passed", "1999-01-01")
	if got := a.attributes("select[name=permission] [selected]", "value"); !slices.Equal(got, []string{"edit"}) {
		t.Errorf("the permission chosen is lost: %q", got)
	}
	if got := a.attributes("select[name=group] [selected]", "value"); !slices.Equal(got, []string{str(friends)}) {
		t.Errorf("the group chosen is lost: %q", got)
	}
	for _, group := range []string{"", "4711", "no such"} {
		if a = s.ada.post(path+"/grants", "group", group, "permission", "view"); a.code != 422 || len(a.all(".field:has([name=group]) .fault")) != 1 {
			t.Errorf("the group %q is answered with %d %q", group, a.code, a.all(".fault"))
		}
	}
}

// Of very many groups one is named, not chosen.
func TestGrantToOneOfMany(t *testing.T) {
	s := newScene(t)
	s.exec(`INSERT INTO groups (name, folded, created) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		SELECT printf('Group %04d', i), printf('group %04d', i), 1000 FROM n`, 1000)
	path := at("datasets", s.i58)
	if a := s.mia.get(path); len(a.nodes("select[name=group]")) > 0 || len(a.nodes("input[name=group][type=text]")) != 1 {
		t.Errorf("a thousand groups are listed, the page has %d kB", len(a.body)/1000)
	}
	s.mia.change(path+"/grants", "group", "group 0042", "permission", "view").wantRow(t, "Group 0042", "view")
	s.mia.post(path+"/grants", "group", "Group 004", "permission", "view").wantFault(t, "group", "There is “Group 0040”, “Group 0041”", "Group 004")
	s.mia.post(path+"/grants", "group", "Nobody", "permission", "view").wantFault(t, "group", "no group of this name", "Nobody")
}
