package s3index

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/xfm"
)

// A TextFile is a small text that belongs to an asset.
type TextFile struct {
	Name string // relative to the asset's folder, or to the asset where it lies in it
	Ref  access.Ref
	Text string // cut at 64 kB; of a table of participants or samples only the head and the rows that are meant
	Cut  bool
}

// A TransformFile is a registration that lies near an asset.
type TransformFile struct {
	Ref      access.Ref
	Name     string
	Names    xfm.Names // what its name says
	Matching bool      // one of its spaces is the asset's own, by name

	version string // as it was listed
}

// Related is what belongs to an asset, found by name.
type Related struct {
	Sidecars   []TextFile      // JSON and TSV with the asset's BIDS entities, those that lie nearest first
	Metadata   []TextFile      // the asset's own metadata files, raw
	Labels     []access.Ref    // label images of it: inside it (labels/) and beside it (_dseg)
	Images     []access.Ref    // of a label image: the image it labels
	Tracts     []access.Ref    // tractograms of the same subject and space
	Transforms []TransformFile // those that match first
}

// Limits of looking around.
const (
	relatedTime   = 10 * time.Second
	maxShelves    = 8 // folders between the asset and the top of its location
	maxTexts      = 24
	maxRelated    = 50 // of a kind
	maxTransforms = 200
	shelfKept     = 30 * time.Second // a listing of what lies around assets
)

// Related finds what belongs to the asset a. It lists the asset's folder and those above it inside the location, and
// beside all of these xfm/, xfms/ and folders of tractograms; and it reads small texts. What cannot be read is left out.
// What lies there is remembered for half a minute. The error is that of [Library.Folder].
func (l *Library) Related(ctx context.Context, who access.Rights, a Asset) (r Related, err error) {
	defer l.faults.caught(&err)
	a, err = l.again(ctx, who, a)
	if err != nil {
		return Related{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, relatedTime)
	defer cancel()
	f := l.finder(a)
	f.climb(ctx)
	f.look(ctx, func(folder string) bool { return isTransforms(folder) || isTracts(folder) })
	texts := f.read(ctx, append(f.sidecars(), a.metadata()...))
	r = Related{
		Labels: f.labels(), Images: f.images(), Tracts: f.tracts(), Transforms: f.transforms(),
	}
	for _, t := range texts {
		if t.own {
			r.Metadata = append(r.Metadata, t.TextFile)
		} else {
			r.Sidecars = append(r.Sidecars, t.TextFile)
		}
	}
	return r, nil
}

// A finder looks around an asset.
type finder struct {
	near    *cache
	asset   Asset
	name    name
	shelves []shelf // the asset's folder, and those above it
	aside   []shelf // folders of transforms and tractograms beside the others
}

func (l *Library) finder(a Asset) *finder {
	return &finder{near: l.near, asset: a, name: parseName(a.Name)}
}

// A shelf is what lies directly in a folder: the first thousand things. Its lists are shared: nobody may change them.
type shelf struct {
	path     string // inside the location; "" or ending in "/"
	files    []string
	versions []string // of the files
	folders  []string // without slash
}

// climb lists the asset's folder and those above it.
func (f *finder) climb(ctx context.Context) {
	path := strings.TrimSuffix(f.asset.Ref.Path, "/")
	var up []string
	for path != "" && len(up) < maxShelves {
		path = path[:strings.LastIndexByte(path, '/')+1]
		up = append(up, path)
		path = strings.TrimSuffix(path, "/")
	}
	f.shelves = f.list(ctx, up)
}

// look lists those folders beside them whose names are wanted.
func (f *finder) look(ctx context.Context, wanted func(folder string) bool) {
	var aside []string
	for _, s := range f.shelves {
		for _, n := range s.folders {
			path := s.path + n + "/"
			known := slices.ContainsFunc(f.shelves, func(o shelf) bool { return o.path == path })
			if wanted(n) && !known {
				aside = append(aside, path)
			}
		}
	}
	f.aside = f.list(ctx, aside[:min(len(aside), 2*maxShelves)])
}

func isTransforms(folder string) bool { return folder == "xfm" || folder == "xfms" }

func isTracts(folder string) bool {
	return slices.Contains([]string{"dwi", "tract", "tracts", "tractography"}, folder)
}

// list lists folders; one that cannot be listed is empty.
func (f *finder) list(ctx context.Context, paths []string) []shelf {
	out := make([]shelf, len(paths))
	together(len(paths), func(i int) {
		b, prefix := f.asset.origin.bucket, f.asset.Location.Prefix+paths[i]
		s, err := rememberFor(ctx, f.near, b.memo("shelf", prefix, ""), func(ctx context.Context) (shelf, kept, error) {
			return b.shelf(ctx, prefix)
		})
		if err == nil {
			out[i] = s
		}
		out[i].path = paths[i]
	})
	return out
}

func (b *Bucket) shelf(ctx context.Context, prefix string) (s shelf, how kept, err error) {
	listing, err := b.List(ctx, prefix, "", 1000)
	size := int64(512)
	for _, p := range listing.Folders {
		name := strings.TrimSuffix(strings.TrimPrefix(p, prefix), "/")
		s.folders = append(s.folders, name)
		size += int64(len(p)) + 32
	}
	for _, o := range listing.Objects {
		if name := strings.TrimPrefix(o.Key, prefix); name != "" { // "" is the folder's own placeholder
			s.files, s.versions = append(s.files, name), append(s.versions, o.Version())
			size += int64(len(o.Key)) + 128
		}
	}
	return s, kept{size, shelfKept}, err
}

func (f *finder) ref(path string) access.Ref {
	return access.Ref{Dataset: f.asset.Ref.Dataset, Location: f.asset.Ref.Location, Path: path}
}

// assets are those of a shelf that have a kind that is wanted, without the asset itself. A directory ends in "/".
func (f *finder) assets(s shelf, wanted func(Kind, name) bool) (out []access.Ref) {
	names := slices.Clone(s.files)
	for _, n := range s.folders {
		names = append(names, n+"/")
	}
	slices.Sort(names)
	for _, n := range names {
		k := KindOfName(n)
		if k == "" || s.path+n == f.asset.Ref.Path || !wanted(k, parseName(n)) {
			continue
		}
		if out = append(out, f.ref(s.path+n)); len(out) == maxRelated {
			break
		}
	}
	return out
}

// same reports whether a file called n is of the same thing as the asset: nothing in their names contradicts that, and
// something says it.
func (f *finder) same(n name) bool {
	if !n.agrees(f.name, "sub", "ses", "sample", "chunk", "run", "acq", "stain", "res", "hemi") || n.entities["space"] != f.name.entities["space"] {
		return false
	}
	sub := n.entities["sub"]
	return sub != "" && sub == f.name.entities["sub"] || strings.Contains(n.stem, f.name.stem) || strings.Contains(f.name.stem, n.stem)
}

func (f *finder) isLabel() bool {
	return isLabelName(f.name) || f.asset.Volume != nil && f.asset.Volume.IsLabel
}

// labels are the label images inside the asset and beside it.
func (f *finder) labels() (out []access.Ref) {
	if f.asset.Volume == nil || f.isLabel() {
		return nil
	}
	inside := f.asset.Ref.Path
	if sub := f.asset.Volume.Sub; sub != "" {
		inside += sub + "/"
	}
	for _, n := range f.asset.Volume.Labels[:min(len(f.asset.Volume.Labels), maxRelated)] {
		if path := inside + "labels/" + n + "/"; access.CheckPath(path) == nil {
			out = append(out, f.ref(path))
		}
	}
	return append(out, f.beside(func(k Kind, n name) bool { return !k.Tract() && isLabelName(n) && f.same(n) })...)
}

// images are those that a label image labels.
func (f *finder) images() []access.Ref {
	if !f.isLabel() {
		return nil
	}
	if at := strings.LastIndex(f.asset.Ref.Path, "/labels/"); at >= 0 {
		return []access.Ref{f.ref(f.asset.Ref.Path[:at+1])}
	}
	return f.beside(func(k Kind, n name) bool { return !k.Tract() && !isLabelName(n) && f.same(n) })
}

func (f *finder) beside(wanted func(Kind, name) bool) []access.Ref {
	if len(f.shelves) == 0 {
		return nil
	}
	return f.assets(f.shelves[0], wanted)
}

// tracts are the tractograms of the same subject, sample and space, in the asset's folder and in those for tractograms.
func (f *finder) tracts() (out []access.Ref) {
	wanted := func(k Kind, n name) bool {
		return k.Tract() && n.entities["sub"] != "" && n.entities["sub"] == f.name.entities["sub"] && n.agrees(f.name, "ses", "sample") && n.entities["space"] == f.name.entities["space"]
	}
	out = f.beside(wanted)
	for _, s := range f.aside {
		if isTracts(lastOf(s.path)) {
			out = append(out, f.assets(s, wanted)...)
		}
	}
	return out[:min(len(out), maxRelated)]
}

func lastOf(path string) string {
	path = strings.TrimSuffix(path, "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// transforms are the registrations of the same subject.
func (f *finder) transforms() (out []TransformFile) {
	words := f.name.words()
	own := func(space string) bool {
		return space != "" && slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, space) })
	}
	add := func(s shelf, sure bool) {
		for i, file := range s.files {
			names := xfm.NamesOf(file)
			if !xfm.FormatOf(file) || !sure && names == (xfm.Names{}) || !parseName(file).agrees(f.name, "sub") {
				continue
			}
			out = append(out, TransformFile{
				Ref: f.ref(s.path + file), Name: file, Names: names, Matching: own(names.From) || own(names.To), version: s.versions[i],
			})
		}
	}
	for _, s := range f.shelves {
		add(s, isTransforms(lastOf(s.path)))
	}
	for _, s := range f.aside {
		if isTransforms(lastOf(s.path)) {
			add(s, true)
		}
	}
	slices.SortStableFunc(out, func(a, b TransformFile) int {
		if a.Matching != b.Matching {
			if a.Matching {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return out[:min(len(out), maxTransforms)]
}
