package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"
)

// A checker collects the faults of a configuration.
type checker struct {
	line  func(path string) int
	found faults
}

func (k *checker) fault(path, hint, format string, args ...any) {
	k.found = append(k.found, fault{k.line(path), path + ": " + fmt.Sprintf(format, args...), hint})
}

func (k *checker) need(path, value, hint string) bool {
	if value == "" {
		k.fault(path, hint, "is missing")
	}
	return value != ""
}

// check finds every fault that the file itself shows. Files it names are looked at, nothing is connected to.
func (c config) check(line func(string) int) faults {
	k := &checker{line: line}
	k.hosts(c)
	if k.need("store.url", c.Store.URL, "for example sqlite:///var/lib/ngportal/portal.db") &&
		!strings.HasPrefix(c.Store.URL, "sqlite://") {
		k.fault("store.url", "use sqlite:///path/to/portal.db", "only SQLite is supported by this version")
	}
	k.file("sessions.key_file", c.Sessions.KeyFile, "make one with: openssl rand -out session.key 64")
	k.duration("sessions.idle", c.Sessions.Idle, time.Minute, 30*24*time.Hour)
	k.duration("sessions.absolute", c.Sessions.Absolute, c.Sessions.Idle, 90*24*time.Hour)
	k.need("signing.key_id", c.Signing.KeyID, "CloudFront's id of the public key, such as K2JCJMDEHXQW5F")
	k.file("signing.private_key_file", c.Signing.PrivateKeyFile,
		"make one with: openssl ecparam -name prime256v1 -genkey -noout -out signing.pem")
	if c.Signing.Hash != "sha1" && c.Signing.Hash != "sha256" {
		k.fault("signing.hash", "write sha256, or sha1 for old distributions", "%q is not a hash CloudFront knows", c.Signing.Hash)
	}
	k.duration("signing.lifetime", c.Signing.Lifetime, time.Minute, 24*time.Hour)
	k.logins(c.Login)
	k.buckets(c)
	return k.found
}

func (k *checker) hosts(c config) {
	portal := k.origin("portal.url", c.Portal.URL)
	viewer := k.origin("viewer.url", c.Viewer.URL)
	if portal != "" && portal == viewer {
		k.fault("viewer.url", "give the viewer a host or port of its own", "is the portal's own address; the viewer runs scripts that must not share it")
	}
	if site(portal) != site(viewer) && portal != "" && viewer != "" {
		k.fault("viewer.url", "use sibling names such as portal.example.org and ng.example.org",
			"%s and %s are not the same site, so browsers would not send the cookies", portal, viewer)
	}
	k.listen("portal.listen", c.Portal.Listen)
	if c.Viewer.EdgeListen != "" {
		k.listen("viewer.edge_listen", c.Viewer.EdgeListen)
	}
}

// site is what browsers call a site: the scheme and the name that its owner registered.
func site(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	name, err := publicsuffix.EffectiveTLDPlusOne(u.Hostname())
	if err != nil { // localhost, an address
		name = u.Hostname()
	}
	return u.Scheme + "://" + name
}

func (k *checker) origin(path, value string) string {
	if !k.need(path, value, "for example https://portal.example.org") {
		return ""
	}
	origin, ok := originOf(value)
	switch {
	case !ok:
		k.fault(path, "write the scheme, the host and if need be the port, nothing else", "%q is not the address of a host", value)
		return ""
	case strings.HasPrefix(origin, "https://") || strings.HasPrefix(origin, "http://") && loopback(origin):
		return origin
	}
	k.fault(path, "use https; http is for localhost only", "%q would send cookies unprotected", value)
	return ""
}

func loopback(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

func (k *checker) listen(path, value string) {
	if _, _, err := net.SplitHostPort(value); err != nil {
		k.fault(path, "write host:port, for example 127.0.0.1:8080", "%q is not an address to listen on", value)
	}
}

func (k *checker) file(path, name, hint string) {
	if !k.need(path, name, hint) {
		return
	}
	if _, err := os.Stat(name); err != nil {
		reason := err
		if pe, ok := errors.AsType[*os.PathError](err); ok {
			reason = pe.Err
		}
		k.fault(path, hint, "%s: %v", name, reason)
	}
}

func (k *checker) duration(path string, d, least, most time.Duration) {
	if d < least || d > most {
		k.fault(path, "write a time such as 30m or 8h", "%v is not between %v and %v", d, least, most)
	}
}

var providerName = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

func (k *checker) logins(logins []loginConfig) {
	if len(logins) == 0 {
		k.fault("login", "add a provider; docs/operate.md has an example", "nobody could sign in")
	}
	seen := map[string]bool{}
	for i, l := range logins {
		at := func(key string) string { return fmt.Sprintf("login.%d.%s", i, key) }
		if !providerName.MatchString(l.Name) {
			k.fault(at("name"), "it becomes part of an address: /auth/<name>", "%q is not [a-z0-9-]{1,32}", l.Name)
		}
		if seen[l.Name] {
			k.fault(at("name"), "", "%q is used twice", l.Name)
		}
		seen[l.Name] = true
		if l.Kind != "openid-connect" {
			k.fault(at("kind"), "write openid-connect", "%q is not supported by this version", l.Kind)
			continue
		}
		k.need(at("issuer"), l.Issuer, "for example https://accounts.google.com")
		k.need(at("client_id"), l.ClientID, "the provider gives it when the portal is registered there")
		switch {
		case l.ClientSecret != "" && l.ClientSecretFile != "":
			k.fault(at("client_secret_file"), "keep one of the two", "both client_secret and client_secret_file are given")
		case l.ClientSecretFile != "":
			k.file(at("client_secret_file"), l.ClientSecretFile, "")
		default:
			k.need(at("client_secret"), l.ClientSecret, "or give client_secret_file")
		}
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
	}
	for i, d := range c.Datasets {
		for j, l := range d.Locations {
			if !known[l.Bucket] {
				k.fault(fmt.Sprintf("datasets.%d.locations.%d.bucket", i, j), "add it under buckets", "bucket %q is not configured", l.Bucket)
			}
		}
	}
	if _, err := c.policy(); err != nil {
		for text := range strings.SplitSeq(err.Error(), "\n") {
			k.fault("datasets", "", "%s", strings.TrimPrefix(text, "invalid: "))
		}
	}
}
