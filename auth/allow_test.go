package auth_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"ngportal/auth"
	"ngportal/store"
)

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

// TestAllowed asks who may sign in by the claims of the ID token. Those of the userinfo endpoint do not count.
func TestAllowed(t *testing.T) {
	const ours, theirs = "72f988bf-86f1-41af-91ab-2d7cd011db47", "9188040d-6c67-4c5b-b112-36a304b66dad"
	tenants := func(c *auth.Config) { c.AllowTenants = []string{strings.ToUpper(ours)} }
	hosted := func(c *auth.Config) { c.AllowHostedDomains = []string{"Lab.example.org"} }
	all := func(c *auth.Config) { tenants(c); hosted(c); c.AllowDomains = []string{"example.org"} }
	tests := map[string]struct {
		config func(*auth.Config)
		claims map[string]any
		about  map[string]any // if any, the ID token has no name
		says   string         // "" for may
	}{
		"our tenant":                          {tenants, map[string]any{"tid": ours}, nil, ""},
		"another tenant":                      {tenants, map[string]any{"tid": theirs}, nil, "none of the organizations"},
		"no tenant":                           {tenants, nil, nil, "none of the organizations"},
		"our tenant, by userinfo only":        {tenants, nil, map[string]any{"tid": ours}, "none of the organizations"},
		"a tenant that is a number":           {tenants, map[string]any{"tid": 5}, nil, "ID token"},
		"our workspace":                       {hosted, map[string]any{"hd": "lab.example.org"}, nil, ""},
		"our workspace, in capitals":          {hosted, map[string]any{"hd": "LAB.example.org"}, nil, ""},
		"another workspace":                   {hosted, map[string]any{"hd": "lab.example.org.evil.test"}, nil, "none of the Google Workspaces"},
		"the address is of it, the word not":  {hosted, map[string]any{"email": "ada@lab.example.org"}, nil, "none of the Google Workspaces"},
		"our workspace, by userinfo only":     {hosted, nil, map[string]any{"hd": "lab.example.org"}, "none of the Google Workspaces"},
		"all asked for, all there":            {all, map[string]any{"tid": ours, "hd": "lab.example.org"}, nil, ""},
		"all asked for, no tenant":            {all, map[string]any{"hd": "lab.example.org"}, nil, "none of the organizations"},
		"all asked for, no workspace":         {all, map[string]any{"tid": ours}, nil, "none of the Google Workspaces"},
		"all asked for, an address elsewhere": {all, map[string]any{"tid": ours, "hd": "lab.example.org", "email": "a@b.test"}, nil, `of "b.test" may not`},
	}
	db := newStore(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			o := newOP(t, c.Now())
			for claim, value := range tt.claims {
				o.claims[claim] = value
			}
			if o.about = tt.about; tt.about != nil {
				delete(o.claims, "name")
				o.about["sub"] = o.claims["sub"]
			}
			p := newOIDC(t, o, c, on(db, tt.config))
			preID, answer := begin(t, p, o)
			who, _, err := p.Complete(t.Context(), preID, answer)
			if tt.says == "" && (err != nil || who.Subject != "248289761001") {
				t.Errorf("Complete = %+v, %v, want Ada", who, err)
			}
			if tt.says != "" && (!errors.Is(err, auth.ErrRefused) || !strings.Contains(err.Error(), tt.says) || who.Subject != "") {
				t.Errorf("Complete = %+v, %v, want ErrRefused saying %q", who, err, tt.says)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	good := map[string]auth.Config{
		"openid-connect": {Name: "lab", Issuer: "https://id.example.org", ClientID: "portal", RedirectURL: "https://portal.example.org/cb"},
		"github":         {Name: "lab", ClientID: "portal", RedirectURL: "https://portal.example.org/cb"},
	}
	issuer := func(address string) func(*auth.Config) { return func(c *auth.Config) { c.Issuer = address } }
	both := map[string]struct {
		spoil func(*auth.Config)
		says  string
	}{
		"a name with a slash":              {func(c *auth.Config) { c.Name = "a/b" }, "the name stands in addresses"},
		"an issuer without TLS":            {issuer("http://id.example.org"), "the issuer"},
		"an issuer that is no address":     {issuer("google"), "the issuer"},
		"a callback without TLS":           {func(c *auth.Config) { c.RedirectURL = "http://portal.example.org/cb" }, "the callback"},
		"a callback that only looks local": {func(c *auth.Config) { c.RedirectURL = "http://localhost.evil.test/cb" }, "the callback"},
		"no client id":                     {func(c *auth.Config) { c.ClientID = "" }, "client_id is missing"},
		"an empty domain":                  {func(c *auth.Config) { c.AllowDomains = []string{""} }, `allow_domains: "" is not a domain`},
		"an address for a domain":          {func(c *auth.Config) { c.AllowDomains = []string{"@example.org"} }, `allow_domains: "@example.org" is not`},
		"a pattern for a domain":           {func(c *auth.Config) { c.AllowDomains = []string{"*.example.org"} }, `allow_domains: "*.example.org" is not`},
	}
	own := map[string]map[string]struct {
		spoil func(*auth.Config)
		says  string
	}{
		"openid-connect": {
			"no issuer":            {issuer(""), "the issuer"},
			"all tenants of Entra": {issuer("https://login.microsoftonline.com/common/v2.0"), "write that of yours: https://login.microsoftonline.com/<tenant id>/v2.0"},
			"all organizations":    {issuer("https://login.microsoftonline.com/organizations/v2.0"), "all tenants"},
			"everybody at home":    {issuer("https://login.microsoftonline.us/Consumers/v2.0"), "all tenants"},
			"the template":         {issuer("https://login.microsoftonline.com/{tenantid}/v2.0"), "all tenants"},
			"no tenant":            {issuer("https://sts.windows.net/"), "all tenants"},
			"a tenant by name":     {func(c *auth.Config) { c.AllowTenants = []string{"contoso"} }, `allow_tenants: "contoso" is not a tenant id`},
			"an empty workspace":   {func(c *auth.Config) { c.AllowHostedDomains = []string{""} }, "allow_hosted_domains"},
			"GitHub's limits":      {func(c *auth.Config) { c.AllowOrganizations = []string{"lab"} }, "allow_organizations is for logins of the kind github"},
			"GitHub's teams":       {func(c *auth.Config) { c.AllowTeams = []string{"lab/em"} }, "allow_teams is for logins of the kind github"},
		},
		"github": {
			"an issuer with a path":     {issuer("https://github.example.org/api"), "without a path"},
			"an issuer with a slash":    {issuer("https://github.example.org/"), "without a path"},
			"an issuer in capitals":     {issuer("https://GitHub.com"), "the issuer"},
			"an address for a name":     {func(c *auth.Config) { c.AllowOrganizations = []string{"https://github.com/lab"} }, "allow_organizations"},
			"an empty organization":     {func(c *auth.Config) { c.AllowOrganizations = []string{""} }, "allow_organizations"},
			"a team of no organization": {func(c *auth.Config) { c.AllowTeams = []string{"em"} }, "organization/team"},
			"a team that climbs":        {func(c *auth.Config) { c.AllowTeams = []string{"lab/../.."} }, "organization/team"},
			"Entra's limits":            {func(c *auth.Config) { c.AllowTenants = []string{"x"} }, "allow_tenants is for logins of the kind openid-connect"},
			"Google's limits":           {func(c *auth.Config) { c.AllowHostedDomains = []string{"x"} }, "allow_hosted_domains is for"},
		},
	}
	for kind, config := range good {
		if p, err := auth.New(kind, config); err != nil || p.Provider().Name != "lab" {
			t.Errorf("New(%q) = %+v, %v", kind, p, err)
		}
		for _, tests := range []map[string]struct {
			spoil func(*auth.Config)
			says  string
		}{both, own[kind]} {
			for name, tt := range tests {
				c := config
				tt.spoil(&c)
				if _, err := auth.New(kind, c); err == nil || !strings.Contains(err.Error(), tt.says) || !strings.HasPrefix(err.Error(), `login "`) {
					t.Errorf("%s: New(%q) = %v, want an error saying %q", name, kind, err, tt.says)
				}
			}
		}
	}
	if p, err := auth.New("gitlab", good["github"]); p != nil || err == nil || err.Error() != `login "lab": the kind "gitlab" is unknown: it is openid-connect or github` {
		t.Errorf("New(gitlab) = %v, %v", p, err)
	}
}

func TestTitle(t *testing.T) {
	for kind, want := range map[string]string{"openid-connect": "lab", "github": "GitHub"} {
		c := auth.Config{Name: "lab", Issuer: "https://id.example.org", ClientID: "portal", RedirectURL: "https://portal.example.org/cb"}
		p, err := auth.New(kind, c)
		if err != nil || p.Provider() != (auth.Provider{Name: "lab", Title: want}) {
			t.Errorf("the provider of a %s without a title = %+v, %v, want the title %s", kind, p.Provider(), err, want)
		}
	}
}

// down is a way to an issuer that a test can cut.
type down struct{ up bool }

func (d *down) RoundTrip(r *http.Request) (*http.Response, error) {
	if !d.up {
		return nil, errors.New("connection refused")
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestIssuerDownAtStart(t *testing.T) {
	c, way := newClock(), &down{}
	o := newOP(t, c.Now())
	p := newOIDC(t, o, c, func(c *auth.Config) { c.HTTPClient = &http.Client{Transport: way} })
	if _, _, err := p.Begin(t.Context(), "/", store.Hash{}); !errors.Is(err, auth.ErrProvider) || !strings.Contains(err.Error(), "refused") {
		t.Errorf("Begin while the issuer is down = %v, want ErrProvider", err)
	}
	way.up = true
	c.advance(5 * time.Second)
	preID, answer := begin(t, p, o)
	way.up = false
	if _, _, err := p.Complete(t.Context(), preID, answer); !errors.Is(err, auth.ErrProvider) {
		t.Errorf("Complete while it is down again = %v, want ErrProvider", err)
	}
	way.up = true
	preID, answer = begin(t, p, o)
	if who, _, err := p.Complete(t.Context(), preID, answer); err != nil || who.Subject != "248289761001" {
		t.Errorf("Complete after it has come up = %+v, %v, want Ada", who, err)
	}
}
