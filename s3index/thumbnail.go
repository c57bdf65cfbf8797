package s3index

import (
	"context"
	"fmt"
	"sync"
	"time"

	"ngportal/access"
	"ngportal/preview"
	"ngportal/volume"
)

// What is remembered of voxels and pictures, in bytes.
const (
	blockCacheSize   = 256 << 20 // 16 volumes of a full tray, each of 128³ voxels in one channel, are half of it
	pictureCacheSize = 16 << 20
	nearCacheSize    = 64 << 20
)

const (
	thumbnailSize   = 96 // pixels
	thumbnailVoxels = 64 // along an axis
)

// A Thumbnail is a small picture of an asset, PNG.
type Thumbnail struct {
	PNG     []byte
	Version string // changes when the asset does
}

// Thumbnail draws the asset at ref small: its middle axial section, contrasted as it would open. It is remembered for
// this version; that there is nothing to draw is for a minute. The error is that of [Library.Describe], or wraps
// [volume.ErrInvalid] where there is nothing to draw.
func (l *Library) Thumbnail(ctx context.Context, who access.Rights, ref access.Ref) (Thumbnail, error) {
	b, loc, err := l.open(who, ref)
	if err != nil {
		return Thumbnail{}, err
	}
	name := b.name + "\x00" + loc.Prefix + ref.Path
	if err = l.failed.find(name); err != nil {
		return Thumbnail{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, describeTime)
	defer cancel()
	t, err := l.thumbnail(ctx, b, loc, ref)
	if err != nil && (ofData(err) || isPanic(err)) {
		l.failed.note(name, err)
	}
	return t, err
}

func (l *Library) thumbnail(ctx context.Context, b *Bucket, loc access.Location, ref access.Ref) (Thumbnail, error) {
	if KindOfName(ref.Path).Tract() {
		return l.tractThumbnail(ctx, b, loc, ref)
	}
	a, err := l.lookAt(ctx, b, loc, ref)
	if err != nil {
		return Thumbnail{}, err
	}
	if a.Kind == Bundles {
		return l.glassThumbnail(ctx, a)
	}
	if !a.drawable() {
		return Thumbnail{}, a.blank()
	}
	data, err := rememberFor(ctx, l.pictures, a.origin.name("thumbnail"), func(ctx context.Context) ([]byte, kept, error) {
		png, life, failed := l.drawThumbnail(ctx, a)
		return png, kept{512 + int64(len(png)), life}, failed
	})
	return Thumbnail{data, a.origin.version}, err
}

// drawThumbnail keeps no voxels but those of files that would have to be read whole once more. It tells for how long the
// picture is good; zero is for this version.
func (l *Library) drawThumbnail(ctx context.Context, a Asset) (data []byte, life time.Duration, err error) {
	var s scan
	var how kept
	if a.Kind == NIfTI {
		if s, err = l.scan(ctx, a); err == nil {
			_, err = s.overview()
		}
	} else {
		s.block, how, err = a.overview(ctx, thumbnailVoxels)
	}
	if err != nil {
		return nil, 0, err
	}
	a.Stats = s.stats
	a.Fill(s.block)
	layer := Layer(a.Volume, s.block, a.Drawing())
	layer.Opacity = 1 // also of labels, which have nothing below here
	picture := preview.Thumbnail(layer, thumbnailSize)
	if picture == nil {
		return nil, 0, fmt.Errorf("%w: nothing says how large it is", volume.ErrInvalid)
	}
	data, err = preview.PNG(picture)
	return data, how.life, err
}

// failures remember for a minute what could not be drawn, so that a folder of broken files is not read with each look
// at it.
type failures struct {
	mu    sync.Mutex
	known map[string]failure
}

type failure struct {
	err   error
	until time.Time
}

const (
	failureTime = time.Minute
	maxFailures = 4096
)

func newFailures() *failures { return &failures{known: map[string]failure{}} }

func (f *failures) find(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	known, ok := f.known[name]
	if !ok || time.Now().After(known.until) {
		delete(f.known, name)
		return nil
	}
	return known.err
}

func (f *failures) note(name string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.known) >= maxFailures {
		clear(f.known)
	}
	f.known[name] = failure{err, time.Now().Add(failureTime)}
}
