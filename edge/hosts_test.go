package edge_test

import (
	"strings"
	"testing"

	"ngportal/edge"
)

func TestNewRefusesSiblings(t *testing.T) {
	good := newSiblings(t).config
	tests := map[string]struct {
		viewer, data, domain string
		want                 string // part of the error; "": none
	}{
		"siblings":                           {"https://neuroglancer.example.org", "https://cfdist.example.org", "example.org", ""},
		"cousins":                            {"https://ng.a.example.org", "https://data.b.example.org", "example.org", ""},
		"a host below the other":             {"https://example.org", "https://data.example.org", "example.org", ""},
		"ports":                              {"https://ng.example.org:8443", "https://data.example.org:9443", "example.org", ""},
		"one host":                           {"https://ng.example.org", "", "", ""},
		"one host, said twice":               {"https://ng.example.org", "https://ng.example.org", "", ""},
		"one host and a domain":              {"https://ng.example.org", "", "example.org", "for data on a host of their own only"},
		"one host, said twice, and a domain": {"https://ng.example.org", "https://ng.example.org", "example.org", "for data on a host of their own only"},
		"no domain":                          {"https://ng.example.org", "https://data.example.org", "", "need a cookie domain"},
		"a domain with a dot before":         {"https://ng.example.org", "https://data.example.org", ".example.org", "example.org"},
		"a domain with a dot behind":         {"https://ng.example.org", "https://data.example.org", "example.org.", "example.org."},
		"a domain in upper case":             {"https://ng.example.org", "https://data.example.org", "Example.org", "does not lie below"},
		"a domain that is no parent of ng":   {"https://ng.example.com", "https://data.example.org", "example.org", "https://ng.example.com does not lie below"},
		"a domain that is no parent of data": {"https://ng.example.org", "https://data.example.com", "example.org", "https://data.example.com does not lie below"},
		"a domain that ends like one":        {"https://ng.example.org", "https://data.badexample.org", "example.org", "https://data.badexample.org does not lie below"},
		"the viewer's name as the domain":    {"https://ng.example.org", "https://data.example.org", "ng.example.org", "https://data.example.org does not lie below"},
		"a domain of everybody":              {"https://ng.org", "https://data.org", "org", "browsers take no cookies"},
		"a domain of many owners":            {"https://ng.co.uk", "https://data.co.uk", "co.uk", "browsers take no cookies"},
		"a domain of many users":             {"https://ng.github.io", "https://data.github.io", "github.io", "browsers take no cookies"},
		"one name with two ports":            {"https://ng.example.org", "https://ng.example.org:8443", "example.org", "different names"},
		"localhost with two ports":           {"http://localhost:8081", "http://localhost:8082", "localhost", "browsers take no cookies"},
		"addresses":                          {"https://10.0.1.1", "https://10.0.1.2", "1.1", "is an address"},
		"data over http":                     {"https://ng.example.org", "http://data.example.org", "example.org", "must use https"},
		"data on this computer":              {"https://ng.example.org", "http://localhost:8082", "example.org", "must use https"},
		"the viewer on this computer":        {"http://localhost:8081", "https://data.example.org", "example.org", "must use https"},
		"data with a path":                   {"https://ng.example.org", "https://data.example.org/", "example.org", "without a path"},
		"data in upper case":                 {"https://ng.example.org", "https://Data.example.org", "example.org", "lower case"},
	}
	for name, tt := range tests {
		c := good
		c.Origin, c.DataOrigin, c.CookieDomain = tt.viewer, tt.data, tt.domain
		_, whole := edge.New(c)
		_, part := edge.NewSessions(c)
		for _, err := range []error{whole, part} {
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: error %v, want %q", name, err, tt.want)
			}
		}
	}
}
