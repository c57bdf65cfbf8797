package s3index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"ngportal/access"
	"ngportal/tract"
	"ngportal/tract/skeleton"
	"ngportal/tractstore"
)

// TractOptions are what the address of a source of streamlines asks for.
type TractOptions struct {
	Attributes []string // of skeletons, besides the orientation
	Frame      tract.Frame
	Tolerance  float64 // of annotations, in mm; negative is the usual one
}

// An OptionError is an address that asks for what there is not. It wraps [fs.ErrNotExist].
type OptionError struct{ Text string } // a sentence for people

func (e *OptionError) Error() string { return e.Text }

// Unwrap makes it what it is: nothing is there.
func (*OptionError) Unwrap() error { return fs.ErrNotExist }

// maxTolerance is the greatest tolerance in mm: with more there is nothing left of a brain.
const maxTolerance = 10

// ParseSkeletonOptions reads such as "length,s_fa,frame=lps"; the error is an [*OptionError].
func ParseSkeletonOptions(text string) (TractOptions, error) {
	return parseTractOptions(text, func(o *TractOptions, item string) bool {
		if strings.Contains(item, "=") || slices.Contains(o.Attributes, item) {
			return false
		}
		o.Attributes = append(o.Attributes, item)
		return true
	})
}

// ParseAnnotationOptions reads such as "frame=lps,tol=0.25"; the error is an [*OptionError].
func ParseAnnotationOptions(text string) (TractOptions, error) {
	return parseTractOptions(text, func(o *TractOptions, item string) bool {
		value, ok := strings.CutPrefix(item, "tol=")
		mm, err := strconv.ParseFloat(value, 64)
		// One way to write each, and hundredths only: each is built for itself.
		if !ok || err != nil || !(mm >= 0 && mm <= maxTolerance) || strconv.FormatFloat(mm, 'f', -1, 64) != value || len(value) > len("0.25") {
			return false
		}
		o.Tolerance = mm
		return true
	})
}

func parseTractOptions(text string, own func(o *TractOptions, item string) bool) (TractOptions, error) {
	o := TractOptions{Tolerance: tractstore.Usual}
	for item := range strings.SplitSeq(text, ",") {
		switch {
		case text == "":
		case item == "frame="+string(tract.RAS) || item == "frame="+string(tract.LPS):
			o.Frame = tract.Frame(strings.TrimPrefix(item, "frame="))
		case item == "" || !own(&o, item):
			return o, &OptionError{fmt.Sprintf("There is no option %q of a source of streamlines.", item)}
		}
	}
	return o, nil
}

// Skeletons are the skeleton source of a tractogram, or of a folder of them, of which each is an object. It is safe for
// concurrent use.
type Skeletons struct {
	Version string // of all it gives
	Final   bool   // what it lists depends on Version alone, and not on how much is known by now

	attributes []string
	from       skeletons
}

// skeletons are where objects come from.
type skeletons interface {
	list(ctx context.Context) (*skeleton.Set, error)
	has(ctx context.Context) (attributes []string, err error)
	open(ctx context.Context, id uint64, attributes []string) (*skeleton.Skeleton, error)
}

// SkeletonSet finds the skeletons of the tractogram at path in loc; nothing of it is read yet. A path that is not named
// like a tractogram is that of a folder of them.
//
// It asks nobody's permission: it is for the viewer host, which has checked the viewer's session. The error is a
// [*StorageError] or wraps [tract.ErrInvalid].
func (l *Library) SkeletonSet(ctx context.Context, loc access.Location, path string, o TractOptions) (s *Skeletons, err error) {
	defer l.faults.caught(&err)
	if _, ok := tract.FormatOf(strings.TrimSuffix(path, "/")); !ok {
		return l.folderSkeletons(ctx, loc, path, o)
	}
	f, err := l.located(ctx, loc, path)
	if err != nil {
		return nil, err
	}
	t := l.kept(f, o.Frame)
	from := &fileSkeletons{library: l, t: t, whole: f.size <= walkLimit || t.Known(ctx) != nil}
	s = &Skeletons{Version: f.version(), Final: from.whole, attributes: o.Attributes, from: from}
	if !from.whole {
		s.Version += "-part"
	}
	s.Version += "-" + string(o.Frame) + strings.Join(o.Attributes, ",")
	return s, nil
}

// Info is the info file. The error of this and of the other methods is that of [tract.Open], [tract.File.Survey] and
// [tract.File.Sample]; it is an [*OptionError] if an attribute is not known.
func (s *Skeletons) Info(ctx context.Context) ([]byte, error) {
	if err := s.check(ctx); err != nil {
		return nil, err
	}
	return skeleton.Info(s.attributes), nil
}

func (s *Skeletons) check(ctx context.Context) error {
	known, err := s.from.has(ctx)
	if err != nil {
		return err
	}
	for _, name := range s.attributes {
		if !slices.Contains(known, name) {
			return &OptionError{fmt.Sprintf("These streamlines have no numbers called %q.", name)}
		}
	}
	return nil
}

// Properties is the list of the objects.
func (s *Skeletons) Properties(ctx context.Context) ([]byte, error) {
	set, err := s.from.list(ctx)
	if err != nil {
		return nil, err
	}
	return set.Properties(), nil
}

// Open prepares an object. The error may be that of [skeleton.Set.Open], too.
func (s *Skeletons) Open(ctx context.Context, id uint64) (*skeleton.Skeleton, error) {
	if err := s.check(ctx); err != nil {
		return nil, err
	}
	return s.from.open(ctx, id, s.attributes)
}

// fileSkeletons are those of one tractogram.
type fileSkeletons struct {
	library *Library
	t       *tractstore.Tractogram
	whole   bool // it is small enough to be read before it is shown, or was read
}

func (s *fileSkeletons) list(ctx context.Context) (*skeleton.Set, error) {
	if s.whole {
		if _, err := s.t.Survey(ctx); err != nil {
			return nil, err
		}
	}
	return s.library.set(ctx, s.t)
}

func (s *fileSkeletons) has(ctx context.Context) ([]string, error) {
	f, err := s.t.File(ctx)
	if err != nil {
		return nil, err
	}
	return skeleton.Attributes(f.Header()), nil
}

// open opens an object. What was shown of a large file before it was read is there afterwards, too: scenes name it. So do
// those that were made without knowing the file, of which there may be no sample, and those that are so old that all files had
// one object, called 1.
func (s *fileSkeletons) open(ctx context.Context, id uint64, attributes []string) (*skeleton.Skeleton, error) {
	set, err := s.list(ctx)
	if err != nil {
		return nil, err
	}
	k, err := set.Open(id, attributes)
	first := []uint64{skeleton.StrataID, skeleton.SampleID}
	for i := 0; i < len(first) && (id == skeleton.SampleID || id == 1) && errors.Is(err, fs.ErrNotExist); i++ {
		k, err = set.Open(first[i], attributes)
	}
	return k, err
}

// Annotations finds the annotations of the tractogram at path in loc, and what their version is. It reads nothing of the
// file and asks nobody's permission, see [Library.SkeletonSet], whose error it has.
func (l *Library) Annotations(ctx context.Context, loc access.Location, path string, o TractOptions) (a *tractstore.Annotations, version string, err error) {
	defer l.faults.caught(&err)
	f, err := l.located(ctx, loc, path)
	if err != nil {
		return nil, "", err
	}
	version = fmt.Sprintf("%s-%s%s", f.version(), cmp.Or(o.Frame, "own"), strconv.FormatFloat(o.Tolerance, 'f', -1, 64))
	return l.kept(f, o.Frame).Annotations(o.Tolerance), version, nil
}
