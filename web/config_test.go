package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ngportal/auth"
)

// documented is the configuration of docs/operate.md with the files it names made in dir.
func documented(t *testing.T, dir string) string {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join(the.source, "docs/operate.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(doc), "```yaml\n")
	text, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/operate.md has no example")
	}
	if _, err := auth.ReadOrMakeKeys(filepath.Join(dir, "session.key")); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"signing.pem": signingKey, "google.secret": "s3cret\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return strings.NewReplacer("/etc/ngportal/", dir+"/", "/var/lib/ngportal/", dir+"/").Replace(text)
}

// signingKey was made for this test: openssl ecparam -name prime256v1 -genkey -noout.
const signingKey = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEICgBkKtzosh8saI3aJSgEbntx2zusqP62ue8+GTKhiUnoAoGCCqGSM49
AwEHoUQDQgAEXDMq+I/yhukxAodVSL3mq0dZ1WA+CQL3soPQEMxMAUsxDfv+4SRi
SI3bWTsxwMiPqQyNx3ojevZbJufgLoYxzg==
-----END EC PRIVATE KEY-----
`

// TestDocumentedConfig builds the portal from the example that people copy.
func TestDocumentedConfig(t *testing.T) {
	dir := t.TempDir()
	cfg, err := parseConfig([]byte(documented(t, dir)), os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	p, err := fromConfig(t.Context(), cfg, testParts(t, "http://127.0.0.1:1").log)
	if err != nil {
		t.Fatal(err)
	}
	a, err := newApp(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	defer a.store.Close()
	if a.viewer == nil {
		t.Error("edge_listen is set, and there is no viewer host")
	}
}

func TestConfigFaults(t *testing.T) {
	dir := t.TempDir()
	good := documented(t, dir)
	for name, content := range map[string]string{"short.key": "abc", "empty": "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]struct{ from, to, want string }{
		"unknown key":         {"hash: sha256", "hsah: sha256", `unknown key "hsah"`},
		"http abroad":         {"url: https://portal.example.org", "url: http://portal.example.org", `line 2: portal.url: origin "http://portal.example.org" must use https`},
		"another site":        {"url: https://ng.example.org", "url: https://ng.example.com", "are not the same site"},
		"the same host":       {"url: https://ng.example.org", "url: https://portal.example.org", "is the portal's own address"},
		"variable not set":    {"Subject I58", "${NO_SUCH_VARIABLE}", "the environment variable NO_SUCH_VARIABLE is not set"},
		"no such file":        {"session.key", "session.kee", "session.kee: no such file or directory"},
		"another database":    {"sqlite://", "mysql://", "store.url: a database address begins with sqlite:/// or postgres://"},
		"unknown kind":        {"kind: openid-connect", "kind: saml", `"saml" is not supported`},
		"a tenant of GitHub":  {"kind: openid-connect", "kind: github\n    allow_tenants: [72f988bf-86f1-41af-91ab-2d7cd011db47]", "login.0.allow_tenants: "},
		"no team":             {"kind: openid-connect", "kind: github\n    allow_teams: [lab]", "login.0.allow_teams: "},
		"a mail server":       {"admins:", "mail: { smtp: nowhere, from: me }\nadmins:", "mail.smtp: "},
		"a short memory":      {"admins:", "audit: { keep: 1h }\nadmins:", "audit.keep: 1h0m0s is not between"},
		"a proxy by name":     {"trusted_proxies: []", "trusted_proxies: [proxy.example.org]", "portal.trusted_proxies.0: "},
		"no issuer":           {"issuer: https://accounts.google.com", "issuer: ''", "login.0.issuer: is missing"},
		"unknown bucket":      {"bucket: linc-private", "bucket: linc-privat", `bucket "linc-privat" is not configured`},
		"bad location":        {"id: connects-i58", "id: I58", `location id "I58"`},
		"prefix without end":  {"prefix: derivatives/sub-I58/", "prefix: derivatives/sub-I58", "must end in"},
		"access of two minds": {"access: private", "access: both", `"both" is neither`},
		"short life":          {"lifetime: 30m", "lifetime: 3s", "signing.lifetime: 3s is not between"},
		"the default port":    {"url: https://ng.example.org", "url: https://portal.example.org:443", "is the portal's own address"},
		"a dot at the end":    {"url: https://ng.example.org", "url: https://Portal.Example.org./", "is the portal's own address"},
		"a port too far":      {"url: https://ng.example.org", "url: https://ng.example.org:65536", "is not the address of a host"},
		"no such host":        {"url: https://ng.example.org", "url: https://-.example.org", "line 10: viewer.url: origin"},
		"one port for two":    {"edge_listen: 127.0.0.1:8081", "edge_listen: 127.0.0.1:8080", `viewer.edge_listen: "127.0.0.1:8080" is taken by portal.listen`},
		"all of the computer": {"edge_listen: 127.0.0.1:8081", "edge_listen: :8080", `":8080" is taken by portal.listen`},
		"no such port":        {"listen: 127.0.0.1:8080", "listen: 127.0.0.1:80800", `"127.0.0.1:80800" is not an address to listen on`},
		"a relative database": {"sqlite:///", "sqlite://./", "is no address of a file"},
		"no such folder":      {"portal.db", "data/portal.db", "data/: no such file or directory"},
		"a short key":         {"session.key", "short.key", "short.key has 3 bytes, want 64"},
		"a folder for a key":  {"signing.pem", "", "signing.private_key_file: " + dir + "/: is a directory"},
		"no key in the file":  {"signing.pem", "short.key", "short.key: the private key is not a PEM file"},
		"no id of a key":      {"key_id: K2JCJMDEHXQW5F", "key_id: K 2;", `signing.key_id: key id "K 2;" is not`},
		"issuer, no scheme":   {"issuer: https://", "issuer: ", `login.0.issuer: the issuer "accounts.google.com" must be`},
		"name with a slash":   {"name: google", "name: goo/gle", "line 43: login.0.name: the name stands in addresses"},
		"no client":           {"client_id: 1234.apps.googleusercontent.com", "client_id: ''", "login.0.client_id: is missing"},
		"a folder of secrets": {"google.secret", "", "login.0.client_secret_file: " + dir + "/: is a directory"},
		"an empty secret":     {"google.secret", "empty", "empty is empty"},
		"endpoint, no scheme": {`endpoint: ""`, "endpoint: minio:9000", `buckets.0.endpoint: "minio:9000" is not an http`},
		"half an address":     {"path_style: false", "path_style: false\n    addresses: [https://data.example.org]", `buckets.0.addresses.0: "https://data.example.org" is not`},
		"no YAML":             {"portal:\n", "portal: [\n", "line "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(good, tt.from) {
				t.Fatalf("the example does not hold %q", tt.from)
			}
			_, err := parseConfig([]byte(strings.Replace(good, tt.from, tt.to, 1)), os.Getenv)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v\nwant one with %s", err, tt.want)
			}
		})
	}
}

// TestFaultsComeByLine puts faults that are found at different times in one file.
func TestFaultsComeByLine(t *testing.T) {
	good := documented(t, t.TempDir())
	more := good + `  - name: other
    locations:
      - id: other-i58
        bucket: linc-private
        prefix: derivatives/
  - name: I58
    locations: [{id: connects-i58, bucket: linc-private, prefix: x/}]
`
	last := strings.Count(good, "\n")
	text := strings.NewReplacer("hash: sha256", "hash: md5", "admins:", "admin:", "key_id: K2JCJMDEHXQW5F", "key_id: ${NO_SUCH_VARIABLE}").Replace(more)
	_, err := parseConfig([]byte(text), os.Getenv)
	found, ok := errors.AsType[faults](err)
	if !ok {
		t.Fatalf("error = %v, want faults", err)
	}
	want := []struct {
		line int
		says string
	}{
		{lineOf(t, text, "key_id:"), "NO_SUCH_VARIABLE is not set"},
		{lineOf(t, text, "key_id:"), "signing.key_id: is missing"},
		{lineOf(t, text, "hash:"), "md5"},
		{lineOf(t, text, "admin:"), `unknown key "admin"`},
		{last + 3, "datasets.1.locations.0: dataset \"other\": location \"connects-i58\" (linc-private/derivatives/sub-I58/) and location \"other-i58\""},
		{last + 6, "datasets.2: dataset \"I58\": the name is used twice"},
		{last + 7, "datasets.2.locations.0: dataset \"I58\": location id \"connects-i58\" is used twice"},
	}
	if len(found) != len(want) {
		t.Fatalf("%d faults, want %d:\n%v", len(found), len(want), err)
	}
	for i, w := range want {
		if found[i].line != w.line || !strings.Contains(found[i].text, w.says) {
			t.Errorf("fault %d = line %d: %s\nwant line %d: %s", i, found[i].line, found[i].text, w.line, w.says)
		}
	}
}

// lineOf counts the lines up to the first that holds what.
func lineOf(t *testing.T, text, what string) int {
	t.Helper()
	before, _, ok := strings.Cut(text, what)
	if !ok {
		t.Fatalf("no %q in the file", what)
	}
	return strings.Count(before, "\n") + 1
}

func TestConfigFromEnvironment(t *testing.T) {
	good := documented(t, t.TempDir())
	tests := map[string]struct {
		from, to string
		value    string // of X
		get      func(config) any
		want     any
	}{
		"a secret with a comment's sign": {"client_secret_file: ", "client_secret: ${X} #", "abc #def", secretOf, "abc #def"},
		"a secret with a key's colon":    {"client_secret_file: ", "client_secret: a${X} #", `b: "c'`, secretOf, `ab: "c'`},
		"a secret that looks empty":      {"client_secret_file: ", "client_secret: ${X} #", "~", secretOf, "~"},
		"a secret that looks true":       {"client_secret_file: ", "client_secret: ${X} #", "true", secretOf, "true"},
		"a secret of digits, in quotes":  {"client_secret_file: ", `client_secret: "${X}" #`, "0123", secretOf, "0123"},
		"a secret with a variable in it": {"client_secret_file: ", "client_secret: ${X} #", "a${X}", secretOf, "a${X}"},
		"a time":                         {"lifetime: 30m", "lifetime: ${X}", "45m", func(c config) any { return c.Signing.Lifetime }, 45 * time.Minute},
		"a part of a time":               {"lifetime: 30m", "lifetime: ${X}m", "45", func(c config) any { return c.Signing.Lifetime }, 45 * time.Minute},
		"a bool":                         {"path_style: false", "path_style: ${X}", "true", func(c config) any { return c.Buckets[0].PathStyle }, true},
		"an item of a list":              {"[ada@example.org]", "['${X}']", "[eve]", func(c config) any { return c.Admins[0] }, "[eve]"},
		"a comment":                      {"title: Subject I58", "title: Subject I58 # ${NO_SUCH_VARIABLE}", "", func(c config) any { return c.Datasets[0].Title }, "Subject I58"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(good, tt.from, tt.to, 1)
			cfg, err := parseConfig([]byte(text), func(name string) string { return map[string]string{"X": tt.value}[name] })
			if err != nil || text == good {
				t.Fatalf("%v", err)
			}
			if got := tt.get(cfg); got != tt.want {
				t.Errorf("X=%s gives %v, want %v", tt.value, got, tt.want)
			}
		})
	}
	text := strings.Replace(good, "client_secret_file: ", "client_secret: ${X} #", 1)
	_, err := parseConfig([]byte(text), func(string) string { return "abc\n" })
	if err == nil || !strings.Contains(err.Error(), "X holds a line break") || strings.Contains(err.Error(), "abc") {
		t.Errorf("a line break in X: error = %v, want one that tells it and not the value", err)
	}
}

func secretOf(c config) any { return c.Login[0].ClientSecret }

func TestOriginOf(t *testing.T) {
	for in, want := range map[string]string{
		"https://Portal.example.org":      "https://portal.example.org",
		"HTTPS://portal.example.org.:443": "https://portal.example.org",
		"https://portal.example.org:80/":  "https://portal.example.org:80",
		"http://localhost:0080":           "http://localhost",
		"http://[::1]:8080":               "http://[::1]:8080",
		"https://portal.example.org/x":    "",
		"https://u@portal.example.org":    "",
		"https://:443":                    "",
		"portal.example.org":              "",
	} {
		if got, ok := originOf(in); got != want || ok != (want != "") {
			t.Errorf("originOf(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
}

func TestSite(t *testing.T) {
	tests := map[string]struct {
		a, b string
		same bool
	}{
		"sibling names":                  {"https://portal.example.org", "https://ng.example.org:8443", true},
		"names of two owners":            {"https://a.github.io", "https://b.github.io", false},
		"two ports of this computer":     {"http://localhost:1", "http://localhost:2", true},
		"addresses that end in the same": {"https://10.1.0.7", "https://10.2.0.7", false},
		"two schemes":                    {"http://localhost", "https://localhost", false},
	}
	for name, tt := range tests {
		if got := site(tt.a) == site(tt.b); got != tt.same {
			t.Errorf("%s: %s and %s are one site: %v, want %v", name, tt.a, tt.b, got, tt.same)
		}
	}
}

// TestAllFaultsAtOnce writes a file with three faults and asks the command.
func TestAllFaultsAtOnce(t *testing.T) {
	dir := t.TempDir()
	text := strings.NewReplacer("hash: sha256", "hash: md5", "kind: openid-connect", "kind: saml", "access: private", "access: both").Replace(documented(t, dir))
	path := filepath.Join(dir, "ngportal.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	if code := run(t.Context(), []string{"check-config", "--config", path}, os.Getenv, &said, &said); code != 1 {
		t.Errorf("check-config = %d, want 1", code)
	}
	for _, want := range []string{"has 3 faults", "signing.hash", "login.0.kind", "buckets.0.access", "hint: "} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("check-config does not say %q:\n%s", want, said.String())
		}
	}
}

func TestCommandLine(t *testing.T) {
	tests := map[string]struct {
		args []string
		code int
		want string
	}{
		"nothing":          {nil, 0, "ngportal demo"},
		"help":             {[]string{"help"}, 0, "NGPORTAL_DEMO_S3_DIR"},
		"version":          {[]string{"version"}, 0, "ngportal"},
		"unknown":          {[]string{"dome"}, 2, `there is no command "dome"`},
		"no config":        {[]string{"serve"}, 2, "serve needs --config"},
		"unknown flag":     {[]string{"demo", "--prot", "1"}, 2, "-prot"},
		"stray word":       {[]string{"check-config", "x"}, 2, `takes no argument "x"`},
		"config not there": {[]string{"check-config", "--config", "/no/such/file"}, 1, "no such file"},
	}
	for name, tt := range tests {
		var said bytes.Buffer
		if code := run(t.Context(), tt.args, os.Getenv, &said, &said); code != tt.code || !strings.Contains(said.String(), tt.want) {
			t.Errorf("%s: ngportal %q = %d %q, want %d and %q", name, tt.args, code, said.String(), tt.code, tt.want)
		}
	}
}
