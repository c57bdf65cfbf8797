package s3index

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A field is one header of a request.
type field struct{ name, value string }

// A wire reads from one HTTP/1.1 server over connections that it keeps. It does what a chunk needs and no
// more: no body to send, no redirects, no goroutine of its own for a connection, and the body is read from the
// connection itself, so that the kernel can pass it on without a copy. It is safe for concurrent use.
//
// An [http.Transport] does the same at some three times the price, most of it for its two goroutines.
type wire struct {
	host   string      // as in the Host header
	addr   string      // host:port to dial
	tls    *tls.Config // nil: plain
	dialer net.Dialer
	head   time.Duration // for an answer to begin
	stall  time.Duration // for more of its body to come

	mu   sync.Mutex
	idle []*wireConn // the latest used last
	reap *time.Timer // runs while something is idle
}

const (
	maxIdle  = 256
	idleTime = 30 * time.Second // S3 closes after some more
	headSize = 128 << 10        // of all headers of an answer
)

func newWire(secure bool, hostname, port, host string) *wire {
	w := &wire{
		host: host, addr: net.JoinHostPort(hostname, port), dialer: net.Dialer{KeepAlive: idleTime},
		head: headerTime, stall: stallTime,
	}
	if secure {
		w.tls = &tls.Config{ServerName: hostname, MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(0)}
	}
	return w
}

// A wireConn is a connection, used by one request at a time.
type wireConn struct {
	net.Conn
	r    *bufio.Reader
	left int64 // what may yet be read of a head; negative: no limit, a body is being read
	used time.Time
}

var errHead = errors.New("the head of the answer is too long")

// Read reads for the buffer. A head that does not end must not fill the memory.
func (c *wireConn) Read(p []byte) (int, error) {
	if c.left < 0 {
		return c.Conn.Read(p)
	}
	if c.left == 0 {
		return 0, errHead
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// errUnused marks failures of a connection that had been idle: the server may have closed it, and
// the request is worth another one.
var errUnused = errors.New("the connection had been closed")

// send makes a request and returns the answer; its body must be closed. ctx ends both.
func (w *wire) send(ctx context.Context, method, target string, fields []field) (*http.Response, error) {
	for {
		c, fresh, err := w.conn(ctx)
		if err != nil {
			return nil, err
		}
		res, err := w.try(ctx, c, method, target, fields)
		if err == nil || fresh || ctx.Err() != nil || !errors.Is(err, errUnused) {
			return res, err
		}
	}
}

// try makes a request on c, which belongs to the answer's body afterwards, or is closed.
func (w *wire) try(ctx context.Context, c *wireConn, method, target string, fields []field) (*http.Response, error) {
	stop := context.AfterFunc(ctx, func() { c.Close() })
	res, err := w.exchange(c, method, target, fields)
	if err != nil {
		stop()
		c.Close()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	body := &wireBody{wire: w, conn: c, from: res.Body, left: res.ContentLength, stop: stop, keep: !res.Close}
	if res.Body == http.NoBody { // also of HEAD and of 304, whatever length they tell
		body.left, body.ended = 0, true
	}
	res.Body = body
	return res, nil
}

func (w *wire) exchange(c *wireConn, method, target string, fields []field) (*http.Response, error) {
	buf := make([]byte, 0, 1024)
	buf = append(buf, method+" "+target+" HTTP/1.1\r\nHost: "+w.host+"\r\n"...)
	for _, f := range fields {
		if strings.ContainsAny(f.value, "\r\n") {
			return nil, fmt.Errorf("the header %s holds a line break", f.name)
		}
		buf = append(buf, f.name+": "+f.value+"\r\n"...)
	}
	buf = append(buf, "\r\n"...)
	_ = c.SetDeadline(time.Now().Add(w.head)) // a closed connection tells by the write
	if _, err := c.Write(buf); err != nil {
		return nil, fmt.Errorf("%w: %w", errUnused, err)
	}
	c.left = headSize
	if _, err := c.r.Peek(1); err != nil {
		if errors.Is(err, io.EOF) || isReset(err) {
			err = fmt.Errorf("%w: %w", errUnused, err)
		}
		return nil, err
	}
	res, err := http.ReadResponse(c.r, &http.Request{Method: method})
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the head of the answer: %w", err)
	case res.StatusCode < http.StatusOK: // nothing was offered that such an answer could take up
		return nil, fmt.Errorf("the answer begins with %s", res.Status)
	}
	c.left = -1
	return res, nil
}

// conn returns an idle connection that is still good, or else a new one.
func (w *wire) conn(ctx context.Context) (c *wireConn, fresh bool, err error) {
	for {
		w.mu.Lock()
		if n := len(w.idle); n > 0 {
			c, w.idle = w.idle[n-1], w.idle[:n-1]
		}
		w.mu.Unlock()
		if c == nil {
			break
		}
		if peek(c.Conn) == nothing { // else it was closed, or bytes that nobody asked for would be the next answer
			return c, false, nil
		}
		c.Close()
		c = nil
	}
	c, err = w.dial(ctx)
	return c, true, err
}

func (w *wire) dial(ctx context.Context) (*wireConn, error) {
	ctx, cancel := context.WithTimeout(ctx, w.head)
	defer cancel()
	conn, err := w.dialer.DialContext(ctx, "tcp", w.addr)
	if err != nil {
		return nil, err
	}
	if w.tls != nil {
		secured := tls.Client(conn, w.tls)
		if err := secured.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, err
		}
		conn = secured
	}
	c := &wireConn{Conn: conn}
	c.r = bufio.NewReaderSize(c, 32<<10)
	return c, nil
}

// put keeps c for another request.
func (w *wire) put(c *wireConn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.idle) >= maxIdle {
		c.Close()
		return
	}
	c.used = time.Now()
	w.idle = append(w.idle, c)
	if w.reap == nil {
		w.reap = time.AfterFunc(idleTime, w.closeOld)
	}
}

// closeOld closes what has been idle for long, and comes again if anything is left.
func (w *wire) closeOld() {
	w.mu.Lock()
	defer w.mu.Unlock()
	old := time.Now().Add(-idleTime)
	n := 0
	for n < len(w.idle) && !w.idle[n].used.After(old) {
		w.idle[n].Close()
		n++
	}
	w.idle = slices.Delete(w.idle, 0, n)
	w.reap = nil
	if len(w.idle) > 0 {
		w.reap = time.AfterFunc(w.idle[0].used.Sub(old)+time.Second, w.closeOld)
	}
}
