package cloudfront_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"ngportal/cloudfront"
)

func TestVerifyPositiveVectors(t *testing.T) {
	v := loadVectors(t)
	check := v.verifier(t)
	// The file gives the address of canned policies only; these are read off the others' Resource.
	urls := map[string]string{
		"custom_rsa_sha1_html_chars":   "https://data.example.org/a&b<c>/deep/x?x=1&y=2",
		"custom_rsa_sha256_html_chars": "https://data.example.org/a&b<c>/deep/x?x=1&y=2",
		"custom_rsa_sha1_any_scheme":   "http://data.example.org/anything",
	}
	if len(v.Positive) != 15 {
		t.Errorf("the file has %d positive vectors, want 15", len(v.Positive))
	}
	for _, tt := range v.Positive {
		t.Run(tt.Name, func(t *testing.T) {
			url := tt.URL
			if url == "" {
				url = urls[tt.Name]
			}
			if url == "" {
				url = "https://data.example.org/d/abc123/zarr.json"
			}
			req := cloudfront.Request{URL: url, Now: time.Unix(v.Now, 0), IP: netip.MustParseAddr("192.0.2.7")}
			if err := check.Verify(tt.set(), req); err != nil {
				t.Errorf("Verify(%s) = %v, want nil", url, err)
			}
			if tt.Policy != "" && tt.set().Policy != encode([]byte(tt.Policy)) {
				t.Errorf("the policy cookie is not the policy in our alphabet")
			}
			req.URL = "https://data.example.net/d/abc123/zarr.json"
			wantDenial(t, check.Verify(tt.set(), req), "AccessDenied")
		})
	}
}

func TestVerifyNegativeVectors(t *testing.T) {
	v := loadVectors(t)
	check := v.verifier(t)
	codes := map[string]string{
		"contract-violation": "MalformedPolicy", // its "=" is not in the alphabet
		"reject-400-or-403":  "AccessDenied",    // dot segments
	}
	if len(v.Negative) != 17 {
		t.Errorf("the file has %d negative vectors, want 17", len(v.Negative))
	}
	for _, tt := range v.Negative {
		t.Run(tt.Name, func(t *testing.T) {
			code := tt.Expect
			if codes[code] != "" {
				code = codes[code]
			}
			now := v.Now
			if tt.Now != 0 {
				now = tt.Now
			}
			wantDenial(t, check.Verify(tt.set(), cloudfront.Request{URL: tt.URL, Now: time.Unix(now, 0)}), code)
		})
	}
}

// The trap of the JavaScript signer: a canned policy for "…/*" grants that one address, star and all.
func TestCannedPolicyIsNoPattern(t *testing.T) {
	v := loadVectors(t)
	canned := slices.DeleteFunc(v.Positive, func(tt vector) bool { return tt.set().Expires == "" })
	if len(canned) != 3 {
		t.Errorf("the file has %d canned policies, want 3", len(canned))
	}
	for _, tt := range canned {
		c, req := tt.set(), cloudfront.Request{URL: "https://data.example.org/d/abc123/other", Now: time.Unix(v.Now, 0)}
		wantDenial(t, v.verifier(t).Verify(c, req), "AccessDenied")
		req.URL, c.Expires = tt.URL, "01893456000"
		wantDenial(t, v.verifier(t).Verify(c, req), "MalformedPolicy")
		c.Expires = "1893456001"
		wantDenial(t, v.verifier(t).Verify(c, req), "AccessDenied")
	}
}

func TestMatchVectors(t *testing.T) {
	rows := loadVectors(t).Match
	if len(rows) != 14 {
		t.Errorf("the file has %d rows of resource_match, want 14", len(rows))
	}
	for _, tt := range rows {
		if got := match(tt.Resource, tt.URL); got != tt.Match {
			t.Errorf("match(%q, %q) = %v, want %v", tt.Resource, tt.URL, got, tt.Match)
		}
	}
}
