package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// A mischief is something that a storage does, and what a reader must see of it: never an answer that looks
// complete and is not the object.
type mischief struct {
	do     play
	method string // "" is GET
	ask    string // another header of the request
	want   int    // a status, cut, broken or safe
	body   string // if want is a success
}

// Objects of the storage. The edge reads 64 kB before it commits itself to a status.
var (
	small = numbered(1000)
	large = numbered(300_000)
)

// breaks are ends before the time, and what is no answer at all.
func breaks() map[string]mischief {
	long := answer("200 OK", large)
	chunk := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + small + "\r\n"
	return map[string]mischief{
		"hangs up without a word":         {do: ends(""), want: 503},
		"resets without a word":           {do: resets(""), want: 503},
		"hangs up within the header":      {do: ends("HTTP/1.1 200 OK\r\nContent-Le"), want: 503},
		"hangs up after the header":       {do: ends(answer("200 OK", "", "Content-Length: 1000")), want: 503},
		"resets after the header":         {do: resets(answer("200 OK", "", "Content-Length: 1000")), want: 503},
		"hangs up early":                  {do: ends(answer("200 OK", small[:999], "Content-Length: 1000")), want: 503},
		"resets early":                    {do: resets(answer("200 OK", small[:999], "Content-Length: 1000")), want: 503},
		"hangs up in the middle":          {do: ends(long[:200_000]), want: cut},
		"resets in the middle":            {do: resets(long[:200_000]), want: broken},
		"hangs up one byte before":        {do: ends(long[:len(long)-1]), want: cut},
		"hangs up in a range":             {do: ends(answer("206 Partial Content", small[10:15], "Content-Range: bytes 10-19/1000", "Content-Length: 10")), ask: "Range: bytes=10-19", want: 503},
		"hangs up within chunks":          {do: ends(chunk), want: 503},
		"answers by another protocol":     {do: ends("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), want: 503},
		"answers noise":                   {do: ends("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\xff\xfe\r\n\r\n"), want: 503},
		"says a status beyond all":        {do: says(answer("999 What", small)), want: 503},
		"says a status of no sense":       {do: ends(answer("2e2 OK", small)), want: 503},
		"is busy once":                    {do: once(answer("503 Slow Down", "<Error><Code>SlowDown</Code></Error>"), long), want: 200, body: large},
		"is busy":                         {do: says(answer("503 Slow Down", "<Error><Code>SlowDown</Code><Message>secret</Message></Error>")), want: 503},
		"fails inside once":               {do: once(answer("500 Internal Server Error", "<Error><Code>InternalError</Code></Error>"), long), want: 200, body: large},
		"fails inside":                    {do: says(answer("500 Internal Server Error", "<Error><Code>InternalError</Code><Message>secret</Message></Error>")), want: 503},
		"stands behind a broken gateway":  {do: says(answer("502 Bad Gateway", "<html>secret</html>")), want: 503},
		"throttles as others do":          {do: says(answer("429 Too Many Requests", "secret")), want: 503},
		"promises an error it breaks off": {do: ends(answer("500 Internal Server Error", "<Err", "Content-Length: 1000")), want: 503},
	}
}

// once answers with first, and then with text.
func once(first, text string) play {
	return func(c *call) bool {
		if c.time == 1 {
			return c.say(first)
		}
		return c.say(text)
	}
}

// lies are answers whose header does not tell the truth, or answer another question.
func lies() map[string]mischief {
	part := func(header ...string) play { return says(answer("206 Partial Content", small[10:20], header...)) }
	const ask = "Range: bytes=10-19"
	return map[string]mischief{
		"sends more than it says":          {do: ends(answer("200 OK", small+"more", "Content-Length: 1000")), want: 200, body: small},
		"sends less than it says":          {do: ends(answer("200 OK", small, "Content-Length: 1001")), want: 503},
		"hides the length by chunks":       {do: says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + small + "\r\n0\r\n\r\n"), want: 503},
		"hides the length till the end":    {do: ends("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + small), want: 503},
		"hides the length as of old":       {do: ends("HTTP/1.0 200 OK\r\n\r\n" + small), want: 503},
		"hides the length from HEAD":       {do: says("HTTP/1.1 200 OK\r\nETag: \"1\"\r\n\r\n"), method: "HEAD", want: 503},
		"says two lengths":                 {do: ends(answer("200 OK", small, "Content-Length: 500", "Content-Length: 1000")), want: 503},
		"says a length and chunks":         {do: ends(answer("200 OK", "3e8\r\n"+small+"\r\n0\r\n\r\n", "Content-Length: 4", "Transfer-Encoding: chunked")), want: 503},
		"says a negative length":           {do: ends(answer("200 OK", small, "Content-Length: -1")), want: 503},
		"says a length in words":           {do: ends(answer("200 OK", small, "Content-Length: all")), want: 503},
		"sends another range":              {do: part("Content-Range: bytes 0-9/1000"), ask: ask, want: 503},
		"sends a shorter range":            {do: says(answer("206 Partial Content", small[10:15], "Content-Range: bytes 10-14/1000")), ask: ask, want: 503},
		"sends less than the range":        {do: says(answer("206 Partial Content", small[10:15], "Content-Range: bytes 10-19/1000")), ask: ask, want: 503},
		"sends more than the range":        {do: says(answer("206 Partial Content", small[10:30], "Content-Range: bytes 10-19/1000")), ask: ask, want: 503},
		"says a total below the range":     {do: part("Content-Range: bytes 10-19/15"), ask: ask, want: 503},
		"says a total in the range":        {do: says(answer("206 Partial Content", small[10:15], "Content-Range: bytes 10-14/20")), ask: ask, want: 503},
		"says another total for the end":   {do: part("Content-Range: bytes 10-19/1000"), ask: "Range: bytes=-10", want: 503},
		"says no total":                    {do: part("Content-Range: bytes 10-19/*"), ask: ask, want: 503},
		"says no range":                    {do: part(), ask: ask, want: 503},
		"says a range of other units":      {do: part("Content-Range: chunks 10-19/1000"), ask: ask, want: 503},
		"sends several ranges":             {do: part("Content-Type: multipart/byteranges; boundary=x"), ask: ask, want: 503},
		"sends all when a part was asked":  {do: says(answer("200 OK", small)), ask: ask, want: 200, body: small},
		"says 200 to a part of it":         {do: says(answer("200 OK", small[10:20], "Content-Range: bytes 0-9/1000")), ask: ask, want: 503},
		"sends a part when all was asked":  {do: part("Content-Range: bytes 10-19/1000"), want: 503},
		"sends a byte when all was asked":  {do: says(answer("206 Partial Content", small[:1], "Content-Range: bytes 0-0/1000")), want: 503},
		"sends a part and does not say so": {do: part(), want: 503},
		"says unchanged without a copy":    {do: says("HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n"), want: 503},
		"says outside without a range":     {do: says(answer("416 Range Not Satisfiable", "<Error><Code>InvalidRange</Code></Error>")), want: 503},
		"says that there is nothing to it": {do: says("HTTP/1.1 204 No Content\r\n\r\n"), want: 503},
		"accepts what nobody gave":         {do: says(answer("202 Accepted", "")), want: 503},
		"changes the protocol":             {do: ends("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n" + small), want: 503},
		"hints first":                      {do: says("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer("200 OK", small)), want: safe, body: small},
		"hints for ever":                   {do: forever("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), want: 503},
		"sends headers for ever":           {do: forever("HTTP/1.1 200 OK\r\n", "X-Amz-Meta-Much: "+strings.Repeat("x", 1000)+"\r\n"), want: 503},
		"sends one header for ever":        {do: forever("HTTP/1.1 200 OK\r\nX-Amz-Meta-Much: ", strings.Repeat("x", 1000)), want: 503},
		"sends a large header":             {do: says(answer("200 OK", small, "X-Amz-Meta-Much: "+strings.Repeat("x", 30_000))), want: 200, body: small},
	}
}

// forever says piece until the other side has gone.
func forever(first, piece string) play {
	return func(c *call) bool {
		for ok := c.say(first); ok; ok = c.count(piece) {
		}
		return false
	}
}

// redirects lead to another server, to one address of it as good as the object, and to the addresses of a cloud.
func redirects(elsewhere string) map[string]mischief {
	to := func(status, address string) mischief {
		return mischief{do: says(answer(status, "", "Location: "+address)), want: 503}
	}
	return map[string]mischief{
		"is said to have moved":            to("301 Moved Permanently", elsewhere+"/b/good"),
		"is said to be found elsewhere":    to("302 Found", elsewhere+"/b/good"),
		"is to be seen elsewhere":          to("303 See Other", elsewhere+"/b/good"),
		"is elsewhere for now":             to("307 Temporary Redirect", elsewhere+"/b/good"),
		"is elsewhere for good":            to("308 Permanent Redirect", elsewhere+"/b/good"),
		"is one of many":                   to("300 Multiple Choices", elsewhere+"/b/good"),
		"leads to the cloud's credentials": to("307 Temporary Redirect", "http://169.254.169.254/latest/meta-data/iam/security-credentials/"),
		"leads to another host":            to("307 Temporary Redirect", "http://storage.example.org/b/good"),
		"leads to another object":          to("307 Temporary Redirect", "/b/good"),
		"leads to itself":                  to("307 Temporary Redirect", "/b/leads%20to%20itself"),
	}
}

// TestFaults has a storage do what it should not, and counts what the viewer host holds afterwards.
func TestFaults(t *testing.T) {
	t.Parallel()
	good := says(answer("200 OK", small))
	elsewhere := startStorage(t, "127.0.0.2", map[string]play{"good": good})
	tests, plays := map[string]mischief{}, map[string]play{"good": good}
	for _, group := range []map[string]mischief{breaks(), lies(), heads(), redirects(elsewhere.URL)} {
		for name, m := range group {
			tests[name], plays[name] = m, m.do
		}
	}
	s := startStorage(t, "127.0.0.1", plays)
	h := startApart(t, options{Storage: s.URL, Elsewhere: elsewhere.URL})
	before := h.begin(t, s)
	h.try(t, s, tests, 8)
	if after := h.settle(t, s, before); after != before { // which is it?
		for name, m := range tests {
			h.try(t, s, map[string]mischief{name: m}, 1)
			after = h.settle(t, s, after)
		}
	}
	if n := elsewhere.times(""); n != 0 {
		t.Errorf("%d requests went elsewhere, want none", n)
	}
	if sent := s.sentSoFar(); sent > 256<<20 {
		t.Errorf("the storage could send %d MB of headers, want what fits into the buffers on the way", sent>>20)
	}
}

// TestMoreThanAsked has the storage send an answer too many, and asks for another object when that has come.
func TestMoreThanAsked(t *testing.T) {
	t.Parallel()
	tests, plays := more(), map[string]play{"good": says(answer("200 OK", small))}
	for name, m := range tests {
		plays[name] = m.do
	}
	s := startStorage(t, "127.0.0.1", plays)
	h := startApart(t, options{Storage: s.URL})
	before := h.begin(t, s)
	h.try(t, s, tests, 1)
	h.settle(t, s, before)
}

// try reads each object, several at once, and a good one after it. If it is one at a time, the storage has then said all.
func (h *apart) try(t *testing.T, s *storage, tests map[string]mischief, atOnce int) {
	t.Helper()
	type pair struct {
		bad, good seen
		asked     int
	}
	got := map[string]pair{}
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(atOnce)
	for name, m := range tests {
		g.Go(func() error {
			asked := s.times(name)
			p := pair{bad: h.read(h.Ada, m.method, name, m.header()...)}
			if atOnce == 1 {
				within(20*time.Second, func() bool { return s.busy() == 0 })
			}
			p.good, p.asked = h.read(h.Ada, "", "good"), s.times(name)-asked
			mu.Lock()
			defer mu.Unlock()
			got[name] = p
			return nil
		})
	}
	_ = g.Wait() // never fails
	for name, m := range tests {
		t.Run(name, func(t *testing.T) {
			got[name].bad.want(t, m.want, m.body)
			got[name].good.want(t, 200, small)
			// Three times, and over each connection that had been kept.
			if n, most := got[name].asked, 3+atOnce; n < 1 || n > most {
				t.Errorf("the storage is asked %d times, want 1 to %d", n, most)
			}
		})
	}
}

func (m mischief) header() []string {
	if m.ask == "" {
		return nil
	}
	return []string{m.ask}
}

// TestHeadersOfTheStorage has it send headers that would act in the viewer's name.
func TestHeadersOfTheStorage(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.WriteString(w, small) // to memory
	w.Close()
	do := answer("200 OK", packed.String(), "Set-Cookie: ng=evil; Path=/", "Set-Cookie: CloudFront-Policy=evil; Path=/d/", "Access-Control-Allow-Origin: *",
		"Access-Control-Allow-Credentials: true", "Clear-Site-Data: \"*\"", "Content-Security-Policy: script-src *", "Refresh: 0;url=http://evil.test/",
		"Location: http://evil.test/", "Link: </x>; rel=preload", "Service-Worker-Allowed: /", "Strict-Transport-Security: max-age=9", "Alt-Svc: h3=\":1\"",
		"Cache-Control: public", "X-Edge-Deny: MissingKey", "Retry-After: 1", "Server: evil", "Via: 1.1 evil", "WWW-Authenticate: Basic", "X-Amz-Meta-A: b", "X-Amz-Request-Id: R",
		"Content-Encoding: gzip", "Content-Type: text/html", "ETag: \"1\"", "Last-Modified: Fri, 02 Jan 2026 03:04:05 GMT")
	s := startStorage(t, "127.0.0.1", map[string]play{"good": says(do)})
	h := startApart(t, options{Storage: s.URL})
	got := h.read(h.Ada, "", "good")
	if got.code != 200 || got.body != packed.String() || got.err != nil {
		t.Errorf("= %d with %d bytes, %v, want 200 and the %d bytes as they are stored", got.code, len(got.body), got.err, packed.Len())
	}
	want := []string{
		"Accept-Ranges: bytes", "Cache-Control: private, max-age=3600", "Content-Encoding: gzip", "Content-Length: " + strconv.Itoa(packed.Len()),
		"Content-Security-Policy: default-src 'none'; sandbox", "Content-Type: text/html", "Cross-Origin-Resource-Policy: same-origin", "Etag: \"1\"",
		"Last-Modified: Fri, 02 Jan 2026 03:04:05 GMT", "Referrer-Policy: no-referrer", "X-Content-Type-Options: nosniff",
	}
	got.header.Del("Date")
	var lines []string
	for name, values := range got.header {
		lines = append(lines, name+": "+strings.Join(values, "|"))
	}
	slices.Sort(lines)
	if !slices.Equal(lines, want) {
		t.Errorf("headers\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

// TestListingIsNotRedirected has storage send the portal elsewhere, to what would be a good listing.
func TestListingIsNotRedirected(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		listing(w, r)
	}))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 307, 308} {
		s := newSick(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL+r.RequestURI, status) })
		for _, address := range []string{"/browse/set/a/", "/asset/set/a.trk"} {
			if p := s.get(s.base + address); p.code != 503 {
				t.Errorf("GET %s from storage that answers %d = %d %q, want 503", address, status, p.code, p.heading())
			}
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("%d requests went elsewhere, want none", n)
	}
}
