package tractstore

import (
	"container/list"
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"

	"golang.org/x/sync/singleflight"
)

// A memory remembers results by key, the most recently used ones, up to a total size. Two callers who want the same at
// once share one computation. Errors are not remembered.
type memory struct {
	most  int64
	log   *slog.Logger
	group singleflight.Group

	mu    sync.Mutex
	used  int64
	order *list.List // of *result, most recently used first
	items map[string]*list.Element
}

type result struct {
	key   string
	value any
	size  int64
}

func newMemory(most int64, log *slog.Logger) *memory {
	return &memory{most: most, log: log, order: list.New(), items: map[string]*list.Element{}}
}

// remember returns the value of key, which load makes, with its size in bytes, if it is not known. The value is shared:
// nobody may change it. A caller who leaves does not end the work for the others, and is not kept by it.
func remember[T any](ctx context.Context, m *memory, key string, load func() (T, int64, error)) (T, error) {
	var none T
	if v, ok := peek[T](m, key); ok {
		return v, nil
	}
	done := m.group.DoChan(key, func() (value any, err error) {
		value = none
		defer func() {
			if p := recover(); p != nil {
				value, err = none, m.panicked(p)
			}
		}()
		v, size, err := load()
		if err != nil {
			return none, err
		}
		m.keep(&result{key, v, size})
		return v, nil
	})
	select {
	case r := <-done:
		return r.Val.(T), r.Err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// panicked makes an error of a fault of our own and tells where it was.
func (m *memory) panicked(p any) error { return panicked(m.log, p) }

func panicked(log *slog.Logger, p any) error {
	log.Error("panic over a tractogram", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	return fmt.Errorf("panic: %v", p)
}

// peek returns the value of key if it is known.
func peek[T any](m *memory, key string) (T, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var none T
	e, ok := m.items[key]
	if !ok {
		return none, false
	}
	m.order.MoveToFront(e)
	return e.Value.(*result).value.(T), true
}

func (m *memory) keep(r *result) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if old, ok := m.items[r.key]; ok {
		m.drop(old)
	}
	m.items[r.key] = m.order.PushFront(r)
	for m.used += r.size; m.used > m.most && m.order.Len() > 1; {
		m.drop(m.order.Back())
	}
}

func (m *memory) drop(e *list.Element) {
	r := m.order.Remove(e).(*result)
	delete(m.items, r.key)
	m.used -= r.size
}
