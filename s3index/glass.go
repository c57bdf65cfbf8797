package s3index

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"ngportal/access"
	"ngportal/preview"
	"ngportal/tract"
	"ngportal/volume"
)

// What is read of a tractogram for a small picture: a row in a folder must not cost much.
const (
	fewStreamlines = 300
	fewRanges      = 9
	fewBytes       = 1 << 20
	trxOpening     = 2 << 20 // beside that: the end of an archive and its offsets, which are read to open it
)

// What is read of a folder of bundles for a picture: some streamlines of some files.
const (
	picturedFiles = 24
	fileLines     = 40
	fileRanges    = 3
	fileBytes     = 256 << 10
)

// Streamlines are some of those of the tractogram a, for a picture: its sample, or fewer where it has none. They are
// shared, and must not be changed. The error is that of [Library.Folder], or wraps [volume.ErrInvalid] where there is
// nothing to draw.
func (l *Library) Streamlines(ctx context.Context, who access.Rights, a Asset) (preview.Lines, error) {
	a, err := l.again(ctx, who, a)
	switch {
	case err != nil:
		return preview.Lines{}, err
	case a.Fault != nil || a.Tract == nil:
		return preview.Lines{}, a.blank()
	case a.Tract.Sample != nil:
		return preview.Lines{Points: a.Tract.Sample.Batch.Points, Counts: a.Tract.Sample.Counts}, nil
	}
	return l.few(ctx, a)
}

// few reads some streamlines of the file or the folder a, which is remembered for its version.
func (l *Library) few(ctx context.Context, a Asset) (preview.Lines, error) {
	lines, err := remember(ctx, l.blocks, a.origin.name("streamlines"), func(ctx context.Context) (preview.Lines, int64, error) {
		lines, err := a.few(ctx)
		return lines, 512 + 4*int64(len(lines.Points)+len(lines.Counts)), err
	})
	return lines, undrawn(err)
}

// undrawn says of an error of the data that there is nothing to draw.
func undrawn(err error) error {
	if err != nil && ofData(err) && !errors.Is(err, volume.ErrInvalid) {
		return fmt.Errorf("%w: there is no picture: %w", volume.ErrInvalid, err)
	}
	return err
}

func (a *Asset) few(ctx context.Context) (preview.Lines, error) {
	if a.Kind != Bundles {
		return a.origin.bucket.lines(ctx, a.origin.key, fewStreamlines, tract.Budget{Ranges: fewRanges, Bytes: fewBytes})
	}
	files := a.Tract.Files
	each := make([]preview.Lines, min(len(files), picturedFiles))
	together(len(each), func(i int) {
		path := files[i*len(files)/len(each)] // from all along the list
		lines, err := a.origin.bucket.lines(ctx, a.Location.Prefix+path, fileLines, tract.Budget{Ranges: fileRanges, Bytes: fileBytes})
		if err == nil { // one that cannot be read is missing in the picture
			each[i] = lines
		}
	})
	var all preview.Lines
	for _, one := range each {
		all.Points, all.Counts = append(all.Points, one.Points...), append(all.Counts, one.Counts...)
	}
	return all, ctx.Err()
}

// lines reads at most n streamlines of the tractogram at key.
func (b *Bucket) lines(ctx context.Context, key string, n int, budget tract.Budget) (preview.Lines, error) {
	at, err := b.locate(ctx, key)
	if err != nil {
		return preview.Lines{}, err
	}
	if at.format == tract.TRX {
		budget.Bytes += trxOpening
	}
	f, err := tract.Open(at.input(ctx, tract.Unstated))
	if err != nil {
		return preview.Lines{}, b.tractFault(at.object, err)
	}
	s, err := f.Sample(n, at.version(), budget)
	if err != nil {
		return preview.Lines{}, b.tractFault(at.object, err)
	}
	return preview.Lines{Points: slices.Clip(s.Batch.Points), Counts: slices.Clip(s.Counts)}, nil
}

// tractThumbnail draws a tractogram small, from above. It reads no more than a megabyte of it, and three of an archive.
func (l *Library) tractThumbnail(ctx context.Context, b *Bucket, loc access.Location, ref access.Ref) (Thumbnail, error) {
	key := loc.Prefix + ref.Path
	f, err := b.locate(ctx, key)
	if err != nil {
		return Thumbnail{}, undrawn(err)
	}
	return l.glassThumbnail(ctx, Asset{Ref: ref, Location: loc, Kind: KindOfName(ref.Path), origin: origin{b, key, f.version()}})
}

func (l *Library) glassThumbnail(ctx context.Context, a Asset) (Thumbnail, error) {
	data, err := remember(ctx, l.pictures, a.origin.name("thumbnail"), func(ctx context.Context) ([]byte, int64, error) {
		lines, err := l.few(ctx, a)
		if err != nil {
			return nil, 0, err
		}
		picture := preview.GlassThumbnail(lines, thumbnailSize)
		if picture == nil {
			return nil, 0, fmt.Errorf("%w: there are no streamlines to draw", volume.ErrInvalid)
		}
		png, err := preview.PNG(picture)
		return png, 512 + int64(len(png)), err
	})
	return Thumbnail{data, a.origin.version}, err
}
