package edge_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"ngportal/edge"
)

// crossOrigin returns the headers of an answer that let pages of other origins read it.
func crossOrigin(res *reply) map[string]string {
	all := map[string]string{}
	for name, values := range res.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			all[name] = strings.Join(values, " | ")
		}
	}
	return all
}

// shared are those headers of whatever the data host answers to the viewer.
func shared() map[string]string {
	return map[string]string{
		"Access-Control-Allow-Origin":      "https://neuroglancer.example.org",
		"Access-Control-Allow-Credentials": "true",
		"Access-Control-Expose-Headers":    "X-Edge-Deny, Retry-After, Content-Range, Content-Encoding, Content-Length, ETag, Accept-Ranges",
	}
}

// The viewer must be able to read every answer, or it would take a refusal for a failed connection.
func TestEveryAnswerIsForTheViewer(t *testing.T) {
	w := newSiblings(t)
	w.objects.data["main/one/b.gz"] = "packed"
	good := w.cookies(t, w.signer, "loc-one")
	fails := func(err error) func(context.Context, edge.Want) (*edge.Object, error) {
		return func(context.Context, edge.Want) (*edge.Object, error) { return nil, err }
	}
	tests := map[string]struct {
		method, path, cookie, header string // "Name: value"
		open                         func(context.Context, edge.Want) (*edge.Object, error)
		want                         int
	}{
		"an object":                {"GET", "/d/loc-one/a", good, "", nil, 200},
		"a packed object":          {"GET", "/d/loc-one/b.gz", good, "", nil, 200},
		"a public object":          {"GET", "/d/pub-one/a", "", "", nil, 200},
		"the facts":                {"HEAD", "/d/loc-one/a", good, "", nil, 200},
		"a range":                  {"GET", "/d/loc-one/a", good, "Range: bytes=0-1", nil, 206},
		"a copy that is good":      {"GET", "/d/loc-one/a", good, `If-None-Match: "tag"`, nil, 304},
		"a bad address":            {"GET", "/d/loc-one/%2F", good, "", nil, 400},
		"no such object":           {"GET", "/d/loc-one/none", good, "", nil, 404},
		"no such public object":    {"GET", "/d/pub-one/none", "", "", nil, 404},
		"nothing that is served":   {"GET", "/", "", "", nil, 404},
		"a method that is not":     {"DELETE", "/d/loc-one/a", good, "", nil, 405},
		"a range outside":          {"GET", "/d/loc-one/a", good, "Range: bytes=9-", nil, 416},
		"no cookies":               {"GET", "/d/loc-one/a", "", "", nil, 503},
		"another location's":       {"GET", "/d/loc-two/a", good, "", nil, 503},
		"a location that is not":   {"GET", "/d/loc-none/a", "", "", nil, 503},
		"a storage that is unwell": {"GET", "/d/loc-one/a", good, "", fails(errors.New("SlowDown")), 503},
		"a bug":                    {"GET", "/d/loc-one/a", good, "", func(context.Context, edge.Want) (*edge.Object, error) { panic("a bug") }, 500},
	}
	for name, tt := range tests {
		w.objects.open = tt.open
		asked := []string{"Host", dataName, "Origin", "https://" + viewerName, "Cookie", tt.cookie}
		if header, value, ok := strings.Cut(tt.header, ": "); ok {
			asked = append(asked, header, value)
		}
		res, _ := w.do(t, tt.method, tt.path, asked...)
		if res.StatusCode != tt.want {
			t.Errorf("%s: %s %s = %d, want %d", name, tt.method, tt.path, res.StatusCode, tt.want)
		}
		if got := crossOrigin(res); !maps.Equal(got, shared()) {
			t.Errorf("%s: %v, want %v", name, got, shared())
		}
		wantHeader(t, res, map[string]string{"Vary": "Origin", "Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff"})
	}
}

func TestOtherOriginsMayNotRead(t *testing.T) {
	w := newSiblings(t)
	good := w.cookies(t, w.signer, "loc-one")
	for name, origins := range map[string][]string{
		"no page":                        nil,
		"an empty name":                  {""},
		"a page without an origin":       {"null"},
		"anybody":                        {"*"},
		"another site":                   {"https://evil.test"},
		"the viewer over http":           {"http://neuroglancer.example.org"},
		"another port":                   {"https://neuroglancer.example.org:8443"},
		"the default port":               {"https://neuroglancer.example.org:443"},
		"a longer name":                  {"https://neuroglancer.example.org.evil.test"},
		"a longer name without a dot":    {"https://neuroglancer.example.orgevil.test"},
		"a name that ends like it":       {"https://evilneuroglancer.example.org"},
		"a name below it":                {"https://a.neuroglancer.example.org"},
		"a user before another name":     {"https://neuroglancer.example.org@evil.test"},
		"a final dot":                    {"https://neuroglancer.example.org."},
		"a path":                         {"https://neuroglancer.example.org/"},
		"upper case":                     {"https://NEUROGLANCER.example.org"},
		"a scheme in upper case":         {"HTTPS://neuroglancer.example.org"},
		"no scheme":                      {"neuroglancer.example.org"},
		"another letter for the dot":     {"https://neuroglancer-example.org"},
		"the data host":                  {"https://cfdist.example.org"},
		"the portal":                     {"https://portal.example.org"},
		"the domain":                     {"https://example.org"},
		"the viewer and another":         {"https://neuroglancer.example.org, https://evil.test"},
		"the viewer, then another":       {"https://neuroglancer.example.org", "https://evil.test"},
		"another, then the viewer":       {"https://evil.test", "https://neuroglancer.example.org"},
		"the viewer, separated by space": {"https://neuroglancer.example.org https://evil.test"},
	} {
		for _, ask := range []struct {
			method, path string
			want         int
		}{
			{"GET", "/d/loc-one/a", 200},
			{"GET", "/d/pub-one/a", 200},
			{"GET", "/d/loc-two/a", 503},
			{"GET", "/d/pub-one/none", 404},
			{"OPTIONS", "/d/loc-one/a", 405},
			{"OPTIONS", "/d/pub-one/a", 405},
		} {
			header := []string{"Host", dataName, "Cookie", good}
			for _, o := range origins {
				header = append(header, "Origin", o)
			}
			if ask.method == "OPTIONS" {
				header = append(header, "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "range")
			}
			res, _ := w.do(t, ask.method, ask.path, header...)
			if got := crossOrigin(res); res.StatusCode != ask.want || len(got) != 0 {
				t.Errorf("%s %s for %s = %d with %v, want %d with nothing", ask.method, ask.path, name, res.StatusCode, got, ask.want)
			}
			wantHeader(t, res, map[string]string{"Vary": "Origin"})
		}
	}
}

func TestPreflight(t *testing.T) {
	w := newSiblings(t)
	want := shared()
	want["Access-Control-Allow-Methods"] = "GET, HEAD"
	want["Access-Control-Allow-Headers"] = "Range, If-Range, If-None-Match, If-Modified-Since"
	want["Access-Control-Max-Age"] = "7200"
	// Without cookies, as browsers send them: nothing may show what is there.
	var before http.Header
	for _, path := range []string{
		"/d/loc-one/a", "/d/loc-one/none", "/d/loc-none/a", "/d/pub-one/a", "/d/pub-one/none", "/d/loc-one/../x", "/d/%2F", "/d/",
	} {
		res, body := w.do(t, "OPTIONS", path, "Host", dataName, "Origin", "https://"+viewerName,
			"Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "range")
		if got := crossOrigin(res); res.StatusCode != 204 || body != "" || !maps.Equal(got, want) {
			t.Errorf("OPTIONS %s = %d %q with %v, want 204 with %v", path, res.StatusCode, body, got, want)
		}
		res.Header.Del("Date")
		if before != nil && !maps.EqualFunc(res.Header, before, slices.Equal) {
			t.Errorf("OPTIONS %s differs from the one before: %v, %v", path, res.Header, before)
		}
		before = res.Header
	}
	if got := w.objects.asked(); len(got) != 0 {
		t.Errorf("the storage was asked for %q, want nothing", got)
	}
	for name, tt := range map[string]struct {
		host, path, asks string
		want             int
		shared           map[string]string
	}{
		"that asks for nothing":   {dataName, "/d/loc-one/a", "", 405, shared()},
		"of another path":         {dataName, "/x", "GET", 404, shared()},
		"of data at the viewer's": {viewerName, "/d/loc-one/a", "GET", 421, nil},
		"of the viewer":           {viewerName, "/", "GET", 405, nil},
		"of a renewal":            {viewerName, "/_session/refresh", "POST", 405, nil},
		"of a tract":              {viewerName, "/t/loc-one/a.trk/skel/info", "GET", 405, nil},
		"of another host":         {"evil.test", "/d/loc-one/a", "GET", 421, nil},
	} {
		header := []string{"Host", tt.host, "Origin", "https://" + viewerName}
		if tt.asks != "" {
			header = append(header, "Access-Control-Request-Method", tt.asks)
		}
		res, _ := w.do(t, "OPTIONS", tt.path, header...)
		if got := crossOrigin(res); res.StatusCode != tt.want || !maps.Equal(got, tt.shared) {
			t.Errorf("a preflight %s = %d with %v, want %d with %v", name, res.StatusCode, got, tt.want, tt.shared)
		}
	}
}

// The viewer host shares nothing, and neither does a host that has viewer and data.
func TestNothingElseIsShared(t *testing.T) {
	single := func(t *testing.T, change func(*edge.Config)) *world {
		w := newWorld(t, change)
		w.objects.data["main/one/a"], w.objects.data["open/a"] = "one", "open"
		return w
	}
	same := func(c *edge.Config) { c.DataOrigin = c.Origin }
	for name, tt := range map[string]struct {
		w    *world
		host string
		data int // status of data
	}{
		"the viewer host of siblings": {newSiblings(t), viewerName, 421},
		"one host":                    {single(t, nil), "", 200},
		"one host, said twice":        {single(t, same), "", 200},
	} {
		tt.w.sessions.live["token-1"] = grant("token-1")
		cookie := "ng=token-1; __Host-ng=token-1; " + tt.w.cookies(t, tt.w.signer, "loc-one")
		for _, ask := range []struct {
			method, path string
			want         int
		}{
			{"GET", "/", 200},
			{"GET", "/viewer-config.json", 200},
			{"GET", "/d/loc-one/a", tt.data},
			{"GET", "/d/pub-one/a", tt.data},
			{"GET", "/_session/state/good-slug_1", 200},
			{"GET", "/t/loc-one/a.trk/skel/info", 200},
			{"POST", "/_session/refresh", 204},
			{"OPTIONS", "/", 405},
			{"OPTIONS", "/_session/refresh", 405},
			{"OPTIONS", "/d/loc-one/a", map[int]int{200: 405, 421: 421}[tt.data]},
		} {
			for _, origin := range []string{tt.w.config.Origin, "https://evil.test", "null"} {
				if ask.method == "POST" && origin != tt.w.config.Origin {
					continue // refused: TestForeignPosts
				}
				header := []string{"Cookie", cookie, "Origin", origin, "Access-Control-Request-Method", "GET"}
				if tt.host != "" {
					header = append(header, "Host", tt.host)
				}
				res, _ := tt.w.do(t, ask.method, ask.path, header...)
				if got := crossOrigin(res); res.StatusCode != ask.want || len(got) != 0 {
					t.Errorf("%s: %s %s for %s = %d with %v, want %d with nothing", name, ask.method, ask.path, origin, res.StatusCode, got, ask.want)
				}
				wantHeader(t, res, map[string]string{"Cross-Origin-Resource-Policy": "same-origin"})
				if v := res.Header.Get("Vary"); strings.Contains(v, "Origin") {
					t.Errorf("%s: %s %s: Vary: %s", name, ask.method, ask.path, v)
				}
			}
		}
	}
}
