package edge

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"ngportal/cloudfront"
)

// signedCookies returns the first value of each of CloudFront's cookies, and whether any came twice.
//
// The header is taken apart by hand because net/http passes over values that it finds ill-formed, and
// takes off quotes: it would find a second value where the first counts.
func signedCookies(r *http.Request) (c cloudfront.Cookies, twice bool) {
	values := [...]struct {
		name string
		to   *string
		seen bool
	}{
		{name: cloudfront.PolicyName, to: &c.Policy},
		{name: cloudfront.SignatureName, to: &c.Signature},
		{name: cloudfront.KeyPairIDName, to: &c.KeyPairID},
		{name: cloudfront.HashAlgorithmName, to: &c.HashAlgorithm},
		{name: cloudfront.ExpiresName, to: &c.Expires},
	}
	for name, value := range cookies(r) {
		for i := range values {
			v := &values[i]
			switch {
			case v.name != name:
			case v.seen:
				twice = true
			default:
				*v.to, v.seen = value, true
			}
		}
	}
	return c, twice
}

// cookies yields the names and values of the Cookie headers, in order.
func cookies(r *http.Request) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		for _, line := range r.Header["Cookie"] {
			for pair := range strings.SplitSeq(line, ";") {
				name, value, _ := strings.Cut(strings.Trim(pair, " \t"), "=")
				if !yield(name, value) {
					return
				}
			}
		}
	}
}

// sessionName is the name of the session's cookie. Safari keeps no secure cookies of http://localhost.
func (e *edge) sessionName() string {
	if e.secure() {
		return "__Host-ng"
	}
	return "ng"
}

// token is the first value of the session's cookie, or "".
func (e *edge) token(r *http.Request) string {
	for name, value := range cookies(r) {
		if name == e.sessionName() {
			return value
		}
	}
	return ""
}

// cookie makes a cookie of this host alone. A negative age removes it.
//
// All are SameSite=Strict, the session's too: it is set in answer to a ticket, which needs no cookie, and is
// sent only with requests that the viewer's own page makes. Lax would add nothing but requests
// that other sites cause.
func (e *edge) cookie(name, value, path string, age time.Duration) *http.Cookie {
	seconds := int(age / time.Second)
	if seconds <= 0 {
		seconds = -1
	}
	return &http.Cookie{ //nolint:gosec // Secure is left out on loopback only
		Name: name, Value: value, Path: path, MaxAge: seconds,
		Secure: e.secure(), HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}

// dataCookie makes one of CloudFront's cookies for a location, or removes it. A sibling host that has
// the data gets it only by its domain, and with it every host of that domain.
func (e *edge) dataCookie(name, value, id string, age time.Duration) *http.Cookie {
	c := e.cookie(name, value, "/d/"+id+"/", age) //nolint:gosec // as cookie makes it
	c.Domain = e.CookieDomain
	return c
}

// grantCookies makes the cookies of a session and of its locations. No location's outlives the session.
func (e *edge) grantCookies(g Grant) ([]*http.Cookie, error) {
	now := e.Now()
	set := append(e.removal(g.Gone), e.cookie(e.sessionName(), g.Token, "/", g.Expires.Sub(now)))
	end := now.Add(e.Lifetime)
	if g.Expires.Before(end) {
		end = g.Expires
	}
	for _, id := range g.Locations {
		policy, err := cloudfront.LocationPolicy(e.dataOrigin(), id, end)
		if err != nil {
			return nil, fmt.Errorf("cookies of location: %w", err)
		}
		signed, err := e.Signer.Sign(policy)
		if err != nil {
			return nil, fmt.Errorf("cookies of location %s: %w", id, err)
		}
		e.limits.remember(holderOf(signed), known{personOf(g.Person), end}, now)
		for _, p := range signed.Pairs() {
			set = append(set, e.dataCookie(p.Name, p.Value, id, end.Sub(now)))
		}
	}
	return set, nil
}

// removal makes the cookies that remove those of locations.
func (e *edge) removal(locations []string) []*http.Cookie {
	var set []*http.Cookie
	for _, id := range locations {
		for _, name := range []string{
			cloudfront.PolicyName, cloudfront.SignatureName, cloudfront.KeyPairIDName, cloudfront.HashAlgorithmName,
		} {
			set = append(set, e.dataCookie(name, "", id, -1))
		}
	}
	return set
}

func setCookies(a *answer, set []*http.Cookie) {
	for _, c := range set {
		http.SetCookie(a, c)
	}
}
