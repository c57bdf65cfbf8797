package main

import (
	"io"
	"net"
	"strconv"
	"testing"
	"time"
)

// TestSlowReaders has one person ask for large objects and take nothing, a thousand times. It costs little
// memory, no more for longer, and nobody else waits.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	const reads, readsEach = 256, 64
	s := startStorage(t, "127.0.0.1", map[string]play{"good": says(answer("200 OK", small)), "large": says(answer("200 OK", large)), "endless": endless})
	h := startApart(t, options{Storage: s.URL, Patience: time.Minute, MaxConcurrent: reads, MaxPerPerson: readsEach})
	before := h.begin(t, s)
	n := crowdSize(t, 1000)
	conns := h.crowd(t, n, func(int) string { return h.request(h.Ada, "", "endless") })
	if !within(20*time.Second, func() bool { return s.busy() == readsEach && h.ask(t, "count").Goroutines >= before.Goroutines+n }) {
		t.Fatalf("%d goroutines serve %d readers, %d of whom read; want all, and %d", h.ask(t, "count").Goroutines, n, s.busy(), readsEach)
	}
	h.read(h.Ben, "", "large").want(t, 200, large)
	first := h.ask(t, "memory")
	for range 200 {
		h.read(h.Ben, "", "good").want(t, 200, small)
	}
	if got := s.busy(); got != readsEach {
		t.Errorf("%d read at once, want %d as long as the first take nothing", got, readsEach)
	}
	second := h.ask(t, "memory")
	grown := func(from, to usage) int64 { return (to.Heap + to.Stacks - from.Heap - from.Stacks) >> 10 }
	t.Logf("%d slow readers cost %d kB of heap and stacks, %d kB resident; after 200 more requests %d kB more", n, grown(before, first), (first.RSS-before.RSS)>>10, grown(first, second))
	if most := int64(64*reads + perConnection>>10*n); grown(before, second) > most {
		t.Errorf("%d slow readers cost %d kB, want at most %d kB: 64 kB for each read and %d for each connection", n, grown(before, second), most, perConnection>>10)
	}
	if grown(first, second) > 1<<10 {
		t.Errorf("the longer they hang the more they cost: %d kB in 200 requests, want at most 1 MB", grown(first, second))
	}
	closeAll(conns)
	h.settle(t, s, before)
}

// TestPatience has readers take nothing, or next to nothing: their time ends, and those behind them are told to come
// back. Who comes then gets a turn.
func TestPatience(t *testing.T) {
	t.Parallel()
	s := startStorage(t, "127.0.0.1", map[string]play{"good": says(answer("200 OK", small)), "endless": endless})
	h := startApart(t, options{Storage: s.URL, Patience: 500 * time.Millisecond, MaxConcurrent: 8, MaxPerPerson: 4})
	before := h.begin(t, s)
	ask := h.request(h.Ada, "", "endless", "Connection: close")
	drip, dripped := h.open(t, ask), make(chan bool)
	if statusOf(drip) != 200 {
		t.Fatal("the first reader is not served")
	}
	go drop(drip, dripped)
	conns := h.crowd(t, 40, func(int) string { return ask })
	h.settle(t, s, before) // though nobody has left
	close(dripped)
	if whole(drip) {
		t.Error("the answer of who reads a byte now and then ends as if it was whole")
	}
	torn, refused := 1, 0
	for _, conn := range conns {
		switch code, whole := statusOf(conn), whole(conn); {
		case code == 200 && !whole:
			torn++
		case code == 503 && whole:
			refused++
		default:
			t.Errorf("a slow reader sees %d, whole: %t; want 200 cut, or 503", code, whole)
		}
	}
	if torn != s.times("endless") || refused == 0 {
		t.Errorf("%d answers are cut and %d refused, want %d cut and the others refused", torn, refused, s.times("endless"))
	}
	h.read(h.Ada, "", "good").want(t, 200, small)
}

// drop reads a byte now and then, until told to stop.
func drop(from io.Reader, stop <-chan bool) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			_, _ = from.Read(make([]byte, 1)) // the end is looked at later
		}
	}
}

// statusOf reads the status of an answer, or 0.
func statusOf(conn net.Conn) int {
	head := make([]byte, len("HTTP/1.1 200"))
	if _, err := io.ReadFull(conn, head); err != nil {
		return 0
	}
	code, err := strconv.Atoi(string(head[len(head)-3:]))
	if err != nil {
		return 0
	}
	return code
}

// whole reads to the end, and tells whether an answer may end there: all but short ones are endless here.
func whole(conn net.Conn) bool {
	n, err := io.Copy(io.Discard, conn)
	return err == nil && n < 1000
}
