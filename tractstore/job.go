package tractstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync/atomic"
	"syscall"
	"time"

	"ngportal/tract"
	"ngportal/tract/annotation"
)

// ErrFull is wrapped when what is to be built has no room.
var ErrFull = errors.New("there is no room for what is made of this file")

// errNoPlace tells why a depot without a folder builds nothing.
var errNoPlace = errors.New("no folder for what is made of tractograms is configured")

// maxJobs is how many entries may wait to be built: who asks for more of them, with tolerances of all kinds, waits for these.
const maxJobs = 1000

// lookAgain is how often a process looks whether another is done with what both want.
const lookAgain = 200 * time.Millisecond

// What is being built is asked for again after a fourth of the time that it has taken, within these limits. A viewer asks some
// thirty times before it gives up.
const (
	soonest = 2 * time.Second
	latest  = 30 * time.Second
)

// A job builds one entry.
type job struct {
	asked time.Time
	share atomic.Uint64 // that is done, as the bits of a float64
	err   error         // why the last try failed
	until time.Time     // not tried again before
	ended bool
}

func (j *job) set(share float64) { j.share.Store(math.Float64bits(share)) }

// share tells how much of an entry is done.
func (d *Depot) share(entry string) float64 {
	d.mu.Lock()
	j := d.jobs[entry]
	d.mu.Unlock()
	if j == nil {
		return 0
	}
	return math.Float64frombits(j.share.Load())
}

// preparing says that an entry is being built.
func (d *Depot) preparing(entry string) *PreparingError {
	e := &PreparingError{Share: d.share(entry), Again: soonest}
	d.mu.Lock()
	defer d.mu.Unlock()
	if j := d.jobs[entry]; j != nil {
		e.Again = min(max(time.Since(j.asked)/4, soonest), latest)
	}
	return e
}

// start has a built unless that goes on already. It returns why it will not be built for now.
func (d *Depot) start(a *Annotations) error {
	if d.folder == "" {
		return errNoPlace
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.ctx.Err(); err != nil {
		return err
	}
	if j := d.jobs[a.entry]; j != nil && (!j.ended || time.Now().Before(j.until)) {
		return j.err
	}
	if d.forget(); len(d.jobs) >= maxJobs {
		return nil // who waits will ask again
	}
	j := &job{asked: time.Now()}
	d.jobs[a.entry] = j
	d.work.Go(func() { d.run(a, j) })
	return nil
}

// forget drops what was tried long ago, or, where there is much of it, what was tried. The caller holds the lock.
func (d *Depot) forget() {
	many := len(d.jobs) >= maxJobs
	for entry, j := range d.jobs {
		if j.ended && (many || time.Now().After(j.until)) {
			delete(d.jobs, entry)
		}
	}
}

func (d *Depot) run(a *Annotations, j *job) {
	begun := time.Now()
	made, err := d.make(a, j)
	entry, took := slog.String("entry", a.entry), slog.Int64("ms", time.Since(begun).Milliseconds())
	if err != nil && d.ctx.Err() == nil {
		d.Log.Error("tractogram not prepared", entry, took, slog.String("error", err.Error()))
	}
	if err == nil && made > 0 {
		d.Log.Info("tractogram prepared", entry, took, slog.Int64("store_bytes", made))
	}
	j.set(0) // has tells what is built
	d.mu.Lock()
	defer d.mu.Unlock()
	j.ended, j.err = true, err
	switch {
	case isFull(err):
		j.until = time.Now().Add(retryAfterFull)
	case ofFile(err):
		j.until = time.Now().Add(retryAfterFault)
	case err != nil:
		j.until = time.Now().Add(retryAfter)
	}
}

// ofFile reports whether an error is of the file, whose next version is another entry.
func ofFile(err error) bool {
	return errors.Is(err, tract.ErrInvalid) || errors.Is(err, errors.ErrUnsupported) || errors.Is(err, tract.ErrChanged)
}

func isFull(err error) bool {
	return errors.Is(err, ErrFull) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// make builds a when it is its turn, or waits until another process has. It returns the size of what it made itself.
func (d *Depot) make(a *Annotations, j *job) (made int64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(d.Log, p)
		}
	}()
	select {
	case d.queue <- struct{}{}:
		defer func() { <-d.queue }()
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
	l, err := d.lockToBuild(a.entry, j)
	if err != nil || l == nil {
		return 0, err
	}
	defer l.unlock()
	w := d.workshop(a.entry)
	if err = w.Sweep(); err != nil {
		return 0, err
	}
	if err = d.buildIn(a, w, j, l); isFull(err) {
		return 0, errors.Join(fmt.Errorf("%w: %w", ErrFull, err), w.Clear())
	}
	if err != nil {
		return 0, err
	}
	d.makeRoom(a.entry, d.Size)
	return w.size(annotation.StoreName), nil
}

// lockToBuild waits for the lock of an entry, and tells how far another process is. It returns nil once that has built it:
// those who read what it built hold the lock for as long as they like.
func (d *Depot) lockToBuild(entry string, j *job) (*lock, error) {
	for {
		l, err := tryLock(d.path(entry), syscall.LOCK_EX)
		built := d.has(entry)
		switch {
		case built && err == nil:
			l.unlock()
			return nil, nil //nolint:nilnil // there is nothing to do
		case built:
			return nil, nil //nolint:nilnil // there is nothing to do
		case !errors.Is(err, errLocked):
			return l, err
		}
		j.set(shareOf(d.path(entry)))
		select {
		case <-time.After(lookAgain):
		case <-d.ctx.Done():
			return nil, d.ctx.Err()
		}
	}
}

func (d *Depot) buildIn(a *Annotations, w *workshop, j *job, l *lock) error {
	f, err := a.t.File(d.ctx)
	if err != nil {
		return err
	}
	plan, err := a.plan(d.ctx)
	if err != nil {
		return err
	}
	noted := time.Time{}
	err = d.build(f, plan, w, d.Workers, func(share float64) error {
		j.set(share)
		if now := time.Now(); now.Sub(noted) > time.Second {
			noted = now
			l.note(share)
		}
		return d.ctx.Err()
	})
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("the portal is being stopped: %w", err)
	}
	return err
}
