package main

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ngportal/store"
)

// A sick is a portal over storage that misbehaves, and a person signed in there.
type sick struct {
	*visitor
	base string
	db   string
}

func newSick(t *testing.T, storage http.HandlerFunc) *sick {
	t.Helper()
	return newSickPolicy(t, storage)
}

// newSickPolicy is newSick with datasets of its own.
func newSickPolicy(t *testing.T, storage http.HandlerFunc, seeds ...store.SeedDataset) *sick {
	t.Helper()
	s3 := httptest.NewServer(storage)
	t.Cleanup(s3.Close)
	p := testParts(t, s3.URL)
	if len(seeds) > 0 {
		p.seeds = seeds
	}
	a, err := newApp(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.store.Close() })
	srv := httptest.NewServer(a.portal)
	t.Cleanup(srv.Close)
	v := newVisitor(t)
	base, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	v.client.Jar.SetCookies(base, sessionCookies(t, p, a))
	return &sick{v, srv.URL, strings.TrimPrefix(p.storeURL, "sqlite://")}
}

// TestLogKeepsNames asks for private names that are not there: at Info, the log must not tell them.
func TestLogKeepsNames(t *testing.T) {
	var log bytes.Buffer
	s3 := httptest.NewServer(s3Error(404, "NoSuchKey"))
	defer s3.Close()
	p := testParts(t, s3.URL)
	p.log = slog.New(slog.NewJSONHandler(&log, nil))
	a, err := newApp(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	defer a.store.Close()
	for _, address := range []string{"/browse/set/patient-jane/", "/asset/set/patient-jane.trk", "/browse/patient-jane/", "/s/patient-jane"} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		for _, c := range sessionCookies(t, p, a) {
			req.AddCookie(c)
		}
		rec := httptest.NewRecorder()
		a.portal.ServeHTTP(rec, req)
		if rec.Code != 404 {
			t.Errorf("GET %s = %d, want 404", address, rec.Code)
		}
	}
	if text := log.String(); strings.Contains(text, "jane") || strings.Count(text, `"status":404`) != 4 {
		t.Errorf("the log tells names, or not of every request:\n%s", text)
	}
}

func s3Error(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amz-Request-Id", "REQ-77")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code><Message>bucket b is private</Message></Error>")
	}
}

// TestStorageTrouble keeps three answers apart, and tells nobody what storage says.
func TestStorageTrouble(t *testing.T) {
	tests := map[string]struct {
		storage http.HandlerFunc
		code    int
		heading string
		retry   bool
	}{
		"503":            {s3Error(503, "SlowDown"), 503, "The storage does not answer as it should", true},
		"500":            {s3Error(500, "InternalError"), 503, "The storage does not answer as it should", true},
		"no such bucket": {s3Error(404, "NoSuchBucket"), 503, "The storage does not answer as it should", true},
		"denied":         {s3Error(403, "AccessDenied"), 403, "The storage does not let the portal read this", false},
		"not there":      {s3Error(404, "NoSuchKey"), 404, "Nothing lies here", false},
		"no sense":       {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, 503, "The storage does not answer as it should", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSick(t, tt.storage)
			for _, address := range []string{"/browse/set/a/", "/asset/set/a.trk", "/asset/set/a.zarr/"} {
				p := s.get(s.base + address)
				if p.code != tt.code || p.heading() != tt.heading {
					t.Errorf("GET %s = %d %q, want %d %q", address, p.code, p.heading(), tt.code, tt.heading)
				}
				if retry := p.header.Get("Retry-After") != ""; retry != tt.retry {
					t.Errorf("GET %s: Retry-After is there: %t, want %t", address, retry, tt.retry)
				}
				if strings.Contains(p.body, "REQ-77") || strings.Contains(p.body, "private") {
					t.Errorf("GET %s tells what storage said:\n%s", address, p.body)
				}
			}
			if p := s.post(s.base+"/open", url.Values{"asset": {"set/loc-1/a.trk"}}); p.code != tt.code {
				t.Errorf("POST /open = %d, want %d", p.code, tt.code)
			}
		})
	}
}

// TestHangingStorage waits as long as a page may take; it must not be longer.
func TestHangingStorage(t *testing.T) {
	t.Parallel()
	s := newSick(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	s.client.Timeout = 30 * time.Second
	if p := s.get(s.base + "/browse/set/a/"); p.code != 503 {
		t.Errorf("GET of hanging storage = %d, want 503", p.code)
	}
}

// TestDatabaseLocked holds the database as another program might.
func TestDatabaseLocked(t *testing.T) {
	t.Parallel()
	s := newSick(t, s3Error(404, "NoSuchKey"))
	db, err := sql.Open("sqlite", s.db)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	add := url.Values{"asset": {"set/loc-1/a.trk"}}
	if p := s.post(s.base+"/tray/add", add); p.code != 503 || p.heading() != "The portal cannot keep anything just now" {
		t.Errorf("POST /tray/add = %d %q, want 503", p.code, p.heading())
	}
	if _, err := conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if p := s.get(s.base + "/tray"); len(all(p.doc, "ol.items li")) != 0 {
		t.Error("the refused asset is in the tray")
	}
	if p := s.post(s.base+"/tray/add", add); p.code != 303 {
		t.Errorf("POST /tray/add afterwards = %d, want 303", p.code)
	}
}
