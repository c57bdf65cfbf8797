package cloudfront_test

import (
	"bytes"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ngportal/cloudfront"
)

const (
	origin = "https://ng.example.org"
	inside = origin + "/d/abc123/zarr.json"
)

func TestVerifyPolicies(t *testing.T) {
	key := ecKey(t)
	v := newVerifier(t, map[string]crypto.PublicKey{"K1": key.Public()})
	const res, end = `"Resource":"https://ng.example.org/d/abc123/*"`, `"DateLessThan":{"AWS:EpochTime":2000}`
	one := func(members string) string { return `{"Statement":[{` + members + `}]}` }
	tests := map[string]struct{ policy, want string }{
		"as ours":                      {one(res + `,"Condition":{` + end + `}`), "OK"},
		"condition first":              {one(`"Condition":{` + end + `},` + res), "OK"},
		"no resource is everywhere":    {one(`"Condition":{` + end + `}`), "OK"},
		"the whole host":               {one(`"Resource":"https://ng.example.org/*","Condition":{` + end + `}`), "OK"},
		"an escaped slash in JSON":     {one(`"Resource":"https:\/\/ng.example.org\/*","Condition":{` + end + `}`), "OK"},
		"begun":                        {one(res + `,"Condition":{` + end + `,"DateGreaterThan":{"AWS:EpochTime":999}}`), "OK"},
		"begins now":                   {one(res + `,"Condition":{` + end + `,"DateGreaterThan":{"AWS:EpochTime":1000}}`), "AccessDenied"},
		"my network":                   {one(res + `,"Condition":{` + end + `,"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"}}`), "OK"},
		"my address":                   {one(res + `,"Condition":{` + end + `,"IpAddress":{"AWS:SourceIp":"192.0.2.7"}}`), "OK"},
		"another network":              {one(res + `,"Condition":{` + end + `,"IpAddress":{"AWS:SourceIp":"198.51.100.0/24"}}`), "AccessDenied"},
		"an IPv6 network":              {one(res + `,"Condition":{` + end + `,"IpAddress":{"AWS:SourceIp":"2001:db8::/32"}}`), "MalformedPolicy"},
		"no address":                   {one(res + `,"Condition":{` + end + `,"IpAddress":{}}`), "MalformedPolicy"},
		"ended":                        {one(res + `,"Condition":{"DateLessThan":{"AWS:EpochTime":1000}}`), "AccessDenied"},
		"another location":             {one(`"Resource":"https://ng.example.org/d/other/*","Condition":{` + end + `}`), "AccessDenied"},
		"no end":                       {one(res + `,"Condition":{}`), "MalformedPolicy"},
		"an empty end":                 {one(res + `,"Condition":{"DateLessThan":{}}`), "MalformedPolicy"},
		"an empty beginning":           {one(res + `,"Condition":{` + end + `,"DateGreaterThan":{}}`), "MalformedPolicy"},
		"no condition":                 {one(res), "MalformedPolicy"},
		"no statement":                 {`{"Statement":[]}`, "MalformedPolicy"},
		"nothing":                      {`{}`, "MalformedPolicy"},
		"two statements":               {`{"Statement":[{` + res + `,"Condition":{` + end + `}},{` + res + `,"Condition":{` + end + `}}]}`, "MalformedPolicy"},
		"a resource twice":             {one(res + `,` + res + `,"Condition":{` + end + `}`), "MalformedPolicy"},
		"an end twice":                 {one(res + `,"Condition":{` + end + `,` + end + `}`), "MalformedPolicy"},
		"an unknown member":            {one(res + `,"Effect":"Allow","Condition":{` + end + `}`), "MalformedPolicy"},
		"an unknown member outside":    {`{"Version":"2012","Statement":[{` + res + `,"Condition":{` + end + `}}]}`, "MalformedPolicy"},
		"another case":                 {one(strings.ToLower(res) + `,"Condition":{` + end + `}`), "MalformedPolicy"},
		"a list of resources":          {one(`"Resource":["https://ng.example.org/*"],"Condition":{` + end + `}`), "MalformedPolicy"},
		"a fraction":                   {one(res + `,"Condition":{"DateLessThan":{"AWS:EpochTime":2000.5}}`), "MalformedPolicy"},
		"an exponent":                  {one(res + `,"Condition":{"DateLessThan":{"AWS:EpochTime":2e9}}`), "MalformedPolicy"},
		"a time in quotes":             {one(res + `,"Condition":{"DateLessThan":{"AWS:EpochTime":"2000"}}`), "MalformedPolicy"},
		"a negative time":              {one(res + `,"Condition":{"DateLessThan":{"AWS:EpochTime":-5}}`), "MalformedPolicy"},
		"a time beyond 64 bits":        {one(res + `,"Condition":{"DateLessThan":{"AWS:EpochTime":99999999999999999999}}`), "MalformedPolicy"},
		"white space":                  {one(res + `, "Condition":{` + end + `}`), "MalformedPolicy"},
		"something after it":           {one(res+`,"Condition":{`+end+`}`) + `{}`, "MalformedPolicy"},
		"cut short":                    {`{"Statement":[{` + res, "MalformedPolicy"},
		"an array":                     {`[]`, "MalformedPolicy"},
		"null":                         {`null`, "MalformedPolicy"},
		"not UTF-8":                    {one("\"Resource\":\"\xff\",\"Condition\":{" + end + "}"), "MalformedPolicy"},
		"nested without end":           {strings.Repeat("[", 3000), "MalformedPolicy"},
		"longer than a cookie may be ": {one(`"Resource":"` + strings.Repeat("a", 3100) + `","Condition":{` + end + `}`), "MalformedPolicy"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := cloudfront.Request{URL: inside, Now: time.Unix(1000, 0), IP: netip.MustParseAddr("::ffff:192.0.2.7")}
			wantDenial(t, v.Verify(signText(t, key, tt.policy), r), tt.want)
		})
	}
}

func TestVerifyCookies(t *testing.T) {
	key := ecKey(t)
	v := newVerifier(t, map[string]crypto.PublicKey{"K1": key.Public(), "K2": rsaKey().Public()})
	good := sign(t, key, cloudfront.SHA256, origin, "abc123")
	tests := map[string]struct {
		change func(*cloudfront.Cookies)
		want   string
	}{
		"as signed":                     {func(*cloudfront.Cookies) {}, "OK"},
		"no key id":                     {func(c *cloudfront.Cookies) { c.KeyPairID = "" }, "MissingKey"},
		"no key id and nothing good":    {func(c *cloudfront.Cookies) { *c = cloudfront.Cookies{Policy: "@", Signature: "@"} }, "MissingKey"},
		"unknown key and nothing good":  {func(c *cloudfront.Cookies) { *c = cloudfront.Cookies{Policy: "@", KeyPairID: "K9"} }, "InvalidKey"},
		"policy and signature both bad": {func(c *cloudfront.Cookies) { c.Policy, c.Signature = "@", "@" }, "MalformedPolicy"},
		"no policy":                     {func(c *cloudfront.Cookies) { c.Policy = "" }, "MalformedPolicy"},
		"no signature":                  {func(c *cloudfront.Cookies) { c.Signature = "" }, "MalformedSignature"},
		"another trusted key":           {func(c *cloudfront.Cookies) { c.KeyPairID = "K2" }, "AccessDenied"},
		"an unknown hash":               {func(c *cloudfront.Cookies) { c.HashAlgorithm = "MD5" }, "MalformedSignature"},
		"the hash in lower case":        {func(c *cloudfront.Cookies) { c.HashAlgorithm = "sha256" }, "MalformedSignature"},
		"the other hash":                {func(c *cloudfront.Cookies) { c.HashAlgorithm = "SHA1" }, "AccessDenied"},
		"policy of standard base64":     {func(c *cloudfront.Cookies) { c.Policy = strings.ReplaceAll(c.Policy, "_", "=") }, "MalformedPolicy"},
		"policy without padding":        {func(c *cloudfront.Cookies) { c.Policy = strings.TrimRight(c.Policy, "_") }, "MalformedPolicy"},
		"policy with a line break":      {func(c *cloudfront.Cookies) { c.Policy = c.Policy[:4] + "\n" + c.Policy[4:] }, "MalformedPolicy"},
		"signature of 4100 bytes":       {func(c *cloudfront.Cookies) { c.Signature = strings.Repeat("A", 4100) }, "MalformedSignature"},
		"signature of 4096 bytes":       {func(c *cloudfront.Cookies) { c.Signature = strings.Repeat("A", 4096) }, "AccessDenied"},
		"stray bits after the padding":  {func(c *cloudfront.Cookies) { c.Signature = "AB__" }, "MalformedSignature"},
		"signature cut to four":         {func(c *cloudfront.Cookies) { c.Signature = c.Signature[:4] }, "AccessDenied"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := good
			tt.change(&c)
			wantDenial(t, v.Verify(c, cloudfront.Request{URL: inside, Now: time.Unix(1000, 0)}), tt.want)
		})
	}
}

func TestVerifyAddresses(t *testing.T) {
	key := ecKey(t)
	v := newVerifier(t, map[string]crypto.PublicKey{"K1": key.Public()})
	c := sign(t, key, cloudfront.SHA256, origin, "abc123")
	tests := map[string]string{
		inside:                                     "OK",
		inside + "?x=/../y":                        "OK",
		origin + "/d/abc123/":                      "OK",
		origin + "/d/abc123/a//b":                  "OK",
		origin + "/d/abc123/.zarray":               "OK",
		origin + "/d/abc123/..a/b..":               "OK",
		origin + "/d/abc123/a%2Eb":                 "OK",
		origin + "/d/abc123":                       "AccessDenied",
		origin + "/d/abc1234/x":                    "AccessDenied",
		origin + "/d/ABC123/x":                     "AccessDenied",
		origin + "/d/abc123/../other/x":            "AccessDenied",
		origin + "/d/abc123/%2e%2e/other/x":        "AccessDenied",
		origin + "/d/abc123/.%2E/other/x":          "AccessDenied",
		origin + "/d/abc123/..%2fother/x":          "AccessDenied",
		origin + "/d/abc123/a%2F../x":              "AccessDenied",
		origin + "/d/abc123/a\\..\\x":              "AccessDenied",
		origin + "/d/abc123/a%5C..%5Cx":            "AccessDenied",
		origin + "/d/abc123/a%5c%2e%2E/x":          "AccessDenied",
		origin + "/d/abc123/a%5C.":                 "AccessDenied",
		origin + "/d/abc123/back%5Cx":              "OK",
		origin + "/d/abc123/a%5C...%5C.b%5Cc.":     "OK",
		origin + "/d/abc123/%252e%252e/x":          "OK", // the escape of an escape is a percent sign
		origin + "/d/abc123/x?Policy=a":            "AccessDenied",
		origin + "/d/abc123/x?a=b&Signature=":      "AccessDenied",
		origin + "/d/abc123/x?a&Key-Pair-Id":       "AccessDenied",
		origin + "/d/abc123/x?Expires=1&b":         "AccessDenied",
		origin + "/d/abc123/x?Hash-Algorithm=SHA1": "AccessDenied",
		origin + "/d/abc123/x?policy=a&xExpires=1": "OK",
		origin + "/d/abc123/Policy=a":              "OK",
		origin + "/d/abc123/./x":                   "AccessDenied",
		origin + "/d/abc123/x/..":                  "AccessDenied",
		origin + ":443/d/abc123/x":                 "AccessDenied",
		"http://ng.example.org/d/abc123/x":         "AccessDenied",
		"https://evil.example/?" + inside:          "AccessDenied",
		origin + "/d/abc123/" + string(longPath()): "AccessDenied",
	}
	for url, want := range tests {
		t.Run(url[:min(60, len(url))], func(t *testing.T) {
			wantDenial(t, v.Verify(c, cloudfront.Request{URL: url, Now: time.Unix(1000, 0)}), want)
		})
	}
}

func longPath() []byte { return bytes.Repeat([]byte("a"), 8192) }

func TestVerifyAtTheEnd(t *testing.T) {
	key := ecKey(t)
	v := newVerifier(t, map[string]crypto.PublicKey{"K1": key.Public()})
	c := sign(t, key, cloudfront.SHA256, origin, "abc123")
	last := time.Unix(1893456000, 0).Add(-time.Nanosecond)
	wantDenial(t, v.Verify(c, cloudfront.Request{URL: inside, Now: last}), "OK")
	wantDenial(t, v.Verify(c, cloudfront.Request{URL: inside, Now: time.Unix(1893456000, 0)}), "AccessDenied")
}

func TestDenialBody(t *testing.T) {
	want := map[cloudfront.Code]string{
		"MissingKey":         `<?xml version="1.0" encoding="UTF-8"?><Error><Code>MissingKey</Code><Message>Missing Key-Pair-Id query parameter or cookie value</Message></Error>`,
		"InvalidKey":         `<?xml version="1.0" encoding="UTF-8"?><Error><Code>InvalidKey</Code><Message>Unknown Key</Message></Error>`,
		"MalformedPolicy":    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>MalformedPolicy</Code><Message>Malformed Policy</Message></Error>`,
		"MalformedSignature": `<?xml version="1.0" encoding="UTF-8"?><Error><Code>MalformedSignature</Code><Message>Could not unencode Signature</Message></Error>`,
		"AccessDenied":       `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>`,
	}
	for code, body := range want {
		if got := (&cloudfront.Denial{Code: code}).Body(); got != body {
			t.Errorf("Body of %s = %s, want %s", code, got, body)
		}
	}
}

func TestNewVerifierRefuses(t *testing.T) {
	for name, keys := range map[string]map[string]crypto.PublicKey{
		"no keys": {}, "a key of no kind": {"K1": "key"}, "no key behind the id": {"K1": nil},
	} {
		if _, err := cloudfront.NewVerifier(keys); !errors.Is(err, cloudfront.ErrInvalid) {
			t.Errorf("NewVerifier with %s = %v, want ErrInvalid", name, err)
		}
	}
}

// What the strict parser takes, encoding/json takes too, and it has an end.
func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte(`{"Statement":[{"Resource":"https://h/d/abcd/*","Condition":{"DateLessThan":{"AWS:EpochTime":1893456000}}}]}`))
	f.Add([]byte(`{"Statement":[{"Condition":{"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"},"DateGreaterThan":{"AWS:EpochTime":1},"DateLessThan":{"AWS:EpochTime":2}}}]}`))
	f.Add([]byte(`{"Statement":[{}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if cloudfront.ParsePolicy(text) != nil {
			return
		}
		var p struct {
			Statement []struct {
				Condition struct {
					DateLessThan map[string]int64
				}
			}
		}
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatalf("taken, but not JSON: %v", err)
		}
		if len(p.Statement) != 1 || p.Statement[0].Condition.DateLessThan["AWS:EpochTime"] <= 0 {
			t.Errorf("taken without one statement that ends: %s", text)
		}
	})
}

// FuzzVerify changes good cookies and addresses. What is accepted leads into the location that was signed, and a
// verifier that knows the good set decides as one that knows nothing.
func FuzzVerify(f *testing.F) {
	key := newSteadyKey(f) // the processes of the fuzzer must agree about what is good
	keys := map[string]crypto.PublicKey{"K1": key.Public()}
	v := newVerifier(f, keys)
	c := sign(f, key, cloudfront.SHA256, origin, "abc123")
	canned := cannedCookies(f, key, origin+"/d/abc123/x", 2000)
	if err := v.Verify(c, cloudfront.Request{URL: inside, Now: time.Unix(1000, 0)}); err != nil {
		f.Fatal(err)
	}
	for _, target := range []string{"/d/abc123/x", "/d/abc123/..%2fother/x", "/d/abc123/a%5C..%5c..\\x?y", "/d/other/x?/d/abc123/", "/d/abc123/x?Policy=", "/d/abc123/%2E"} {
		f.Add(c.Policy, c.Signature, "K1", "SHA256", "", target)
		f.Add("", canned.Signature, "K1", "SHA256", "2000", target)
	}
	f.Add("@", "@", "K1", "", "", "/d/other/x")
	f.Fuzz(func(t *testing.T, policy, signature, id, hash, expires, target string) {
		got := cloudfront.Cookies{Policy: policy, Signature: signature, KeyPairID: id, HashAlgorithm: hash, Expires: expires}
		req := cloudfront.Request{URL: origin + target, Now: time.Unix(1000, 0)}
		err := v.Verify(got, req)
		if fresh := newVerifier(t, keys).Verify(got, req); fmt.Sprint(err) != fmt.Sprint(fresh) {
			t.Errorf("Verify of %q = %v, of a new verifier %v", target, err, fresh)
		}
		if err == nil && (!leadsInto(origin, "abc123", req.URL) || policy != c.Policy && (policy != "" || target != "/d/abc123/x")) {
			t.Errorf("Verify let %q through to %q", policy, target)
		}
		if n := cloudfront.Remembered(v); n > 2 { // an ECDSA signature (r, s) can be written (r, -s)
			t.Errorf("%d sets are remembered of one", n)
		}
	})
}
