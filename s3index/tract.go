package s3index

import (
	"context"
	"errors"
	"math"
	"time"

	"ngportal/tract"
	"ngportal/tract/skeleton"
	"ngportal/tractstore"
)

// A Tractogram is what a file of streamlines holds, and what of it is drawn.
type Tractogram struct {
	Header tract.Header
	Total  int64         // streamlines in the file; -1 if only reading all of a large file would tell
	Shown  int64         // streamlines drawn
	Bounds [2][3]float64 // of the streamlines; before any were read, of the volume that the header tells of
	Known  bool          // Total, Shown and Bounds were found by reading, not taken from the header

	Survey   *tract.Survey     // of the whole file; nil until it has been read
	Sample   *tract.Sample     // nil if the file can only be read from its beginning, and was not yet
	Objects  []skeleton.Object // of the skeleton source
	Files    []string          // of a folder of bundles: the path of each object's file
	Skeleton bool              // small enough to be shown as a skeleton, else as annotations
	Built    float64           // the share of the annotations that is ready: 1 is all
	Warnings []string
}

// walkLimit is the largest file that is read whole to describe it; of a larger one there is its sample, until its
// annotations are built.
const walkLimit = 256 << 20

// walkTime is how long a page waits for a tractogram to be read. Reading goes on for the viewer.
const walkTime = 10 * time.Second

// tractogram describes the tractogram at key: by what was read of it before, by reading it if it is small and storage
// quick, else by its sample, and at least by its header.
func (l *Library) tractogram(ctx context.Context, b *Bucket, key string, a *Asset) error {
	f, err := b.locate(ctx, key)
	if err != nil && (f.object.Key == "" || !errors.Is(err, tract.ErrInvalid)) {
		return err
	}
	a.Kind, a.Size, a.Modified, a.origin.version = KindOfName(a.Name), f.size, f.modified, f.version()
	if err != nil {
		return err
	}
	a.Tract, err = l.describeTract(ctx, l.kept(f, tract.Unstated), f.size)
	return err
}

func (l *Library) describeTract(ctx context.Context, t *tractstore.Tractogram, size int64) (*Tractogram, error) {
	soon, cancel := context.WithTimeout(ctx, walkTime)
	defer cancel()
	f, err := t.File(soon)
	if err != nil {
		return nil, err
	}
	h := f.Header()
	d := &Tractogram{Header: h, Total: h.Streamlines, Warnings: h.Warnings, Built: t.Annotations(tractstore.Usual).Built()}
	late := func(err error) bool { return errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil }
	if d.Survey = t.Known(soon); d.Survey == nil && size <= walkLimit {
		if d.Survey, err = t.Survey(soon); err != nil && !late(err) {
			return nil, err
		}
	}
	if d.Sample, err = t.Sample(soon); err != nil && !late(err) && !errors.Is(err, errors.ErrUnsupported) {
		return nil, err
	}
	d.know()
	if s, err := l.set(soon, t); err == nil {
		d.Objects = s.Objects
	}
	d.choose(f, l.depot.Builds())
	return d, nil
}

// know takes the numbers from where they are known best.
func (d *Tractogram) know() {
	switch {
	case d.Survey != nil:
		d.Total, d.Bounds, d.Known, d.Warnings = d.Survey.Streamlines, d.Survey.Bounds, d.Survey.Points > 0, d.Survey.Warnings
	case d.Sample != nil:
		if d.Sample.Streamlines >= 0 {
			d.Total = d.Sample.Streamlines
		}
		d.Bounds = boundsOf(d.Sample.Batch.Points)
	case d.Header.HasAffine:
		d.Bounds = boundsOf(corners(d.Header))
	}
}

// corners are those of the volume that a header tells of.
func corners(h tract.Header) (points []float32) {
	for corner := range 8 {
		for _, row := range h.Affine[:3] {
			at := row[3]
			for axis, dim := range h.Dim {
				at += row[axis] * (float64(dim*(corner>>axis&1)) - 0.5) // voxels are counted from the middle of the first
			}
			points = append(points, float32(at))
		}
	}
	return points
}

func boundsOf(points []float32) (out [2][3]float64) {
	for i, p := range points {
		k, v := i%3, float64(p)
		if i < 3 {
			out[0][k], out[1][k] = v, v
		}
		out[0][k], out[1][k] = min(out[0][k], v), max(out[1][k], v)
	}
	return out
}

// choose decides what d is shown as. Where annotations are not built, there is more to be seen of a skeleton.
func (d *Tractogram) choose(f *tract.File, builds bool) {
	d.Skeleton = d.vertices(f) <= skeleton.FirstVertices || d.Survey != nil && !builds
	if d.Skeleton {
		for _, o := range d.Objects {
			if o.First {
				d.Shown += o.Streamlines
			}
		}
		return
	}
	if d.Sample != nil {
		d.Shown = int64(len(d.Sample.Counts))
	}
}

// vertices is how many the file has, or about so many.
func (d *Tractogram) vertices(f *tract.File) int64 {
	if d.Survey != nil {
		return d.Survey.Points
	}
	if n, _, ok := f.Vertices(); ok {
		return n
	}
	if d.Sample != nil && d.Sample.Points >= 0 {
		return d.Sample.Points
	}
	return min(f.Size(), math.MaxInt64/2) / 12
}

// tractFault keeps errors of the data and makes the others storage's.
func (b *Bucket) tractFault(o Object, err error) error {
	if errors.Is(err, tract.ErrInvalid) || errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return b.fail("read", o.Key, err)
}

// set is the skeletons of t, as far as they are known. What it is made of is remembered for as long as the file is.
func (l *Library) set(ctx context.Context, t *tractstore.Tractogram) (*skeleton.Set, error) {
	f, err := t.File(ctx)
	if err != nil {
		return nil, err
	}
	survey := t.Known(ctx)
	sample, err := t.Sample(ctx)
	if err != nil && (survey == nil || !errors.Is(err, errors.ErrUnsupported)) {
		return nil, err
	}
	state := "sample"
	if survey != nil {
		state = "survey"
	}
	return remember(ctx, l.assets, t.Name()+"\x00set\x00"+state, func(context.Context) (*skeleton.Set, int64, error) {
		s := skeleton.NewSet(f, survey, sample)
		return s, 64<<10 + 256*int64(len(s.Objects)), nil
	})
}
