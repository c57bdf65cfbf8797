package mail

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// What [Config].TLS may say.
const (
	StartTLS    = "starttls" // the default: begin in clear text, go on encrypted or not at all
	ImplicitTLS = "tls"      // encrypted from the first byte
	NoTLS       = "none"     // to a mail server on this computer only
)

// A Config says which mail server to use, and as whom.
type Config struct {
	SMTP     string // host:port
	From     string // "ngportal <portal@example.org>"
	Username string // empty: the server wants none
	Password Password
	TLS      string         // [StartTLS], [ImplicitTLS] or [NoTLS]; empty is StartTLS
	Roots    *x509.CertPool // whom to trust; nil: whom this computer trusts
	Timeout  time.Duration  // of a whole conversation; zero is 30 s
}

// A Fault is something that cannot be right in a [Config]. Key is that of the configuration file, within
// mail: smtp, from, username, password or tls. Text is a sentence that never has the password in it.
type Fault struct {
	Key, Text, Hint string
}

// A Password hides itself from whoever prints it, or something that it is part of. The zero value is none.
type Password struct {
	text *string // a pointer, as fmt prints unexported fields without asking them
}

// NewPassword returns text as a password.
func NewPassword(text string) Password {
	if text == "" {
		return Password{}
	}
	return Password{&text}
}

// String returns "(hidden)", or "" if there is none.
func (p Password) String() string {
	if p.text == nil {
		return ""
	}
	return "(hidden)"
}

func (p Password) reveal() string {
	if p.text == nil {
		return ""
	}
	return *p.text
}

// Faults finds everything that is wrong with c, without connecting to anything.
func (c Config) Faults() []Fault {
	var found []Fault
	fault := func(key, hint, format string, args ...any) {
		found = append(found, Fault{key, fmt.Sprintf(format, args...), hint})
	}
	host, port, err := splitServer(c.SMTP)
	if err != nil {
		fault("smtp", "for example smtp.example.org:587", "%v", err)
	}
	if _, err := parseFrom(c.From); err != nil {
		fault("from", "for example ngportal <portal@example.org>", "%v", err)
	}
	switch {
	case c.Username != "" && c.Password.text == nil:
		fault("password", "or give password_file", "is missing, though there is a username")
	case c.Username == "" && c.Password.text != nil:
		fault("username", "", "is missing, though there is a password")
	}
	if strings.ContainsRune(c.Username+c.Password.reveal(), 0) { // it separates the two on the wire
		fault("password", "", "neither username nor password can have a zero byte")
	}
	for _, text := range c.tlsFaults(host, port) {
		fault("tls", "write starttls (port 587 or 25) or tls (port 465)", "%s", text)
	}
	return found
}

// tlsFaults says what is wrong with the encryption. Clear text is for this computer only, as a mail says who
// asks for what, and anybody on the way could change the address to click; and never for a password.
func (c Config) tlsFaults(host, port string) []string {
	var found []string
	switch c.TLS {
	case "", StartTLS:
		if port == "465" {
			found = append(found, "port 465 is encrypted from the first byte, starttls begins in clear text")
		}
	case ImplicitTLS:
		if port == "587" || port == "25" {
			found = append(found, fmt.Sprintf("port %s begins in clear text, tls is encrypted from the first byte", port))
		}
	case NoTLS:
		if host != "" && !loopback(host) {
			found = append(found, "none will do for a mail server on this computer only")
		}
		if c.Username != "" {
			found = append(found, "a password needs encryption, so none goes without username")
		}
	default:
		found = append(found, fmt.Sprintf("%q is none of starttls, tls, none", c.TLS))
	}
	return found
}

// splitServer is net.SplitHostPort, without what it lets through.
func splitServer(s string) (host, port string, err error) {
	if s == "" {
		return "", "", errors.New("is missing")
	}
	host, port, err = net.SplitHostPort(s)
	if err != nil || host == "" || strings.ContainsFunc(host, notInHost) {
		return "", "", fmt.Errorf("%q is not host:port", s)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", "", fmt.Errorf("%q has no port between 1 and 65535", s)
	}
	return host, port, nil
}

func notInHost(r rune) bool {
	return r > '~' || r <= ' ' || strings.ContainsRune("/@\"\\", r)
}

func parseFrom(s string) (*mail.Address, error) {
	if s == "" {
		return nil, errors.New("is missing")
	}
	from, err := mail.ParseAddress(s)
	if err != nil || strings.ContainsFunc(s, unicode.IsControl) {
		return nil, fmt.Errorf("%q is not a name and an e-mail address", s)
	}
	if err := checkAddress(from.Address); err != nil {
		return nil, err
	}
	return from, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
