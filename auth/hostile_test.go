package auth_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"ngportal/auth"
)

func TestHostileProvider(t *testing.T) {
	quick := func(c *auth.Config) { c.HTTPClient = &http.Client{Timeout: 200 * time.Millisecond} }
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
		"expiry as a word, for goth":   {func(o *op) { o.claims["exp"] = "99999999999"; delete(o.claims, "name") }, nil, auth.ErrProvider, "another form"},
		"another access token":         {claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), nil, auth.ErrRefused, "access token"},
		"nobody":                       {without("sub"), nil, auth.ErrRefused, "subject"},
		"a very long subject":          {claim("sub", strings.Repeat("x", 256)), nil, auth.ErrRefused, "subject"},
		"claims of another form":       {claim("email", 5), nil, auth.ErrRefused, "ID token"},
		"mallory's unverified address": {claim("email_verified", false), example, auth.ErrRefused, "no verified e-mail"},
		"another domain":               {claim("email", "ada@example.org.evil.test"), example, auth.ErrRefused, "not allowed"},
		"a subdomain":                  {claim("email", "ada@x.example.org"), example, auth.ErrRefused, "not allowed"},
		"userinfo about another": {func(o *op) {
			delete(o.claims, "name")
			o.about = map[string]any{"sub": "1", "name": "Mallory"}
		}, nil, auth.ErrProvider, "did not match"},
		"huge keys":             {at("/keys", huge), nil, auth.ErrProvider, "too large"},
		"huge tokens":           {at("/token", huge), nil, auth.ErrProvider, "trade the code"},
		"huge userinfo":         {at("/userinfo", huge), nil, auth.ErrProvider, "too large"},
		"keys that hang":        {at("/keys", hang), quick, auth.ErrProvider, "fetch its keys"},
		"tokens that hang":      {at("/token", hang), quick, auth.ErrProvider, "trade the code"},
		"userinfo that hangs":   {at("/userinfo", hang), quick, auth.ErrProvider, "exceeded"},
		"keys broken":           {at("/keys", status(500)), nil, auth.ErrProvider, "fetch its keys"},
		"tokens broken":         {at("/token", status(500)), nil, auth.ErrProvider, "no such luck"},
		"userinfo broken":       {at("/userinfo", status(500)), nil, auth.ErrProvider, "500"},
		"the code is used up":   {at("/token", grantError), nil, auth.ErrState, "invalid_grant"},
		"tokens said elsewhere": {at("/token", http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect).ServeHTTP), nil, auth.ErrProvider, "307"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			o := newOP(t, c.Now())
			tt.op(o)
			p := newOIDC(t, o, c, tt.config)
			preID, answer := begin(t, p, o)
			person, to, err := p.Complete(t.Context(), preID, answer)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) || person.SignedIn() || to != "" {
				t.Fatalf("Complete = %+v, %q, %v, want %v saying %q", person, to, err, tt.want, tt.says)
			}
			if len(err.Error()) > 600 || strings.ContainsAny(err.Error(), "\n\t") {
				t.Errorf("error = %q, which does not fit a line of the log", err)
			}
			if o.count("/elsewhere") > 0 {
				t.Error("the client secret went elsewhere")
			}
		})
	}
}

func grantError(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
}
