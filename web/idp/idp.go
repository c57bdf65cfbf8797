// Package idp is the demo's identity provider: OpenID Connect in full, but without passwords,
// since whoever can open its page may choose who to be. It answers this computer only.
//
// It speaks the authorization code flow of https://openid.net/specs/openid-connect-core-1_0.html,
// with PKCE (RFC 7636) required and iss in the answer (RFC 9207).
package idp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	codeTime  = time.Minute
	tokenTime = 10 * time.Minute
	keyName   = "demo"
	maxForm   = 64 << 10 // bytes
)

// A Person is somebody whom one can choose to be.
type Person struct {
	Subject string // never changes, unlike the rest
	Name    string // on the button
	Email   string
	About   string // one line beside the button
}

// Config is what [New] needs.
type Config struct {
	Issuer       string // address under which the handler is served, such as http://localhost:8082 or http://localhost:8080/idp
	ClientID     string
	ClientSecret string
	RedirectURL  string // the one callback that answers go to
	People       []Person
	Now          func() time.Time
}

type provider struct {
	Config
	host   string
	signer jose.Signer
	keys   jose.JSONWebKeySet
	codes  *drawer[grant] // by code
	tokens *drawer[Person]
}

// New returns the provider, with a key of its own that lives as long.
//
// The error tells what in c cannot be right: issuer and callback must be http addresses of this computer.
func New(c Config) (http.Handler, error) {
	issuer, err := local("issuer", c.Issuer)
	if err != nil {
		return nil, err
	}
	if _, err := local("callback", c.RedirectURL); err != nil {
		return nil, err
	}
	if c.ClientID == "" || c.ClientSecret == "" || len(c.People) == 0 || c.Now == nil {
		return nil, errors.New("demo sign-in: client id, client secret, people or clock are missing")
	}
	p := &provider{Config: c, host: issuer.Host, codes: newDrawer[grant](), tokens: newDrawer[Person]()}
	if err := p.makeKey(); err != nil {
		return nil, fmt.Errorf("demo sign-in: %w", err)
	}
	mux := http.NewServeMux()
	at := issuer.Path
	mux.HandleFunc("GET "+at+"/.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET "+at+"/keys", p.keySet)
	mux.HandleFunc("GET "+at+"/authorize", p.authorize)
	mux.HandleFunc("POST "+at+"/authorize", p.choose)
	mux.HandleFunc("POST "+at+"/token", p.token)
	mux.HandleFunc("GET "+at+"/userinfo", p.userInfo)
	return p.fence(http.NewCrossOriginProtection().Handler(mux)), nil
}

// local parses an address of this computer.
func local(what, raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" || !loopback(u.Hostname()) || strings.HasSuffix(u.Path, "/") || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("demo sign-in: %s %q must be as http://localhost:8082, without a slash at its end", what, raw)
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (p *provider) makeKey() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	p.keys.Keys = []jose.JSONWebKey{{Key: key.Public(), KeyID: keyName, Algorithm: string(jose.ES256), Use: "sig"}}
	p.signer, err = jose.NewSigner(jose.SigningKey{
		Algorithm: jose.ES256,
		Key:       jose.JSONWebKey{Key: key, KeyID: keyName},
	}, (&jose.SignerOptions{}).WithType("JWT"))
	return err
}

// fence lets in only this computer, and only under our own name: a page elsewhere whose name
// has been pointed at this computer must not choose for people.
func (p *provider) fence(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil || !loopback(from) || !strings.EqualFold(r.Host, p.host) {
			http.Error(w, "The demo's sign-in answers this computer only.", http.StatusForbidden)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "same-origin")
		w.Header().Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(w, r)
	})
}

// discovery: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata.
func (p *provider) discovery(w http.ResponseWriter, _ *http.Request) {
	send(w, http.StatusOK, map[string]any{
		"issuer":                                         p.Issuer,
		"authorization_endpoint":                         p.Issuer + "/authorize",
		"token_endpoint":                                 p.Issuer + "/token",
		"userinfo_endpoint":                              p.Issuer + "/userinfo",
		"jwks_uri":                                       p.Issuer + "/keys",
		"scopes_supported":                               []string{"openid", "email", "profile"},
		"response_types_supported":                       []string{"code"},
		"grant_types_supported":                          []string{"authorization_code"},
		"subject_types_supported":                        []string{"public"},
		"id_token_signing_alg_values_supported":          []string{string(jose.ES256)},
		"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post"},
		"code_challenge_methods_supported":               []string{"S256"},
		"claims_supported":                               []string{"sub", "name", "email", "email_verified"},
		"authorization_response_iss_parameter_supported": true,
	})
}

func (p *provider) keySet(w http.ResponseWriter, _ *http.Request) { send(w, http.StatusOK, p.keys) }

// person returns who has this subject.
func (p *provider) person(subject string) (Person, bool) {
	for _, who := range p.People {
		if who.Subject == subject {
			return who, true
		}
	}
	return Person{}, false
}

func send(w http.ResponseWriter, status int, body any) {
	b, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "The answer cannot be written.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b) // The client may have left.
}
