package cloudfront_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"ngportal/cloudfront"
)

func TestLocationPolicy(t *testing.T) {
	end := time.Unix(1893456000, 999)
	good := map[string]struct{ origin, id, want string }{
		"https":          {"https://ng.example.org", "abc123", `{"Statement":[{"Resource":"https://ng.example.org/d/abc123/*","Condition":{"DateLessThan":{"AWS:EpochTime":1893456000}}}]}`},
		"a port":         {"https://ng.example.org:8443", "a-b-", `{"Statement":[{"Resource":"https://ng.example.org:8443/d/a-b-/*","Condition":{"DateLessThan":{"AWS:EpochTime":1893456000}}}]}`},
		"http localhost": {"http://localhost:8081", "0000", `{"Statement":[{"Resource":"http://localhost:8081/d/0000/*","Condition":{"DateLessThan":{"AWS:EpochTime":1893456000}}}]}`},
		"http 127.0.0.1": {"http://127.0.0.1:1", "0000", `{"Statement":[{"Resource":"http://127.0.0.1:1/d/0000/*","Condition":{"DateLessThan":{"AWS:EpochTime":1893456000}}}]}`},
		"http ::1":       {"http://[::1]:81", "0000", `{"Statement":[{"Resource":"http://[::1]:81/d/0000/*","Condition":{"DateLessThan":{"AWS:EpochTime":1893456000}}}]}`},
	}
	for name, tt := range good {
		t.Run(name, func(t *testing.T) {
			p, err := cloudfront.LocationPolicy(tt.origin, tt.id, end)
			if err != nil || p.String() != tt.want {
				t.Errorf("LocationPolicy(%q, %q) = %s, %v, want %s", tt.origin, tt.id, p, err, tt.want)
			}
			if got := p.Expires(); !got.Equal(time.Unix(1893456000, 0)) {
				t.Errorf("Expires() = %v, want 2030-01-01", got)
			}
		})
	}
}

func TestLocationPolicyRefuses(t *testing.T) {
	const origin, id = "https://ng.example.org", "abc123"
	end := time.Unix(1893456000, 0)
	bad := map[string]struct {
		origin, id string
		end        time.Time
	}{
		"no origin":             {"", id, end},
		"http":                  {"http://ng.example.org", id, end},
		"http, nearly loopback": {"http://localhost.example.org", id, end},
		"another scheme":        {"ftp://ng.example.org", id, end},
		"a star for a host":     {"https://*", id, end},
		"a star in the host":    {"https://*.example.org", id, end},
		"a question mark":       {"https://ng.exampl?.org", id, end},
		"upper case":            {"https://NG.example.org", id, end},
		"a user":                {"https://a@ng.example.org", id, end},
		"a slash":               {"https://ng.example.org/", id, end},
		"a path":                {"https://ng.example.org/x", id, end},
		"a query":               {"https://ng.example.org?x", id, end},
		"the default port":      {"https://ng.example.org:443", id, end},
		"port 0":                {"https://ng.example.org:0", id, end},
		"port 65536":            {"https://ng.example.org:65536", id, end},
		"a trailing dot":        {"https://ng.example.org.", id, end},
		"a quote":               {`https://ng.example.org"`, id, end},
		"a line break":          {"https://ng.example.org\n", id, end},
		"no id":                 {origin, "", end},
		"a short id":            {origin, "abc", end},
		"a long id":             {origin, strings.Repeat("a", 65), end},
		"an id with a star":     {origin, "abc*", end},
		"an id with a slash":    {origin, "abc/def", end},
		"an id in upper case":   {origin, "ABC123", end},
		"an id of dots":         {origin, "....", end},
		"an id with a break":    {origin, "abc123\n", end},
		"no end":                {origin, id, time.Time{}},
		"an end in 1970":        {origin, id, time.Unix(0, 0)},
	}
	for name, tt := range bad {
		t.Run(name, func(t *testing.T) {
			p, err := cloudfront.LocationPolicy(tt.origin, tt.id, tt.end)
			if !errors.Is(err, cloudfront.ErrInvalid) {
				t.Errorf("LocationPolicy(%q, %q, %v) = %s, %v, want ErrInvalid", tt.origin, tt.id, tt.end, p, err)
			}
			if p != (cloudfront.Policy{}) {
				t.Errorf("LocationPolicy(%q, %q, %v) = %s, want the zero Policy", tt.origin, tt.id, tt.end, p)
			}
		})
	}
}

// Whatever a policy's location, it never matches an address that does not lie inside it.
func TestPolicyStaysInside(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-"
	r := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		b := make([]byte, 4+r.IntN(61))
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		return string(b)
	}
	origins := []string{"https://ng.example.org", "https://ng.example.org:8443", "http://localhost:8081", "https://ng.example.orga"}
	tails := []string{"", "/", "/x", "/*", "/x?y=/d/", "*", "?", "/..", "/a//b", "0/x", "%2Fx", "/é"}
	inside := 0
	for range 20000 {
		origin, id := origins[r.IntN(len(origins))], word()
		p, err := cloudfront.LocationPolicy(origin, id, time.Unix(1893456000, 0))
		if err != nil {
			t.Fatal(err)
		}
		if res := p.Resource(); strings.Count(res, "*") != 1 || !strings.HasSuffix(res, "/*") || strings.Contains(res, "?") {
			t.Fatalf("Resource() = %q, want one star, at the end", res)
		}
		other := []string{id, id, id[1:], id + "a", id[:len(id)-1], word(), "*", strings.ToUpper(id)}[r.IntN(8)]
		url := origins[r.IntN(len(origins))] + "/d/" + other + tails[r.IntN(len(tails))]
		want := strings.HasPrefix(url, origin+"/d/"+id+"/")
		if got := match(p.Resource(), url); got != want {
			t.Errorf("%s matches %q: %v, want %v", p, url, got, want)
		}
		if want {
			inside++
		}
	}
	if inside < 500 {
		t.Errorf("only %d addresses lay inside: the test proves little", inside)
	}
}
