package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// email returns the primary address of the account if it is verified, else "".
func (g *GitHub) email(ctx context.Context, token string) (string, error) {
	var addresses []struct {
		Email    string `json:"email"`
		Primary  bool   `json:"primary"`
		Verified bool   `json:"verified"`
	}
	allowed, err := g.ask(ctx, token, "/user/emails?per_page=100", &addresses)
	switch {
	case err != nil:
		return "", err
	case !allowed:
		return "", fmt.Errorf("%w: GitHub does not tell the portal the person's e-mail addresses; "+
			"the app registered there must be an OAuth app, or a GitHub app that may read them", ErrRefused)
	}
	for _, a := range addresses {
		if a.Primary && a.Verified {
			return address(a.Email), nil
		}
	}
	return "", nil
}

// belongs tells why the account with this login is in none of the organizations, or none of the teams, that may sign in.
func (g *GitHub) belongs(ctx context.Context, token, login string) error {
	err := g.member(ctx, token, "organizations", g.c.AllowOrganizations, func(org string) string {
		return "/user/memberships/orgs/" + url.PathEscape(org)
	})
	if err != nil {
		return err
	}
	return g.member(ctx, token, "teams", g.c.AllowTeams, func(name string) string {
		org, team, _ := strings.Cut(name, "/")
		return "/orgs/" + url.PathEscape(org) + "/teams/" + url.PathEscape(team) + "/memberships/" + url.PathEscape(login)
	})
}

// member tells why the account is an active member of none of several groups, or nil. An empty list is no limit. path is
// that of the membership in the API.
func (g *GitHub) member(ctx context.Context, token, what string, groups []string, path func(string) string) error {
	if len(groups) == 0 {
		return nil
	}
	var unknown error
	for _, group := range groups {
		var membership struct {
			State string `json:"state"` // "pending" for somebody who has been invited
		}
		switch _, err := g.ask(ctx, token, path(group), &membership); {
		case err != nil:
			unknown = err
		case membership.State == "active":
			return nil
		}
	}
	if unknown != nil {
		return unknown
	}
	return refuse("Your GitHub account is not an active member of one of the %s that may sign in here, "+
		"or the organization has not approved this portal at GitHub.", what)
}

// ask reads what the API has at path. allowed is false if the account may not see it or it is not there.
func (g *GitHub) ask(ctx context.Context, token, path string, into any) (allowed bool, err error) {
	what := "ask GitHub for " + path
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, g.api+path, nil)
	if err != nil {
		return false, because(ErrProvider, what, err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", "application/vnd.github+json")
	res, err := g.client.Do(r)
	if err != nil {
		return false, because(ErrProvider, what, err)
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusOK:
		if err = json.NewDecoder(res.Body).Decode(into); err != nil {
			return false, because(ErrProvider, what, err)
		}
		return true, nil
	case res.StatusCode == http.StatusNotFound, res.StatusCode == http.StatusForbidden && !limits(res.Header):
		return false, nil
	}
	return false, because(ErrProvider, what, fmt.Errorf("the answer is %s", res.Status))
}

// limits reports whether a refusal says no more than that there have been too many requests:
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit.
func limits(h http.Header) bool {
	return h.Get("X-Ratelimit-Remaining") == "0" || h.Get("Retry-After") != ""
}
