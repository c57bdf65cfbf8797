package auth_test

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/store"
)

func TestHostileProvider(t *testing.T) {
	quick := func(c *auth.Config) { c.HTTPClient = &http.Client{Timeout: time.Second} }
	example := func(c *auth.Config) { c.AllowDomains = []string{"example.org"} }
	claim := func(name string, value any) func(*op) { return func(o *op) { o.claims[name] = value } }
	without := func(name string) func(*op) { return func(o *op) { delete(o.claims, name) } }
	at := func(path string, h http.HandlerFunc) func(*op) {
		return func(o *op) { o.at[path] = h; delete(o.claims, "name") }
	}
	tests := map[string]struct {
		op     func(*op)
		config func(*auth.Config)
		want   error
		says   string
	}{
		"signed with another key": {func(o *op) {
			other := newKey(t)
			o.token = func(o *op) string { return sign(o.claims, jose.ES256, "good", other) }
		}, nil, auth.ErrRefused, "signature"},
		"signed with an unknown key": {func(o *op) {
			other := newKey(t)
			o.token = func(o *op) string { return sign(o.claims, jose.ES256, "other", other) }
		}, nil, auth.ErrRefused, "signature"},
		"not signed": {func(o *op) {
			o.token = func(o *op) string { return sign(o.claims, "none", "", nil) }
		}, nil, auth.ErrRefused, "unexpected signature algorithm"},
		"signed with the public key as if that were a secret": {func(o *op) {
			der, err := x509.MarshalPKIXPublicKey(o.keys["good"].Public())
			if err != nil {
				t.Error(err)
			}
			public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
			o.token = func(o *op) string { return sign(o.claims, jose.HS256, "good", public) }
		}, nil, auth.ErrRefused, "unexpected signature algorithm"},
		"signed with the client secret": {func(o *op) {
			o.token = func(o *op) string {
				return sign(o.claims, jose.HS256, "good", []byte("a secret of thirty-two letters, so"))
			}
		}, nil, auth.ErrRefused, "unexpected signature algorithm"},
		"no token at all":              {func(o *op) { o.token = func(*op) string { return "" } }, nil, auth.ErrProvider, "no ID token"},
		"a token of another form":      {func(o *op) { o.token = func(*op) string { return "x.y" } }, nil, auth.ErrRefused, "malformed"},
		"a token that is a number":     {func(o *op) { o.answer = map[string]any{"id_token": 5} }, nil, auth.ErrProvider, "another form"},
		"no access token":              {func(o *op) { o.answer = map[string]any{"access_token": ""} }, nil, auth.ErrProvider, "access_token"},
		"another nonce":                {claim("nonce", "guessed"), nil, auth.ErrRefused, "nonce"},
		"no nonce":                     {claim("nonce", ""), nil, auth.ErrRefused, "nonce"},
		"another audience":             {claim("aud", "somebody"), nil, auth.ErrRefused, "audience"},
		"several audiences":            {claim("aud", []string{"portal", "x"}), nil, auth.ErrRefused, "another client"},
		"made for another client":      {claim("azp", "x"), nil, auth.ErrRefused, "another client"},
		"another issuer":               {claim("iss", "https://evil.test"), nil, auth.ErrRefused, "different provider"},
		"expired":                      {claim("exp", time.Now().Add(-time.Minute).Unix()), nil, auth.ErrRefused, "expired"},
		"never expires":                {without("exp"), nil, auth.ErrRefused, "expired"},
		"issued in the future":         {claim("iat", time.Now().Add(time.Hour).Unix()), nil, auth.ErrRefused, "in the future"},
		"good in the future only":      {claim("nbf", time.Now().Add(time.Hour).Unix()), nil, auth.ErrRefused, "not before"},
		"expiry as a word, for goth":   {func(o *op) { o.claims["exp"] = "99999999999"; delete(o.claims, "name") }, nil, auth.ErrProvider, "another form"},
		"another access token":         {claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), nil, auth.ErrRefused, "access token"},
		"nobody":                       {without("sub"), nil, auth.ErrRefused, "subject"},
		"a very long subject":          {claim("sub", strings.Repeat("x", 256)), nil, auth.ErrRefused, "subject"},
		"a subject of half a megabyte": {claim("sub", strings.Repeat("x", 1<<19)), nil, auth.ErrRefused, "subject has 524288 bytes"},
		"a subject of a megabyte":      {claim("sub", strings.Repeat("x", 1<<20)), nil, auth.ErrProvider, "trade the code"},
		"a subject that is a number":   {claim("sub", 5), nil, auth.ErrRefused, "ID token"},
		"claims of another form":       {claim("email", 5), nil, auth.ErrRefused, "ID token"},
		"mallory's unverified address": {claim("email_verified", false), example, auth.ErrRefused, "no verified e-mail address of yours"},
		"no word on the address":       {without("email_verified"), example, auth.ErrRefused, "no verified e-mail address of yours"},
		"verified is the word false":   {claim("email_verified", "false"), example, auth.ErrRefused, "no verified e-mail address of yours"},
		"verified is a number":         {claim("email_verified", 1), example, auth.ErrRefused, "no verified e-mail address of yours"},
		"another domain":               {claim("email", "ada@example.org.evil.test"), example, auth.ErrRefused, "may not sign in here"},
		"a subdomain":                  {claim("email", "ada@x.example.org"), example, auth.ErrRefused, "may not sign in here"},
		"userinfo about another": {func(o *op) {
			delete(o.claims, "name")
			o.about = map[string]any{"sub": "1", "name": "Mallory"}
		}, nil, auth.ErrProvider, "did not match"},
		"huge keys":             {at("/keys", huge), nil, auth.ErrProvider, "too large"},
		"huge tokens":           {at("/token", huge), nil, auth.ErrProvider, "trade the code"},
		"huge userinfo":         {at("/userinfo", huge), nil, auth.ErrProvider, "too large"},
		"endless keys":          {at("/keys", endless(t)), nil, auth.ErrProvider, "too large"},
		"endless tokens":        {at("/token", endless(t)), nil, auth.ErrProvider, "trade the code"},
		"endless userinfo":      {at("/userinfo", endless(t)), nil, auth.ErrProvider, "too large"},
		"keys that drip":        {at("/keys", drip), quick, auth.ErrProvider, "fetch its keys"},
		"tokens that drip":      {at("/token", drip), quick, auth.ErrProvider, "trade the code"},
		"userinfo that drips":   {at("/userinfo", drip), quick, auth.ErrProvider, "ask for the person's name"},
		"keys that hang":        {at("/keys", hang), quick, auth.ErrProvider, "fetch its keys"},
		"tokens that hang":      {at("/token", hang), quick, auth.ErrProvider, "trade the code"},
		"userinfo that hangs":   {at("/userinfo", hang), quick, auth.ErrProvider, "exceeded"},
		"keys broken":           {at("/keys", status(500)), nil, auth.ErrProvider, "fetch its keys"},
		"tokens broken":         {at("/token", status(500)), nil, auth.ErrProvider, "no such luck"},
		"userinfo broken":       {at("/userinfo", status(500)), nil, auth.ErrProvider, "500"},
		"the code is used up":   {at("/token", grantError), nil, auth.ErrState, "invalid_grant"},
		"tokens said elsewhere": {at("/token", http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect).ServeHTTP), nil, auth.ErrProvider, "307"},
	}
	db := newStore(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock()
			o := newOP(t, c.Now())
			tt.op(o)
			p := newOIDC(t, o, c, on(db, tt.config))
			times := 2
			if errors.Is(tt.want, auth.ErrProvider) {
				times = 1 // it takes its time
			}
			for range times {
				preID, answer := begin(t, p, o)
				who, begun, err := p.Complete(t.Context(), preID, answer)
				if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) || who != (access.Identity{}) || begun != (store.PreLogin{}) {
					t.Fatalf("Complete = %+v, %+v, %v, want %v saying %q", who, begun, err, tt.want, tt.says)
				}
				if len(err.Error()) > 600 || strings.ContainsAny(err.Error(), "\n\t") {
					t.Errorf("error = %q, which does not fit a line of the log", err)
				}
				noSession(t, db, who)
			}
			if o.count("/elsewhere") > 0 {
				t.Error("the client secret went elsewhere")
			}
		})
	}
}

// noSession has a careless handler sign in whoever a provider has named, whatever error came with it.
func noSession(t *testing.T, db *store.Store, who access.Identity) {
	t.Helper()
	s, err := newSessions(t, func(c *auth.SessionConfig) { c.Store = db })
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := s.SignIn(w, httptest.NewRequest("GET", "/", nil), "lab", who, ""); err == nil || len(w.Result().Cookies()) > 0 {
		t.Errorf("SignIn = %v with cookies %v, want an error and none", err, w.Result().Cookies())
	}
}

// TestKeysThatChange has the issuer replace its key: what the new one signs is good, and what the old one signs no longer.
func TestKeysThatChange(t *testing.T) {
	c := newClock()
	o := newOP(t, c.Now())
	p := newOIDC(t, o, c, nil)
	enter := func() error {
		preID, answer := begin(t, p, o)
		_, _, err := p.Complete(t.Context(), preID, answer)
		return err
	}
	if err := enter(); err != nil {
		t.Fatal(err)
	}
	old := o.keys["good"]
	o.keys = map[string]*ecdsa.PrivateKey{"newer": newKey(t)}
	byNew := func(o *op) string { return sign(o.claims, jose.ES256, "newer", o.keys["newer"]) }
	byOld := func(o *op) string { return sign(o.claims, jose.ES256, "good", old) }
	o.token = byNew
	if err := enter(); err != nil {
		t.Errorf("Complete with the new key = %v", err)
	}
	o.token = byOld
	if err := enter(); !errors.Is(err, auth.ErrRefused) {
		t.Errorf("Complete with the old key = %v, want ErrRefused", err)
	}
	o.token = byNew
	if err := enter(); err != nil {
		t.Errorf("Complete with the new key after a refusal = %v", err)
	}
}

func grantError(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
}
