package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	askTime = 10 * time.Second // for one request
	askSize = 64 << 10         // bytes of an answer that are read
)

// newAsker returns a client that asks the hosts themselves: it knows no proxy, keeps no cookie, follows no redirect and
// takes answers as they come. roots may be nil, for the system's.
func newAsker(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Timeout:       askTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DisableCompression:  true,
			ForceAttemptHTTP2:   true,
			MaxConnsPerHost:     mostOpened,
			TLSHandshakeTimeout: askTime,
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		},
	}
}

// A question is what is asked of a host, without a body.
type question struct {
	method string // "": GET
	url    string
	header []string // names and values
}

// A reply is what a host said, as far as it was read.
type reply struct {
	status int
	header http.Header
	body   []byte
	ahead  time.Duration // of our clock, by its Date; 0 if it sent none
	dated  bool
}

// ask sends a request. An error is that nobody answered.
func (p *patient) ask(ctx context.Context, q question) (reply, error) {
	method := q.method
	if method == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, q.url, http.NoBody)
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("User-Agent", "ngportal-doctor")
	for i := 0; i+1 < len(q.header); i += 2 {
		req.Header.Set(q.header[i], q.header[i+1])
	}
	sent := time.Now()
	res, err := p.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	a := reply{status: res.StatusCode, header: res.Header}
	a.ahead, a.dated = aheadOf(res.Header, sent, time.Now())
	a.body, err = io.ReadAll(io.LimitReader(res.Body, askSize))
	return a, err
}

// aheadOf tells by how much the clock that dated an answer is ahead of ours, which has seen it between two times.
// A Date counts whole seconds, and Age says how long the answer has lain in a cache.
func aheadOf(h http.Header, from, to time.Time) (time.Duration, bool) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0, false
	}
	age, _ := strconv.Atoi(h.Get("Age")) // 0 without
	date = date.Add(time.Duration(age) * time.Second)
	switch {
	case date.Before(from.Truncate(time.Second)):
		return date.Sub(from.Truncate(time.Second)), true
	case date.After(to):
		return date.Sub(to), true
	}
	return 0, true
}

// ok reports whether the answer is what was asked for.
func (a reply) ok() bool { return a.status/100 == 2 }

func (a reply) isHTML() bool {
	return strings.HasPrefix(a.header.Get("Content-Type"), "text/html") ||
		strings.HasPrefix(strings.ToLower(strings.TrimSpace(string(a.body[:min(len(a.body), 200)]))), "<!doctype html")
}

var (
	codeForm    = regexp.MustCompile(`<Code>([A-Za-z0-9]{1,64})</Code>`)
	requestForm = regexp.MustCompile(`<(RequestId|HostId|Resource)>`)
)

// code is CloudFront's word for a refusal, or S3's, or "".
func (a reply) code() string {
	if code := a.header.Get("X-Edge-Deny"); code != "" {
		return code
	}
	if m := codeForm.FindSubmatch(a.body); m != nil && !a.ok() {
		return string(m[1])
	}
	return ""
}

// fromStorage reports whether S3 speaks, and not the host that should have checked cookies: only S3 names the request.
func (a reply) fromStorage() bool {
	return !a.ok() && a.header.Get("X-Edge-Deny") == "" && requestForm.Match(a.body)
}

// String says what was answered, without anything that was asked for.
func (a reply) String() string {
	s := strconv.Itoa(a.status)
	if code := a.code(); code != "" {
		s += " " + code
	}
	switch {
	case a.status/100 == 3 && a.header.Get("Location") != "":
		to, _, _ := strings.Cut(a.header.Get("Location"), "?") // what follows may be a ticket
		s += " to " + to
	case a.isHTML():
		s += " with an HTML page"
	}
	return s
}

// silent is the finding of a check to whose question nobody answered.
func silent(origin string, err error) finding {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return bad(mendCertificate, "the certificate of %s is no good: %s", origin, reason(err))
	}
	return bad("is `ngportal serve` running, and does the proxy (or the distribution) reach it? This computer must reach them as browsers do",
		"nobody answers at %s: %s", origin, reason(err))
}

// reason says why a connection failed, without the address that was asked for.
func reason(err error) string {
	var late net.Error
	var name *net.DNSError
	switch {
	case errors.As(err, &name):
		return fmt.Sprintf("there is no host %q in the DNS", name.Name)
	case errors.As(err, &late) && late.Timeout():
		return "it took too long"
	}
	for {
		next := errors.Unwrap(err)
		if several, ok := err.(interface{ Unwrap() []error }); ok {
			next = several.Unwrap()[len(several.Unwrap())-1] // the cause
		}
		if next == nil {
			return err.Error()
		}
		err = next
	}
}
