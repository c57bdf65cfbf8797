package edge_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"ngportal/edge"
)

func TestCache(t *testing.T) {
	get, head := edge.Want{}, edge.Want{HeadOnly: true}
	part := func(r string) edge.Want { return edge.Want{Range: r} }
	unless := func(tag string) edge.Want { return edge.Want{IfNoneMatch: tag} }
	since := func(d time.Duration) edge.Want { return edge.Want{IfModifiedSince: changed.Add(d)} }
	sick := errors.New("SlowDown")
	type step struct {
		wait  time.Duration
		put   string // text and ETag with a slash between
		sick  error
		want  edge.Want
		says  string
		asked string
	}
	const second = time.Second
	tests := map[string][]step{
		"asks once while fresh": {
			{0, `hello/"1"`, nil, get, "hello", "GET"},
			{9 * second, "", nil, get, "hello", ""},
		},
		"asks whether the ETag is still the same, then is fresh again": {
			{0, `hello/"1"`, nil, get, "hello", "GET"},
			{10 * second, "", nil, get, "hello", `GET "1"`},
			{9 * second, "", nil, get, "hello", ""},
		},
		"serves another version as soon as the storage tells of it": {
			{0, `hello/"1"`, nil, get, "hello", "GET"},
			{10 * second, `world/"2"`, nil, get, "world", `GET "1"`},
			{9 * second, "", nil, get, "world", ""},
		},
		"asks when the clock goes backwards": {
			{0, `hello/"1"`, nil, get, "hello", "GET"},
			{-second, "", nil, get, "hello", `GET "1"`},
		},
		"keeps ranges apart": {
			{0, `hello/"1"`, nil, part("bytes=1-2"), "el 1-2/5", "GET bytes=1-2"},
			{0, "", nil, part("bytes=1-3"), "ell 1-3/5", "GET bytes=1-3"},
			{0, "", nil, part("bytes=1-2"), "el 1-2/5", ""},
			{0, "", nil, part("bytes=-2"), "lo 3-4/5", "GET bytes=-2"},
			{0, "", nil, get, "hello", "GET"},
			{0, "", nil, part("bytes=-2"), "lo 3-4/5", ""},
		},
		"never serves a range of one version beside one of another": {
			{0, `hello/"1"`, nil, part("bytes=0-1"), "he 0-1/5", "GET bytes=0-1"},
			{0, `world/"2"`, nil, part("bytes=2-4"), "rld 2-4/5", "GET bytes=2-4"},
			{0, "", nil, part("bytes=0-1"), "wo 0-1/5", "GET bytes=0-1"},
		},
		"renews all ranges by one answer": {
			{0, `hello/"1"`, nil, part("bytes=0-1"), "he 0-1/5", "GET bytes=0-1"},
			{0, "", nil, part("bytes=2-4"), "llo 2-4/5", "GET bytes=2-4"},
			{10 * second, "", nil, part("bytes=0-1"), "he 0-1/5", `GET bytes=0-1 "1"`},
			{0, "", nil, part("bytes=2-4"), "llo 2-4/5", ""},
		},
		"does not remember what is missing": {
			{0, "", nil, get, "404", "GET"},
			{0, `hello/"1"`, nil, get, "hello", "GET"},
		},
		"forgets what has gone": {
			{0, `hello/"1"`, nil, part("bytes=0-1"), "he 0-1/5", "GET bytes=0-1"},
			{0, "/", nil, get, "404", "GET"},
			{0, "", nil, part("bytes=0-1"), "404", "GET bytes=0-1"},
			{0, `hello/"1"`, nil, part("bytes=0-1"), "he 0-1/5", "GET bytes=0-1"},
		},
		"serves nothing old when the storage is unwell, and does not remember that": {
			{0, `hello/"1"`, nil, get, "hello", "GET"},
			{9 * second, "", sick, get, "hello", ""},
			{second, "", sick, get, "SlowDown", `GET "1"`},
			{0, "", nil, get, "hello", `GET "1"`},
		},
		"forgets an object that became shorter than the range": {
			{0, `hello/"1"`, nil, part("bytes=3-4"), "lo 3-4/5", "GET bytes=3-4"},
			{0, "", nil, part("bytes=0-0"), "h 0-0/5", "GET bytes=0-0"},
			{10 * second, `hi/"2"`, nil, part("bytes=3-4"), "416", `GET bytes=3-4 "1"`},
			{0, "", nil, part("bytes=0-0"), "h 0-0/2", "GET bytes=0-0"},
		},
		"is not disturbed by a range that never was": {
			{0, `hello/"1"`, nil, get, "hello", "GET"},
			{0, "", nil, part("bytes=5-9"), "416", "GET bytes=5-9"},
			{0, "", nil, get, "hello", ""},
		},
		"answers HEAD from what a GET has told": {
			{0, `hello/"1"`, nil, part("bytes=1-2"), "el 1-2/5", "GET bytes=1-2"},
			{0, "", nil, head, `5 bytes of "1"`, ""},
			{10 * second, "", nil, head, `5 bytes of "1"`, "HEAD"},
			{9 * second, "", nil, part("bytes=1-2"), "el 1-2/5", ""},
		},
		"answers HEAD from what a HEAD has told": {
			{0, `hello/"1"`, nil, head, `5 bytes of "1"`, "HEAD"},
			{9 * second, "", nil, head, `5 bytes of "1"`, ""},
			{0, "", nil, edge.Want{HeadOnly: true, IfNoneMatch: `"1"`}, `304 "1"`, ""},
			{0, "", nil, get, "hello", "GET"},
		},
		"learns from HEAD that there is another version": {
			{0, `hello/"1"`, nil, get, "hello", "GET"},
			{10 * second, `world/"2"`, nil, edge.Want{HeadOnly: true, IfNoneMatch: `"1"`}, `5 bytes of "2"`, "HEAD"},
			{0, "", nil, get, "world", "GET"},
		},
		"learns from HEAD that it has gone": {
			{0, `hello/"1"`, nil, get, "hello", "GET"},
			{10 * second, "/", nil, head, "404", "HEAD"},
			{0, `hello/"1"`, nil, get, "hello", "GET"},
		},
		"answers conditions itself while fresh, for ranges that it does not hold, too": {
			{0, `hello/"1"`, nil, get, "hello", "GET"},
			{0, "", nil, unless(`"1"`), `304 "1"`, ""},
			{0, "", nil, unless(`"0"`), "hello", ""},
			{0, "", nil, since(0), `304 "1"`, ""},
			{0, "", nil, since(-second), "hello", ""},
			{0, "", nil, edge.Want{Range: "bytes=0-1", IfNoneMatch: `"0", W/"1"`}, `304 "1"`, ""},
		},
		"puts its own condition in place of the reader's when it holds the object": {
			{0, `hello/"1"`, nil, get, "hello", "GET"},
			{10 * second, "", nil, unless(`"0"`), "hello", `GET "1"`},
			{10 * second, "", nil, unless(`"1"`), `304 "1"`, `GET "1"`},
			{10 * second, "", nil, since(0), `304 "1"`, `GET "1"`},
			{10 * second, `world/"2"`, nil, unless(`"2"`), `304 "2"`, `GET "1"`},
		},
		"passes the reader's condition on when it holds nothing": {
			{0, `hello/"1"`, nil, unless(`"1"`), "304 ", `GET "1"`},
			{0, "", nil, since(0), "304 ", "GET since"},
			{0, "", nil, unless(`"0"`), "hello", `GET "0"`},
			{0, "", nil, get, "hello", ""},
		},
		"is renewed by a reader's condition about another range": {
			{0, `hello/"1"`, nil, part("bytes=0-1"), "he 0-1/5", "GET bytes=0-1"},
			{10 * second, "", nil, unless(`"1"`), "304 ", `GET "1"`},
			{9 * second, "", nil, part("bytes=0-1"), "he 0-1/5", ""},
		},
		"is dead by a reader's condition that holds for another version": {
			{0, `hello/"1"`, nil, part("bytes=0-1"), "he 0-1/5", "GET bytes=0-1"},
			{10 * second, `world/"2"`, nil, unless(`"2"`), "304 ", `GET "2"`},
			{0, "", nil, part("bytes=0-1"), "wo 0-1/5", "GET bytes=0-1"},
		},
		"keeps objects without bytes": {
			{0, `/"1"`, nil, get, "", "GET"},
			{0, "", nil, get, "", ""},
		},
		"keeps nothing without an ETag": {
			{0, "hello/", nil, get, "hello", "GET"},
			{0, "", nil, get, "hello", "GET"},
		},
		"keeps nothing with a weak ETag, nor what it knew before": {
			{0, `hello/"1"`, nil, part("bytes=0-1"), "he 0-1/5", "GET bytes=0-1"},
			{0, `hello/W/"1"`, nil, get, "hello", "GET"},
			{0, "", nil, get, "hello", "GET"},
			{0, "", nil, part("bytes=0-1"), "he 0-1/5", "GET bytes=0-1"},
		},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			w := newCacheWorld(t, nil)
			for i, s := range steps {
				w.wait(s.wait)
				if text, tag, ok := strings.Cut(s.put, "/"); ok {
					w.depot.put("main/a", text, tag)
				}
				w.depot.wrap = nil
				if s.sick != nil {
					w.depot.wrap = func(*edge.Object) (*edge.Object, error) { return nil, s.sick }
				}
				got := w.read(t, "a", s.want)
				if asked := w.depot.questions(); got != s.says || asked != s.asked {
					t.Errorf("step %d, %s: got %q, storage asked %q, want %q, %q", i+1, question(s.want), got, asked, s.says, s.asked)
				}
			}
		})
	}
}

func TestCacheIsAskedEveryTimeWithoutFreshness(t *testing.T) {
	w := newCacheWorld(t, func(c *edge.CacheConfig) { c.Fresh = 0 })
	w.depot.put("main/a", "hello", `"1"`)
	for i, want := range []string{"GET", `GET "1"`, `GET "1"`} {
		if got := w.read(t, "a", edge.Want{}); got != "hello" {
			t.Errorf("reading %d: %q, want hello", i, got)
		}
		if asked := w.depot.questions(); asked != want {
			t.Errorf("reading %d: storage asked %q, want %q", i, asked, want)
		}
	}
	want := edge.CacheStats{Misses: 1, Revalidated: 2, MemoryBytes: w.Stats().MemoryBytes}
	if got := w.Stats(); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

// Bucket and key are told apart, and so are a key and its range.
func TestCacheNames(t *testing.T) {
	w := newCacheWorld(t, nil)
	names := [][2]string{{"main", "a"}, {"mai", "na"}, {"main", "A"}, {"main", "a/"}, {"main", ""}, {"maina", ""}, {"main", "ä"}, {"main", "a\u0308"}, {"main", strings.Repeat("k", 1024)}}
	for round := range 2 {
		for i, n := range names {
			w.depot.put(n[0]+"/"+n[1], "text "+strconv.Itoa(i), `"same"`)
			o, err := w.Open(t.Context(), n[0], n[1], edge.Want{})
			if got, want := said(o, err), "text "+strconv.Itoa(i); got != want {
				t.Errorf("%s, %s: %q, want %q", n[0], n[1], got, want)
			}
		}
		if want := (1 - round) * len(names); strings.Count(w.depot.questions(), "GET") != want {
			t.Errorf("round %d: storage not asked %d times", round, want)
		}
	}
}

// An object that is copied onto itself has other headers and the same ETag.
func TestCacheNewHeaders(t *testing.T) {
	w := newCacheWorld(t, nil)
	w.depot.put("main/a", "hello", `"1"`)
	w.read(t, "a", edge.Want{})
	later := changed.Add(time.Hour)
	w.depot.objects["main/a"] = stored{"hello", `"1"`, later}
	w.read(t, "a", edge.Want{Range: "bytes=0-0"})
	o, err := w.Open(t.Context(), "main", "a", edge.Want{})
	if got := said(o, err); got != "hello" || !o.LastModified.Equal(later) {
		t.Errorf("%q, last modified %v, want hello, %v", got, o.LastModified, later)
	}
}
