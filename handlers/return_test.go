package handlers_test

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/handlers"
	"ngportal/s3index"
	"ngportal/store"
)

// A clerk remembers what the last ticket was for.
type clerk struct {
	*auth.Viewer
	locations []string
	fragment  string
}

func (c *clerk) Ticket(ctx context.Context, session store.Session, locations []string, fragment string) (string, error) {
	c.locations, c.fragment = locations, fragment
	return c.Viewer.Ticket(ctx, session, locations, fragment)
}

// numbered are the locations from first to last: place-01 and so on.
func numbered(first, last int) (ids []string) {
	for i := first; i <= last; i++ {
		ids = append(ids, fmt.Sprintf("place-%02d", i))
	}
	return ids
}

// A returning is a portal and a browser of somebody who, if they are Ben, may see 25 places of its datasets and not the vault.
type returning struct {
	*browser
	clerk *clerk
}

func newReturning(t *testing.T, who access.Identity) *returning {
	t.Helper()
	bucket := s3index.NewBucket("lab", s3index.NewClient(aws.Config{Region: "us-east-1"}, "http://127.0.0.1:1", true)) // never asked
	r := &returning{}
	p := startPortal(t, func(c *handlers.Config) {
		r.clerk = &clerk{Viewer: &auth.Viewer{Store: c.Store, Policies: c.Policies, Idle: time.Hour, Lifetime: time.Hour, Now: time.Now}}
		c.Viewers, c.Ask = r.clerk, "Ask Ada (ada@example.org) for access."
	}, bucket)
	p.seed(lab("open", []string{"ben@example.org"}, numbered(1, 25)...), lab("shut", nil, "vault"))
	r.browser = p.signInAs(who)
	return r
}

// ask asks for path, as the person who has signed in or as nobody.
func (r *returning) ask(path string, signedIn bool) (code int, location, body string) {
	r.clerk.locations, r.clerk.fragment = nil, ""
	b := r.browser
	if !signedIn {
		b = r.portal.nobody()
	}
	a := b.get(path)
	return a.code, a.location(), a.body
}

func query(ids ...string) string { return "/return?" + url.Values{"l": ids}.Encode() }

func ben() access.Identity {
	return access.Identity{Subject: "2", Name: "Ben", Email: "ben@example.org"}
}

var ticketForm = regexp.MustCompile(`^http://localhost:1/_session/open\?t=([A-Za-z0-9_-]+)$`)

func TestReturn(t *testing.T) {
	r := newReturning(t, ben())
	for name, tt := range map[string]struct {
		path string
		want []string
	}{
		"one place":                       {query("place-07"), []string{"place-07"}},
		"each once, as they were asked":   {query("place-07", "place-02", "place-07"), []string{"place-07", "place-02"}},
		"not what the person may not see": {query("vault", "place-01"), []string{"place-01"}},
		"not what there is not":           {query("place-99", "place-01"), []string{"place-01"}},
		"not what is no id":               {query("../x", "", "PLACE-01", "abc", "place-01", "<b>", strings.Repeat("x", 65)), []string{"place-01"}},
		"twenty of many":                  {query(append([]string{"vault"}, numbered(3, 25)...)...), numbered(3, 22)},
	} {
		t.Run(name, func(t *testing.T) {
			code, location, body := r.ask(tt.path, true)
			found := ticketForm.FindStringSubmatch(location)
			if code != 303 || found == nil {
				t.Fatalf("GET %s = %d to %q, want 303 to the viewer host:\n%s", tt.path, code, location, body)
			}
			if !slices.Equal(r.clerk.locations, tt.want) || r.clerk.fragment != "!return" {
				t.Errorf("GET %s: the ticket is for %q at %q, want %q at !return", tt.path, r.clerk.locations, r.clerk.fragment, tt.want)
			}
			opened, err := r.clerk.Redeem(t.Context(), found[1])
			if err != nil || opened.Fragment != "!return" {
				t.Errorf("GET %s: the ticket opens %q, %v", tt.path, opened.Fragment, err)
			}
		})
	}
}

func TestReturnToNothing(t *testing.T) {
	r := newReturning(t, ben())
	for _, path := range []string{"/return", "/return?", "/return?l=", "/return?x=place-01", query("../x", "ABCD")} {
		if code, location, _ := r.ask(path, true); code != 303 || location != "/" {
			t.Errorf("GET %s = %d to %q, want 303 to /", path, code, location)
		}
	}
}

var requestForm = regexp.MustCompile(`<code>[A-Z0-9]{12}</code>`)

// What may not be seen and what does not exist are refused by the same page.
func TestReturnRefused(t *testing.T) {
	r := newReturning(t, ben())
	var pages []string
	for _, path := range []string{query("vault"), query("nowhere")} {
		code, _, body := r.ask(path, true)
		if code != 403 || r.clerk.fragment != "" {
			t.Errorf("GET %s = %d, ticket for %q; want 403 and none", path, code, r.clerk.locations)
		}
		for _, part := range []string{
			"<h1>You may not see the data of this scene</h1>",
			"You are signed in as Ben (ben@example.org), and none of it has been opened for this account.",
			"Ask Ada (ada@example.org) for access. If you have another account that may see it, sign out and sign in with that one.",
			`<a class="button" href="/">Go to the first page</a>`,
			`<form method="post" action="/logout">`,
		} {
			if !strings.Contains(body, part) {
				t.Errorf("GET %s: the page lacks %q:\n%s", path, part, body)
			}
		}
		if strings.Contains(body, "vault") {
			t.Errorf("GET %s: the page names what may not be seen:\n%s", path, body)
		}
		pages = append(pages, requestForm.ReplaceAllString(body, ""))
	}
	if pages[0] != pages[1] {
		t.Errorf("the page tells what exists:\n%s\n%s", pages[0], pages[1])
	}
}

// Providers do not always tell a name or an address.
func TestReturnRefusedNamesTheAccount(t *testing.T) {
	for name, tt := range map[string]struct {
		who  access.Identity
		want string
	}{
		"a name alone":     {access.Identity{Subject: "s-9", Name: "Eve"}, "signed in as Eve, and"},
		"an address alone": {access.Identity{Subject: "s-9", Email: "eve@example.org"}, "signed in as eve@example.org, and"},
		"an address twice": {access.Identity{Subject: "s-9", Name: "eve@example.org", Email: "eve@example.org"}, "signed in as eve@example.org, and"},
		"neither":          {access.Identity{Subject: "s-9"}, "signed in as this account, and"},
		"a hostile name":   {access.Identity{Subject: "s-9", Name: "<script>"}, "signed in as &lt;script&gt;, and"},
	} {
		t.Run(name, func(t *testing.T) {
			if code, _, body := newReturning(t, tt.who).ask(query("vault"), true); code != 403 || !strings.Contains(body, tt.want) {
				t.Errorf("GET /return as %v = %d, want 403 with %q:\n%s", tt.who, code, tt.want, body)
			}
		})
	}
}

// The way through the sign-in keeps all that the viewer has asked for, at its longest.
func TestReturnAfterSigningIn(t *testing.T) {
	r := newReturning(t, ben())
	var longest []string
	for _, id := range numbered(1, 20) {
		longest = append(longest, id+strings.Repeat("x", 64-len(id)))
	}
	for _, path := range []string{query("place-07", "place-02"), query(longest...)} {
		code, login, _ := r.ask(path, false)
		if want := "/login?return=" + url.QueryEscape(path); code != 303 || login != want {
			t.Fatalf("GET %s, signed out = %d to %q, want 303 to %q", path, code, login, want)
		}
		if code, location, _ := r.ask(login, true); code != 303 || location != path {
			t.Errorf("having signed in leads to %d %q, want 303 to %q", code, location, path)
		}
	}
}
