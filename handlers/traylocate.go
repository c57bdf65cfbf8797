package handlers

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"ngportal/access"
	"ngportal/s3index"
)

// locate finds which of our data a source reads. ours is false for what lies elsewhere; what may not be seen is an error that
// tells no more than that.
func (s *site) locate(r *http.Request, source string) (ref access.Ref, loc access.Location, ours bool, err error) {
	may := rights(r)
	for _, archive := range []string{"dandi://linc/", "linc://"} {
		if rest, ok := strings.CutPrefix(source, archive); ok {
			ref, loc, err = s.locateByPath(r, rest)
			return ref, loc, true, err
		}
	}
	ref, loc, ours, err = s.locateHere(may, source)
	if !ours {
		return ref, loc, false, nil
	}
	if _, terms := errors.AsType[*access.TermsError](err); err != nil && !terms && !errors.Is(err, access.ErrInvalid) {
		err = notYours()
	}
	if err == nil {
		ref.Path = directory(ref.Path)
	}
	return ref, loc, true, err
}

// locateHere tells by the address alone.
func (s *site) locateHere(may access.Rights, source string) (ref access.Ref, loc access.Location, ours bool, err error) {
	for _, host := range []string{s.DataURL, s.ViewerURL} {
		if rest, ok := strings.CutPrefix(source, host+"/"); ok {
			ref, loc, err = locateData(may, rest)
			return ref, loc, true, err
		}
	}
	longest := ""
	for prefix := range s.Addresses {
		if strings.HasPrefix(source, prefix) && len(prefix) > len(longest) {
			longest = prefix
		}
	}
	if longest == "" {
		return ref, loc, false, nil
	}
	key := source[len(longest):] // [ngstate.Resource] has decoded it
	if err = access.CheckPath(key); err != nil {
		return ref, loc, true, err
	}
	ref, loc, err = may.Locate(s.Addresses[longest], key)
	return ref, loc, true, err
}

// locateData reads the path of a data URL, or of a drawing of a tractogram.
func locateData(may access.Rights, path string) (access.Ref, access.Location, error) {
	kind, rest, _ := strings.Cut(path, "/")
	id, key, _ := strings.Cut(rest, "/")
	if kind != "d" && kind != "t" {
		return access.Ref{}, access.Location{}, fs.ErrNotExist
	}
	if err := access.CheckPath(key); err != nil {
		return access.Ref{}, access.Location{}, err
	}
	if kind == "t" {
		key = madeOf(strings.TrimSuffix(key, "/"))
	}
	d, loc, err := may.Location(id)
	return access.Ref{Dataset: d.Name, Location: id, Path: key}, loc, err
}

// madeOf is the path of the file that a source is made of: without /names, /skel, /ann or /ann/list at the end, of which
// all but the first may be followed by a segment of options. A folder may be called by any of these words, so that
// only what stands at the end counts.
func madeOf(path string) string {
	path = strings.TrimSuffix(path, "/list")
	before, last := cutLast(path)
	switch last {
	case "skel", "ann", "names":
		return before
	}
	if file, mark := cutLast(before); mark == "skel" || mark == "ann" {
		return file
	}
	return path
}

// cutLast parts a path before its last element.
func cutLast(path string) (before, last string) {
	at := strings.LastIndexByte(path, '/')
	if at < 0 {
		return "", path
	}
	return path[:at], path[at+1:]
}

// directory gives the path of a directory asset the slash that scenes leave out.
func directory(path string) string {
	if path == "" || strings.HasSuffix(path, "/") || s3index.KindOfName(path) != "" {
		return path
	}
	return path + "/"
}

// Limits of the search for the path of an archive.
const (
	maxSearched = 2000 // folders looked into
	searchTime  = 10 * time.Second
)

// locateByPath finds the one asset whose path ends as one in an archive, such as "000005@draft/sub-I58/micr/x.zarr":
// an archive has keys of its own.
func (s *site) locateByPath(r *http.Request, path string) (access.Ref, access.Location, error) {
	_, path, _ = strings.Cut(strings.Trim(path, "/"), "/") // without dandiset and version
	if path == "" || access.CheckPath(path) != nil {
		return access.Ref{}, access.Location{}, notYours()
	}
	var candidates []candidate
	for _, d := range rights(r).Visible() {
		for _, loc := range d.Locations {
			for _, tail := range tails(loc, path) {
				candidates = append(candidates, candidate{access.Ref{Dataset: d.Name, Location: loc.ID, Path: tail}, loc, false})
			}
		}
	}
	if len(candidates) > maxSearched {
		return access.Ref{}, access.Location{}, notYours()
	}
	ctx, cancel := context.WithTimeout(r.Context(), searchTime)
	defer cancel()
	var g errgroup.Group
	g.SetLimit(describers)
	for i := range candidates {
		g.Go(func() error {
			candidates[i].find(ctx, s.Library, rights(r))
			return nil
		})
	}
	_ = g.Wait() // what is not found is not there
	found := slices.DeleteFunc(candidates, func(c candidate) bool { return !c.there })
	if len(found) == 2 && found[0].loc.ID == found[1].loc.ID {
		found = found[:1] // the whole path counts before a part of it
	}
	if len(found) != 1 {
		return access.Ref{}, access.Location{}, notYours()
	}
	return found[0].ref, found[0].loc, nil
}

// A candidate is a place where an asset of an archive may lie.
type candidate struct {
	ref   access.Ref
	loc   access.Location
	there bool
}

// find looks for the object or folder of that name, and takes over its slash.
func (c *candidate) find(ctx context.Context, from *s3index.Library, who access.Rights) {
	path := strings.TrimSuffix(c.ref.Path, "/")
	at := strings.LastIndexByte(path, '/') + 1
	folder := c.ref
	folder.Path = path[:at]
	f, err := from.Folder(ctx, who, folder, s3index.Page{Filter: path[at:], Limit: 10})
	if err != nil {
		return // not there, or not to be known
	}
	for _, e := range f.Entries {
		if strings.TrimSuffix(e.Path, "/") == path {
			c.ref.Path, c.there = e.Path, true
			return
		}
	}
}

// tails are the paths in a location that a path of an archive may be: what follows the location's own prefix, else the
// whole path, and what is left of it without the folder at its top.
func tails(loc access.Location, path string) []string {
	if rest, ok := strings.CutPrefix(path, loc.Prefix); ok && loc.Prefix != "" {
		return []string{rest}
	}
	out := []string{path}
	if _, rest, ok := strings.Cut(path, "/"); ok {
		out = append(out, rest)
	}
	return out
}
