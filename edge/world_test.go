package edge_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"ngportal/access"
	"ngportal/cloudfront"
	"ngportal/edge"
)

// A world is a viewer host on a socket, with everything it stands on in memory.
type world struct {
	*httptest.Server
	origin   string
	config   edge.Config
	objects  *bucket
	sessions *sessions
	signer   *cloudfront.Signer
	log      *buffer
	now      atomic.Int64
}

const start = 1_800_000_000 // the clock of every test

// newWorld starts a viewer host after change has been at its configuration. Its location "loc-one" lies at
// main/one/, "loc-two" at main/two/, "pub-one" in the bucket open, which is public.
func newWorld(t testing.TB, change func(*edge.Config)) *world {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		objects: &bucket{data: map[string]string{}}, sessions: &sessions{tickets: map[string]edge.Opened{}, live: map[string]edge.Grant{}},
		log: &buffer{}, signer: newSigner(t, "K1", key),
	}
	w.now.Store(start)
	v, err := cloudfront.NewVerifier(map[string]crypto.PublicKey{"K1": key.Public()})
	if err != nil {
		t.Fatal(err)
	}
	policy := access.New(access.Facts{Datasets: []access.Dataset{{ID: 1, Name: "a", Locations: []access.Location{
		{ID: "loc-one", Bucket: "main", Prefix: "one/"}, {ID: "loc-two", Bucket: "main", Prefix: "two/"}, {ID: "pub-one", Bucket: "open"},
	}}}})
	w.Server = httptest.NewUnstartedServer(nil)
	w.origin = "http://" + w.Listener.Addr().String()
	w.config = edge.Config{
		Origin: w.origin, PortalURL: "http://localhost:8080/", Signer: w.signer, Verifier: v, Lifetime: 30 * time.Minute,
		Objects: w.objects, Router: policy, Sessions: w.sessions, Guard: w.sessions, Tracts: tracts{},
		Files: fstest.MapFS{
			"index.html":         {Data: []byte("<!doctype html><title>viewer</title>")},
			"0a1b2c3d/main.js":   {Data: []byte(strings.Repeat("console.log(1);\n", 100))},
			"0a1b2c3d/zstd.wasm": {Data: []byte("\x00asm")},
			"0a1b2c3d/icon.png":  {Data: []byte("png")},
		},
		ViewerConfig: map[string]any{"portal": "http://localhost:8080"},
		IsPublic:     func(bucket string) bool { return bucket == "open" },
		Now:          func() time.Time { return time.Unix(w.now.Load(), 0) },
		Log:          slog.New(slog.NewJSONHandler(w.log, nil)),
	}
	if change != nil {
		change(&w.config)
	}
	h, err := edge.New(w.config)
	if err != nil {
		t.Fatal(err)
	}
	w.Config.Handler = h
	w.Start()
	t.Cleanup(w.Close)
	return w
}

func newSigner(t testing.TB, id string, key crypto.Signer) *cloudfront.Signer {
	t.Helper()
	s, err := cloudfront.NewSigner(id, key, cloudfront.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// cookies returns a Cookie header for a location, signed by s, good for a minute.
func (w *world) cookies(t testing.TB, s *cloudfront.Signer, id string) string {
	t.Helper()
	origin := w.config.Origin
	if w.config.DataOrigin != "" {
		origin = w.config.DataOrigin
	}
	p, err := cloudfront.LocationPolicy(origin, id, time.Unix(start+60, 0))
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Sign(p)
	if err != nil {
		t.Fatal(err)
	}
	var pairs []string
	for _, p := range c.Pairs() {
		pairs = append(pairs, p.Name+"="+p.Value)
	}
	return strings.Join(pairs, "; ")
}

// A reply is a response that has been read and closed.
type reply struct {
	path          string // that was asked for
	StatusCode    int
	Header        http.Header
	ContentLength int64
}

// Cookies are those that the reply sets.
func (r *reply) Cookies() []*http.Cookie {
	var all []*http.Cookie
	for _, line := range r.Header["Set-Cookie"] {
		if c, err := http.ParseSetCookie(line); err == nil {
			all = append(all, c)
		}
	}
	return all
}

// do sends a request with headers given as name, value, name, value. It follows no redirect, keeps no
// cookie and unpacks nothing.
func (w *world) do(t *testing.T, method, path string, header ...string) (*reply, string) {
	t.Helper()
	res, body, err := w.try(t, method, path, header...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return res, body
}

func (w *world) try(t *testing.T, method, path string, header ...string) (*reply, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.origin+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
			continue
		}
		req.Header.Add(header[i], header[i+1])
	}
	if req.Header.Get("Accept-Encoding") == "" {
		req.Header.Set("Accept-Encoding", "identity") // or Go would ask for gzip, and unpack it
	}
	res, err := w.Client().Transport.RoundTrip(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return &reply{path, res.StatusCode, res.Header, res.ContentLength}, string(body), err
}

// dial connects to the viewer host, for requests that are written by hand.
func (w *world) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", w.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // most are closed by then
	return conn
}

// write sends one GET as it is written.
func (w *world) write(t *testing.T, conn net.Conn, target, cookie string) {
	t.Helper()
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\n\r\n", target, w.Listener.Addr(), cookie); err != nil {
		t.Fatalf("GET %s: %v", target, err)
	}
}
