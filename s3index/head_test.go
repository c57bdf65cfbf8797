package s3index_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"ngportal/s3index"
)

// FuzzHead reads heads as net/http does, too: whatever we take it takes, and the body has the same length.
func FuzzHead(f *testing.F) {
	for _, text := range []string{
		whole("hello"),
		"HTTP/1.0 404 Not Found\r\n\r\n",
		"HTTP/1.1 206 \r\nContent-Range: bytes 0-4/10\r\ncontent-length:5\r\nConnection: close\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\nContent-Length: 5\n\n",
		"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		status, length, err := s3index.ReadHead(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			return
		}
		res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(text)), nil)
		if err != nil {
			t.Skip("net/http is stricter about headers that nobody reads")
		}
		defer res.Body.Close()
		if status == http.StatusNoContent || status == http.StatusNotModified {
			length = res.ContentLength // there is no body, whatever is told
		}
		if res.StatusCode != status || res.ContentLength != length {
			t.Errorf("%q: status %d, length %d; net/http has %d, %d", text, status, length, res.StatusCode, res.ContentLength)
		}
	})
}
