package s3index

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ngportal/access"
	"ngportal/tract"
	"ngportal/tract/skeleton"
)

// A Tractogram is what a file of streamlines holds, and what of it is drawn.
type Tractogram struct {
	Header   tract.Header
	Total    int64 // streamlines in the file; -1 if only reading all of a large file would tell
	Shown    int64 // streamlines drawn
	Bounds   [2][3]float64
	Known    bool // Total, Shown and Bounds were found by reading, not taken from the header

	Survey   *tract.Survey     // of the whole file; nil until it has been read
	Sample   *tract.Sample     // nil if the file can only be read from its beginning, and was not yet
	Objects  []skeleton.Object // of the skeleton source
	Skeleton bool              // small enough to be shown as a skeleton, else as annotations
	Built    float64           // the share of the annotations that is ready: 1 is all
	Warnings []string
}

// Limits of what is drawn of one tractogram.
const (
	maxStreamlines = 10_000
	maxVertices    = 2_000_000 // 64 MB on the wire: what a browser loads in some seconds
)

// walkLimit is the largest file that is read whole to describe it; a larger one is described by
// its header, and read when it is drawn.
const walkLimit = 256 << 20

// walkTime is how long a page waits for a tractogram to be read. Reading goes on for the viewer.
const walkTime = 10 * time.Second

// tractogram describes the object o, by its header alone if it is large or storage slow.
func (l *Library) tractogram(ctx context.Context, b *Bucket, o Object) (*Tractogram, error) {
	if o.Size > walkLimit {
		return b.tractHeader(ctx, o)
	}
	soon, cancel := context.WithTimeout(ctx, walkTime)
	defer cancel()
	k, err := l.skeleton(soon, b, o)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return b.tractHeader(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	return &Tractogram{
		Header: k.header, Total: k.Total, Shown: k.Streamlines, Bounds: k.Bounds,
		Known: k.Vertices > 0, Warnings: k.Warnings,
	}, nil
}

// drawn is a skeleton and the header of the file it was made of.
type drawn struct {
	*tract.Skeleton
	header tract.Header
}

// skeleton draws the object o; the drawing is remembered for as long as o stays as it is.
func (l *Library) skeleton(ctx context.Context, b *Bucket, o Object) (drawn, error) {
	key := fmt.Sprintf("skeleton\x00%s\x00%s\x00%s", b.name, o.Key, o.Version())
	return remember(ctx, l.assets, key, func(ctx context.Context) (drawn, int64, error) {
		r, done, err := b.openTract(ctx, o)
		if err != nil {
			return drawn{}, 0, err
		}
		defer done()
		k, err := tract.BuildSkeleton(r, tract.Choose(-1, maxStreamlines), maxVertices)
		if err != nil {
			return drawn{}, 0, b.tractFault(o, err)
		}
		return drawn{k, r.Header()}, 4096 + 12*k.Vertices, nil
	})
}

func (b *Bucket) tractHeader(ctx context.Context, o Object) (*Tractogram, error) {
	r, done, err := b.openTract(ctx, o)
	if err != nil {
		return nil, err
	}
	defer done()
	h := r.Header()
	return &Tractogram{
		Header: h, Total: h.Streamlines, Shown: min(max(h.Streamlines, 0), maxStreamlines), Warnings: r.Warnings(),
	}, nil
}

// openTract begins to read a tractogram; done ends it.
func (b *Bucket) openTract(ctx context.Context, o Object) (r *tract.Reader, done func(), err error) {
	f, ok := tract.FormatOf(o.Key)
	if !ok {
		return nil, nil, fmt.Errorf("%w: %s is not named like a tractogram", tract.ErrInvalid, o.Key)
	}
	if o.Size == 0 {
		return nil, nil, fmt.Errorf("%w: the file is empty", tract.ErrInvalid)
	}
	body, err := b.Open(ctx, o.Key, Get{})
	if err != nil {
		return nil, nil, err
	}
	r, err = tract.NewReader(body, f, o.Size)
	if err != nil {
		body.Close()
		return nil, nil, b.tractFault(o, err)
	}
	return r, func() { body.Close() }, nil
}

// tractFault keeps errors of the data and makes the others storage's.
func (b *Bucket) tractFault(o Object, err error) error {
	if errors.Is(err, tract.ErrInvalid) || errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return b.fail("read", o.Key, err)
}

// Skeleton draws the tractogram at path in loc, and gives its version.
//
// It asks nobody's permission: it is for the viewer host, which has checked the viewer's session.
// The error wraps [tract.ErrInvalid] or [errors.ErrUnsupported], or is a [*StorageError].
func (l *Library) Skeleton(ctx context.Context, loc access.Location, path string) (*tract.Skeleton, string, error) {
	b := l.buckets[loc.Bucket]
	o, err := b.Stat(ctx, loc.Prefix+path)
	if err != nil {
		return nil, "", err
	}
	k, err := l.skeleton(ctx, b, o)
	return k.Skeleton, o.Version(), err
}
