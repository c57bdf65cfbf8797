package idp_test

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// trade is the form with which a client trades a code, with changes.
func trade(code string, changes ...string) url.Values {
	return with(url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier},
		"client_id": {"portal"}, "client_secret": {"s e+cret"},
	}, changes...)
}

func TestToken(t *testing.T) {
	s := start(t)
	for name, basic := range map[string]bool{"secret in the form": false, "secret in the header": true} {
		t.Run(name, func(t *testing.T) {
			r := s.request(t, "POST", "/token", trade(s.code(t)))
			if basic {
				r = s.request(t, "POST", "/token", trade(s.code(t), "client_id", "", "client_secret", ""))
				r.SetBasicAuth("portal", "s+e%2Bcret")
			}
			res, body := s.send(t, r)
			if res.StatusCode != 200 || res.Header.Get("Cache-Control") != "no-store" {
				t.Fatalf("= %d, Cache-Control %q: %s", res.StatusCode, res.Header.Get("Cache-Control"), body)
			}
			var answer struct {
				AccessToken string `json:"access_token"`
				IDToken     string `json:"id_token"`
				TokenType   string `json:"token_type"`
			}
			if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.TokenType != "Bearer" {
				t.Fatalf("answer %s: %v", body, err)
			}
			s.checkTokens(t, answer.IDToken, answer.AccessToken)
		})
	}
}

// checkTokens has an independent client read what was issued.
func (s server) checkTokens(t *testing.T, idToken, accessToken string) {
	t.Helper()
	p, err := oidc.NewProvider(t.Context(), s.issuer())
	if err != nil {
		t.Fatal(err)
	}
	token, err := p.Verifier(&oidc.Config{ClientID: "portal", Now: func() time.Time { return s.clock.now }}).Verify(t.Context(), idToken)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
		Name     string `json:"name"`
	}
	if err := token.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	if token.Subject != "ada" || token.Nonce != "n0nce" || claims.Email != "ada@example.org" || !claims.Verified || claims.Name != "Ada" {
		t.Errorf("ID token = %s, %s, %+v, want Ada's", token.Subject, token.Nonce, claims)
	}
	if err := token.VerifyAccessToken(accessToken); err != nil {
		t.Errorf("at_hash: %v", err)
	}
	r := s.request(t, "GET", "/userinfo", nil)
	r.Header.Set("Authorization", "Bearer "+accessToken)
	want := `{"email":"ada@example.org","email_verified":true,"name":"Ada","sub":"ada"}`
	if res, body := s.send(t, r); res.StatusCode != 200 || body != want {
		t.Errorf("userinfo = %d %s, want %s", res.StatusCode, body, want)
	}
	r.Header.Set("Authorization", "Bearer x"+accessToken)
	if res, _ := s.send(t, r); res.StatusCode != 401 {
		t.Errorf("userinfo with another token = %d, want 401", res.StatusCode)
	}
}

func TestTokenRefuses(t *testing.T) {
	tests := map[string]struct {
		changes   []string
		wait      time.Duration
		wantCode  int
		wantError string
	}{
		"another verifier":       {[]string{"code_verifier", verifier + "x"}, 0, 400, "invalid_grant"},
		"no verifier":            {[]string{"code_verifier", ""}, 0, 400, "invalid_grant"},
		"another callback":       {[]string{"redirect_uri", callback + "/"}, 0, 400, "invalid_grant"},
		"no callback":            {[]string{"redirect_uri", ""}, 0, 400, "invalid_grant"},
		"another code":           {[]string{"code", "x"}, 0, 400, "invalid_grant"},
		"after a minute":         {nil, time.Minute, 400, "invalid_grant"},
		"another secret":         {[]string{"client_secret", "x"}, 0, 401, "invalid_client"},
		"another client":         {[]string{"client_id", "x"}, 0, 401, "invalid_client"},
		"another kind of grant":  {[]string{"grant_type", "password"}, 0, 400, "unsupported_grant_type"},
		"nothing wrong, in time": {nil, time.Minute - 1, 200, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			code := s.code(t)
			s.clock.now = s.clock.now.Add(tt.wait)
			res, body := s.send(t, s.request(t, "POST", "/token", trade(code, tt.changes...)))
			var answer struct{ Error string }
			if err := json.Unmarshal([]byte(body), &answer); err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != tt.wantCode || answer.Error != tt.wantError {
				t.Errorf("= %d %s, want %d %q", res.StatusCode, body, tt.wantCode, tt.wantError)
			}
		})
	}
}

func TestCodeServesOnce(t *testing.T) {
	s := start(t)
	code := s.code(t)
	for i, want := range []int{200, 400} {
		if res, body := s.send(t, s.request(t, "POST", "/token", trade(code))); res.StatusCode != want {
			t.Errorf("use %d = %d, want %d: %s", i+1, res.StatusCode, want, body)
		}
	}
	code = s.code(t)
	for i, changes := range [][]string{{"code_verifier", "guess"}, nil} {
		if res, body := s.send(t, s.request(t, "POST", "/token", trade(code, changes...))); res.StatusCode != 400 {
			t.Errorf("use %d, the first with a wrong verifier = %d, want 400: %s", i+1, res.StatusCode, body)
		}
	}
}
