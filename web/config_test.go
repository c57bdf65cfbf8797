package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	tests := map[string]struct{ from, to, want string }{
		"unknown key":         {"hash: sha256", "hsah: sha256", `unknown key "hsah"`},
		"http abroad":         {"url: https://portal.example.org", "url: http://portal.example.org", "line 2: portal.url: \"http://portal.example.org\" would send cookies unprotected"},
		"another site":        {"url: https://ng.example.org", "url: https://ng.example.com", "are not the same site"},
		"the same host":       {"url: https://ng.example.org", "url: https://portal.example.org", "is the portal's own address"},
		"variable not set":    {"Subject I58", "${NO_SUCH_VARIABLE}", "the environment variable NO_SUCH_VARIABLE is not set"},
		"no such file":        {"session.key", "session.kee", "session.kee: no such file or directory"},
		"another database":    {"sqlite://", "postgres://", "store.url: only SQLite is supported"},
		"unknown kind":        {"kind: openid-connect", "kind: saml", `"saml" is not supported`},
		"no issuer":           {"issuer: https://accounts.google.com", "issuer: ''", "login.0.issuer: is missing"},
		"unknown bucket":      {"bucket: linc-private", "bucket: linc-privat", `bucket "linc-privat" is not configured`},
		"bad location":        {"id: connects-i58", "id: I58", `location id "I58"`},
		"prefix without end":  {"prefix: derivatives/sub-I58/", "prefix: derivatives/sub-I58", "must end in"},
		"access of two minds": {"access: private", "access: both", `"both" is neither`},
		"short life":          {"lifetime: 30m", "lifetime: 3s", "signing.lifetime: 3s is not between"},
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
