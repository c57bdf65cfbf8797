package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/s3index"
	"ngportal/store"
	"ngportal/views"
)

// A visit is what is known of a request besides what it says itself.
type visit struct {
	id      string // names the request in the log and on error pages
	session store.Session
	rights  access.Rights
	err     error                        // why nothing is known of the person, when that could not be read
	tray    func() ([]store.Item, error) // what the person has collected, read once
	cause   error                        // what the request failed with, for the log
}

type visitKey struct{}

// visitOf returns the visit that observe has begun.
func visitOf(r *http.Request) *visit {
	v, _ := r.Context().Value(visitKey{}).(*visit)
	if v == nil {
		panic("handlers: a request that has not passed observe")
	}
	return v
}

// rights are what whoever sends r may do. Nobody's are those of the public.
func rights(r *http.Request) access.Rights { return visitOf(r).rights }

func person(r *http.Request) access.Person { return rights(r).Person() }

// observe names the request, logs it once, and turns a panic into an error page.
func (s *site) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{id: rand.Text()[:12]}
		r = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
		rec := &recorder{ResponseWriter: w}
		began := s.Now()
		defer func() {
			if p := recover(); p != nil {
				if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(p)
				}
				v.cause = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
				if rec.status == 0 {
					s.fail(rec, r, v.cause)
				}
			}
			s.logRequest(r, rec, s.Now().Sub(began))
		}()
		next.ServeHTTP(rec, r)
	})
}

func (s *site) logRequest(r *http.Request, rec *recorder, took time.Duration) {
	v := visitOf(r)
	level := slog.LevelInfo
	if rec.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String("id", v.id), slog.String("method", r.Method), slog.String("route", rec.pattern),
		slog.Int("status", rec.status), slog.Int64("bytes", rec.bytes), slog.Duration("took", took),
	}
	if se, ok := errors.AsType[*s3index.StorageError](v.cause); ok && se.RequestID != "" {
		attrs = append(attrs, slog.String("storage_request", se.RequestID))
	}
	// A cause names keys, which are private: it is logged where something must be mended, and for who looks closely.
	switch {
	case v.cause != nil && level == slog.LevelError:
		attrs = append(attrs, slog.Any("err", v.cause))
	case v.cause != nil:
		s.Log.LogAttrs(r.Context(), slog.LevelDebug, "cause", slog.String("id", v.id), slog.Any("err", v.cause))
	}
	s.Log.LogAttrs(r.Context(), level, "request", attrs...)
}

// A recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status  int
	bytes   int64
	pattern string // the route, without what the person asked for
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// headers tells browsers what must not be done with the portal's pages.
func (s *site) headers(next http.Handler) http.Handler {
	// A form's answer may lead to the viewer host; form-action holds for redirects, too.
	csp := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"form-action 'self' " + s.ViewerURL + "; base-uri 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store") // pages name private data
		if strings.HasPrefix(s.PortalURL, "https:") {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

func compress(next http.Handler) http.Handler {
	// The fastest level: a page of rows that are much alike becomes small all the same.
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.CompressionLevel(gzip.BestSpeed))
	if err != nil {
		panic(err) // the options above are wrong
	}
	return wrap(next)
}

// crossOrigin refuses state changes that another site's page asks for.
func (s *site) crossOrigin(next http.Handler) http.Handler {
	p := http.NewCrossOriginProtection()
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, &userError{
			code: http.StatusForbidden, heading: "This came from another site", what: "Nothing has been changed.",
			do: "Do it on the portal’s own pages.",
		})
	}))
	return p.Handler(next)
}

// maxBody is the largest form: ten thousand ticked assets with long names.
const maxBody = 8 << 20

func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// A handler answers a request, or says why it cannot.
type handler func(w http.ResponseWriter, r *http.Request) error

// answer makes a handler one of net/http: its error becomes a page and part of the log line.
func (s *site) answer(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rec := recorderOf(w); rec != nil {
			rec.pattern = r.Pattern
		}
		err := h(w, r)
		if errors.Is(err, errSignIn) {
			err = s.askToSignIn(w, r)
		}
		if err != nil {
			visitOf(r).cause = err
			s.fail(w, r, err)
		}
	})
}

func recorderOf(w http.ResponseWriter) *recorder {
	for {
		switch t := w.(type) {
		case *recorder:
			return t
		case interface{ Unwrap() http.ResponseWriter }:
			w = t.Unwrap()
		default:
			return nil
		}
	}
}

// errSignIn is what a handler returns when it has nothing for somebody who has not signed in.
var errSignIn = errors.New("nobody is signed in")

// recognized lets requests through if it is known who sends them, even if it is nobody.
func recognized(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := visitOf(r).err; err != nil {
			return err
		}
		return h(w, r)
	}
}

// signedIn lets only people who have signed in reach h, and sends others to do so.
func (s *site) signedIn(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		v := visitOf(r)
		switch {
		case v.err != nil:
			return v.err
		case v.rights.Person().SignedIn():
			return h(w, r)
		}
		return errSignIn
	}
}

// askToSignIn leads to the sign-in and back to where the person is. A form is answered with a page: browsers
// hold the redirects of a form against form-action, and the identity provider is not in it.
func (s *site) askToSignIn(w http.ResponseWriter, r *http.Request) error {
	switch {
	case r.Header.Get("HX-Request") != "":
		w.Header().Set("HX-Redirect", loginURL(pageOf(r)))
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	case r.Method != http.MethodGet:
		return s.render(w, r, http.StatusUnauthorized, views.Failure(views.ErrorPage{
			Page: views.Page{Title: "Signed out"}, Heading: "You are signed out",
			What:     "Your session has ended, or you have signed out in another window. Nothing has been changed.",
			BackHref: loginURL(auth.SafeReturn(r.FormValue("return"))), BackText: "Sign in",
		}))
	}
	http.Redirect(w, r, loginURL(r.URL.RequestURI()), http.StatusSeeOther)
	return nil
}

// pageOf is the path of the page that a part of a page is asked for.
func pageOf(r *http.Request) string {
	u, err := url.Parse(r.Header.Get("HX-Current-URL"))
	if err != nil {
		return "/"
	}
	return auth.SafeReturn(u.RequestURI())
}
