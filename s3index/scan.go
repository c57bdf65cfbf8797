package s3index

import (
	"cmp"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"ngportal/access"
	"ngportal/tract"
	"ngportal/volume"
)

// An origin is where an asset was found, and in which version.
type origin struct {
	bucket  *Bucket
	key     string
	version string // changes with the object, or with the metadata of a directory
}

// name tells what is remembered of an asset from all else.
func (o origin) name(what string) string { return o.bucket.memo(what, o.key, o.version) }

// memo is under which name something of a version of an object or directory is remembered.
func (b *Bucket) memo(what, key, version string) string {
	return what + "\x00" + b.name + "\x00" + key + "\x00" + version
}

// How long is remembered what the chunks of a directory say: its version is that of its metadata, and does not change
// when chunks are written.
const (
	chunksKept = 10 * time.Minute
	emptyKept  = 5 * time.Second // while none of them was there: it may be being written
)

// stored reads parts of a directory asset and notes whether there is anything.
type stored struct {
	volume.Ranger
	any atomic.Bool
}

func (o origin) stored(ctx context.Context) *stored {
	c := &stored{}
	from := o.bucket.ranger(ctx, o.key)
	c.Ranger = func(name string, offset, length int64) ([]byte, error) {
		data, err := from(name, offset, length)
		if len(data) > 0 {
			c.any.Store(true)
		}
		return data, err
	}
	return c
}

// kept is how long a result of these chunks is remembered.
func (c *stored) kept(size int64) kept {
	if c.any.Load() {
		return kept{size, chunksKept}
	}
	return kept{size, emptyKept}
}

func (o origin) packed() bool { return strings.HasSuffix(strings.ToLower(o.key), ".gz") }

// again returns a as who may see it now: as it was found before, unless it was found elsewhere.
func (l *Library) again(ctx context.Context, who access.Rights, a Asset) (Asset, error) {
	b, loc, err := l.open(who, a.Ref)
	if err != nil {
		return Asset{}, err
	}
	if a.origin.bucket == b && a.origin.key == loc.Prefix+a.Ref.Path {
		return a, nil
	}
	return l.lookAt(ctx, b, loc, a.Ref)
}

// drawable reports whether a has voxels to draw.
func (a *Asset) drawable() bool {
	return a.Fault == nil && a.Volume != nil && a.Volume.Kind == "volume" && len(a.Volume.Levels) > 0 && a.Kind != MGH
}

// blank tells why a cannot be drawn.
func (a *Asset) blank() error {
	if a.Fault != nil {
		return fmt.Errorf("%w: it cannot be drawn: %w", volume.ErrInvalid, a.Fault)
	}
	return fmt.Errorf("%w: it holds no voxels that can be drawn here", volume.ErrInvalid)
}

// contrast describes the voxels of each channel of a; what is found is remembered for this version of it. There is
// nothing to describe in what has no voxels.
func (l *Library) contrast(ctx context.Context, a Asset) ([]volume.Stats, error) {
	switch {
	case !a.drawable():
		return nil, nil
	case a.Kind == NIfTI:
		s, err := l.scan(ctx, a)
		if err != nil {
			return nil, err
		}
		return s.stats, s.fault
	}
	return rememberFor(ctx, l.assets, a.origin.name("stats"), func(ctx context.Context) ([]volume.Stats, kept, error) {
		c := a.origin.stored(ctx)
		s, err := volume.ChunkStats(a.Volume, c.Ranger)
		return s, c.kept(4096), err
	})
}

// noteStats keeps a failure to find the contrast as a note: the asset can be shown all the same.
func (a *Asset) noteStats(found []volume.Stats, err error) {
	a.Stats = found
	if err != nil {
		a.Stats = nil
	}
	if err != nil && a.Volume.Unreadable() == "" {
		a.Notes = append(a.Notes, "The contrast could not be chosen from the data: "+plain(err)+".")
	}
}

// overviewVoxels is how many voxels along an axis of space a NIfTI file is read for: enough for a page, and for
// whatever is smaller.
const overviewVoxels = 128

// A scan is what one reading of a NIfTI file gives.
type scan struct {
	stats []volume.Stats
	block *volume.Block // nil when it is too large for one
	fault error         // of the data
	short error         // the file ends too early, and there is something all the same
}

// scan reads a NIfTI file once, for all that is drawn and said of its voxels. The error is not one of the data.
func (l *Library) scan(ctx context.Context, a Asset) (scan, error) {
	return remember(ctx, l.blocks, a.origin.name("scan"), func(ctx context.Context) (scan, int64, error) {
		var s scan
		err := a.unpack(ctx, func(r io.Reader) (err error) {
			s.block, s.stats, err = volume.NIfTIScan(a.Volume, overviewVoxels, r)
			return err
		})
		switch {
		case errors.Is(err, volume.ErrTruncated):
			s.short = err
		case err != nil && !ofData(err):
			return scan{}, 0, err
		default:
			s.fault = err
		}
		return s, 4096 + sizeOf(s.block), nil
	})
}

// overview is the block of it.
func (s scan) overview() (*volume.Block, error) {
	if s.block == nil && s.fault == nil {
		return nil, fmt.Errorf("%w: the volume is too large to be read for a picture", volume.ErrInvalid)
	}
	return s.block, s.fault
}

// unpack gives the content of a NIfTI file to use, and returns its error.
func (a *Asset) unpack(ctx context.Context, use func(io.Reader) error) error {
	body, err := a.origin.bucket.Open(ctx, a.origin.key, Get{})
	if err != nil {
		return err
	}
	defer body.Close()
	if !a.origin.packed() {
		return use(body)
	}
	zr, err := gzip.NewReader(body)
	if err != nil {
		return fmt.Errorf("%w: it is not compressed with gzip: %w", volume.ErrInvalid, err)
	}
	err = use(zr)
	if _, corrupt := errors.AsType[flate.CorruptInputError](err); corrupt || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) {
		return fmt.Errorf("%w: what is compressed with gzip is damaged: %w", volume.ErrInvalid, err)
	}
	return err
}

// ofData reports whether an error belongs to the data and will be the same the next time.
func ofData(err error) bool {
	return errors.Is(err, volume.ErrInvalid) || errors.Is(err, tract.ErrInvalid) || errors.Is(err, errors.ErrUnsupported) || errors.Is(err, ErrTooLarge)
}

func sizeOf(b *volume.Block) int64 {
	if b == nil {
		return 0
	}
	return 4 * int64(len(b.Data))
}

// Overview reads the asset a small, for a picture: see [volume.Overview]. The block is remembered for this version of
// the asset, is shared, and must not be changed. That of a NIfTI file may have 128 voxels along an axis where fewer are
// asked for: it is read but once.
//
// The error is that of [Library.Folder], or wraps [volume.ErrInvalid] where there is nothing to draw.
func (l *Library) Overview(ctx context.Context, who access.Rights, a Asset, most int64) (*volume.Block, error) {
	a, err := l.again(ctx, who, a)
	if err != nil {
		return nil, err
	}
	if !a.drawable() {
		return nil, a.blank()
	}
	if a.Kind == NIfTI && most <= overviewVoxels {
		s, failed := l.scan(ctx, a)
		if failed != nil {
			return nil, failed
		}
		return s.overview()
	}
	return rememberFor(ctx, l.blocks, a.origin.name(fmt.Sprintf("overview %d", most)), func(ctx context.Context) (*volume.Block, kept, error) {
		return a.overview(ctx, most)
	})
}

// overview reads it without remembering it, and tells how it may be.
func (a *Asset) overview(ctx context.Context, most int64) (block *volume.Block, how kept, err error) {
	if a.Kind != NIfTI {
		c := a.origin.stored(ctx)
		block, err = volume.Overview(a.Volume, most, c.Ranger)
		return block, c.kept(4096 + sizeOf(block)), err
	}
	err = a.unpack(ctx, func(r io.Reader) (err error) {
		block, err = volume.NIfTIOverview(a.Volume, most, r)
		return err
	})
	return block, kept{size: 4096 + sizeOf(block)}, err
}

// cut tells of a NIfTI file that has fewer bytes than its header asks for. How long a compressed one is nobody knows.
func (a *Asset) cut() error {
	if a.origin.packed() || a.Size >= a.Volume.NIfTISize() {
		return nil
	}
	return volume.ErrTruncated
}

// Sample reads and decodes one chunk of a, in the middle of its finest level; of a NIfTI file, which has no chunks, all
// that is read of it for a preview. The error says what is wrong with it, and wraps [volume.ErrInvalid] if that is
// the data. What has no voxels has no fault.
func (l *Library) Sample(ctx context.Context, who access.Rights, a Asset) error {
	a, err := l.again(ctx, who, a)
	if err != nil {
		return err
	}
	switch {
	case !a.drawable():
		return nil
	case a.Kind == NIfTI:
		s, failed := l.scan(ctx, a)
		return cmp.Or(failed, s.fault, s.short, a.cut())
	}
	_, err = rememberFor(ctx, l.assets, a.origin.name("sample"), func(ctx context.Context) (bool, kept, error) {
		c := a.origin.stored(ctx)
		stored, failed := volume.SampleChunk(a.Volume, c.Ranger)
		return stored, c.kept(512), failed
	})
	return err
}
