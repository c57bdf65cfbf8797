// Package handlers is the portal's pages over HTTP: which address leads where, who may go there, and
// how what the other packages answer becomes a page.
package handlers

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/s3index"
	"ngportal/store"
)

// A Viewers takes people to the viewer host, and knows what for.
type Viewers interface {
	// Ticket returns a ticket for the session, to read locations and to land at fragment.
	Ticket(ctx context.Context, session store.Session, locations []string, fragment string) (string, error)
	// Opened returns the locations that the session's browser may hold cookies for.
	Opened(ctx context.Context, session store.Session) ([]string, error)
}

// A Config is what the portal is made of.
type Config struct {
	PortalURL string // origin, such as https://portal.example.org
	ViewerURL string // origin of the viewer host
	DataURL   string // origin of the data where that is another host; "": ViewerURL
	Library   *s3index.Library
	Policies  *auth.Policies
	Store     *store.Store
	Sessions  *auth.Sessions
	Providers []auth.SignInProvider
	Viewers   Viewers
	Ask       string            // whom to ask for access, a sentence; may be empty
	Addresses map[string]string // under which buckets are known elsewhere: "s3://b/" → "b"; each key ends in a slash
	Proxies   []netip.Prefix    // of the proxies whose word on where a request comes from is taken
	Mailed    func()            // called when a mail has been put into the outbox; nil when there is no mail
	Now       func() time.Time
	Log       *slog.Logger
}

type site struct {
	Config
	buffers sync.Pool     // of *bytes.Buffer, for drawing pages
	scenes  chan struct{} // one for each preview of a tray that is being drawn
}

// New returns the portal: its routes, and, read from the bottom up, what a request passes through before it is
// answered by one of them.
func New(c Config) http.Handler {
	s := newSite(c)
	c.Library.OnPanic(s.blame)
	mux := http.NewServeMux()
	for _, route := range s.routes() {
		mux.Handle(route.pattern, s.enforce(route))
	}
	var h http.Handler = mux
	h = limitBody(h)             // a form of reasonable size
	h = s.crossOrigin(h)         // no other site may post here
	h = compress(h)              //
	h = s.headers(h)             // what browsers must not do with our pages
	h = s.observe(h)             // one line a request; a panic becomes an error page
	probes := http.NewServeMux() // for load balancers: no session, no log
	probes.HandleFunc("GET /healthz", alive)
	probes.HandleFunc("GET /readyz", s.ready)
	probes.Handle("/", h)
	return probes
}

func newSite(c Config) *site {
	if c.DataURL == "" {
		c.DataURL = c.ViewerURL
	}
	s := &site{Config: c, scenes: make(chan struct{}, maxScenes)}
	s.buffers.New = func() any { return new(bytes.Buffer) }
	return s
}

func alive(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n")) // nobody is there to be told
}

// ready says whether the portal can do its work: without its database it cannot.
func (s *site) ready(w http.ResponseWriter, r *http.Request) {
	if err := s.Store.Ping(r.Context()); err != nil {
		s.Log.LogAttrs(r.Context(), slog.LevelError, "not ready", slog.Any("err", err))
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		return
	}
	alive(w, r)
}

// The addresses of the portal. Every link is made by one of these.

func browseURL(d access.Dataset, ref access.Ref) string { return "/browse/" + refPath(d, ref) }
func treeURL(d access.Dataset, ref access.Ref) string   { return "/tree/" + refPath(d, ref) }
func assetURL(d access.Dataset, ref access.Ref) string  { return "/asset/" + refPath(d, ref) }
func datasetURL(name string) string                     { return "/browse/" + url.PathEscape(name) + "/" }

// placeURL is the top of a location, or of a dataset where p is in none.
func placeURL(p place) string {
	if p.ref.Location == "" {
		return datasetURL(p.dataset.Name)
	}
	return browseURL(p.dataset, access.Ref{Dataset: p.ref.Dataset, Location: p.ref.Location})
}

func linkURL(slug string) string   { return "/s/" + url.PathEscape(slug) }
func loginURL(after string) string { return "/login?" + url.Values{"return": {after}}.Encode() }

// The addresses of the viewer host.

// dataURL is where a viewer reads the object or folder at path of loc.
func (s *site) dataURL(loc access.Location, path string) string {
	return s.DataURL + loc.DataPath(path)
}

// tractURL is what the addresses of a tractogram's drawings begin with. The viewer host makes them, wherever
// the data lie.
func (s *site) tractURL(loc access.Location, path string) string {
	return s.ViewerURL + "/t/" + loc.ID + "/" + access.EscapeKey(path)
}

// skeletonURL is the drawing as streamlines of the tractogram whose tractURL is at.
func skeletonURL(at string) string { return at + "/skel/" }

// skeletonSource is that drawing as Neuroglancer takes it for a layer.
func skeletonSource(at string) string {
	return skeletonURL(strings.TrimSuffix(at, "/")) + "|neuroglancer-precomputed:"
}

// refPath is the part of an address that names a place: the dataset, the location if there are
// several, and the path.
func refPath(d access.Dataset, ref access.Ref) string {
	at := url.PathEscape(d.Name) + "/"
	if len(d.Locations) > 1 {
		at += ref.Location + "/"
	}
	return at + access.EscapePath(ref.Path)
}
