package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/auth"
)

// sessionCookies are the cookies of somebody who has signed in.
func sessionCookies(tb testing.TB, p parts, a *app) []*http.Cookie {
	tb.Helper()
	sessions, err := auth.NewSessions(auth.SessionConfig{
		URL: p.portalURL, Keys: p.keys, Idle: p.idle, Absolute: p.absolute, Store: a.store, Now: time.Now,
	})
	if err != nil {
		tb.Fatal(err)
	}
	rec := httptest.NewRecorder()
	req := httptest.NewRequestWithContext(tb.Context(), http.MethodGet, "/", nil)
	if err := sessions.SignIn(rec, req, "test", access.Identity{Issuer: "test", Subject: "1", Name: "Test"}, "127.0.0.1"); err != nil {
		tb.Fatal(err)
	}
	return rec.Result().Cookies()
}
