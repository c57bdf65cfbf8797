package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"ngportal/store"
)

// storeReady looks at the database without touching it: the portal may be using it.
func storeReady(ctx context.Context, p *patient) finding {
	there, err := store.Inspect(ctx, p.parts.storeURL)
	switch {
	case err != nil:
		return bad("run doctor as the user that ngportal runs as; a file and its folder must be that user's, a server must be up and know the user", "%v", err)
	case !there:
		return note("", "it will be made at the first start")
	}
	name, _ := store.Describe(p.parts.storeURL) // it has been inspected
	return fine("%s", name)
}

// issuers asks each sign-in service about itself, as the portal will at the first sign-in.
func issuers(ctx context.Context, p *patient) finding {
	logins := p.cfg.Login
	failed := make(problems, len(logins))
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i, l := range logins {
		all.Go(func() error {
			failed[i] = problem{what: "login " + l.Name, wrong: p.loginFault(ctx, l)}
			return nil
		})
	}
	_ = all.Wait() // none returns an error
	return failed.or(fine("%d of %d", len(logins), len(logins)),
		"issuer must be, letter for letter, what the service calls itself, and this computer must reach it")
}

// loginFault tells why nobody could sign in at a provider, or "". GitHub has no description of itself: it must answer.
func (p *patient) loginFault(ctx context.Context, l loginConfig) string {
	if l.Kind != "github" {
		return p.issuerFault(ctx, l.Issuer)
	}
	at := cmp.Or(l.Issuer, "https://github.com")
	if _, err := p.ask(ctx, question{url: at}); err != nil {
		return fmt.Sprintf("nobody answers at %s: %s", at, reason(err))
	}
	return ""
}

// issuerFault tells what is wrong with an issuer's own description, or "".
func (p *patient) issuerFault(ctx context.Context, issuer string) string {
	a, err := p.ask(ctx, question{url: strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"})
	if err != nil {
		return fmt.Sprintf("nobody answers at %s: %s", issuer, reason(err))
	}
	var d struct {
		Issuer string `json:"issuer"`
		Auth   string `json:"authorization_endpoint"`
		Token  string `json:"token_endpoint"`
		Keys   string `json:"jwks_uri"`
	}
	if !a.ok() || json.Unmarshal(a.body, &d) != nil {
		return fmt.Sprintf("%s answers %s to the question for its description", issuer, a)
	}
	switch {
	case d.Issuer != issuer:
		return fmt.Sprintf("the service calls itself %q, and the configuration %q", d.Issuer, issuer)
	case d.Auth == "" || d.Token == "" || d.Keys == "":
		return fmt.Sprintf("%s does not say where to sign in, or where its keys are", issuer)
	}
	a, err = p.ask(ctx, question{url: d.Keys})
	var keys struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err != nil || !a.ok() || json.Unmarshal(a.body, &keys) != nil || len(keys.Keys) == 0 {
		return fmt.Sprintf("the keys of %s cannot be read", issuer)
	}
	return ""
}
