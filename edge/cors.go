package edge

import (
	"net/http"
	"strings"
)

// sibling tells whether data lie at a host of their own, beside the viewer's.
func (e *edge) sibling() bool { return e.CookieDomain != "" }

// siblingHost serves /d/ at the host that has nothing else, to the pages of the viewer's.
func (e *edge) siblingHost(a *answer, r *http.Request, path string) error {
	path, ok := strings.CutPrefix(path, "/d/")
	if !ok {
		return errNoPage
	}
	a.kind = "data"
	if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" && e.fromViewer(r) {
		// Browsers send it without cookies. The answer is the same for every path.
		h := a.Header()
		h.Set("Access-Control-Allow-Methods", "GET, HEAD")
		h.Set("Access-Control-Allow-Headers", "Range, If-Range, If-None-Match, If-Modified-Since")
		h.Set("Access-Control-Max-Age", "7200") // as long as Chromium keeps it
		a.WriteHeader(http.StatusNoContent)
		return nil
	}
	return e.data(a, r, path)
}

// share lets the viewer's pages, and no others, read the answer: its refusals, too, or they would look like a
// connection that failed.
func (e *edge) share(h http.Header, r *http.Request) {
	h.Add("Vary", "Origin")
	if !e.fromViewer(r) {
		return
	}
	h.Set("Access-Control-Allow-Origin", e.Origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("Access-Control-Expose-Headers",
		"X-Edge-Deny, Retry-After, Content-Range, Content-Encoding, Content-Length, ETag, Accept-Ranges")
}

// fromViewer tells whether a page of the viewer's origin asks, letter by letter.
func (e *edge) fromViewer(r *http.Request) bool {
	origins := r.Header["Origin"]
	return len(origins) == 1 && origins[0] == e.Origin
}
