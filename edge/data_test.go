package edge_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"strings"
	"testing"

	"ngportal/edge"
)

func TestWhoMayRead(t *testing.T) {
	w := newWorld(t, nil)
	w.objects.data["main/one/a"], w.objects.data["main/two/a"], w.objects.data["open/a"] = "one", "two", "open"
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := w.cookies(t, w.signer, "loc-one")
	forged := w.cookies(t, newSigner(t, "K1", other), "loc-one")
	tests := map[string]struct {
		path, cookie string
		after        int64 // seconds on the clock
		want         int
		deny, body   string
	}{
		"good cookies":                        {"/d/loc-one/a", good, 0, 200, "", "one"},
		"good cookies and others":             {"/d/loc-one/a", "a=b; " + good + "; c=d", 0, 200, "", "one"},
		"good cookies in the last second":     {"/d/loc-one/a", good, 59, 200, "", "one"},
		"good cookies and a query":            {"/d/loc-one/a?x=1", good, 0, 200, "", "one"},
		"public, no cookies":                  {"/d/pub-one/a", "", 0, 200, "", "open"},
		"public, bad cookies":                 {"/d/pub-one/a", forged, 0, 200, "", "open"},
		"no cookies":                          {"/d/loc-one/a", "", 0, 503, "MissingKey", ""},
		"no cookies, nothing there":           {"/d/loc-one/none", "", 0, 503, "MissingKey", ""},
		"no cookies, no such location":        {"/d/loc-none/a", "", 0, 503, "MissingKey", ""},
		"another location's cookies":          {"/d/loc-one/a", w.cookies(t, w.signer, "loc-two"), 0, 503, "AccessDenied", ""},
		"cookies of a longer id":              {"/d/loc-one/a", w.cookies(t, w.signer, "loc-one1"), 0, 503, "AccessDenied", ""},
		"the location without its slash":      {"/d/loc-one", good, 0, 503, "AccessDenied", ""},
		"the id escaped":                      {"/d/loc%2Done/a", good, 0, 503, "AccessDenied", ""},
		"expired":                             {"/d/loc-one/a", good, 60, 503, "AccessDenied", ""},
		"another key under our id":            {"/d/loc-one/a", forged, 0, 503, "AccessDenied", ""},
		"another key's id":                    {"/d/loc-one/a", strings.Replace(good, "=K1", "=K2", 1), 0, 503, "InvalidKey", ""},
		"a tampered signature":                {"/d/loc-one/a", tamper(good, "CloudFront-Signature="), 0, 503, "AccessDenied", ""},
		"names in lower case":                 {"/d/loc-one/a", strings.ToLower(good), 0, 503, "MissingKey", ""},
		"a policy in quotes":                  {"/d/loc-one/a", strings.Replace(good, "Policy=", `Policy="`, 1), 0, 503, "MalformedPolicy", ""},
		"a tampered policy":                   {"/d/loc-one/a", tamper(good, "CloudFront-Policy="), 0, 503, "MalformedPolicy", ""},
		"a plus, of standard base64":          {"/d/loc-one/a", strings.Replace(good, "Policy=e", "Policy=+", 1), 0, 503, "MalformedPolicy", ""},
		"twice, the good ones first":          {"/d/loc-one/a", good + "; " + forged, 0, 200, "", "one"},
		"twice, the good ones second":         {"/d/loc-one/a", forged + "; " + good, 0, 503, "AccessDenied", ""},
		"a bare policy name before good ones": {"/d/loc-one/a", "CloudFront-Policy; " + good, 0, 503, "MalformedPolicy", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w.now.Store(start + tt.after)
			before := len(w.objects.asked())
			res, body := w.do(t, "GET", tt.path, "Cookie", tt.cookie)
			if res.StatusCode != tt.want || res.Header.Get("X-Edge-Deny") != tt.deny {
				t.Errorf("GET %s = %d %q, want %d %q", tt.path, res.StatusCode, res.Header.Get("X-Edge-Deny"), tt.want, tt.deny)
			}
			if tt.body != "" && body != tt.body {
				t.Errorf("GET %s: body %q, want %q", tt.path, body, tt.body)
			}
			if asked := len(w.objects.asked()) - before; tt.deny != "" && asked != 0 {
				t.Errorf("GET %s: the storage was asked %d times, want never", tt.path, asked)
			}
		})
	}
	if !strings.Contains(w.log.String(), `"duplicate_cf_cookie":true`) {
		t.Errorf("no line of the log says that cookies came twice")
	}
}

// tamper changes one character of a cookie.
func tamper(cookies, name string) string {
	at := strings.Index(cookies, name) + len(name) + 20
	c := "A"
	if cookies[at] == 'A' {
		c = "B"
	}
	return cookies[:at] + c + cookies[at+1:]
}

func TestDenial(t *testing.T) {
	for status := range map[int]bool{503: true, 403: true} {
		w := newWorld(t, func(c *edge.Config) { c.DenyStatus = status })
		res, body := w.do(t, "GET", "/d/loc-one/a")
		if res.StatusCode != status {
			t.Errorf("status %d, want %d", res.StatusCode, status)
		}
		wantHeader(t, res, map[string]string{
			"Content-Type": "text/xml", "X-Edge-Deny": "MissingKey", "Retry-After": "1", "Cache-Control": "no-store",
			"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
		})
		const want = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>MissingKey</Code><Message>Missing Key-Pair-Id query parameter or cookie value</Message></Error>`
		if body != want {
			t.Errorf("body %s, want %s", body, want)
		}
	}
}

func wantHeader(t *testing.T, res *reply, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := res.Header.Get(name); got != value {
			t.Errorf("%s: %s %q, want %q", res.path, name, got, value)
		}
	}
}

func TestDataHeaders(t *testing.T) {
	w := newWorld(t, nil)
	w.objects.data["main/one/a.gz"] = "0123456789"
	cookie := w.cookies(t, w.signer, "loc-one")
	for _, method := range []string{"GET", "HEAD"} {
		res, body := w.do(t, method, "/d/loc-one/a.gz", "Cookie", cookie)
		if res.StatusCode != 200 || res.ContentLength != 10 {
			t.Errorf("%s = %d of %d bytes, want 200 of 10", method, res.StatusCode, res.ContentLength)
		}
		if want := map[string]string{"GET": "0123456789"}[method]; body != want {
			t.Errorf("%s: body %q, want %q", method, body, want)
		}
		wantHeader(t, res, map[string]string{
			"Content-Type": "text/x-test", "Content-Encoding": "gzip", "ETag": `"tag"`, "Accept-Ranges": "bytes",
			"Last-Modified": "Tue, 14 Nov 2023 22:13:20 GMT", "Cache-Control": "private, max-age=3600",
			"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
			"Cross-Origin-Resource-Policy": "same-origin", "Referrer-Policy": "no-referrer", "Set-Cookie": "",
			"Access-Control-Allow-Origin": "", "Strict-Transport-Security": "",
		})
	}
	res, _ := w.do(t, "GET", "/d/loc-one/none", "Cookie", cookie)
	if res.StatusCode != 404 {
		t.Errorf("a missing object = %d, want 404", res.StatusCode)
	}
	wantHeader(t, res, map[string]string{"Cache-Control": "no-store", "X-Edge-Deny": "", "Content-Type": "text/plain; charset=utf-8"})
}

func TestRanges(t *testing.T) {
	w := newWorld(t, nil)
	w.objects.data["main/one/a"], w.objects.data["main/one/empty"] = "0123456789", ""
	cookie := w.cookies(t, w.signer, "loc-one")
	tests := map[string]struct {
		method, key, ranges string
		more                []string
		code                int
		body, contentRange  string
	}{
		"from the start":              {"GET", "a", "bytes=0-3", nil, 206, "0123", "bytes 0-3/10"},
		"in the middle":               {"GET", "a", "bytes=4-4", nil, 206, "4", "bytes 4-4/10"},
		"open":                        {"GET", "a", "bytes=7-", nil, 206, "789", "bytes 7-9/10"},
		"suffix":                      {"GET", "a", "bytes=-2", nil, 206, "89", "bytes 8-9/10"},
		"suffix longer than all":      {"GET", "a", "bytes=-99", nil, 206, "0123456789", "bytes 0-9/10"},
		"beyond the end":              {"GET", "a", "bytes=8-99", nil, 206, "89", "bytes 8-9/10"},
		"all":                         {"GET", "a", "bytes=0-9", nil, 206, "0123456789", "bytes 0-9/10"},
		"the unit in capitals":        {"GET", "a", "Bytes=0-0", nil, 206, "0", "bytes 0-0/10"},
		"outside":                     {"GET", "a", "bytes=10-", nil, 416, "The object is shorter than the range.\n", "bytes */10"},
		"suffix of none":              {"GET", "a", "bytes=-0", nil, 416, "The object is shorter than the range.\n", "bytes */10"},
		"of nothing":                  {"GET", "empty", "bytes=0-3", nil, 416, "The object is shorter than the range.\n", "bytes */0"},
		"two ranges: the whole":       {"GET", "a", "bytes=0-1,4-5", nil, 200, "0123456789", ""},
		"two headers: the whole":      {"GET", "a", "bytes=0-1", []string{"Range", "bytes=4-5"}, 200, "0123456789", ""},
		"backwards: the whole":        {"GET", "a", "bytes=5-4", nil, 200, "0123456789", ""},
		"another unit: the whole":     {"GET", "a", "rows=0-1", nil, 200, "0123456789", ""},
		"no numbers: the whole":       {"GET", "a", "bytes=-", nil, 200, "0123456789", ""},
		"words: the whole":            {"GET", "a", "bytes=a-b", nil, 200, "0123456789", ""},
		"a sign: the whole":           {"GET", "a", "bytes=+1-2", nil, 200, "0123456789", ""},
		"beyond 64 bits: the whole":   {"GET", "a", "bytes=0-99999999999999999999", nil, 200, "0123456789", ""},
		"with a condition: the whole": {"GET", "a", "bytes=0-1", []string{"If-Range", `"tag"`}, 200, "0123456789", ""},
		"of HEAD: passed over":        {"HEAD", "a", "bytes=0-3", nil, 200, "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			res, body := w.do(t, tt.method, "/d/loc-one/"+tt.key, append([]string{"Cookie", cookie, "Range", tt.ranges}, tt.more...)...)
			if res.StatusCode != tt.code || body != tt.body || res.Header.Get("Content-Range") != tt.contentRange {
				t.Errorf("%s = %d %q %q, want %d %q %q", tt.ranges, res.StatusCode, res.Header.Get("Content-Range"), body, tt.code, tt.contentRange, tt.body)
			}
			if tt.method == "GET" && res.ContentLength != int64(len(tt.body)) {
				t.Errorf("%s: Content-Length %d, want %d", tt.ranges, res.ContentLength, len(tt.body))
			}
		})
	}
}

func TestConditions(t *testing.T) {
	w := newWorld(t, nil)
	w.objects.data["main/one/a"] = "0123456789"
	cookie := w.cookies(t, w.signer, "loc-one")
	const before, after = "Mon, 13 Nov 2023 00:00:00 GMT", "Wed, 15 Nov 2023 00:00:00 GMT"
	tests := map[string]struct {
		header []string
		want   int
	}{
		"its tag":                       {[]string{"If-None-Match", `"tag"`}, 304},
		"another tag":                   {[]string{"If-None-Match", `"old"`}, 200},
		"changed since":                 {[]string{"If-Modified-Since", before}, 200},
		"not changed since":             {[]string{"If-Modified-Since", after}, 304},
		"another tag counts for more":   {[]string{"If-None-Match", `"old"`, "If-Modified-Since", after}, 200},
		"no date":                       {[]string{"If-Modified-Since", "yesterday"}, 200},
		"its tag and a range: no bytes": {[]string{"If-None-Match", `"tag"`, "Range", "bytes=0-1"}, 304},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			res, body := w.do(t, "GET", "/d/loc-one/a", append([]string{"Cookie", cookie}, tt.header...)...)
			if res.StatusCode != tt.want {
				t.Errorf("%q = %d, want %d", tt.header, res.StatusCode, tt.want)
			}
			if tt.want == 304 {
				wantHeader(t, res, map[string]string{"ETag": `"tag"`, "Cache-Control": "private, max-age=3600", "Content-Type": ""})
				if body != "" {
					t.Errorf("%q: body %q, want none", tt.header, body)
				}
			}
		})
	}
	if res, _ := w.do(t, "GET", "/d/loc-one/a", "If-None-Match", `"tag"`); res.StatusCode != 503 {
		t.Errorf("a condition without cookies = %d, want 503", res.StatusCode)
	}
}
