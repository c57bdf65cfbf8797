package main

import (
	"fmt"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestStalls has storages that say nothing any more, all at once, as each takes until the patience is at its end.
func TestStalls(t *testing.T) {
	t.Parallel()
	long := answer("200 OK", large)
	tests := map[string]mischief{
		"is silent":                 {do: stalls(""), want: 503},
		"is silent to HEAD":         {do: stalls(""), method: "HEAD", want: 503},
		"is silent in the header":   {do: stalls("HTTP/1.1 200 OK\r\nContent-Le"), want: 503},
		"drips its header":          {do: drips, want: 503},
		"is silent once":            {do: silentOnce, want: 200, body: large},
		"is silent after the head":  {do: stalls(answer("200 OK", "", "Content-Length: 1000")), want: 503},
		"is silent early":           {do: stalls(answer("200 OK", small[:999], "Content-Length: 1000")), want: 503},
		"is silent in the middle":   {do: stalls(long[:200_000]), want: cut},
		"is silent before the end":  {do: stalls(long[:len(long)-1]), want: cut},
		"is silent within chunks":   {do: stalls("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n"), want: 503},
		"is silent with its reason": {do: stalls(answer("500 Internal Server Error", "<Err", "Content-Length: 1000")), want: 503},
	}
	plays := map[string]play{"good": says(answer("200 OK", small)), "left": stalls("")}
	for name, m := range tests {
		plays[name] = m.do
	}
	s := startStorage(t, "127.0.0.1", plays)
	h := startApart(t, options{Storage: s.URL})
	before := h.begin(t, s)
	got := map[string]seen{}
	var mu sync.Mutex
	var wait sync.WaitGroup
	for name, m := range tests {
		wait.Go(func() {
			answer := h.read(h.Ada, m.method, name)
			mu.Lock()
			defer mu.Unlock()
			got[name] = answer
		})
	}
	// Behind a second request on its connection, the server does not see that a reader has left.
	h.open(t, h.request(h.Ada, "", "left")+h.request(h.Ada, "", "good")).Close()
	wait.Wait()
	for name, m := range tests {
		t.Run(name, func(t *testing.T) {
			got[name].want(t, m.want, m.body)
			if n := s.times(name); n > 3 {
				t.Errorf("the storage is asked %d times, want at most 3", n)
			}
		})
	}
	h.settle(t, s, before)
}

// silentOnce answers the second time only.
func silentOnce(c *call) bool {
	if c.time == 1 {
		return c.left()
	}
	return c.say(answer("200 OK", large))
}

// drips sends a header that never ends, so slowly that a byte comes before each patience has ended.
func drips(c *call) bool {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for ok := c.say("HTTP/1.1 200 OK\r\nX-Amz-Meta-Much: "); ok; ok = c.say("x") {
		<-tick.C
	}
	return false
}

// TestStorageThatDoesNotListen reads from an address at which the kernel takes no more connections and refuses none.
func TestStorageThatDoesNotListen(t *testing.T) {
	t.Parallel()
	h := startApart(t, options{Storage: "http://" + fullAddr(t)})
	before := h.ask(t, "memory")
	h.read(h.Ada, "", "good").want(t, 503, "")
	if !within(20*time.Second, func() bool {
		u := h.ask(t, "count")
		return u.Goroutines <= before.Goroutines && u.Handles <= before.Handles
	}) {
		t.Errorf("afterwards %+v, before %+v", h.ask(t, "count"), before)
	}
}

// fullAddr is the address of a listener whose queue is full.
func fullAddr(t *testing.T) string {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) }) // nothing depends on it
	if err = syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err = syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	at, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", at.(*syscall.SockaddrInet4).Port)
	for range 8 {
		conn, err := net.DialTimeout("tcp", addr, 300*time.Millisecond)
		if err != nil {
			return addr
		}
		t.Cleanup(func() { conn.Close() })
	}
	t.Fatalf("%s takes as many connections as come", addr)
	return ""
}
