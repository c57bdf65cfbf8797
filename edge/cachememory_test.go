package edge_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"ngportal/edge"
)

// Whatever is read, whoever hangs on it, the account stays below the limit, and what is read is right.
func TestCacheMemoryIsBounded(t *testing.T) {
	w := newCacheWorld(t, nil)
	const limit = 1 << 20
	text := func(i int) string { return strings.Repeat(fmt.Sprintf("%08d", i), 100+i%8000) }
	var slow []*edge.Object
	for i := range 400 {
		key := fmt.Sprint("object ", i)
		w.depot.put("main/"+key, text(i), `"1"`)
		if got := w.read(t, key, edge.Want{}); got != text(i) {
			t.Fatalf("object %d is not what it was", i)
		}
		o, err := w.Open(t.Context(), "main", key, edge.Want{})
		if err != nil {
			t.Fatal(err)
		}
		slow = append(slow, o)
		if got := w.Stats().MemoryBytes; got > limit {
			t.Fatalf("after %d objects: %d bytes, want %d at most", i, got, limit)
		}
	}
	if got := w.Stats().MemoryBytes; got < limit/2 {
		t.Errorf("only %d bytes of memory are used", got)
	}
	for i, o := range slow {
		if got := said(o, nil); got != text(i) {
			t.Fatalf("object %d, read late, is not what it was", i)
		}
	}
	w.wait(time.Minute)
	for i := range slow {
		w.depot.put(fmt.Sprint("main/object ", i), "", "")
		w.read(t, fmt.Sprint("object ", i), edge.Want{})
	}
	if got := w.Stats().MemoryBytes; got != 0 {
		t.Errorf("when all objects are gone: %d bytes, want 0", got)
	}
}

// What somebody is reading makes no room, so it stays for others.
func TestCacheKeepsWhatIsRead(t *testing.T) {
	w := newCacheWorld(t, nil)
	open := func(key string) *edge.Object {
		o, err := w.Open(t.Context(), "main", key, edge.Want{})
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	for i := range 50 {
		w.depot.put(fmt.Sprint("main/", i), strings.Repeat("x", 100_000), `"1"`)
		w.read(t, fmt.Sprint(i), edge.Want{})
		if i == 0 {
			defer open("0").Body.Close()
		}
	}
	w.depot.questions()
	for key, want := range map[string]string{"0": "", "49": "", "1": "GET"} {
		w.read(t, key, edge.Want{})
		if asked := w.depot.questions(); asked != want {
			t.Errorf("object %s: storage asked %q, want %q", key, asked, want)
		}
	}
}

// Readers who hang on the storage's bodies leave others three quarters of the memory.
func TestCacheSlowReadersPushNothingOut(t *testing.T) {
	w := newCacheWorld(t, nil)
	for i := range 100 {
		w.depot.put(fmt.Sprint("main/", i), strings.Repeat("x", 100_000), `"1"`)
	}
	for i := range 6 {
		w.read(t, fmt.Sprint(i), edge.Want{})
	}
	before := w.Stats().MemoryBytes
	for i := 6; i < 100; i++ {
		o, err := w.Open(t.Context(), "main", fmt.Sprint(i), edge.Want{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(o.Body, make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		defer o.Body.Close()
	}
	w.depot.questions()
	for i := range 6 {
		w.read(t, fmt.Sprint(i), edge.Want{})
	}
	if asked := w.depot.questions(); asked != "" {
		t.Errorf("storage asked %q, want nothing", asked)
	}
	if got := w.Stats().MemoryBytes - before; got < 100_000 || got > 300_000 {
		t.Errorf("%d bytes for bodies under way, want those of two", got)
	}
}

// A part that died is counted until the last of its readers has left, and once.
func TestCacheCountsTheDead(t *testing.T) {
	w := newCacheWorld(t, nil)
	w.depot.put("main/a", strings.Repeat("x", 100_000), `"1"`)
	w.read(t, "a", edge.Want{})
	var readers []*edge.Object
	for range 3 {
		w.wait(time.Minute) // the storage says each time that it is good
		o, err := w.Open(t.Context(), "main", "a", edge.Want{})
		if err != nil {
			t.Fatal(err)
		}
		readers = append(readers, o)
	}
	w.depot.put("main/a", "", "")
	if got := w.read(t, "a", edge.Want{Range: "bytes=0-0"}); got != "404" {
		t.Fatalf("got %q, want 404", got)
	}
	for _, o := range readers {
		if got := w.Stats().MemoryBytes; got < 100_000 {
			t.Errorf("%d bytes while it is read, want 100000 or more", got)
		}
		if got := said(o, nil); got != strings.Repeat("x", 100_000) {
			t.Errorf("a dead part is not what it was")
		}
	}
	if got := w.Stats().MemoryBytes; got != 0 {
		t.Errorf("%d bytes when all have left, want 0", got)
	}
}

// The account is what the memory takes: neither far less nor far more.
func TestCacheAccountIsTrue(t *testing.T) {
	const limit = 16 << 20
	for _, size := range []int{1, 1_000, 20_000, 300_000} {
		w := newCacheWorld(t, func(c *edge.CacheConfig) { c.Memory = limit })
		object := bytes.Repeat([]byte("x"), size)
		w.depot.open = func(edge.Want) (*edge.Object, error) {
			return &edge.Object{Body: io.NopCloser(bytes.NewReader(object)), Size: int64(size), ETag: strings.Clone(`"0123456789abcdef0123456789abcdef"`)}, nil
		}
		before := heap()
		for i := range 5_000_000 / (size + 1000) {
			w.read(t, fmt.Sprint("objects/", i), edge.Want{})
			w.depot.questions()
		}
		counted, took := w.Stats().MemoryBytes, heap()-before
		t.Logf("objects of %d bytes: %d counted, %d taken", size, counted, took)
		if took > counted+counted/20 || took < counted/3 {
			t.Errorf("objects of %d bytes: %d counted, %d taken", size, counted, took)
		}
		runtime.KeepAlive(w)
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what the first one's finalizers held
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
