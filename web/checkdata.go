package main

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"ngportal/access"
	"ngportal/auth"
)

func (k *checker) logins(logins []loginConfig) {
	if len(logins) == 0 {
		k.fault("login", "add a provider; docs/operate.md has an example", "nobody could sign in")
	}
	seen := map[string]bool{}
	for i, l := range logins {
		at := fmt.Sprintf("login.%d", i)
		if seen[l.Name] && l.Name != "" {
			k.fault(at+".name", "", "%q is used twice", l.Name)
		}
		seen[l.Name] = true
		if l.Kind == "openid-connect" || l.Kind == "github" {
			k.login(at, l)
		} else {
			k.fault(at+".kind", "write openid-connect or github", "%q is not supported", l.Kind)
		}
		k.secret(at, l)
	}
}

// login asks the provider about one key at a time, with values in order for the others: so the answer is about that key.
func (k *checker) login(at string, l loginConfig) {
	ask := func(key, value, hint string, set func(*auth.Config)) {
		if value == "" && l.Kind == "github" && key == ".issuer" || value != "" || k.need(at+key, value, hint) {
			k.wrongLogin(at+key, hint, l.Kind, set)
		}
	}
	ask(".name", l.Name, "it becomes part of an address: /auth/<name>", func(c *auth.Config) { c.Name = l.Name })
	ask(".issuer", l.Issuer, "for example https://accounts.google.com", func(c *auth.Config) { c.Issuer = l.Issuer })
	for key, set := range map[string]func(*auth.Config){
		".allow_hosted_domains": func(c *auth.Config) { c.AllowHostedDomains = l.AllowHostedDomains },
		".allow_tenants":        func(c *auth.Config) { c.AllowTenants = l.AllowTenants },
		".allow_organizations":  func(c *auth.Config) { c.AllowOrganizations = l.AllowOrganizations },
		".allow_teams":          func(c *auth.Config) { c.AllowTeams = l.AllowTeams },
	} {
		k.wrongLogin(at+key, "", l.Kind, set)
	}
	ask(".client_id", l.ClientID, "the provider gives it when the portal is registered there", func(c *auth.Config) { c.ClientID = l.ClientID })
}

// wrongLogin asks the provider about what set changes in an order that is good otherwise.
func (k *checker) wrongLogin(path, hint, kind string, set func(*auth.Config)) {
	c := auth.Config{Name: "name", Issuer: "https://id.example.org", ClientID: "id", RedirectURL: "https://portal.example.org/"}
	set(&c)
	if _, err := auth.New(kind, c); err != nil {
		k.fault(path, hint, "%s", strings.TrimPrefix(err.Error(), fmt.Sprintf("login %q: ", c.Name)))
	}
}

func (k *checker) secret(at string, l loginConfig) {
	switch {
	case l.ClientSecret != "" && l.ClientSecretFile != "":
		k.fault(at+".client_secret_file", "keep one of the two", "both client_secret and client_secret_file are given")
	case l.ClientSecretFile != "":
		text, ok := k.file(at+".client_secret_file", l.ClientSecretFile, "")
		if ok && strings.TrimSpace(string(text)) == "" {
			k.fault(at+".client_secret_file", "", "%s is empty", l.ClientSecretFile)
		}
	default:
		k.need(at+".client_secret", l.ClientSecret, "or give client_secret_file")
	}
}

func (k *checker) buckets(c config) {
	if len(c.Buckets) == 0 {
		k.fault("buckets", "name at least one bucket", "there is none")
	}
	known := map[string]bool{}
	for i, b := range c.Buckets {
		at := func(key string) string { return fmt.Sprintf("buckets.%d.%s", i, key) }
		k.need(at("name"), b.Name, "")
		if known[b.Name] {
			k.fault(at("name"), "", "%q is listed twice", b.Name)
		}
		known[b.Name] = true
		if b.Access != "private" && b.Access != "public" {
			k.fault(at("access"), "write private or public", "%q is neither", b.Access)
		}
		if b.Region == "" && b.Endpoint == "" {
			k.fault(at("region"), "for example us-east-2", "is missing")
		}
		if b.Endpoint != "" && !isEndpoint(b.Endpoint) {
			k.fault(at("endpoint"), "for example http://minio:9000", "%q is not an http:// or https:// address of a server", b.Endpoint)
		}
		for j, a := range b.Addresses {
			if !isEndpoint(a) || !strings.HasSuffix(a, "/") {
				k.fault(at(fmt.Sprintf("addresses.%d", j)), "for example https://data.example.org/", "%q is not an http:// or https:// address that ends in a slash", a)
			}
		}
	}
	for i, d := range c.Datasets {
		for j, l := range d.Locations {
			if !known[l.Bucket] {
				k.fault(fmt.Sprintf("datasets.%d.locations.%d.bucket", i, j), "add it under buckets", "bucket %q is not configured", l.Bucket)
			}
		}
	}
}

func isEndpoint(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

func (k *checker) datasets(c config) {
	var sets []access.Dataset
	for _, d := range c.seeds() {
		sets = append(sets, d.Dataset)
	}
	if err := access.CheckDatasets(sets); err != nil {
		for text := range strings.SplitSeq(err.Error(), "\n") {
			k.fault(c.pathOf(text), "", "%s", strings.TrimPrefix(text, "invalid: "))
		}
	}
}

// pathOf returns the path of the dataset, or of the location in it, that a fault of the policy names:
// the last one, since of two that clash the later is refused.
func (c config) pathOf(text string) string {
	const none = "datasets"
	set, location := none, none
	for i, d := range c.Datasets {
		here := strings.Contains(text, "dataset "+strconv.Quote(d.Name)+":")
		if here {
			set = fmt.Sprintf("datasets.%d", i)
		}
		for j, l := range d.Locations {
			id := strconv.Quote(l.ID)
			if here && (strings.Contains(text, "location id "+id) || strings.Contains(text, "location "+id)) ||
				strings.Contains(text, fmt.Sprintf("location %s (%s/%s) overlap", id, l.Bucket, l.Prefix)) {
				location = fmt.Sprintf("datasets.%d.locations.%d", i, j)
			}
		}
	}
	if location != none {
		return location
	}
	return set
}
