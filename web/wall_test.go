package main

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ngportal/cloudfront"
)

// A wall is a viewer host in front of the demo's S3 server. Its location "wall" lies at one/ of the bucket walls, and
// around it lies what its cookies do not open: "wall-two" at two/, "wall-more" at one-more/, objects of no
// location, another bucket, and the demo's own files, where a server that cleans paths would find them.
type wall struct {
	addr   string
	origin string
	signer *cloudfront.Signer
}

// What the objects hold: "MINE" those of the location, "SECRET" all around.
var wallFiles = []string{
	"walls/one/mine.txt", "walls/one/deep/mine.txt",
	"walls/secret.txt", "walls/two/secret.txt", "walls/one-more/secret.txt", "walls/d/wall-two/secret.txt", "walls/wall-two/secret.txt", "vault/secret.txt", "vault/two/secret.txt",
}

func newWall(t *testing.T) *wall {
	t.Helper()
	for _, name := range wallFiles {
		file := filepath.Join(the.dir, "demo", "buckets", name)
		content := "SECRET"
		if strings.HasSuffix(name, "mine.txt") {
			content = "MINE"
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wall{addr: ln.Addr().String(), origin: "http://" + ln.Addr().String()}
	a := w.app(t)
	srv, ended := newServer(a.viewer, slog.New(slog.DiscardHandler)), make(chan struct{})
	go func() {
		_ = srv.Serve(ln) // until it is closed
		close(ended)
	}()
	t.Cleanup(func() {
		err := srv.Close()
		<-ended
		if err = errors.Join(err, a.Close()); err != nil {
			t.Error(err)
		}
	})
	return w
}

// app makes a portal and viewer host of the demo's configuration, but for the locations.
func (w *wall) app(t *testing.T) *app {
	t.Helper()
	demo := filepath.Join(the.dir, "demo")
	c, err := loadConfig(filepath.Join(demo, "ngportal.yaml"), os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	c.Viewer.URL, c.Store.URL = w.origin, "sqlite://"+filepath.Join(t.TempDir(), "portal.db")
	walls, vault := c.Buckets[0], c.Buckets[0]
	walls.Name, vault.Name = "walls", "vault"
	c.Buckets = []bucketConfig{walls, vault}
	c.Datasets = []datasetConfig{{Name: "a", Locations: []locationConfig{
		{ID: "wall", Bucket: "walls", Prefix: "one/"},
		{ID: "wall-two", Bucket: "walls", Prefix: "two/"},
		{ID: "wall-more", Bucket: "walls", Prefix: "one-more/"},
		{ID: "wall-vault", Bucket: "vault"},
	}}}
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(demo, "aws-credentials"))
	p, err := fromConfig(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w.signer = p.signer
	a, err := newApp(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// pairs are the signed cookies of a location, by their names.
func (w *wall) pairs(t *testing.T, id string) map[string]string {
	t.Helper()
	p, err := cloudfront.LocationPolicy(w.origin, id, time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.signer.Sign(p)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, pair := range c.Pairs() {
		out[pair.Name] = pair.Value
	}
	return out
}

// joined writes cookies, or parameters, always in the same order.
func joined(pairs map[string]string, between string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(pairs)) {
		out = append(out, name+"="+pairs[name])
	}
	return strings.Join(out, between)
}

// ask sends a request as it is written, and returns the status and the body.
func (w *wall) ask(t *testing.T, request string) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", w.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err = conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, request) // a server that has refused already need not read all
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%.80q: %v", request, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%.80q: %v", request, err)
	}
	return res.StatusCode, string(body)
}

// get asks for a target with the cookies of "wall" and more headers, each with its line end.
func (w *wall) get(t *testing.T, cookie, target string, more ...string) (int, string) {
	t.Helper()
	return w.ask(t, "GET "+target+" HTTP/1.1\r\nHost: "+w.addr+"\r\nConnection: close\r\nCookie: "+cookie+"\r\n"+strings.Join(more, "")+"\r\n")
}

// leaks tells whether a body has what lies around the location.
func leaks(body string) bool {
	for _, secret := range []string{"SECRET", "PRIVATE KEY", "aws_", "ListBucketResult"} {
		if strings.Contains(body, secret) {
			return true
		}
	}
	return false
}
