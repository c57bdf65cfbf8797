package auth_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"ngportal/auth"
	"ngportal/store"
	"ngportal/web/idp"
)

// A portal is the smallest site that people can sign in to, and the demo's identity provider for it.
type portal struct {
	url   string
	clock *clock
	store *store.Store
}

// newPortal is a site whose people are Ada and Ben.
func newPortal(t *testing.T) *portal {
	t.Helper()
	return newSite(t, func(p *portal, callback string) auth.SignInProvider {
		id := httptest.NewUnstartedServer(nil)
		issuer := "http://" + id.Listener.Addr().String()
		provider, err := idp.New(idp.Config{
			Issuer: issuer, ClientID: "portal", ClientSecret: "s+e c:ret", RedirectURL: callback, Now: p.clock.Now,
			People: []idp.Person{{Subject: "1", Name: "Ada", Email: "ada@example.org"}, {Subject: "2", Name: "Ben", Email: "ben@example.org"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		id.Config.Handler = provider
		id.Start()
		t.Cleanup(id.Close)
		login, err := auth.NewOpenIDConnect(auth.Config{
			Name: "demo", Issuer: issuer, ClientID: "portal", ClientSecret: "s+e c:ret", RedirectURL: callback, Store: p.store, Now: p.clock.Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		return login
	})
}

// newSite starts a site. Its people sign in by what provide returns.
func newSite(t *testing.T, provide func(p *portal, callback string) auth.SignInProvider) *portal {
	t.Helper()
	site := httptest.NewUnstartedServer(nil)
	p := &portal{url: "http://" + site.Listener.Addr().String(), clock: newClock(), store: newStore(t)}
	sessions, err := auth.NewSessions(auth.SessionConfig{
		URL: p.url, Keys: auth.NewKeys(), Idle: 8 * time.Hour, Absolute: 24 * time.Hour, Store: p.store, Now: p.clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	site.Config.Handler = p.routes(provide(p, p.url+"/auth/demo/callback"), sessions)
	site.Start()
	t.Cleanup(site.Close)
	return p
}

func (p *portal) routes(login auth.SignInProvider, sessions *auth.Sessions) http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, h func(http.ResponseWriter, *http.Request) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); errors.Is(err, auth.ErrState) || errors.Is(err, auth.ErrRefused) {
				http.Error(w, err.Error(), http.StatusBadRequest)
			} else if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		})
	}
	handle("GET /auth/demo", func(w http.ResponseWriter, r *http.Request) error {
		to, pre, err := login.Begin(r.Context(), r.FormValue("to"), store.Hash{})
		if err == nil {
			err = sessions.SetPreLogin(w, r, pre)
		}
		if err != nil {
			return err
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	})
	handle("GET /auth/demo/callback", func(w http.ResponseWriter, r *http.Request) error {
		pre, err := sessions.TakePreLogin(w, r)
		if err != nil {
			return err
		}
		who, begun, err := login.Complete(r.Context(), pre, r.URL.Query())
		if err == nil {
			err = sessions.SignIn(w, r, "demo", who, "192.0.2.1")
		}
		if err != nil {
			return err
		}
		http.Redirect(w, r, begun.ReturnPath, http.StatusSeeOther)
		return nil
	})
	handle("POST /logout", func(w http.ResponseWriter, r *http.Request) error { return sessions.SignOut(w, r) })
	handle("GET /", func(w http.ResponseWriter, r *http.Request) error {
		who, session, err := sessions.Person(r)
		if err == nil {
			_, err = fmt.Fprintf(w, "%s %s %t", r.URL.Path, who.Email, session.Person == who)
		}
		return err
	})
	return mux
}

// An answer is what a test looks at of a response, whose body has been read.
type answer struct {
	StatusCode int
	Header     http.Header
	URL        *url.URL // that answered, after redirects
}

func (a answer) Location() (*url.URL, error) {
	return (&http.Response{Header: a.Header}).Location()
}

// A browser keeps cookies and follows redirects.
type browser struct {
	*http.Client
	t *testing.T
}

func newBrowser(t *testing.T) browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return browser{&http.Client{Jar: jar, Timeout: time.Minute}, t}
}

func (b browser) get(url string) (answer, string) {
	b.t.Helper()
	return b.do(http.NewRequestWithContext(b.t.Context(), http.MethodGet, url, nil))
}

func (b browser) post(to string, form url.Values) (answer, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, to, strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.do(r, err)
}

func (b browser) do(r *http.Request, err error) (answer, string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	res, err := b.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, res.Request.URL}, string(body)
}

// choose presses the button of somebody on the identity provider's page.
func (b browser) choose(name, page string) (answer, string) {
	b.t.Helper()
	action, form := b.form(page, name)
	if form.Get("person") == "" {
		b.t.Fatalf("no button %s on the page: %s", name, page)
	}
	return b.post(action, form)
}

// form returns where the form on a page goes to, and what its fields and the button called name hold.
func (b browser) form(page, name string) (action string, _ url.Values) {
	b.t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		b.t.Fatal(err)
	}
	form := url.Values{}
	for n := range doc.Descendants() {
		a := map[string]string{}
		for _, attr := range n.Attr {
			a[attr.Key] = attr.Val
		}
		switch {
		case n.Data == "form" && a["method"] == "post":
			action = a["action"]
		case n.Data == "input", n.Data == "button" && n.FirstChild.Data == name:
			form.Set(a["name"], a["value"])
		}
	}
	if action == "" {
		b.t.Fatalf("no form on the page: %s", page)
	}
	return action, form
}

// signIn signs somebody in from the page at path and returns what they see there.
func (b browser) signIn(p *portal, name, path string) string {
	b.t.Helper()
	_, page := b.get(p.url + "/auth/demo?to=" + url.QueryEscape(path))
	res, body := b.choose(name, page)
	if res.StatusCode != http.StatusOK {
		b.t.Fatalf("signing in as %s = %d: %s", name, res.StatusCode, body)
	}
	return body
}

// cookie is the value of a cookie that the browser keeps for the portal, or "".
func (b browser) cookie(p *portal, name string) string {
	u, err := url.Parse(p.url)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// with is a further browser that holds the same session cookie.
func (b browser) with(p *portal, sid string) browser {
	b.t.Helper()
	thief := newBrowser(b.t)
	u, err := url.Parse(p.url)
	if err != nil {
		b.t.Fatal(err)
	}
	thief.Jar.SetCookies(u, []*http.Cookie{{Name: "sid", Value: sid, Path: "/"}})
	return thief
}
