package handlers_test

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/handlers"
	"ngportal/s3index"
	"ngportal/store"
)

// roles are the columns of the matrix.
//
// Of the hidden dataset set, in whose group "team" they are or are not: view, edit, manage have that permission; lead is
// in the group and administers it; terms is in it and has not accepted the terms; revoked has been taken out of
// it; expired was in it until a moment ago. admin administers the portal. service is a service account in the group, which
// has a token and no browser. none has signed in and has nothing, out has not signed in.
var roles = []string{"out", "none", "view", "edit", "manage", "lead", "admin", "service", "revoked", "expired", "terms"}

// A row is what a route answers to each role: codes in the order of roles, or login or terms for being sent there. in is the request: a path, and a form or JSON.
type row struct {
	path string
	in   string
	want string
}

// TestMatrix asks every route as every role. A route without a row is an error, and so is a row without a route.
func TestMatrix(t *testing.T) {
	m := newMatrix(t)
	rows := allRows()
	patterns := handlers.Routes()
	for _, pattern := range patterns {
		r, ok := rows[pattern]
		if !ok {
			t.Errorf("%s has no row in the matrix: write down who may do what there", pattern)
			continue
		}
		want := strings.Fields(r.want)
		if len(want) != len(roles) {
			t.Errorf("%s has %d answers for %d roles", pattern, len(want), len(roles))
			continue
		}
		for i, role := range roles {
			if got := m.ask(t, pattern, r, role); got != want[i] {
				t.Errorf("%s as %s = %s, want %s", pattern, role, got, want[i])
			}
		}
	}
	for pattern := range rows {
		if !slices.Contains(patterns, pattern) {
			t.Errorf("the matrix has a row for %s, which is no route", pattern)
		}
	}
}

func allRows() map[string]row {
	rows := map[string]row{}
	for _, part := range []map[string]row{pageRows(), settingsRows(), adminRows(), apiRows()} {
		maps.Copy(rows, part)
	}
	return rows
}

// A matrix is a portal that is as it was again after each request that has changed something.
type matrix struct {
	template string // its database
	keys     auth.Keys
	jars     map[string][]*http.Cookie
	secret   string // token of the service account
	numbers  *strings.Replacer

	file    string // the database of now
	address string
	close   func()
}

// later is when the portal is asked, after it has been populated: what expires between has expired.
const later = 30 * time.Minute

func newMatrix(t *testing.T) *matrix {
	m := &matrix{template: filepath.Join(t.TempDir(), "template.db"), keys: auth.NewKeys(), jars: map[string][]*http.Cookie{}}
	put(t, "lab/loc-set/folder/x.txt", []byte("x"))
	put(t, "lab/loc-set/y.nii", tinyNIfTI())
	db, err := store.Open(t.Context(), "sqlite://"+m.template)
	if err != nil {
		t.Fatal(err)
	}
	m.populate(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.end() })
	return m
}

// populate makes the people, the datasets and what there is to ask about.
func (m *matrix) populate(t *testing.T, db *store.Store) {
	p := &portal{t: t, config: handlers.Config{Store: db, Policies: auth.NewPolicies(db), Now: time.Now}}
	var err error
	if p.sessions, err = auth.NewSessions(auth.SessionConfig{
		URL: "http://localhost", Keys: m.keys, Idle: time.Hour, Absolute: time.Hour, Admins: []string{admin}, Store: db, Now: time.Now,
	}); err != nil {
		t.Fatal(err)
	}
	listed := lab("listed", nil, "listed")
	listed.Listed = true
	p.seed(lab("set", nil, "loc-set"), listed)
	ada := p.signIn(admin)
	by := func(b *browser) access.Rights { return p.rights(b.who) }
	people := map[string]*browser{"admin": ada}
	for _, role := range []string{"none", "view", "edit", "manage", "lead", "revoked", "expired", "terms", "target"} {
		people[role] = p.signIn(role + "@example.org")
	}
	for role, b := range people {
		m.jars[role] = b.jar
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	team, other := ada.group("team"), ada.group("other")
	groups := map[string]int64{"view": team, "edit": ada.group("editors"), "manage": ada.group("managers")}
	for permission, group := range groups {
		ada.grant("set", group, permission)
		if permission != "view" {
			ada.member(access.Member{Group: group, Person: people[permission].who.ID})
		}
	}
	ada.grant("listed", groups["manage"], "manage")
	service, err := db.AddService(t.Context(), by(ada), "robot", ada.who.ID)
	must(err)
	for _, b := range []int64{people["view"].who.ID, people["revoked"].who.ID, people["terms"].who.ID, people["target"].who.ID, service} {
		ada.member(access.Member{Group: team, Person: b})
	}
	ada.member(access.Member{Group: team, Person: people["lead"].who.ID, Admin: true})
	ada.member(access.Member{Group: team, Person: people["expired"].who.ID, Expires: time.Now().Add(later / 2)})
	terms, err := db.AddTerms(t.Context(), by(ada), "Use of data", "Cite us.")
	must(err)
	must(db.ChangeDataset(t.Context(), by(ada), p.id("set"), store.DatasetChange{Terms: &terms}))
	for role, b := range people {
		if role == "terms" || role == "none" {
			continue
		}
		if role == "admin" || role == "edit" || role == "manage" || role == "view" || role == "lead" || role == "revoked" || role == "expired" {
			must(db.AcceptTerms(t.Context(), by(b), terms, 1))
		}
	}
	must(db.RemoveMember(t.Context(), by(ada), team, people["revoked"].who.ID))
	request, err := db.AddRequest(t.Context(), by(people["target"]), p.id("listed"), "Please.", nil)
	must(err)
	link, err := db.AddLink(t.Context(), store.Link{
		Title: "Scene", State: []byte(`{"layers":[]}`), Owner: ada.who, Created: time.Now(), Datasets: []string{"set"}, Locations: []string{"loc-set"},
	})
	must(err)
	must(db.Invite(t.Context(), by(ada), store.Invitation{Group: team, Email: "soon@example.org"}))
	must(db.AddApp(t.Context(), by(ada), "https://viewer.example.org", "A viewer"))
	affiliation, err := db.AddAffiliation(t.Context(), by(ada), people["target"].who.ID, store.Affiliation{Name: "MGH"})
	must(err)
	token, secret, err := db.AddToken(t.Context(), by(ada), service, "robot", access.ScopeAdmin, time.Now().Add(2*later))
	must(err)
	m.secret = secret
	own, _, err := db.AddToken(t.Context(), by(people["target"]), people["target"].who.ID, "own", access.ScopeRead, time.Now().Add(2*later))
	must(err)
	ada.member(access.Member{Group: other, Person: people["target"].who.ID})
	change, err := db.LastChange(t.Context(), by(ada))
	must(err)
	m.numbers = strings.NewReplacer(
		"{set}", fmt.Sprint(p.id("set")), "{listed}", fmt.Sprint(p.id("listed")), "{team}", fmt.Sprint(team), "{other}", fmt.Sprint(other),
		"{target}", fmt.Sprint(people["target"].who.ID), "{service}", fmt.Sprint(service), "{terms}", fmt.Sprint(terms),
		"{request}", fmt.Sprint(request), "{link}", link.Slug, "{affiliation}", fmt.Sprint(affiliation), "{token}", fmt.Sprint(token.ID),
		"{own}", fmt.Sprint(own.ID), "{change}", fmt.Sprint(change.ID), "{admin}", fmt.Sprint(ada.who.ID),
		"{soon}", time.Now().Add(2*later).UTC().Format(time.RFC3339),
	)
}

// ask sends the request of a row as somebody, and returns the code of the answer, or where a redirect leads to if that is
// the sign-in or the terms.
func (m *matrix) ask(t *testing.T, pattern string, r row, role string) string {
	t.Helper()
	code, header := m.send(t, m.request(t, pattern, r, role))
	for _, word := range []string{"login", "terms"} {
		if strings.HasPrefix(header.Get("Location"), "/"+word) && !strings.HasPrefix(r.path, "/"+word) {
			return word
		}
	}
	return strconv.Itoa(code)
}

// request is that of a row as somebody sends it.
func (m *matrix) request(t *testing.T, pattern string, r row, role string) *http.Request {
	t.Helper()
	if m.close == nil {
		m.begin(t)
	}
	method, _, _ := strings.Cut(pattern, " ")
	req, err := http.NewRequestWithContext(t.Context(), method, m.address+m.numbers.Replace(r.path), strings.NewReader(m.numbers.Replace(r.in)))
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case strings.HasPrefix(r.in, "{"):
		req.Header.Set("Content-Type", "application/json")
	case method == http.MethodPost:
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range m.jars[role] {
		req.AddCookie(c)
	}
	if role == "service" {
		req.Header.Set("Authorization", "Bearer "+m.secret)
	}
	return req
}

// send follows no redirect. What has changed something is taken back: the next request finds all as it was.
func (m *matrix) send(t *testing.T, req *http.Request) (int, http.Header) {
	t.Helper()
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if req.Method != http.MethodGet && res.StatusCode < 400 {
		m.end()
	}
	return res.StatusCode, res.Header
}

// begin serves a copy of the template.
func (m *matrix) begin(t *testing.T) {
	data, err := os.ReadFile(m.template)
	if err != nil {
		t.Fatal(err)
	}
	m.file = filepath.Join(t.TempDir(), "portal.db")
	if err = os.WriteFile(m.file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), "sqlite://"+m.file)
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Now().Add(later) }
	sessions, err := auth.NewSessions(auth.SessionConfig{
		URL: "http://localhost", Keys: m.keys, Idle: time.Hour, Absolute: time.Hour, Store: db, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	policies := auth.NewPolicies(db)
	srv := httptest.NewServer(handlers.New(handlers.Config{
		PortalURL: "http://localhost", ViewerURL: "http://localhost:1", Library: s3index.NewLibrary([]*s3index.Bucket{s3index.NewBucket("lab", s3index.NewClient(server.Config(), server.Endpoint, true))}),
		Policies: policies, Store: db, Sessions: sessions, Now: now, Log: slog.New(slog.DiscardHandler),
		Viewers: &auth.Viewer{Store: db, Policies: policies, Idle: time.Hour, Lifetime: time.Hour, Now: now},
	}))
	m.address = srv.URL
	m.close = func() { srv.Close(); db.Close() }
}

func (m *matrix) end() {
	if m.close != nil {
		m.close()
		m.close = nil
	}
}

// tinyNIfTI is a volume of one voxel: https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h.
func tinyNIfTI() []byte {
	b := make([]byte, 353)
	for at, v := range map[int]uint16{0: 348, 40: 3, 42: 1, 44: 1, 46: 1, 48: 1, 70: 2, 72: 8} {
		binary.LittleEndian.PutUint16(b[at:], v)
	}
	for _, at := range []int{80, 84, 88} { // a millimeter
		binary.LittleEndian.PutUint32(b[at:], math.Float32bits(1))
	}
	binary.LittleEndian.PutUint32(b[108:], math.Float32bits(352))
	b[123] = 2
	copy(b[344:], "n+1\x00")
	return b
}
