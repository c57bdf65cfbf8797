// Package mail sends notices by SMTP, in the background, from an outbox that survives a restart.
//
// A request handler puts a [Message] into the outbox, in the transaction of the change that it tells of;
// a [Worker] takes it from there, and a [Sender] has one conversation with the mail server. Whatever the
// mail server does, only the worker waits for it.
package mail

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
)

// A Message is a plain-text mail to one person.
//
// To and ReplyTo are bare addresses (ada@example.org); ReplyTo may be empty. Subject is one line of at most
// 300 characters. A message with anything else in them is never sent: see [ErrRefused].
type Message struct {
	To      string
	ReplyTo string
	Subject string
	Text    string // UTF-8, lines ended by "\n"
}

// A Queued message is one in the outbox. ID and Created stay the same over all attempts: they make up the
// message's id and date, so that who gets it twice after a crash can see that it is one message.
type Queued struct {
	ID      int64
	Created time.Time
	Tries   int // how often it has been claimed, this time included
	Message Message
}

const maxSubject = 300

// compose writes q as a mail from the address from.
func compose(from *mail.Address, q Queued) (*gomail.Msg, error) {
	if err := q.Message.check(); err != nil {
		return nil, err
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(from)
	m.ToMailAddress(&mail.Address{Address: q.Message.To})
	if q.Message.ReplyTo != "" {
		m.ReplyToMailAddress(&mail.Address{Address: q.Message.ReplyTo})
	}
	m.Subject(strings.Join(strings.Fields(q.Message.Subject), " "))
	m.SetDateWithValue(q.Created)
	m.SetMessageIDWithValue(q.messageID() + "@" + domain(from.Address))
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's holiday answer comes back
	m.SetBodyString(gomail.TypeTextPlain, q.Message.Text)
	return m, nil
}

func (q Queued) messageID() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %q", q.ID, q.Created.UnixNano(), q.Message))
	return fmt.Sprintf("%x", sum[:16])
}

func (m Message) check() error {
	var faults []error
	if err := checkAddress(m.To); err != nil {
		faults = append(faults, fmt.Errorf("to: %w", err))
	}
	if m.ReplyTo != "" {
		if err := checkAddress(m.ReplyTo); err != nil {
			faults = append(faults, fmt.Errorf("reply to: %w", err))
		}
	}
	if err := checkSubject(m.Subject); err != nil {
		faults = append(faults, fmt.Errorf("subject: %w", err))
	}
	return errors.Join(faults...)
}

func checkSubject(s string) error {
	switch {
	case !utf8.ValidString(s):
		return errors.New("it is not UTF-8")
	case utf8.RuneCountInString(s) > maxSubject:
		return fmt.Errorf("it is longer than %d characters", maxSubject)
	case strings.ContainsFunc(s, unicode.IsControl):
		return errors.New("it has a line break or another control character")
	case strings.Contains(s, "=?"): // readers would decode it to something else
		return errors.New("it has the mark of encoded words, =?")
	}
	return nil
}

// checkAddress refuses what is not a bare address. ASCII only: not every server on the way takes more, and
// the bounce would come to nobody. Nothing quoted: it is legal, nobody has it, and it can hide a line break.
func checkAddress(s string) error {
	parsed, err := mail.ParseAddress(s)
	switch {
	case len(s) > 254: // RFC 5321 §4.5.3.1.3, without the brackets
		return errors.New("the address is too long")
	case err != nil || parsed.Address != s || strings.Contains(s, "=?"): // as in a subject
		return fmt.Errorf("%q is not a plain e-mail address", s)
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }):
		return fmt.Errorf("%q has characters that not every mail server takes", s)
	}
	return nil
}

func domain(address string) string {
	return address[strings.LastIndexByte(address, '@')+1:]
}
