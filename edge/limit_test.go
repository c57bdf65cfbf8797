package edge_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"ngportal/edge"
)

// TestLimitOfOnePerson has one person hang on as many bodies as it may: others are served, and so is the same
// person again once it has let go. Two sessions of one person count together; made-up ones do not help.
func TestLimitOfOnePerson(t *testing.T) {
	hold, held := make(chan bool), make(chan bool)
	w := newWorld(t, func(c *edge.Config) {
		c.MaxConcurrent, c.MaxPerPerson, c.Patience = 4, 2, 150*time.Millisecond
	})
	slow := true
	w.objects.open = func(context.Context, edge.Want) (*edge.Object, error) {
		body := io.Reader(strings.NewReader("data"))
		if slow {
			body = &holding{held, hold}
		}
		return &edge.Object{Body: io.NopCloser(body), Size: 4, ETag: `"t"`}, nil
	}
	w.sessions.people = map[string]string{"a1": "ada", "a2": "ada", "b1": "ben"}
	for token, who := range w.sessions.people {
		w.sessions.live[token] = edge.Grant{
			Token: token, Person: who, Expires: time.Unix(start+1000, 0), Locations: []string{"loc-one"},
		}
	}
	cookies := w.cookies(t, w.signer, "loc-one")
	done := make(chan int, 2)
	for _, token := range []string{"a1", "a2"} {
		go func() {
			done <- w.ask(t, "/d/loc-one/x", cookies+"; ng="+token)
		}()
		<-held
	}
	slow = false
	tests := []struct {
		who   string
		token string
		want  int
	}{
		{"the same person", "; ng=a1", http.StatusServiceUnavailable},
		{"the same person in another session", "; ng=a2", http.StatusServiceUnavailable},
		{"somebody else", "; ng=b1", http.StatusOK},
		{"somebody without a session", "", http.StatusOK},
		{"a made-up session", "; ng=nobody", http.StatusOK},
	}
	for _, tt := range tests {
		if got := w.ask(t, "/d/loc-one/x", cookies+tt.token); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.who, got, tt.want)
		}
	}
	// Cookies that were made here are their person's, whatever session comes along, or none: as on a sibling host.
	for name, tt := range map[string]struct {
		token string
		want  int
	}{"Ada": {"a1", http.StatusServiceUnavailable}, "Ben": {"b1", http.StatusOK}} {
		res, _ := w.do(t, http.MethodPost, "/_session/refresh", "Cookie", "ng="+tt.token, "Origin", w.origin)
		var made []string
		for _, c := range res.Cookies() {
			if strings.HasPrefix(c.Name, "CloudFront-") {
				made = append(made, c.Name+"="+c.Value)
			}
		}
		if got := w.ask(t, "/d/loc-one/x", strings.Join(made, "; ")); got != tt.want {
			t.Errorf("cookies made for %s, without a session: %d, want %d", name, got, tt.want)
		}
	}
	close(hold)
	for range 2 {
		if got := <-done; got != http.StatusOK {
			t.Errorf("who was let wait: %d, want 200", got)
		}
	}
	if got := w.ask(t, "/d/loc-one/x", cookies+"; ng=a1"); got != http.StatusOK {
		t.Errorf("afterwards: %d, want 200", got)
	}
}

// holding is a body that says when it is first read, and then waits.
type holding struct{ held, until chan bool }

func (h *holding) Read(p []byte) (int, error) {
	h.held <- true
	<-h.until
	return copy(p, "data"), io.EOF
}

// ask reads path to its end and returns the status.
func (w *world) ask(t *testing.T, path, cookies string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", cookies)
	res, err := w.Client().Do(req)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}
