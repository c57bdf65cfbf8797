package handlers_test

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ngportal/access"
	"ngportal/handlers"
	"ngportal/s3index"
	"ngportal/store"
)

// A labs is a portal with data, and with people whose programs use it.
type labs struct {
	*portal
	contract *contract
	log      *journal
	ahead    atomic.Int64        // how far the portal's clock is ahead, in nanoseconds
	people   map[string]*browser // ada administers the portal, mia manages “listed”, ben may view “open”, eve may nothing
	seen     map[string][2]int   // operation → how often it was answered well, and refused
}

// A journal keeps what the portal logs.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func startLabs(t *testing.T) *labs {
	t.Helper()
	l := &labs{contract: newContract(t), log: &journal{}, people: map[string]*browser{}, seen: map[string][2]int{}}
	l.portal = startPortal(t, func(c *handlers.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(l.ahead.Load())) }
		c.Log = slog.New(slog.NewJSONHandler(l.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}, s3index.NewBucket("lab", s3index.NewClient(server.Config(), server.Endpoint, true)))
	put(t, "lab/place-open/sub/scan.zarr/.zarray", []byte(
		`{"zarr_format":2,"shape":[4,4],"chunks":[4,4],"dtype":"|u1","compressor":null,"fill_value":0,"order":"C","filters":null}`))
	put(t, "lab/place-open/sub/scan.zarr/0.0", []byte("0123456789abcdef"))
	put(t, "lab/place-open/sub/notes.txt", []byte("hello"))
	l.seed(lab("open", []string{"ben@example.org"}, "place-open"), lab("listed", nil, "place-listed"), lab("hidden", nil, "place-hidden"),
		lab("two", []string{"*"}, "place-one", "place-two"))
	for _, name := range []string{"ada", "ben", "eve", "mia"} {
		l.people[name] = l.signIn(name + "@example.org")
	}
	ada := l.people["ada"]
	ada.grant("listed", ada.group("Managers", l.people["mia"]), "manage")
	yes := true
	if err := l.config.Store.ChangeDataset(t.Context(), l.rights(ada.who), l.id("listed"), store.DatasetChange{Listed: &yes}); err != nil {
		t.Fatal(err)
	}
	return l
}

// A credential is what a program shows.
type credential struct {
	header  string // Authorization
	cookies []*http.Cookie
}

// token makes a token of somebody's.
func (l *labs) token(name string, scope access.Scope) credential {
	l.t.Helper()
	who := l.people[name].who
	_, secret, err := l.config.Store.AddToken(l.t.Context(), l.rights(who), who.ID, scope.String(), scope, l.config.Now().Add(time.Hour))
	if err != nil {
		l.t.Fatal(err)
	}
	return credential{header: "Bearer " + secret}
}

// session is the browser of somebody's.
func (l *labs) session(name string) credential { return credential{cookies: l.people[name].jar} }

// ask sends a request to the API, and holds it and the answer against the document. headers are name, value, name, value.
func (l *labs) ask(t *testing.T, with credential, line, body string, headers ...string) answer {
	t.Helper()
	method, path, _ := strings.Cut(line, " ")
	req, err := http.NewRequestWithContext(t.Context(), method, l.address+"/api/v1/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if with.header != "" {
		req.Header.Set("Authorization", with.header)
	}
	for _, c := range with.cookies {
		req.AddCookie(c)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{res.StatusCode, res.Header, string(got)}
	if pattern := l.contract.check(t, req, body, a); pattern != "" {
		n := l.seen[pattern]
		if a.code < 400 {
			n[0]++
		} else {
			n[1]++
		}
		l.seen[pattern] = n
	}
	if a.code >= 400 && !strings.Contains(l.log.String(), `"id":"`+value(t, a.body, "error.request")+`"`) {
		t.Errorf("%s: the log does not have the request: %s", line, a.body)
	}
	if kind := a.header.Get("Content-Type"); a.code >= 400 && kind != "application/json" {
		t.Errorf("%s: the error is of the type %q and must be application/json: %s", line, kind, a.body)
	}
	return a
}
