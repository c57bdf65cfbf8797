package mail_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	ngmail "ngportal/mail"
)

const password = "hunter2 is secret"

func TestSend(t *testing.T) {
	tests := map[string]struct {
		tls       string
		username  string
		mechanism string
		want      letter
	}{
		"starttls, which is the default":  {tls: "", want: letter{encrypted: true}},
		"starttls and a password":         {tls: "starttls", username: "portal", mechanism: "PLAIN", want: letter{encrypted: true, user: "portal"}},
		"starttls and AUTH LOGIN":         {tls: "starttls", username: "portal", mechanism: "LOGIN", want: letter{encrypted: true, user: "portal"}},
		"encrypted from the first byte":   {tls: "tls", want: letter{encrypted: true}},
		"encrypted at once, and password": {tls: "tls", username: "portal", mechanism: "PLAIN", want: letter{encrypted: true, user: "portal"}},
		"encrypted at once, AUTH LOGIN":   {tls: "tls", username: "portal", mechanism: "LOGIN", want: letter{encrypted: true, user: "portal"}},
		"clear text on this computer":     {tls: "none", want: letter{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ctx := testContext(t)
			tlsConfig, roots := certificate(t)
			s := &server{mechanism: tt.mechanism}
			c := ngmail.Config{TLS: tt.tls, Roots: roots}
			if tt.username != "" {
				s.users = map[string]string{tt.username: password}
				c.Username, c.Password = tt.username, ngmail.NewPassword(password)
			}
			s.start(t, tlsConfig, tt.tls == "tls")
			c.SMTP = s.addr
			if err := newSender(t, c).Send(ctx, hello()); err != nil {
				t.Fatalf("Send: %v", err)
			}
			got := s.next(ctx, t)
			if got.from != "portal@example.org" || got.to != "ada@example.org" {
				t.Errorf("envelope from %q to %q", got.from, got.to)
			}
			if got.encrypted != tt.want.encrypted || got.user != tt.want.user {
				t.Errorf("encrypted: %t, as %q; want %t, %q", got.encrypted, got.user, tt.want.encrypted, tt.want.user)
			}
			if len(s.mail) != 0 {
				t.Error("it was delivered more than once")
			}
			said := "EHLO example.org\r\nMAIL FROM:<portal@example.org> BODY=8BITMIME\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n"
			if got := s.seen.String(); !tt.want.encrypted && !strings.HasPrefix(got, said) {
				t.Errorf("said %s\nwant %s", got, said)
			}
		})
	}
}

func TestSendRefused(t *testing.T) {
	reply := func(code int, text string) error {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: text}
	}
	tests := map[string]struct {
		server server
		final  bool
		want   string // in the error
	}{
		"nobody of that name":               {server{rcptErr: reply(550, "no such person")}, true, "no such person"},
		"the mailbox is full":               {server{rcptErr: reply(452, "mailbox full")}, false, "mailbox full"},
		"the server is busy":                {server{rcptErr: reply(451, "come back later")}, false, "come back later"},
		"busy after the text":               {server{dataErr: reply(451, "scanner down")}, false, "scanner down"},
		"the text is not wanted":            {server{dataErr: reply(554, "looks like spam")}, true, "looks like spam"},
		"our address is not wanted":         {server{mailErr: reply(550, "not your address")}, false, "not your address"},
		"we should have logged in":          {server{rcptErr: reply(530, "log in first")}, false, "log in first"},
		"the server's words have no end":    {server{rcptErr: reply(550, strings.Repeat("word ", 10_000))}, true, "…"},
		"the server's words break the line": {server{rcptErr: reply(550, "a\nb \u202eb")}, true, `"a\n5.1.1 b`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := tt.server.start(t, nil, false)
			err := newSender(t, ngmail.Config{SMTP: s.addr, TLS: "none"}).Send(testContext(t), hello())
			if err == nil || errors.Is(err, ngmail.ErrRefused) != tt.final {
				t.Fatalf("Send: %v; want for good: %t", err, tt.final)
			}
			if got := err.Error(); !strings.Contains(got, tt.want) || strings.Contains(got, "\n") || len(got) > 500 {
				t.Errorf("Send: %q, want something short with %q", got, tt.want)
			}
			if len(s.mail) != 0 {
				t.Error("it was delivered all the same")
			}
		})
	}
}

// Nobody but the right server sees the password, and nobody reads it in an error.
func TestSendPassword(t *testing.T) {
	tlsConfig, roots := certificate(t)
	tests := map[string]struct {
		server  server
		config  ngmail.Config
		offered bool // the server may have seen the password, in a conversation that was encrypted
		want    string
	}{
		"it is the wrong one":           {server{encrypted: true, mechanism: "PLAIN"}, ngmail.Config{Roots: roots}, true, "user name and password were not accepted (code 535)"},
		"it is wrong for AUTH LOGIN":    {server{encrypted: true, mechanism: "LOGIN"}, ngmail.Config{Roots: roots}, true, "user name and password were not accepted (code 535)"},
		"the server has no STARTTLS":    {server{mechanism: "PLAIN"}, ngmail.Config{Roots: roots}, false, "does not support STARTTLS"},
		"nobody vouches for the server": {server{encrypted: true, mechanism: "PLAIN"}, ngmail.Config{}, false, "certificate"},
		"the server wants no password":  {server{encrypted: true}, ngmail.Config{Roots: roots}, true, "does not support SMTP AUTH"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.server.mechanism != "" {
				tt.server.users = map[string]string{"portal": "another"}
			}
			offer := tlsConfig
			if !tt.server.encrypted {
				offer = nil
			}
			s := tt.server.start(t, offer, false)
			tt.config.SMTP, tt.config.Username, tt.config.Password = s.addr, "portal", ngmail.NewPassword(password)
			err := newSender(t, tt.config).Send(testContext(t), hello())
			if err == nil || errors.Is(err, ngmail.ErrRefused) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Send: %v; want %q, for now", err, tt.want)
			}
			for _, form := range []string{password, base64.StdEncoding.EncodeToString([]byte(password)), base64.StdEncoding.EncodeToString([]byte("\x00portal\x00" + password)), "AUTH"} {
				if strings.Contains(s.seen.String(), form) {
					t.Errorf("%q went over the wire in clear text:\n%s", form, s.seen)
				}
				if form != "AUTH" && err != nil && strings.Contains(err.Error(), form) {
					t.Errorf("the error has the password: %v", err)
				}
			}
			if len(s.mail) != 0 {
				t.Error("it was delivered all the same")
			}
		})
	}
}

// Whatever the server does, Send ends by itself, and the server gets its connection back.
func TestSendClumsy(t *testing.T) {
	greet := "220 mail.test\r\n"
	tests := map[string]struct {
		serve    func(net.Conn)
		timedOut bool
		want     string
	}{
		"hangs at the greeting": {func(net.Conn) {}, true, "not done within 300ms"},
		"hangs within a reply":  {func(c net.Conn) { fmt.Fprint(c, greet+"250-mail.te") }, true, "not done within 300ms"},
		"hangs in the middle":   {func(c net.Conn) { fmt.Fprint(c, greet+"250 mail.test\r\n250 go on\r\n") }, true, "not done within 300ms"},
		"closes at once":        {func(c net.Conn) { c.Close() }, false, ""},
		"closes in the middle":  {func(c net.Conn) { fmt.Fprint(c, greet); c.Close() }, false, ""},
		"knows no greeting":     {func(c net.Conn) { fmt.Fprint(c, greet+"500 what?\r\n500 what?\r\n") }, false, `500 "what?"`},
		"says it is closed":     {func(c net.Conn) { fmt.Fprint(c, "554 go away\r\n") }, false, `554 "go away"`},
		"says it has no time":   {func(c net.Conn) { fmt.Fprint(c, "421 too many\r\n") }, false, `421 "too many"`},
		"is no mail server":     {func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }, false, "HTTP/1.1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ctx := testContext(t)
			addr, hungUp := clumsy(t, tt.serve)
			err := newSender(t, ngmail.Config{SMTP: addr, TLS: "none", Timeout: 300 * time.Millisecond}).Send(ctx, hello())
			if err == nil || errors.Is(err, ngmail.ErrRefused) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Send: %v; want %q, for now", err, tt.want)
			}
			if got := errors.Is(err, context.DeadlineExceeded); got != tt.timedOut {
				t.Errorf("Send: %v; time over: %t", err, got)
			}
			select {
			case <-hungUp:
			case <-ctx.Done():
				t.Error("the connection was left open")
			}
		})
	}
}

func TestSendToNobody(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	err = newSender(t, ngmail.Config{SMTP: addr, TLS: "none"}).Send(testContext(t), hello())
	if err == nil || errors.Is(err, ngmail.ErrRefused) || !strings.Contains(err.Error(), "refused") {
		t.Errorf("Send: %v; want that nobody listens, for now", err)
	}
}

func TestSendTimeLimit(t *testing.T) {
	tests := map[string]struct {
		encrypted, implicit bool
	}{
		"during STARTTLS":                    {encrypted: true},
		"during the first handshake":         {encrypted: true, implicit: true},
		"while it dribbles, byte after byte": {},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			addr, _ := clumsy(t, func(c net.Conn) {
				if tt.encrypted {
					if !tt.implicit {
						fmt.Fprint(c, "220 mail.test\r\n250-mail.test\r\n250 STARTTLS\r\n220 go on\r\n")
					}
					return
				}
				for err := error(nil); err == nil; _, err = fmt.Fprint(c, "2") { // until the other side hangs up
					_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
					_, _ = io.Copy(io.Discard, c)
				}
			})
			c := ngmail.Config{SMTP: addr, TLS: "none", Timeout: 300 * time.Millisecond}
			if tt.encrypted {
				c.TLS = map[bool]string{false: "starttls", true: "tls"}[tt.implicit]
			}
			if err := newSender(t, c).Send(testContext(t), hello()); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "not done within 300ms") {
				t.Errorf("Send: %v", err)
			}
		})
	}
}

func TestSendEndlessReply(t *testing.T) {
	addr, _ := clumsy(t, func(c net.Conn) {
		for err := error(nil); err == nil; _, err = fmt.Fprint(c, "220-and another line\r\n") {
		}
	})
	err := newSender(t, ngmail.Config{SMTP: addr, TLS: "none", Timeout: 10 * time.Minute}).Send(testContext(t), hello())
	if err == nil || !strings.Contains(err.Error(), "the server talks too much") {
		t.Errorf("Send: %v", err)
	}
}

func TestSendHangsAroundTheAnswer(t *testing.T) {
	for name, accepted := range map[string]bool{"after the text, without an answer": false, "after the answer": true} {
		t.Run(name, func(t *testing.T) {
			s := (&server{hangAfterData: make(chan struct{}), hangAfterAnswer: accepted}).start(t, nil, false)
			t.Cleanup(func() { close(s.hangAfterData) })
			err := newSender(t, ngmail.Config{SMTP: s.addr, TLS: "none", Timeout: 300 * time.Millisecond}).Send(testContext(t), hello())
			if accepted && err != nil {
				t.Errorf("Send: %v, though the message was accepted", err)
			}
			if !accepted && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Send: %v", err)
			}
		})
	}
}

func TestSendStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(testContext(t))
	addr, hungUp := clumsy(t, func(net.Conn) { cancel() })
	err := newSender(t, ngmail.Config{SMTP: addr, TLS: "none", Timeout: 10 * time.Minute}).Send(ctx, hello())
	if !errors.Is(err, context.Canceled) || errors.Is(err, ngmail.ErrRefused) {
		t.Errorf("Send: %v", err)
	}
	<-hungUp
}
