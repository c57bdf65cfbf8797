package idp_test

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"ngportal/web/idp"
)

const (
	callback = "http://localhost:8080/auth/demo/callback"
	verifier = "a-verifier-of-forty-three-letters-or-more-0123456789"
)

func people() []idp.Person {
	return []idp.Person{
		{Subject: "ada", Name: "Ada", Email: "ada@example.org", About: "Runs the portal & sees all."},
		{Subject: "ben", Name: "Ben", Email: "ben@example.org", About: "May view one dataset."},
		{Subject: "eve", Name: "Eve", Email: "eve@example.org", About: "May view none."},
	}
}

// A clock stands still until it is set.
type clock struct{ now time.Time }

// An answer is what a test looks at of a response, whose body has been read.
type answer struct {
	StatusCode int
	Header     http.Header
}

func (a answer) Location() (*url.URL, error) {
	return (&http.Response{Header: a.Header}).Location()
}

type server struct {
	*httptest.Server
	clock *clock
}

// start serves a provider under /idp of a free port.
func start(t *testing.T) server {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	c := &clock{time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	h, err := idp.New(idp.Config{
		Issuer: "http://" + srv.Listener.Addr().String() + "/idp", ClientID: "portal", ClientSecret: "s e+cret", RedirectURL: callback,
		People: people(), Now: func() time.Time { return c.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	srv.Config.Handler = h
	srv.Start()
	t.Cleanup(srv.Close)
	srv.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return server{srv, c}
}

func (s server) issuer() string { return s.URL + "/idp" }

func (s server) send(t *testing.T, r *http.Request) (answer, string) {
	t.Helper()
	res, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header}, string(body)
}

func (s server) request(t *testing.T, method, path string, form url.Values) *http.Request {
	t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.issuer()+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

// question is what a client asks, with changes: pairs of name and value, "" to leave out.
func question(changes ...string) url.Values {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"client_id": {"portal"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid email profile"},
		"state": {"st&te"}, "nonce": {"n0nce"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	return with(q, changes...)
}

func with(q url.Values, changes ...string) url.Values {
	for pair := range slices.Chunk(changes, 2) {
		q.Del(pair[0])
		if pair[1] != "" {
			q.Set(pair[0], pair[1])
		}
	}
	return q
}

// code chooses Ada and returns the code.
func (s server) code(t *testing.T) string {
	t.Helper()
	res, body := s.send(t, s.request(t, "POST", "/authorize", question("person", "ada")))
	to, err := res.Location()
	if err != nil {
		t.Fatalf("choosing Ada = %d without a location: %s", res.StatusCode, body)
	}
	q := to.Query()
	want := url.Values{"code": q["code"], "state": {"st&te"}, "iss": {s.issuer()}}
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to.String(), callback+"?") || q.Encode() != want.Encode() || q.Get("code") == "" {
		t.Fatalf("choosing Ada = %d to %s, want 303 to the callback with code, state and iss", res.StatusCode, to)
	}
	return q.Get("code")
}

func TestPage(t *testing.T) {
	s := start(t)
	res, body := s.send(t, s.request(t, "GET", "/authorize?"+question("state", `"><script>alert(1)</script>`).Encode(), nil))
	if res.StatusCode != http.StatusOK {
		t.Fatalf("GET /authorize = %d: %s", res.StatusCode, body)
	}
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string][]string{}
	var style string
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || n.FirstChild == nil {
			continue
		}
		if n.Data == "style" {
			style = n.FirstChild.Data
		}
		texts[n.Data] = append(texts[n.Data], n.FirstChild.Data)
	}
	for element, want := range map[string][]string{
		"title":  {"Demo sign-in"},
		"h1":     {"Demo sign-in"},
		"button": {"Ada", "Ben", "Eve"},
		"span":   {"Runs the portal & sees all.", "May view one dataset.", "May view none."},
		"script": nil,
	} {
		if got := texts[element]; !slices.Equal(got, want) {
			t.Errorf("texts of <%s> = %q, want %q", element, got, want)
		}
	}
	if !strings.Contains(body, "exists only in the demo") || strings.Contains(body, "src=") || strings.Contains(body, "<link") {
		t.Errorf("page must say that it is the demo's and load nothing: %s", body)
	}
	sum := sha256.Sum256([]byte(style))
	csp := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self' http://localhost:*; base-uri 'none'; frame-ancestors 'none'"
	for name, want := range map[string]string{
		"Content-Security-Policy": csp,
		"Content-Type":            "text/html; charset=utf-8",
		"X-Content-Type-Options":  "nosniff",
		"X-Frame-Options":         "DENY",
		"Referrer-Policy":         "same-origin",
		"Cache-Control":           "no-store",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestAuthorizeRefuses(t *testing.T) {
	s := start(t)
	tests := map[string]struct {
		question  url.Values
		wantCode  int
		wantError string // in the address of the callback
	}{
		"another client":          {question("client_id", "other"), 400, ""},
		"no client":               {question("client_id", ""), 400, ""},
		"another callback":        {question("redirect_uri", "http://localhost:8080/auth/demo/callback/"), 400, ""},
		"a callback with a query": {question("redirect_uri", callback+"?x"), 400, ""},
		"tokens at once":          {question("response_type", "id_token"), 303, "unsupported_response_type"},
		"no openid":               {question("scope", "email"), 303, "invalid_scope"},
		"no PKCE":                 {question("code_challenge", ""), 303, "invalid_request"},
		"plain PKCE":              {question("code_challenge_method", "plain"), 303, "invalid_request"},
		"a short challenge":       {question("code_challenge", "abc"), 303, "invalid_request"},
		"two states":              {func() url.Values { q := question(); q.Add("state", "b"); return q }(), 303, "invalid_request"},
	}
	for name, tt := range tests {
		for _, method := range []string{"GET", "POST"} {
			t.Run(method+" "+name, func(t *testing.T) {
				r := s.request(t, "GET", "/authorize?"+tt.question.Encode(), nil)
				if method == "POST" {
					tt.question.Set("person", "ada")
					r = s.request(t, "POST", "/authorize", tt.question)
				}
				res, body := s.send(t, r)
				got := ""
				if to, err := res.Location(); err == nil {
					got = to.Query().Get("error")
				}
				if res.StatusCode != tt.wantCode || got != tt.wantError {
					t.Errorf("= %d, error %q, want %d, %q: %s", res.StatusCode, got, tt.wantCode, tt.wantError, body)
				}
			})
		}
	}
	t.Run("nobody of that name", func(t *testing.T) {
		if res, _ := s.send(t, s.request(t, "POST", "/authorize", question("person", "mallory"))); res.StatusCode != 400 {
			t.Errorf("= %d, want 400", res.StatusCode)
		}
	})
	t.Run("another site", func(t *testing.T) {
		r := s.request(t, "POST", "/authorize", question("person", "ada"))
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if res, _ := s.send(t, r); res.StatusCode != 403 {
			t.Errorf("= %d, want 403", res.StatusCode)
		}
	})
	t.Run("another host name", func(t *testing.T) {
		r := s.request(t, "GET", "/authorize?"+question().Encode(), nil)
		r.Host = "evil.example.org"
		if res, _ := s.send(t, r); res.StatusCode != 403 {
			t.Errorf("= %d, want 403", res.StatusCode)
		}
	})
	t.Run("a huge form", func(t *testing.T) {
		r := s.request(t, "POST", "/authorize", question("state", strings.Repeat("x", 100_000)))
		if res, _ := s.send(t, r); res.StatusCode != 400 {
			t.Errorf("= %d, want 400", res.StatusCode)
		}
	})
}

func TestOnlyThisComputer(t *testing.T) {
	s := start(t)
	for from, want := range map[string]int{"127.0.0.1:9": 200, "[::1]:9": 200, "192.0.2.1:9": 403, "": 403} {
		r := httptest.NewRequest("GET", s.issuer()+"/keys", nil)
		r.RemoteAddr = from
		w := httptest.NewRecorder()
		s.Config.Handler.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("from %q = %d, want %d", from, w.Code, want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	good := idp.Config{
		Issuer: "http://localhost:8082", ClientID: "portal", ClientSecret: "s", RedirectURL: callback,
		People: people(), Now: time.Now,
	}
	if _, err := idp.New(good); err != nil {
		t.Errorf("New of a good configuration = %v", err)
	}
	for name, spoil := range map[string]func(*idp.Config){
		"an issuer elsewhere":  func(c *idp.Config) { c.Issuer = "http://example.org" },
		"an issuer with slash": func(c *idp.Config) { c.Issuer = "http://localhost:8082/" },
		"a callback elsewhere": func(c *idp.Config) { c.RedirectURL = "http://192.0.2.1/cb" },
		"no secret":            func(c *idp.Config) { c.ClientSecret = "" },
		"nobody":               func(c *idp.Config) { c.People = nil },
	} {
		c := good
		spoil(&c)
		if _, err := idp.New(c); err == nil {
			t.Errorf("New with %s succeeded", name)
		}
	}
}
