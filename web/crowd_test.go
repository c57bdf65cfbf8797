package main

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// perConnection is what a connection may cost the viewer host, all told: net/http's buffers of 4 kB each, two
// goroutines' stacks, and what a request that waits for its turn holds.
const perConnection = 40 << 10

// crowdSize is how many connections a test may open, of the wish.
func crowdSize(t *testing.T, wish int) int {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if most := int(limit.Cur) * 3 / 4; wish > most { // other tests need some, too
		t.Logf("only %d connections instead of %d: a process may hold no more than %d files (ulimit -n)", most, wish, limit.Cur)
		return most
	}
	return wish
}

// crowd opens n connections, and writes to each what say gives for it.
func (h *apart) crowd(t *testing.T, n int, say func(i int) string) []*net.TCPConn {
	t.Helper()
	conns, failed := make([]*net.TCPConn, n), make([]error, n)
	next := make(chan int)
	var wait sync.WaitGroup
	for range 32 {
		wait.Go(func() {
			for i := range next {
				conns[i], failed[i] = h.send(say(i))
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wait.Wait()
	t.Cleanup(func() { closeAll(conns) })
	if err := errors.Join(failed...); err != nil {
		t.Fatal(err)
	}
	return conns
}

func closeAll(conns []*net.TCPConn) {
	for _, conn := range conns {
		if conn != nil {
			conn.Close()
		}
	}
}

// TestCrowd opens connections on which nothing comes, or not enough. Others are served meanwhile, and the server
// closes them by itself.
func TestCrowd(t *testing.T) {
	t.Parallel()
	s := startStorage(t, "127.0.0.1", map[string]play{"good": says(answer("200 OK", small)), "large": says(answer("200 OK", large))})
	h := startApart(t, options{Storage: s.URL})
	before := h.begin(t, s)
	n := crowdSize(t, 10_000)
	begun := []string{"", "", "", "", "", "", "", "GET", "GET / HTTP/1.1\r\n", "GET /d/loc-1/good HTTP/1.1\r\nHost: " + h.Addr + "\r\nCookie: CloudFront-Policy="}
	conns := h.crowd(t, n, func(i int) string { return begun[i%len(begun)] })
	if !within(20*time.Second, func() bool { return h.ask(t, "count").Handles >= before.Handles+n/2 }) {
		t.Fatalf("of %d connections, the server holds %d", n, h.ask(t, "count").Handles-before.Handles)
	}
	h.read(h.Ada, "", "good").want(t, 200, small)
	h.read(h.Ben, "", "large").want(t, 200, large)
	during := h.ask(t, "memory")
	held := during.Handles - before.Handles
	if held < n/2 {
		t.Errorf("the requests were answered when %d of %d connections were left, want most", held, n)
	}
	each := (during.Heap + during.Stacks - before.Heap - before.Stacks) / int64(max(held, 1))
	t.Logf("%d connections cost %d bytes each of heap and stacks, %d resident; %d goroutines", held, each, (during.RSS-before.RSS)/int64(max(held, 1)), during.Goroutines)
	if each > perConnection {
		t.Errorf("a connection costs %d bytes, want at most %d", each, perConnection)
	}
	open := 0
	for _, conn := range conns { // until the server closes it; it may say why
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
			open++
		}
	}
	if open > 0 {
		t.Errorf("%d of %d connections are open after a minute, want none", open, n)
	}
	h.settle(t, s, before)
	after := h.ask(t, "memory")
	t.Logf("afterwards heap and stacks hold %d kB more than before", (after.Heap+after.Stacks-before.Heap-before.Stacks)>>10)
}
