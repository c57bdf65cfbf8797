package edge_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ngportal/edge"
)

// What net/http decides for a file, the cache decides for an object.
func sameAsServeContent(t *testing.T, w *cacheWorld, header string) {
	t.Helper()
	rec := httptest.NewRecorder()
	rec.Header().Set("ETag", `"tag,1"`)
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("If-None-Match", header)
	http.ServeContent(rec, r, "a.txt", changed, strings.NewReader("hello"))
	got := w.read(t, "a", edge.Want{IfNoneMatch: header})
	if want := map[int]string{200: "hello", 304: `304 "tag,1"`}[rec.Code]; got != want {
		t.Errorf("If-None-Match %q: %q, want %q", header, got, want)
	}
}

var ifNoneMatch = []string{
	`"tag,1"`, `W/"tag,1"`, `"tag"`, `"tag,2"`, `tag,1`, `"tag,1`, `tag,1"`, `"a", "tag,1"`, `"a" , W/"b",,"tag,1"`, `"a" "tag,1"`, `"a"; "tag,1"`,
	`w/"tag,1"`, `*`, ` * `, `"*"`, `,`, ` `, `"`, `""`, `"a b", "tag,1"`, `"a", b, "tag,1"`, "\t\"tag,1\"", `"é", "tag,1"`, `W/`, `W/W/"tag,1"`, `"tag,1"x`, `"TAG,1"`,
}

func TestCacheIfNoneMatch(t *testing.T) {
	w := newCacheWorld(t, nil)
	w.depot.put("main/a", "hello", `"tag,1"`)
	w.read(t, "a", edge.Want{})
	for _, header := range ifNoneMatch {
		sameAsServeContent(t, w, header)
	}
	if asked := w.depot.questions(); asked != "GET" {
		t.Errorf("storage asked %q, want GET", asked)
	}
}

func FuzzCacheIfNoneMatch(f *testing.F) {
	for _, header := range ifNoneMatch {
		f.Add(header)
	}
	w := newCacheWorld(f, nil)
	w.depot.put("main/a", "hello", `"tag,1"`)
	w.read(f, "a", edge.Want{})
	f.Fuzz(func(t *testing.T, header string) {
		if header == "" || strings.ContainsAny(header, "*\r\n") && strings.Trim(header, " \t") != "*" {
			return // net/http takes a star anywhere in a list, RFC 9110 alone; lines do not end in a header
		}
		sameAsServeContent(t, w, header)
	})
}
