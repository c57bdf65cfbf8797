package mail_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"net/mail"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	ngmail "ngportal/mail"
)

// testTime is how long a test may take; nobody waits for it unless something blocks.
const testTime = 30 * time.Second

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTime)
	t.Cleanup(cancel)
	return ctx
}

// certificate returns a server's certificate for 127.0.0.1, and who trusts it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	srv := httptest.NewTLSServer(nil)
	t.Cleanup(srv.Close)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	return &tls.Config{Certificates: srv.TLS.Certificates}, roots
}

// A letter is what the server was handed.
type letter struct {
	from, to, user string
	encrypted      bool
	raw            []byte
}

// A server is go-smtp's, with a mailbox and some faults.
type server struct {
	addr string
	mail chan letter // what has been delivered
	seen *recording  // all bytes of the clients, as they went over the wire

	encrypted       bool // offer STARTTLS, or be TLS
	users           map[string]string
	mechanism       string // of logging in
	mailErr         error
	rcptErr         error
	dataErr         error
	hangAfterData   chan struct{} // if not nil, Data waits for it
	hangAfterAnswer bool          // if hangAfterData, then only after the message was accepted
}

// start has s serve until the test ends. If implicit, it is TLS from the first byte.
func (s *server) start(t *testing.T, tlsConfig *tls.Config, implicit bool) *server {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr, s.mail, s.seen = ln.Addr().String(), make(chan letter, 100), &recording{}
	ln = recorded{ln, s.seen}
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{server: s, conn: c}, nil
	}))
	srv.Domain, srv.AllowInsecureAuth, srv.EnableSMTPUTF8, srv.TLSConfig = "mail.test", true, true, tlsConfig
	srv.ErrorLog = log.New(io.Discard, "", 0)
	if implicit {
		ln = tls.NewListener(ln, tlsConfig)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(ln) }()
	t.Cleanup(func() {
		ln.Close() // srv does not know of it yet if nobody came
		srv.Close()
		<-done
	})
	return s
}

// next waits for a delivery.
func (s *server) next(ctx context.Context, t *testing.T) letter {
	t.Helper()
	select {
	case l := <-s.mail:
		return l
	case <-ctx.Done():
		t.Fatal("nothing was delivered")
		return letter{}
	}
}

type session struct {
	*server
	conn *smtp.Conn
	got  letter
}

func (s *session) AuthMechanisms() []string {
	if s.users == nil {
		return nil
	}
	return []string{s.mechanism}
}

func (s *session) Auth(mech string) (sasl.Server, error) {
	check := func(user, password string) error {
		if want, ok := s.users[user]; !ok || want != password {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "not with " + password}
		}
		s.got.user = user
		return nil
	}
	if mech == "LOGIN" {
		return &loginServer{check: check}, nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
}

// A loginServer is AUTH LOGIN, which go-sasl has for clients only.
type loginServer struct {
	check func(user, password string) error
	step  int
	user  string
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	l.step++
	switch l.step {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.got.from = from
	return s.mailErr
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.got.to = to
	return s.rcptErr
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.hangAfterData != nil && !s.hangAfterAnswer {
		<-s.hangAfterData
	}
	if s.dataErr != nil {
		return s.dataErr
	}
	_, s.got.encrypted = s.conn.TLSConnectionState()
	s.got.raw = raw
	s.mail <- s.got
	return nil
}

func (s *session) Reset() {
	if s.got.raw != nil && s.hangAfterAnswer {
		<-s.hangAfterData
	}
	s.got = letter{user: s.got.user}
}

func (s *session) Logout() error { return nil }

// A recording is what came over the wires of a listener.
type recording struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *recording) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

type recorded struct {
	net.Listener
	to *recording
}

func (r recorded) Accept() (net.Conn, error) {
	c, err := r.Listener.Accept()
	return recordedConn{c, r.to}, err
}

type recordedConn struct {
	net.Conn
	to *recording
}

func (r recordedConn) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.to.mu.Lock()
	defer r.to.mu.Unlock()
	r.to.text.Write(p[:n])
	return n, err
}

// clumsy serves one connection after another with serve, and tells when the client has hung up.
func clumsy(t *testing.T, serve func(net.Conn)) (addr string, hungUp <-chan struct{}) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	up := make(chan struct{}, 100)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			serve(c)
			_, _ = io.Copy(io.Discard, c)
			c.Close()
			up <- struct{}{}
		}
	}()
	return ln.Addr().String(), up
}

// serveNothing only tells that somebody is there.
func serveNothing(reached chan<- struct{}) func(net.Conn) {
	return func(net.Conn) { reached <- struct{}{} }
}

func newSender(t *testing.T, c ngmail.Config) *ngmail.Sender {
	t.Helper()
	if c.From == "" {
		c.From = "ngportal <portal@example.org>"
	}
	s, err := ngmail.NewSender(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var created = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

func hello() ngmail.Queued {
	return ngmail.Queued{ID: 7, Created: created, Tries: 1, Message: ngmail.Message{
		To: "ada@example.org", Subject: "Hello", Text: "Good morning\n",
	}}
}

var portalFrom = &mail.Address{Name: "ngportal", Address: "portal@example.org"}
