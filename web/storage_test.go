package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// A storage is an S3 server that answers by hand, so that it can do what no server should. Its objects are named
// by what it does when one is read.
type storage struct {
	URL   string
	plays map[string]play
	wait  sync.WaitGroup

	mu    sync.Mutex
	conns map[*net.TCPConn]bool // open; true while a request is under way
	asked map[string]int        // by name
	sent  int64                 // bytes of what has no end
}

// A play answers one request. It reports whether the connection is good for another.
type play func(c *call) (keep bool)

// A call is a request to the storage.
type call struct {
	*http.Request
	storage *storage
	conn    *net.TCPConn
	in      *bufio.Reader
	time    int // 1 for the first request of this name
}

// startStorage listens on a free port of host.
func startStorage(t *testing.T, host string, plays map[string]play) *storage {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", host+":0")
	if err != nil {
		t.Fatal(err)
	}
	s := &storage{URL: "http://" + ln.Addr().String(), plays: plays, conns: map[*net.TCPConn]bool{}, asked: map[string]int{}}
	s.wait.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			s.wait.Go(func() { s.serve(conn.(*net.TCPConn)) })
		}
	})
	t.Cleanup(func() {
		ln.Close()
		s.hangUp(true)
		s.wait.Wait()
	})
	return s
}

func (s *storage) serve(conn *net.TCPConn) {
	defer func() {
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
		conn.Close()
	}()
	s.mark(conn, false)
	in := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		s.mark(conn, true)
		name := strings.TrimPrefix(req.URL.Path, "/b/")
		s.mu.Lock()
		s.asked[name]++
		c := &call{req, s, conn, in, s.asked[name]}
		s.mu.Unlock()
		do := s.plays[name]
		if do == nil {
			do = says(answer("404 Not Found", "<Error><Code>NoSuchKey</Code></Error>"))
		}
		if !do(c) {
			return
		}
		s.mark(conn, false)
	}
}

func (s *storage) mark(conn *net.TCPConn, busy bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[conn] = busy
}

// busy counts the requests that are under way.
func (s *storage) busy() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, busy := range s.conns {
		if busy {
			n++
		}
	}
	return n
}

// hangUp closes the connections that wait for another request, or all.
func (s *storage) hangUp(all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn, busy := range s.conns {
		if all || !busy {
			conn.Close()
		}
	}
}

// times counts the requests for a name, or all of them for "".
func (s *storage) times(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name != "" {
		return s.asked[name]
	}
	n := 0
	for _, times := range s.asked {
		n += times
	}
	return n
}

// sentSoFar counts the bytes that could be sent of what has no end.
func (s *storage) sentSoFar() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent
}

// say writes text as it is.
func (c *call) say(text string) bool {
	_, err := io.WriteString(c.conn, text)
	return err == nil
}

// reset ends the connection without a farewell.
func (c *call) reset() bool {
	_ = c.conn.SetLinger(0) // it may be closed
	return false
}

// left waits until the other side has closed the connection.
func (c *call) left() bool {
	_, _ = io.Copy(io.Discard, c.in) // that it is reset is as good
	return false
}

// says answers with text and expects another request.
func says(text string) play { return func(c *call) bool { return c.say(text) } }

// ends answers with text and closes the connection.
func ends(text string) play {
	return func(c *call) bool {
		c.say(text)
		return false
	}
}

// resets answers with text and resets the connection.
func resets(text string) play {
	return func(c *call) bool {
		c.say(text)
		return c.reset()
	}
}

// stalls answers with text and is silent from then on.
func stalls(text string) play {
	return func(c *call) bool {
		c.say(text)
		return c.left()
	}
}

// endless promises a terabyte, sends it until the other side has gone, and counts the bytes.
func endless(c *call) bool {
	piece := strings.Repeat("x", 64<<10)
	for ok := c.say("HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\nETag: \"1\"\r\n\r\n"); ok; {
		ok = c.count(piece)
	}
	return false
}

// count says piece and counts what could be sent.
func (c *call) count(piece string) bool {
	n, err := io.WriteString(c.conn, piece)
	c.storage.mu.Lock()
	defer c.storage.mu.Unlock()
	c.storage.sent += int64(n)
	return err == nil
}

// answer is an answer as it goes over the wire. Its length is told unless a header does.
func answer(status, body string, header ...string) string {
	head := strings.Join(append([]string{"HTTP/1.1 " + status}, header...), "\r\n")
	if low := strings.ToLower(head); !strings.Contains(low, "\r\ncontent-length:") && !strings.Contains(low, "\r\ntransfer-encoding:") {
		head += fmt.Sprintf("\r\nContent-Length: %d", len(body))
	}
	return head + "\r\n\r\n" + body
}

// numbered is n bytes that tell where each of them lies.
func numbered(n int) string {
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%08d", b.Len())
	}
	return b.String()[:n]
}
