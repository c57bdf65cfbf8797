package s3index

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/tract"
	"ngportal/volume"
)

// An Asset is one object or directory and what it says about itself.
type Asset struct {
	Ref      access.Ref
	Location access.Location
	Name     string // last segment of the path, without slash
	Kind     Kind   // "" for an object no viewer opens
	Size     int64  // of an object; 0 for a directory
	Modified time.Time
	Volume   *volume.Image  // of an image; nil while Fault is set
	Stats    []volume.Stats // of its channels, for contrast; nil where they could not be had
	Tract    *Tractogram    // of a tractogram; nil while Fault is set
	Notes    []string       // sentences about what could not be found out
	Fault    error          // why the content cannot be shown; a sentence for people, wrapping ErrInvalid of volume or tract

	origin origin
}

// describeTime bounds the work of describing one asset, all its reads together.
const describeTime = 30 * time.Second

// Describe returns what lies at ref, as far as its own metadata tell.
//
// A malformed asset is no error: it is returned with its Fault, so that its page can say so. The
// error is that of [Library.Folder].
func (l *Library) Describe(ctx context.Context, who access.Rights, ref access.Ref) (Asset, error) {
	ctx, cancel := context.WithTimeout(ctx, describeTime)
	defer cancel()
	a, err := l.look(ctx, who, ref)
	if err == nil {
		a.noteStats(l.contrast(ctx, a))
	}
	return a, err
}

// look describes an asset by its metadata alone.
func (l *Library) look(ctx context.Context, who access.Rights, ref access.Ref) (Asset, error) {
	b, loc, err := l.open(who, ref)
	if err != nil {
		return Asset{}, err
	}
	return l.lookAt(ctx, b, loc, ref)
}

// lookAt asks nobody's permission.
func (l *Library) lookAt(ctx context.Context, b *Bucket, loc access.Location, ref access.Ref) (a Asset, err error) {
	defer l.faults.caught(&err)
	key := loc.Prefix + ref.Path
	path := strings.TrimSuffix(ref.Path, "/") // a directory's slash is not in its name
	a = Asset{Ref: ref, Location: loc, Name: path[strings.LastIndexByte(path, '/')+1:], origin: origin{bucket: b, key: key}}
	describe := l.describeFile
	if strings.HasSuffix(ref.Path, "/") {
		describe = l.describeDir
	}
	if err = describe(ctx, b, key, &a); err != nil {
		return Asset{}, err
	}
	return a, nil
}

// fault keeps an error that belongs to the data, and returns any other.
func (a *Asset) fault(err error) error {
	if errors.Is(err, volume.ErrInvalid) || errors.Is(err, tract.ErrInvalid) ||
		errors.Is(err, errors.ErrUnsupported) || errors.Is(err, ErrTooLarge) {
		a.Fault = err
		return nil
	}
	return err
}

func (l *Library) describeDir(ctx context.Context, b *Bucket, prefix string, a *Asset) error {
	listing, err := b.List(ctx, prefix, "", 1000)
	if err != nil {
		return err
	}
	if len(listing.Objects)+len(listing.Folders) == 0 {
		return fmt.Errorf("describe %s: %w", prefix, fs.ErrNotExist)
	}
	m, found := markerOf(listing, prefix)
	if !found {
		m.kind = KindOfName(prefix)
	}
	a.Kind = m.kind
	digest := sha256.New()
	get := b.getter(ctx, prefix, digest)
	switch m.kind {
	case Zarr:
		a.Volume, err = volume.ReadZarr(get)
	case Precomputed:
		a.Volume, err = readOne(get, "info", volume.ReadPrecomputed)
	case N5:
		a.Volume, err = volume.ReadN5(get)
	case TRX:
		return a.fault(l.tractogram(ctx, b, prefix, a))
	default:
		if files := tractFiles(listing, prefix); m.kind == "" && files != nil {
			return l.describeBundles(ctx, b, files, a)
		}
		return fmt.Errorf("describe %s: it is a folder and no asset: %w", prefix, fs.ErrNotExist)
	}
	if err != nil {
		a.Volume = nil
		return a.fault(err)
	}
	a.origin.version = hex.EncodeToString(digest.Sum(nil))
	return nil
}

// plain is what people are told of an error: its sentence if it belongs to the data, else less.
func plain(err error) string {
	switch {
	case errors.Is(err, volume.ErrInvalid), errors.Is(err, tract.ErrInvalid):
		return strings.TrimPrefix(strings.TrimPrefix(err.Error(), volume.ErrInvalid.Error()+": "), tract.ErrInvalid.Error()+": ")
	case errors.Is(err, ErrTooLarge):
		return "a part of it is too large to be read here"
	case errors.Is(err, context.DeadlineExceeded):
		return "reading took too long"
	}
	return "a part of it could not be read"
}

func readOne(get volume.Getter, name string, read func([]byte) (*volume.Image, error)) (*volume.Image, error) {
	data, err := get(name)
	if err != nil {
		return nil, err
	}
	return read(data)
}

// chunkLimit bounds one object that is read to choose a contrast: a coarse level is far smaller.
const chunkLimit = 64 << 20

// getter reads objects below prefix. What it reads goes into digest, so that a change is noticed.
func (b *Bucket) getter(ctx context.Context, prefix string, digest hash.Hash) volume.Getter {
	limit := int64(chunkLimit)
	if digest != nil {
		limit = volume.MaxMetadata
	}
	return func(name string) ([]byte, error) {
		data, err := b.ReadFile(ctx, prefix+name, limit)
		if errors.Is(err, ErrTooLarge) {
			return nil, fmt.Errorf("%w: %s is larger than %d MB: %w", volume.ErrInvalid, name, limit>>20, err)
		}
		if digest != nil && err == nil {
			fmt.Fprintf(digest, "%s\x00%d\x00", name, len(data))
			digest.Write(data)
		}
		return data, err
	}
}

func (l *Library) describeFile(ctx context.Context, b *Bucket, key string, a *Asset) error {
	if KindOfName(a.Name).Tract() {
		return a.fault(l.tractogram(ctx, b, key, a))
	}
	o, err := b.Stat(ctx, key)
	if err != nil {
		return err
	}
	a.Kind, a.Size, a.Modified = KindOfName(a.Name), o.Size, o.Modified
	read := map[Kind]func([]byte) (*volume.Image, error){NIfTI: volume.ReadNIfTI, MGH: volume.ReadMGH}[a.Kind]
	if read != nil {
		err = l.describeHeader(ctx, b, o, a, read)
	}
	return a.fault(err)
}

// headBytes is how much of a file is read for its header, which has 540 bytes at most when unpacked.
const headBytes = 64 << 10

// describeHeader describes a file that is a header and voxels. What it says is remembered for this version of it.
func (l *Library) describeHeader(ctx context.Context, b *Bucket, o Object, a *Asset, read func([]byte) (*volume.Image, error)) error {
	img, err := remember(ctx, l.near, b.memo("header", o.Key, o.Version()), func(ctx context.Context) (*volume.Image, int64, error) {
		head, err := b.header(ctx, o)
		if err != nil {
			return nil, 0, err
		}
		img, err := read(head)
		return img, 8 << 10, err // or thereabouts
	})
	if err != nil {
		return err
	}
	a.Volume, a.origin.version = img, o.Version()
	return nil
}

// header reads the beginning of a file, which may be compressed with gzip.
func (b *Bucket) header(ctx context.Context, o Object) ([]byte, error) {
	body, err := b.Open(ctx, o.Key, Get{Range: fmt.Sprintf("bytes=0-%d", headBytes-1)})
	if isRange(err) {
		return nil, fmt.Errorf("%w: the file is empty", volume.ErrInvalid)
	}
	if err != nil {
		return nil, err
	}
	head, err := io.ReadAll(io.LimitReader(body, headBytes))
	body.Close()
	if err != nil {
		return nil, b.fail("read", o.Key, err)
	}
	if name := strings.ToLower(o.Key); strings.HasSuffix(name, ".gz") || strings.HasSuffix(name, ".mgz") {
		return volume.HeaderOfGzip(head)
	}
	return head, nil
}
