package auth_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"ngportal/auth"
	"ngportal/store"
)

// An op is an identity provider that does whatever a test asks of it.
type op struct {
	*httptest.Server
	keys   map[string]*ecdsa.PrivateKey // by key id
	claims map[string]any               // of the ID token
	nonce  string                       // of the sign-in that was begun last
	token  func(*op) string             // makes the ID token
	answer map[string]any               // of the token endpoint, besides the tokens
	about  map[string]any               // of the userinfo endpoint
	meta   map[string]any               // of discovery, besides the usual
	at     map[string]http.HandlerFunc  // endpoints that misbehave

	mu    sync.Mutex
	forms []url.Values // that the token endpoint has received
	calls map[string]int
}

func newOP(t *testing.T, now time.Time) *op {
	t.Helper()
	o := &op{keys: map[string]*ecdsa.PrivateKey{"good": newKey(t)}, at: map[string]http.HandlerFunc{}, calls: map[string]int{}}
	o.Server = httptest.NewServer(http.HandlerFunc(o.serve))
	t.Cleanup(o.Close)
	o.claims = map[string]any{
		"iss": o.URL, "aud": "portal", "sub": "248289761001", "exp": now.Add(time.Minute).Unix(), "iat": now.Unix(),
		"email": "Ada@Example.org", "email_verified": true, "name": "Ada",
	}
	o.token = func(o *op) string { return sign(o.claims, jose.ES256, "good", o.keys["good"]) }
	return o
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(claims map[string]any, alg jose.SignatureAlgorithm, id string, key any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	if alg == "none" {
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload) + "."
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: id}}, nil)
	if err != nil {
		panic(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return text
}

func (o *op) serve(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	o.calls[r.URL.Path]++
	o.mu.Unlock()
	if h, ok := o.at[r.URL.Path]; ok {
		h(w, r)
		return
	}
	body := map[string]any{}
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		body = map[string]any{
			"issuer": o.URL, "authorization_endpoint": o.URL + "/authorize", "token_endpoint": o.URL + "/token",
			"userinfo_endpoint": o.URL + "/userinfo", "jwks_uri": o.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"ES256", "HS256", "none"},
		}
		for k, v := range o.meta {
			body[k] = v
		}
	case "/keys":
		var set []jose.JSONWebKey
		for id, key := range o.keys {
			set = append(set, jose.JSONWebKey{Key: key.Public(), KeyID: id, Algorithm: "ES256", Use: "sig"})
		}
		body["keys"] = set
	case "/token":
		_ = r.ParseForm()
		o.mu.Lock()
		o.forms = append(o.forms, r.PostForm)
		o.mu.Unlock()
		body = map[string]any{"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": o.token(o)}
		for k, v := range o.answer {
			body[k] = v
		}
	case "/userinfo":
		body = o.about
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

// count tells how often an endpoint was called.
func (o *op) count(path string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.calls[path]
}

// huge answers more than anybody wants to read.
func huge(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	chunk := make([]byte, 1<<16)
	for i := range chunk {
		chunk[i] = ' '
	}
	for range 64 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
	_, _ = io.WriteString(w, "{}")
}

// endless answers a gigabyte of one JSON text. Nobody may read it all.
func endless(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, err := io.WriteString(w, `{"id_token":"`)
		chunk := bytes.Repeat([]byte("x"), 1<<20)
		for range 1 << 10 {
			if _, err = w.Write(chunk); err != nil {
				return
			}
		}
		t.Errorf("a gigabyte has been read, %v", err)
	}
}

// drip answers a byte now and then until the client has left.
func drip(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
		if _, err := io.WriteString(w, " "); err != nil || http.NewResponseController(w).Flush() != nil {
			return
		}
	}
}

// hang answers nothing until the client has left.
func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no\nsuch\tluck", code) }
}

// A clock stands still until it is set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

// newClock starts at the real time, since goth compares expiry with that.
func newClock() *clock { return &clock{now: time.Now().Truncate(time.Millisecond)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "portal.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// newOIDC returns a provider that signs in with o; change may spoil its configuration.
func newOIDC(t *testing.T, o *op, c *clock, change func(*auth.Config)) *auth.OIDC {
	t.Helper()
	config := auth.Config{
		Name: "lab", Issuer: o.URL, ClientID: "portal", ClientSecret: "a secret of thirty-two letters, so",
		RedirectURL: "http://localhost:8080/auth/lab/callback", Now: c.Now,
	}
	if change != nil {
		change(&config)
	}
	if config.Store == nil {
		config.Store = newStore(t)
	}
	p, err := auth.NewOpenIDConnect(config)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// on changes a configuration as change does, which may be nil, and has it use db: opening one for each case takes long.
func on(db *store.Store, change func(*auth.Config)) func(*auth.Config) {
	return func(c *auth.Config) {
		c.Store = db
		if change != nil {
			change(c)
		}
	}
}

// begin starts a sign-in, tells o its nonce, and returns its id and the right answer.
func begin(t *testing.T, p auth.SignInProvider, o *op) (preID string, answer url.Values) {
	t.Helper()
	to, preID, err := p.Begin(t.Context(), "/browse/I58/", store.Hash{})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	if said, set := o.claims["nonce"]; !set || o.nonce != "" && said == o.nonce { // else the test has set it
		o.nonce = u.Query().Get("nonce")
		o.claims["nonce"] = o.nonce
	}
	return preID, url.Values{"code": {"the-code"}, "state": {u.Query().Get("state")}}
}
