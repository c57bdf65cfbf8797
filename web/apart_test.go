package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/edge"
	"ngportal/s3index"
	"ngportal/store"
)

// A viewer host in a process of its own is this test binary again, with the host's options in the environment. There its
// goroutines, file handles and memory are nobody else's, and half of the sockets of a crowd lie elsewhere.

// apartOptions is the environment variable of the options, as JSON.
const apartOptions = "NGPORTAL_TEST_APART"

// options of a viewer host apart; the zero values are the edge's own.
type options struct {
	Storage       string // its address
	Elsewhere     string // to which all requests go that leave this computer
	Patience      time.Duration
	MaxConcurrent int
	MaxPerPerson  int
}

// A hello is what the host says when it listens.
type hello struct {
	Addr     string
	Ada, Ben string // Cookie headers of two people who may read loc-1
}

// TestApart is the host when it runs apart. Here it sees that the measures do see a goroutine and a handle.
func TestApart(t *testing.T) {
	if given := os.Getenv(apartOptions); given != "" {
		serveApart(t, given)
		return
	}
	t.Parallel()
	h := startApart(t, options{Storage: "http://127.0.0.1:1"})
	before := h.ask(t, "count")
	h.ask(t, "leak")
	if after := h.ask(t, "count"); after.Goroutines != before.Goroutines+1 || after.Handles != before.Handles+1 {
		t.Errorf("after one of each has leaked: %+v, before: %+v", after, before)
	}
}

// serveApart serves until standard input ends, and answers what is asked there.
func serveApart(t *testing.T, given string) {
	var o options
	if err := json.Unmarshal([]byte(given), &o); err != nil {
		t.Fatal(err)
	}
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	the.portal, the.viewer = "http://localhost:1", "http://"+ln.Addr().String()
	p := testParts(t, o.Storage)
	p.lifetime = time.Hour // of the cookies; the machine may be slow
	p.log = slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	p.buckets = []*s3index.Bucket{s3index.NewBucket("b", s3index.NewClient(
		aws.Config{Region: "x", Credentials: credentials.NewStaticCredentialsProvider("access", "secret", "")}, o.Storage, true))}
	h, said := newApart(t, p, o)
	said.Addr = ln.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serveOne(ctx, newServer(h, p.log), ln) }()
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(said); err != nil {
		t.Fatal(err)
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		if err := out.Encode(measure(t, in.Text())); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// newApart builds the viewer host that newApp would, with o, and lets two people in.
func newApart(t *testing.T, p parts, o options) (http.Handler, hello) {
	library := s3index.NewLibrary(p.buckets)
	db, err := store.Open(t.Context(), p.storeURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err = db.Seed(t.Context(), time.Now(), p.seeds); err != nil {
		t.Fatal(err)
	}
	viewers := &auth.Viewer{Store: db, Policies: auth.NewPolicies(db), Idle: p.idle, Now: time.Now}
	c := p.edgeConfig(library, viewers)
	c.Files = fstest.MapFS{"index.html": {Data: []byte("<!doctype html><title>viewer</title>")}}
	if o.Patience > 0 {
		c.Patience = o.Patience
	}
	if o.MaxConcurrent > 0 {
		c.MaxConcurrent = o.MaxConcurrent
	}
	if o.MaxPerPerson > 0 {
		c.MaxPerPerson = o.MaxPerPerson
	}
	h, err := edge.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return h, hello{Ada: letIn(t, h, db, viewers, "ada"), Ben: letIn(t, h, db, viewers, "ben")}
}

// letIn opens the viewer for a person and returns the Cookie header that their browser would send with /d/loc-1/….
func letIn(t *testing.T, h http.Handler, db *store.Store, viewers *auth.Viewer, name string) string {
	now := time.Now()
	session := store.Session{
		Hash: store.HashOf(name), Created: now, Seen: now, IdleExpires: now.Add(time.Hour), Expires: now.Add(time.Hour),
	}
	who, err := db.SignIn(t.Context(), store.SignIn{Identity: access.Identity{Issuer: "test", Subject: name, Name: name}, Session: session})
	if err != nil {
		t.Fatal(err)
	}
	session.Person = who
	ticket, err := viewers.Ticket(t.Context(), session, []string{"loc-1"}, "!{}")
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/_session/open?t="+ticket, nil)
	req.Host = strings.TrimPrefix(the.viewer, "http://")
	h.ServeHTTP(rec, req)
	var pairs []string
	for _, c := range rec.Result().Cookies() {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	if rec.Code != http.StatusSeeOther || len(pairs) < 4 {
		t.Fatalf("the ticket of %s = %d with the cookies %q", name, rec.Code, pairs)
	}
	return strings.Join(pairs, "; ")
}

// An apart is a viewer host in another process.
type apart struct {
	hello
	mu   sync.Mutex // of a question and its answer
	in   io.WriteCloser
	out  *json.Decoder
	said bytes.Buffer // on standard output
	log  bytes.Buffer // on standard error; complete when the process has ended
}

// startApart starts a viewer host. It is stopped, and what it said looked through, when the test ends.
func startApart(t *testing.T, o options) *apart {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	given, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	h := &apart{}
	cmd := exec.Command(self, "-test.run=^TestApart$", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), apartOptions+"="+string(given), "HTTP_PROXY="+o.Elsewhere)
	cmd.Stderr = &h.log
	if h.in, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	h.out = json.NewDecoder(io.TeeReader(out, &h.said))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.stop(t, cmd) })
	if err := h.out.Decode(&h.hello); err != nil {
		_, _ = io.Copy(&h.said, out) // why not
		t.Fatalf("the viewer host did not start: %v\n%s", err, h.said.String())
	}
	return h
}

// stop ends the process. It must end well, and nothing may have panicked or raced in it.
func (h *apart) stop(t *testing.T, cmd *exec.Cmd) {
	h.in.Close()
	late := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() }) // it may have ended by then
	defer late.Stop()
	err := cmd.Wait()
	log := h.log.String()
	if err != nil || strings.Contains(log, "panic") || strings.Contains(log, "DATA RACE") {
		t.Errorf("the viewer host ended with %v", err)
	}
	if t.Failed() {
		t.Logf("the viewer host said:\n%s", log[max(0, len(log)-20_000):])
	}
}

// ask has the host count or measure itself.
func (h *apart) ask(t *testing.T, what string) usage {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	var u usage
	if _, err := io.WriteString(h.in, what+"\n"); err != nil {
		t.Fatal(err)
	}
	if err := h.out.Decode(&u); err != nil {
		t.Fatalf("the viewer host does not answer: %v", err)
	}
	return u
}
