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
)

func TestBegin(t *testing.T) {
	c := newClock()
	o := newOP(t, c.Now())
	p := newOIDC(t, o, c, nil)
	to, preID, err := p.Begin(t.Context(), "/")
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
	again, preAgain, err := p.Begin(t.Context(), "/")
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
		want   access.Person // without the issuer
	}{
		"all in the ID token": {nil, nil, access.Person{Subject: "248289761001", Email: "ada@example.org", Name: "Ada"}},
		"verified as a word": {
			func(o *op) { o.claims["email_verified"] = "true" }, nil,
			access.Person{Subject: "248289761001", Email: "ada@example.org", Name: "Ada"},
		},
		"an unverified address counts for nothing": {
			func(o *op) { o.claims["email_verified"] = false }, nil,
			access.Person{Subject: "248289761001", Name: "Ada"},
		},
		"an address without a word on it, neither": {
			func(o *op) { delete(o.claims, "email_verified") }, nil,
			access.Person{Subject: "248289761001", Name: "Ada"},
		},
		"an address that is none": {
			func(o *op) { o.claims["email"] = "ada@example.org@evil.test" }, nil,
			access.Person{Subject: "248289761001", Name: "Ada"},
		},
		"name and address from userinfo": {func(o *op) {
			delete(o.claims, "email")
			delete(o.claims, "name")
			o.about = map[string]any{"sub": "248289761001", "email": "ada@example.org", "email_verified": true, "preferred_username": "ada"}
		}, nil, access.Person{Subject: "248289761001", Email: "ada@example.org", Name: "ada"}},
		"userinfo cannot verify the address of the ID token": {func(o *op) {
			o.claims["email_verified"] = false
			delete(o.claims, "name")
			o.about = map[string]any{"sub": "248289761001", "email": "x@example.org", "email_verified": true, "name": "Ada"}
		}, nil, access.Person{Subject: "248289761001", Name: "Ada"}},
		"no address and no name at all": {func(o *op) {
			delete(o.claims, "email")
			delete(o.claims, "name")
			o.meta = map[string]any{"userinfo_endpoint": ""}
		}, nil, access.Person{Subject: "248289761001"}},
		"a name that would break lines": {
			func(o *op) { o.claims["name"] = " A\nda\x00" }, nil,
			access.Person{Subject: "248289761001", Email: "ada@example.org", Name: "A da"},
		},
		"an allowed domain": {
			nil, func(c *auth.Config) { c.AllowDomains = []string{"EXAMPLE.org"} },
			access.Person{Subject: "248289761001", Email: "ada@example.org", Name: "Ada"},
		},
		"several audiences, made for us": {
			func(o *op) { o.claims["aud"], o.claims["azp"] = []string{"x", "portal"}, "portal" }, nil,
			access.Person{Subject: "248289761001", Email: "ada@example.org", Name: "Ada"},
		},
		"a right hash of the access token": {func(o *op) {
			sum := sha256.Sum256([]byte("access"))
			o.claims["at_hash"] = base64.RawURLEncoding.EncodeToString(sum[:16])
		}, nil, access.Person{Subject: "248289761001", Email: "ada@example.org", Name: "Ada"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			o := newOP(t, c.Now())
			if tt.op != nil {
				tt.op(o)
			}
			p := newOIDC(t, o, c, tt.config)
			preID, answer := begin(t, p, o)
			tt.want.Issuer = o.URL
			got, to, err := p.Complete(t.Context(), preID, answer)
			if err != nil || got != tt.want || to != "/browse/I58/" {
				t.Errorf("Complete = %+v, %q, %v, want %+v, /browse/I58/", got, to, err, tt.want)
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
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			o := newOP(t, c.Now())
			tt.op(o)
			p := newOIDC(t, o, c, func(c *auth.Config) { c.HTTPClient = &http.Client{Timeout: 300 * time.Millisecond} })
			to, preID, err := p.Begin(t.Context(), "/")
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
		if _, _, err := p.Begin(t.Context(), "/"); !errors.Is(err, auth.ErrProvider) {
			t.Fatalf("Begin while it is down = %v, want ErrProvider", err)
		}
	}
	if got := o.count(path); got != 1 {
		t.Errorf("discoveries by ten sign-ins = %d, want 1", got)
	}
	delete(o.at, path)
	c.advance(5 * time.Second)
	for range 10 {
		if _, _, err := p.Begin(t.Context(), "/"); err != nil {
			t.Fatalf("Begin after it has come up = %v", err)
		}
	}
	if got := o.count(path); got != 2 {
		t.Errorf("discoveries in all = %d, want 2", got)
	}
}

// fakeGoogle sends requests for Google to an op.
type fakeGoogle struct{ o *op }

func (g fakeGoogle) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(g.o.URL, "http://")
	return http.DefaultTransport.RoundTrip(r)
}

func TestGoogleAccountMustBelongToTheDomain(t *testing.T) {
	const google = "https://accounts.google.com"
	for hd, want := range map[string]error{"": auth.ErrRefused, "gmail.example": auth.ErrRefused, "example.org": nil} {
		c := newClock()
		o := newOP(t, c.Now())
		o.claims["iss"], o.claims["hd"] = google, hd
		o.meta = map[string]any{
			"issuer": google, "authorization_endpoint": google + "/authorize", "token_endpoint": google + "/token",
			"userinfo_endpoint": google + "/userinfo", "jwks_uri": google + "/keys",
		}
		p := newOIDC(t, o, c, func(c *auth.Config) {
			c.Issuer, c.AllowDomains, c.HTTPClient = google, []string{"example.org"}, &http.Client{Transport: fakeGoogle{o}}
		})
		preID, answer := begin(t, p, o)
		if _, _, err := p.Complete(t.Context(), preID, answer); !errors.Is(err, want) {
			t.Errorf("Complete with a verified address of example.org and hd %q = %v, want %v", hd, err, want)
		}
	}
}

func TestNewOpenIDConnectRefuses(t *testing.T) {
	good := auth.Config{Name: "lab", Issuer: "https://id.example.org", ClientID: "portal", RedirectURL: "https://portal.example.org/cb"}
	tests := map[string]struct {
		spoil func(*auth.Config)
		says  string
	}{
		"a name with a slash":          {func(c *auth.Config) { c.Name = "a/b" }, "the name stands in addresses"},
		"an issuer without TLS":        {func(c *auth.Config) { c.Issuer = "http://id.example.org" }, "the issuer"},
		"an issuer that is no address": {func(c *auth.Config) { c.Issuer = "google" }, "the issuer"},
		"a callback without TLS":       {func(c *auth.Config) { c.RedirectURL = "http://portal.example.org/cb" }, "the callback"},
		"a callback that only looks local": {
			func(c *auth.Config) { c.RedirectURL = "http://localhost.evil.test/cb" }, "the callback",
		},
		"no client id": {func(c *auth.Config) { c.ClientID = "" }, "client_id"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := good
			tt.spoil(&c)
			if _, err := auth.NewOpenIDConnect(c); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("= %v, want an error saying %q", err, tt.says)
			}
		})
	}
	p, err := auth.NewOpenIDConnect(good)
	if err != nil || p.Provider() != (auth.Provider{Name: "lab", Title: "lab"}) {
		t.Errorf("a good configuration = %+v, %v", p.Provider(), err)
	}
}
