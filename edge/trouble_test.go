package edge_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"ngportal/edge"
)

func TestStorageTrouble(t *testing.T) {
	body := func(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }
	object := func(o edge.Object) func(context.Context, edge.Want) (*edge.Object, error) {
		return func(context.Context, edge.Want) (*edge.Object, error) { return &o, nil }
	}
	fails := func(err error) func(context.Context, edge.Want) (*edge.Object, error) {
		return func(context.Context, edge.Want) (*edge.Object, error) { return nil, fmt.Errorf("s3: %w", err) }
	}
	tests := map[string]struct {
		open func(context.Context, edge.Want) (*edge.Object, error)
		code int // 0: the answer is cut
		log  string
	}{
		"refuses us":              {fails(fs.ErrPermission), 503, "permission denied"},
		"hangs":                   {fails(context.DeadlineExceeded), 503, "deadline exceeded"},
		"throttles":               {fails(errors.New("SlowDown")), 503, "SlowDown"},
		"panics":                  {func(context.Context, edge.Want) (*edge.Object, error) { panic("a bug") }, 500, "panic: a bug"},
		"hides the length":        {object(edge.Object{Body: body("abc"), Size: -1}), 503, "does not say how long"},
		"sends another range":     {object(edge.Object{Body: body("abc"), Size: 3, ContentRange: "bytes 1-3/9"}), 503, "answer the range"},
		"sends a shorter range":   {object(edge.Object{Body: body("abc"), Size: 3, ContentRange: "bytes 0-2/9"}), 503, "answer the range"},
		"sends a strange range":   {object(edge.Object{Body: body("abc"), Size: 3, ContentRange: "bytes 0-3/*"}), 503, "not well formed"},
		"stops early":             {object(edge.Object{Body: body("abc"), Size: 9}), 503, "after 3 of 9 bytes: unexpected EOF"},
		"sends nothing":           {object(edge.Object{Body: body(""), Size: 9}), 503, "after 0 of 9 bytes: unexpected EOF"},
		"breaks early":            {object(edge.Object{Body: io.NopCloser(io.MultiReader(strings.NewReader("abc"), broken{})), Size: 9}), 503, "after 3 of 9 bytes: reset"},
		"stops in the middle":     {object(edge.Object{Body: body(strings.Repeat("x", 100_000)), Size: 100_001}), 0, "after 100000 of 100001 bytes: unexpected EOF"},
		"breaks in the middle":    {object(edge.Object{Body: io.NopCloser(io.MultiReader(strings.NewReader(strings.Repeat("x", 70_000)), broken{})), Size: 1 << 30}), 0, "after 70000 of 1073741824 bytes: reset"},
		"sends more than it said": {object(edge.Object{Body: body("abcdef"), Size: 3}), 200, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.objects.open = tt.open
			res, text, err := w.try(t, "GET", "/d/loc-one/a", "Cookie", w.cookies(t, w.signer, "loc-one"), "Range", "bytes=0-3")
			switch {
			case tt.code == 0 && !errors.Is(err, io.ErrUnexpectedEOF):
				t.Errorf("the storage %s: %d bytes, error %v, want a cut", name, len(text), err)
			case tt.code != 0 && (err != nil || res.StatusCode != tt.code):
				t.Errorf("the storage %s: %v %v, want %d", name, res, err, tt.code)
			case tt.code == 503:
				wantHeader(t, res, map[string]string{"X-Edge-Deny": "", "Retry-After": "5", "Cache-Control": "no-store", "Content-Range": ""})
			}
			if tt.code >= 500 && (strings.Contains(text, "s3") || strings.Contains(text, "main")) {
				t.Errorf("the storage %s: the answer tells %q", name, text)
			}
			w.Close() // the log is written when the requests are done
			if log := w.log.String(); !strings.Contains(log, tt.log) || strings.Contains(log, `"ERROR"`) != (tt.log != "") {
				t.Errorf("the storage %s: log %s, want %q", name, log, tt.log)
			}
		})
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("reset") }

// A watched body never ends by itself, and tells when it is closed.
type watched struct {
	left   <-chan struct{} // closed when the reader is gone
	wait   bool            // for ever, after the first bytes
	sent   bool
	closed chan struct{}
}

func (b *watched) Read(p []byte) (int, error) {
	if b.wait && b.sent {
		<-b.left
		return 0, context.Canceled
	}
	b.sent = true
	return len(p), nil
}

func (b *watched) Close() error {
	close(b.closed)
	return nil
}

// endless makes every object a watched one.
func (w *world) endless(wait bool) *watched {
	b := &watched{wait: wait, closed: make(chan struct{})}
	w.objects.open = func(ctx context.Context, _ edge.Want) (*edge.Object, error) {
		b.left = ctx.Done()
		return &edge.Object{Body: b, Size: 1 << 40}, nil
	}
	return b
}

func (b *watched) wantClosed(t *testing.T) {
	t.Helper()
	select {
	case <-b.closed:
	case <-time.After(20 * time.Second):
		t.Fatal("the storage is still read after 20 s")
	}
}

func (w *world) begin(t *testing.T) net.Conn {
	t.Helper()
	conn := w.dial(t)
	w.write(t, conn, "/d/loc-one/a", w.cookies(t, w.signer, "loc-one"))
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestLeavingStopsTheRead(t *testing.T) {
	for name, wait := range map[string]bool{"while the storage is slow": true, "while the reader is slow": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			b := w.endless(wait)
			if err := w.begin(t).Close(); err != nil {
				t.Fatal(err)
			}
			b.wantClosed(t)
			w.Close()
			if log := w.log.String(); !strings.Contains(log, `"reader_left":true`) || strings.Contains(log, `"ERROR"`) {
				t.Errorf("log %s, want a reader who left, and no error", log)
			}
		})
	}
}

func TestReaderWhoTakesNothingIsLeft(t *testing.T) {
	w := newWorld(t, func(c *edge.Config) { c.Patience = 100 * time.Millisecond })
	b := w.endless(false)
	w.begin(t) // and reads no further
	b.wantClosed(t)
}

func TestTooManyAtOnce(t *testing.T) {
	w := newWorld(t, func(c *edge.Config) { c.Patience, c.MaxConcurrent = 300*time.Millisecond, 1 })
	b := w.endless(true)
	conn := w.begin(t)
	res, _ := w.do(t, "GET", "/d/loc-one/a", "Cookie", w.cookies(t, w.signer, "loc-one"))
	if res.StatusCode != 503 || res.Header.Get("Retry-After") != "5" || res.Header.Get("X-Edge-Deny") != "" {
		t.Errorf("a second reader gets %d %v, want 503 that is no denial", res.StatusCode, res.Header)
	}
	if res, _ := w.do(t, "GET", "/d/loc-one/a"); res.Header.Get("X-Edge-Deny") != "MissingKey" {
		t.Errorf("a denial waits for its turn")
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	b.wantClosed(t)
	w.objects.mu.Lock()
	w.objects.open = nil
	w.objects.mu.Unlock()
	if res, _ := w.do(t, "GET", "/d/loc-one/none", "Cookie", w.cookies(t, w.signer, "loc-one")); res.StatusCode != 404 {
		t.Errorf("after the first has left = %d, want 404", res.StatusCode)
	}
}

// The time that a body was given must not end the next request on the connection, however late that comes.
func TestConnectionIsKept(t *testing.T) {
	w := newWorld(t, func(c *edge.Config) { c.Patience = 200 * time.Millisecond })
	w.objects.data["main/one/a"] = strings.Repeat("x", 100_000)
	conn := w.dial(t)
	in := bufio.NewReader(conn)
	for _, tt := range []struct {
		path string
		want int
		size int64
	}{{"/d/loc-one/a", 200, 100_000}, {"/d/loc-one/none", 404, 25}} {
		w.write(t, conn, tt.path, w.cookies(t, w.signer, "loc-one"))
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatalf("GET %s: %v", tt.path, err)
		}
		if n, err := io.Copy(io.Discard, res.Body); res.StatusCode != tt.want || n != tt.size || err != nil {
			t.Errorf("GET %s = %d, %d bytes, %v, want %d, %d bytes", tt.path, res.StatusCode, n, err, tt.want, tt.size)
		}
		_ = res.Body.Close()                 // read to its end
		<-time.After(300 * time.Millisecond) // longer than Patience: the deadline is the kernel's clock
	}
}

func TestMethods(t *testing.T) {
	w := newWorld(t, nil)
	w.objects.data["main/one/a"] = "a"
	cookie := w.cookies(t, w.signer, "loc-one")
	reads, posts := "GET, HEAD", "POST"
	tests := []struct {
		path    string
		allow   string
		methods []string
	}{
		{"/", reads, []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "QUERY"}},
		{"/0a1b2c3d/main.js", reads, []string{"POST", "DELETE"}},
		{"/d/loc-one/a", reads, []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get"}},
		{"/t/loc-one/a.trk/skel/info", reads, []string{"POST", "PUT", "OPTIONS"}},
		{"/_session/open", "GET", []string{"HEAD", "POST", "PUT"}},
		{"/_session/refresh", posts, []string{"GET", "HEAD", "PUT", "DELETE"}},
		{"/_session/end", posts, []string{"GET", "HEAD", "PUT", "DELETE"}},
		{"/_session/state/x", reads, []string{"POST", "PUT"}},
	}
	for _, tt := range tests {
		for _, method := range tt.methods {
			res, _ := w.do(t, method, tt.path, "Cookie", cookie)
			if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != tt.allow {
				t.Errorf("%s %s = %d, Allow %q, want 405, %q", method, tt.path, res.StatusCode, res.Header.Get("Allow"), tt.allow)
			}
		}
	}
}

func TestHost(t *testing.T) {
	w := newWorld(t, func(c *edge.Config) { c.Origin = "https://ng.example.org" })
	w.objects.data["main/one/a"] = "a"
	tests := map[string]int{
		"ng.example.org": 200, "NG.Example.ORG": 200, "ng.example.org:443": 200, "ng.example.org.": 200, "ng.example.org.:443": 200,
		"ng.example.org:80": 421, "ng.example.org:8443": 421, "portal.example.org": 421, "example.org": 421, "ng.example.org.evil.test": 421, "127.0.0.1": 421,
	}
	for host, want := range tests {
		res, _ := w.do(t, "GET", "/d/loc-one/a", "Host", host, "Cookie", w.cookies(t, w.signer, "loc-one"))
		if res.StatusCode != want {
			t.Errorf("Host %s = %d, want %d", host, res.StatusCode, want)
		}
		wantHeader(t, res, map[string]string{"Strict-Transport-Security": "max-age=31536000"})
	}
}

// One line a request; nothing in it that opens or names what was read.
func TestLog(t *testing.T) {
	w := newWorld(t, nil)
	w.objects.data["main/one/sub-ada.nii"] = "0123456789"
	cookie := w.cookies(t, w.signer, "loc-one")
	w.sessions.tickets["ticket-1"] = edge.Opened{Grant: grant("token-1"), Fragment: "!{}"}
	w.do(t, "GET", "/d/loc-one/sub-ada.nii", "Cookie", cookie, "Range", "bytes=0-4")
	w.do(t, "GET", "/d/loc-one/sub-none.nii", "Cookie", cookie)
	w.do(t, "GET", "/d/loc-two/sub-ada.nii", "Cookie", cookie)
	w.do(t, "GET", "/d/loc-one/../sub-ada.nii", "Cookie", cookie)
	w.do(t, "GET", "/_session/open?t=ticket-1")
	w.do(t, "GET", "/t/loc-one/sub-ada.trk/skel/info", "Cookie", "ng=token-1")
	w.Close()
	lines := strings.Split(strings.TrimSpace(w.log.String()), "\n")
	want := []string{
		`"level":"INFO","msg":"request","method":"GET","route":"data","status":206,"bytes":5,"ms":0,"location":"loc-one"}`,
		`"level":"INFO","msg":"request","method":"GET","route":"data","status":404,"bytes":25,"ms":0,"location":"loc-one"}`,
		`"level":"INFO","msg":"request","method":"GET","route":"data","status":503,"bytes":110,"ms":0,"location":"loc-two","deny":"AccessDenied","reason":"the policy is for other addresses"}`,
		`"level":"INFO","msg":"request","method":"GET","route":"data","status":400,"bytes":62,"ms":0}`,
		`"level":"INFO","msg":"request","method":"GET","route":"session","status":303,"bytes":0,"ms":0}`,
		`"level":"INFO","msg":"request","method":"GET","route":"tract","status":200,"bytes":38,"ms":0,"location":"loc-one"}`,
	}
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(want), w.log)
	}
	for i, line := range lines {
		if !strings.HasSuffix(line, want[i]) {
			t.Errorf("line %d: %s, want …%s", i, line, want[i])
		}
	}
}
