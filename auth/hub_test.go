package auth_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"ngportal/auth"
	"ngportal/store"
)

// A hub is a GitHub Enterprise that does whatever a test asks of it.
type hub struct {
	*httptest.Server
	user      map[string]any
	emails    any
	members   map[string]string           // path of a membership → its state; others are not found
	at        map[string]http.HandlerFunc // paths that misbehave
	challenge string                      // of the sign-in that was begun last

	mu    sync.Mutex
	forms []url.Values // that the token endpoint has received
	paths []string     // that have been asked for
}

func newHub(t *testing.T) *hub {
	t.Helper()
	h := &hub{
		user: map[string]any{"id": 583231, "login": "ada-l", "name": "Ada", "email": "boss@example.org"},
		emails: []map[string]any{
			{"email": "old@example.org", "primary": false, "verified": true},
			{"email": "Ada@Example.org", "primary": true, "verified": true},
		},
		members: map[string]string{}, at: map[string]http.HandlerFunc{},
	}
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.Close)
	return h
}

func (h *hub) serve(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/api/v3")
	h.mu.Lock()
	h.paths = append(h.paths, r.Host+r.URL.RequestURI())
	h.mu.Unlock()
	if misbehave, ok := h.at[path]; ok {
		misbehave(w, r)
		return
	}
	if path == "/login/oauth/access_token" {
		h.token(w, r)
		return
	}
	if r.Header.Get("Authorization") != "Bearer gho_secret" {
		http.Error(w, "{}", http.StatusUnauthorized)
		return
	}
	var body any
	switch path {
	case "/user":
		body = h.user
	case "/user/emails":
		body = h.emails
	default:
		state, ok := h.members[path]
		if !ok {
			http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
			return
		}
		body = map[string]any{"state": state, "role": "member"}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(body)
}

// token answers as GitHub does: errors with the status 200, and in a form unless JSON is asked for.
func (h *hub) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forms = append(h.forms, r.PostForm)
	answer := url.Values{"access_token": {"gho_secret"}, "scope": {"user:email"}, "token_type": {"bearer"}}
	switch f := r.PostForm; {
	case f.Get("client_id") != "portal" || f.Get("client_secret") != "s+e c:ret":
		answer = url.Values{"error": {"incorrect_client_credentials"}}
	case f.Get("code") != "the-code" || len(h.forms) > 1 || oauth2.S256ChallengeFromVerifier(f.Get("code_verifier")) != h.challenge:
		answer = url.Values{"error": {"bad_verification_code"}, "error_description": {"The code passed is incorrect or expired."}}
	}
	w.Header().Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	_, _ = w.Write([]byte(answer.Encode()))
}

// newGitHub returns a provider that signs in with h; change may spoil its configuration.
func newGitHub(t *testing.T, h *hub, c *clock, change func(*auth.Config)) *auth.GitHub {
	t.Helper()
	config := auth.Config{
		Name: "hub", Issuer: h.URL, ClientID: "portal", ClientSecret: "s+e c:ret",
		RedirectURL: "http://localhost:8080/auth/hub/callback", Now: c.Now,
	}
	if change != nil {
		change(&config)
	}
	if config.Store == nil {
		config.Store = newStore(t)
	}
	p, err := auth.NewGitHub(config)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// beginAt starts a sign-in at h, and returns its id and the right answer.
func beginAt(t *testing.T, p *auth.GitHub, h *hub) (preID string, answer url.Values) {
	t.Helper()
	to, preID, err := p.Begin(t.Context(), "/browse/I58/", store.Hash{})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.challenge, h.forms = u.Query().Get("code_challenge"), nil
	return preID, url.Values{"code": {"the-code"}, "state": {u.Query().Get("state")}}
}

// asked returns the paths of the API that have been asked for.
func (h *hub) asked() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.paths
}
