package auth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/store"
)

func TestGitHubBegin(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*auth.Config)
		scope  string
	}{
		"anybody":            {nil, "user:email"},
		"organizations only": {func(c *auth.Config) { c.AllowOrganizations = []string{"Lab"} }, "user:email read:org"},
		"teams only":         {func(c *auth.Config) { c.AllowTeams = []string{"lab/em"} }, "user:email read:org"},
	} {
		h := newHub(t)
		to, preID, err := newGitHub(t, h, newClock(), tt.change).Begin(t.Context(), "/", store.Hash{})
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		for field, want := range map[string]string{
			"client_id": "portal", "redirect_uri": "http://localhost:8080/auth/hub/callback", "response_type": "code",
			"scope": tt.scope, "code_challenge_method": "S256",
		} {
			if got := q[field]; len(got) != 1 || got[0] != want {
				t.Errorf("%s: %s = %q, want %q", name, field, got, want)
			}
		}
		if !strings.HasPrefix(to, h.URL+"/login/oauth/authorize?") || len(q.Get("state")) < 43 || len(q.Get("code_challenge")) < 43 ||
			strings.Contains(to, preID) || strings.Contains(to, "ret") && strings.Contains(u.RawQuery, "c%3Aret") {
			t.Errorf("%s: Begin = %s, want GitHub's page, 256 bits each, and neither the cookie's id nor the client secret", name, to)
		}
	}
}

func TestGitHubComplete(t *testing.T) {
	mail := func(address string, primary, verified bool) map[string]any {
		return map[string]any{"email": address, "primary": primary, "verified": verified}
	}
	tests := map[string]struct {
		hub  func(*hub)
		want access.Identity // without the issuer
	}{
		"not the address of the profile": {nil, access.Identity{Subject: "583231", Email: "ada@example.org", Name: "Ada"}},
		"another login, the same account": {
			func(h *hub) { h.user["login"] = "countess"; h.user["name"] = nil },
			access.Identity{Subject: "583231", Email: "ada@example.org", Name: "countess"},
		},
		"the primary address is not verified": {
			func(h *hub) {
				h.emails = []any{mail("old@example.org", false, true), mail("ada@example.org", true, false)}
			},
			access.Identity{Subject: "583231", Name: "Ada"},
		},
		"no address is primary": {
			func(h *hub) { h.emails = []any{mail("ada@example.org", false, true)} },
			access.Identity{Subject: "583231", Name: "Ada"},
		},
		"no address at all":       {func(h *hub) { h.emails = []any{} }, access.Identity{Subject: "583231", Name: "Ada"}},
		"an address that is none": {func(h *hub) { h.emails = []any{mail("a@b@c", true, true)} }, access.Identity{Subject: "583231", Name: "Ada"}},
		"a name that looks like somebody's address": {
			func(h *hub) { h.user["name"] = "boss@example.org" }, access.Identity{Subject: "583231", Email: "ada@example.org", Name: "boss"},
		},
		"a name that is read backward": {
			func(h *hub) { h.user["name"] = "\u202eadA\n" }, access.Identity{Subject: "583231", Email: "ada@example.org", Name: "adA"},
		},
	}
	db := newStore(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			if tt.hub != nil {
				tt.hub(h)
			}
			p := newGitHub(t, h, newClock(), on(db, nil))
			preID, answer := beginAt(t, p, h)
			answer.Set("code_verifier", "attacker")
			answer.Set("redirect_uri", "https://evil.test/")
			tt.want.Issuer = h.URL
			got, begun, err := p.Complete(t.Context(), preID, answer)
			if err != nil || got != tt.want || begun.ReturnPath != "/browse/I58/" || begun.Linking != (store.Hash{}) {
				t.Errorf("Complete = %+v, %+v, %v, want %+v", got, begun, err, tt.want)
			}
			if len(h.forms) != 1 || h.forms[0].Get("redirect_uri") != "http://localhost:8080/auth/hub/callback" {
				t.Errorf("the token endpoint has received %v, want one form with our callback", h.forms)
			}
		})
	}
}

// toHub sends all requests to a hub, and leaves the host as it is for it to see.
type toHub struct{ h *hub }

func (to toHub) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Host = r.URL.Host
	r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(to.h.URL, "http://")
	return http.DefaultTransport.RoundTrip(r)
}

// TestWhereGitHubIs follows the requests for each kind of GitHub.
func TestWhereGitHubIs(t *testing.T) {
	for issuer, tt := range map[string]struct{ issuer, page, api string }{
		"":                           {"https://github.com", "github.com", "api.github.com"},
		"https://github.com":         {"https://github.com", "github.com", "api.github.com"},
		"https://lab.ghe.com":        {"https://lab.ghe.com", "lab.ghe.com", "api.lab.ghe.com"},
		"https://github.example.org": {"https://github.example.org", "github.example.org", "github.example.org/api/v3"},
	} {
		h := newHub(t)
		p := newGitHub(t, h, newClock(), func(c *auth.Config) {
			c.Issuer, c.HTTPClient = issuer, &http.Client{Transport: toHub{h}}
			c.AllowOrganizations, c.AllowTeams = []string{"Lab"}, []string{"lab/EM_team.1"}
		})
		h.members["/user/memberships/orgs/lab"] = "active"
		h.members["/orgs/lab/teams/em_team.1/memberships/ada-l"] = "active"
		preID, answer := beginAt(t, p, h)
		who, _, err := p.Complete(t.Context(), preID, answer)
		if err != nil || who.Issuer != tt.issuer || who.Subject != "583231" {
			t.Errorf("issuer %q: Complete = %+v, %v, want 583231 of %s", issuer, who, err, tt.issuer)
		}
		want := []string{
			tt.page + "/login/oauth/access_token", tt.api + "/user", tt.api + "/user/emails?per_page=100",
			tt.api + "/user/memberships/orgs/lab", tt.api + "/orgs/lab/teams/em_team.1/memberships/ada-l",
		}
		if got := h.asked(); !slices.Equal(got, want) {
			t.Errorf("issuer %q: asked for %q, want %q", issuer, got, want)
		}
	}
}

func TestGitHubMembership(t *testing.T) {
	const lab, other, team = "/user/memberships/orgs/lab", "/user/memberships/orgs/other", "/orgs/lab/teams/em/memberships/ada-l"
	orgs := func(c *auth.Config) { c.AllowOrganizations = []string{"lab", "other"} }
	teams := func(c *auth.Config) { c.AllowTeams = []string{"lab/em"} }
	both := func(c *auth.Config) { orgs(c); teams(c) }
	limited := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.WriteHeader(http.StatusForbidden)
	}
	tests := map[string]struct {
		config  func(*auth.Config)
		members map[string]string
		at      map[string]http.HandlerFunc
		want    error
		says    string
	}{
		"an active member":                    {orgs, map[string]string{lab: "active"}, nil, nil, ""},
		"of the second":                       {orgs, map[string]string{other: "active"}, nil, nil, ""},
		"of none":                             {orgs, nil, nil, auth.ErrRefused, "one of the organizations"},
		"invited only":                        {orgs, map[string]string{lab: "pending"}, nil, auth.ErrRefused, "one of the organizations"},
		"of a team":                           {teams, map[string]string{team: "active"}, nil, nil, ""},
		"of the organization, not the team":   {teams, map[string]string{lab: "active"}, nil, auth.ErrRefused, "one of the teams"},
		"invited to the team":                 {teams, map[string]string{team: "pending"}, nil, auth.ErrRefused, "one of the teams"},
		"both asked for, both there":          {both, map[string]string{lab: "active", team: "active"}, nil, nil, ""},
		"both asked for, no team":             {both, map[string]string{lab: "active"}, nil, auth.ErrRefused, "one of the teams"},
		"both asked for, no organization":     {both, map[string]string{team: "active"}, nil, auth.ErrRefused, "one of the organizations"},
		"the organization forbids to ask":     {orgs, nil, map[string]http.HandlerFunc{lab: status(403)}, auth.ErrRefused, "not approved"},
		"one forbids to ask, member of other": {orgs, map[string]string{other: "active"}, map[string]http.HandlerFunc{lab: status(403)}, nil, ""},
		"GitHub is tired of us":               {orgs, nil, map[string]http.HandlerFunc{lab: limited}, auth.ErrProvider, "403"},
		"GitHub is unwell":                    {orgs, nil, map[string]http.HandlerFunc{lab: status(502)}, auth.ErrProvider, "502"},
		"GitHub is unwell, member of other":   {orgs, map[string]string{other: "active"}, map[string]http.HandlerFunc{lab: status(502)}, nil, ""},
		"the answer is no JSON":               {orgs, nil, map[string]http.HandlerFunc{lab: status(200)}, auth.ErrProvider, "invalid character"},
		"the organization has moved": {
			orgs, nil, map[string]http.HandlerFunc{lab: http.RedirectHandler("/user/memberships/orgs/mallory", http.StatusMovedPermanently).ServeHTTP}, auth.ErrProvider, "301",
		},
	}
	db := newStore(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			for path, state := range tt.members {
				h.members[path] = state
			}
			h.members["/user/memberships/orgs/mallory"] = "active"
			for path, misbehave := range tt.at {
				h.at[path] = misbehave
			}
			p := newGitHub(t, h, newClock(), on(db, tt.config))
			preID, answer := beginAt(t, p, h)
			who, _, err := p.Complete(t.Context(), preID, answer)
			if !errors.Is(err, tt.want) || err != nil && !strings.Contains(err.Error(), tt.says) || (who.Subject == "583231") != (tt.want == nil) {
				t.Fatalf("Complete = %+v, %v, want %v saying %q", who, err, tt.want, tt.says)
			}
			if reason, ok := errors.AsType[*auth.NotAllowed](err); ok != errors.Is(tt.want, auth.ErrRefused) || ok && !strings.HasPrefix(reason.Reason, "Your GitHub account") {
				t.Errorf("Complete = %v, want a sentence for the person: %t", err, !ok)
			}
		})
	}
}

// TestMembershipIsAskedEachTime has somebody leave between two sign-ins.
func TestMembershipIsAskedEachTime(t *testing.T) {
	h := newHub(t)
	p := newGitHub(t, h, newClock(), func(c *auth.Config) { c.AllowOrganizations = []string{"lab"} })
	for state, want := range map[string]error{"active": nil, "pending": auth.ErrRefused} {
		h.members["/user/memberships/orgs/lab"] = state
		preID, answer := beginAt(t, p, h)
		if _, _, err := p.Complete(t.Context(), preID, answer); !errors.Is(err, want) {
			t.Errorf("Complete of a member who is %s = %v, want %v", state, err, want)
		}
	}
}

// TestLinking has somebody who is signed in add an identity: what they come back with belongs to that session, and to none
// once it has ended.
func TestLinking(t *testing.T) {
	c, db := newClock(), newStore(t)
	s, err := newSessions(t, func(config *auth.SessionConfig) { config.Store, config.Now = db, c.Now })
	if err != nil {
		t.Fatal(err)
	}
	h := newHub(t)
	p := newGitHub(t, h, c, func(config *auth.Config) { config.Store = db })
	for name, tt := range map[string]struct {
		ends bool
		want error
	}{
		"the session goes on": {false, nil},
		"the session ends":    {true, auth.ErrState},
	} {
		r := signIn(t, s)
		_, session, err := s.Person(r)
		if err != nil {
			t.Fatal(err)
		}
		to, preID, err := p.Begin(t.Context(), "/settings", session.Hash)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		h.challenge, h.forms = u.Query().Get("code_challenge"), nil
		if tt.ends {
			if err = s.SignOut(httptest.NewRecorder(), r); err != nil {
				t.Fatal(err)
			}
		}
		who, begun, err := p.Complete(t.Context(), preID, url.Values{"code": {"the-code"}, "state": {u.Query().Get("state")}})
		if !errors.Is(err, tt.want) || (err == nil) != (who.Subject == "583231" && begun.Linking == session.Hash) {
			t.Errorf("%s: Complete = %+v, %+v, %v, want %v", name, who, begun, err, tt.want)
		}
	}
}
