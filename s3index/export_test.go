package s3index

import (
	"bufio"
	"crypto/x509"
	"net/http"
	"net/url"
	"time"
)

// Hurry shortens the patience of b with storage.
func Hurry(b *Bucket, head, stall time.Duration) {
	w, _ := b.raw.sender.(*wire)
	w.head, w.stall = head, stall
}

// Relay has b read through client, as where the environment names a proxy.
func Relay(b *Bucket, client *http.Client, stall time.Duration) {
	w, _ := b.raw.sender.(*wire)
	b.raw.sender = &proxied{base: url.URL{Scheme: "http", Host: w.host}, client: client, stall: stall}
}

// Trust has b take the certificate of a test's server.
func Trust(b *Bucket, c *x509.Certificate) {
	w, _ := b.raw.sender.(*wire)
	w.tls.RootCAs = x509.NewCertPool()
	w.tls.RootCAs.AddCert(c)
	w.tls.ServerName = "example.com" // as those of httptest have it
}

// Idle is how many connections b keeps.
func Idle(b *Bucket) int {
	w, _ := b.raw.sender.(*wire)
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.idle)
}

// Address is where an object of b is read.
func Address(b *Bucket, key string) string {
	w, _ := b.raw.sender.(*wire)
	scheme := "http"
	if w.tls != nil {
		scheme = "https"
	}
	return scheme + "://" + w.host + b.raw.path + escapeKey(key)
}

// ReadHead reads the head of an answer to GET: its status, and the length of the body, -1 if it is not told.
func ReadHead(r *bufio.Reader) (status int, length int64, err error) {
	h, err := readHead(r, http.MethodGet)
	return h.status, h.length, err
}
