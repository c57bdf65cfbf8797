package handlers_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"ngportal/auth"
	"ngportal/handlers"
	"ngportal/store"
)

func TestHomeOfMany(t *testing.T) {
	p := startPortal(t, nil)
	var sets []store.SeedDataset
	for i := range 450 {
		d := lab(fmt.Sprintf("set-%03d", i), nil, fmt.Sprintf("place-%03d", i))
		if i < 210 {
			d.Viewers = []string{"*"}
		}
		if i == 209 {
			d.Title, d.Description = "<b>Last</b>", "Of the Cerebellum"
		}
		sets = append(sets, d)
	}
	p.seed(sets...)
	ada, ben := p.signIn(admin), p.signIn("ben@example.org")
	if got := ben.get("/").nodes("search"); len(got) != 1 {
		t.Errorf("there is no search in 210 datasets")
	}
	for i := range 5 {
		ada.list(true, fmt.Sprintf("set-%03d", 300+i))
	}
	const open, ask = ".cards:not(.ask) a", ".cards.ask h3"
	for name, tt := range map[string]struct {
		path      string
		open, ask int
		first     string
		says      string
	}{
		"all":             {"/", 200, 5, "The set-000", "The first 200 of 210 datasets. Search for the others."},
		"by name":         {"/?q=SET-30", 0, 5, "", "5 datasets found."},
		"by title":        {"/?q=%3Cb%3E", 1, 0, "<b>Last</b>", "1 dataset found."},
		"by description":  {"/?q=+cerebellum+", 1, 0, "<b>Last</b>", "1 dataset found."},
		"too many":        {"/?q=set-", 200, 5, "The set-000", "The first 200 of 210 datasets. Search for the others."},
		"nothing":         {"/?q=%3Cscript%3E", 0, 0, "", "No dataset has “<script>” in its title, name or description."},
		"hidden, by name": {"/?q=set-440", 0, 0, "", "No dataset has “set-440” in its title, name or description."},
	} {
		t.Run(name, func(t *testing.T) {
			page := ben.get(tt.path)
			wantPage(t, page, 200, "Data")
			cards := page.all(open)
			if len(cards) != tt.open || len(page.all(ask)) != tt.ask || tt.open > 0 && cards[0] != tt.first {
				t.Errorf("GET %s shows %d datasets %.60q and %d to ask for, want %d from %q and %d", tt.path, len(cards), cards, len(page.all(ask)), tt.open, tt.first, tt.ask)
			}
			if !slices.Contains(page.all("main p"), tt.says) {
				t.Errorf("GET %s does not say %q: %q", tt.path, tt.says, page.all("main p"))
			}
			query, _ := url.ParseQuery(strings.TrimPrefix(tt.path, "/?"))
			if got := page.attributes("search input", "value"); !slices.Equal(got, []string{query.Get("q")}) {
				t.Errorf("GET %s searches for %q", tt.path, got)
			}
			if strings.Contains(page.body, "<script>alert") || len(page.nodes("main .cards b")) != 0 {
				t.Errorf("GET %s: a title became markup", tt.path)
			}
		})
	}
}

// A few datasets need no search.
func TestHomeOfFew(t *testing.T) {
	small := startPortal(t, nil)
	small.seed(lab("one", []string{"*"}, "place-1"))
	if page := small.signIn("ben@example.org").get("/"); len(page.nodes("search")) != 0 || len(page.all(".cards a")) != 1 {
		t.Errorf("one dataset is to be searched for:\n%s", page.body)
	}
}

// With 5,000 datasets the first page stays quick and small.
func TestHomeIsQuick(t *testing.T) {
	p := startPortal(t, nil)
	var sets []store.SeedDataset
	for i := range 5000 {
		d := lab(fmt.Sprintf("set-%04d", i), []string{"*"}) // without locations: comparing each with all takes half a minute
		d.Description = strings.Repeat("A sentence on what it is. ", 20)
		sets = append(sets, d)
	}
	p.seed(sets...)
	ben := p.signIn("ben@example.org")
	ben.get("/") // reads the policy
	for _, path := range []string{"/", "/?q=set-49", "/?q=sentence", "/settings", "/settings?q=set-49&page=2"} {
		began := time.Now()
		page := ben.get(path)
		took := time.Since(began)
		t.Logf("GET %s: %s, %d kB", path, took.Round(time.Millisecond/10), len(page.body)>>10)
		if page.code != 200 || len(page.body) > 400<<10 {
			t.Errorf("GET %s = %d with %d bytes, want at most 400 kB", path, page.code, len(page.body))
		}
		if took > 2*time.Second { // some 30 ms where nothing else goes on
			t.Errorf("GET %s took %s", path, took)
		}
	}
}

// startPublic is a portal with a dataset open to everyone, one that is so but for its terms, one that is listed and one that is
// hidden, and the browser of somebody who has not signed in.
func startPublic(t *testing.T) (*portal, *clerk, *browser) {
	t.Helper()
	var clerk *clerk
	p := startPortal(t, func(c *handlers.Config) {
		clerk = newClerk(c)
		c.Viewers = clerk
	}, newBucket(t))
	p.seed(lab("open", nil, "a-open"), lab("listed", nil, "b-listed"), lab("shut", nil, "c-shut"), lab("bound", nil, "d-bound"))
	put(t, "lab/a-open/v.zarr/.zarray", []byte(volumeJSON))
	put(t, "lab/a-open/v.zarr/0.0.0", make([]byte, 64))
	put(t, "lab/c-shut/v.zarr/.zarray", []byte(volumeJSON))
	ada := p.signIn(admin)
	ada.grant("open", p.group("public"), "view")
	ada.grant("bound", p.group("public"), "view")
	ada.bind("bound", "Rules", "Be kind")
	ada.list(true, "listed")
	return p, clerk, p.nobody()
}

// Somebody who has not signed in sees what is public, and nothing is kept of that.
func TestPublic(t *testing.T) {
	p, _, visitor := startPublic(t)
	home := visitor.get("/")
	wantPage(t, home, 200, "Look at imaging data where they lie")
	if got := home.all(".cards a"); !slices.Equal(got, []string{"The open", "The bound"}) || !slices.Equal(home.all("main h2"), []string{"Open to everyone"}) {
		t.Errorf("the first page shows %q under %q", got, home.all("main h2"))
	}
	looked := visitor.get("/browse/open/")
	wantPage(t, looked, 200, "The open")
	wantPage(t, visitor.get("/asset/open/v.zarr/"), 200, "v.zarr")
	if got := looked.header.Values("Set-Cookie"); len(got) != 0 {
		t.Errorf("looking sets %q", got)
	}
	ada := p.signIn(admin)
	for _, name := range []string{"open", "bound"} {
		if err := p.config.Store.RemoveGrant(t.Context(), p.rights(ada.who), p.id(name), p.group("public"), "view"); err != nil {
			t.Fatal(err)
		}
	}
	if got := visitor.get("/").all("main h2, main .cards"); len(got) != 0 {
		t.Errorf("where nothing is public the first page has %q", got)
	}
	if a := visitor.get("/browse/open/"); a.code != 303 {
		t.Errorf("what is not public any more = %d, want 303", a.code)
	}
}

// For all else they are asked to sign in, whether or not it is there.
func TestPublicAsksToSignIn(t *testing.T) {
	_, clerk, visitor := startPublic(t)
	for name, path := range map[string]string{
		"a listed dataset": "/browse/listed/", "a hidden dataset": "/browse/shut/", "no dataset": "/browse/nope/", "one with terms": "/browse/bound/",
		"a hidden asset": "/asset/shut/v.zarr/", "no asset": "/asset/nope/v.zarr/", "a hidden tree": "/tree/shut/", "no tree": "/tree/nope/",
		"the tray": "/tray", "the links": "/links", "the settings": "/settings", "requests": "/requests", "a request": "/request/shut",
		"no link": "/s/abcdef", "terms": "/terms/1",
	} {
		a := visitor.get(path)
		if a.code != 303 || a.location() != "/login?return="+url.QueryEscape(path) || len(a.header.Values("Set-Cookie")) != 0 {
			t.Errorf("%s: GET %s = %d to %q with %q, want 303 to the sign-in", name, path, a.code, a.location(), a.header.Values("Set-Cookie"))
		}
	}
	const public, hidden = "open/a-open/v.zarr/", "shut/c-shut/v.zarr/"
	var bodies []string
	for name, fields := range map[string][]string{
		"hidden": {"asset", hidden}, "absent": {"asset", "nope/c-shut/v.zarr/"}, "of another place": {"asset", "open/c-shut/v.zarr/"},
		"with terms": {"asset", "bound/d-bound/x"}, "public and hidden": {"asset", public, "asset", hidden}, "a link to keep": {"asset", public, "copy", "1"},
	} {
		a := visitor.post("/open", fields...)
		if a.code != 401 || clerk.fragment != "" {
			t.Errorf("%s: POST /open = %d, ticket at %q; want 401 and none", name, a.code, clerk.fragment)
		}
		bodies = append(bodies, requestForm.ReplaceAllString(a.body, ""))
	}
	if bodies = slices.Compact(bodies); len(bodies) != 1 {
		t.Errorf("the answers differ:\n%s", strings.Join(bodies, "\n"))
	}
}

// Opening public data makes a session of nobody.
func TestPublicOpens(t *testing.T) {
	p, clerk, visitor := startPublic(t)
	opened := visitor.keep(visitor.post("/open", "asset", "open/a-open/v.zarr/"))
	found := ticketForm.FindStringSubmatch(opened.location())
	if opened.code != 303 || found == nil || !slices.Equal(clerk.locations, []string{"a-open"}) {
		t.Fatalf("POST /open = %d to %q for %q\n%s", opened.code, opened.location(), clerk.locations, opened.body)
	}
	who, session, err := p.sessions.Person(requestOf(visitor))
	if err != nil || who.SignedIn() || session.Hash == (store.Hash{}) {
		t.Errorf("the session is of %+v, %v; want one of nobody", who, err)
	}
	if _, err := clerk.Redeem(t.Context(), found[1]); err != nil {
		t.Errorf("the ticket: %v", err)
	}
	if a := visitor.get("/settings"); a.code != 303 {
		t.Errorf("nobody has settings: %d", a.code)
	}
	again := visitor.post("/open", "asset", "open/a-open/v.zarr/")
	if again.code != 303 || len(again.header.Values("Set-Cookie")) != 0 {
		t.Errorf("opening again = %d with %q, want the same session", again.code, again.header.Values("Set-Cookie"))
	}
}

// newClerk remembers the tickets of the portal c.
func newClerk(c *handlers.Config) *clerk {
	return &clerk{Viewer: &auth.Viewer{Store: c.Store, Policies: c.Policies, Idle: time.Hour, Lifetime: time.Hour, Now: time.Now}}
}

const volumeJSON = `{"zarr_format":2,"shape":[4,4,4],"chunks":[4,4,4],"dtype":"|u1","compressor":null,"fill_value":0,"order":"C","filters":null}`
