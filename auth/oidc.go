package auth

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"ngportal/store"
)

// OIDC signs people in with one OpenID Connect provider. It is safe for concurrent use.
type OIDC struct {
	flow
	asking singleflight.Group

	mu      sync.Mutex
	found   *issuer
	failed  time.Time
	failure error
}

var _ SignInProvider = (*OIDC)(nil)

// NewOpenIDConnect returns a provider. It does not speak to the issuer, which may be down; the
// first sign-in does. The error tells what in c cannot be right.
func NewOpenIDConnect(c Config) (*OIDC, error) {
	c, f := c.checked()
	switch {
	case !trustworthy(c.Issuer):
		f.add("the issuer %q must be an https:// address; http:// will do on this computer only", c.Issuer)
	case multiTenant(c.Issuer):
		f.add("the issuer %q is that of all tenants of Microsoft Entra at once, and anybody can have one; "+
			"write that of yours: https://login.microsoftonline.com/<tenant id>/v2.0", c.Issuer)
	}
	c.AllowTenants = f.list("allow_tenants", c.AllowTenants, tenantForm, "a tenant id, such as 72f988bf-86f1-41af-91ab-2d7cd011db47")
	c.AllowHostedDomains = f.list("allow_hosted_domains", c.AllowHostedDomains, domainForm, "a domain, such as example.org")
	f.foreign("allow_organizations", "github", c.AllowOrganizations)
	f.foreign("allow_teams", "github", c.AllowTeams)
	return &OIDC{flow: flow{c, bounded(c.HTTPClient)}}, f.err()
}

// multiTenant reports whether an issuer of Microsoft's is not that of one tenant.
func multiTenant(issuer string) bool {
	u, err := url.Parse(strings.ToLower(issuer))
	if err != nil || !strings.Contains(u.Hostname(), "microsoftonline.") && !strings.HasSuffix(u.Hostname(), "sts.windows.net") {
		return false
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return slices.Contains([]string{"", "common", "organizations", "consumers", "{tenantid}"}, tenant)
}

// Begin is [SignInProvider].Begin.
func (o *OIDC) Begin(ctx context.Context, returnPath string, linking store.Hash) (redirectURL, preID string, err error) {
	is, err := o.discovered(ctx)
	if err != nil {
		return "", "", err
	}
	return o.begin(ctx, is.goth, nil, returnPath, linking)
}
