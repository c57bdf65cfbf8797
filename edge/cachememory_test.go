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
