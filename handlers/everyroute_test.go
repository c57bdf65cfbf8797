package handlers_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestCrossSite has other sites' pages ask for every change, with the cookies of an administrator (threat T7).
func TestCrossSite(t *testing.T) {
	m := newMatrix(t)
	from := map[string]http.Header{
		"another site":                  {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.test"}},
		"a sibling":                     {"Sec-Fetch-Site": {"same-site"}, "Origin": {"https://evil.localhost"}},
		"a page without an origin":      {"Origin": {"null"}},
		"an old browser, another site":  {"Origin": {"https://evil.test"}},
		"an old browser, a longer name": {"Origin": {"http://localhost.evil.test"}},
	}
	for pattern, r := range allRows() {
		if strings.HasPrefix(pattern, http.MethodGet+" ") || strings.HasPrefix(pattern, http.MethodOptions+" ") {
			continue
		}
		for name, header := range from {
			req := m.request(t, pattern, r, "admin")
			for key, values := range header {
				req.Header[key] = values
			}
			if code, _ := m.send(t, req); code != http.StatusForbidden {
				t.Errorf("%s from %s = %d, want 403", pattern, name, code)
			}
		}
	}
}

// TestGetsChangeNothing looks at all pages as an administrator, and then at the database (T7).
func TestGetsChangeNothing(t *testing.T) {
	m := newMatrix(t)
	m.begin(t)
	before := m.contents(t)
	for pattern, r := range allRows() {
		if strings.HasPrefix(pattern, http.MethodGet+" ") {
			m.send(t, m.request(t, pattern, r, "admin"))
		}
	}
	for table, rows := range m.contents(t) {
		if rows != before[table] {
			t.Errorf("%s has changed from\n%s\nto\n%s", table, before[table], rows)
		}
	}
}

// contents are the rows of all tables that hold what somebody has decided. The others are of those who look.
func (m *matrix) contents(t *testing.T) map[string]string {
	t.Helper()
	db, err := sql.Open("sqlite", m.file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	out := map[string]string{}
	for _, table := range column(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table'") {
		if slices.Contains([]string{"audit", "sessions", "tickets"}, table) {
			continue
		}
		fields := column(t, db, "SELECT name FROM pragma_table_info('"+table+"')")
		out[table] = strings.Join(column(t, db, "SELECT concat_ws('|', "+strings.Join(fields, ", ")+") FROM "+table), "\n")
	}
	return out
}

func column(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			t.Fatal(err)
		}
		out = append(out, one)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestHeadersEverywhere holds every answer against what browsers must not do with it (T21, T22, T23), and
// every redirect against a request that claims to come to another host (T32).
func TestHeadersEverywhere(t *testing.T) {
	m := newMatrix(t)
	for pattern, r := range allRows() {
		for _, role := range []string{"out", "none", "admin", "service"} {
			req := m.request(t, pattern, r, role)
			req.Host = "evil.test"
			req.Header.Set("X-Forwarded-Host", "evil.test")
			req.Header.Set("X-Forwarded-Proto", "http")
			req.Header.Set("Forwarded", "host=evil.test")
			if req.Method == http.MethodGet {
				req.Header.Set("Origin", "https://evil.test")
			}
			_, header := m.send(t, req)
			if fault := headerFault(header); fault != "" {
				t.Errorf("%s as %s: %s", pattern, role, fault)
			}
		}
	}
}

// headerFault tells what is wrong with the header of an answer.
func headerFault(h http.Header) string {
	keep := "no-store"
	if h.Get("Content-Type") == "image/png" {
		keep = "private, no-cache" // a picture may be kept by the browser that may ask for it again
	}
	for key, want := range map[string]string{
		"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": keep,
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Access-Control-Allow-Origin": "",
		"Access-Control-Allow-Credentials": "",
	} {
		if got := h.Get(key); got != want {
			return fmt.Sprintf("%s is %q, want %q", key, got, want)
		}
	}
	if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
		return "the policy is " + csp
	}
	to, err := url.Parse(h.Get("Location"))
	if err != nil || to.Host != "" && to.Host != "localhost:1" {
		return "it leads to " + h.Get("Location")
	}
	return ""
}
