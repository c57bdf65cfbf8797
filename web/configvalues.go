package main

import (
	"fmt"
	"math"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// originOf returns scheme://host[:port] of a URL that has nothing else in it, as browsers write it:
// in lower case, without a port that goes without saying, without the dot that may end a full name.
func originOf(s string) (string, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", false
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if u.Port() == "" {
		return u.Scheme + "://" + host, true
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		return "", false
	}
	if defaultPort := map[string]uint64{"http": 80, "https": 443}[u.Scheme]; port != defaultPort {
		host += ":" + strconv.FormatUint(port, 10)
	}
	return u.Scheme + "://" + host, true
}

// hostName is the name in an origin, without the port.
func hostName(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// site is what browsers call a site: the scheme and the name that its owner registered.
func site(origin string) string {
	scheme, _, _ := strings.Cut(origin, ":")
	name := hostName(origin)
	if registered, err := publicsuffix.EffectiveTLDPlusOne(name); err == nil && net.ParseIP(name) == nil { // not localhost, no address
		name = registered
	}
	return scheme + "://" + name
}

// cookieDomain returns the longest domain that two origins share: what a cookie for both must name.
func cookieDomain(a, b string) (string, error) {
	if hostName(a) == hostName(b) {
		return "", fmt.Errorf("%s and %s have the same name: cookies do not count ports", a, b)
	}
	var shared []string
	x, y := strings.Split(hostName(a), "."), strings.Split(hostName(b), ".")
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		shared = append(shared, x[len(x)-1])
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	slices.Reverse(shared)
	domain := strings.Join(shared, ".")
	for _, origin := range []string{a, b} {
		if name := hostName(origin); net.ParseIP(name) != nil || !strings.Contains(name, ".") {
			return "", fmt.Errorf("no cookie can be for %q and for another host: cookies for several hosts need a domain name", name)
		}
	}
	if domain == "" {
		return "", fmt.Errorf("%s and %s have no domain in common", a, b)
	}
	if suffix, _ := publicsuffix.PublicSuffix(domain); suffix == domain {
		return "", fmt.Errorf("%s and %s have only %q in common, where browsers keep no cookies", a, b, domain)
	}
	return domain, nil
}

var sizeForm = regexp.MustCompile(`^([0-9]+) ?([kmgt]i?)?b?$`)

// parseSize reads a number of bytes such as 256MB, 20 GB or 512MiB. MB counts a thousand kB, MiB 1024 KiB.
func parseSize(s string) (int64, error) {
	part := sizeForm.FindStringSubmatch(strings.ToLower(s))
	if part == nil {
		return 0, fmt.Errorf("%q is not a size", s)
	}
	n, err := strconv.ParseInt(part[1], 10, 64)
	unit, binary := strings.CutSuffix(part[2], "i")
	step := int64(1000)
	if binary {
		step = 1024
	}
	for range strings.Index(" kmgt", unit) {
		if n > math.MaxInt64/step {
			err = strconv.ErrRange
		}
		n *= step
	}
	if err != nil {
		return 0, fmt.Errorf("%q is too large", s)
	}
	return n, nil
}
