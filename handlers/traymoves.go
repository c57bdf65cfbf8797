package handlers

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/sync/errgroup"

	"ngportal/access"
	"ngportal/s3index"
	"ngportal/store"
	"ngportal/volume"
	"ngportal/xfm"
)

// maxFound is how many transforms near an asset are looked into.
const maxFound = 24

// A foundTransform is a transform near an asset, and what it does in words.
type foundTransform struct {
	ref  access.Ref
	name string
	read xfm.Transform
	// moved and onto are the spaces it goes between: layers in the one are moved onto the other. "" where nobody says.
	moved, onto string
}

// findTransforms reads the transforms that lie near an asset. Those that cannot be read are left out.
func (s *site) findTransforms(ctx context.Context, who access.Rights, a s3index.Asset) ([]foundTransform, error) {
	files, err := s.Library.Transforms(ctx, who, a)
	if err != nil {
		return nil, err
	}
	files = files[:min(len(files), maxFound)]
	found := make([]foundTransform, len(files))
	var g errgroup.Group
	g.SetLimit(describers)
	for i, f := range files {
		g.Go(func() error {
			if t, err := s.Library.NearTransform(ctx, who, f); err == nil { // others are no linear transforms
				found[i] = foundTransform{ref: f.Ref, name: f.Name, read: t}
				found[i].moved, found[i].onto = direction(f.Names, t)
			}
			return nil
		})
	}
	_ = g.Wait() // each has kept its fault to itself
	return slices.DeleteFunc(found, func(f foundTransform) bool { return f.name == "" }), ctx.Err()
}

// direction tells which space a transform moves onto which.
//
// The file itself is believed where it names its two images. Else it is the name: BIDS's from-A_to-B moves A onto B, but
// LINC's LTA files of that name are applied to B, to bring it onto A.
func direction(n xfm.Names, t xfm.Transform) (moved, onto string) {
	if n.From == "" || n.To == "" {
		return stem(t.Source), stem(t.Target)
	}
	of, at := mentions(t.Source, n.From), mentions(t.Source, n.To)
	switch {
	case of && !at:
		return n.From, n.To
	case at && !of, t.Format == xfm.LTA:
		return n.To, n.From
	}
	return n.From, n.To
}

// stem is the name of an image without folders and ending.
func stem(file string) string {
	name, _, _ := strings.Cut(path.Base(strings.ReplaceAll(file, `\`, "/")), ".")
	if name == "/" {
		return ""
	}
	return name
}

// mentions reports whether a space is a word of the last part of a path.
func mentions(file, space string) bool {
	if space == "" {
		return false
	}
	name := path.Base(strings.TrimSuffix(strings.ReplaceAll(file, `\`, "/"), "/"))
	words := strings.FieldsFunc(name, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, space) })
}

// liesIn reports whether an asset lies in a space, by its name: it mentions it, or the space is called by the suffix and the
// chunk, run or sample, as LINC's XPCT02 is of chunk-02_XPCT, or it is of diffusion and so is the space.
func liesIn(file, space string) bool {
	if mentions(file, space) {
		return true
	}
	whole := strings.TrimSuffix(file, "/")
	diffusion := mentions(whole, "dwi") || path.Base(path.Dir(whole)) == "dwi"
	if space != "" && diffusion && (strings.EqualFold(space, "dMRI") || strings.EqualFold(space, "dwi")) {
		return !strings.Contains(path.Base(whole), "_space-")
	}
	stem, _, _ := strings.Cut(path.Base(whole), ".")
	parts := strings.Split(stem, "_")
	suffix := parts[len(parts)-1]
	return slices.ContainsFunc(parts[:len(parts)-1], func(part string) bool {
		key, value, _ := strings.Cut(part, "-")
		return slices.Contains([]string{"chunk", "run", "sample"}, key) && strings.EqualFold(suffix+value, space)
	})
}

// words say what a transform does to a layer.
func (f foundTransform) words(inverted bool) string {
	moved, onto := f.moved, f.onto
	if inverted {
		moved, onto = onto, moved
	}
	what := "moves " + moved + " onto " + onto
	if moved == "" || onto == "" {
		what = "as the file has it"
		if inverted {
			what = "the other way round"
		}
	}
	format := string(f.read.Format)
	if inverted {
		format += ", inverted"
	}
	return fmt.Sprintf("%s (%s) · %s", what, format, f.name)
}

// A choice of a move is what a select offers.
type moveChoice struct {
	move move
	text string
}

// choices are the ways in which a transform can be applied to the asset at ref, in a tray of items.
func (f foundTransform) choices(ref access.Ref, items []store.Item) []moveChoice {
	plain := move{Location: f.ref.Location, Path: f.ref.Path}
	inverse := plain
	inverse.Inverted = true
	if !f.read.Scaled {
		return []moveChoice{{plain, f.words(false)}, {inverse, f.words(true)}}
	}
	var out []moveChoice
	for _, i := range items {
		if i.Ref == ref || i.Ref.Dataset == "" || s3index.Kind(i.Kind).Tract() {
			continue
		}
		onto, from := plain, inverse
		onto.OtherLocation, onto.OtherPath = i.Ref.Location, i.Ref.Path
		from.OtherLocation, from.OtherPath = i.Ref.Location, i.Ref.Path
		out = append(
			out,
			moveChoice{onto, fmt.Sprintf("moves this layer onto “%s”, which it was registered to (FSL) · %s", itemName(i), f.name)},
			moveChoice{from, fmt.Sprintf("moves this layer onto “%s”, which was registered to it (FSL, inverted) · %s", itemName(i), f.name)},
		)
	}
	return out
}

// movedBy is the matrix by which an asset is moved: all of its transforms, one after the other; nil without any.
func (s *site) movedBy(ctx context.Context, who access.Rights, a s3index.Asset, moves []move) (*xfm.Matrix, error) {
	if len(moves) == 0 {
		return nil, nil //nolint:nilnil // there is nothing to be moved by
	}
	all := xfm.Identity()
	for _, m := range moves {
		one, err := s.matrixOf(ctx, who, a, m)
		if err != nil {
			return nil, fmt.Errorf("the transform %s: %w", lastName(m.Path), err)
		}
		all = all.Then(one)
	}
	return &all, nil
}

func (s *site) matrixOf(ctx context.Context, who access.Rights, a s3index.Asset, m move) (xfm.Matrix, error) {
	t, err := s.Library.Transform(ctx, who, locatedRef(who, m.Location, m.Path))
	if err != nil {
		return xfm.Matrix{}, err
	}
	matrix := t.Matrix
	if t.Scaled {
		if matrix, err = s.fslMatrix(ctx, who, a, m, matrix); err != nil {
			return matrix, err
		}
	}
	if m.Inverted {
		inverse, ok := matrix.Inverse()
		if !ok {
			return matrix, fmt.Errorf("%w: it cannot be inverted", xfm.ErrInvalid)
		}
		matrix = inverse
	}
	return matrix, nil
}

// locatedRef is a path in a location, as the dataset is called now; of a location that may not be seen it leads nowhere.
func locatedRef(who access.Rights, location, path string) access.Ref {
	ref := access.Ref{Location: location, Path: path}
	if d, _, err := who.Location(location); err == nil {
		ref.Dataset = d.Name
	}
	return ref
}

// fslMatrix turns FSL's matrix between an asset and another image into one of millimeters.
func (s *site) fslMatrix(ctx context.Context, who access.Rights, a s3index.Asset, m move, matrix xfm.Matrix) (xfm.Matrix, error) {
	if m.OtherPath == "" {
		return matrix, fmt.Errorf("%w: a matrix of FSL says nothing without the two images it is between", xfm.ErrInvalid)
	}
	other, err := s.Library.Describe(ctx, who, locatedRef(who, m.OtherLocation, m.OtherPath))
	if err != nil {
		return matrix, fmt.Errorf("the other image %s: %w", lastName(m.OtherPath), err)
	}
	moving, err := spaceOf(a)
	if err != nil {
		return matrix, err
	}
	fixed, err := spaceOf(other)
	if err != nil {
		return matrix, err
	}
	if m.Inverted {
		moving, fixed = fixed, moving
	}
	return xfm.FSLToRAS(matrix, moving, fixed)
}

// spaceOf is the grid of an image.
func spaceOf(a s3index.Asset) (xfm.Space, error) {
	if a.Volume == nil || len(a.Volume.Levels) == 0 {
		return xfm.Space{}, fmt.Errorf("%w: %s is no image, and has no grid of voxels", volume.ErrInvalid, a.Name)
	}
	at := a.Volume.Place()
	sp := xfm.Space{Shape: [3]int64{1, 1, 1}, Matrix: at.Matrix}
	for i, axis := range at.Axes {
		if axis >= 0 {
			sp.Shape[i] = a.Volume.Levels[0].Shape[axis]
		}
	}
	return sp, nil
}
