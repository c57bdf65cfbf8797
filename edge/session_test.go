package edge_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"ngportal/edge"
)

// grant is an hour's session that may read loc-one and loc-two.
func grant(token string) edge.Grant {
	return edge.Grant{Token: token, Expires: time.Unix(start+3600, 0), Locations: []string{"loc-one", "loc-two"}}
}

// attributes returns the cookies of an answer without their values, in order.
func attributes(res *reply) []string {
	var all []string
	for _, line := range res.Header["Set-Cookie"] {
		pair, rest, _ := strings.Cut(line, ";")
		name, value, _ := strings.Cut(pair, "=")
		if value == "" {
			name += " (none)"
		}
		all = append(all, name+";"+rest)
	}
	return all
}

// header makes a Cookie header of what an answer sets for a path.
func header(res *reply, path string) string {
	var pairs []string
	for _, c := range res.Cookies() {
		if c.Value != "" && strings.HasPrefix(path, c.Path) {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
	}
	return strings.Join(pairs, "; ")
}

func TestOpen(t *testing.T) {
	const fragment = `!%7B%22layers%22:%5B%22https://ng.example.org/d/x//%7Czarr2:%22%5D%7D`
	w := newWorld(t, func(c *edge.Config) { c.Origin = "https://ng.example.org" })
	w.objects.data["main/two/a"] = "two"
	w.sessions.tickets["ticket-1"] = edge.Opened{Grant: grant("token-1"), Fragment: fragment}
	res, _ := w.do(t, "GET", "/_session/open?t=ticket-1", "Host", "ng.example.org")
	if res.StatusCode != 303 || res.Header.Get("Location") != "/#"+fragment {
		t.Errorf("open = %d to %q, want 303 to /#%s", res.StatusCode, res.Header.Get("Location"), fragment)
	}
	wantHeader(t, res, map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
	const end = "; Max-Age=1800; HttpOnly; Secure; SameSite=Strict"
	want := []string{"__Host-ng; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Strict"}
	for _, id := range []string{"loc-one", "loc-two"} {
		for _, name := range []string{"Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"} {
			want = append(want, "CloudFront-"+name+"; Path=/d/"+id+"/"+end)
		}
	}
	if got := attributes(res); !slices.Equal(got, want) {
		t.Errorf("cookies\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := res.Cookies()[0].Value; got != "token-1" {
		t.Errorf("session %q, want token-1", got)
	}
	res, body := w.do(t, "GET", "/d/loc-two/a", "Host", "ng.example.org", "Cookie", header(res, "/d/loc-two/"))
	if res.StatusCode != 200 || body != "two" {
		t.Errorf("a read with the cookies = %d %q, want 200", res.StatusCode, body)
	}
}

func TestOpenOnLocalhost(t *testing.T) {
	w := newWorld(t, nil)
	w.sessions.tickets["ticket-1"] = edge.Opened{Grant: grant("token-1"), Fragment: "!{}"}
	res, _ := w.do(t, "GET", "/_session/open?t=ticket-1")
	if got, want := attributes(res)[:2], []string{
		"ng; Path=/; Max-Age=3600; HttpOnly; SameSite=Strict",
		"CloudFront-Policy; Path=/d/loc-one/; Max-Age=1800; HttpOnly; SameSite=Strict",
	}; !slices.Equal(got, want) {
		t.Errorf("cookies %q, want %q", got, want)
	}
}

func TestNoCookieOutlivesTheSession(t *testing.T) {
	w := newWorld(t, nil)
	g := grant("token-1")
	g.Expires = time.Unix(start+100, 0)
	w.sessions.tickets["ticket-1"] = edge.Opened{Grant: g, Fragment: "!{}"}
	w.objects.data["main/one/a"] = "one"
	res, _ := w.do(t, "GET", "/_session/open?t=ticket-1")
	for _, c := range res.Cookies() {
		if c.MaxAge != 100 {
			t.Errorf("%s lives for %d s, want 100", c.Name, c.MaxAge)
		}
	}
	cookie := header(res, "/d/loc-one/")
	for after, want := range map[int64]int{99: 200, 100: 503} {
		w.now.Store(start + after)
		if res, _ := w.do(t, "GET", "/d/loc-one/a", "Cookie", cookie); res.StatusCode != want {
			t.Errorf("after %d s = %d, want %d", after, res.StatusCode, want)
		}
	}
}

func TestBadTickets(t *testing.T) {
	w := newWorld(t, nil)
	w.sessions.tickets["ticket-1"] = edge.Opened{Grant: grant("token-1"), Fragment: "!{}"}
	w.do(t, "GET", "/_session/open?t=ticket-1")
	for name, query := range map[string]string{
		"used": "?t=ticket-1", "unknown": "?t=none", "none": "", "empty": "?t=", "strange": "?t=%0A%00", "long": "?t=" + strings.Repeat("a", 300),
	} {
		res, body := w.do(t, "GET", "/_session/open"+query)
		if res.StatusCode != 400 || len(res.Header["Set-Cookie"]) != 0 {
			t.Errorf("a ticket that is %s = %d, cookies %q, want 400 and none", name, res.StatusCode, res.Header["Set-Cookie"])
		}
		wantHeader(t, res, map[string]string{
			"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store",
			"Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		})
		for _, part := range []string{"has been used already", "open the view again", `<a href="http://localhost:8080/">`} {
			if !strings.Contains(body, part) {
				t.Errorf("a ticket that is %s: the page lacks %q:\n%s", name, part, body)
			}
		}
		if strings.Contains(body, "<script") {
			t.Errorf("a ticket that is %s: the page has a script", name)
		}
	}
}

func TestOpenTrouble(t *testing.T) {
	for name, tt := range map[string]struct {
		opened edge.Opened
		broken error
		want   int
	}{
		"the store is away":     {edge.Opened{}, errors.New("disk full"), 503},
		"a fragment without !":  {edge.Opened{Grant: grant("t"), Fragment: "x"}, nil, 500},
		"a fragment with CR LF": {edge.Opened{Grant: grant("t"), Fragment: "!x\r\nX: y"}, nil, 500},
		"a location that is no": {edge.Opened{Grant: edge.Grant{Token: "t", Expires: time.Unix(start+9, 0), Locations: []string{"*"}}, Fragment: "!"}, nil, 500},
	} {
		w := newWorld(t, nil)
		w.sessions.tickets["ticket-1"], w.sessions.broken = tt.opened, tt.broken
		res, body := w.do(t, "GET", "/_session/open?t=ticket-1")
		if res.StatusCode != tt.want || len(res.Header["Set-Cookie"]) != 0 || res.Header.Get("Location") != "" || strings.Contains(body, "disk") {
			t.Errorf("%s = %d %v %q, want %d and nothing set", name, res.StatusCode, res.Header, body, tt.want)
		}
		if !strings.Contains(w.log.String(), `"level":"ERROR"`) {
			t.Errorf("%s: no error in the log", name)
		}
	}
}

func TestRefresh(t *testing.T) {
	w := newWorld(t, nil)
	w.objects.data["main/one/a"] = "one"
	g := grant("token-1")
	w.sessions.live["token-1"] = g
	w.now.Store(start + 1200)
	res, body := w.do(t, "POST", "/_session/refresh", "Cookie", "ng=token-1", "Sec-Fetch-Site", "same-origin")
	if res.StatusCode != 204 || body != "" || len(res.Header["Set-Cookie"]) != 9 {
		t.Errorf("refresh = %d, %d cookies, want 204 and 9", res.StatusCode, len(res.Header["Set-Cookie"]))
	}
	w.now.Store(start + 1200 + 1799)
	cookie := header(res, "/d/loc-one/")
	if res, _ = w.do(t, "GET", "/d/loc-one/a", "Cookie", cookie); res.StatusCode != 200 {
		t.Errorf("a read in the last second of the renewed cookies = %d, want 200", res.StatusCode)
	}

	g.Locations, g.Gone, g.Expires = []string{"loc-two"}, []string{"loc-one"}, time.Unix(start+7200, 0)
	w.sessions.change(func(s *sessions) { s.live["token-1"] = g })
	res, _ = w.do(t, "POST", "/_session/refresh", "Cookie", "ng=token-1")
	if got := attributes(res)[0]; got != "CloudFront-Policy (none); Path=/d/loc-one/; Max-Age=0; HttpOnly; SameSite=Strict" {
		t.Errorf("after loc-one was withdrawn: %q, want its cookies removed", got)
	}
	if strings.Contains(header(res, "/d/loc-one/"), "CloudFront-Policy") {
		t.Errorf("after loc-one was withdrawn: new cookies for it")
	}

	w.sessions.change(func(s *sessions) { delete(s.live, "token-1") })
	for name, cookie := range map[string]string{"ended": "ng=token-1", "unknown": "ng=x", "missing": "", "empty": "ng="} {
		res, _ := w.do(t, "POST", "/_session/refresh", "Cookie", cookie)
		if res.StatusCode != 401 || header(res, "/d/loc-one/") != "" {
			t.Errorf("refresh of a session that is %s = %d, cookies %q, want 401 and none", name, res.StatusCode, header(res, "/d/loc-one/"))
		}
		if all := attributes(res); all[len(all)-1] != "ng (none); Path=/; Max-Age=0; HttpOnly; SameSite=Strict" {
			t.Errorf("refresh of a session that is %s: %q, want the session's cookie removed", name, all)
		}
	}
	w.sessions.change(func(s *sessions) { s.broken = errors.New("disk full") })
	if res, _ := w.do(t, "POST", "/_session/refresh", "Cookie", "ng=token-1"); res.StatusCode != 503 || len(res.Header["Set-Cookie"]) != 0 {
		t.Errorf("refresh while the store is away = %d, cookies %q, want 503 and none", res.StatusCode, res.Header["Set-Cookie"])
	}
}

func TestEnd(t *testing.T) {
	w := newWorld(t, nil)
	w.sessions.live["token-1"] = grant("token-1")
	res, _ := w.do(t, "POST", "/_session/end", "Cookie", "ng=token-1")
	var want []string
	for _, id := range []string{"loc-one", "loc-two"} {
		for _, name := range []string{"Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"} {
			want = append(want, "CloudFront-"+name+" (none); Path=/d/"+id+"/; Max-Age=0; HttpOnly; SameSite=Strict")
		}
	}
	want = append(want, "ng (none); Path=/; Max-Age=0; HttpOnly; SameSite=Strict")
	if got := attributes(res); res.StatusCode != 204 || !slices.Equal(got, want) {
		t.Errorf("end = %d\n%s\nwant 204\n%s", res.StatusCode, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if res, _ := w.do(t, "POST", "/_session/refresh", "Cookie", "ng=token-1"); res.StatusCode != 401 {
		t.Errorf("refresh after the end = %d, want 401", res.StatusCode)
	}
	if res, _ := w.do(t, "POST", "/_session/end"); res.StatusCode != 204 {
		t.Errorf("end of nothing = %d, want 204", res.StatusCode)
	}
}

// A page elsewhere cannot end or renew. The answer is no 403: those may become 503 at CloudFront.
func TestForeignPosts(t *testing.T) {
	w := newWorld(t, nil)
	tests := map[string]struct {
		header []string
		want   int
	}{
		"ours":           {[]string{"Sec-Fetch-Site", "same-origin"}, 204},
		"ours, by name":  {[]string{"Origin", w.origin}, 204},
		"no browser":     {nil, 204},
		"cross-site":     {[]string{"Sec-Fetch-Site", "cross-site"}, 400},
		"same-site":      {[]string{"Sec-Fetch-Site", "same-site", "Origin", "http://localhost:8080"}, 400},
		"another origin": {[]string{"Origin", "https://evil.test"}, 400},
		"no origin":      {[]string{"Origin", "null"}, 400},
	}
	for name, tt := range tests {
		for _, path := range []string{"/_session/refresh", "/_session/end"} {
			w.sessions.change(func(s *sessions) { s.live["token-1"] = grant("token-1") })
			res, _ := w.do(t, "POST", path, append([]string{"Cookie", "ng=token-1"}, tt.header...)...)
			if res.StatusCode != tt.want || tt.want == 400 && len(res.Header["Set-Cookie"]) != 0 {
				t.Errorf("POST %s, %s = %d, cookies %q, want %d", path, name, res.StatusCode, res.Header["Set-Cookie"], tt.want)
			}
		}
	}
}

func TestState(t *testing.T) {
	w := newWorld(t, nil)
	w.sessions.live["token-1"] = grant("token-1")
	tests := map[string]struct {
		path, cookie string
		want         int
	}{
		"a state":        {"/_session/state/good-slug_1", "ng=token-1", 200},
		"no such state":  {"/_session/state/other", "ng=token-1", 404},
		"an odd slug":    {"/_session/state/a.b", "ng=token-1", 404},
		"two segments":   {"/_session/state/good-slug_1/x", "ng=token-1", 404},
		"no slug":        {"/_session/state/", "ng=token-1", 404},
		"no session":     {"/_session/state/good-slug_1", "", 401},
		"ended":          {"/_session/state/good-slug_1", "ng=old", 401},
		"another answer": {"/_session/other", "ng=token-1", 404},
	}
	for name, tt := range tests {
		res, body := w.do(t, "GET", tt.path, "Cookie", tt.cookie)
		if res.StatusCode != tt.want || (body == `{"layers":[]}`) != (tt.want == 200) {
			t.Errorf("%s = %d %q, want %d", name, res.StatusCode, body, tt.want)
		}
		if tt.want == 200 {
			wantHeader(t, res, map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store"})
		}
	}
}
