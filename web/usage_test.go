package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
)

// A usage is what the host holds.
type usage struct {
	Goroutines, Handles int
	Pipes               int   // more handles: Go keeps those that bytes have been spliced through until it collects
	Heap, Stacks, RSS   int64 // only if asked for
}

// measure does what the other process asks.
func measure(t *testing.T, what string) usage {
	var u usage
	switch what {
	case "leak":
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		go func() { <-t.Context().Done(); f.Close() }()
	case "stacks":
		if err := pprof.Lookup("goroutine").WriteTo(os.Stderr, 1); err != nil {
			t.Fatal(err)
		}
	case "memory":
		runtime.GC()
		runtime.GC() // what a pool holds goes the second time
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		u.Heap, u.Stacks, u.RSS = int64(m.HeapAlloc), int64(m.StackInuse), resident(t)
	}
	u.Goroutines = runtime.NumGoroutine()
	u.Handles, u.Pipes = handles(t)
	return u
}

// handles counts the open files.
func handles(t *testing.T) (others, pipes int) {
	const dir = "/proc/self/fd"
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		switch to, err := os.Readlink(filepath.Join(dir, f.Name())); {
		case err != nil: // closed by now, such as dir itself
		case strings.HasPrefix(to, "pipe:"):
			pipes++
		default:
			others++
		}
	}
	return others, pipes
}

// resident is the memory that the kernel has given to this process.
func resident(t *testing.T) int64 {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var total, pages int64
	if _, err := fmt.Sscan(string(data), &total, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
