package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"
)

// What a reader sees of an answer that is not the object.
const (
	cut    = -1 // a status of success and then an end that is seen to be too early
	broken = -2 // either cut or 503, as it comes
	safe   = -3 // either the object or 503
)

// A seen is what a reader sees.
type seen struct {
	code   int // 0: there was none
	header http.Header
	body   string
	err    error // why the answer is not whole
}

// read asks the viewer host for an object over a connection of its own, and reads until that ends. The
// method is GET if it is empty.
func (h *apart) read(cookie, method, name string, header ...string) seen {
	conn, err := h.send(h.request(cookie, method, name, append(header, "Connection: close")...))
	if err != nil {
		return seen{err: err}
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	got := receive(in, method)
	if more, _ := io.ReadAll(in); got.err == nil && len(more) > 0 {
		got.err = fmt.Errorf("%d bytes after the end of the answer", len(more))
	}
	return got
}

// receive reads one answer.
func receive(in *bufio.Reader, method string) seen {
	res, err := http.ReadResponse(in, &http.Request{Method: cmp.Or(method, http.MethodGet)})
	if err != nil {
		return seen{err: err}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return seen{res.StatusCode, res.Header, string(body), err}
}

// send opens a connection and writes text.
func (h *apart) send(text string) (*net.TCPConn, error) {
	conn, err := net.Dial("tcp", h.Addr)
	if err != nil {
		return nil, err
	}
	if _, err = io.WriteString(conn, text); err == nil {
		err = conn.SetDeadline(time.Now().Add(time.Minute))
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn.(*net.TCPConn), nil
}

// open is send for tests that go on by hand.
func (h *apart) open(t *testing.T, text string) *net.TCPConn {
	t.Helper()
	conn, err := h.send(text)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func (h *apart) request(cookie, method, name string, header ...string) string {
	lines := append([]string{
		cmp.Or(method, http.MethodGet) + " /d/loc-1/" + strings.ReplaceAll(name, " ", "%20") + " HTTP/1.1", "Host: " + h.Addr, "Cookie: " + cookie,
	}, header...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// want compares what is seen with a status and a body, or with cut, broken or safe.
func (got seen) want(t *testing.T, code int, body string) {
	t.Helper()
	for name, values := range got.header {
		if strings.ContainsFunc(strings.Join(values, ""), unicode.IsControl) {
			t.Errorf("%s: %q, want no control characters", name, values)
		}
	}
	switch {
	case code < cut && got.code == http.StatusServiceUnavailable:
		code = http.StatusServiceUnavailable
	case code == broken:
		code = cut
	case code == safe:
		code = http.StatusOK
	}
	switch {
	case code == http.StatusServiceUnavailable:
		got.wantUnwell(t)
	case code == cut:
		if got.code != http.StatusOK || got.err == nil || errors.Is(got.err, os.ErrDeadlineExceeded) {
			t.Errorf("= %d with %d bytes and the error %v, want 200 and an end that is seen", got.code, len(got.body), got.err)
		}
	case got.code != code || got.body != body || got.err != nil:
		t.Errorf("= %d with %d bytes and the error %v, want %d with %d bytes", got.code, len(got.body), got.err, code, len(body))
	}
}

// wantUnwell wants a refusal that brings the viewer back, and that tells nothing of the storage.
func (got seen) wantUnwell(t *testing.T) {
	t.Helper()
	if got.code != http.StatusServiceUnavailable || got.header.Get("Retry-After") != "5" || got.header.Get("Cache-Control") != "no-store" || got.err != nil {
		t.Errorf("= %d %v and the error %v, want 503 with Retry-After 5 that nobody keeps", got.code, got.header, got.err)
	}
	for _, name := range []string{"X-Edge-Deny", "ETag", "Content-Range", "Location", "Content-Encoding"} {
		if value := got.header.Get(name); value != "" {
			t.Errorf("%s: %q on a 503, want none", name, value)
		}
	}
	if strings.Contains(got.body, "secret") || strings.Contains(got.body, "Error") {
		t.Errorf("the answer tells what the storage said: %q", got.body)
	}
}

// begin reads an object for each person, so that all that stays open is open, and counts.
func (h *apart) begin(t *testing.T, s *storage) usage {
	t.Helper()
	for _, cookie := range []string{h.Ada, h.Ben} {
		h.read(cookie, "", "good").want(t, 200, small)
	}
	var last usage
	calm := 0
	if !within(20*time.Second, func() bool { // until it stays as it is
		u := h.ask(t, "memory")
		u.Heap, u.Stacks, u.RSS = 0, 0, 0
		if calm++; u != last {
			last, calm = u, 0
		}
		return calm == 10
	}) {
		t.Fatal("the viewer host does not come to rest")
	}
	return h.ask(t, "memory")
}

// settle waits until the host holds no more goroutines and handles than before, and nothing is asked of the storage. It
// returns what to hold the next against.
func (h *apart) settle(t *testing.T, s *storage, before usage) usage {
	t.Helper()
	var u usage
	ok := within(20*time.Second, func() bool {
		if s.busy() > 0 {
			return false
		}
		// What is kept for the next request is no leak; with it the host finds out what has been closed.
		s.hangUp(false)
		h.read(h.Ben, "", "good")
		u = h.ask(t, "count") // no collection: it would close what has been forgotten
		return u.Goroutines <= before.Goroutines && u.Handles <= before.Handles
	}) && within(20*time.Second, func() bool {
		u = h.ask(t, "memory")
		return u.Pipes <= before.Pipes
	})
	if ok {
		return before
	}
	h.ask(t, "stacks")
	t.Errorf("afterwards %+v, before %+v; %d requests to the storage are under way", u, before, s.busy())
	s.hangUp(true)
	return h.ask(t, "memory")
}

// within waits until is holds, for at most limit.
func within(limit time.Duration, is func() bool) bool {
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for late := time.After(limit); ; {
		if is() {
			return true
		}
		select {
		case <-late:
			return false
		case <-poll.C:
		}
	}
}
