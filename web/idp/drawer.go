package idp

import (
	"crypto/rand"
	"sync"
	"time"
)

// maxDrawer bounds what can be piled up.
const maxDrawer = 1000

// A drawer keeps things under random names for a time.
type drawer[T any] struct {
	mu   sync.Mutex
	kept map[string]thing[T]
}

type thing[T any] struct {
	value   T
	expires time.Time
}

func newDrawer[T any]() *drawer[T] { return &drawer[T]{kept: map[string]thing[T]{}} }

// put keeps value and returns its name; it reports false if the drawer is full.
func (d *drawer[T]) put(now time.Time, lifetime time.Duration, value T) (name string, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, t := range d.kept {
		if !now.Before(t.expires) {
			delete(d.kept, name)
		}
	}
	if len(d.kept) >= maxDrawer {
		return "", false
	}
	name = rand.Text()
	d.kept[name] = thing[T]{value, now.Add(lifetime)}
	return name, true
}

// look returns what is kept under name.
func (d *drawer[T]) look(now time.Time, name string) (value T, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t, ok := d.kept[name]; ok && now.Before(t.expires) {
		return t.value, true
	}
	return value, false
}

// take is look, but of several who ask one gets it, and nothing is kept.
func (d *drawer[T]) take(now time.Time, name string) (value T, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t, ok := d.kept[name]
	delete(d.kept, name)
	if !ok || !now.Before(t.expires) {
		return value, false
	}
	return t.value, true
}
