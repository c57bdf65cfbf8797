package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ngportal/cloudfront"
)

func TestDoctorOfBrokenViewerHosts(t *testing.T) {
	examineBroken(t, map[string]ailment{
		"a missing object is refused": {
			before: afterwards("/d/", func(res *httptest.ResponseRecorder) {
				if res.Code == http.StatusNotFound {
					rewrite(res, http.StatusForbidden, "application/xml", "<Error><Code>AccessDenied</Code><RequestId>1</RequestId></Error>")
				}
			}),
			wrong: []string{"missing-object"}, says: []string{"403 AccessDenied", "s3:ListBucket"},
		},
		"a missing object is a page": {
			before: afterwards("/d/", func(res *httptest.ResponseRecorder) {
				if res.Code == http.StatusNotFound {
					rewrite(res, http.StatusOK, "text/html", "<!doctype html><title>Neuroglancer</title>")
				}
			}),
			wrong: []string{"missing-object"}, says: []string{"200 with an HTML page", "try_files"},
		},
		"ranges are ignored": {
			before: beforehand("/d/", func(r *http.Request) { r.Header.Del("Range") }),
			wrong:  []string{"ranges"}, says: []string{"Range is ignored, the whole object comes"},
		},
		"ranges from the end are taken for others": {
			before: beforehand("/d/", func(r *http.Request) {
				if strings.HasPrefix(r.Header.Get("Range"), "bytes=-") {
					r.Header.Set("Range", "bytes=0-15")
				}
			}),
			wrong: []string{"ranges"}, says: []string{"the range bytes=-16", `Content-Range is "bytes 0-15/`},
		},
		"HEAD is not allowed": {
			before: instead(func(r *http.Request) bool { return r.Method == http.MethodHead }, http.StatusMethodNotAllowed, "text/plain", ""),
			wrong:  []string{"head"}, says: []string{"HEAD is answered with 405", "allow GET and HEAD"},
		},
		"any site may read": {
			before: afterwards("/d/", func(res *httptest.ResponseRecorder) { res.Header().Set("Access-Control-Allow-Origin", "*") }),
			wrong:  []string{"cors"}, says: []string{"Access-Control-Allow-Origin: *", "https://stranger.example"},
		},
		"shared caches may keep data": {
			before: afterwards("/d/", func(res *httptest.ResponseRecorder) {
				if res.Code < 300 {
					res.Header().Set("Cache-Control", "public, max-age=86400")
				}
			}),
			wrong: []string{"data-caching"}, says: []string{`Cache-Control is "public, max-age=86400"`, "private"},
		},
		"browsers may keep refusals": {
			before: afterwards("/d/", func(res *httptest.ResponseRecorder) {
				if res.Code == http.StatusServiceUnavailable {
					res.Header().Set("Cache-Control", "max-age=10")
				}
			}),
			wrong: []string{"data-caching"}, says: []string{"browsers may keep refusals", "no-store"},
		},
		"another viewer": {
			before: instead(func(r *http.Request) bool { return r.URL.Path == "/" }, http.StatusOK, "text/html", `<!doctype html><script src="chunk_worker.bundle.js"></script>`),
			wrong:  []string{"viewer-page"}, says: []string{"that is not ngportal's viewer", "assets/dist/viewer"}, unmoved: []string{"viewer-caching"},
		},
		"the viewer of another version": {
			before: instead(func(r *http.Request) bool { return r.URL.Path == "/" }, http.StatusOK, "text/html", `<script type="module" src="0123456789abcdef/main.js"></script>`),
			wrong:  []string{"viewer-page"}, says: []string{"the viewer there is 0123456789abcdef, and the one of this program "}, unmoved: []string{"viewer-caching"},
		},
		"a viewer without its script": {
			before: instead(func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/main.js") }, http.StatusNotFound, "text/plain", ""),
			wrong:  []string{"viewer-page"}, says: []string{"main.js, is answered with 404"}, unmoved: []string{"viewer-caching"},
		},
		"a viewer that browsers keep": {
			before: afterwards("/", func(res *httptest.ResponseRecorder) {
				if strings.HasPrefix(res.Header().Get("Content-Type"), "text/html") {
					res.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
				}
			}),
			wrong: []string{"viewer-caching"}, says: []string{"browsers keep / (public, max-age=31536000, immutable)"},
		},
		"a viewer configured for another portal": {
			before: instead(func(r *http.Request) bool { return r.URL.Path == "/viewer-config.json" }, http.StatusOK, "application/json",
				`{"credentialedOrigins":["https://else.example"],"refresh":"/renew","portal":"https://portal.example/","refreshSeconds":86400}`),
			wrong: []string{"viewer-config"},
			says:  []string{`portal is "https://portal.example/"`, `refresh is "/renew"`, `credentialedOrigins ["https://else.example"] lacks http://localhost:`, "refreshSeconds is 86400"},
		},
		"/_session/ that leads to the viewer's files": {
			before: instead(isSession, http.StatusNotFound, "text/plain", "404 page not found"),
			wrong:  []string{"session-route"}, says: []string{"somebody else answers there: 404", "send /_session/* and /t/*"},
		},
		"/_session/ that takes no POST": {
			before: instead(isSession, http.StatusMethodNotAllowed, "text/html", "<html>"),
			wrong:  []string{"session-route"}, says: []string{"POST is refused on the way: 405", "all methods"},
		},
		"/_session/ without the origin of the page": {
			before: beforehand("/_session/", func(r *http.Request) {
				r.Header.Set("Origin", "https://else.example")
				r.Header.Set("Sec-Fetch-Site", "cross-site")
			}),
			wrong: []string{"session-route"}, says: []string{"takes the viewer's own page for another site: 400"},
		},
		"a clock that is two minutes off": {
			before: afterwards("/", func(res *httptest.ResponseRecorder) {
				res.Header().Set("Date", time.Now().Add(2*time.Minute).UTC().Format(http.TimeFormat))
			}),
			wrong: []string{"clocks"}, says: []string{"that of the viewer host is ", "ahead of ours", "time server"},
		},
		"no cookie is looked at": {
			before:  openToAll,
			wrong:   []string{"no-cookie", "forged-cookie", "expired-cookie", "other-cookie"},
			says:    []string{"location demo-phantom: anybody may read it without a cookie: 206", "trusted key group"},
			unmoved: []string{"refusal", "data-caching"},
		},
		"signatures that are not verified": {
			before: laxity{signature: true}.host,
			wrong:  []string{"forged-cookie"}, says: []string{"it opens private data, 200: the host does not verify signatures"},
		},
		"policies that never end": {
			before: laxity{end: true}.host,
			wrong:  []string{"expired-cookie"}, says: []string{"it opens private data, 200: the host does not look at the end of policies"},
		},
		"policies that are for everything": {
			before: laxity{location: true}.host,
			wrong:  []string{"other-cookie"}, says: []string{"it opens private data, 200: the host does not look at what a policy is for"},
		},
		"a cache that gives to all what one has read": {
			before: func(*ward) front { return new(sharedCache).front },
			wrong:  []string{"no-cookie", "forged-cookie", "expired-cookie", "other-cookie"},
			says:   []string{"anybody may read it without a cookie", "let no cache stand in front"}, unmoved: []string{"refusal", "data-caching"},
		},
		"cookies that do not arrive": {
			before: beforehand("/d/", func(r *http.Request) { r.Header.Del("Cookie") }),
			wrong:  []string{"key-pair"}, says: []string{"sees no cookies: 503 MissingKey"}, unmoved: private(),
		},
		"a host that does not know SHA-256": {
			before: beforehand("/d/", func(r *http.Request) {
				r.Header.Set("Cookie", strings.ReplaceAll(r.Header.Get("Cookie"), cloudfront.HashAlgorithmName, "Unheard-Of"))
			}),
			wrong: []string{"key-pair"}, says: []string{"does not support the hash sha256", "signing.hash: sha1"}, unmoved: private(),
		},
		"a host that may not read the bucket": {
			before: afterwards("/d/", func(res *httptest.ResponseRecorder) {
				if res.Code < 300 {
					rewrite(res, http.StatusForbidden, "application/xml", "<Error><Code>AccessDenied</Code><RequestId>1</RequestId></Error>")
				}
			}),
			wrong: []string{"key-pair"}, says: []string{"the cookie is taken, but storage refuses", "s3:GetObject"}, unmoved: private(),
		},
		"refusals that look like missing objects": {
			before: afterwards("/d/", func(res *httptest.ResponseRecorder) {
				if res.Header().Get("X-Edge-Deny") != "" {
					res.Header().Del("X-Edge-Deny")
					rewrite(res, http.StatusNotFound, "text/plain", "")
				}
			}),
			wrong: []string{"refusal"}, says: []string{"404", "may draw what comes, or black", "503 and X-Edge-Deny"},
		},
		"data that set a cookie": {
			before: afterwards("/d/", func(res *httptest.ResponseRecorder) { res.Header().Set("Set-Cookie", "lb=1") }),
			wrong:  []string{"data-headers"}, says: []string{"they come with a cookie"},
		},
		"data whose type may be guessed": {
			before: afterwards("/d/", func(res *httptest.ResponseRecorder) { res.Header().Del("X-Content-Type-Options") }),
			wrong:  []string{"data-headers"}, says: []string{"nosniff is missing"},
		},
		"a proxy that asks by another name": {
			before: beforehand("/", func(r *http.Request) { r.Host = "inner:8081" }),
			wrong:  []string{"viewer"}, says: []string{"takes itself for another host: it answers 421", "pass Host unchanged"},
			unmoved: private("session-route", "viewer-page", "viewer-config", "viewer-caching", "public-data", "key-pair", "no-cookie", "refusal"),
		},
	})
}
