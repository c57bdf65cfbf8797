package tract

import (
	"fmt"
	"runtime/debug"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Workers are goroutines whose panics reach whoever waits for them, who may be prepared for a file that leads to one. The
// zero Workers is ready for use.
type Workers struct {
	group errgroup.Group
	once  sync.Once
	fault any
}

// SetLimit bounds how many work at once.
func (w *Workers) SetLimit(n int) { w.group.SetLimit(n) }

// Go has something done.
func (w *Workers) Go(do func() error) {
	w.group.Go(func() error {
		defer func() {
			if p := recover(); p != nil {
				w.once.Do(func() { w.fault = fmt.Sprintf("%v\n%s", p, debug.Stack()) })
			}
		}()
		return do()
	})
}

// Wait waits until all is done, and returns the first error. It panics if one of them has.
func (w *Workers) Wait() error {
	err := w.group.Wait()
	if w.fault != nil {
		panic(w.fault)
	}
	return err
}
