package mail_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
	"testing"

	ngmail "ngportal/mail"
)

// read takes a mail apart as a reader does. Every header is decoded.
func read(t *testing.T, raw []byte) (header map[string]string, text string) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v in:\n%s", err, raw)
	}
	header = map[string]string{}
	for key, values := range m.Header {
		if len(values) != 1 {
			t.Errorf("%s is there %d times", key, len(values))
		}
		header[key], err = (&mime.WordDecoder{}).DecodeHeader(values[0])
		if err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Fatal(err)
	}
	return header, strings.ReplaceAll(string(body), "\r\n", "\n")
}

// wellFormed checks what all servers insist on: ASCII, no bare line breaks, lines that are not too long.
func wellFormed(t *testing.T, raw []byte) {
	t.Helper()
	for l := range strings.SplitSeq(strings.TrimSuffix(string(raw), "\r\n"), "\r\n") {
		if len(l) > 998 || strings.ContainsFunc(l, func(r rune) bool { return r < ' ' && r != '\t' || r > '~' }) {
			t.Errorf("the line %q is not one of a mail", l)
		}
	}
}

func TestMessageContent(t *testing.T) {
	long := strings.Repeat("Übung macht den Meister ", 12)
	tests := map[string]ngmail.Message{
		"ASCII":                   {Subject: "Hello", Text: "Good morning\n"},
		"umlauts":                 {Subject: "Zugang für Jörg Müller", Text: "Grüße aus Köln\n"},
		"a name from the right":   {Subject: "\u200fדנה\u200f asks for access to \u202eI58", Text: "\u200fדנה\u200f\n"},
		"markup":                  {Subject: `<script>alert("1")</script> & <b>`, Text: "<script>alert(1)</script>\n"},
		"many scripts":            {Subject: "日本語 العربية 🧠", Text: "日本語 العربية 🧠\n"},
		"a long subject":          {Subject: strings.TrimSpace(long), Text: long + "\n"},
		"a subject without space": {Subject: strings.Repeat("x", 300), Text: strings.Repeat("y", 3000) + "\n"},
		"a reply goes elsewhere":  {ReplyTo: "ben@example.org", Subject: "Hello", Text: "Hello\n"},
		"an end of text in it":    {Subject: "Hello", Text: "a\n.\nQUIT\n..\n= equals =3D\n\n  indented \nFrom here\n"},
	}
	ctx := testContext(t)
	s := (&server{}).start(t, nil, false)
	sender := newSender(t, ngmail.Config{SMTP: s.addr, TLS: "none", From: `"Portal für Köln (ngportal)" <portal@example.org>`})
	for name, m := range tests {
		t.Run(name, func(t *testing.T) {
			m.To = "ada@example.org"
			if err := sender.Send(ctx, ngmail.Queued{ID: 7, Created: created, Message: m}); err != nil {
				t.Fatalf("Send: %v", err)
			}
			raw := s.next(ctx, t).raw
			wellFormed(t, raw)
			header, text := read(t, raw)
			if len(header["Message-Id"]) != len("<@example.org>")+32 {
				t.Errorf("message id: %q", header["Message-Id"])
			}
			delete(header, "Message-Id")
			want := map[string]string{
				"Auto-Submitted":            "auto-generated",
				"Content-Transfer-Encoding": "quoted-printable",
				"Content-Type":              "text/plain; charset=UTF-8",
				"Date":                      "Sat, 21 Nov 2026 09:30:00 +0000",
				"From":                      `Portal für Köln (ngportal) <portal@example.org>`,
				"Mime-Version":              "1.0",
				"Subject":                   m.Subject,
				"To":                        "<ada@example.org>",
			}
			if m.ReplyTo != "" {
				want["Reply-To"] = "<" + m.ReplyTo + ">"
			}
			if !maps.Equal(header, want) {
				t.Errorf("header %q, want %q", header, want)
			}
			if text != m.Text {
				t.Errorf("text %q, want %q", text, m.Text)
			}
		})
	}
}

func TestMessageRefused(t *testing.T) {
	evil := "a\r\nBcc: eve@example.org"
	tests := map[string]struct {
		message ngmail.Message
		want    string
	}{
		"a header in the subject":      {ngmail.Message{Subject: evil}, "subject: it has a line break"},
		"a line feed in the subject":   {ngmail.Message{Subject: "a\nb"}, "subject: it has a line break"},
		"a return in the subject":      {ngmail.Message{Subject: "a\rb"}, "subject: it has a line break"},
		"a zero byte in the subject":   {ngmail.Message{Subject: "a\x00b"}, "subject: it has a line break or another control character"},
		"an encoded header in it":      {ngmail.Message{Subject: "=?utf-8?q?a=0D=0ABcc:_eve?="}, "subject: it has the mark of encoded words"},
		"a subject without end":        {ngmail.Message{Subject: strings.Repeat("x", 301)}, "subject: it is longer than 300"},
		"a subject that is not UTF-8":  {ngmail.Message{Subject: "a\xffb"}, "subject: it is not UTF-8"},
		"a header in the address":      {ngmail.Message{To: "ada@example.org\r\nBcc: eve@example.org"}, "to: "},
		"a command in the address":     {ngmail.Message{To: "ada@example.org>\r\nRCPT TO:<eve@example.org"}, "to: "},
		"two addresses":                {ngmail.Message{To: "ada@example.org, eve@example.org"}, "to: "},
		"an address with a name":       {ngmail.Message{To: "Ada <ada@example.org>"}, "is not a plain e-mail address"},
		"a quoted address":             {ngmail.Message{To: "\"a\\\r\n b\"@example.org"}, "to: "},
		"a quoted address, harmless":   {ngmail.Message{To: `"a b"@example.org`}, "to: "},
		"an encoded address":           {ngmail.Message{To: "=?utf-8?q?a?=@example.org"}, "to: "},
		"no address":                   {ngmail.Message{To: "ada"}, "to: "},
		"an address not all can write": {ngmail.Message{To: "müller@example.org"}, "not every mail server takes"},
		"an address without end":       {ngmail.Message{To: strings.Repeat("a", 250) + "@example.org"}, "too long"},
		"a header in the reply":        {ngmail.Message{ReplyTo: "ben@example.org\r\nBcc: eve@example.org"}, "reply to: "},
		"a name in the reply":          {ngmail.Message{ReplyTo: "Ben\r\nBcc: eve@example.org <ben@example.org>"}, "reply to: "},
	}
	s := (&server{}).start(t, nil, false)
	sender := newSender(t, ngmail.Config{SMTP: s.addr, TLS: "none"})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.message.To == "" {
				tt.message.To = "ada@example.org"
			}
			err := sender.Send(testContext(t), ngmail.Queued{ID: 1, Created: created, Message: tt.message})
			if !errors.Is(err, ngmail.ErrRefused) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Send: %v; want %q, for good", err, tt.want)
			}
			if got := s.seen.String(); got != "" {
				t.Errorf("the server was told %q", got)
			}
		})
	}
}

// A message that is sent twice is one message; two messages are two.
func TestMessageID(t *testing.T) {
	id := func(q ngmail.Queued) string {
		raw, err := ngmail.Compose(portalFrom, q)
		if err != nil {
			t.Fatal(err)
		}
		header, _ := read(t, raw)
		return header["Message-Id"]
	}
	again, other, later := hello(), hello(), hello()
	again.Tries++
	other.ID++
	later.Created = created.Add(1)
	if id(again) != id(hello()) {
		t.Errorf("%s at first, %s later", id(hello()), id(again))
	}
	if id(other) == id(hello()) || id(later) == id(hello()) {
		t.Errorf("%s, %s and %s are one", id(hello()), id(other), id(later))
	}
}

func FuzzMessage(f *testing.F) {
	f.Add("ada@example.org", "", "Hello", "Good morning\n")
	f.Add("ada@example.org", "ben@example.org", "a\r\nBcc: eve@example.org", "\r\n.\r\n")
	f.Add("ada@example.org>\nBcc: <eve@example.org", "ben@example.org\r", "=?utf-8?q?=0D=0ABcc:?=", "x")
	f.Add(`"a b"@example.org`, "a@[127.0.0.1]", "ü  ü \u2028 \u200f", strings.Repeat("ü", 100))
	f.Fuzz(func(t *testing.T, to, replyTo, subject, text string) {
		m := ngmail.Message{To: to, ReplyTo: replyTo, Subject: subject, Text: text}
		raw, err := ngmail.Compose(portalFrom, ngmail.Queued{ID: 1, Created: created, Message: m})
		if err != nil {
			return
		}
		checkHeaders(t, raw, m)
	})
}

// checkHeaders finds any header that is not there by right, and any that does not say what it should.
func checkHeaders(t *testing.T, raw []byte, m ngmail.Message) {
	t.Helper()
	wellFormed(t, raw)
	header, _ := read(t, raw)
	want := []string{"Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "Message-Id", "Mime-Version"}
	if m.ReplyTo != "" {
		want = append(want, "Reply-To")
	}
	want = append(want, "Subject", "To")
	if got := slices.Sorted(maps.Keys(header)); !slices.Equal(got, want) {
		t.Errorf("headers %q, want %q", got, want)
	}
	if got, subject := header["Subject"], strings.Join(strings.Fields(m.Subject), " "); got != subject {
		t.Errorf("subject %q, want %q", got, subject)
	}
	if header["To"] != "<"+m.To+">" || m.ReplyTo != "" && header["Reply-To"] != "<"+m.ReplyTo+">" {
		t.Errorf("to %q, reply to %q; want %q, %q", header["To"], header["Reply-To"], m.To, m.ReplyTo)
	}
}
