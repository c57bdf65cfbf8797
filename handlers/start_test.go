package handlers_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/handlers"
	"ngportal/s3index"
	"ngportal/store"
)

// startPortal serves a portal to one bucket after change has been at its configuration. It returns its address and the
// cookies of who, signed in there.
func startPortal(t testing.TB, policy *access.Policy, bucket *s3index.Bucket, who access.Person, change func(*handlers.Config)) (string, []*http.Cookie) {
	t.Helper()
	library, err := s3index.NewLibrary(policy, []*s3index.Bucket{bucket})
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "portal.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	sessions, err := auth.NewSessions(auth.SessionConfig{
		URL: "http://localhost", Keys: auth.NewKeys(), Idle: time.Hour, Absolute: time.Hour, Store: db, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	c := handlers.Config{
		PortalURL: "http://localhost", ViewerURL: "http://localhost:1", Library: library, Store: db, Sessions: sessions,
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
	change(&c)
	srv := httptest.NewServer(handlers.New(c))
	t.Cleanup(srv.Close)
	rec := httptest.NewRecorder()
	if err := sessions.SignIn(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), who); err != nil {
		t.Fatal(err)
	}
	return srv.URL, rec.Result().Cookies()
}

// somebody may see what everyone may.
func somebody() access.Person { return access.Person{Issuer: "test", Subject: "1", Name: "Test"} }
