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
	loads    = 8               // at once
)

// A cache remembers results by key, the most recently used ones, up to a total size.
// Two callers who want the same at once share one computation. Errors are not remembered.
type cache struct {
	most  int64
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
}

func newCache(most int64) *cache {
	return &cache{most: most, slots: make(chan struct{}, loads), order: list.New(), items: map[string]*list.Element{}}
}

// remember returns the value of key, which load makes if it is not known. load also says how many
// bytes the value takes. The value is shared: nobody may change it.
//
// The work has a time limit of its own: a caller who leaves does not end it for the others, and is
// not kept by it.
func remember[T any](ctx context.Context, c *cache, key string, load func(context.Context) (T, int64, error)) (T, error) {
	var none T
	if v, ok := c.find(key); ok {
		return v.(T), nil
	}
	done := c.group.DoChan(key, func() (any, error) {
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTime)
		defer cancel()
		select {
		case c.slots <- struct{}{}:
			defer func() { <-c.slots }()
		case <-own.Done():
			return none, own.Err()
		}
		v, size, err := load(own)
		if err == nil {
			c.keep(&cached{key, v, size})
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
	c.order.MoveToFront(e)
	return e.Value.(*cached).value, true
}

func (c *cache) keep(item *cached) {
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
