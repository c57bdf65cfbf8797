package edge_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ngportal/edge"
)

// A depot is storage whose objects change. It decides conditions as versitygw does: one ETag, or "*".
type depot struct {
	mu      sync.Mutex
	objects map[string]stored
	asked   []string                                 // since it was last looked at
	open    func(edge.Want) (*edge.Object, error)    // instead of the objects
	wrap    func(*edge.Object) (*edge.Object, error) // around each answer
	during  func(bucket, key string, w edge.Want)    // while it is asked, unlocked
	closed  atomic.Int64                             // bodies
}

type stored struct {
	text, etag string
	modified   time.Time
}

func (d *depot) put(key, text, etag string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.objects == nil {
		d.objects = map[string]stored{}
	}
	d.objects[key] = stored{text, etag, changed}
	if text == "" && etag == "" {
		delete(d.objects, key)
	}
}

// questions tells what was asked since it was last called.
func (d *depot) questions() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := strings.Join(d.asked, "; ")
	d.asked = nil
	return s
}

func (d *depot) Open(_ context.Context, bucket, key string, w edge.Want) (*edge.Object, error) {
	o, err := d.answer(bucket, key, w)
	if d.during != nil {
		d.during(bucket, key, w)
	}
	if err != nil || d.wrap == nil {
		return o, err
	}
	return d.wrap(o)
}

func (d *depot) answer(bucket, key string, w edge.Want) (*edge.Object, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, question(w))
	if d.open != nil {
		return d.open(w)
	}
	s, ok := d.objects[bucket+"/"+key]
	if !ok {
		return nil, fmt.Errorf("%s: %w", key, fs.ErrNotExist)
	}
	if w.IfNoneMatch == "*" || w.IfNoneMatch == s.etag && s.etag != "" || !w.IfModifiedSince.IsZero() && !s.modified.After(w.IfModifiedSince) {
		return &edge.Object{NotModified: true}, nil
	}
	o := &edge.Object{Size: int64(len(s.text)), ETag: s.etag, LastModified: s.modified, ContentType: "text/x-test", ContentEncoding: "gzip"}
	if w.HeadOnly {
		return o, nil
	}
	if w.Range != "" {
		first, last, ok := cut(w.Range, len(s.text))
		if !ok {
			return nil, &edge.RangeError{Total: -1}
		}
		o.ContentRange = fmt.Sprintf("bytes %d-%d/%d", first, last, len(s.text))
		s.text = s.text[first : last+1]
		o.Size = int64(len(s.text))
	}
	o.Body = &counted{strings.NewReader(s.text), &d.closed}
	return o, nil
}

func question(w edge.Want) string {
	s := map[bool]string{true: "HEAD", false: "GET"}[w.HeadOnly]
	for _, part := range []string{w.Range, w.IfNoneMatch} {
		if part != "" {
			s += " " + part
		}
	}
	if !w.IfModifiedSince.IsZero() {
		s += " since"
	}
	return s
}

// cut decides a range of n bytes.
func cut(header string, n int) (first, last int, ok bool) {
	from, to, _ := strings.Cut(strings.TrimPrefix(header, "bytes="), "-")
	last = n - 1
	if from == "" {
		count, _ := strconv.Atoi(to)
		return max(0, n-count), last, count > 0 && n > 0
	}
	first, _ = strconv.Atoi(from)
	if to != "" {
		if l, _ := strconv.Atoi(to); l < last {
			last = l
		}
	}
	return first, last, first < n
}

// A counted body counts that it is closed, and gives three bytes at a time.
type counted struct {
	io.Reader
	closed *atomic.Int64
}

func (b *counted) Read(p []byte) (int, error) { return b.Reader.Read(p[:min(3, len(p))]) }

func (b *counted) Close() error {
	b.closed.Add(1)
	return nil
}

// A cacheWorld is a cache of a depot, with a clock of its own.
type cacheWorld struct {
	*edge.Cache
	depot *depot
	now   atomic.Int64 // nanoseconds
	log   *buffer
}

func (w *cacheWorld) wait(d time.Duration) { w.now.Add(int64(d)) }

// newCacheWorld makes a cache that holds answers fresh for 10 seconds, after change has been at its configuration.
func newCacheWorld(t testing.TB, change func(*edge.CacheConfig)) *cacheWorld {
	t.Helper()
	w := &cacheWorld{depot: &depot{}, log: &buffer{}}
	w.reopen(t, change)
	return w
}

func (w *cacheWorld) reopen(t testing.TB, change func(*edge.CacheConfig)) {
	t.Helper()
	config := edge.CacheConfig{
		Memory: 1 << 20, Fresh: 10 * time.Second,
		Now: func() time.Time { return time.Unix(start, w.now.Load()) },
		Log: slog.New(slog.NewJSONHandler(w.log, nil)),
	}
	if change != nil {
		change(&config)
	}
	c, err := edge.NewCache(w.depot, config)
	if err != nil {
		t.Fatal(err)
	}
	w.Cache = c
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
}

// read reads an object to its end and says what came in a few words.
func (w *cacheWorld) read(t testing.TB, key string, want edge.Want) string {
	t.Helper()
	o, err := w.Open(t.Context(), "main", key, want)
	return said(o, err)
}

func said(o *edge.Object, err error) string {
	var outside *edge.RangeError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "404"
	case errors.As(err, &outside):
		return "416"
	case err != nil:
		return err.Error()
	case o.NotModified:
		return "304 " + o.ETag
	case o.Body == nil:
		return fmt.Sprintf("%d bytes of %s", o.Size, o.ETag)
	}
	defer o.Body.Close()
	text, err := io.ReadAll(o.Body)
	if err != nil {
		return fmt.Sprintf("%s, then %v", text, err)
	}
	if int64(len(text)) != o.Size {
		return fmt.Sprintf("%d bytes for %d", len(text), o.Size)
	}
	return strings.TrimSpace(string(text) + " " + strings.TrimPrefix(o.ContentRange, "bytes "))
}
