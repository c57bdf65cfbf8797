package s3index

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
)

// A head is what an answer of storage says before its body, as far as anybody here asks.
type head struct {
	status int
	length int64 // of the body; -1 if it is not told
	keep   bool  // the server will answer another request on the connection

	contentRange, contentType, contentEncoding string
	etag, lastModified, requestID              string
	chunked                                    bool
}

// headSize bounds what the lines of a head may have together.
const headSize = 128 << 10

// readHead reads the head of an answer to method. It takes what RFC 9112 allows a server to send and no more: what could
// be read in two ways, such as two lengths, is an error, because the next answer begins where the body ends.
func readHead(r *bufio.Reader, method string) (head, error) {
	h := head{length: -1}
	line, err := readLine(r)
	if err != nil {
		return h, err
	}
	version, rest, _ := bytes.Cut(line, []byte(" "))
	code, _, _ := bytes.Cut(rest, []byte(" "))
	h.status, err = strconv.Atoi(string(code))
	if err != nil || len(code) != 3 || !bytes.HasPrefix(version, []byte("HTTP/1.")) {
		return h, errors.New("malformed HTTP answer")
	}
	h.keep = string(version) == "HTTP/1.1"
	if h.status < http.StatusOK { // nothing was offered that such an answer could take up
		return h, fmt.Errorf("the answer begins with %d", h.status)
	}
	for size := 0; ; size += len(line) {
		if line, err = readLine(r); err != nil {
			return h, err
		}
		if len(line) == 0 {
			break
		}
		if size > headSize {
			return h, errors.New("the head of the answer is too long")
		}
		if err = h.note(line); err != nil {
			return h, err
		}
	}
	return h, h.settle(method)
}

// readLine returns a line without its end. It is good until the next read.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, errors.New("a line in the head of the answer is too long")
	}
	if err != nil {
		return nil, fmt.Errorf("read the head of the answer: %w", err)
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}

// note takes up one header.
func (h *head) note(line []byte) error {
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok || len(name) == 0 || bytes.ContainsAny(name, " \t") { // a folded line among them
		return errors.New("malformed header in the answer")
	}
	value = bytes.Trim(value, " \t")
	if bytes.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
		return errors.New("malformed header in the answer: it holds a control character")
	}
	is := func(header string) bool { return len(name) == len(header) && strings.EqualFold(string(name), header) }
	switch {
	case is("Content-Length"):
		n, err := strconv.ParseUint(string(value), 10, 63)
		if err != nil || h.length >= 0 {
			return fmt.Errorf("the answer has Content-Length %q, or more than one", value)
		}
		h.length = int64(n)
	case is("Transfer-Encoding"):
		if h.chunked || !strings.EqualFold(string(value), "chunked") {
			return fmt.Errorf("the answer has Transfer-Encoding %q, or more than one", value)
		}
		h.chunked = true
	case is("Connection"):
		h.keep = h.keep && !strings.Contains(strings.ToLower(string(value)), "close")
	case is("Content-Range"):
		if h.contentRange != "" {
			return errors.New("the answer has more than one Content-Range")
		}
		h.contentRange = string(value)
	case is("Content-Type"):
		h.contentType = string(value)
	case is("Content-Encoding"):
		h.contentEncoding = string(value)
	case is("ETag"):
		h.etag = string(value)
	case is("Last-Modified"):
		h.lastModified = string(value)
	case is("X-Amz-Request-Id"):
		h.requestID = string(value)
	}
	return nil
}

// settle decides how long the body is.
func (h *head) settle(method string) error {
	switch {
	case h.chunked && h.length >= 0:
		return errors.New("the answer has both Content-Length and Transfer-Encoding")
	case h.length < 0 && !h.chunked && h.bodied(method): // the end of the connection is the end of the body
		h.keep = false
	}
	return nil
}

// bodied reports whether a body follows.
func (h *head) bodied(method string) bool {
	return method != http.MethodHead && h.status != http.StatusNotModified && h.status != http.StatusNoContent && h.length != 0
}

// body returns what reads the body.
func (h *head) body(r *bufio.Reader) io.Reader {
	switch {
	case h.chunked:
		return &chunks{Reader: httputil.NewChunkedReader(r), r: r}
	case h.length < 0:
		return r
	}
	return io.LimitReader(r, h.length)
}

// chunks reads a chunked body and what comes after it.
type chunks struct {
	io.Reader
	r     *bufio.Reader
	ended bool
}

func (c *chunks) Read(p []byte) (int, error) {
	if c.ended {
		return 0, io.EOF
	}
	n, err := c.Reader.Read(p)
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	c.ended = true
	for range 100 { // trailers, which nobody needs, up to an empty line
		line, err := readLine(c.r)
		if err != nil {
			return n, fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, err)
		}
		if len(line) == 0 {
			return n, io.EOF
		}
	}
	return n, errors.New("the body has too many trailers")
}
