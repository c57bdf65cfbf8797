// Package cloudfront signs and verifies Amazon CloudFront's signed cookies.
//
// It is pure: it is given keys, policies and the time, and answers with cookies or with the
// refusal that CloudFront would give. The facts are those of the CloudFront developer guide,
// "Use signed cookies", in its text of 2026.
package cloudfront

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// ErrInvalid is wrapped by every error about an origin, location id, key or hash that cannot be used.
var ErrInvalid = errors.New("invalid")

var (
	// A host is what a browser makes of it: lower case, no user, no trailing dot.
	originForm = regexp.MustCompile(
		`^(https?)://([a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[::1\])(?::([1-9][0-9]{0,4}))?$`)
	locationForm = regexp.MustCompile(`^[a-z0-9-]{4,64}$`)
)

// A Policy lets its bearer read one location until a time. [LocationPolicy] makes it; the zero
// Policy lets nobody read anything and cannot be signed.
type Policy struct {
	resource string
	expires  int64 // seconds since 1970
}

// LocationPolicy returns the policy that grants everything below origin/d/locationID/ until expires,
// which counts in whole seconds. It cannot grant anything else.
//
// The error wraps [ErrInvalid]: for an origin that [CheckOrigin] refuses, a locationID that is not
// [a-z0-9-]{4,64}, a time before 1970.
func LocationPolicy(origin, locationID string, expires time.Time) (Policy, error) {
	if err := CheckOrigin(origin); err != nil {
		return Policy{}, err
	}
	if !locationForm.MatchString(locationID) {
		return Policy{}, fmt.Errorf("%w: location id %q is not [a-z0-9-]{4,64}", ErrInvalid, locationID)
	}
	if expires.Unix() <= 0 {
		return Policy{}, fmt.Errorf("%w: the policy's end %v lies before 1970", ErrInvalid, expires)
	}
	return Policy{origin + "/d/" + locationID + "/*", expires.Unix()}, nil
}

// CheckOrigin tells why origin cannot be the viewer host's, or nil if it can: it must be
// scheme://host[:port] exactly as a browser writes it, with https, or http on a loopback name
// (localhost, 127.0.0.1, [::1]). The error wraps [ErrInvalid].
func CheckOrigin(origin string) error {
	part := originForm.FindStringSubmatch(origin)
	if part == nil {
		return fmt.Errorf("%w: origin %q is not scheme://host[:port] in lower case, without a path", ErrInvalid, origin)
	}
	scheme, host, port := part[1], part[2], part[3]
	if n, _ := strconv.Atoi(port); n > 65535 {
		return fmt.Errorf("%w: origin %q has a port above 65535", ErrInvalid, origin)
	}
	if scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		return fmt.Errorf("%w: origin %q names the default port, which browsers leave out", ErrInvalid, origin)
	}
	if scheme == "http" && !slices.Contains([]string{"localhost", "127.0.0.1", "[::1]"}, host) {
		return fmt.Errorf("%w: origin %q must use https: http is for localhost only", ErrInvalid, origin)
	}
	return nil
}

// Resource is the pattern of the addresses that p grants: one "*", at its end.
func (p Policy) Resource() string { return p.resource }

// Expires is the first second at which p grants nothing any more.
func (p Policy) Expires() time.Time { return time.Unix(p.expires, 0).UTC() }

// String is the policy as CloudFront reads it, byte for byte what is signed.
func (p Policy) String() string { return statement(p.resource, strconv.FormatInt(p.expires, 10)) }

// statement writes a policy with one condition. It escapes nothing: callers see to that.
func statement(resource, epoch string) string {
	return `{"Statement":[{"Resource":"` + resource + `","Condition":{"DateLessThan":{"AWS:EpochTime":` + epoch + `}}}]}`
}
