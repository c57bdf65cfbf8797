package s3index

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/tractstore"
)

// A Library is all configured buckets behind what people may see. Every method that reaches data takes the rights of
// whoever asks and lets them decide first; their errors are those of [access.Rights.Dataset], errors of storage are
// [*StorageError]. It is safe for concurrent use.
type Library struct {
	buckets  map[string]*Bucket
	assets   *cache // what assets say, and streamlines of them
	blocks   *cache // voxels of them
	pictures *cache // of them; making one may need what the others remember
	near     *cache // small files, and what lies around assets
	failed   *failures
	counts   *counts
	faults   *faults
	depot    *tractstore.Depot
}

// NewLibrary returns the library of buckets, which keeps what it knows of tractograms in a depot, and closes that when it
// is closed. Without one it remembers some, and builds nothing.
func NewLibrary(buckets []*Bucket, depot ...*tractstore.Depot) *Library {
	f := &faults{}
	l := &Library{
		buckets: map[string]*Bucket{}, assets: newCache(cacheSize, loads, f), blocks: newCache(blockCacheSize, loads, f),
		pictures: newCache(pictureCacheSize, loads, f), near: newCache(nearCacheSize, lookups, f),
		failed: newFailures(), counts: newCounts(f), faults: f,
	}
	if len(depot) > 0 {
		l.depot = depot[0]
	} else {
		l.depot = tractstore.InMemory()
	}
	for _, b := range buckets {
		l.buckets[b.name] = b
	}
	return l
}

// Buckets returns the names of the buckets, sorted.
func (l *Library) Buckets() []string { return slices.Sorted(maps.Keys(l.buckets)) }

// open is the one door to storage: it asks the rights, then gives the bucket and the location.
func (l *Library) open(who access.Rights, ref access.Ref) (*Bucket, access.Location, error) {
	loc, err := who.Resolve(ref)
	if err != nil {
		return nil, loc, err
	}
	b := l.buckets[loc.Bucket]
	if b == nil {
		return nil, loc, fmt.Errorf("location %q lies in bucket %q, which is not configured: %w", loc.ID, loc.Bucket, ErrUnwell)
	}
	return b, loc, access.CheckPath(ref.Path)
}

// An Entry is one row of a folder: a folder, an asset or another object.
type Entry struct {
	Name     string // last segment of the key, without slash
	Path     string // inside the location; of a folder or a directory asset it ends in "/"
	Folder   bool   // to be walked into; false for a directory that is an asset
	Kind     Kind
	Size     int64     // of an object
	Modified time.Time // of an object
}

// A Folder is one page of what lies directly in a folder, in the order of the keys.
type Folder struct {
	Entries []Entry
	Next    string // token of the next page; "" on the last
	Self    Kind   // not "" if the folder is itself an asset, recognized by what lies in it
	Bundles int    // tractograms on the first page if they can be shown as one, see [Bundles]; else 0
}

// A Page says which part of a folder is wanted.
type Page struct {
	Token  string // of the page before; "" for the first
	Filter string // only names that begin so
	Limit  int32
}

// Folder lists the folder ref for who.
//
// The error wraps [fs.ErrNotExist] if nothing lies there, except at the top of a location, which may be empty.
func (l *Library) Folder(ctx context.Context, who access.Rights, ref access.Ref, page Page) (f Folder, err error) {
	defer l.faults.caught(&err)
	b, loc, err := l.open(who, ref)
	if err != nil {
		return Folder{}, err
	}
	prefix := loc.Prefix + ref.Path
	listing, err := b.List(ctx, prefix+page.Filter, page.Token, page.Limit)
	if err != nil {
		return Folder{}, err
	}
	f = Folder{Entries: entries(listing, prefix, ref.Path), Next: listing.Next}
	first := page.Token == "" && page.Filter == ""
	if first && ref.Path != "" {
		if len(listing.Folders)+len(listing.Objects) == 0 {
			return Folder{}, fmt.Errorf("list %s: %w", prefix, fs.ErrNotExist)
		}
		if f.Self, err = b.recognize(ctx, prefix, listing); f.Self == "" {
			f.Bundles = bundlesOf(listing, prefix)
		}
	}
	return f, err
}

// entries merges folders and objects into the one order that keys have.
func entries(l Listing, prefix, path string) []Entry {
	out := make([]Entry, 0, len(l.Folders)+len(l.Objects))
	for _, p := range l.Folders {
		rest := p[len(prefix):]
		kind := KindOfName(rest)
		out = append(out, Entry{Name: strings.TrimSuffix(rest, "/"), Path: path + rest, Kind: kind, Folder: kind == ""})
	}
	for _, o := range l.Objects {
		rest := o.Key[len(prefix):]
		if rest == "" { // the folder's own placeholder
			continue
		}
		out = append(out, Entry{Name: rest, Path: path + rest, Kind: KindOfName(rest), Size: o.Size, Modified: o.Modified})
	}
	slices.SortStableFunc(out, func(a, b Entry) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

// markerLimit bounds the one small file that is read to recognize a directory.
const markerLimit = 4 << 20

// recognize tells whether the directory at prefix is an asset. It reads at most one small file.
// A file that cannot be understood counts as an asset: its page then says what is wrong with it.
func (b *Bucket) recognize(ctx context.Context, prefix string, listing Listing) (Kind, error) {
	m, ok := markerOf(listing, prefix)
	if !ok {
		m, ok = hiddenMarker(listing, prefix)
	}
	if !ok || m.file == ".zarray" {
		return m.kind, nil
	}
	data, err := b.ReadFile(ctx, prefix+m.file, markerLimit)
	if errors.Is(err, ErrTooLarge) {
		return m.kind, nil
	}
	if missing(err) { // a guess that was wrong, or gone meanwhile
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if isPlain(m, data) {
		return "", nil
	}
	return m.kind, nil
}

// hiddenMarker is the marker that may lie beyond the first page of a listing: the fragments of a
// mesh and the blocks of an N5 dataset begin with digits and come before it, in any number.
func hiddenMarker(l Listing, prefix string) (marker, bool) {
	switch {
	case l.Next == "":
		return marker{}, false
	case len(l.Objects) > 0 && len(l.Folders) == 0 && digit(l.Objects[0].Key[len(prefix):]):
		return marker{"info", Precomputed}, true
	case len(l.Folders) > 0 && len(l.Objects) == 0 && digit(l.Folders[0][len(prefix):]):
		return marker{"attributes.json", N5}, true
	}
	return marker{}, false
}

func digit(name string) bool { return name != "" && name[0] >= '0' && name[0] <= '9' }

// isPlain reports whether a marker file says that its directory only groups others.
func isPlain(m marker, data []byte) bool {
	var v map[string]json.RawMessage
	if json.Unmarshal(data, &v) != nil {
		return m.kind != Zarr // any program may write a file called info
	}
	switch m.file {
	case "info":
		return v["@type"] == nil && v["scales"] == nil
	case "attributes.json":
		return v["dimensions"] == nil && v["multiscales"] == nil && v["scales"] == nil && v["multiScale"] == nil
	case "zarr.json":
		if string(v["node_type"]) == `"array"` {
			return false
		}
		var attributes map[string]json.RawMessage
		_ = json.Unmarshal(v["attributes"], &attributes) // a wrong type reads as no attributes
		return !isImageGroup(attributes)
	}
	return !isImageGroup(v)
}

func isImageGroup(attributes map[string]json.RawMessage) bool {
	for _, name := range []string{"multiscales", "ome", "bioformats2raw.layout"} {
		if attributes[name] != nil {
			return true
		}
	}
	return false
}
