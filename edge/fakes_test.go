package edge_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"ngportal/access"
	"ngportal/edge"
)

// A bucket keeps objects as "bucket/key" and counts what is opened. Special ones come from a function.
type bucket struct {
	mu     sync.Mutex
	data   map[string]string
	opened []string
	open   func(ctx context.Context, w edge.Want) (*edge.Object, error)
}

var changed = time.Unix(1_700_000_000, 0)

func (b *bucket) Open(ctx context.Context, name, key string, w edge.Want) (*edge.Object, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opened = append(b.opened, name+"/"+key)
	if b.open != nil {
		return b.open(ctx, w)
	}
	text, ok := b.data[name+"/"+key]
	if !ok {
		return nil, fmt.Errorf("%s: %w", key, fs.ErrNotExist)
	}
	o := &edge.Object{Size: int64(len(text)), ETag: `"tag"`, LastModified: changed, ContentType: "text/x-test"}
	if strings.HasSuffix(key, ".gz") {
		o.ContentEncoding = "gzip"
	}
	if w.IfNoneMatch == o.ETag || !w.IfModifiedSince.IsZero() && !changed.After(w.IfModifiedSince) {
		o.NotModified = true
		return o, nil
	}
	if w.HeadOnly {
		return o, nil
	}
	if w.Range != "" {
		first, last := 0, len(text)-1
		if from, to, _ := strings.Cut(strings.TrimPrefix(w.Range, "bytes="), "-"); from == "" {
			n, _ := strconv.Atoi(to)
			first = max(0, len(text)-n)
		} else {
			first, _ = strconv.Atoi(from)
			if n, err := strconv.Atoi(to); err == nil {
				last = min(last, n)
			}
		}
		if first >= len(text) {
			return nil, fmt.Errorf("%s: %w", key, &edge.RangeError{Total: int64(len(text))})
		}
		o.ContentRange = fmt.Sprintf("bytes %d-%d/%d", first, last, len(text))
		text = text[first : last+1]
		o.Size = int64(len(text))
	}
	o.Body = io.NopCloser(strings.NewReader(text))
	return o, nil
}

// asked lists what was opened so far.
func (b *bucket) asked() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.opened)
}

func (b *bucket) put(key, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.data[key] = text
}

// sessions keeps tickets and sessions; withdrawn ones are not in live.
type sessions struct {
	mu      sync.Mutex
	tickets map[string]edge.Opened
	live    map[string]edge.Grant
	people  map[string]string // whose sessions they are
	broken  error
}

// change is for the test, between requests.
func (s *sessions) change(f func(*sessions)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s)
}

func (s *sessions) Redeem(_ context.Context, ticket string) (edge.Opened, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.tickets[ticket]
	delete(s.tickets, ticket)
	switch {
	case s.broken != nil:
		return edge.Opened{}, s.broken
	case !ok:
		return edge.Opened{}, fmt.Errorf("ticket: %w", fs.ErrNotExist)
	}
	s.live[o.Token] = o.Grant
	return o, nil
}

func (s *sessions) Renew(_ context.Context, token string) (edge.Grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.live[token]
	switch {
	case s.broken != nil:
		return edge.Grant{}, s.broken
	case !ok:
		return edge.Grant{Gone: []string{"loc-one"}}, fmt.Errorf("session: %w", fs.ErrPermission)
	}
	return g, nil
}

func (s *sessions) End(_ context.Context, token string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.live[token]
	delete(s.live, token)
	return g.Locations, s.broken
}

func (s *sessions) MayRead(_ context.Context, token, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.live[token].Locations {
		if l == id {
			return s.broken
		}
	}
	return fmt.Errorf("location: %w", fs.ErrPermission)
}

func (s *sessions) Who(_ context.Context, token string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live[token].Token == "" {
		return "", fmt.Errorf("session: %w", fs.ErrPermission)
	}
	return s.people[token], s.broken
}

func (s *sessions) State(_ context.Context, token, slug string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.broken != nil:
		return nil, s.broken
	case s.live[token].Token == "":
		return nil, fmt.Errorf("session: %w", fs.ErrPermission)
	case slug != "good-slug_1":
		return nil, fmt.Errorf("link: %w", fs.ErrNotExist)
	}
	return []byte(`{"layers":[]}`), nil
}

// tracts says what it was asked for.
type tracts struct{}

func (tracts) ServeTract(w http.ResponseWriter, _ *http.Request, loc access.Location, path, what string) error {
	switch path {
	case "gone.trk":
		return fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	case "denied.trk":
		w.Header().Set("ETag", `"of what might have been"`)
		return fmt.Errorf("%s: %w", path, fs.ErrPermission)
	case "torn.trk":
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "some")
		return io.ErrUnexpectedEOF
	}
	_, err := fmt.Fprintf(w, "%s of %s", what, loc.URI(path))
	return err
}

// A buffer is a log that may be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
