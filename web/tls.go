package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// lookEvery is how often handshakes look whether the files of a certificate have changed.
const lookEvery = 2 * time.Second

// A certificate is what a listener shows to browsers. When its files change it is read again, without a
// restart; as long as they are no good, it stays what it was.
type certificate struct {
	files pairConfig
	hosts []string // it must be good for all of them
	log   *slog.Logger
	pair  atomic.Pointer[tls.Certificate]

	mu     sync.Mutex // guards what follows
	seen   [2]stamp   // of the files when they were last read
	lookAt time.Time
}

// A stamp is what tells one content of a file from another, without reading it.
type stamp struct {
	modified, size int64 // nanoseconds since 1970, bytes
}

// readCertificate reads the certificate for urls.
func readCertificate(files pairConfig, log *slog.Logger, urls ...string) (*certificate, error) {
	c := &certificate{files: files, hosts: hostsOf(urls...), log: log, seen: stampsOf(files)}
	now := time.Now()
	pair, err := c.read(now)
	if err != nil {
		return nil, err
	}
	c.pair.Store(pair)
	c.lookAt = now.Add(lookEvery)
	return c, nil
}

// config is for a server that shows c.
func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}
}

// get is the GetCertificate of a [tls.Config]. Of handshakes at the same time one looks at the files,
// and none waits for it.
func (c *certificate) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if c.mu.TryLock() {
		if now := time.Now(); !now.Before(c.lookAt) {
			c.look(hello.Context(), now)
			c.lookAt = now.Add(lookEvery)
		}
		c.mu.Unlock()
	}
	return c.pair.Load(), nil
}

// look reads the files if they have changed since they were last read. It says so once for each change.
func (c *certificate) look(ctx context.Context, now time.Time) {
	stamps := stampsOf(c.files) // before they are read: what changes meanwhile is seen next time
	if stamps == c.seen {
		return
	}
	c.seen = stamps
	pair, err := c.read(now)
	if err != nil {
		c.log.LogAttrs(ctx, slog.LevelWarn, "the new certificate is no good, the old one stays", slog.Any("err", err))
		return
	}
	c.pair.Store(pair)
	c.log.LogAttrs(ctx, slog.LevelInfo, "new certificate", slog.String("file", c.files.CertFile), slog.Time("until", pair.Leaf.NotAfter))
}

func (c *certificate) read(now time.Time) (*tls.Certificate, error) {
	cert, err := os.ReadFile(c.files.CertFile)
	key, keyErr := os.ReadFile(c.files.KeyFile)
	if err = errors.Join(err, keyErr); err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	pair, err := parsePair(cert, key, c.hosts, now)
	if err != nil {
		return nil, fmt.Errorf("certificate %s: %w", c.files.CertFile, err)
	}
	return pair, nil
}

// stampsOf looks at the files. One that is not there has the zero stamp.
func stampsOf(files pairConfig) (stamps [2]stamp) {
	for i, name := range []string{files.CertFile, files.KeyFile} {
		if info, err := os.Stat(name); err == nil {
			stamps[i] = stamp{info.ModTime().UnixNano(), info.Size()}
		}
	}
	return stamps
}

// parsePair reads a certificate and its key, and tells why browsers would not take them for hosts.
func parsePair(cert, key []byte, hosts []string, now time.Time) (*tls.Certificate, error) {
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "tls: "))
	}
	switch leaf := pair.Leaf; {
	case now.Before(leaf.NotBefore):
		return nil, fmt.Errorf("it is good from %s only", leaf.NotBefore.UTC().Format(time.DateTime))
	case now.After(leaf.NotAfter):
		return nil, fmt.Errorf("it was good until %s", leaf.NotAfter.UTC().Format(time.DateTime))
	}
	for _, host := range hosts {
		if err := pair.Leaf.VerifyHostname(host); err != nil {
			return nil, fmt.Errorf("it is not for %s: %s", host, strings.TrimPrefix(err.Error(), "x509: "))
		}
	}
	return &pair, nil
}
