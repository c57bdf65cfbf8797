package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// siblingEdits make the documented configuration one of viewer and data on hosts of their own.
var siblingEdits = []string{
	"url: https://ng.example.org", "url: https://neuroglancer.example.org", "mode: single", "mode: sibling",
	`data_url: ""`, "data_url: https://cfdist.example.org",
}

// edited is the documented configuration with edits, old and new text in turn, made one after the other:
// each of the first place where the old text stands.
func edited(t *testing.T, dir string, edits ...string) string {
	t.Helper()
	text := documented(t, dir)
	for i := 0; i < len(edits); i += 2 {
		if !strings.Contains(text, edits[i]) {
			t.Fatalf("the example does not hold %q", edits[i])
		}
		text = strings.Replace(text, edits[i], strings.ReplaceAll(edits[i+1], "DIR", dir), 1)
	}
	return text
}

const (
	portalTLS = "listen: 127.0.0.1:8080            # where the reverse proxy finds it\n  tls:                              # both set: TLS and HTTP/2 are spoken here, see below\n"
	viewerTLS = "  tls:                              # of edge_listen\n"
)

// What the example says of tractograms.
const (
	tractsDir  = `dir: ""                               # such as /var/cache/ngportal; `
	tractsSize = "size: 20GB"
)

// withTLS edits the configuration to name a certificate, after the text that stands before its keys.
func withTLS(before, name string) []string {
	return []string{
		before + "    cert_file: \"\"\n    key_file: \"\"\n",
		before + "    cert_file: DIR/" + name + ".crt\n    key_file: DIR/" + name + ".key\n",
	}
}

// TestDeploymentFaults goes through what a configuration says of hosts, certificates, limits, the cache and keys.
func TestDeploymentFaults(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	writePair(t, filepath.Join(dir, "portal"), now.Add(time.Hour), "portal.example.org")
	writePair(t, filepath.Join(dir, "old"), now.Add(-time.Minute), "portal.example.org")
	writePair(t, filepath.Join(dir, "viewer"), now.Add(time.Hour), "neuroglancer.example.org")
	writePair(t, filepath.Join(dir, "apart"), now.Add(time.Hour), "portal.example.org")
	copyFile(t, filepath.Join(dir, "portal.key"), filepath.Join(dir, "apart.key"))
	writePublic(t, filepath.Join(dir, "other.pub.pem"))
	accept := func(id, file string) []string {
		return []string{"accept: []", "accept: [{key_id: " + id + ", public_key_file: DIR/" + file + "}]"}
	}
	cache := func(memory, folder, disk string) []string {
		return []string{`memory: ""`, "memory: " + memory, `dir: ""`, "dir: " + folder, `disk: ""`, "disk: " + disk}
	}
	tests := map[string]struct {
		edits []string
		want  string // of the one fault
	}{
		"a third mode":                    {[]string{"mode: single", "mode: twin"}, `viewer.mode: "twin" is neither`},
		"data host in single mode":        {[]string{`data_url: ""`, "data_url: https://cfdist.example.org"}, "viewer.data_url: is for mode sibling"},
		"no data host":                    {append(siblingEdits, "data_url: https://cfdist.example.org", `data_url: ""`), "viewer.data_url: is missing"},
		"data at the viewer":              {append(siblingEdits, "https://cfdist.example.org", "https://neuroglancer.example.org:443/"), "viewer.data_url: is viewer.url"},
		"data at the portal":              {append(siblingEdits, "https://cfdist.example.org", "https://portal.example.org"), "viewer.data_url: is the portal's own address"},
		"data on another site":            {append(siblingEdits, "https://cfdist.example.org", "https://cfdist.example.com"), `viewer.data_url: https://neuroglancer.example.org and https://cfdist.example.com have no domain in common`},
		"data at another port":            {append(siblingEdits, "https://cfdist.example.org", "https://neuroglancer.example.org:8443"), "have the same name: cookies do not count ports"},
		"data at an address":              {append(siblingEdits, "https://cfdist.example.org", "https://10.0.0.1"), `no cookie can be for "10.0.0.1"`},
		"data on this computer":           {append(siblingEdits, "https://cfdist.example.org", "http://localhost:8082"), `no cookie can be for "localhost"`},
		"no certificate":                  {[]string{`cert_file: ""`, "cert_file: DIR/none.crt", `key_file: ""`, "key_file: DIR/portal.key"}, "none.crt: no such file or directory"},
		"half of a certificate":           {[]string{`key_file: ""`, "key_file: DIR/portal.key"}, "portal.tls.cert_file: is missing"},
		"no certificate in the file":      {[]string{`cert_file: ""`, "cert_file: DIR/portal.key", `key_file: ""`, "key_file: DIR/portal.key"}, "portal.key: failed to find certificate PEM data"},
		"another certificate's key":       {withTLS(portalTLS, "apart"), "apart.crt: private key does not match public key"},
		"a certificate that has ended":    {withTLS(portalTLS, "old"), "old.crt: it was good until "},
		"another host's certificate":      {withTLS(viewerTLS, "portal"), "line 16: viewer.tls.cert_file: " + dir + "/portal.crt: it is not for ng.example.org"},
		"a certificate for one of two":    {append(siblingEdits, withTLS(viewerTLS, "viewer")...), "viewer.crt: it is not for cfdist.example.org"},
		"a certificate nobody is shown":   {append(withTLS(viewerTLS, "portal"), "edge_listen: 127.0.0.1:8081", `edge_listen: ""`), "viewer.tls: is the certificate of edge_listen, which is not set"},
		"http with a certificate":         {append(withTLS(portalTLS, "portal"), "url: https://portal", "url: http://portal"), `must use https`},
		"an odd refusal":                  {[]string{"deny_status: 503", "deny_status: 404"}, "viewer.deny_status: 404 is neither"},
		"no reads":                        {[]string{"max_reads: 256", "max_reads: 0"}, "viewer.max_reads: 0 is not between 1 and 100000"},
		"one person's reads":              {[]string{"max_reads: 256", "max_reads: 63"}, "viewer.max_reads_per_person: 64 is not between 1 and max_reads, 63"},
		"a cache without memory":          {[]string{"fresh: 1m", "fresh: 2m"}, "viewer.cache.memory: is missing"},
		"a cache of no size":              {cache("lots", `""`, `""`), `viewer.cache.memory: "lots" is not a size`},
		"a small cache":                   {cache("1MB", `""`, `""`), `viewer.cache.memory: "1MB" is less than 1 MiB`},
		"a large cache":                   {cache("9999999999GB", `""`, `""`), `"9999999999GB" is too large`},
		"a disk without a folder":         {cache("64MB", `""`, "20GB"), "viewer.cache.disk: is given without dir"},
		"a folder without a disk's size":  {cache("64MB", "DIR/cache", `""`), "viewer.cache.disk: is missing"},
		"a folder that is relative":       {cache("64MB", "cache", "20GB"), `viewer.cache.dir: "cache" is not the absolute path`},
		"a folder in none":                {cache("64MB", "DIR/no/cache", "20GB"), dir + "/no/: no such file or directory"},
		"an old cache":                    {append(cache("64MB", `""`, `""`), "fresh: 1m", "fresh: 25h"), "viewer.cache.fresh: 25h0m0s is not between"},
		"a cache nobody reads":            {append(cache("64MB", `""`, `""`), "edge_listen: 127.0.0.1:8081", `edge_listen: ""`), "viewer.cache: is for what edge_listen serves, which is not set"},
		"an unknown key of the cache":     {[]string{"fresh: 1m", "fresh: 1m\n    memroy: 1GB"}, `unknown key "memroy"`},
		"no folder of tractograms":        {[]string{tractsDir, "dir: DIR/no/tracts #"}, dir + "/no/: no such file or directory"},
		"a relative one":                  {[]string{tractsDir, "dir: tracts #"}, `tracts.dir: "tracts" is not the absolute path`},
		"too little for tractograms":      {[]string{tractsSize, "size: 1000kB"}, `tracts.size: "1000kB" is less than 1 MiB`},
		"no size for tractograms":         {[]string{tractsSize, "size: many"}, `tracts.size: "many" is not a size`},
		"an unknown key of tracts":        {[]string{tractsSize, "sizes: 20GB"}, `unknown key "sizes"`},
		"an accepted key without id":      {accept(`""`, "other.pub.pem"), "signing.accept.0.key_id: is missing"},
		"an accepted key with an odd id":  {accept("K 1", "other.pub.pem"), `signing.accept.0.key_id: key id "K 1" is not`},
		"an accepted key that is not":     {accept("K1", "none.pub.pem"), "none.pub.pem: no such file or directory"},
		"an accepted key that is private": {accept("K1", "signing.pem"), `signing.pem: "EC PRIVATE KEY" is not a public key`},
		"an id of two keys":               {accept("K2JCJMDEHXQW5F", "other.pub.pem"), `"K2JCJMDEHXQW5F" is signing.key_id, and stands for another key there`},
		"an id twice": {
			[]string{"accept: []", "accept: [{key_id: K1, public_key_file: DIR/other.pub.pem}, {key_id: K1, public_key_file: DIR/other.pub.pem}]"},
			`signing.accept.1.key_id: "K1" is listed twice`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := parseConfig([]byte(edited(t, dir, tt.edits...)), os.Getenv)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Count(err.Error(), "line ") != 1 {
				t.Errorf("error = %v\nwant one fault with %s", err, tt.want)
			}
		})
	}
}

// TestDeployments goes through configurations that are in order.
func TestDeployments(t *testing.T) {
	dir := t.TempDir()
	writePair(t, filepath.Join(dir, "viewer"), time.Now().Add(time.Hour), "*.example.org")
	writePublic(t, filepath.Join(dir, "other.pub.pem"))
	tests := map[string][]string{
		"sibling hosts":                siblingEdits,
		"one certificate for all":      append(append(siblingEdits, withTLS(viewerTLS, "viewer")...), withTLS(portalTLS, "viewer")...),
		"data below the viewer's name": append(siblingEdits, "https://cfdist.example.org", "https://d.neuroglancer.example.org"),
		"a cache in memory":            {`memory: ""`, "memory: 256MB"},
		"a cache on disk":              {`memory: ""`, "memory: 256MiB", `dir: ""`, "dir: DIR/cache", `disk: ""`, "disk: 20 GB", "fresh: 1m", "fresh: 0s"},
		"tractograms on disk":          {tractsDir, "dir: DIR/tracts #", tractsSize, "size: 1TiB"},
		"an older key":                 {"accept: []", "accept: [{key_id: K1, public_key_file: DIR/other.pub.pem}]"},
		"CloudFront's refusals":        {"deny_status: 503", "deny_status: 403"},
		"without what has a default":   {"  mode: single                      # or sibling: data on a host of its own, see below\n", "", "    fresh: 1m ", "    fresh: 1m0s "},
	}
	for name, edits := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := parseConfig([]byte(edited(t, dir, edits...)), os.Getenv); err != nil {
				t.Errorf("error = %v, want none", err)
			}
		})
	}
}

func TestCookieDomain(t *testing.T) {
	tests := map[string]struct{ a, b, want string }{
		"siblings":           {"https://ng.example.org", "https://cfdist.example.org", "example.org"},
		"siblings with port": {"https://ng.example.org:8443", "https://d.example.org", "example.org"},
		"the longest":        {"https://ng.data.example.org", "https://d.data.example.org", "data.example.org"},
		"one in the other":   {"https://ng.example.org", "https://d.ng.example.org", "ng.example.org"},
		"alike at the end":   {"https://a.myexample.org", "https://b.example.org", ""},
		"two owners":         {"https://a.github.io", "https://b.github.io", ""},
		"two countries":      {"https://a.co.uk", "https://b.co.uk", ""},
		"two addresses":      {"https://10.0.0.1", "https://10.1.0.1", ""},
		"localhost":          {"https://localhost:1", "https://localhost:2", ""},
		"names of one word":  {"https://portal", "https://data", ""},
		"the same name":      {"https://ng.example.org:1", "https://ng.example.org:2", ""},
	}
	for name, tt := range tests {
		got, err := cookieDomain(tt.a, tt.b)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: cookieDomain(%q, %q) = %q, %v, want %q", name, tt.a, tt.b, got, err, tt.want)
		}
	}
}

func TestParseSize(t *testing.T) {
	tests := map[string]int64{
		"0": 0, "4096": 4096, "12b": 12, "1kB": 1000, "1 KiB": 1024, "256MB": 256_000_000, "256mib": 268_435_456, "20GB": 20_000_000_000,
		"20GiB": 21_474_836_480, "2T": 2_000_000_000_000, "8388607TiB": 9_223_370_937_343_148_032,
	}
	for in, want := range tests {
		if got, err := parseSize(in); got != want || err != nil {
			t.Errorf("parseSize(%q) = %d, %v, want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "MB", "-1", "+1", "1.5GB", "1e9", "1PB", "1i", "1  MB", " 1MB", "8388608TiB", "9223372036854775808", "10000000000000000000TB"} {
		if got, err := parseSize(in); err == nil {
			t.Errorf("parseSize(%q) = %d, want an error", in, got)
		}
	}
}

// writePublic makes the file of a public key that nobody signs with.
func writePublic(t *testing.T, path string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
