package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"ngportal/store"
)

// A front stands between the network and the viewer host, and may answer as it likes.
type front func(w http.ResponseWriter, r *http.Request, next http.Handler)

// A ward is a deployment of its own, on sockets, over the demo's storage and sign-in service.
type ward struct {
	running        config // as the deployment was built
	parts          parts
	portal, viewer *httptest.Server
}

// admit runs a deployment. change and before may be nil.
func admit(t *testing.T, change func(t *testing.T, c *config), before func(*ward) front) *ward {
	t.Helper()
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	w := &ward{running: relayed(t, demoConfig(t))}
	var portal, viewer http.Handler
	var stands front
	w.portal = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { portal.ServeHTTP(rw, r) }))
	w.viewer = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if stands == nil {
			viewer.ServeHTTP(rw, r)
			return
		}
		stands(rw, r, viewer)
	}))
	t.Cleanup(w.portal.Close)
	t.Cleanup(w.viewer.Close)
	w.running.Portal.URL, w.running.Viewer.URL = localURL(w.portal.Listener), localURL(w.viewer.Listener)
	if change != nil {
		change(t, &w.running)
	}
	var err error
	if w.parts, err = fromConfig(t.Context(), w.running, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	a, err := newApp(t.Context(), w.parts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	portal, viewer = a.portal, a.viewer
	if before != nil {
		stands = before(w)
	}
	return w
}

// file writes the configuration that is examined, which may be another than the one that runs.
func (w *ward) file(t *testing.T, edit func(t *testing.T, c *config)) string {
	t.Helper()
	c := w.running
	c.Login, c.Buckets, c.Datasets = slices.Clone(c.Login), slices.Clone(c.Buckets), slices.Clone(c.Datasets)
	if edit != nil {
		edit(t, &c)
	}
	if !reflect.DeepEqual(c.Datasets, w.running.Datasets) {
		c.Store.URL = seeded(t, c)
	}
	text, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ngportal.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// seeded is the address of a database with the datasets of c: what the database has counts, not the file.
func seeded(t *testing.T, c config) string {
	t.Helper()
	address := "sqlite://" + filepath.Join(t.TempDir(), "portal.db")
	db, err := store.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Seed(t.Context(), time.Now(), c.seeds()), db.Close()); err != nil {
		t.Fatal(err)
	}
	return address
}

// A diagnosis is what doctor prints for programs.
type diagnosis struct {
	OK     bool
	Checks []struct{ Name, Title, Status, Detail, Mend string }
}

func diagnose(t *testing.T, file string) (diagnosis, int) {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"doctor", "--config", file, "--json"}, os.Getenv, &out, &errs)
	var d diagnosis
	dec := json.NewDecoder(bytes.NewReader(out.Bytes()))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		t.Fatalf("doctor --json: %v\n%s\n%s", err, &out, &errs)
	}
	if _, err := dec.Token(); err != io.EOF {
		t.Errorf("doctor --json prints more than one document:\n%s", &out)
	}
	holdsNoSecret(t, out.String()+errs.String())
	return d, code
}

// holdsNoSecret looks for what must never be printed.
func holdsNoSecret(t *testing.T, text string) {
	t.Helper()
	for _, name := range []string{"signing.pem", "client.secret", "session.key"} {
		secret, err := os.ReadFile(filepath.Join(the.dir, "demo", name))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(secret)) {
			if line = strings.TrimSpace(line); len(line) > 8 && !strings.HasPrefix(line, "-----") && strings.Contains(text, line) {
				t.Errorf("the output holds a line of %s", name)
			}
		}
	}
	credentials, err := os.ReadFile(filepath.Join(the.dir, "demo", "aws-credentials"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`= (\S+)`).FindAllStringSubmatch(string(credentials), -1) {
		if strings.Contains(text, m[1]) {
			t.Error("the output holds the credentials of the storage")
		}
	}
	if regexp.MustCompile(`eyJTdGF0ZW1lbnQi|CloudFront-Signature=`).MatchString(text) {
		t.Error("the output holds a cookie")
	}
}

// with lists the names of the checks that have a status.
func (d diagnosis) with(status string) []string {
	var names []string
	for _, c := range d.Checks {
		if c.Status == status {
			names = append(names, c.Name)
		}
	}
	return names
}

// say is what the check called name has to say.
func (d diagnosis) say(name string) string {
	for _, c := range d.Checks {
		if c.Name == name {
			return c.Detail + "; mend: " + c.Mend
		}
	}
	return ""
}

func TestDoctorOfTheDemo(t *testing.T) {
	demoConfig(t) // for the credentials
	file := filepath.Join(the.dir, "demo", "ngportal.yaml")
	d, code := diagnose(t, file)
	if code != 0 || !d.OK {
		t.Errorf("doctor of the demo = %d, ok %v, want 0, true", code, d.OK)
	}
	names := []string{
		"configuration", "same-site", "portal", "viewer", "certificates", "clocks", "store", "sign-in", "storage", "storage-anonymous",
		"session-route", "viewer-page", "viewer-config", "viewer-caching", "public-data", "sample", "key-pair", "locations", "no-cookie",
		"forged-cookie", "expired-cookie", "other-cookie", "refusal", "missing-object", "head", "ranges", "cors", "data-caching", "data-headers",
	}
	if got := d.with("ok"); !slices.Equal(got, names) {
		t.Errorf("checks that held: %v\nwant %v", got, names)
		t.Logf("%+v", d)
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"doctor", "--config", file}, os.Getenv, &out, &errs); code != 0 || errs.Len() > 0 {
		t.Errorf("doctor = %d, %s", code, &errs)
	}
	holdsNoSecret(t, out.String())
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != len(names) {
		t.Errorf("%d lines, want one for each of %d checks:\n%s", len(lines), len(names), &out)
	}
	for _, line := range lines {
		if !strings.HasPrefix(line, "ok    ") {
			t.Errorf("line %q, want one that begins with ok", line)
		}
	}
}

func TestDoctorCommandLine(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string
	}{
		"no file":        {[]string{"doctor"}, "doctor needs --config ngportal.yaml"},
		"unknown flag":   {[]string{"doctor", "--config", "x", "--loud"}, "flag provided but not defined: -loud"},
		"more arguments": {[]string{"doctor", "--config", "x", "y"}, `takes no argument "y"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			code := run(t.Context(), tt.args, os.Getenv, &out, &errs)
			if code != 2 || !strings.Contains(errs.String(), tt.want) || out.Len() > 0 {
				t.Errorf("%v = %d, %q, %q; want 2 and %q", tt.args, code, &out, &errs, tt.want)
			}
		})
	}
}

func TestDoctorWithoutAFile(t *testing.T) {
	d, code := diagnose(t, filepath.Join(t.TempDir(), "absent.yaml"))
	if code != 1 || d.OK || !slices.Equal(d.with("wrong"), []string{"configuration"}) || len(d.with("ok")) > 0 {
		t.Errorf("doctor without a file = %d, wrong %v, ok %v", code, d.with("wrong"), d.with("ok"))
	}
	if got := d.say("configuration"); !strings.Contains(got, "no such file") {
		t.Errorf("configuration: %s, want that there is no such file", got)
	}
}

// TestDoctorChecks holds what programs rely on, and what examine relies on.
func TestDoctorChecks(t *testing.T) {
	var earlier []string
	for _, c := range newPatient(t.Context(), "", os.Getenv).checks() {
		if !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(c.name) || slices.Contains(earlier, c.name) {
			t.Errorf("the name %q is not in kebab-case, or is taken", c.name)
		}
		for _, name := range slices.Concat(c.needs, c.after) {
			if !slices.Contains(earlier, name) {
				t.Errorf("check %q waits for %q, which is not before it", c.name, name)
			}
		}
		earlier = append(earlier, c.name)
	}
}

func TestDoctorPrints(t *testing.T) {
	found := []result{
		{check{name: "a", title: "it stands"}, fine("on two feet")},
		{check{name: "b", title: "it walks"}, fine("")},
		{check{name: "c", title: "it talks"}, note("", "with a lisp")},
		{check{name: "d", title: "it sees"}, bad("glasses", "left: no\nright: no")},
		{check{name: "e", title: "it reads"}, skip("it must see first")},
	}
	var out bytes.Buffer
	if err := printLines(&out, found); err != nil {
		t.Fatal(err)
	}
	want := `ok    it stands (on two feet)
ok    it walks
note  it talks: with a lisp
WRONG it sees: left: no
        right: no
      mend: glasses
-     it reads: not checked, because it must see first
`
	if out.String() != want {
		t.Errorf("printed:\n%swant:\n%s", &out, want)
	}
	if err := verdict(found); err == nil || err.Error() != "of 5 checks 1 found something wrong, and 1 could not be made" {
		t.Errorf("verdict = %v", err)
	}
	if err := verdict(found[:3]); err != nil {
		t.Errorf("verdict of what held = %v", err)
	}
}
