// Package edge is the viewer host: it serves the viewer, and data and tracts to whoever holds CloudFront's
// signed cookies or a viewer session for them.
//
// It stands in for a CloudFront distribution and is as strict: the same cookies, the same codes, one
// origin for everything. It differs in the status of a refusal, 503 and not 403, because
// Neuroglancer draws chunks that were answered with 403 as zeros, and keeps them so.
package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"ngportal/access"
	"ngportal/cloudfront"
)

// Objects reads objects of buckets.
type Objects interface {
	// Open returns an object or what w asks of it; the caller closes its body. Reading stops with ctx.
	//
	// The error wraps [fs.ErrNotExist] if there is no such object; it is a [*RangeError] if the object is
	// shorter than the range. Any other, [fs.ErrPermission] among them, is the storage being unwell: readers
	// are told to come back.
	Open(ctx context.Context, bucket, key string, w Want) (*Object, error)
}

// Want is what of an object is wanted.
type Want struct {
	HeadOnly        bool      // facts, no body
	Range           string    // "", or a Range header of one well-formed range: "bytes=0-9", "bytes=10-", "bytes=-5"
	IfNoneMatch     string    // "", or the header as it came
	IfModifiedSince time.Time // zero if IfNoneMatch is set: it counts for more (RFC 9110, 13.2.2)
}

// An Object is the answer to a [Want].
type Object struct {
	Body            io.ReadCloser // nil if NotModified or only facts were wanted; may be a [Splicer]
	Size            int64         // of Body; of the object if only facts were wanted
	ContentRange    string        // as "bytes 0-9/100"; "" if Body is the whole object
	ETag            string
	LastModified    time.Time
	ContentType     string
	ContentEncoding string
	NotModified     bool // the reader's copy is good; ETag and LastModified may be set, all else is not
}

// A Splicer is a body that comes over a connection.
type Splicer interface {
	// SpliceTo writes what is left of the body. It calls ReadFrom with an [io.LimitedReader] over its
	// [net.TCPConn] for a piece at a time, if it can, so that the kernel moves the bytes; else Write.
	SpliceTo(w SpliceWriter) (int64, error)
}

// A SpliceWriter is what a [Splicer] writes to.
type SpliceWriter = interface {
	io.Writer
	io.ReaderFrom
}

// A RangeError says that no byte of an object lies in the range that was wanted.
type RangeError struct{ Total int64 } // size of the object; negative if unknown

func (e *RangeError) Error() string { return fmt.Sprintf("range lies outside of %d bytes", e.Total) }

// A Router knows where the locations lie; it asks nobody's permission. [access.Policy] is one.
type Router interface {
	Route(id string) (access.Location, bool)
}

// Sessions turns tickets into viewer sessions, and ends them.
type Sessions interface {
	// Redeem opens the session that the ticket is for. The error wraps [fs.ErrNotExist] if the ticket is
	// unknown, used or too old. Tickets are [A-Za-z0-9_-]{1,256}.
	Redeem(ctx context.Context, ticket string) (Opened, error)
	// Renew asks anew what the session may read. The error wraps [fs.ErrPermission] if the session has ended;
	// the Gone of the grant holds then, too.
	Renew(ctx context.Context, token string) (Grant, error)
	// End ends the session and returns the locations whose cookies it may have left. Ending what is
	// not there is no error.
	End(ctx context.Context, token string) (gone []string, err error)
}

// A Grant is what a viewer session may read.
type Grant struct {
	Token     string    // value of the session's cookie, [A-Za-z0-9_-]
	Person    string    // whose session it is, always the same text; see [Guard.Who]
	Expires   time.Time // end of the session
	Locations []string  // ids
	Gone      []string  // ids whose cookies are to be removed
}

// Opened is a session that has just begun.
type Opened struct {
	Grant
	Fragment string // what the viewer finds after "#": "!" and a state, in visible ASCII
}

// A Guard answers for viewer sessions. Errors wrap [fs.ErrPermission] if the session has ended or may not,
// and [fs.ErrNotExist] if there is no such state.
type Guard interface {
	MayRead(ctx context.Context, token, locationID string) error
	// Who names the person whose session it is, always by the same text.
	Who(ctx context.Context, token string) (string, error)
	State(ctx context.Context, token, slug string) ([]byte, error)
}

// Tracts serves what is made of data: skeletons and annotations of tractograms, and the names of a volume's labels.
type Tracts interface {
	// ServeTract answers r with one file made of what lies at path inside loc; that of a directory comes without its last
	// slash. What says which: "skel/info", "skel/prop/info" and "skel/1" are of the skeletons of a tractogram; "ann/info",
	// "ann/list/info", "ann/spatial0/0_0_0", "ann/by_id/1" and "ann/bundle/1" of its annotations; options, any text without a
	// slash, may follow the first part as one of their own. "names/info" is the segment properties of a volume. It returns the errors of [Objects] if it has written nothing yet; once it has, any
	// error cuts the connection.
	ServeTract(w http.ResponseWriter, r *http.Request, loc access.Location, path, what string) error
}

// Config is what a viewer host is made of.
type Config struct {
	Origin string // as browsers see it, such as https://ng.example.org
	// DataOrigin is the sibling host that serves /d/, and nothing else, where that is not Origin, such as
	// https://cfdist.example.org, and CookieDomain the domain that both share, example.org. Either needs the
	// other. Requests for both hosts may come to the same handler.
	DataOrigin   string
	CookieDomain string
	PortalURL    string // for people whose ticket is no good
	Signer       *cloudfront.Signer
	Verifier     *cloudfront.Verifier
	Lifetime     time.Duration // of the cookies of a location, at least a second

	Objects  Objects
	Router   Router
	Sessions Sessions
	Guard    Guard
	Tracts   Tracts

	Files        fs.FS // index.html, and folders named by the hash of what is in them
	ViewerConfig any   // sent as JSON at /viewer-config.json

	IsPublic      func(bucket string) bool // buckets that need no cookie; nil: none
	DenyStatus    int                      // of refusals: 503 (0 is 503), or 403 to be as CloudFront is
	MaxConcurrent int                      // bodies under way at once; 0: 256
	MaxPerPerson  int                      // of them for one person; 0: 64
	Patience      time.Duration            // for a turn, and for a reader to take the next 64 kB; 0: 30 s
	Now           func() time.Time
	Log           *slog.Logger
}

// An edge is a viewer host, or the part of it that a portal behind CloudFront serves.
type edge struct {
	Config
	files   map[string]*file
	limits  *limits
	headers http.Header // of every answer
	buffers sync.Pool
	guard   *http.CrossOriginProtection
	whole   bool
}

// New returns the viewer host: viewer, data, tracts and sessions.
//
// The error wraps [fs.ErrNotExist] if Files has no index.html, because the viewer was not built; otherwise
// something in c is missing or wrong.
func New(c Config) (http.Handler, error) {
	if c.Verifier == nil || c.Objects == nil || c.Files == nil {
		return nil, errors.New("viewer host: it needs a verifier, objects and the viewer's files")
	}
	e, err := build(c)
	if err != nil {
		return nil, err
	}
	e.whole = true
	if e.files, err = loadFiles(c.Files, c.ViewerConfig); err != nil {
		return nil, fmt.Errorf("viewer host: %w", err)
	}
	return e, nil
}

// NewSessions returns /_session/… and /t/… alone, for a portal to which CloudFront, being the viewer host, sends
// them. It needs no Verifier, Objects and Files, and takes requests for any host, as CloudFront sends its own.
func NewSessions(c Config) (http.Handler, error) { return build(c) }

func build(c Config) (*edge, error) {
	if err := checkHosts(c); err != nil {
		return nil, fmt.Errorf("viewer host: %w", err)
	}
	switch {
	case c.Signer == nil || c.Router == nil || c.Sessions == nil || c.Guard == nil || c.Tracts == nil:
		return nil, errors.New("viewer host: it needs a signer, a router, sessions, a guard and tracts")
	case c.Now == nil || c.Log == nil:
		return nil, errors.New("viewer host: it needs a clock and a log")
	case c.Lifetime < time.Second:
		return nil, fmt.Errorf("viewer host: cookies that live for %v are of no use", c.Lifetime)
	case c.DenyStatus != 0 && c.DenyStatus != http.StatusServiceUnavailable && c.DenyStatus != http.StatusForbidden:
		return nil, fmt.Errorf("viewer host: refusals are 503 or 403, not %d", c.DenyStatus)
	}
	if c.DenyStatus == 0 {
		c.DenyStatus = http.StatusServiceUnavailable
	}
	if c.MaxConcurrent <= 0 {
		c.MaxConcurrent = 256
	}
	if c.MaxPerPerson <= 0 {
		c.MaxPerPerson = 64
	}
	if c.Patience <= 0 {
		c.Patience = 30 * time.Second
	}
	if c.IsPublic == nil {
		c.IsPublic = func(string) bool { return false }
	}
	e := &edge{Config: c, limits: newLimits(c.MaxConcurrent, c.MaxPerPerson, c.Patience), guard: http.NewCrossOriginProtection()}
	e.headers = commonHeaders(e.secure())
	e.buffers.New = func() any { b := make([]byte, 64<<10); return &b }
	// The origin's requests come with another Host if CloudFront stands between.
	if err := e.guard.AddTrustedOrigin(c.Origin); err != nil {
		return nil, fmt.Errorf("viewer host: %w", err)
	}
	return e, nil
}

// route hands r to what serves its path. The path is the raw one: a router would clean it, and
// "a//b" is another key than "a/b".
func (e *edge) route(a *answer, r *http.Request) error {
	atData := e.whole && e.sibling() && isHost(r.Host, e.DataOrigin)
	switch {
	case atData:
		e.share(a.Header(), r)
	case e.whole && !isHost(r.Host, e.Origin):
		return &fault{status: http.StatusMisdirectedRequest, message: "This server is not the host you asked for."}
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	switch {
	case !strings.HasPrefix(path, "/"):
		return &fault{status: http.StatusBadRequest, message: "The address must begin with a slash."}
	case atData:
		return e.siblingHost(a, r, path)
	case strings.HasPrefix(path, "/_session/"):
		a.kind = "session"
		return e.session(a, r, strings.TrimPrefix(path, "/_session/"))
	case strings.HasPrefix(path, "/t/"):
		a.kind = "tract"
		return e.tract(a, r, strings.TrimPrefix(path, "/t/"))
	case !e.whole:
		return errNoPage
	case strings.HasPrefix(path, "/d/") && e.sibling():
		// Not 404, which Neuroglancer would draw as zeros: old scenes may name this host.
		return &fault{status: http.StatusMisdirectedRequest, message: "Data lie at another host. Make the view anew in the portal."}
	case strings.HasPrefix(path, "/d/"):
		a.kind = "data"
		return e.data(a, r, strings.TrimPrefix(path, "/d/"))
	}
	a.kind = "file"
	return e.file(a, r, path)
}

// dataOrigin is the origin that serves /d/, as browsers see it.
func (e *edge) dataOrigin() string {
	if e.sibling() {
		return e.DataOrigin
	}
	return e.Origin
}

func (e *edge) secure() bool { return strings.HasPrefix(e.Origin, "https:") }

// readOnly refuses methods other than GET and HEAD.
func readOnly(a *answer, r *http.Request) error {
	return methods(a, r, http.MethodGet, http.MethodHead)
}

func methods(a *answer, r *http.Request, allowed ...string) error {
	for _, m := range allowed {
		if r.Method == m {
			return nil
		}
	}
	a.Header().Set("Allow", strings.Join(allowed, ", "))
	return &fault{status: http.StatusMethodNotAllowed, message: "This address takes " + strings.Join(allowed, " and ") + " only."}
}
