package handlers_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// Two locations, so that the dataset's page asks no storage.
func bound(t *testing.T) (p *portal, ada, ben *browser, terms int64) {
	t.Helper()
	p = startPortal(t, nil)
	p.seed(lab("bens", []string{"*"}, "place-1", "place-2"), lab("shut", nil, "place-3"))
	ada, ben = p.signIn(admin), p.signIn("ben@example.org")
	terms = ada.bind("bens", "<i>Data</i> use", "# Be kind\n\nDo <script>alert(1)</script> *not* share. [Bad](javascript:alert(1))")
	return p, ada, ben, terms
}

func TestTerms(t *testing.T) {
	_, _, ben, terms := bound(t)
	at := fmt.Sprintf("/terms/%d", terms)
	asked := at + "?return=%2Fbrowse%2Fbens%2F"
	if a := ben.get("/browse/bens/"); a.code != 303 || a.location() != asked {
		t.Fatalf("GET /browse/bens/ = %d to %q, want 303 to the terms", a.code, a.location())
	}
	page := ben.get(asked)
	wantPage(t, page, 200, "<i>Data</i> use")
	if got := page.all(".prose > *"); !slices.Equal(got, []string{"Be kind", "Do <script>alert(1)</script> not share. Bad"}) {
		t.Errorf("the text reads %q", got)
	}
	if strings.Contains(page.body, "<script>alert") || strings.Contains(page.body, "javascript:") || strings.Contains(page.body, "<i>Data") {
		t.Errorf("the terms became markup:\n%s", page.body)
	}
	if got := page.all(".head p"); !slices.Equal(got, []string{"Terms of use, version 1 of " + time.Now().UTC().Format("2 January 2006")}) {
		t.Errorf("below the heading stands %q", got)
	}

	accept := at + "/accept"
	unticked := ben.sent(page, accept)
	wantPage(t, unticked, 422, "<i>Data</i> use")
	if got := unticked.values(accept)["return"]; got != "/browse/bens/" || len(unticked.all(".summary li")) != 1 {
		t.Errorf("the form comes back for %q:\n%s", got, unticked.body)
	}
	if a := ben.get("/browse/bens/"); a.code != 303 {
		t.Fatalf("GET /browse/bens/ = %d without a tick, want 303", a.code)
	}
	wantDone(t, ben.sent(page, accept, "confirm", "yes"), "/browse/bens/")
	if a := ben.get("/browse/bens/"); a.code != 200 {
		t.Errorf("GET /browse/bens/ = %d with the terms accepted, want 200", a.code)
	}
	page = ben.get(asked)
	wantPage(t, page, 200, "<i>Data</i> use")
	if len(page.all("form[action='"+accept+"']")) != 0 || !slices.Equal(page.all(".badge"), []string{"accepted"}) {
		t.Errorf("the page does not say that they are accepted:\n%s", page.body)
	}
	if got := page.attributes("main a.button", "href"); !slices.Equal(got, []string{"/browse/bens/"}) {
		t.Errorf("the page leads on to %q", got)
	}
}

// A new version counts from the next request on.
func TestTermsAnew(t *testing.T) {
	p, ada, ben, terms := bound(t)
	at := fmt.Sprintf("/terms/%d", terms)
	asked, accept := at+"?return=%2Fbrowse%2Fbens%2F", at+"/accept"
	wantDone(t, ben.post(accept, "confirm", "yes", "version", "1", "return", "/browse/bens/"), "/browse/bens/")
	ada.revise(terms, "Be kinder")
	if a := ben.get("/browse/bens/"); a.code != 303 || a.location() != asked {
		t.Errorf("GET /browse/bens/ = %d to %q after a new version, want the terms", a.code, a.location())
	}
	if got := ben.get("/settings/terms").table("Terms"); len(got) != 1 || !strings.HasPrefix(got[0], "<i>Data</i> use | 1 | ") {
		t.Errorf("accepted are %q", got)
	}
	old := ben.get(at + "?version=1")
	wantPage(t, old, 200, "<i>Data</i> use")
	if len(old.nodes("form[action='"+accept+"']")) != 0 || !strings.Contains(old.body, "The newest is version 2.") {
		t.Errorf("an old version can be accepted, or does not say so:\n%s", old.body)
	}
	if page := p.signIn("eve@example.org").get(at + "?version=1"); page.code != 200 || len(page.nodes("main form")) != 0 {
		t.Errorf("an old version that was never accepted = %d, and has a form:\n%s", page.code, page.body)
	}
	stale := ben.post(accept, "confirm", "yes", "version", "1", "return", "/browse/bens/")
	wantPage(t, stale, 422, "<i>Data</i> use")
	if got := stale.all(".prose > *"); !slices.Equal(got, []string{"Be kinder"}) || stale.values(accept)["version"] != "2" {
		t.Errorf("a stale form is answered with %q and %v", got, stale.values(accept))
	}
	wantDone(t, ben.sent(stale, accept, "confirm", "yes"), "/browse/bens/")
	rows := ben.get("/settings/terms").table("Terms")
	if len(rows) != 2 || !strings.HasPrefix(rows[0], "<i>Data</i> use | 2 | ") || !strings.HasPrefix(rows[1], "<i>Data</i> use | 1 | ") {
		t.Errorf("accepted are %q", rows)
	}
}

func TestTermsRefused(t *testing.T) {
	p, ada, ben, terms := bound(t)
	hidden := ada.bind("shut", "Hidden rules", "Hush")
	at := fmt.Sprintf("/terms/%d", terms)
	for name, path := range map[string]string{
		"of a hidden dataset": fmt.Sprintf("/terms/%d", hidden), "not there": "/terms/99", "no number": "/terms/x", "below nothing": "/terms/-1",
		"no such version": at + "?version=7", "version of nothing": at + "?version=0", "version of words": at + "?version=new",
	} {
		if a := ben.get(path); a.code != 404 || strings.Contains(a.body, "Hidden") {
			t.Errorf("%s: GET %s = %d, want 404", name, path, a.code)
		}
	}
	if a := ben.post(fmt.Sprintf("/terms/%d/accept", hidden), "confirm", "yes", "version", "1"); a.code != 404 || strings.Contains(a.body, "Hidden") {
		t.Errorf("accepting those of a hidden dataset = %d, want 404", a.code)
	}
	for _, version := range []string{"0", "-1", "2", "x", ""} {
		if a := ben.post(at+"/accept", "confirm", "yes", "version", version); a.code != 422 {
			t.Errorf("accepting version %q = %d, want 422", version, a.code)
		}
	}
	if got := ben.get("/settings/terms").table("Terms"); len(got) != 0 {
		t.Errorf("accepted all the same: %q", got)
	}
	if a := p.nobody().get(at); a.code != 303 || a.location() != "/login?return="+url.QueryEscape(at) {
		t.Errorf("nobody reads terms: %d to %q", a.code, a.location())
	}
	astray := map[string]string{"elsewhere": "https://evil.example.org/", "as a host": "//evil.example.org", "a script": "javascript:alert(1)"}
	for name, after := range astray {
		page := ben.get(at + "?" + url.Values{"return": {after}}.Encode())
		if got := page.values(at + "/accept")["return"]; got != "/" {
			t.Errorf("%s: the form goes on to %q", name, got)
		}
	}
	for _, after := range astray {
		wantDone(t, ben.post(at+"/accept", "confirm", "yes", "version", "1", "return", after), "/")
	}
}
