package s3index

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ngportal/access"
)

// A Measure is how much an asset is in storage. While it is neither done nor put off nor has an error, it is being counted.
type Measure struct {
	Objects, Bytes int64
	Done           bool  // all has been counted
	Waiting        bool  // counting has not begun: others are counted first
	Later          bool  // it is not counted now, for too much waits already; it may be if it is asked again
	Err            error // why counting has ended before; what has been counted stays. It wraps [ErrTooLarge], or is storage's
}

// Limits of counting.
const (
	maxCounted = 5_000_000 // objects of one directory
	countTime  = 2 * time.Minute
	counters   = 4               // at once
	countKept  = 5 * time.Minute // a finished count
	countRetry = time.Minute     // one that failed
	maxCounts  = 1000            // remembered, or waiting for their turn
	maxWaiting = 4               // of one person, or of all who have not signed in
)

// counts are the directories that are counted, and have been lately, by bucket and prefix.
type counts struct {
	slots chan struct{}
	ctx   context.Context //nolint:containedctx // the life of the library: it outlives every request
	stop  context.CancelFunc

	*faults

	mu      sync.Mutex
	known   map[string]*count
	waiting map[int64]int // counts that have not begun, by person
}

type count struct {
	measure Measure
	by      int64     // who asked first
	until   time.Time // zero while it goes on
}

func newCounts(f *faults) *counts {
	c := &counts{slots: make(chan struct{}, counters), faults: f, known: map[string]*count{}, waiting: map[int64]int{}}
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

// Close ends what goes on in the background.
func (l *Library) Close() {
	l.counts.stop()
	l.depot.Close()
}

// Measure counts the objects of the directory at ref. It begins to count in the background the first time it is
// asked, and returns how far it is; a finished count is remembered for some minutes. Of more than five million objects
// the first are counted. Of one person a few may wait to be counted, and of all who have not signed in as many; more are
// put off. The error is that of [Library.Folder], but for a directory that is not there, which is empty.
func (l *Library) Measure(_ context.Context, who access.Rights, ref access.Ref) (Measure, error) {
	b, loc, err := l.open(who, ref)
	if err != nil {
		return Measure{}, err
	}
	prefix := loc.Prefix + ref.Path
	if ref.Path != "" && !strings.HasSuffix(ref.Path, "/") {
		return Measure{}, fmt.Errorf("measure %s: %w: it is no folder", prefix, access.ErrInvalid)
	}
	return l.counts.ask(b, prefix, who.Person().ID), nil
}

// ask returns how far the counting is, and begins it if need be for a person.
func (c *counts) ask(b *Bucket, prefix string, person int64) Measure {
	name := b.name + "\x00" + prefix
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if n, ok := c.known[name]; ok && (n.until.IsZero() || now.Before(n.until)) {
		return n.measure
	}
	if len(c.known) >= maxCounts && !c.forget(now) {
		return Measure{Later: true}
	}
	n := &count{by: person}
	select {
	case c.slots <- struct{}{}:
	default:
		if c.waiting[person] >= maxWaiting {
			return Measure{Later: true}
		}
		c.waiting[person]++
		n.measure.Waiting = true
	}
	c.known[name] = n
	go c.run(b, prefix, n, n.measure.Waiting)
	return n.measure
}

// forget drops finished counts, those that are over if there are any. It reports whether it could.
func (c *counts) forget(now time.Time) bool {
	before := len(c.known)
	for _, over := range []time.Time{now, now.Add(countKept)} {
		for name, n := range c.known {
			if !n.until.IsZero() && !n.until.After(over) {
				delete(c.known, name)
			}
		}
		if len(c.known) < before {
			return true
		}
	}
	return false
}

// run counts, once it is its turn if it has to wait for that.
func (c *counts) run(b *Bucket, prefix string, n *count, wait bool) {
	var err error
	if wait {
		err = c.turn(n)
	}
	if err == nil {
		err = c.add(b, prefix, n)
		<-c.slots
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n.measure.Done, n.measure.Err = err == nil, err
	n.until = time.Now().Add(countKept)
	if err != nil {
		n.until = time.Now().Add(countRetry)
	}
}

// turn waits until n may begin.
func (c *counts) turn(n *count) (err error) {
	select {
	case c.slots <- struct{}{}:
	case <-c.ctx.Done():
		err = c.ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n.measure.Waiting = false
	if c.waiting[n.by]--; c.waiting[n.by] == 0 {
		delete(c.waiting, n.by)
	}
	return err
}

// add counts what lies below prefix into n.
func (c *counts) add(b *Bucket, prefix string, n *count) (err error) {
	defer c.caught(&err)
	ctx, cancel := context.WithTimeout(c.ctx, countTime)
	defer cancel()
	return b.count(ctx, prefix, func(objects, bytes int64) int64 {
		c.mu.Lock()
		defer c.mu.Unlock()
		n.measure.Objects += objects
		n.measure.Bytes += bytes
		return n.measure.Objects
	})
}

// count goes through all that lies below prefix and tells it page by page to add, which returns how much it is by now.
func (b *Bucket) count(ctx context.Context, prefix string, add func(objects, bytes int64) int64) error {
	in := &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix}
	for {
		out, err := b.countPage(ctx, in)
		if err != nil {
			return b.fail("count", prefix, err)
		}
		var bytes int64
		for _, o := range out.Contents {
			bytes += aws.ToInt64(o.Size)
		}
		total := add(int64(len(out.Contents)), bytes)
		if in.ContinuationToken = out.NextContinuationToken; aws.ToString(out.NextContinuationToken) == "" {
			return nil
		}
		if total >= maxCounted {
			return fmt.Errorf("count %s/%s: more than %d objects: %w", b.name, prefix, maxCounted, ErrTooLarge)
		}
	}
}

func (b *Bucket) countPage(ctx context.Context, in *s3.ListObjectsV2Input) (*s3.ListObjectsV2Output, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	return b.api.ListObjectsV2(ctx, in)
}
