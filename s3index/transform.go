package s3index

import (
	"context"
	"errors"

	"ngportal/access"
	"ngportal/xfm"
)

// Transforms is what [Library.Related] finds of transforms. It reads nothing, and lists only what may hold some. Of a it
// needs no more than the Ref. The error is that of [Library.Folder].
func (l *Library) Transforms(ctx context.Context, who access.Rights, a Asset) (files []TransformFile, err error) {
	defer l.faults.caught(&err)
	b, loc, err := l.open(who, a.Ref)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, relatedTime)
	defer cancel()
	f := l.finder(Asset{Ref: a.Ref, Location: loc, Name: lastOf(a.Ref.Path), origin: origin{bucket: b}})
	f.climb(ctx)
	f.look(ctx, isTransforms)
	return f.transforms(), ctx.Err()
}

// Transform reads the transform at ref as it is now. It is remembered for this version of it, and shared: nobody may
// change it. The error wraps [xfm.ErrInvalid] or is that of [Library.Folder].
func (l *Library) Transform(ctx context.Context, who access.Rights, ref access.Ref) (xfm.Transform, error) {
	b, loc, err := l.open(who, ref)
	if err != nil {
		return xfm.Transform{}, err
	}
	o, err := b.Stat(ctx, loc.Prefix+ref.Path)
	if err != nil {
		return xfm.Transform{}, err
	}
	return l.transform(ctx, b, o.Key, o.Version())
}

// NearTransform reads a transform that [Library.Transforms] or [Library.Related] has found, as it was then. The error is
// that of [Library.Transform].
func (l *Library) NearTransform(ctx context.Context, who access.Rights, f TransformFile) (xfm.Transform, error) {
	if f.version == "" {
		return l.Transform(ctx, who, f.Ref)
	}
	b, loc, err := l.open(who, f.Ref)
	if err != nil {
		return xfm.Transform{}, err
	}
	return l.transform(ctx, b, loc.Prefix+f.Ref.Path, f.version)
}

// transform remembers also that a file is none.
func (l *Library) transform(ctx context.Context, b *Bucket, key, version string) (xfm.Transform, error) {
	type result struct {
		xfm.Transform
		fault error
	}
	r, err := remember(ctx, l.near, b.memo("transform", key, version), func(ctx context.Context) (result, int64, error) {
		const space = 4 << 10 // bytes, or thereabouts
		var t xfm.Transform
		data, err := b.ReadFile(ctx, key, xfm.MaxFile+1) // one more, for the sentence of a larger one
		if err = tooLargeToMove(err); err == nil {
			t, err = xfm.Read(lastOf(key), data)
		}
		if errors.Is(err, xfm.ErrInvalid) {
			return result{fault: err}, space, nil
		}
		return result{Transform: t}, space, err
	})
	if err == nil {
		err = r.fault
	}
	return r.Transform, err
}
