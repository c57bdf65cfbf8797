package tractstore_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ngportal/tract"
	"ngportal/tract/annotation"
	"ngportal/tractstore"
)

// TestDamagedFileIsNotReadAgainAtOnce: what cannot be built of this version is not tried until long after; storage that
// fails is. Neither stays half done in what people read.
func TestDamagedFileIsNotReadAgainAtOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		wait time.Duration
	}{
		"damaged":     {fmt.Errorf("%w: it ends too early", tract.ErrInvalid), time.Hour},
		"changed":     {tract.ErrChanged, time.Hour},
		"storage":     {errGone, 30 * time.Second},
		"no room":     {tractstore.ErrFull, 5 * time.Minute},
		"our mistake": {nil, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDepot(t, tractstore.Config{Dir: t.TempDir()})
			d.SetBuild(func(_ *tract.File, _ *annotation.Layout, _ annotation.Workshop, _ int, progress func(float64) error) error {
				if err := progress(0.7); err != nil || tt.err == nil {
					panic("a mistake")
				}
				return tt.err
			})
			a := synthetic(d, "a", 1000).Annotations(tractstore.Usual)
			begin(t, a)
			d.Wait()
			if got := a.Built(); got != 0 {
				t.Errorf("%v of it is built after it failed, want nothing", got)
			}
			if got := d.Pause(a); got > tt.wait || got < tt.wait-10*time.Second {
				t.Errorf("it is tried again after %v, want %v", got, tt.wait)
			}
		})
	}
}

// TestManyAreAskedFor: what waits to be built is bounded, whoever asks for whatever tolerance, and is built in the end.
func TestManyAreAskedFor(t *testing.T) {
	d := newDepot(t, tractstore.Config{Dir: t.TempDir()})
	var most, now atomic.Int64
	first := make(chan struct{})
	d.SetBuild(func(*tract.File, *annotation.Layout, annotation.Workshop, int, func(float64) error) error {
		<-first
		most.Store(max(most.Load(), now.Add(1)))
		defer now.Add(-1)
		return errGone
	})
	many := synthetic(d, "a", 10)
	for i := range 1500 {
		begin(t, many.Annotations(float64(i)/100))
	}
	if n := d.Jobs(); n > 1000 {
		t.Errorf("%d wait to be built, want 1000 at most", n)
	}
	close(first)
	d.Wait()
	if most.Load() != 1 {
		t.Errorf("%d were built at once, want one", most.Load())
	}
	begin(t, many.Annotations(14.99))
	if n := d.Jobs(); n != 1 {
		t.Errorf("%d are known after one more was asked for, want it alone", n)
	}
}

// TestPrivateNames: why a file that has no sample is not built is told without the names that the log has.
func TestPrivateNames(t *testing.T) {
	for name, tt := range map[string]struct {
		err     error
		invalid bool
	}{
		"no room": {fmt.Errorf("%w: write /var/cache/secret", tractstore.ErrFull), true},
		"storage": {fmt.Errorf("read bucket/secret: %w", errGone), false},
		"damaged": {fmt.Errorf("%w: it ends too early", tract.ErrInvalid), true},
	} {
		err := tractstore.Unprepared(tt.err)
		if errors.Is(err, tract.ErrInvalid) != tt.invalid || tt.invalid && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCloseEndsABuild under way, at once, and its folder is free for the next process.
func TestCloseEndsABuild(t *testing.T) {
	dir := t.TempDir()
	d := newDepot(t, tractstore.Config{Dir: dir})
	begun := make(chan struct{})
	d.SetBuild(func(f *tract.File, l *annotation.Layout, w annotation.Workshop, workers int, progress func(float64) error) error {
		close(begun)
		return annotation.Build(f, l, w, workers, progress)
	})
	a := synthetic(d, "a", 2_000_000).Annotations(tractstore.Usual) // a minute's work
	begin(t, a)
	<-begun
	time.Sleep(200 * time.Millisecond)
	ended := make(chan time.Duration, 1)
	start := time.Now()
	go func() { d.Close(); ended <- time.Since(start) }()
	select {
	case took := <-ended:
		t.Logf("closed within %v", took)
	case <-time.After(10 * time.Second):
		t.Fatal("it goes on")
	}
	if a.Built() == 1 {
		t.Error("it was built all the same")
	}
}
