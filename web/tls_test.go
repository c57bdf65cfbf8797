package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// writePair makes path.crt and path.key, good for names until end, and returns the certificate.
func writePair(t *testing.T, path string, end time.Time, names ...string) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: serial, DNSNames: names, NotBefore: end.Add(-2 * time.Hour), NotAfter: end}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{".crt": {Type: "CERTIFICATE", Bytes: der}, ".key": {Type: "PRIVATE KEY", Bytes: private}} {
		if err = os.WriteFile(path+name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// A said keeps what is written to it. It is safe for concurrent use.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// until waits for cond to hold, and fails with what is missing.
func until(t *testing.T, missing string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !cond(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s", missing)
		}
	}
}

// A served is what `ngportal serve` runs.
type served struct {
	said  *said
	addrs map[string]string // by the setting
}

// serveText runs `ngportal serve` with a configuration until the test ends.
func serveText(t *testing.T, dir, text string) served {
	t.Helper()
	path := filepath.Join(dir, "ngportal.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := served{said: &said{}, addrs: map[string]string{}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 1)
	go func() { done <- run(ctx, []string{"serve", "--config", path}, os.Getenv, s.said, s.said) }()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != 0 {
			t.Errorf("serve = %d\n%s", code, s.said)
		}
	})
	until(t, "serve does not listen at two addresses", func() bool {
		for line := range strings.Lines(s.said.String()) {
			var said struct{ Msg, Setting, Addr string }
			if json.Unmarshal([]byte(line), &said) == nil && said.Msg == "listening" {
				s.addrs[said.Setting] = said.Addr
			}
		}
		return len(s.addrs) == 2
	})
	return s
}

// client trusts certs and finds every host at addr. It keeps no connection.
func client(addr string, certs ...*x509.Certificate) *http.Client {
	pool := x509.NewCertPool()
	for _, c := range certs {
		pool.AddCert(c)
	}
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true, DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, addr)
		},
	}}
}

// An answered is an answer that was read to its end.
type answered struct {
	code, proto int // the status, and the major version of HTTP
	header      http.Header
	body        string
	shown       *x509.Certificate // by the server, if there was TLS
}

func answerOf(t *testing.T, res *http.Response) answered {
	t.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answered{code: res.StatusCode, proto: res.ProtoMajor, header: res.Header, body: string(body)}
	if res.TLS != nil {
		a.shown = res.TLS.PeerCertificates[0]
	}
	return a
}

func fetch(t *testing.T, c *http.Client, url string) answered {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return answerOf(t, res)
}

// TestServeTLS runs portal, viewer and data with certificates of their own, as sibling hosts.
func TestServeTLS(t *testing.T) {
	dir := t.TempDir()
	soon := time.Now().Add(time.Hour)
	portalCert := writePair(t, filepath.Join(dir, "portal"), soon, "portal.example.org")
	viewerCert := writePair(t, filepath.Join(dir, "viewer"), soon, "neuroglancer.example.org", "cfdist.example.org")
	edits := slices.Concat(siblingEdits, withTLS(portalTLS, "portal"), withTLS(viewerTLS, "viewer"), anyPort)
	s := serveText(t, dir, edited(t, dir, edits...))
	portal, viewer := client(s.addrs["portal.listen"], portalCert), client(s.addrs["viewer.edge_listen"], viewerCert)
	tests := map[string]struct {
		client *http.Client
		url    string
		want   int
	}{
		"the portal":               {portal, "https://portal.example.org/", 200},
		"the viewer":               {viewer, "https://neuroglancer.example.org/", 200},
		"data without cookies":     {viewer, "https://cfdist.example.org/d/connects-i58/a", 503},
		"the viewer at the data's": {viewer, "https://cfdist.example.org/", 404},
	}
	for name, tt := range tests {
		res := fetch(t, tt.client, tt.url)
		if res.code != tt.want || res.proto != 2 {
			t.Errorf("%s: GET %s = %d by HTTP/%d, want %d by HTTP/2", name, tt.url, res.code, res.proto, tt.want)
		}
	}
	var page pageConfig
	if err := json.Unmarshal([]byte(fetch(t, viewer, "https://neuroglancer.example.org/viewer-config.json").body), &page); err != nil {
		t.Fatal(err)
	}
	if want := []string{"https://neuroglancer.example.org", "https://cfdist.example.org"}; !slices.Equal(page.CredentialedOrigins, want) {
		t.Errorf("credentialedOrigins = %q, want %q", page.CredentialedOrigins, want)
	}
	old := &tls.Config{ServerName: "portal.example.org", RootCAs: x509.NewCertPool(), MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	if c, err := (&tls.Dialer{Config: old}).DialContext(t.Context(), "tcp", s.addrs["portal.listen"]); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("a handshake of TLS 1.1 = %v, %v, want a refusal of the version", c, err)
	}
}

// anyPort edits the configuration to listen at free ports.
var anyPort = []string{"listen: 127.0.0.1:8080", "listen: 127.0.0.1:0", "edge_listen: 127.0.0.1:8081", "edge_listen: 127.0.0.1:0"}

// TestCertificateChanges replaces the certificate of a running portal by a broken one, and then by a good one.
func TestCertificateChanges(t *testing.T) {
	dir := t.TempDir()
	path, soon := filepath.Join(dir, "portal"), time.Now().Add(time.Hour)
	first := writePair(t, path, soon, "portal.example.org")
	s := serveText(t, dir, edited(t, dir, append(withTLS(portalTLS, "portal"), anyPort...)...))
	spare := writePair(t, filepath.Join(dir, "spare"), soon, "portal.example.org")
	c := client(s.addrs["portal.listen"], first, spare)
	shown := func() *big.Int { return fetch(t, c, "https://portal.example.org/healthz").shown.SerialNumber }
	if got := shown(); got.Cmp(first.SerialNumber) != 0 {
		t.Fatalf("certificate %d is shown, want %d", got, first.SerialNumber)
	}
	copyFile(t, filepath.Join(dir, "spare.crt"), path+".crt") // without its key
	until(t, "nothing is said of the certificate without its key", func() bool {
		if got := shown(); got.Cmp(first.SerialNumber) != 0 {
			t.Fatalf("certificate %d is shown, whose key is not there", got)
		}
		return strings.Contains(s.said.String(), "private key does not match public key")
	})
	copyFile(t, filepath.Join(dir, "spare.key"), path+".key")
	until(t, "the new certificate is not shown", func() bool { return shown().Cmp(spare.SerialNumber) == 0 })
}

// TestBrokenPairs gives a certificate bad successors: it stays, and each is spoken of once.
func TestBrokenPairs(t *testing.T) {
	soon := time.Now().Add(time.Hour)
	tests := map[string]struct {
		breakIt func(t *testing.T, path string)
		want    string
	}{
		"no certificate": {func(t *testing.T, path string) { t.Helper(); remove(t, path+".crt") }, "no such file"},
		"no key":         {func(t *testing.T, path string) { t.Helper(); remove(t, path+".key") }, "no such file"},
		"half a file":    {func(t *testing.T, path string) { t.Helper(); truncate(t, path+".crt") }, "failed to find any PEM data"},
		"an empty key":   {func(t *testing.T, path string) { t.Helper(); truncate(t, path+".key") }, "failed to find any PEM data"},
		"one that has ended": {func(t *testing.T, path string) {
			t.Helper()
			writePair(t, path, time.Now().Add(-time.Minute), "ng.example.org")
		}, "it was good until"},
		"one of tomorrow": {func(t *testing.T, path string) {
			t.Helper()
			writePair(t, path, time.Now().Add(26*time.Hour), "ng.example.org")
		}, "it is good from"},
		"another host's": {func(t *testing.T, path string) { t.Helper(); writePair(t, path, soon, "ng.example.com") }, "it is not for ng.example.org"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "pair")
			first := writePair(t, path, soon, "ng.example.org")
			var log said
			c, err := readCertificate(pairConfig{path + ".crt", path + ".key"}, slog.New(slog.NewJSONHandler(&log, nil)), "https://ng.example.org")
			if err != nil {
				t.Fatal(err)
			}
			shows := func(want *x509.Certificate) {
				t.Helper()
				c.lookAt = time.Time{} // now
				got, err := c.get(&tls.ClientHelloInfo{})
				if err != nil || !got.Leaf.Equal(want) {
					t.Errorf("another certificate is shown, %v", err)
				}
			}
			tt.breakIt(t, path)
			shows(first)
			shows(first)
			if text := log.String(); strings.Count(text, "WARN") != 1 || !strings.Contains(text, tt.want) {
				t.Errorf("the log says %q, want %q once", text, tt.want)
			}
			shows(writePair(t, path, soon, "ng.example.org"))
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, path string) {
	t.Helper()
	if err := os.Truncate(path, 20); err != nil {
		t.Fatal(err)
	}
}
