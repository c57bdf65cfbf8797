package edge

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"ngportal/cloudfront"
)

// isHost compares a Host header with an origin's, as names: case, a final dot and the default port do not count.
func isHost(host, origin string) bool {
	scheme, want, _ := strings.Cut(origin, "://")
	if host == want { // as browsers write it
		return true
	}
	standard := map[string]string{"https": ":443", "http": ":80"}[scheme]
	host = strings.TrimSuffix(strings.ToLower(host), standard)
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		name, port = host[:i], host[i:]
	}
	return strings.TrimSuffix(name, ".")+port == want
}

// checkHosts tells why a viewer host cannot have the origins and the cookie domain of c, or nil if it can.
func checkHosts(c Config) error {
	if err := cloudfront.CheckOrigin(c.Origin); err != nil {
		return err
	}
	switch {
	case c.DataOrigin == "" || c.DataOrigin == c.Origin:
		if c.CookieDomain != "" {
			return fmt.Errorf("cookies for all of %s are for data on a host of their own only", c.CookieDomain)
		}
		return nil
	case c.CookieDomain == "":
		return fmt.Errorf("data at %s need a cookie domain", c.DataOrigin)
	}
	if err := cloudfront.CheckOrigin(c.DataOrigin); err != nil {
		return err
	}
	return checkDomain(c)
}

// checkDomain tells why the viewer host could not set cookies that the data host gets, or nil if it could.
func checkDomain(c Config) error {
	if _, err := publicsuffix.EffectiveTLDPlusOne(c.CookieDomain); err != nil {
		return fmt.Errorf("browsers take no cookies for all of %s: %w", c.CookieDomain, err)
	}
	var names []string
	for _, origin := range []string{c.Origin, c.DataOrigin} {
		u, err := url.Parse(origin)
		if err != nil {
			return err
		}
		name := u.Hostname()
		_, err = netip.ParseAddr(name)
		switch {
		case u.Scheme != "https":
			return fmt.Errorf("%s must use https: browsers share no cookies between names of this computer", origin)
		case err == nil:
			return fmt.Errorf("%s is an address: browsers share cookies between names only", origin)
		case name != c.CookieDomain && !strings.HasSuffix(name, "."+c.CookieDomain):
			return fmt.Errorf("%s does not lie below the cookie domain %s", origin, c.CookieDomain)
		}
		names = append(names, name)
	}
	if names[0] == names[1] {
		return errors.New("viewer and data must have hosts of different names: cookies do not count ports")
	}
	return nil
}
