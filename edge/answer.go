package edge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"ngportal/cloudfront"
)

// An answer is a response and what the log will say about it.
type answer struct {
	http.ResponseWriter
	kind     string // of route
	location string // id, if it is one of ours
	status   int    // 0 until the header is written
	bytes    int64
	err      error       // cause of a 5xx
	notes    []slog.Attr // further attributes; no cookies, no keys
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(p) //nolint:gosec // the type and sandbox of what is written are set beside it
	a.bytes += int64(n)
	return n, err
}

// Unwrap lets [http.ResponseController] reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// A fault is an answer other than the one asked for.
type fault struct {
	status  int
	message string // for people
	cause   error  // for the log
	retry   bool   // worth it
}

func (f *fault) Error() string { return f.message }
func (f *fault) Unwrap() error { return f.cause }

var errNoPage = &fault{status: http.StatusNotFound, message: "There is nothing at this address."}

// statusGone is nginx's number for a reader who left; it is only logged.
const statusGone = 499

// ServeHTTP answers r and logs one line about it.
func (e *edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := &answer{ResponseWriter: w, kind: "none"}
	start := e.Now()
	defer func() {
		cut := e.caught(a, recover())
		e.log(a, r, e.Now().Sub(start))
		if cut {
			// An answer cut short must not look whole. But it should have a status: for Neuroglancer, a
			// connection that ends without one is an object that is not there.
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
	}()
	maps.Copy(a.Header(), e.headers)
	if err := e.route(a, r); err != nil {
		e.fail(a, r, err)
	}
}

// commonHeaders are those of every answer, until something sets them otherwise. They are shared: nobody may add to them.
func commonHeaders(secure bool) http.Header {
	h := http.Header{}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox") // what lies in a bucket is anybody's HTML
	h.Set("Cache-Control", "no-store")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	return h
}

// caught turns a panic into a 500. It reports whether the connection must be cut.
func (e *edge) caught(a *answer, p any) (cut bool) {
	switch p {
	case nil:
		return false
	case http.ErrAbortHandler:
		return true
	}
	a.err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	if a.status != 0 {
		a.status = http.StatusInternalServerError // as the log should have it
		return true
	}
	plain(a, http.StatusInternalServerError, "Something went wrong on the server.")
	return false
}

// fail answers with what err means. It is the only place that does.
func (e *edge) fail(a *answer, r *http.Request, err error) {
	if r.Context().Err() != nil || errors.Is(err, errReader) { // nobody listens
		a.notes = append(a.notes, slog.Bool("reader_left", true))
		if a.status == 0 {
			a.status = statusGone
		}
		panic(http.ErrAbortHandler)
	}
	if a.status != 0 {
		a.err = err
		panic(http.ErrAbortHandler)
	}
	var f *fault
	var denial *cloudfront.Denial
	var outside *RangeError
	switch {
	case errors.As(err, &f):
		a.err = f.cause
		if f.retry {
			a.Header().Set("Retry-After", "5")
		}
		plain(a, f.status, f.message)
	case errors.As(err, &denial):
		e.deny(a, denial)
	case errors.As(err, &outside):
		if outside.Total >= 0 {
			a.Header().Set("Content-Range", "bytes */"+strconv.FormatInt(outside.Total, 10))
		}
		plain(a, http.StatusRequestedRangeNotSatisfiable, "The object is shorter than the range.")
	case errors.Is(err, fs.ErrNotExist):
		plain(a, http.StatusNotFound, "There is no such object.")
	default:
		a.err = err
		a.Header().Set("Retry-After", "5")
		plain(a, http.StatusServiceUnavailable, "The storage does not answer as it should. Try again in a moment.")
	}
}

// deny answers as CloudFront does, but for the status.
func (e *edge) deny(a *answer, d *cloudfront.Denial) {
	a.notes = append(a.notes, slog.String("deny", string(d.Code)), slog.String("reason", d.Reason))
	h := a.Header()
	h.Set("Retry-After", "1")
	h.Set("X-Edge-Deny", string(d.Code))
	send(a, e.DenyStatus, "text/xml", d.Body())
}

func plain(a *answer, status int, message string) {
	send(a, status, "text/plain; charset=utf-8", message+"\n")
}

// send writes a short answer that nobody may keep.
func send(a *answer, status int, kind, body string) {
	h := a.Header()
	for _, name := range []string{"Content-Encoding", "Content-Length", "ETag", "Last-Modified", "Accept-Ranges"} {
		h.Del(name) // of the answer that might have been
	}
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", kind)
	a.WriteHeader(status)
	_, _ = a.Write([]byte(body)) // the reader may have left
}

func (e *edge) log(a *answer, r *http.Request, took time.Duration) {
	level := slog.LevelInfo
	attrs := append(make([]slog.Attr, 0, 10),
		slog.String("method", r.Method),
		slog.String("route", a.kind),
		slog.Int("status", a.status),
		slog.Int64("bytes", a.bytes),
		slog.Int64("ms", took.Milliseconds()),
	)
	if a.location != "" {
		attrs = append(attrs, slog.String("location", a.location))
	}
	attrs = append(attrs, a.notes...)
	if a.err != nil {
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", a.err.Error()))
	}
	e.Log.LogAttrs(context.WithoutCancel(r.Context()), level, "request", attrs...)
}
