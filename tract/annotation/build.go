package annotation

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"ngportal/tract"
)

// sizes say how the work is divided.
type sizes struct {
	part  int64 // bytes of the file
	arena int   // bytes of all workers together; it does not change what comes out
}

func usualSizes() sizes { return sizes{part: 64 << 20, arena: 14 << 20} }

// mapShare is the share of the progress for reading the file; the rest is merging.
const mapShare = 0.85

// A builder is one call of Build.
type builder struct {
	file   *tract.File
	plan   *Layout
	w      Workshop
	parts  []tract.Part
	limit  int
	groups *memberships // by position, which is the number where there are groups

	mu       sync.Mutex
	next     int     // part to be taken
	read     float64 // parts
	progress func(float64) error
	err      error
}

// Build makes the store of f in w, with so many workers, in bounded memory. What an earlier call has left there it does
// not do again; the result is the same, byte for byte, however often that happened and however many workers there were.
// Now and then it calls progress with the share that is done, which may be nil, and ends with its error.
//
// Two calls at once must not have the same workshop. The error is that of reading f, or of the workshop; after either, what is
// there is of use to the next call.
func Build(f *tract.File, l *Layout, w Workshop, workers int, progress func(share float64) error) error {
	return build(f, l, w, workers, usualSizes(), progress)
}

func build(f *tract.File, l *Layout, w Workshop, workers int, of sizes, progress func(share float64) error) error {
	b := &builder{file: f, plan: l, w: w, parts: f.Parts(of.part), progress: progress}
	if progress == nil {
		b.progress = func(float64) error { return nil }
	}
	done, err := b.finished()
	if err != nil {
		return err
	}
	if !done {
		if b.groups, err = membershipsOf(f); err != nil {
			return err
		}
		workers = max(1, min(workers, len(b.parts)))
		b.limit = of.arena / workers
		var g tract.Workers
		for range workers {
			g.Go(b.work)
		}
		if err := g.Wait(); err != nil {
			return err
		}
		if err := b.merge(); err != nil {
			return err
		}
	}
	if err := b.clean(); err != nil {
		return err
	}
	return b.progress(1)
}

// finished reports whether the store of this layout is there.
func (b *builder) finished() (bool, error) {
	f, err := b.w.Open(StoreName)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("open %s: %w", StoreName, err)
	}
	defer f.Close()
	s, err := OpenStore(f, f.Size())
	return err == nil && s.meta.Mark == b.plan.mark, nil
}

func runName(part, run int) string { return fmt.Sprintf("run-%d-%d", part, run) }
func partName(part int) string     { return fmt.Sprintf("part-%d", part) }

// work takes one part after another.
func (b *builder) work() error {
	s := &sorter{w: b.w, mark: b.plan.mark, width: b.plan.width(), limit: b.limit}
	most := min(int64(b.limit), b.file.Size())
	s.arena, s.refs = make([]byte, 0, most+1<<16), make([]ref, 0, most/100) // growing would take twice as much
	p := newPen(b.plan)
	for {
		i, err := b.take()
		if err != nil || i < 0 {
			return err
		}
		if err := b.part(i, s, p); err != nil {
			return b.fail(err)
		}
	}
}

// take returns the number of the next part, or -1.
func (b *builder) take() (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil || b.next == len(b.parts) {
		return -1, b.err
	}
	b.next++
	return b.next - 1, nil
}

// fail makes all workers end.
func (b *builder) fail(err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
	return err
}

// report tells the progress after another share of a part.
func (b *builder) report(more float64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return b.err
	}
	b.read += more
	return b.progress(mapShare * min(b.read/float64(len(b.parts)), 1))
}

// clean removes all but the store, each part's last run first, so that it can be interrupted.
func (b *builder) clean() error {
	for i := range b.parts {
		n := 0
		for ; ; n++ {
			f, err := b.w.Open(runName(i, n))
			if errors.Is(err, fs.ErrNotExist) {
				break
			}
			if err != nil {
				return err
			}
			f.Close()
		}
		for n--; n >= 0; n-- {
			if err := b.w.Remove(runName(i, n)); err != nil {
				return err
			}
		}
		if err := b.w.Remove(partName(i)); err != nil {
			return err
		}
	}
	return nil
}
