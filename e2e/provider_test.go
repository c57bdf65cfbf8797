package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// A provider is an OpenID Connect provider at which one signs in by a click on one's name. The demo's own
// answers portals without TLS only.
type provider struct {
	*httptest.Server
	issuer string
	key    *ecdsa.PrivateKey

	mu    sync.Mutex
	codes map[string]question
}

// A question is what the portal has asked, and who has answered it.
type question struct{ name, nonce string }

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{key: key, codes: map[string]question{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", p.keySet)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	p.issuer = p.URL // http: on this computer that will do
	return p
}

func (p *provider) discovery(w http.ResponseWriter, _ *http.Request) {
	answerJSON(w, map[string]any{
		"issuer": p.issuer, "authorization_endpoint": p.issuer + "/authorize", "token_endpoint": p.issuer + "/token",
		"jwks_uri": p.issuer + "/keys", "id_token_signing_alg_values_supported": []string{"ES256"},
	})
}

func (p *provider) keySet(w http.ResponseWriter, _ *http.Request) {
	point, err := p.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answerJSON(w, map[string]any{"keys": []any{map[string]string{
		"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "e2e", "x": base64URL(point[1:33]), "y": base64URL(point[33:]),
	}}})
}

var whoPage = template.Must(template.New("who").Parse(`<!doctype html><html lang="en"><title>Who are you?</title>
<h1>Who are you?</h1>{{range $name, $to := .}}<p><a href="{{$to}}">{{$name}}</a></p>{{end}}</html>`))

// authorize asks who it is that signs in.
func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	links := map[string]string{}
	for _, name := range []string{"Ada", "Ben", "Eve"} {
		code := rand.Text()
		p.mu.Lock()
		p.codes[code] = question{name, q.Get("nonce")}
		p.mu.Unlock()
		links[name] = q.Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
	}
	_ = whoPage.Execute(w, links) // the browser may have left
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	asked, ok := p.codes[r.FormValue("code")]
	delete(p.codes, r.FormValue("code"))
	p.mu.Unlock()
	if !ok {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	token, err := p.sign(map[string]any{
		"iss": p.issuer, "aud": clientID, "sub": asked.name, "name": asked.name, "nonce": asked.nonce,
		"email": addressOf(asked.name), "email_verified": true, "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answerJSON(w, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 60, "id_token": token})
}

// sign makes an ID token: https://www.rfc-editor.org/rfc/rfc7515#appendix-A.3.
func (p *provider) sign(claims map[string]any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed := base64URL([]byte(`{"alg":"ES256","kid":"e2e"}`)) + "." + base64URL(payload)
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, p.key, sum[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signed + "." + base64URL(signature), nil
}

func base64URL(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func answerJSON(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // the portal may have left
}
