package cloudfront

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A grant is what a policy says.
type grant struct {
	resource string
	anywhere bool // no Resource: everything that trusts the key
	literal  bool // resource is an address, not a pattern
	before   int64
	after    int64        // 0: from ever
	network  netip.Prefix // the zero Prefix: from anywhere
}

// refuses tells why g does not grant r, or "".
func (g grant) refuses(r Request) string {
	now := r.Now.Unix()
	switch {
	case len(r.URL) > maxURL:
		return "the address is too long"
	case dotted(r.URL):
		return "the address holds a dot segment"
	case asSigned(r.URL):
		return "the address is that of a signed URL, to which cookies do not count"
	case g.literal && g.resource != r.URL, !g.literal && !g.anywhere && !match(g.resource, r.URL):
		return "the policy is for other addresses"
	case now >= g.before:
		return "the policy has ended"
	case g.after != 0 && now <= g.after:
		return "the policy has not begun"
	case g.network.IsValid() && !g.network.Contains(r.IP.Unmap()):
		return "the policy is for another network"
	}
	return ""
}

// dotted reports whether the path of url holds the segment "." or "..", between slashes or backslashes, each of
// them plain or escaped.
func dotted(url string) bool {
	path, _, _ := strings.Cut(url, "?")
	if !strings.Contains(path, "/.") && strings.IndexByte(path, '%') < 0 && strings.IndexByte(path, '\\') < 0 {
		return false // as nearly all are
	}
	dots := 0 // in the segment so far; 3 and more if it has anything else
	for path != "" {
		var c byte
		switch c, path = character(path); c {
		case '/', '\\':
			if dots == 1 || dots == 2 {
				return true
			}
			dots = 0
		case '.':
			dots++
		default:
			dots += 3
		}
	}
	return dots == 1 || dots == 2
}

// character takes the first byte off path, or the dot, slash or backslash that is escaped there.
func character(path string) (c byte, rest string) {
	if len(path) >= 3 && path[0] == '%' {
		switch path[1:3] {
		case "2e", "2E":
			return '.', path[3:]
		case "2f", "2F":
			return '/', path[3:]
		case "5c", "5C":
			return '\\', path[3:]
		}
	}
	return path[0], path[1:]
}

// asSigned reports whether url has a parameter of signed URLs.
func asSigned(url string) bool {
	_, query, _ := strings.Cut(url, "?")
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		switch name, _, _ := strings.Cut(pair, "="); name {
		case "Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm":
			return true
		}
	}
	return false
}

// parsePolicy reads the JSON of a policy: one statement, no unknown or repeated member, no white space.
func parsePolicy(text []byte) (grant, error) {
	g := grant{anywhere: true}
	if !utf8.Valid(text) {
		return g, errors.New("the policy is not UTF-8")
	}
	if bytes.ContainsAny(text, " \t\r\n") {
		return g, errors.New("the policy holds white space")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err := object(d, members{"Statement": g.readStatements}, "Statement")
	if err != nil {
		return g, fmt.Errorf("policy: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return g, errors.New("the policy goes on after its end")
	}
	return g, nil
}

// members maps the names that an object may have to what reads their values.
type members map[string]func(*json.Decoder) error

// object reads an object, each of whose members is known and comes once; those in needed must come.
// encoding/json would take names in any case, and the last of several.
func object(d *json.Decoder, known members, needed ...string) error {
	if err := delimiter(d, '{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		read, ok := known[name]
		if !ok || seen[name] {
			return errors.New("a member is unknown or comes twice")
		}
		seen[name] = true
		if err := read(d); err != nil {
			return err
		}
	}
	for _, name := range needed {
		if !seen[name] {
			return fmt.Errorf("there is no %s", name)
		}
	}
	return delimiter(d, '}')
}

func delimiter(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t != want {
		return fmt.Errorf("no %q where one belongs", want.String())
	}
	return nil
}

func (g *grant) readStatements(d *json.Decoder) error {
	if err := delimiter(d, '['); err != nil {
		return err
	}
	if err := object(d, members{"Resource": g.readResource, "Condition": g.readCondition}, "Condition"); err != nil {
		return err
	}
	return delimiter(d, ']')
}

func (g *grant) readResource(d *json.Decoder) (err error) {
	g.anywhere = false
	g.resource, err = text(d)
	return err
}

func (g *grant) readCondition(d *json.Decoder) error {
	return object(d, members{
		"DateLessThan":    epoch(&g.before),
		"DateGreaterThan": epoch(&g.after),
		"IpAddress": func(d *json.Decoder) error {
			return object(d, members{"AWS:SourceIp": g.readNetwork}, "AWS:SourceIp")
		},
	}, "DateLessThan")
}

func epoch(into *int64) func(*json.Decoder) error {
	return func(d *json.Decoder) error {
		return object(d, members{"AWS:EpochTime": func(d *json.Decoder) error {
			t, err := d.Token()
			if err != nil {
				return err
			}
			n, ok := t.(json.Number)
			if !ok {
				return errors.New("a time is not a number")
			}
			*into, err = parseEpoch(n.String())
			return err
		}}, "AWS:EpochTime")
	}
}

// parseEpoch reads a time in whole seconds, written in the one way there is.
func parseEpoch(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || strconv.FormatInt(n, 10) != s {
		return 0, errors.New("a time is not a whole number of seconds")
	}
	return n, nil
}

// readNetwork reads one IPv4 address or network: CloudFront knows no other.
func (g *grant) readNetwork(d *json.Decoder) error {
	s, err := text(d)
	if err != nil {
		return err
	}
	if !strings.Contains(s, "/") {
		s += "/32"
	}
	g.network, err = netip.ParsePrefix(s)
	if err != nil || !g.network.Addr().Is4() {
		return errors.New("SourceIp is not an IPv4 network")
	}
	return nil
}

func text(d *json.Decoder) (string, error) {
	t, err := d.Token()
	if err != nil {
		return "", err
	}
	s, ok := t.(string)
	if !ok {
		return "", errors.New("a value is not text")
	}
	return s, nil
}
