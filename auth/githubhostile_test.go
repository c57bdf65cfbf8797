package auth_test

import (
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

func TestHostileGitHub(t *testing.T) {
	const token = "/login/oauth/access_token"
	at := func(path string, misbehave http.HandlerFunc) func(*hub) {
		return func(h *hub) { h.at[path] = misbehave }
	}
	user := func(field string, value any) func(*hub) { return func(h *hub) { h.user[field] = value } }
	elsewhere := http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect).ServeHTTP
	tests := map[string]struct {
		hub  func(*hub)
		want error
		says string
	}{
		"nobody":                      {func(h *hub) { delete(h.user, "id") }, auth.ErrRefused, `names the account "0"`},
		"the account zero":            {user("id", 0), auth.ErrRefused, `names the account "0"`},
		"a negative account":          {user("id", -5), auth.ErrRefused, `names the account "-5"`},
		"an account that is a word":   {user("id", "583231"), auth.ErrProvider, "who it is"},
		"an account of a fraction":    {user("id", 1.5), auth.ErrProvider, "who it is"},
		"an account beyond counting":  {user("id", 1e30), auth.ErrProvider, "who it is"},
		"a list instead of a user":    {at("/user", say("[]")), auth.ErrProvider, "who it is"},
		"nothing instead of a user":   {at("/user", say("null")), auth.ErrRefused, `names the account "0"`},
		"a user instead of addresses": {at("/user/emails", say("{}")), auth.ErrProvider, "/user/emails"},
		"no leave to see addresses":   {at("/user/emails", status(403)), auth.ErrRefused, "GitHub app that may read them"},
		"addresses broken":            {at("/user/emails", status(500)), auth.ErrProvider, "500"},
		"user broken":                 {at("/user", status(500)), auth.ErrProvider, "500"},
		"the token is not known":      {at("/user", status(401)), auth.ErrProvider, "401"},
		"tokens broken":               {at(token, status(500)), auth.ErrProvider, "no such luck"},
		"no access token":             {at(token, say("{}")), auth.ErrProvider, "access_token"},
		"the code is used up":         {at(token, say(`{"error":"bad_verification_code"}`)), auth.ErrState, "bad_verification_code"},
		"tokens said elsewhere":       {at(token, elsewhere), auth.ErrProvider, "307"},
		"user said elsewhere":         {at("/user", elsewhere), auth.ErrProvider, "307"},
		"addresses said elsewhere":    {at("/user/emails", elsewhere), auth.ErrProvider, "307"},
		"endless tokens":              {at(token, endless(t)), auth.ErrProvider, "trade the code"},
		"endless user":                {at("/user", endless(t)), auth.ErrProvider, "too large"},
		"endless addresses":           {at("/user/emails", endless(t)), auth.ErrProvider, "too large"},
		"tokens that hang":            {at(token, hang), auth.ErrProvider, "trade the code"},
		"user that hangs":             {at("/user", hang), auth.ErrProvider, "who it is"},
		"addresses that drip":         {at("/user/emails", drip), auth.ErrProvider, "/user/emails"},
	}
	db := newStore(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHub(t)
			tt.hub(h)
			h.at["/elsewhere"] = func(http.ResponseWriter, *http.Request) { t.Error("a secret went elsewhere") }
			p := newGitHub(t, h, newClock(), func(c *auth.Config) {
				c.Store = db
				if strings.Contains(name, "that hang") || strings.Contains(name, "that drip") {
					c.HTTPClient = &http.Client{Timeout: time.Second}
				}
			})
			preID, answer := beginAt(t, p, h)
			who, begun, err := p.Complete(t.Context(), preID, answer)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) || who != (access.Identity{}) || begun != (store.PreLogin{}) {
				t.Fatalf("Complete = %+v, %+v, %v, want %v saying %q", who, begun, err, tt.want, tt.says)
			}
			if len(err.Error()) > 600 || strings.ContainsAny(err.Error(), "\n\t") || strings.Contains(err.Error(), "gho_secret") {
				t.Errorf("error = %q, which does not fit the log", err)
			}
			noSession(t, db, who)
		})
	}
}

func say(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(body))
	}
}

func TestAnswerOfNoSignInAtGitHub(t *testing.T) {
	tests := map[string]struct {
		change func(pre *string, answer url.Values)
		want   error
	}{
		"no cookie":                  {func(pre *string, _ url.Values) { *pre = "" }, auth.ErrState},
		"a state of his own":         {func(_ *string, a url.Values) { a.Set("state", "A") }, auth.ErrState},
		"no state":                   {func(_ *string, a url.Values) { a.Del("state") }, auth.ErrState},
		"no code":                    {func(_ *string, a url.Values) { a.Del("code") }, auth.ErrState},
		"another's code":             {func(_ *string, a url.Values) { a.Set("code", "another") }, auth.ErrState},
		"called off":                 {func(_ *string, a url.Values) { a.Set("error", "access_denied") }, auth.ErrRefused},
		"the app is suspended":       {func(_ *string, a url.Values) { a.Set("error", "application_suspended") }, auth.ErrRefused},
		"of another issuer":          {func(_ *string, a url.Values) { a.Set("iss", "https://evil.test") }, auth.ErrRefused},
		"of two issuers":             {func(_ *string, a url.Values) { a["iss"] = []string{"x", "y"} }, auth.ErrRefused},
		"nothing wrong":              {func(*string, url.Values) {}, nil},
		"of the issuer, with a path": {func(_ *string, a url.Values) { a.Set("iss", a.Get("hub")+"/login/oauth") }, nil},
	}
	db := newStore(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			p := newGitHub(t, h, newClock(), on(db, nil))
			preID, answer := beginAt(t, p, h)
			answer.Set("hub", h.URL)
			tt.change(&preID, answer)
			who, _, err := p.Complete(t.Context(), preID, answer)
			if !errors.Is(err, tt.want) || (who != access.Identity{}) != (tt.want == nil) {
				t.Errorf("Complete = %+v, %v, want %v", who, err, tt.want)
			}
			if _, _, err = p.Complete(t.Context(), preID, answer); !errors.Is(err, auth.ErrState) {
				t.Errorf("Complete again = %v, want ErrState", err)
			}
		})
	}
}

func TestWrongClientSecretAtGitHub(t *testing.T) {
	h := newHub(t)
	p := newGitHub(t, h, newClock(), func(c *auth.Config) { c.ClientSecret = "another" })
	preID, answer := beginAt(t, p, h)
	if _, _, err := p.Complete(t.Context(), preID, answer); !errors.Is(err, auth.ErrProvider) || !strings.Contains(err.Error(), "incorrect_client_credentials") {
		t.Errorf("Complete = %v, want ErrProvider saying so", err)
	}
}
