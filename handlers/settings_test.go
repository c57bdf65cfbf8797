package handlers_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/store"
)

// Ben's names, and what becomes of them.
func TestSettingsName(t *testing.T) {
	p := startPortal(t, nil)
	ben := p.signIn("ben@example.org")
	page := ben.get("/settings")
	wantPage(t, page, 200, "Profile")
	if got := page.all(".tabs a"); !slices.Equal(got, []string{"Profile", "Sessions", "Tokens", "Terms", "Requests"}) {
		t.Errorf("the tabs are %q", got)
	}
	if got := page.values("/settings/name")["name"]; got != "" {
		t.Errorf("the name of the provider is in the form as %q, want it empty", got)
	}
	wantDone(t, p.nobody().get("/settings"), "/login?return=%2Fsettings")
	for name, tt := range map[string]struct{ entered, want string }{
		"plain":                     {"Ben Ado", "Ben Ado"},
		"spaces around":             {"  Ben  ", "Ben"},
		"markup":                    {`<script>alert(1)</script>`, `<script>alert(1)</script>`},
		"from right to left":        {"בן", "בן"},
		"back to the provider's":    {"", "Ben"},
		"quotes that end attribute": {`"><img src=x>`, `"><img src=x>`},
	} {
		t.Run(name, func(t *testing.T) {
			wantDone(t, ben.post("/settings/name", "name", tt.entered), "/settings")
			page := ben.get("/settings")
			if got := page.all(".me span"); !slices.Equal(got, []string{tt.want}) {
				t.Errorf("the header names %q, want %q", got, tt.want)
			}
			if strings.Contains(page.body, "<script>alert") || strings.Contains(page.body, "<img src=x>") {
				t.Errorf("the name became markup:\n%s", page.body)
			}
			want := tt.want
			if tt.entered == "" {
				want = ""
			}
			if got := page.values("/settings/name")["name"]; got != want {
				t.Errorf("the form holds %q, want %q", got, want)
			}
		})
	}
}

func TestSettingsNameFaults(t *testing.T) {
	ben := startPortal(t, nil).signIn("ben@example.org")
	for name, entered := range map[string]string{
		"too long": strings.Repeat("x", 121), "markup that is too long": strings.Repeat("<b>", 50), "turns the page around": "Ben\u202eAdo",
	} {
		t.Run(name, func(t *testing.T) {
			page := ben.post("/settings/name", "name", entered)
			wantPage(t, page, 422, "Profile")
			if len(page.all("#s-1-1-1-fault")) != 1 || len(page.all(".summary li")) != 1 {
				t.Errorf("the fault is not told at the field and at the top:\n%s", page.body)
			}
			if got := page.all(".me span"); !slices.Equal(got, []string{"Ben"}) {
				t.Errorf("the header names %q, want the name of before", got)
			}
			if got := page.values("/settings/name")["name"]; got != entered {
				t.Errorf("the form holds %q, want what was entered", got)
			}
		})
	}
}

// What somebody may see has its reasons, by group, since and until.
func TestSettingsReasons(t *testing.T) {
	p := startPortal(t, nil)
	p.seed(lab("everyones", []string{"*"}, "place-1"), lab("bens", nil, "place-2"), lab("shut", nil, "place-3"), lab("open", nil, "place-4"))
	ada, ben := p.signIn(admin), p.signIn("ben@example.org")
	team := ada.group("<b>Team</b>")
	until := time.Date(2199, 5, 1, 0, 0, 0, 0, time.UTC)
	ada.member(access.Member{Group: team, Person: ben.who.ID, Expires: until})
	ada.grant("bens", team, "edit")
	for permission, ends := range map[string]time.Time{"view": until.AddDate(-1, 0, 0), "other": until.AddDate(1, 0, 0)} {
		g := access.Grant{Dataset: p.id("bens"), Group: team, Permission: permission, Expires: ends}
		if err := p.config.Store.SetGrant(t.Context(), p.rights(ada.who), g); err != nil {
			t.Fatal(err)
		}
	}
	ada.grant("open", p.group(access.Public), "view")
	today := time.Now().UTC().Format("2 January 2006")
	for name, tt := range map[string]struct {
		who  *browser
		want []string
	}{
		"a member": {ben, []string{
			`The everyones everyones | view | Everyone may who has signed in. | TODAY | never`,
			`The bens bens | edit | You are in the group <b>Team</b>. | TODAY | 1 May 2199, 00:00 UTC`,
			`The bens bens | view | You are in the group <b>Team</b>. | TODAY | 1 May 2198, 00:00 UTC`,
			`The bens bens | other | You are in the group <b>Team</b>. | TODAY | 1 May 2199, 00:00 UTC`,
			`The open open | view | It is public. | TODAY | never`,
		}},
		"an administrator": {ada, []string{
			`The everyones everyones | admin | You administer the portal. |  | `,
			`The everyones everyones | view | Everyone may who has signed in. | TODAY | never`,
			`The bens bens | admin | You administer the portal. |  | `,
			`The shut shut | admin | You administer the portal. |  | `,
			`The open open | admin | You administer the portal. |  | `,
			`The open open | view | It is public. | TODAY | never`,
		}},
	} {
		var got []string
		for _, row := range tt.who.get("/settings").table("What you may see, and why") {
			got = append(got, regexp.MustCompile(today+`, \d\d:\d\d UTC`).ReplaceAllString(row, "TODAY"))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
	}
}

// group is the number of the group of a kind.
func (p *portal) group(kind access.GroupKind) int64 {
	p.t.Helper()
	facts, _, err := p.config.Store.Facts(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	for _, g := range facts.Groups {
		if g.Kind == kind {
			return g.ID
		}
	}
	p.t.Fatalf("there is no group of the kind %q", kind)
	return 0
}

func TestSettingsReasonsOfMany(t *testing.T) {
	p := startPortal(t, nil)
	var sets []store.SeedDataset
	for i := range 120 {
		sets = append(sets, lab(fmt.Sprintf("set-%03d", i), []string{"*"}, fmt.Sprintf("place-%03d", i)))
	}
	p.seed(sets...)
	ben := p.signIn("ben@example.org")
	for name, tt := range map[string]struct {
		path        string
		rows        int
		first       string
		position    string
		before, end bool
	}{
		"first page":           {"/settings", 50, "The set-000", "1–50 of 120", false, false},
		"last page":            {"/settings?page=3", 20, "The set-100", "101–120 of 120", true, true},
		"beyond the last":      {"/settings?page=9", 0, "", "Nothing on this page, 120 in all", false, true},
		"no number":            {"/settings?page=x", 50, "The set-000", "1–50 of 120", false, false},
		"found":                {"/settings?q=SET-07", 10, "The set-070", "", false, true},
		"found nothing":        {"/settings?q=%3Cb%3E", 0, "", "", false, true},
		"pages keep the words": {"/settings?q=set-&page=2", 50, "The set-050", "51–100 of 120", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			page := ben.get(tt.path)
			rows := page.table("What you may see, and why")
			if page.code != 200 || len(rows) != tt.rows || tt.rows > 0 && !strings.HasPrefix(rows[0], tt.first) {
				t.Errorf("GET %s = %d with %d rows %.80q, want %d from %q", tt.path, page.code, len(rows), rows, tt.rows, tt.first)
			}
			if got := strings.Join(page.all(".pager p"), ""); got != tt.position {
				t.Errorf("GET %s: at %q, want %q", tt.path, got, tt.position)
			}
			next, before := page.attributes(".pager [rel=next]", "href"), page.attributes(".pager [rel=prev]", "href")
			if (len(next) == 0) != tt.end || (len(before) > 0) != tt.before {
				t.Errorf("GET %s: leads on to %q and back to %q", tt.path, next, before)
			}
			if strings.Contains(tt.path, "q=set-") && !slices.Equal(next, []string{"/settings?page=3&q=set-"}) {
				t.Errorf("GET %s leads on to %q", tt.path, next)
			}
		})
	}
}

func TestLeaveGroup(t *testing.T) {
	p := startPortal(t, nil)
	p.seed(lab("bens", nil, "place-1"), lab("both", []string{"*"}, "place-2"))
	ada, ben, eve := p.signIn(admin), p.signIn("ben@example.org"), p.signIn("eve@example.org")
	team, other := ada.group("Team", ben), ada.group("Other", eve)
	ada.grant("bens", team, "view")
	ada.grant("both", team, "view")
	if got := ben.get("/settings").table("Groups"); len(got) != 1 || !strings.HasPrefix(got[0], "Team | ") || !strings.HasSuffix(got[0], " | never | Leave Team") {
		t.Fatalf("the groups are %q", got)
	}
	leave := fmt.Sprintf("/settings/groups/%d/leave", team)
	page := ben.get(leave)
	wantPage(t, page, 200, "You are about to leave Team")
	if got := page.all(".what"); !slices.Equal(got, []string{
		"You cannot come back by yourself: an administrator of the group would have to let you in again.",
		"You will not see any more: The bens.",
	}) {
		t.Errorf("the page says %q", got)
	}
	for name, path := range map[string]string{
		"another's group": fmt.Sprintf("/settings/groups/%d/leave", other), "no group": "/settings/groups/99/leave",
		"no number": "/settings/groups/x/leave", "everyone": fmt.Sprintf("/settings/groups/%d/leave", p.group(access.Everyone)),
	} {
		for method, a := range map[string]answer{"GET": ben.get(path), "POST": ben.post(path, "confirm", "yes")} {
			if a.code != 404 {
				t.Errorf("%s: %s %s = %d, want 404", name, method, path, a.code)
			}
		}
	}
	wantPage(t, ben.post(leave), 200, "You are about to leave Team")
	wantPage(t, ben.post(leave+"?confirm=yes"), 200, "You are about to leave Team") // an address is no yes
	if a := ben.get("/browse/bens/"); a.code == 404 {
		t.Fatal("the group was left without a yes")
	}
	left := ben.sent(page, leave)
	wantDone(t, left, "/settings")
	if page = ben.get(left.location()); len(page.nodes(".note.success")) != 1 || len(page.nodes(".note form")) != 0 {
		t.Errorf("the page does not say so, or offers to undo what Ben may not:\n%s", page.body)
	}
	if a := ben.get("/browse/bens/"); a.code != 404 {
		t.Errorf("GET /browse/bens/ = %d after leaving, want 404", a.code)
	}
	if a := ben.post(leave, "confirm", "yes"); a.code != 404 {
		t.Errorf("leaving twice = %d, want 404", a.code)
	}
	if n := len(eve.get("/settings").table("Groups")); n != 1 {
		t.Errorf("Eve is in %d groups, want 1", n)
	}
}
