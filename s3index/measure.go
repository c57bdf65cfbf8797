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

// A Measure is how much an asset is in storage. While it is neither done nor has an error, it is being counted.
type Measure struct {
	Objects, Bytes int64
	Done           bool  // all has been counted
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
)

// counts are the directories that are counted, and have been lately, by bucket and prefix.
type counts struct {
	slots chan struct{}
	ctx   context.Context //nolint:containedctx // the life of the library: it outlives every request
	stop  context.CancelFunc

	mu    sync.Mutex
	known map[string]*count
}

type count struct {
	measure Measure
	until   time.Time // zero while it goes on
}

func newCounts() *counts {
	c := &counts{slots: make(chan struct{}, counters), known: map[string]*count{}}
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

// Close ends what goes on in the background.
func (l *Library) Close() { l.counts.stop() }

// Measure counts the objects of the directory at ref. It begins to count in the background the first time it is
// asked, and returns how far it is; a finished count is remembered for some minutes. Of more than five million objects
// the first are counted. The error is that of [Library.Folder], but for a directory that is not there, which is empty.
func (l *Library) Measure(_ context.Context, who access.Rights, ref access.Ref) (Measure, error) {
	b, loc, err := l.open(who, ref)
	if err != nil {
		return Measure{}, err
	}
	prefix := loc.Prefix + ref.Path
	if ref.Path != "" && !strings.HasSuffix(ref.Path, "/") {
		return Measure{}, fmt.Errorf("measure %s: %w: it is no folder", prefix, access.ErrInvalid)
	}
	return l.counts.ask(b, prefix), nil
}

// ask returns how far the counting is, and begins it if need be.
func (c *counts) ask(b *Bucket, prefix string) Measure {
	name := b.name + "\x00" + prefix
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if n, ok := c.known[name]; ok && (n.until.IsZero() || now.Before(n.until)) {
		return n.measure
	}
	if len(c.known) >= maxCounts && !c.forget(now) {
		return Measure{} // it begins when somebody asks later
	}
	n := &count{}
	c.known[name] = n
	go c.run(b, prefix, n)
	return Measure{}
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

func (c *counts) run(b *Bucket, prefix string, n *count) {
	var err error
	select {
	case c.slots <- struct{}{}:
		ctx, cancel := context.WithTimeout(c.ctx, countTime)
		err = b.count(ctx, prefix, func(objects, bytes int64) int64 {
			c.mu.Lock()
			defer c.mu.Unlock()
			n.measure.Objects += objects
			n.measure.Bytes += bytes
			return n.measure.Objects
		})
		cancel()
		<-c.slots
	case <-c.ctx.Done():
		err = c.ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n.measure.Done, n.measure.Err = err == nil, err
	n.until = time.Now().Add(countKept)
	if err != nil {
		n.until = time.Now().Add(countRetry)
	}
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
