package handlers_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/handlers"
	"ngportal/s3index"
	"ngportal/store"
)

// admin administers the portals of the tests from the first sign-in on.
const admin = "ada@example.org"

// A portal is one that serves over a socket, with a database of its own.
type portal struct {
	t        testing.TB
	address  string
	file     string // of the database
	config   handlers.Config
	sessions *auth.Sessions
}

// startPortal serves a portal to buckets, after change (unless nil) has been at its configuration.
func startPortal(t testing.TB, change func(*handlers.Config), buckets ...*s3index.Bucket) *portal {
	t.Helper()
	file := filepath.Join(t.TempDir(), "portal.db")
	db, err := store.Open(t.Context(), "sqlite://"+file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	policies := auth.NewPolicies(db)
	p := &portal{t: t, file: file, config: handlers.Config{
		PortalURL: "http://localhost", ViewerURL: "http://localhost:1", Library: s3index.NewLibrary(buckets), Policies: policies,
		Store: db, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Viewers: &auth.Viewer{Store: db, Policies: policies, Idle: time.Hour, Lifetime: time.Hour, Now: time.Now},
	}}
	p.sessions, err = auth.NewSessions(auth.SessionConfig{
		URL: "http://localhost", Keys: auth.NewKeys(), Idle: time.Hour, Absolute: time.Hour, Admins: []string{admin}, Store: db, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.config.Sessions = p.sessions
	if change != nil {
		change(&p.config)
	}
	p.seed()
	srv := httptest.NewServer(handlers.New(p.config))
	t.Cleanup(srv.Close)
	p.address = srv.URL
	return p
}

// seed makes datasets as the configuration does.
func (p *portal) seed(sets ...store.SeedDataset) {
	p.t.Helper()
	if err := p.config.Store.Seed(p.t.Context(), p.config.Now(), sets); err != nil {
		p.t.Fatal(err)
	}
}

// lab is a dataset in the bucket lab, with locations at folders of their own names; viewers are addresses, or "*".
func lab(name string, viewers []string, locations ...string) store.SeedDataset {
	d := store.SeedDataset{Dataset: access.Dataset{Name: name, Title: "The " + name}, Viewers: viewers}
	for _, id := range locations {
		d.Locations = append(d.Locations, access.Location{ID: id, Bucket: "lab", Prefix: id + "/"})
	}
	return d
}

// rights are what somebody may do in a browser.
func (p *portal) rights(who access.Person) access.Rights {
	p.t.Helper()
	r, err := p.config.Policies.Rights(p.t.Context(), who, p.config.Now())
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

// id is the number of a dataset that is in use.
func (p *portal) id(dataset string) int64 {
	p.t.Helper()
	facts, _, err := p.config.Store.Facts(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	for _, d := range facts.Datasets {
		if d.Name == dataset {
			return d.ID
		}
	}
	p.t.Fatalf("there is no dataset %q", dataset)
	return 0
}

// A browser is one in which somebody has signed in.
type browser struct {
	portal *portal
	who    access.Person
	jar    []*http.Cookie
}

// nobody is a browser in which nobody has signed in.
func (p *portal) nobody() *browser { return &browser{portal: p} }

// signIn has somebody sign in with an address, and with what is before the @ as their name, the first letter in upper case.
func (p *portal) signIn(email string) *browser {
	p.t.Helper()
	name, _, _ := strings.Cut(email, "@")
	return p.signInAs(access.Identity{Subject: email, Email: email, Name: strings.ToUpper(name[:1]) + name[1:]})
}

func (p *portal) signInAs(i access.Identity) *browser {
	p.t.Helper()
	i.Issuer = "https://id.example.org"
	rec := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(p.t.Context(), http.MethodGet, "/", nil)
	if err := p.sessions.SignIn(rec, r, "test", i, "192.0.2.7"); err != nil {
		p.t.Fatal(err)
	}
	b := &browser{portal: p, jar: rec.Result().Cookies()}
	r = httptest.NewRequestWithContext(p.t.Context(), http.MethodGet, "/", nil)
	for _, c := range b.jar {
		r.AddCookie(c)
	}
	var err error
	if b.who, _, err = p.sessions.Person(r); err != nil || !b.who.SignedIn() {
		p.t.Fatalf("signed in as %+v: %v", b.who, err)
	}
	return b
}

// group makes a group with members, by the hand of an administrator, and returns its number.
func (b *browser) group(name string, members ...*browser) int64 {
	b.portal.t.Helper()
	t, db := b.portal.t, b.portal.config.Store
	id, err := db.AddGroup(t.Context(), b.portal.rights(b.who), name, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range members {
		b.member(access.Member{Group: id, Person: m.who.ID})
	}
	return id
}

// member puts somebody into a group by the hand of whoever leads it.
func (b *browser) member(m access.Member) {
	b.portal.t.Helper()
	if err := b.portal.config.Store.SetMember(b.portal.t.Context(), b.portal.rights(b.who), m); err != nil {
		b.portal.t.Fatal(err)
	}
}

// grant gives a group a permission on a dataset by the hand of whoever may.
func (b *browser) grant(dataset string, group int64, permission string) {
	b.portal.t.Helper()
	g := access.Grant{Dataset: b.portal.id(dataset), Group: group, Permission: permission}
	if err := b.portal.config.Store.SetGrant(b.portal.t.Context(), b.portal.rights(b.who), g); err != nil {
		b.portal.t.Fatal(err)
	}
}

// An answer is what a browser gets.
type answer struct {
	code   int
	header http.Header
	body   string
}

// get asks for a page.
func (b *browser) get(path string) answer { return b.send(http.MethodGet, path, nil) }

// post sends a form; fields are name, value, name, value.
func (b *browser) post(path string, fields ...string) answer {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.send(http.MethodPost, path, form)
}

// send asks as a browser does, but follows no redirect.
func (b *browser) send(method, path string, form url.Values) answer {
	t := b.portal.t
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.portal.address+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range b.jar {
		req.AddCookie(c)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(body)}
}

// location is where an answer leads to.
func (a answer) location() string { return a.header.Get("Location") }

// all are the texts of what a selector finds in the page, white space made single spaces.
func (a answer) all(selector string) []string {
	var out []string
	for _, n := range a.nodes(selector) {
		out = append(out, textOf(n))
	}
	return out
}

// attributes are the values of an attribute of what a selector finds.
func (a answer) attributes(selector, name string) []string {
	var out []string
	for _, n := range a.nodes(selector) {
		for _, attr := range n.Attr {
			if attr.Key == name {
				out = append(out, attr.Val)
			}
		}
	}
	return out
}

func (a answer) nodes(selector string) []*html.Node {
	doc, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		panic(err) // a reader of a string does not fail
	}
	return cascadia.QueryAll(doc, cascadia.MustCompile(selector))
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
