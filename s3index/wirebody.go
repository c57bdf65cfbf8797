package s3index

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// pieceSize is how much of a body the kernel passes on at a time; the reader's and the
// storage's patience count for each piece.
const pieceSize = 64 << 10

// A SpliceWriter takes a body by reading from its connection, or as it is written.
type SpliceWriter = interface {
	io.Writer
	io.ReaderFrom
}

// A wireBody is the body of an answer. Its connection is kept if all of it has been read.
type wireBody struct {
	wire   *wire
	conn   *wireConn
	from   io.Reader // knows where the body ends
	left   int64     // bytes not yet read; negative if unknown, as of a chunked body
	keep   bool      // the server will answer another request
	ended  bool      // the end was seen
	closed bool
	stall  time.Duration // for more to come
	stop   func() bool   // ends the watch of the request's context
}

// Read reads the body. The error wraps [ErrUnwell] if nothing arrives for half a minute.
func (b *wireBody) Read(p []byte) (int, error) {
	if b.left < 0 || b.conn.r.Buffered() == 0 { // else there is nothing to wait for
		_ = b.conn.SetReadDeadline(time.Now().Add(b.stall)) // a closed connection tells by the read
	}
	n, err := b.from.Read(p)
	if b.left >= 0 {
		b.left -= int64(n)
	}
	switch {
	case errors.Is(err, io.EOF) && b.left > 0:
		err = io.ErrUnexpectedEOF
	case errors.Is(err, io.EOF):
		b.ended = true
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = fmt.Errorf("%w: nothing arrived for %v: %w", ErrUnwell, b.stall, err)
	case b.left == 0 && err == nil:
		b.ended = true
	}
	return n, err
}

// splice writes what is left of the body, whose length is known, to w, which is given pieces of tcp, the body's own
// connection, to read.
func (b *wireBody) splice(w SpliceWriter, tcp *net.TCPConn) (int64, error) {
	written, err := io.CopyN(struct{ io.Writer }{w}, b, min(b.left, int64(b.conn.r.Buffered())))
	for err == nil && b.left > 0 {
		var n int64
		n, err = b.pass(w, tcp)
		written += n
	}
	b.ended = b.ended || err == nil
	return written, err
}

// pass lets to read a piece of the body from the connection itself.
func (b *wireBody) pass(to io.ReaderFrom, tcp *net.TCPConn) (int64, error) {
	piece := min(b.left, pieceSize)
	_ = tcp.SetReadDeadline(time.Now().Add(b.stall))
	n, err := to.ReadFrom(&io.LimitedReader{R: tcp, N: piece})
	b.left -= n
	switch {
	case err == nil && n < piece:
		return n, io.ErrUnexpectedEOF
	case err == nil:
		return n, nil
	}
	// Which side it was the error does not tell. If more has come from storage, it was the other.
	switch waits := peek(tcp); {
	case waits == ended:
		return n, fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, err)
	case waits == nothing && errors.Is(err, os.ErrDeadlineExceeded):
		return n, fmt.Errorf("%w: no %d bytes arrived in %v", ErrUnwell, piece, b.stall)
	}
	return n, err
}

// Close gives the connection back, or closes it if the body has not been read to its end.
func (b *wireBody) Close() error {
	if b.closed {
		return nil
	}
	b.closed = true
	if b.stop() && b.ended && b.keep && b.conn.empty() {
		b.wire.put(b.conn)
		return nil
	}
	return b.conn.Close()
}

// empty reports whether nothing of what has come is left unread: not in the buffer, and not within TLS, which
// takes more from the network than it was asked for.
func (c *wireConn) empty() bool {
	if _, secured := c.Conn.(*tls.Conn); !secured {
		return c.r.Buffered() == 0
	}
	_ = c.SetReadDeadline(time.Unix(1, 0)) // long over: what has come is given, and nothing is waited for
	_, err := c.r.Peek(1)
	return errors.Is(err, os.ErrDeadlineExceeded)
}

func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
