package cloudfront_test

import (
	"crypto"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"ngportal/cloudfront"
)

// A verifier that knows a set decides about every request anew: its time, its address, its reader.
func TestKnownSetIsHeldAgainstEachRequest(t *testing.T) {
	key := ecKey(t)
	v := newVerifier(t, map[string]crypto.PublicKey{"K1": key.Public()})
	c := signText(t, key, `{"Statement":[{"Resource":"https://ng.example.org/d/abc123/*","Condition":{"DateLessThan":{"AWS:EpochTime":2000},`+
		`"DateGreaterThan":{"AWS:EpochTime":900},"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"}}}]}`)
	here, away := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("198.51.100.7")
	good := cloudfront.Request{URL: inside, Now: time.Unix(1000, 0), IP: here}
	wantDenial(t, v.Verify(c, good), "OK")
	tests := map[string]struct {
		url  string
		now  int64
		ip   netip.Addr
		want string
	}{
		"again":             {inside, 1000, here, "OK"},
		"another object":    {origin + "/d/abc123/0/0", 1000, here, "OK"},
		"the last second":   {inside, 1999, here, "OK"},
		"ended":             {inside, 2000, here, "AccessDenied"},
		"not begun":         {inside, 900, here, "AccessDenied"},
		"another location":  {origin + "/d/abc124/zarr.json", 1000, here, "AccessDenied"},
		"a dot segment":     {origin + "/d/abc123/%2e%2e/x", 1000, here, "AccessDenied"},
		"another network":   {inside, 1000, away, "AccessDenied"},
		"no network at all": {inside, 1000, netip.Addr{}, "AccessDenied"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			wantDenial(t, v.Verify(c, cloudfront.Request{URL: tt.url, Now: time.Unix(tt.now, 0), IP: tt.ip}), tt.want)
		})
	}
	if n := cloudfront.Remembered(v); n != 1 {
		t.Errorf("%d sets are remembered, want 1", n)
	}
}

// What is not quite a known set is what it was before: every code is that of a verifier that knows nothing.
func TestKnownSetVouchesForNoOther(t *testing.T) {
	one, two := ecKey(t), ecKey(t)
	keys := map[string]crypto.PublicKey{"K1": one.Public(), "K2": two.Public()}
	v := newVerifier(t, keys)
	c := sign(t, one, cloudfront.SHA256, origin, "abc123")
	other := sign(t, one, cloudfront.SHA256, origin, "other1")
	req := cloudfront.Request{URL: inside, Now: time.Unix(1000, 0)}
	wantDenial(t, v.Verify(c, req), "OK")
	wantDenial(t, v.Verify(other, cloudfront.Request{URL: origin + "/d/other1/x", Now: time.Unix(1000, 0)}), "OK")
	tests := map[string]struct {
		change func(*cloudfront.Cookies)
		want   string
	}{
		"no key id":                     {func(c *cloudfront.Cookies) { c.KeyPairID = "" }, "MissingKey"},
		"an unknown key":                {func(c *cloudfront.Cookies) { c.KeyPairID = "K9" }, "InvalidKey"},
		"another trusted key":           {func(c *cloudfront.Cookies) { c.KeyPairID = "K2" }, "AccessDenied"},
		"another good set's policy":     {func(c *cloudfront.Cookies) { c.Policy = other.Policy }, "AccessDenied"},
		"another good set's signature":  {func(c *cloudfront.Cookies) { c.Signature = other.Signature }, "AccessDenied"},
		"another good set":              {func(c *cloudfront.Cookies) { *c = other }, "AccessDenied"},
		"bytes moved between values":    {func(c *cloudfront.Cookies) { c.Policy, c.Signature = c.Policy+c.Signature[:4], c.Signature[4:] }, "MalformedPolicy"},
		"values exchanged":              {func(c *cloudfront.Cookies) { c.Policy, c.Signature = c.Signature, c.Policy }, "MalformedPolicy"},
		"the hash left out":             {func(c *cloudfront.Cookies) { c.HashAlgorithm = "" }, "AccessDenied"},
		"another hash":                  {func(c *cloudfront.Cookies) { c.HashAlgorithm = "SHA1" }, "AccessDenied"},
		"an unknown hash":               {func(c *cloudfront.Cookies) { c.HashAlgorithm = "MD5" }, "MalformedSignature"},
		"no signature":                  {func(c *cloudfront.Cookies) { c.Signature = "" }, "MalformedSignature"},
		"no policy":                     {func(c *cloudfront.Cookies) { c.Policy = "" }, "MalformedPolicy"},
		"canned, with the policy's end": {func(c *cloudfront.Cookies) { c.Policy, c.Expires = "", "1893456000" }, "AccessDenied"},
		"an end beside the policy":      {func(c *cloudfront.Cookies) { c.Expires = "1" }, "OK"}, // the policy counts
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			changed := c
			tt.change(&changed)
			wantDenial(t, v.Verify(changed, req), tt.want)
			wantDenial(t, newVerifier(t, keys).Verify(changed, req), tt.want)
		})
	}
	if n := cloudfront.Remembered(v); n != 2 {
		t.Errorf("%d sets are remembered, want the 2 good ones", n)
	}
}

// TestMemoryOfSets has readers try to fill the memory: with forged sets, with one good set spelt in many ways, and
// with more good sets than there is room for.
func TestMemoryOfSets(t *testing.T) {
	key := ecKey(t)
	v := newVerifier(t, map[string]crypto.PublicKey{"K1": key.Public()})
	c := sign(t, key, cloudfront.SHA256, origin, "abc123")
	req := cloudfront.Request{URL: inside, Now: time.Unix(1000, 0)}
	for i := range 300 {
		forged, spelt := c, c
		forged.Signature = encode(fmt.Appendf(nil, "forged %d", i))
		wantDenial(t, v.Verify(forged, req), "AccessDenied")
		spelt.Expires = fmt.Sprint(i)
		wantDenial(t, v.Verify(spelt, req), "OK")
		canned := cannedCookies(t, key, inside, 2000+i)
		wantDenial(t, v.Verify(canned, req), "OK")
	}
	if n := cloudfront.Remembered(v); n != 1 {
		t.Fatalf("%d sets are remembered, want 1", n)
	}
	for i := range cloudfront.MaxSets + 100 {
		id := fmt.Sprintf("loc-%d", i)
		set := sign(t, key, cloudfront.SHA256, origin, id)
		wantDenial(t, v.Verify(set, cloudfront.Request{URL: origin + "/d/" + id + "/x", Now: time.Unix(1000, 0)}), "OK")
		wantDenial(t, v.Verify(set, req), "AccessDenied")
	}
	if n := cloudfront.Remembered(v); n != 4096 {
		t.Errorf("%d sets are remembered, want 4096", n)
	}
	wantDenial(t, v.Verify(c, req), "OK") // whether it was forgotten or not
}

// A canned policy is for one address, however often it has been good there.
func TestCannedPolicyIsNotRemembered(t *testing.T) {
	key := ecKey(t)
	v := newVerifier(t, map[string]crypto.PublicKey{"K1": key.Public()})
	c := cannedCookies(t, key, inside, 2000)
	for url, want := range map[string]string{inside: "OK", inside + "?x": "AccessDenied", origin + "/d/abc123/*": "AccessDenied"} {
		for range 2 {
			wantDenial(t, v.Verify(c, cloudfront.Request{URL: url, Now: time.Unix(1000, 0)}), want)
		}
	}
	if n := cloudfront.Remembered(v); n != 0 {
		t.Errorf("%d sets are remembered, want none", n)
	}
}

// Many readers at once get what each alone would get.
func TestVerifyTogether(t *testing.T) {
	key := ecKey(t)
	v := newVerifier(t, map[string]crypto.PublicKey{"K1": key.Public()})
	var sets [20]cloudfront.Cookies
	for i := range sets {
		sets[i] = sign(t, key, cloudfront.SHA256, origin, fmt.Sprintf("loc-%d", i))
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 200 {
				n := (worker + i) % len(sets)
				for other := range sets {
					err := v.Verify(sets[n], cloudfront.Request{URL: fmt.Sprintf("%s/d/loc-%d/x", origin, other), Now: time.Unix(1000, 0)})
					if (err == nil) != (other == n) {
						t.Errorf("the set of location %d at %d: %v", n, other, err)
					}
				}
			}
		})
	}
	wg.Wait()
}

// A known set costs no memory that has to be collected.
func TestKnownSetAllocatesNothing(t *testing.T) {
	key := ecKey(t)
	v := newVerifier(t, map[string]crypto.PublicKey{"K1": key.Public()})
	c := sign(t, key, cloudfront.SHA256, origin, "abc123")
	for _, url := range []string{inside, origin + "/d/abc123/.zarray", origin + "/d/abc123/a%20b/%C3%A9", origin + "/d/abc123/x?" + strings.Repeat("y=1&", 100)} {
		req := cloudfront.Request{URL: url, Now: time.Unix(1000, 0)}
		wantDenial(t, v.Verify(c, req), "OK")
		if n := testing.AllocsPerRun(100, func() { _ = v.Verify(c, req) }); n != 0 {
			t.Errorf("Verify(%s) allocates %v times, want 0", url[:min(60, len(url))], n)
		}
	}
}
