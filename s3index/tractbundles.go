package s3index

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/sync/errgroup"

	"ngportal/access"
	"ngportal/tract"
	"ngportal/tract/skeleton"
	"ngportal/tractstore"
)

// Limits of a folder whose tractograms are shown as bundles of one.
const (
	maxBundleFiles = 1000
	headersAtOnce  = 8
)

// folderSkeletons are the files of a folder, in the order of their names; the first is object 1.
type folderSkeletons struct {
	library *Library
	memo    string
	files   []*tractstore.Tractogram
	labels  []string
	sizes   []int64
}

// folderSkeletons finds the tractograms that lie directly in a folder.
func (l *Library) folderSkeletons(ctx context.Context, loc access.Location, path string, o TractOptions) (*Skeletons, error) {
	b := l.buckets[loc.Bucket]
	if b == nil {
		return nil, fmt.Errorf("tractograms in %s: %w", loc.URI(path), ErrUnwell)
	}
	prefix := loc.Prefix + strings.TrimSuffix(path, "/") + "/"
	listing, err := rememberFor(ctx, l.near, b.memo("bundles", prefix, ""), func(ctx context.Context) (Listing, kept, error) {
		listing, err := b.List(ctx, prefix, "", maxBundleFiles)
		return listing, kept{512 + 256*int64(len(listing.Objects)), locateTime}, err
	})
	if err != nil {
		return nil, err
	}
	s := &folderSkeletons{library: l}
	sum := sha256.New()
	for _, object := range tractFiles(listing, prefix) {
		format, _ := tract.FormatOf(object.Key)
		f := tractFile{bucket: b, key: object.Key, format: format, object: object, size: object.Size}
		s.files = append(s.files, l.kept(f, o.Frame))
		s.labels, s.sizes = append(s.labels, bundleName(object.Key)), append(s.sizes, object.Size)
		fmt.Fprintf(sum, "%q%q", object.Key, object.Version())
	}
	if len(s.files) == 0 {
		return nil, fmt.Errorf("%s holds no tractograms: %w", prefix, fs.ErrNotExist)
	}
	version := hex.EncodeToString(sum.Sum(nil)[:16]) + "-" + string(o.Frame) + strings.Join(o.Attributes, ",")
	s.memo = b.memo("bundles", prefix, version)
	return &Skeletons{Version: version, Final: true, attributes: o.Attributes, from: s}, nil
}

// has: files of a folder have what all of them have.
func (*folderSkeletons) has(context.Context) ([]string, error) { return []string{"length"}, nil }

// list reads the headers, and whole those files whose headers do not count, the first walkLimit bytes of such. A file that
// cannot be read is in it without streamlines: the others can be shown all the same.
func (s *folderSkeletons) list(ctx context.Context) (*skeleton.Set, error) {
	return remember(ctx, s.library.assets, s.memo, func(ctx context.Context) (*skeleton.Set, int64, error) {
		set := &skeleton.Set{Objects: make([]skeleton.Object, len(s.files))}
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(headersAtOnce)
		whole := s.walked()
		for i := range s.files {
			g.Go(func() (err error) {
				defer s.library.faults.caught(&err)
				set.Objects[i], err = s.object(ctx, i, i < whole)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return nil, 0, err
		}
		var shown int64
		for i := range set.Objects {
			o := &set.Objects[i]
			shown += o.Vertices
			o.First = shown <= skeleton.FirstVertices || i == 0
		}
		return set, 256 * int64(len(set.Objects)), nil
	})
}

// walked is how many of the files may be read whole to count what is in them.
func (s *folderSkeletons) walked() int {
	left := int64(walkLimit)
	for i, n := range s.sizes {
		if left -= n; left < 0 {
			return i
		}
	}
	return len(s.sizes)
}

// object describes file i by its header, and, where that does not count and it may be, by reading it whole.
func (s *folderSkeletons) object(ctx context.Context, i int, whole bool) (skeleton.Object, error) {
	o := skeleton.Object{ID: uint64(i) + 1, Label: s.labels[i]}
	f, err := s.files[i].File(ctx)
	if err == nil {
		var ok bool
		if o.Vertices, o.Streamlines, ok = f.Vertices(); ok {
			return o, nil
		}
	}
	var all *tract.Survey
	if err == nil && whole {
		all, err = s.files[i].Survey(ctx)
	}
	if err == nil && all != nil {
		o.Streamlines, o.Vertices = all.Streamlines, all.Points
	} else if err == nil {
		o.Streamlines = max(f.Header().Streamlines, 0)
	}
	if err != nil && !ofData(err) {
		return o, err
	}
	return o, nil
}

// open makes one object of all streamlines of a file: its survey is made to say that they are one bundle.
func (s *folderSkeletons) open(ctx context.Context, id uint64, attributes []string) (*skeleton.Skeleton, error) {
	if id < 1 || id > uint64(len(s.files)) {
		return nil, fmt.Errorf("object %d of %d: %w", id, len(s.files), fs.ErrNotExist)
	}
	t := s.files[id-1]
	f, err := t.File(ctx)
	if err != nil {
		return nil, err
	}
	if f.Size() > walkLimit {
		return nil, fmt.Errorf("%w: %s is too large to be a bundle beside others: open it by itself", tract.ErrInvalid, s.labels[id-1])
	}
	survey, err := t.Survey(ctx)
	if err != nil {
		return nil, err
	}
	one := *survey
	one.Bundles = []tract.Bundle{{ID: 1, Name: s.labels[id-1], Streamlines: survey.Streamlines, Points: survey.Points, MeanLength: survey.Lengths.Mean}}
	one.Member = make([]uint16, len(survey.Counts))
	for i := range one.Member {
		one.Member[i] = 1
	}
	return skeleton.NewSet(f, &one, nil).Open(1, attributes)
}
