package main

import (
	"bufio"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestReaderLeaves has readers go away: what the storage sends for them must stop, too.
func TestReaderLeaves(t *testing.T) {
	t.Parallel()
	s := startStorage(t, "127.0.0.1", map[string]play{
		"good": says(answer("200 OK", small)), "behind": says(answer("200 OK", small)),
		"sends": endless, "sends to a reset": endless, "sends before another": endless,
		"is slow":               stalls(answer("200 OK", large)[:200_000]),
		"has sent a little":     stalls(answer("200 OK", small[:500], "Content-Length: 1000")),
		"has not answered":      stalls(""),
		"has not answered HEAD": stalls(""),
	})
	h := startApart(t, options{Storage: s.URL})
	before := h.begin(t, s)
	tests := map[string]struct {
		method string
		taken  int // bytes of the answer before the reader leaves
		reset  bool
		behind bool // another request has been sent before
	}{
		"sends":                 {taken: 1 << 20},
		"sends to a reset":      {taken: 1 << 20, reset: true},
		"sends before another":  {taken: 1 << 20, behind: true},
		"is slow":               {taken: 1 << 16},
		"has sent a little":     {},
		"has not answered":      {},
		"has not answered HEAD": {method: "HEAD"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text := h.request(h.Ada, tt.method, name)
			if tt.behind {
				text += h.request(h.Ada, "", "behind")
			}
			conn := h.open(t, text)
			if !within(20*time.Second, func() bool { return s.busy() == 1 }) {
				t.Fatal("the storage is not asked")
			}
			if _, err := io.ReadFull(conn, make([]byte, tt.taken)); err != nil {
				t.Fatal(err)
			}
			if tt.reset {
				if err := conn.SetLinger(0); err != nil {
					t.Fatal(err)
				}
			}
			conn.Close()
			h.settle(t, s, before)
			if n := s.times(name); n != 1 {
				t.Errorf("the storage is asked %d times, want once", n)
			}
			if sent := s.sentSoFar(); sent > 128<<20 {
				t.Errorf("the storage could send %d MB, want what fits into the buffers on the way", sent>>20)
			}
		})
	}
	if n := s.times("behind"); n != 0 {
		t.Errorf("a request behind the one that was left is made %d times, want never", n)
	}
	t.Logf("the storage could send %.1f MB for three readers who took 1 MB each of 1 TB", float64(s.sentSoFar())/(1<<20))
}

// TestReaderLeavesTheQueue has readers wait for a turn, and go away before it comes.
func TestReaderLeavesTheQueue(t *testing.T) {
	t.Parallel()
	s := startStorage(t, "127.0.0.1", map[string]play{"good": says(answer("200 OK", small)), "held": endless, "waited for": says(answer("200 OK", small))})
	h := startApart(t, options{Storage: s.URL, MaxConcurrent: 2, MaxPerPerson: 1, Patience: time.Minute})
	before := h.begin(t, s)
	holder := h.open(t, h.request(h.Ada, "", "held"))
	if _, err := io.ReadFull(holder, make([]byte, 1<<16)); err != nil {
		t.Fatal(err)
	}
	held := h.ask(t, "count")
	waiter := h.open(t, h.request(h.Ada, "", "waited for"))
	if !within(20*time.Second, func() bool { return h.ask(t, "count").Goroutines >= held.Goroutines+2 }) { // one serves, one watches the connection
		t.Fatal("nobody waits")
	}
	h.read(h.Ben, "", "good").want(t, 200, small) // who is somebody else
	waiter.Close()
	if !within(20*time.Second, func() bool { return h.ask(t, "count").Goroutines <= held.Goroutines }) {
		t.Error("who has left still waits")
	}
	holder.Close()
	h.settle(t, s, before)
	if n := s.times("waited for"); n != 0 {
		t.Errorf("the storage is asked %d times for what nobody waits for, want never", n)
	}
	h.read(h.Ada, "", "good").want(t, 200, small)
}

// TestPipelining sends requests without waiting for answers.
func TestPipelining(t *testing.T) {
	t.Parallel()
	long := answer("200 OK", large)
	s := startStorage(t, "127.0.0.1", map[string]play{
		"good": says(answer("200 OK", small)), "large": says(long), "busy": says(answer("503 Slow Down", "")), "torn": ends(long[:200_000]),
	})
	h := startApart(t, options{Storage: s.URL})
	before := h.begin(t, s)
	var text strings.Builder
	names := slices.Repeat([]string{"good", "large", "none", "busy"}, 5)
	for _, name := range append(names, "torn", "good") {
		text.WriteString(h.request(h.Ada, "", name))
	}
	asked := s.times("good")
	in := bufio.NewReader(h.open(t, text.String()))
	for _, name := range names {
		switch name {
		case "none":
			receive(in, "").want(t, 404, "There is no such object.\n")
		default:
			receive(in, "").want(t, map[string]int{"good": 200, "large": 200, "busy": 503}[name], map[string]string{"good": small, "large": large}[name])
		}
	}
	receive(in, "").want(t, cut, "")
	if rest, err := io.ReadAll(in); len(rest) > 0 || err != nil {
		t.Errorf("after the cut: %d bytes and the error %v, want nothing", len(rest), err)
	}
	if n := s.times("good") - asked; n != 5 {
		t.Errorf("the storage is asked %d times, want 5: what comes after the cut cannot be answered", n)
	}
	h.settle(t, s, before)
}
