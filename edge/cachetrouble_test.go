package edge_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"ngportal/edge"
)

// torn is a body that says something else than its object's size.
func torn(text string, err error) io.ReadCloser {
	return io.NopCloser(io.MultiReader(strings.NewReader(text), failing{err}))
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// together gives an error with the last bytes.
type together struct{ text string }

func (r *together) Read(p []byte) (int, error) {
	n := copy(p, r.text)
	r.text = r.text[n:]
	return n, errors.New("reset")
}

func TestCacheKeepsNoTornBodies(t *testing.T) {
	whole := edge.Object{Size: 5, ETag: `"1"`}
	with := func(body io.ReadCloser, change func(*edge.Object)) *edge.Object {
		o := whole
		o.Body = body
		if change != nil {
			change(&o)
		}
		return &o
	}
	tests := map[string]struct {
		answer *edge.Object
		want   edge.Want
		says   string
	}{
		"ends early":                     {with(torn("hell", io.EOF), nil), edge.Want{}, "hell, then unexpected EOF"},
		"gives nothing":                  {with(torn("", io.EOF), nil), edge.Want{}, ", then unexpected EOF"},
		"breaks":                         {with(torn("he", errors.New("reset")), nil), edge.Want{}, "he, then reset"},
		"breaks with the last byte":      {with(io.NopCloser(&together{"hello"}), nil), edge.Want{}, "hello, then reset"},
		"gives more than it said":        {with(torn("hello world", io.EOF), nil), edge.Want{}, "11 bytes for 5"},
		"does not say how long":          {with(torn("hello", io.EOF), func(o *edge.Object) { o.Size = -1 }), edge.Want{}, "5 bytes for -1"},
		"gives another range":            {with(torn("hello", io.EOF), func(o *edge.Object) { o.ContentRange = "bytes 1-5/9" }), edge.Want{Range: "bytes=0-4"}, "hello 1-5/9"},
		"gives a range that none wanted": {with(torn("hello", io.EOF), func(o *edge.Object) { o.ContentRange = "bytes 0-4/9" }), edge.Want{}, "hello 0-4/9"},
		"gives a strange range":          {with(torn("hello", io.EOF), func(o *edge.Object) { o.ContentRange = "bytes 0-4/*" }), edge.Want{Range: "bytes=0-4"}, "hello 0-4/*"},
		"has an ETag without quotes":     {with(torn("hello", io.EOF), func(o *edge.Object) { o.ETag = "1" }), edge.Want{}, "hello"},
		"has an empty ETag":              {with(torn("hello", io.EOF), func(o *edge.Object) { o.ETag = `""` }), edge.Want{}, "hello"},
		"has endless headers":            {with(torn("hello", io.EOF), func(o *edge.Object) { o.ContentType = strings.Repeat("x", 600) }), edge.Want{}, "hello"},
		"is too large":                   {with(torn(strings.Repeat("x", 131_073), io.EOF), func(o *edge.Object) { o.Size = 131_073 }), edge.Want{}, strings.Repeat("x", 131_073)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newCacheWorld(t, nil)
			w.depot.open = func(edge.Want) (*edge.Object, error) { return tt.answer, nil }
			if got := w.read(t, "a", tt.want); got != tt.says {
				t.Errorf("a body that %s: %.40q, want %.40q", name, got, tt.says)
			}
			w.depot.open = nil
			w.depot.put("main/a", "whole", tt.answer.ETag)
			w.depot.questions()
			got := w.read(t, "a", tt.want)
			if asked := w.depot.questions(); asked != question(tt.want) || !strings.HasPrefix(got, "whole") {
				t.Errorf("after a body that %s: got %q, storage asked %q, want it whole, asked without a condition", name, got, asked)
			}
		})
	}
}

// The largest that is kept is an eighth of the memory.
func TestCacheKeepsTheLargest(t *testing.T) {
	for size, want := range map[int]string{131_072: "", 131_073: "GET"} {
		w := newCacheWorld(t, nil)
		w.depot.put("main/a", strings.Repeat("x", size), `"1"`)
		w.read(t, "a", edge.Want{})
		w.depot.questions()
		w.read(t, "a", edge.Want{})
		if asked := w.depot.questions(); asked != want {
			t.Errorf("%d bytes, second reading: storage asked %q, want %q", size, asked, want)
		}
	}
}

func TestCacheReaderWhoLeaves(t *testing.T) {
	w := newCacheWorld(t, nil)
	w.depot.put("main/a", "hello", `"1"`)
	before := w.Stats().MemoryBytes
	o, err := w.Open(t.Context(), "main", "a", edge.Want{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(o.Body, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	if err := o.Body.Close(); err != nil || w.depot.closed.Load() != 1 {
		t.Errorf("close: %v, the storage's body closed %d times, want once", err, w.depot.closed.Load())
	}
	w.depot.questions()
	if got, asked := w.read(t, "a", edge.Want{}), w.depot.questions(); got != "hello" || asked != "GET" {
		t.Errorf("afterwards: %q, storage asked %q, want hello, GET", got, asked)
	}
	if w.depot.closed.Load() != 2 {
		t.Errorf("a body that was read to its end is not closed")
	}
	w.depot.put("main/a", "", "")
	w.wait(time.Minute)
	if got, held := w.read(t, "a", edge.Want{}), w.Stats().MemoryBytes; got != "404" || held != before {
		t.Errorf("when all is gone: %q, %d bytes of memory, want 404, %d", got, held, before)
	}
}

// A reader gets each piece as it comes, and what it has read is there for others at once.
func TestCacheStreams(t *testing.T) {
	w := newCacheWorld(t, nil)
	from, to := io.Pipe()
	w.depot.open = func(edge.Want) (*edge.Object, error) { return &edge.Object{Body: from, Size: 6, ETag: `"1"`}, nil }
	o, err := w.Open(t.Context(), "main", "a", edge.Want{})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Body.Close()
	for _, piece := range []string{"abc", "def"} {
		go func() { _, _ = io.WriteString(to, piece) }()
		got := make([]byte, 3)
		if _, err := io.ReadFull(o.Body, got); err != nil || string(got) != piece {
			t.Fatalf("read %q, %v, want %q", got, err, piece)
		}
	}
	if got := w.read(t, "a", edge.Want{}); got != "abcdef" || w.Stats().Hits != 1 {
		t.Errorf("another reader: %q, %d hits, want abcdef from memory", got, w.Stats().Hits)
	}
}

// What is in memory is written as it lies there, also after a part has been read; and not after Close.
func TestCacheBodyWritesItself(t *testing.T) {
	w := newCacheWorld(t, nil)
	w.depot.put("main/a", "hello", `"1"`)
	w.read(t, "a", edge.Want{})
	o, err := w.Open(t.Context(), "main", "a", edge.Want{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(o.Body, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(o.Body); err != nil || string(rest) != "ello" {
		t.Errorf("the rest is %q, %v, want ello", rest, err)
	}
	if n, err := o.Body.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("read at the end = %d, %v, want EOF", n, err)
	}
	held := w.Stats().MemoryBytes
	for range 2 {
		if err := o.Body.Close(); err != nil {
			t.Error(err)
		}
	}
	if n, err := o.Body.Read(make([]byte, 1)); n != 0 || err == nil || errors.Is(err, io.EOF) {
		t.Errorf("read after close = %d, %v, want an error", n, err)
	}
	if got := w.Stats().MemoryBytes; got != held {
		t.Errorf("closing twice: %d bytes of memory, want %d", got, held)
	}
}

// Two answers that cross cannot be told older and newer: neither is served again.
func TestCacheCrossedAnswers(t *testing.T) {
	w := newCacheWorld(t, nil)
	w.depot.put("main/a", "hello", `"1"`)
	inner := true
	w.depot.during = func(string, string, edge.Want) { // the first answer is on its way
		if inner {
			inner = false
			w.depot.put("main/a", "world", `"2"`)
			if got := w.read(t, "a", edge.Want{}); got != "world" {
				t.Errorf("the second reader: %q, want world", got)
			}
		}
	}
	if got := w.read(t, "a", edge.Want{}); got != "hello" {
		t.Errorf("the first reader: %q, want hello, which was asked for before", got)
	}
	w.depot.questions()
	if got, asked := w.read(t, "a", edge.Want{}), w.depot.questions(); got != "world" || asked != "GET" {
		t.Errorf("afterwards: %q, storage asked %q, want world, GET", got, asked)
	}
	if got, asked := w.read(t, "a", edge.Want{}), w.depot.questions(); got != "world" || asked != "" {
		t.Errorf("then: %q, storage asked %q, want world from memory", got, asked)
	}
}

// A body of a version that ended while it was read is whole for its reader, and for nobody else.
func TestCacheVersionEndsWhileRead(t *testing.T) {
	w := newCacheWorld(t, nil)
	w.depot.put("main/a", "hello", `"1"`)
	o, err := w.Open(t.Context(), "main", "a", edge.Want{})
	if err != nil {
		t.Fatal(err)
	}
	w.depot.put("main/a", "world", `"2"`)
	w.read(t, "a", edge.Want{Range: "bytes=0-0"})
	if got := said(o, nil); got != "hello" {
		t.Errorf("the first reader: %q, want hello", got)
	}
	if got := w.read(t, "a", edge.Want{}); got != "world" {
		t.Errorf("the next reader: %q, want world", got)
	}
}

func TestCacheConfig(t *testing.T) {
	good := edge.CacheConfig{Memory: 1 << 20, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	tests := map[string]struct {
		change func(*edge.CacheConfig)
		want   string
	}{
		"too little memory": {func(c *edge.CacheConfig) { c.Memory = 1<<20 - 1 }, "1048575 bytes of memory are too few; give it 1 MB or more"},
		"no clock":          {func(c *edge.CacheConfig) { c.Now = nil }, "needs objects, a clock and a log"},
		"no log":            {func(c *edge.CacheConfig) { c.Log = nil }, "needs objects, a clock and a log"},
		"negative disk":     {func(c *edge.CacheConfig) { c.Disk = -1 }, "cannot be negative"},
		"negative time":     {func(c *edge.CacheConfig) { c.Fresh = -1 }, "cannot be negative"},
		"negative objects":  {func(c *edge.CacheConfig) { c.MaxObject = -1 }, "cannot be negative"},
	}
	for name, tt := range tests {
		c := good
		tt.change(&c)
		if _, err := edge.NewCache(&depot{}, c); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want …%s", name, err, tt.want)
		}
	}
	if _, err := edge.NewCache(nil, good); err == nil {
		t.Error("no objects: no error")
	}
}

// A reader of an object without bytes may close it unread.
func TestCacheEmptyObject(t *testing.T) {
	w := newCacheWorld(t, nil)
	w.depot.put("main/a", "", `"1"`)
	for _, want := range []string{"GET", ""} {
		o, err := w.Open(t.Context(), "main", "a", edge.Want{})
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Body.Close(); err != nil {
			t.Error(err)
		}
		if asked := w.depot.questions(); asked != want {
			t.Errorf("storage asked %q, want %q", asked, want)
		}
	}
}

// A panic of the storage is not the end of the cache.
func TestCacheSurvivesPanics(t *testing.T) {
	w := newCacheWorld(t, nil)
	w.depot.put("main/a", "hello", `"1"`)
	w.read(t, "a", edge.Want{})
	w.wait(time.Minute)
	w.depot.during = func(string, string, edge.Want) { panic("a bug") }
	func() {
		defer func() {
			if p := recover(); p != "a bug" {
				t.Errorf("recovered %v, want a bug", p)
			}
		}()
		_, _ = w.Open(context.Background(), "main", "a", edge.Want{})
	}()
	w.depot.during = nil
	if got := w.read(t, "a", edge.Want{}); got != "hello" {
		t.Errorf("afterwards: %q, want hello", got)
	}
}
