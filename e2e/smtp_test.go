package e2e

import (
	"bufio"
	"fmt"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"testing"
	"time"
)

// A letter is a mail that has come in.
type letter struct{ to, subject, text string }

// A mailbox is a mail server that takes everything: https://www.rfc-editor.org/rfc/rfc5321#section-4.5.1.
type mailbox struct {
	addr string
	in   chan letter
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	m := &mailbox{ln.Addr().String(), make(chan letter, 20)}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go m.talk(c)
		}
	}()
	return m
}

// talk serves one connection until the other side ends it.
func (m *mailbox) talk(c net.Conn) {
	defer c.Close()
	said := textproto.NewReader(bufio.NewReader(c))
	answer := func(line string) { fmt.Fprintf(c, "%s\r\n", line) }
	answer("220 mail.test")
	for {
		line, err := said.ReadLine()
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); verb {
		case "DATA":
			answer("354 go on")
			if l, err := readLetter(said); err == nil {
				m.in <- l
				answer("250 taken")
			} else {
				answer("554 " + strings.ReplaceAll(err.Error(), "\n", " "))
			}
		case "QUIT":
			answer("221 bye")
			return
		default:
			answer("250 mail.test")
		}
	}
}

func readLetter(said *textproto.Reader) (letter, error) {
	raw := said.DotReader()
	m, err := mail.ReadMessage(raw)
	if err != nil {
		return letter{}, err
	}
	body := m.Body
	if strings.EqualFold(m.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	var text strings.Builder
	for s := bufio.NewScanner(body); s.Scan(); {
		text.WriteString(s.Text() + "\n")
	}
	return letter{m.Header.Get("To"), m.Header.Get("Subject"), text.String()}, nil
}

// gets waits for a letter to somebody that has these words in its subject, and in its text.
func (m *mailbox) gets(t *testing.T, who, subject string, words ...string) {
	t.Helper()
	select {
	case l := <-m.in:
		if !strings.Contains(l.to, addressOf(who)) || !strings.Contains(l.subject, subject) {
			t.Errorf("a mail goes to %s about %q, want one to %s about %q", l.to, l.subject, who, subject)
		}
		for _, word := range words {
			if !strings.Contains(strings.Join(strings.Fields(l.text), " "), word) { // lines are broken where they become long
				t.Errorf("the mail to %s does not say %q:\n%s", who, word, l.text)
			}
		}
	case <-time.After(time.Minute):
		t.Errorf("no mail has come to %s about %q", who, subject)
	}
}
