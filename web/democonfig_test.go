package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ngportal/cloudfront"
)

// TestDemoDescribesItself reads what the running demo wrote, and asks check-config about it.
func TestDemoDescribesItself(t *testing.T) {
	dir := filepath.Join(the.dir, "demo")
	path := filepath.Join(dir, "ngportal.yaml")
	c, err := loadConfig(path, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	if c.Portal.URL != the.portal || c.Viewer.URL != the.viewer || c.Login[0].Issuer != the.portal+providerPath {
		t.Errorf("the demo is at %s and %s, and signs in at %s; want %s and %s", c.Portal.URL, c.Viewer.URL, c.Login[0].Issuer, the.portal, the.viewer)
	}
	for _, address := range []string{c.Portal.Listen, c.Viewer.EdgeListen} {
		if addr, err := netip.ParseAddrPort(address); err != nil || !addr.Addr().IsLoopback() || addr.Port() == 0 {
			t.Errorf("the demo listens at %q, want a port of this computer alone", address)
		}
	}
	if len(c.Buckets) != 3 || len(c.Datasets) != 3 || !slices.Equal(c.Admins, []string{ada}) {
		t.Errorf("%d buckets and %d datasets for %q, want 3 and 3 for %s", len(c.Buckets), len(c.Datasets), c.Admins, ada)
	}
	for _, name := range []string{"ngportal.yaml", "aws-credentials", "client.secret", "signing.pem", "session.key"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: mode %v, %v, want 0600", name, info.Mode(), err)
		}
	}
	var told said
	if code := run(t.Context(), []string{"check-config", "--config", path}, os.Getenv, &told, &told); code != 0 || told.String() != path+" is in order\n" {
		t.Errorf("check-config = %d %q, want 0", code, told.String())
	}
}

// TestDemoFiles writes the demo's files over older ones.
func TestDemoFiles(t *testing.T) {
	d := &demonstration{dir: t.TempDir()}
	key := d.in("signing.pem")
	for _, want := range []bool{false, true} { // the key was there
		before, err := os.ReadFile(key)
		if (err == nil) != want {
			t.Fatal(err)
		}
		if err = makeSigningKey(key); err != nil {
			t.Fatal(err)
		}
		after, err := os.ReadFile(key)
		if err != nil {
			t.Fatal(err)
		}
		if same := string(after) == string(before); same != want {
			t.Errorf("the key stays: %t, want %t", same, want)
		}
		if _, err := cloudfront.ParsePrivateKey(after); err != nil {
			t.Error(err)
		}
	}
	file := d.in("client.secret")
	if err := os.WriteFile(file, []byte("older and longer"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := writePrivate(file, "new"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if text, readErr := os.ReadFile(file); string(text) != "new" || readErr != nil || err != nil || info.Mode() != 0o600 {
		t.Errorf("the file holds %q with mode %v, %v, %v, want new with 0600", text, info.Mode(), readErr, err)
	}
	if err := writePrivate(d.in("none/x"), "new"); err == nil {
		t.Error("a file in a folder that is not there was written")
	}
	if entries, err := os.ReadDir(d.dir); err != nil || len(entries) != 2 {
		t.Errorf("%d files lie there, %v, want 2", len(entries), err)
	}
}

func TestShellWord(t *testing.T) {
	for in, want := range map[string]string{
		"/home/ada/.cache/ngportal/demo/ngportal.yaml": "/home/ada/.cache/ngportal/demo/ngportal.yaml",
		"/tmp/a b":      `'/tmp/a b'`,
		"/tmp/it's $me": `'/tmp/it'\''s $me'`,
		"/tmp/~":        `'/tmp/~'`,
	} {
		if got := shellWord(in); got != want {
			t.Errorf("shellWord(%q) = %s, want %s", in, got, want)
		}
	}
}
