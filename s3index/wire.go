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
	used time.Time
}

// errUnused marks failures of a connection that had been idle: the server may have closed it, and
// the request is worth another one.
var errUnused = errors.New("the connection had been closed")

// send makes a request and returns the head of the answer and its body, which must be closed. ctx ends both.
func (w *wire) send(ctx context.Context, method, target string, fields []field) (head, io.ReadCloser, error) {
	for {
		c, fresh, err := w.conn(ctx)
		if err != nil {
			return head{}, nil, err
		}
		h, body, err := w.try(ctx, c, method, target, fields)
		if err == nil || fresh || ctx.Err() != nil || !errors.Is(err, errUnused) {
			return h, body, err
		}
	}
}

// try makes a request on c, which belongs to the answer's body afterwards, or is closed.
func (w *wire) try(ctx context.Context, c *wireConn, method, target string, fields []field) (head, io.ReadCloser, error) {
	stop := context.AfterFunc(ctx, func() { c.Close() })
	h, err := w.exchange(c, method, target, fields)
	if err != nil {
		stop()
		c.Close()
		if ctx.Err() != nil {
			err = ctx.Err() // not its cause, which may be the failure of another read
		}
		return head{}, nil, err
	}
	body := &wireBody{wire: w, conn: c, left: h.length, stop: stop, keep: h.keep, stall: w.stall}
	if h.status >= http.StatusMultipleChoices { // why there is no object: nobody waits long for that
		body.stall = w.head
	}
	if h.bodied(method) {
		body.from = h.body(c.r)
	} else {
		body.left, body.ended, body.from = 0, true, http.NoBody
	}
	return h, body, nil
}

func (w *wire) exchange(c *wireConn, method, target string, fields []field) (head, error) {
	buf := make([]byte, 0, 1024)
	buf = append(buf, method+" "+target+" HTTP/1.1\r\nHost: "+w.host+"\r\n"...)
	for _, f := range fields {
		if strings.ContainsAny(f.value, "\r\n") {
			return head{}, fmt.Errorf("the header %s holds a line break", f.name)
		}
		buf = append(append(append(append(buf, f.name...), ": "...), f.value...), "\r\n"...)
	}
	buf = append(buf, "\r\n"...)
	_ = c.SetDeadline(time.Now().Add(w.head)) // a closed connection tells by the write
	if _, err := c.Write(buf); err != nil {
		return head{}, fmt.Errorf("%w: %w", errUnused, err)
	}
	if _, err := c.r.Peek(1); err != nil {
		if errors.Is(err, io.EOF) || isReset(err) {
			err = fmt.Errorf("%w: %w", errUnused, err)
		}
		return head{}, err
	}
	return readHead(c.r, method)
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
	return &wireConn{Conn: conn, r: bufio.NewReaderSize(conn, 32<<10)}, nil
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
