package s3index

import (
	"container/list"
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// cacheSize bounds what is remembered of assets, in bytes.
const cacheSize = 256 << 20

// Limits of the work of finding a result.
const (
	loadTime = 2 * time.Minute // for one result, whoever waits for it
	loads    = 8               // at once, of what takes long
	lookups  = 64              // at once, of small files and listings
)

// A cache remembers results by key, the most recently used ones, up to a total size.
// Two callers who want the same at once share one computation. Errors are not remembered.
type cache struct {
	most int64
	*faults
	group singleflight.Group
	slots chan struct{}

	mu    sync.Mutex
	used  int64
	order *list.List // of *cached, most recently used first
	items map[string]*list.Element
}

type cached struct {
	key   string
	value any
	size  int64
	until time.Time // zero: as long as there is room
}

// kept is how a result is remembered.
type kept struct {
	size int64         // bytes
	life time.Duration // zero: as long as there is room
}

// newCache returns a cache of most bytes that has so many results made at once.
func newCache(most int64, slots int, f *faults) *cache {
	return &cache{most: most, faults: f, slots: make(chan struct{}, slots), order: list.New(), items: map[string]*list.Element{}}
}

// remember returns the value of key, which load makes if it is not known. load also says how many
// bytes the value takes. The value is shared: nobody may change it.
//
// The work has a time limit of its own: a caller who leaves does not end it for the others, and is
// not kept by it. Where it panics the error is a [*PanicError].
func remember[T any](ctx context.Context, c *cache, key string, load func(context.Context) (T, int64, error)) (T, error) {
	return rememberFor(ctx, c, key, func(ctx context.Context) (T, kept, error) {
		v, size, err := load(ctx)
		return v, kept{size: size}, err
	})
}

// rememberFor is [remember] of what may hold for a time only.
func rememberFor[T any](ctx context.Context, c *cache, key string, load func(context.Context) (T, kept, error)) (T, error) {
	var none T
	if v, ok := c.find(key); ok {
		return v.(T), nil
	}
	done := c.group.DoChan(key, func() (result any, err error) {
		defer func() {
			if err != nil {
				result = none
			}
		}()
		defer c.caught(&err)
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTime)
		defer cancel()
		select {
		case c.slots <- struct{}{}:
			defer func() { <-c.slots }()
		case <-own.Done():
			return none, own.Err()
		}
		v, how, err := load(own)
		if err == nil {
			c.keep(key, v, how)
		}
		return v, err
	})
	select {
	case r := <-done:
		return r.Val.(T), r.Err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

func (c *cache) find(key string) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.items[key]
	if !ok {
		return nil, false
	}
	item := e.Value.(*cached)
	if !item.until.IsZero() && !time.Now().Before(item.until) {
		c.drop(e)
		return nil, false
	}
	c.order.MoveToFront(e)
	return item.value, true
}

func (c *cache) keep(key string, value any, how kept) {
	item := &cached{key: key, value: value, size: how.size}
	if how.life > 0 {
		item.until = time.Now().Add(how.life)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, ok := c.items[item.key]; ok {
		c.drop(old)
	}
	c.items[item.key] = c.order.PushFront(item)
	for c.used += item.size; c.used > c.most && c.order.Len() > 1; {
		c.drop(c.order.Back())
	}
}

func (c *cache) drop(e *list.Element) {
	item := c.order.Remove(e).(*cached)
	delete(c.items, item.key)
	c.used -= item.size
}
