package edge_test

import (
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ngportal/edge"
)

var discard = slog.New(slog.DiscardHandler)

// A history is storage that remembers when it held what. Version n of a key is n, written over and over, in
// blocks of eight digits; its ETag is "n". Version 0 is no object.
type history struct {
	*depot
	clock *atomic.Int64 // nanoseconds

	mu   sync.Mutex
	last int
	held map[string][]held
}

type held struct {
	version int
	from    int64
}

func newHistory(clock *atomic.Int64) *history {
	return &history{depot: &depot{}, clock: clock, held: map[string][]held{}}
}

func historyText(version, size int) string {
	return strings.Repeat(fmt.Sprintf("%08d", version), size)
}

// change gives a key another version, or takes it away.
func (h *history) change(key string, gone bool, size int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	version, text, tag := 0, "", ""
	if !gone {
		h.last++
		version, text, tag = h.last, historyText(h.last, size), strconv.Quote(strconv.Itoa(h.last))
	}
	// A reader may see either while this is done.
	h.held[key] = append(h.held[key], held{version, h.clock.Load()})
	h.put("main/"+key, text, tag)
}

// was tells whether a key had a version at some time from begin to end.
func (h *history) was(key string, version int, begin, end int64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	versions := h.held[key]
	if len(versions) == 0 {
		return version == 0
	}
	for i, v := range versions {
		ended := i+1 == len(versions) || versions[i+1].from >= begin
		if v.version == version && v.from <= end && ended {
			return true
		}
	}
	return version == 0 && begin <= versions[0].from
}

// checkAnswer tells what is wrong with an answer that was asked for after begin, with a cache that
// holds things fresh for a while. It returns the version that the answer is of.
func (h *history) checkAnswer(key string, w edge.Want, o *edge.Object, err error, begin, end int64, fresh time.Duration) (int, error) {
	text := said(o, err)
	switch {
	case text == "404":
		if !h.was(key, 0, begin, end) {
			return 0, fmt.Errorf("it was always there, but is missing")
		}
		return 0, nil
	case text == "416":
		return 0, nil
	case err != nil:
		return 0, err
	}
	tag := o.ETag
	if tag == "" && o.NotModified {
		tag = w.IfNoneMatch // the storage's own answer
	}
	version, err := strconv.Atoi(strings.Trim(tag, `"`))
	if err != nil {
		return 0, fmt.Errorf("answer %q has ETag %q", text, tag)
	}
	if !h.was(key, version, begin-int64(fresh), end) {
		return 0, fmt.Errorf("version %d was not there in time", version)
	}
	if o.NotModified != (w.IfNoneMatch == tag) {
		return 0, fmt.Errorf("not modified: %v; the reader has %q and it is %q", o.NotModified, w.IfNoneMatch, tag)
	}
	if o.Body == nil {
		return version, nil
	}
	return version, checkText(text, w, o, version)
}

func checkText(text string, w edge.Want, o *edge.Object, version int) error {
	text, span, _ := strings.Cut(text, " ")
	whole := historyText(version, 1000)
	first := 0
	if w.Range != "" {
		var last, total int
		if _, err := fmt.Sscanf(span, "%d-%d/%d", &first, &last, &total); err != nil || last-first+1 != len(text) {
			return fmt.Errorf("%d bytes with range %q", len(text), o.ContentRange)
		}
	}
	if !strings.HasPrefix(whole[first%8:], text) {
		return fmt.Errorf("%.40q is no text of version %d", text, version)
	}
	return nil
}

func randomWant(r *rand.Rand, versions int) edge.Want {
	ranges := []string{"", "", "bytes=0-7", "bytes=8-99", "bytes=-16", "bytes=4-"}
	w := edge.Want{Range: ranges[r.IntN(len(ranges))]}
	switch r.IntN(8) {
	case 0:
		w.IfNoneMatch = strconv.Quote(strconv.Itoa(max(1, versions-r.IntN(3))))
	case 1:
		w = edge.Want{HeadOnly: true}
	}
	return w
}

// Whatever happens in whatever order, what is served was there during the last while, and no reader is
// taken back in time.
func TestCacheModel(t *testing.T) {
	const fresh = 10 * time.Second
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := &cacheWorld{log: &buffer{}}
		h := newHistory(&w.now)
		w.depot = h.depot
		dir := t.TempDir()
		config := func(c *edge.CacheConfig) { c.Dir, c.Disk = dir, 300<<10 }
		w.reopen(t, config)
		seen := map[string]int{}
		var hits, revalidated int64
		for step := range 2000 {
			key := strconv.Itoa(r.IntN(40))
			switch n := r.IntN(1000); {
			case n < 80:
				h.change(key, r.IntN(4) == 0, 4+r.IntN(900))
			case n < 250:
				w.wait(time.Duration(r.Int64N(int64(fresh / 2))))
			case n < 252:
				hits, revalidated = hits+w.Stats().Hits, revalidated+w.Stats().Revalidated
				w.restart(t, config)
			default:
				want, now := randomWant(r, h.last), w.now.Load()
				o, err := w.Open(t.Context(), "main", key, want)
				version, err := h.checkAnswer(key, want, o, err, now, now, fresh)
				if err == nil && version != 0 && version < seen[key] {
					err = fmt.Errorf("version %d after version %d", version, seen[key])
				}
				if err != nil {
					t.Fatalf("seed %d, step %d, %s %s: %v", seed, step, key, question(want), err)
				}
				seen[key] = max(version, seen[key])
			}
			h.questions()
		}
		s := w.Stats()
		if s.MemoryBytes > 1<<20 || s.DiskBytes > 300<<10 || s.Hits+hits == 0 || s.Revalidated+revalidated == 0 {
			t.Fatalf("seed %d: %+v", seed, s)
		}
	}
}

// The same from many sides at once: with objects that change, go and come back while they are read,
// readers who leave, and a clock that runs.
func TestCacheStress(t *testing.T) {
	const fresh = 200 // of a clock that each step moves
	w := &cacheWorld{log: &buffer{}}
	h := newHistory(&w.now)
	w.depot = h.depot
	h.during = func(string, string, edge.Want) { // answers cross
		for range rand.IntN(4) {
			runtime.Gosched()
		}
	}
	w.reopen(t, func(c *edge.CacheConfig) { c.Dir, c.Disk, c.Fresh = t.TempDir(), 300<<10, fresh })
	var group sync.WaitGroup
	for worker := range uint64(8) {
		group.Go(func() {
			r := rand.New(rand.NewPCG(worker, 2))
			for range 1500 {
				w.now.Add(1)
				key := strconv.Itoa(r.IntN(60))
				if r.IntN(20) == 0 {
					h.change(key, r.IntN(4) == 0, 4+r.IntN(900))
					continue
				}
				want, begin := randomWant(r, int(h.clock.Load()/20)), w.now.Load()
				o, err := w.Open(t.Context(), "main", key, want)
				if err == nil && o.Body != nil && r.IntN(10) == 0 {
					_, _ = io.ReadFull(o.Body, make([]byte, r.IntN(100)))
					o.Body.Close()
					continue
				}
				if _, err = h.checkAnswer(key, want, o, err, begin, w.now.Load(), fresh); err != nil {
					t.Errorf("%s %s: %v", key, question(want), err)
					return
				}
				if s := w.Stats(); s.MemoryBytes > 1<<20 || s.DiskBytes > 300<<10 {
					t.Errorf("%+v", s)
					return
				}
			}
		})
	}
	group.Wait()
	s := w.Stats()
	t.Logf("%+v", s)
	if s.Hits == 0 || s.Misses == 0 || s.Revalidated == 0 || s.DiskBytes == 0 {
		t.Errorf("%+v: something never happened", s)
	}
	if log := w.log.String(); log != "" {
		t.Errorf("log %s, want none", log)
	}
}
