package cloudfront_test

import (
	"crypto"
	"errors"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"ngportal/cloudfront"
)

// A maker makes random locations and addresses, many of them nearly alike.
type maker struct{ *rand.Rand }

func pick[T any](m maker, from []T) T { return from[m.IntN(len(from))] }

// id makes a location id, often another's beginning or continuation.
func (m maker) id(others []string) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-"
	b := make([]byte, pick(m, []int{4, 4, 5, 6, 20, 64}))
	for i := range b {
		b[i] = letters[m.IntN(len(letters))]
	}
	if len(others) == 0 {
		return string(b)
	}
	other := pick(m, others)
	switch m.IntN(6) {
	case 0:
		return (other + string(b))[:min(64, len(other)+1+m.IntN(3))]
	case 1:
		return other[:max(4, len(other)-1-m.IntN(3))]
	case 2:
		return other[:len(other)-1] + pick(m, []string{"a", "-", "0"})
	}
	return string(b)
}

// url makes an address that is in one of the locations, nearly in one, or leads from one to another.
func (m maker) url(ids []string) string {
	id, other := pick(m, ids), pick(m, ids)
	var b strings.Builder
	if m.IntN(2) == 0 {
		b.WriteString(origin + "/d/" + id + "/")
	} else {
		b.WriteString(pick(m, []string{
			origin, origin, origin, origin + ":443", origin + ".", "http://ng.example.org", "https://NG.example.org", "https://evil.example/?u=" + origin, "//ng.example.org", "",
		}))
		b.WriteString(pick(m, []string{"/d/", "/d/", "/d/", "/D/", "/d", "/d//", "/t/", "/x/../d/", "/./d/"}))
		b.WriteString(pick(m, []string{
			id, id, m.id(ids), id[1:], id + "x", id[:len(id)-1], "", "*", "?", strings.ToUpper(id), id + "%2F..", "%2e", ".." + id, id + "?", id + "#", " " + id, id + ";" + other,
		}))
		b.WriteString(pick(m, []string{"/", "/", "/", "//", "", "%2F", `\`, "%5c", "/./", "?/", "\x00/"}))
	}
	parts := []string{
		"a", "zarr.json", ".zarray", "..a", "...", "é", "日本", "(1)!*'~", "a b", "%20", "%25", "%252e", "*", "?", "&", "=", ";", "|", "\x00", "\xff", "%", "%zz", `"`, "<", strings.Repeat("y", 3000),
		".", "..", "%2e", "%2E.", ".%2e", "%2e%2E", "/", "/", "/", `\`, "%2f", "%2F", "%5c", "%5C", "/d/" + other + "/", "/../" + other + "/", "%5C..%5C" + other + "/", "?x=1", "?Policy=x", "&Signature=x", "#",
	}
	for range m.IntN(6) {
		b.WriteString(pick(m, parts))
	}
	return b.String()
}

var (
	policyForm = regexp.MustCompile(`^\{"Statement":\[\{"Resource":"https://[a-z0-9.-]+/d/[a-z0-9-]{4,64}/\*","Condition":\{"DateLessThan":\{"AWS:EpochTime":1893456000\}\}\}\]\}$`)
	signedURL  = regexp.MustCompile(`^[^?]*\?(.*&)?(Policy|Signature)=`)
)

// beginnings counts the pairs of ids of which one begins with the other.
func beginnings(ids []string) (n int) {
	for _, a := range ids {
		for _, b := range ids {
			if a != b && strings.HasPrefix(b, a) {
				n++
			}
		}
	}
	return n
}

// For random sets of locations, everybody who holds all of their cookies reads nothing that lies outside of them, each
// set reads its own location alone, and no policy is of another form than ours.
func TestNoAddressOutsideOfTheLocationsIsAccepted(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(3, 2026))}
	key := ecKey(t)
	inside, outside, nested := 0, 0, 0
	for round := range 150 {
		v := newVerifier(t, map[string]crypto.PublicKey{"K1": key.Public()})
		var ids []string
		sets := map[string]cloudfront.Cookies{}
		for range 1 + m.IntN(20) {
			id := m.id(ids)
			ids = append(ids, id)
			sets[id] = sign(t, key, cloudfront.SHA256, origin, id)
		}
		for range 400 {
			url := m.url(ids)
			accepted := false
			for id, c := range sets {
				err := v.Verify(c, cloudfront.Request{URL: url, Now: time.Unix(1000, 0)})
				if want := leadsInto(origin, id, url) && !signedURL.MatchString(url) && len(url) <= 8192; (err == nil) != want {
					t.Fatalf("round %d: the cookies of %s at %q: %v, want access: %v", round, id, url, err, want)
				}
				accepted = accepted || err == nil
			}
			if accepted {
				inside++
			} else {
				outside++
			}
		}
		nested += beginnings(ids)
	}
	if inside < 5000 || outside < 20000 || nested < 100 {
		t.Errorf("%d addresses inside, %d outside, %d ids that begin with another: the test proves little", inside, outside, nested)
	}
}

// Of random ids and origins, some with odd characters, each gives a policy of our one form or none at all; and what is
// signed says the same when it is read back.
func TestEveryPolicyHasOurForm(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(4, 2026))}
	odd := []string{"*", "?", "/", ".", "..", "%2F", `\`, `"`, " ", "\n", "\x00", "é", "A", "_", ":", "#", "@", `","Resource":"https://*`}
	s, err := cloudfront.NewSigner("K1", ecKey(t), cloudfront.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	spoil := func(text string) string {
		at := m.IntN(len(text) + 1)
		return text[:at] + pick(m, odd) + text[at:]
	}
	made, refused := 0, 0
	for range 3000 {
		id, from := m.id(nil), origin
		if m.IntN(2) == 0 {
			id = spoil(id)
		}
		if m.IntN(4) == 0 {
			from = spoil(from)
		}
		p, err := cloudfront.LocationPolicy(from, id, time.Unix(1893456000, 0))
		if err != nil {
			refused++
			if !errors.Is(err, cloudfront.ErrInvalid) || p != (cloudfront.Policy{}) {
				t.Errorf("LocationPolicy(%q, %q) = %s, %v, want the zero Policy and ErrInvalid", from, id, p, err)
			}
			if _, err = s.Sign(p); err == nil {
				t.Errorf("the policy of %q, %q is signed although it is none", from, id)
			}
			continue
		}
		made++
		c, err := s.Sign(p)
		if err != nil {
			t.Fatal(err)
		}
		if text := string(standard(t, c.Policy)); !policyForm.MatchString(text) || text != p.String() {
			t.Errorf("the policy of %q, %q is %s", from, id, text)
		}
		if res := p.Resource(); strings.Count(res, "*") != 1 || strings.Contains(res, "?") || res != from+"/d/"+id+"/*" {
			t.Errorf("Resource() = %q, want one star, at the end", res)
		}
	}
	if made < 500 || refused < 500 {
		t.Errorf("%d policies made, %d refused: the test proves little", made, refused)
	}
}
