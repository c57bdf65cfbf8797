package auth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/store"
)

func TestBegin(t *testing.T) {
	c := newClock()
	o := newOP(t, c.Now())
	p := newOIDC(t, o, c, nil)
	to, preID, err := p.Begin(t.Context(), "/", store.Hash{})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, want := range map[string]string{
		"client_id": "portal", "redirect_uri": "http://localhost:8080/auth/lab/callback", "response_type": "code",
		"scope": "openid email profile", "code_challenge_method": "S256",
	} {
		if got := q[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if got := q.Get(name); len(got) < 43 {
			t.Errorf("%s = %q, want 256 bits", name, got)
		}
	}
	if !strings.HasPrefix(to, o.URL+"/authorize?") || strings.Contains(to, preID) {
		t.Errorf("Begin = %s, want the authorization endpoint, without the cookie's id %s", to, preID)
	}
	again, preAgain, err := p.Begin(t.Context(), "/", store.Hash{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := url.Parse(again)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if q.Get(name) == v.Query().Get(name) || preID == preAgain {
			t.Errorf("%s is the same in two sign-ins", name)
		}
	}
}

func TestComplete(t *testing.T) {
	tests := map[string]struct {
		op     func(*op)
		config func(*auth.Config)
		want   access.Identity // without the issuer
	}{
		"all in the ID token": {nil, nil, access.Identity{Subject: "248289761001", Email: "ada@example.org", Name: "Ada"}},
		"verified as a word": {
			func(o *op) { o.claims["email_verified"] = "true" }, nil,
			access.Identity{Subject: "248289761001", Email: "ada@example.org", Name: "Ada"},
		},
		"an unverified address counts for nothing": {
			func(o *op) { o.claims["email_verified"] = false }, nil,
			access.Identity{Subject: "248289761001", Name: "Ada"},
		},
		"an address without a word on it, neither": {
			func(o *op) { delete(o.claims, "email_verified") }, nil,
			access.Identity{Subject: "248289761001", Name: "Ada"},
		},
		"an address that is none": {
			func(o *op) { o.claims["email"] = "ada@example.org@evil.test" }, nil,
			access.Identity{Subject: "248289761001", Name: "Ada"},
		},
		"the ID token's word is not about the address of userinfo": {func(o *op) {
			delete(o.claims, "email")
			o.about = map[string]any{"sub": "248289761001", "email": "boss@example.org"}
		}, nil, access.Identity{Subject: "248289761001", Name: "Ada"}},
		"name and address from userinfo": {func(o *op) {
			delete(o.claims, "email")
			delete(o.claims, "email_verified")
			delete(o.claims, "name")
			o.about = map[string]any{"sub": "248289761001", "email": "ada@example.org", "email_verified": true, "preferred_username": "ada"}
		}, nil, access.Identity{Subject: "248289761001", Email: "ada@example.org", Name: "ada"}},
		"userinfo cannot verify the address of the ID token": {func(o *op) {
			o.claims["email_verified"] = false
			delete(o.claims, "name")
			o.about = map[string]any{"sub": "248289761001", "email": "x@example.org", "email_verified": true, "name": "Ada"}
		}, nil, access.Identity{Subject: "248289761001", Name: "Ada"}},
		"ORCID, which tells no address": {func(o *op) {
			delete(o.claims, "email")
			delete(o.claims, "email_verified")
			delete(o.claims, "name")
			o.claims["sub"] = "0000-0002-1825-0097"
			o.about = map[string]any{"sub": "0000-0002-1825-0097", "name": nil, "given_name": "Ada", "family_name": "Lovelace"}
		}, nil, access.Identity{Subject: "0000-0002-1825-0097", Name: "Ada Lovelace"}},
		"Entra, which has a login that looks like an address": {func(o *op) {
			delete(o.claims, "email")
			delete(o.claims, "email_verified")
			delete(o.claims, "name")
			o.claims["preferred_username"] = "boss@example.org"
			o.about = map[string]any{"sub": "248289761001", "email": "boss@example.org"}
		}, nil, access.Identity{Subject: "248289761001", Name: "boss"}},
		"no address and no name at all": {func(o *op) {
			delete(o.claims, "email")
			delete(o.claims, "name")
			o.meta = map[string]any{"userinfo_endpoint": ""}
		}, nil, access.Identity{Subject: "248289761001"}},
		"a name that would break lines": {
			func(o *op) { o.claims["name"] = " A\nda\x00" }, nil,
			access.Identity{Subject: "248289761001", Email: "ada@example.org", Name: "A da"},
		},
		"an allowed domain": {
			nil, func(c *auth.Config) { c.AllowDomains = []string{"EXAMPLE.org"} },
			access.Identity{Subject: "248289761001", Email: "ada@example.org", Name: "Ada"},
		},
		"several audiences, made for us": {
			func(o *op) { o.claims["aud"], o.claims["azp"] = []string{"x", "portal"}, "portal" }, nil,
			access.Identity{Subject: "248289761001", Email: "ada@example.org", Name: "Ada"},
		},
		"a right hash of the access token": {func(o *op) {
			sum := sha256.Sum256([]byte("access"))
			o.claims["at_hash"] = base64.RawURLEncoding.EncodeToString(sum[:16])
		}, nil, access.Identity{Subject: "248289761001", Email: "ada@example.org", Name: "Ada"}},
	}
	db := newStore(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			o := newOP(t, c.Now())
			if tt.op != nil {
				tt.op(o)
			}
			p := newOIDC(t, o, c, on(db, tt.config))
			preID, answer := begin(t, p, o)
			tt.want.Issuer = o.URL
			got, begun, err := p.Complete(t.Context(), preID, answer)
			if err != nil || got != tt.want || begun.ReturnPath != "/browse/I58/" || begun.Linking != (store.Hash{}) {
				t.Errorf("Complete = %+v, %+v, %v, want %+v, to /browse/I58/", got, begun, err, tt.want)
			}
		})
	}
}

func TestDiscovery(t *testing.T) {
	const path = "/.well-known/openid-configuration"
	tests := map[string]struct {
		op   func(*op)
		says string
	}{
		"down":                     {func(o *op) { o.Close() }, "refused"},
		"broken":                   {func(o *op) { o.at[path] = status(502) }, "502"},
		"huge":                     {func(o *op) { o.at[path] = huge }, "too large"},
		"hanging":                  {func(o *op) { o.at[path] = hang }, "exceeded"},
		"no JSON":                  {func(o *op) { o.at[path] = status(200) }, "decode"},
		"moved":                    {func(o *op) { o.at[path] = http.RedirectHandler("https://evil.test/", http.StatusFound).ServeHTTP }, "302"},
		"another issuer":           {func(o *op) { o.meta = map[string]any{"issuer": "https://evil.test"} }, "did not match"},
		"an endpoint without TLS":  {func(o *op) { o.meta = map[string]any{"token_endpoint": "http://evil.test/"} }, "not https"},
		"a script for an endpoint": {func(o *op) { o.meta = map[string]any{"authorization_endpoint": "javascript:alert(1)"} }, "not https"},
		"no keys":                  {func(o *op) { o.meta = map[string]any{"jwks_uri": ""} }, "not https"},
		"userinfo without TLS":     {func(o *op) { o.meta = map[string]any{"userinfo_endpoint": "http://evil.test/"} }, "not https"},
	}
	db := newStore(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			o := newOP(t, c.Now())
			tt.op(o)
			p := newOIDC(t, o, c, func(c *auth.Config) {
				c.Store, c.HTTPClient = db, &http.Client{Timeout: 300 * time.Millisecond}
			})
			to, preID, err := p.Begin(t.Context(), "/", store.Hash{})
			if !errors.Is(err, auth.ErrProvider) || !strings.Contains(err.Error(), tt.says) || to != "" || preID != "" {
				t.Errorf("Begin = %q, %q, %v, want ErrProvider saying %q", to, preID, err, tt.says)
			}
		})
	}
}

func TestDiscoveryIsRetried(t *testing.T) {
	const path = "/.well-known/openid-configuration"
	c := newClock()
	o := newOP(t, c.Now())
	o.at[path] = status(503)
	p := newOIDC(t, o, c, nil)
	for range 10 {
		if _, _, err := p.Begin(t.Context(), "/", store.Hash{}); !errors.Is(err, auth.ErrProvider) {
			t.Fatalf("Begin while it is down = %v, want ErrProvider", err)
		}
	}
	if got := o.count(path); got != 1 {
		t.Errorf("discoveries by ten sign-ins = %d, want 1", got)
	}
	delete(o.at, path)
	c.advance(5 * time.Second)
	for range 10 {
		if _, _, err := p.Begin(t.Context(), "/", store.Hash{}); err != nil {
			t.Fatalf("Begin after it has come up = %v", err)
		}
	}
	if got := o.count(path); got != 2 {
		t.Errorf("discoveries in all = %d, want 2", got)
	}
}
