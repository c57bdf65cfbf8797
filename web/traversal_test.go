package main

import (
	"maps"
	"strings"
	"testing"
)

// TestNothingEscapesOverTheWall spells the way out in every way there is, as far as each of four goals around the
// location: above it, beside it, in another bucket, and among the demo's own files.
func TestNothingEscapesOverTheWall(t *testing.T) {
	w := newWall(t)
	cookie := joined(w.pairs(t, "wall"), "; ")
	ups := []string{
		"..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "%25252e%25252e", "..;", "..;x=y", "..%00", "..%20", "..%09", "..%0d%0a", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae", "%uff0e%uff0e", "%ef%bc%8e%ef%bc%8e", "...", ".", "%2e",
	}
	slashes := []string{"/", "//", "/./", "%2f", "%2F", "%252f", "%5c", "%5C", `\`, "%c0%af", "%ef%bc%8f", "/%00/"}
	goals := []string{"secret.txt", "two/secret.txt", "d/wall-two/secret.txt", "vault/secret.txt", "signing.pem"}
	asked := 0
	for _, up := range ups {
		for _, slash := range slashes {
			for depth := 1; depth <= 3; depth++ {
				for _, goal := range goals {
					for _, begin := range []string{"/d/wall/", "/d/wall/deep/"} {
						target := begin + strings.Repeat(up+slash, depth) + strings.ReplaceAll(goal, "/", slash)
						code, body := w.get(t, cookie, target)
						asked++
						if code != 400 && code != 404 || leaks(body) {
							t.Errorf("GET %s = %d %.60q, want 400 or 404", target, code, body)
						}
					}
				}
			}
		}
	}
	if asked != 19*12*3*5*2 {
		t.Errorf("%d targets were tried, want %d", asked, 19*12*3*5*2)
	}
	if code, body := w.get(t, cookie, "/d/wall/mine.txt"); code != 200 || body != "MINE" {
		t.Errorf("in the end: %d %q, want 200 MINE", code, body)
	}
}

// TestWaysOverTheWall tries targets one by one, with good cookies for "wall".
func TestWaysOverTheWall(t *testing.T) {
	w := newWall(t)
	own, others := w.pairs(t, "wall"), w.pairs(t, "wall-two")
	cookie := joined(own, "; ")
	asURL := func(pairs map[string]string) string { // as the parameters of a signed URL
		return strings.ReplaceAll(joined(pairs, "&"), "CloudFront-", "")
	}
	long := strings.Repeat("a", 9000)
	tests := map[string]int{
		"/d/wall/mine.txt":      200,
		"/d/wall/%6d%69ne.txt":  200,
		"/d/wall/deep/mine.txt": 200,
		"/d/wall/mine.txt?":     200,

		"/d/wall/mine.txt?/../../wall-two/secret.txt":          200, // a query leads nowhere
		"/d/wall/mine.txt?key=../two/secret.txt&x=%2e%2e%2f":   200,
		"/d/wall/mine.txt?versionId=1&list-type=2&acl&uploads": 200, // and is not for the storage
		"/d/wall/mine.txt?policy=a":                            200,
		"/d/wall/mine.txt?Policy=a":                            503, // CloudFront would pass over the cookies
		"/d/wall/mine.txt?x&Expires=9999999999":                503,
		"/d/wall/mine.txt?Key-Pair-Id=KDEMO":                   503,
		"/d/wall/mine.txt?" + asURL(own):                       503,
		"/d/wall/mine.txt?" + asURL(others):                    503,
		"/d/wall-two/secret.txt?" + asURL(others):              503, // signed URLs are not taken
		"/d/wall-two/secret.txt?" + asURL(own):                 503,
		"/d/wall-two/secret.txt?/d/wall/":                      503,
		"/d/wall-two/secret.txt#/d/wall/":                      503,
		"/d/wall-two/secret.txt":                               503,
		"/d/wall-two/":                                         503,
		"/d/wall-more/secret.txt":                              503,
		"/d/wall-vault/secret.txt":                             503,
		"/d/wall-none/secret.txt":                              503, // as if it were there
		"/d/WALL/mine.txt":                                     503,
		"/d/wall%2dtwo/secret.txt":                             503,
		"/d/wall*/secret.txt":                                  503,
		"/d/wall;/mine.txt":                                    503,
		"/d/wall":                                              503,
		"/d/wall?/mine.txt":                                    503,
		"/d/":                                                  503,
		"/d//wall/mine.txt":                                    503,
		"/d/wall/":                                             404,
		"/d/wall/deep":                                         404,
		"/d/wall/deep/":                                        404,
		"/d/wall/two/secret.txt":                               404,
		"/d/wall/walls/two/secret.txt":                         404,
		"/d/wall/mine.txt;v=1":                                 404,
		"/d/wall/mine.txt#":                                    404,
		"/d/wall/mine.txt%3F":                                  404,
		"/d/wall/mine.txt%23":                                  404,
		"/d/wall/MINE.txt":                                     404,
		"/d/wall/*":                                            404,
		"/d/wall/deep%5Cmine.txt":                              404, // a name with a backslash
		"/d/wall/~/secret.txt":                                 404,
		"/d/wall/%7e":                                          404,
		"/d/wall/%0d%0aX-Evil:%201":                            404,
		"/d/wall/x%0d%0aHost:%20evil%0d%0a%0d%0aGET%20/walls/two/": 404,
		"/d/wall/%%":                                           400,
		"/d/wall/%2":                                           400,
		"/d/wall/%u002e%u002e/two/secret.txt":                  400,
		"/d/wall/mine.txt%00":                                  400,
		"/d/wall/mine.txt%00.png":                              400,
		"/d/wall%00/mine.txt":                                  400,
		"/d/wall%2fmine.txt":                                   400,
		`/d/wall\mine.txt`:                                     400,
		`/d/wall/deep\mine.txt`:                                400,
		"/d/./wall/mine.txt":                                   400,
		"/d/../d/wall-two/secret.txt":                          400,
		"/d/wall/../../d/wall-two/secret.txt":                  400,
		"/d/wall;/../wall-two/secret.txt":                      400,
		"/d/wall/mine.txt/../../two/secret.txt":                400,
		"/d/wall/mine.txt#/../../wall-two/secret.txt":          400,
		"/d/wall/mine.txt/..":                                  400,
		"/d/wall/mine.txt/.":                                   400,
		"/d/wall/.":                                            400,
		"/d/wall/" + long:                                      400,
		"/d/wall/" + strings.Repeat("../", 3000):               400,
		"/d/wall/" + strings.Repeat("x/../", 200) + "../two/x": 400,
		"/d/wall/mine.txt?" + long:                             503, // longer than CloudFront takes
		"/d/wall/mine.txt?" + strings.Repeat(long, 10):         431,
		"/t/wall-two/secret.txt/skel/1":                        503,
		"/t/wall/../wall-two/secret.txt/skel/1":                400,
		"/t/wall/%2e%2e%5cwall-two/secret.txt/skel/1":          400,
		"//d/wall-two/secret.txt":                              404,
		"/./d/wall-two/secret.txt":                             404,
		"/x/../d/wall-two/secret.txt":                          404,
		"/%2e/d/wall-two/secret.txt":                           404,
		"/%64/wall-two/secret.txt":                             404,
		"/d%2fwall-two/secret.txt":                             404,
		"/D/wall-two/secret.txt":                               404,
		"/_session/../d/wall-two/secret.txt":                   404,
		"/index.html/../d/wall-two/secret.txt":                 404,
		"/../walls/two/secret.txt":                             404,
		"/walls/two/secret.txt":                                404,
		w.origin + "/d/wall-two/secret.txt":                    400, // the absolute form
		w.origin + "/d/wall/../wall-two/secret.txt":            400,
		w.origin + "/d/wall/mine.txt":                          400,
		"http://evil.example/d/wall-two/secret.txt":            421,
		"http://evil.example/d/wall/mine.txt":                  421,
		"http://u:p@" + w.addr + "/d/wall-two/secret.txt":      400,
		"http:/d/wall-two/secret.txt":                          400,
		"d/wall-two/secret.txt":                                400,
		"*":                                                    400,
		"?/d/wall/mine.txt":                                    400,
	}
	for target, want := range tests {
		code, body := w.get(t, cookie, target)
		if code != want || leaks(body) || (code == 200) != (body == "MINE") {
			t.Errorf("GET %.100s = %d %.60q, want %d", target, code, body, want)
		}
	}
	if code, body := w.get(t, "", "/d/wall-two/secret.txt?"+asURL(others)); code != 503 || leaks(body) {
		t.Errorf("a signed URL without cookies = %d %.60q, want 503", code, body)
	}
}

// TestCookiesAndHostsAtTheWall has good targets, but cookies and hosts that are not quite right.
func TestCookiesAndHostsAtTheWall(t *testing.T) {
	w := newWall(t)
	own, others := w.pairs(t, "wall"), w.pairs(t, "wall-two")
	good, theirs := joined(own, "; "), joined(others, "; ")
	mixed := func(name string) string {
		c := maps.Clone(own)
		c[name] = others[name]
		return "Cookie: " + joined(c, "; ") + "\r\n"
	}
	named := func(change func(string) string) string {
		c := map[string]string{}
		for name, value := range own {
			c[change(name)] = value
		}
		return "Cookie: " + joined(c, "; ") + "\r\n"
	}
	host, cookie := "Host: "+w.addr+"\r\n", "Cookie: "+good+"\r\n"
	tests := map[string]struct {
		headers     string
		own, beside int // status of an object of the location, and of one beside it
	}{
		"as they should be":        {host + cookie, 200, 503},
		"no cookie":                {host, 503, 503},
		"an empty cookie":          {host + "Cookie: \r\n", 503, 503},
		"small letters":            {host + named(strings.ToLower), 503, 503},
		"capital letters":          {host + named(strings.ToUpper), 503, 503},
		"escaped names":            {host + named(func(n string) string { return strings.Replace(n, "-", "%2D", 1) }), 503, 503},
		"a blank after each name":  {host + named(func(n string) string { return n + " " }), 503, 503},
		"names of the host":        {host + named(func(n string) string { return "__Host-" + n }), 503, 503},
		"values in quotes":         {host + "Cookie: " + strings.ReplaceAll(strings.ReplaceAll(good, "=", `="`), ";", `";`) + `"` + "\r\n", 503, 503},
		"another policy":           {host + mixed("CloudFront-Policy"), 503, 503},
		"another signature":        {host + mixed("CloudFront-Signature"), 503, 503},
		"ours, then others'":       {host + "Cookie: " + good + "; " + theirs + "\r\n", 200, 503},
		"in two headers":           {host + cookie + "Cookie: " + theirs + "\r\n", 200, 503},
		"rubbish, then ours":       {host + "Cookie: CloudFront-Policy=x; " + good + "\r\n", 503, 503},
		"ours, then rubbish":       {host + "Cookie: " + good + "; CloudFront-Policy=x\r\n", 200, 503},
		"in another header":        {host + "X-Cookie: " + good + "\r\nCookie2: " + good + "\r\n", 503, 503},
		"a zero byte":              {host + "Cookie: " + good + "\x00\r\n", 400, 400},
		"another host":             {"Host: evil.example\r\n" + cookie, 421, 421},
		"no host":                  {cookie, 400, 400},
		"two hosts":                {host + "Host: evil.example\r\n" + cookie, 400, 400},
		"a host behind a user":     {"Host: evil@" + w.addr + "\r\n" + cookie, 400, 400},
		"a host with a path":       {"Host: " + w.addr + "/d/wall\r\n" + cookie, 400, 400},
		"our host, another port":   {"Host: 127.0.0.1:1\r\n" + cookie, 421, 421},
		"a forwarded host":         {host + "X-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\n" + cookie, 200, 503},
		"a target in a header":     {host + "X-Original-URL: /d/wall/mine.txt\r\nX-Rewrite-URL: /d/wall/mine.txt\r\n" + cookie, 200, 503},
		"another target in one":    {host + "X-Original-URL: /d/wall-two/secret.txt\r\nX-Rewrite-URL: /d/wall-two/secret.txt\r\n" + cookie, 200, 503},
		"the storage's own header": {host + "X-Amz-Copy-Source: /walls/two/secret.txt\r\nAuthorization: AWS4-HMAC-SHA256 x\r\n" + cookie, 200, 503},
		"a range":                  {host + "Range: bytes=0-3\r\n" + cookie, 206, 503},
		"a range that is long":     {host + "Range: bytes=0-" + strings.Repeat("9", 30) + "\r\n" + cookie, 200, 503},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for target, want := range map[string]int{"/d/wall/mine.txt": tt.own, "/d/wall-two/secret.txt": tt.beside} {
				code, body := w.ask(t, "GET "+target+" HTTP/1.1\r\nConnection: close\r\n"+tt.headers+"\r\n")
				if code != want || leaks(body) || (code/100 == 2) != (body == "MINE") {
					t.Errorf("GET %s = %d %.60q, want %d", target, code, body, want)
				}
			}
		})
	}
	for method, want := range map[string]int{"POST": 405, "PUT": 405, "DELETE": 405, "PATCH": 405, "TRACE": 405, "get": 405} {
		if code, body := w.ask(t, method+" /d/wall/mine.txt HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n"+host+cookie+"\r\n"); code != want || leaks(body) {
			t.Errorf("%s = %d %.60q, want %d", method, code, body, want)
		}
	}
}
