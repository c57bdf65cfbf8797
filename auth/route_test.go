package auth_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ngportal/access"
	"ngportal/auth"
)

// TestStoreThatHangs holds up whoever asks no longer than they want to wait, and the others not for ever.
func TestStoreThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFacts(granted(to(adas), nil))
		s.hold = make(chan struct{})
		p := auth.NewPolicies(s)
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Current(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Second {
			t.Errorf("Current = %v after %v, want context.DeadlineExceeded after a second", err, time.Since(begun))
		}
		if _, known := p.Route("loc-a1"); known || time.Since(begun) != 6*time.Second {
			t.Errorf("Route = %t after %v, want false after five seconds more", known, time.Since(begun))
		}
		if _, err := p.Current(t.Context()); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != 30*time.Second {
			t.Errorf("Current of somebody patient = %v after %v, want context.DeadlineExceeded after 30 s", err, time.Since(begun))
		}
		s.hold = nil
		if got := sees(t, p); got != "A" {
			t.Errorf("after that = %q, want A", got)
		}
	})
}

func TestRoute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFacts(granted(nil, nil))
		p := auth.NewPolicies(s)
		loc, ok := p.Route("loc-b1")
		if want := (access.Location{ID: "loc-b1", Bucket: "b", Prefix: "b1/"}); !ok || loc != want {
			t.Errorf("Route(loc-b1) = %+v, %t, want %+v", loc, ok, want)
		}
		if asks, _ := s.counts(); asks != 1 {
			t.Errorf("the first Route asked %d times, want once", asks)
		}
		for range 1000 {
			p.Route("loc-a1")
			p.Route("gone")
		}
		if asks, loads := s.counts(); asks != 2 || loads != 1 {
			t.Errorf("a thousand times one that is known and one that is gone: %d questions, %d readings, want one more and none", asks, loads)
		}
		f := granted(nil, nil)
		f.Datasets = append(f.Datasets, access.Dataset{ID: 3, Name: "C", Locations: []access.Location{{ID: "new-1", Bucket: "c"}}})
		s.set(f)
		var wg sync.WaitGroup
		for range 10 { // a viewer asks for many chunks at a time
			wg.Go(func() {
				if loc, ok := p.Route("new-1"); !ok || loc.Bucket != "c" {
					t.Errorf("Route of a new location, while others look for one that is gone = %+v, %t, want the bucket c", loc, ok)
				}
			})
		}
		wg.Wait()
		s.set(granted(nil, nil))
		if _, ok := p.Route("new-1"); !ok {
			t.Error("Route without Watch has asked about a location that is known")
		}
		before, _ := s.counts()
		time.Sleep(time.Second)
		p.Route("gone")
		if asks, _ := s.counts(); asks != before+1 {
			t.Errorf("a second later one that is gone was asked for %d times, want once", asks-before)
		}
		if _, ok := p.Route("new-1"); ok {
			t.Error("Route of a location that has been taken away finds it")
		}
	})
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFacts(granted(nil, nil))
		p := auth.NewPolicies(s)
		ctx, stop := context.WithCancel(t.Context())
		var log bytes.Buffer
		done := make(chan error)
		go func() { done <- p.Watch(ctx, slog.New(slog.NewTextHandler(&log, nil))) }()
		p.Route("loc-a1")
		moved := granted(nil, nil)
		moved.Datasets[0].Locations[0].Bucket = "elsewhere"
		s.set(moved)
		time.Sleep(1100 * time.Millisecond)
		if loc, ok := p.Route("loc-a1"); !ok || loc.Bucket != "elsewhere" {
			t.Errorf("Route a second after a move = %+v, %t, want the new bucket", loc, ok)
		}
		s.fail(errors.New("broken"))
		time.Sleep(5 * time.Second)
		s.fail(nil)
		time.Sleep(5 * time.Second)
		s.fail(errors.New("broken"))
		time.Sleep(5 * time.Second)
		stop()
		if err := <-done; err != nil {
			t.Errorf("Watch = %v", err)
		}
		if got := strings.Count(log.String(), "who may do what cannot be read"); got != 2 {
			t.Errorf("two outages are in the log %d times, want twice: %s", got, &log)
		}
	})
}
