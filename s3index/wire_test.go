package s3index_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"ngportal/s3index"
)

// A rawStorage is a server that says exactly what a test makes it say.
type rawStorage struct {
	net.Listener
	connections atomic.Int64
}

// newRaw serves each connection with talk, which is told how many there were before.
func newRaw(t *testing.T, talk func(c net.Conn, r *bufio.Reader, nth int64)) (*rawStorage, *s3index.Bucket) {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &rawStorage{Listener: ln}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			nth := s.connections.Add(1) - 1
			go func() {
				defer c.Close()
				talk(c, bufio.NewReader(c), nth)
			}()
		}
	}()
	cfg := aws.Config{Region: "x", Credentials: aws.AnonymousCredentials{}}
	return s, s3index.NewBucket("b", s3index.NewClient(cfg, "http://"+ln.Addr().String(), true))
}

// newRawTLS is newRaw over TLS: it answers each request by talk. What talk writes while corked leaves in one piece.
func newRawTLS(t *testing.T, c *tls.Config, talk func(c *tls.Conn, cork func(bool))) (*rawStorage, *s3index.Bucket) {
	t.Helper()
	s, _ := newRaw(t, func(conn net.Conn, _ *bufio.Reader, _ int64) {
		corked := &corkedConn{Conn: conn}
		secured := tls.Server(corked, c)
		r := bufio.NewReader(secured)
		for {
			if _, err := http.ReadRequest(r); err != nil {
				return
			}
			talk(secured, corked.cork)
		}
	})
	cfg := aws.Config{Region: "x", Credentials: aws.AnonymousCredentials{}}
	return s, s3index.NewBucket("b", s3index.NewClient(cfg, "https://"+s.Addr().String(), true))
}

// A corkedConn keeps what is written until it is uncorked.
type corkedConn struct {
	net.Conn
	corked bool
	kept   []byte
}

func (c *corkedConn) Write(p []byte) (int, error) {
	if c.corked {
		c.kept = append(c.kept, p...)
		return len(p), nil
	}
	return c.Conn.Write(p)
}

func (c *corkedConn) cork(on bool) {
	c.corked = on
	if !on {
		_, _ = c.Conn.Write(c.kept)
		c.kept = nil
	}
}

// answers reads a request and says text, for as long as there are requests.
func answers(texts ...string) func(net.Conn, *bufio.Reader, int64) {
	return func(c net.Conn, r *bufio.Reader, _ int64) {
		for i := 0; ; i++ {
			if _, err := http.ReadRequest(r); err != nil {
				return
			}
			if _, err := io.WriteString(c, texts[i%len(texts)]); err != nil {
				return
			}
		}
	}
}

func whole(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nETag: \"t\"\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// read reads an object to its end.
func read(ctx context.Context, b *s3index.Bucket, key string) (string, error) {
	body, err := b.Open(ctx, key, s3index.Get{})
	if err != nil {
		return "", err
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	return string(text), err
}

// TestConnectionsAreKept reads twice: a connection serves again only if nothing of the first answer can be
// taken for the second.
func TestConnectionsAreKept(t *testing.T) {
	tests := map[string]struct {
		first string
		want  int64 // connections
	}{
		"whole":                     {whole("hello"), 1},
		"empty":                     {whole(""), 1},
		"in chunks":                 {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 1},
		"in chunks with trailers":   {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-A: b\r\n\r\n", 1},
		"a refusal in chunks":       {"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<x/>\r\n0\r\n\r\n", 1},
		"the server says close":     {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", 2},
		"of another protocol":       {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", 2},
		"more than was told":        {whole("hello") + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", 2},
		"an object that is missing": {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, b := newRaw(t, func(c net.Conn, r *bufio.Reader, nth int64) {
				if nth > 0 {
					answers(whole("second"))(c, r, nth)
					return
				}
				answers(tt.first, whole("second"))(c, r, nth)
			})
			_, _ = read(t.Context(), b, "a")
			if got, err := read(t.Context(), b, "b"); got != "second" || err != nil {
				t.Errorf("the second object is %q, %v", got, err)
			}
			if got := s.connections.Load(); got != tt.want {
				t.Errorf("%d connections, want %d", got, tt.want)
			}
		})
	}
}

// TestClosedWhileIdle has storage close the connections it keeps, which the next reader must not notice.
func TestClosedWhileIdle(t *testing.T) {
	closed := make(chan bool, 10)
	_, b := newRaw(t, func(c net.Conn, r *bufio.Reader, _ int64) {
		if _, err := http.ReadRequest(r); err == nil {
			_, _ = io.WriteString(c, whole("hello"))
		}
		c.Close()
		closed <- true
	})
	for range 3 {
		if got, err := read(t.Context(), b, "a"); got != "hello" || err != nil {
			t.Errorf("%q, %v, want hello", got, err)
		}
		<-closed
	}
}

// TestAnswersThatAreNone holds answers that make no sense, or never come, against what the caller is told.
func TestAnswersThatAreNone(t *testing.T) {
	tests := map[string]struct {
		says string
		want string // in the error
	}{
		"not HTTP":            {"220 ftp.example.org ready\r\n\r\n", "malformed HTTP"},
		"half a head":         {"HTTP/1.1 200 OK\r\nContent-Le", "the head of the answer"},
		"a head without end":  {"HTTP/1.1 200 OK\r\n" + strings.Repeat("X-A: "+strings.Repeat("a", 1000)+"\r\n", 1000), "too long"},
		"a bad length":        {"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", "Content-Length"},
		"two lengths":         {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "Content-Length"},
		"a length and chunks": {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "both"},
		"a folded header":     {"HTTP/1.1 200 OK\r\nX-A: b\r\n Content-Length: 5\r\n\r\n", "malformed header"},
		"a space in a name":   {"HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello", "malformed header"},
		"an odd encoding":     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding"},
		"an interim answer":   {"HTTP/1.1 103 Early Hints\r\n\r\n", "103"},
		"a way elsewhere":     {"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n", "307"},
		"nothing":             {"", "timeout"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, b := newRaw(t, answers(tt.says))
			s3index.Hurry(b, 100*time.Millisecond, 100*time.Millisecond)
			got, err := read(t.Context(), b, "a")
			if !errors.Is(err, s3index.ErrUnwell) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%q, %v, want ErrUnwell that tells of %q", got, err, tt.want)
			}
		})
	}
}

// TestBodiesThatEndEarly reads bodies that storage does not finish.
func TestBodiesThatEndEarly(t *testing.T) {
	tests := map[string]struct {
		then func(net.Conn)
		want error
	}{
		"closed":  {func(c net.Conn) { c.Close() }, io.ErrUnexpectedEOF},
		"reset":   {func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0); c.Close() }, nil}, //nolint:forcetypeassert // it is one
		"stalled": {func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, s3index.ErrUnwell},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, b := newRaw(t, func(c net.Conn, r *bufio.Reader, _ int64) {
				if _, err := http.ReadRequest(r); err == nil {
					_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhello")
				}
				tt.then(c)
			})
			s3index.Hurry(b, time.Second, 100*time.Millisecond)
			got, err := read(t.Context(), b, "a")
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("read %q, %v, want %v", got, err, tt.want)
			}
			if n := s3index.Idle(b); n != 0 {
				t.Errorf("%d connections are kept", n)
			}
		})
	}
}

// TestReadersWhoLeave ends the context: storage must see its connection go.
func TestReadersWhoLeave(t *testing.T) {
	gone := make(chan bool)
	_, b := newRaw(t, func(c net.Conn, r *bufio.Reader, _ int64) {
		if _, err := http.ReadRequest(r); err == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhello")
		}
		_, _ = io.Copy(io.Discard, c)
		gone <- true
	})
	ctx, leave := context.WithCancel(t.Context())
	body, err := b.Open(ctx, "a", s3index.Get{})
	if err != nil {
		t.Fatal(err)
	}
	leave()
	<-gone
	if _, err := io.ReadAll(body); err == nil {
		t.Error("the body can be read by who has left")
	}
	body.Close()
}

// TestSecondTry has storage fail once.
func TestSecondTry(t *testing.T) {
	tests := map[string]struct {
		first string
		want  error
	}{
		"slow down": {"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n", nil},
		"error":     {"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", nil},
		"missing":   {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", fs.ErrNotExist},
		"denied":    {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", fs.ErrPermission},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			_, b := newRaw(t, func(c net.Conn, r *bufio.Reader, _ int64) {
				for {
					if _, err := http.ReadRequest(r); err != nil {
						return
					}
					text := whole("hello")
					if asked.Add(1) == 1 {
						text = tt.first
					}
					_, _ = io.WriteString(c, text)
				}
			})
			if got, err := read(t.Context(), b, "a"); !errors.Is(err, tt.want) || err == nil && got != "hello" {
				t.Errorf("%q, %v, want %v", got, err, tt.want)
			}
		})
	}
}
