package auth

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	maxAnswer  = 1 << 20 // bytes; discovery documents and key sets have some kB
	answerTime = 10 * time.Second
)

// bounded returns a client for talking to an identity provider: it gives up after a time and
// a number of bytes, and follows no redirect, which would carry the client secret elsewhere.
func bounded(c *http.Client) *http.Client {
	var out http.Client
	if c != nil {
		out = *c
	}
	if out.Timeout == 0 {
		out.Timeout = answerTime
	}
	if out.Transport == nil {
		out.Transport = http.DefaultTransport
	}
	out.Transport = limited{out.Transport}
	out.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &out
}

type limited struct{ base http.RoundTripper }

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := l.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = http.MaxBytesReader(nil, res.Body, maxAnswer)
	return res, nil
}

// trustworthy reports whether raw is an absolute address that nobody on the way can alter:
// https, or http on this computer.
func trustworthy(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
