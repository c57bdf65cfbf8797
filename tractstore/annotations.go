package tractstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"time"

	"ngportal/tract"
	"ngportal/tract/annotation"
	"ngportal/tract/skeleton"
)

// Usual is the tolerance that [annotation.UsualTolerance] chooses.
const Usual = -1.0

// A PreparingError answers what has to be built first.
type PreparingError struct {
	Share float64       // that is done
	Again time.Duration // after which to ask again
}

func (e *PreparingError) Error() string {
	return fmt.Sprintf("being prepared (%d %%)", int(math.Floor(100*e.Share)))
}

// Annotations are the annotation source of a tractogram.
//
// Whatever is asked of it begins to build it, unless that was done. Until it is ready the info file, level 0 and the list
// are answered from the sample, and all else with a [*PreparingError]. Where it cannot be built, because the depot has no
// place or building failed, there is level 0 and nothing else.
type Annotations struct {
	t         *Tractogram
	tolerance float64
	entry     string
}

// Annotations returns those of t, simplified within a tolerance in mm, or with [Usual].
func (t *Tractogram) Annotations(tolerance float64) *Annotations {
	name := "usual"
	if tolerance >= 0 {
		name = strconv.FormatFloat(tolerance, 'g', -1, 64)
	}
	return &Annotations{t, tolerance, t.subject.entry(name)}
}

// Built is the share that is built, 0 where nothing is being built.
func (a *Annotations) Built() float64 {
	if a.t.depot.has(a.entry) {
		return 1
	}
	return a.t.depot.share(a.entry)
}

// plan is the layout.
func (a *Annotations) plan(ctx context.Context) (*annotation.Layout, error) {
	return remember(ctx, a.t.depot.known, "plan\x00"+a.entry, func() (*annotation.Layout, int64, error) {
		own := a.t.depot.ctx
		f, err := a.t.File(own)
		if err != nil {
			return nil, 0, err
		}
		s, err := a.t.Sample(own)
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return nil, 0, err
		}
		l, err := annotation.Plan(f, s, a.tolerance)
		if err != nil {
			return nil, 0, err
		}
		first, _ := l.First()
		return l, 8<<10 + int64(len(first)), nil
	})
}

// answer asks the store, if it is there, and else the layout. Of that, only is why there will not be more of it; nil while
// it is being built.
func answer[T any](ctx context.Context, a *Annotations, built func(*annotation.Store) (T, error), before func(l *annotation.Layout, only error) (T, error)) (T, error) {
	var none T
	store, release, err := a.t.depot.store(a.entry)
	if err == nil {
		defer release()
		return built(store)
	}
	l, err := a.plan(ctx)
	if err != nil {
		return none, err
	}
	return before(l, a.t.depot.start(a))
}

// A File is one of the source's files.
type File struct {
	Data  []byte
	Final bool // for this version of the tractogram; else it may be another when more is known
}

// Info returns the info file. The error is that of [annotation.Plan], or, of a file that cannot be shown by a sample, why it
// was not built; that wraps [tract.ErrInvalid] if there is no room for it.
func (a *Annotations) Info(ctx context.Context) (File, error) {
	return answer(ctx, a, func(s *annotation.Store) (File, error) {
		return File{s.Info(), true}, nil
	}, func(l *annotation.Layout, only error) (File, error) {
		if only == nil {
			return File{Data: l.Info()}, nil
		}
		if _, ok := l.First(); !ok {
			return File{}, unprepared(only)
		}
		data, err := firstLevel(l.Info())
		return File{Data: data}, err
	})
}

// unprepared tells that a file without a sample cannot be built, and why, in a sentence for people: what else is wrong is
// in the log, with the names of objects and folders that it holds.
func unprepared(why error) error {
	const sentence = "a file of this kind can be shown only after it has been prepared"
	switch {
	case errors.Is(why, tract.ErrInvalid):
		return why
	case errors.Is(why, errNoPlace):
		return fmt.Errorf("%w: %s, and nothing is prepared here", tract.ErrInvalid, sentence)
	case isFull(why):
		return fmt.Errorf("%w: %s, and there is no room for that at the moment", tract.ErrInvalid, sentence)
	}
	return why
}

// firstLevel takes all levels but the first from an info file.
func firstLevel(info []byte) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(info, &fields); err != nil {
		return nil, fmt.Errorf("info file: %w", err)
	}
	var levels []json.RawMessage
	if err := json.Unmarshal(fields["spatial"], &levels); err != nil {
		return nil, fmt.Errorf("info file: %w", err)
	}
	var err error
	if fields["spatial"], err = json.Marshal(levels[:min(len(levels), 1)]); err != nil {
		return nil, err
	}
	return json.Marshal(fields)
}

// empty is a list of no annotations, for now.
func empty() File { return File{Data: make([]byte, 8)} }

func final(data []byte, err error) (File, error) { return File{data, true}, err }

// Chunk returns the annotations of a cell. The error is that of [annotation.Store.Chunk], or a [*PreparingError].
func (a *Annotations) Chunk(ctx context.Context, level int, cell [3]int) (File, error) {
	return answer(ctx, a, func(s *annotation.Store) (File, error) {
		return final(s.Chunk(level, cell))
	}, func(l *annotation.Layout, only error) (File, error) {
		levels := l.Levels()
		if level < 0 || level >= len(levels) || !within(cell, levels[level].Grid) {
			return File{}, fmt.Errorf("cell %v of level %d: %w", cell, level, fs.ErrNotExist)
		}
		first, ok := l.First()
		switch {
		case level == 0 && ok:
			return File{first, true}, nil
		case only != nil:
			return empty(), nil //nolint:nilerr // there is the first level, and that is what is shown
		}
		return File{}, a.preparing()
	})
}

func within(cell, grid [3]int) bool {
	for k := range 3 {
		if cell[k] < 0 || cell[k] >= grid[k] {
			return false
		}
	}
	return true
}

func (a *Annotations) preparing() error { return a.t.depot.preparing(a.entry) }

// Bundle returns the annotations of a bundle. The error is that of [annotation.Store.Bundle], or a [*PreparingError].
func (a *Annotations) Bundle(ctx context.Context, id uint64) (File, error) {
	return answer(ctx, a, func(s *annotation.Store) (File, error) {
		return final(s.Bundle(id))
	}, func(_ *annotation.Layout, only error) (File, error) {
		if only != nil {
			return empty(), nil //nolint:nilerr // as of cells
		}
		return File{}, a.preparing()
	})
}

// ByID returns one annotation. The error is that of [annotation.Store.ByID], or a [*PreparingError].
func (a *Annotations) ByID(ctx context.Context, id uint64) (File, error) {
	return answer(ctx, a, func(s *annotation.Store) (File, error) {
		return final(s.ByID(id))
	}, func(_ *annotation.Layout, only error) (File, error) {
		if only != nil {
			return File{}, fmt.Errorf("annotation %d: %w", id, fs.ErrNotExist)
		}
		return File{}, a.preparing()
	})
}

// List returns the segment properties that list the bundles; those of the sample while no more is known.
func (a *Annotations) List(ctx context.Context) (File, error) {
	return answer(ctx, a, func(s *annotation.Store) (File, error) {
		return File{s.BundleProperties(), true}, nil
	}, func(_ *annotation.Layout, _ error) (File, error) {
		objects, err := a.t.bundles(ctx)
		if err != nil {
			return File{}, err
		}
		return File{Data: (&skeleton.Set{Objects: objects}).Properties()}, nil
	})
}

// bundles are what is known of the file's bundles without reading it.
func (t *Tractogram) bundles(ctx context.Context) (out []skeleton.Object, err error) {
	if s := t.Known(ctx); s != nil {
		for _, b := range s.Bundles {
			out = append(out, skeleton.Object{ID: uint64(b.ID), Label: b.Name, Streamlines: b.Streamlines, Vertices: b.Points, MeanLength: b.MeanLength})
		}
		return out, nil
	}
	f, err := t.File(ctx)
	if err != nil {
		return nil, err
	}
	h := f.Header()
	for i, g := range h.Groups {
		out = append(out, skeleton.Object{ID: uint64(i) + 1, Label: g.Name, Streamlines: g.Streamlines})
	}
	if len(out) > 0 {
		return out, nil
	}
	return t.sampledBundles(ctx, &h)
}

// sampledBundles are those that the sample has met, without their numbers of streamlines.
func (t *Tractogram) sampledBundles(ctx context.Context, h *tract.Header) (out []skeleton.Object, err error) {
	s, err := t.Sample(ctx)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, b := range h.SampledBundles(s) {
		out = append(out, skeleton.Object{ID: uint64(b.ID), Label: b.Name})
	}
	return out, nil
}
