package s3index

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ngportal/access"
	"ngportal/tract"
	"ngportal/tractstore"
)

// Limits of what belongs to one tractogram.
const (
	maxTRXFiles = 20_000 // of a .trx folder
	maxTSF      = 32     // of a .tck file
)

// locateTime is how long it is believed where a tractogram lies and in which version, while its parts are being shown.
// Every read of it asks for that version.
const locateTime = 2 * time.Second

// A tractFile is a tractogram in storage: an object, with others beside it, or the objects of a .trx folder.
type tractFile struct {
	bucket   *Bucket
	key      string
	format   tract.Format
	object   Object            // of a file
	members  map[string]Object // of a folder, by their paths inside it
	scalars  map[string]Object // .tsf files, by name
	size     int64
	modified time.Time
}

// locate finds the tractogram at key, whose slash at the end is of no account. The error is a [*StorageError] or wraps
// [tract.ErrInvalid].
func (b *Bucket) locate(ctx context.Context, key string) (f tractFile, err error) {
	key = strings.TrimSuffix(key, "/")
	f = tractFile{bucket: b, key: key}
	var ok bool
	if f.format, ok = tract.FormatOf(key); !ok {
		return f, fmt.Errorf("%w: “%s” is not named like a tractogram", tract.ErrInvalid, key[strings.LastIndexByte(key, '/')+1:])
	}
	switch f.format {
	case tract.TCK:
		err = f.findScalars(ctx)
	case tract.TRX:
		if f.object, err = b.Stat(ctx, key); missing(err) {
			return f, f.findMembers(ctx)
		}
	default:
		f.object, err = b.Stat(ctx, key)
	}
	if err != nil {
		return f, err
	}
	f.size, f.modified = f.object.Size, f.object.Modified
	if f.size == 0 {
		return f, fmt.Errorf("%w: the file is empty", tract.ErrInvalid)
	}
	return f, nil
}

// findScalars lists what begins like a .tck file: NAME.tsf, NAME_fa.tsf and NAME-fa.tsf hold numbers of its points.
func (f *tractFile) findScalars(ctx context.Context) error {
	stem := f.key[:len(f.key)-len(".tck")]
	listing, err := f.bucket.List(ctx, stem, "", 1000)
	if err != nil {
		return err
	}
	f.scalars = map[string]Object{}
	found := false
	for _, o := range listing.Objects {
		if o.Key == f.key {
			f.object, found = o, true
		}
		if name, ok := scalarName(o.Key[len(stem):]); ok && len(f.scalars) < maxTSF {
			f.scalars[name] = o
		}
	}
	if !found {
		f.object, err = f.bucket.Stat(ctx, f.key)
	}
	return err
}

// scalarName is what a .tsf file is called behind the name of its .tck file.
func scalarName(rest string) (string, bool) {
	if !strings.HasSuffix(strings.ToLower(rest), ".tsf") {
		return "", false
	}
	name := rest[:len(rest)-len(".tsf")]
	if name == "" {
		return "scalar", true
	}
	return name[1:], len(name) > 1 && (name[0] == '_' || name[0] == '-')
}

// findMembers lists a .trx folder.
func (f *tractFile) findMembers(ctx context.Context) error {
	f.members = map[string]Object{}
	prefix := f.key + "/"
	in := &s3.ListObjectsV2Input{Bucket: &f.bucket.name, Prefix: &prefix}
	for {
		out, err := f.bucket.countPage(ctx, in)
		if err != nil {
			return f.bucket.fail("list", prefix, err)
		}
		for _, c := range out.Contents {
			o := objectOf(c)
			if name := o.Key[len(prefix):]; name != "" && !strings.HasSuffix(name, "/") {
				f.members[name] = o
				f.size += o.Size
				f.modified = latest(f.modified, o.Modified)
			}
		}
		if len(f.members) > maxTRXFiles {
			return fmt.Errorf("%w: the .trx folder holds more than %d files", tract.ErrInvalid, maxTRXFiles)
		}
		if in.ContinuationToken = out.NextContinuationToken; aws.ToString(in.ContinuationToken) == "" {
			break
		}
	}
	if len(f.members) == 0 {
		return &StorageError{Op: "look for", Bucket: f.bucket.name, Key: f.key, Kind: fs.ErrNotExist}
	}
	return nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// version changes when any of its objects does.
func (f *tractFile) version() string {
	if len(f.members)+len(f.scalars) == 0 {
		return f.object.Version()
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%q", f.object.Version())
	for _, objects := range []map[string]Object{f.members, f.scalars} {
		for _, name := range slices.Sorted(maps.Keys(objects)) {
			fmt.Fprintf(sum, "%q%q", name, objects[name].Version())
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// input is what reads it until ctx ends.
func (f *tractFile) input(ctx context.Context, frame tract.Frame) tract.Input {
	source := func(o Object) tract.Source { return &tractSource{ctx, f.bucket, o} }
	in := tract.Input{Format: f.format, Frame: frame}
	if f.members == nil {
		in.Source = source(f.object)
	} else {
		in.Folder = make(map[string]tract.Source, len(f.members))
		for name, o := range f.members {
			in.Folder[name] = source(o)
		}
	}
	if len(f.scalars) > 0 {
		in.Scalars = make(map[string]tract.Source, len(f.scalars))
		for name, o := range f.scalars {
			in.Scalars[name] = source(o)
		}
	}
	return in
}

// kept is what the depot knows of f. The frame counts for .vtk files alone.
func (l *Library) kept(f tractFile, frame tract.Frame) *tractstore.Tractogram {
	if f.format != tract.VTK {
		frame = tract.Unstated
	}
	s := tractstore.Subject{Name: f.bucket.name + "/" + f.key, Version: f.version(), Frame: frame}
	return l.depot.Tractogram(s, func() (tract.Input, error) { return f.input(l.depot.Life(), frame), nil })
}

// located is [Bucket.locate] for the viewer, which asks for many parts of one tractogram. It asks nobody's permission.
func (l *Library) located(ctx context.Context, loc access.Location, path string) (tractFile, error) {
	b := l.buckets[loc.Bucket]
	if b == nil {
		return tractFile{}, fmt.Errorf("tractogram %s: %w", loc.URI(path), ErrUnwell)
	}
	key := loc.Prefix + path
	return rememberFor(ctx, l.near, b.memo("tractogram", key, ""), func(ctx context.Context) (tractFile, kept, error) {
		f, err := b.locate(ctx, key)
		return f, kept{512 + 256*int64(len(f.members)+len(f.scalars)), locateTime}, err
	})
}
