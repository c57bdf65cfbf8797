package handlers

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/s3index"
	"ngportal/views"
)

// pageRows is how many rows a page of a folder has.
const pageRows = 200

// maxTrail is how many earlier pages an address remembers, for going back.
const maxTrail = 20

// A place is what an address under /browse, /tree and /asset names.
type place struct {
	dataset access.Dataset
	ref     access.Ref // its Location is "" at the top of a dataset with several locations
}

// place reads the dataset and the path of a request, and finds the location.
func (s *site) place(r *http.Request) (place, error) {
	name, rest := r.PathValue("dataset"), r.PathValue("path")
	d, err := s.dataset(person(r), name)
	if err != nil {
		return place{}, err
	}
	p := place{d, access.Ref{Dataset: d.Name, Path: rest}}
	if len(d.Locations) == 1 {
		p.ref.Location = d.Locations[0].ID
		return p, access.CheckPath(rest)
	}
	if rest == "" {
		return p, nil
	}
	p.ref.Location, p.ref.Path, _ = strings.Cut(rest, "/")
	if _, err := s.Library.Locate(person(r), p.ref); err != nil {
		return place{}, err
	}
	return p, access.CheckPath(p.ref.Path)
}

// dataset finds a dataset, and has an answer of its own for one that is unknown or not for this person.
func (s *site) dataset(who access.Person, name string) (access.Dataset, error) {
	d, err := s.Library.Dataset(who, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return d, &userError{
			http.StatusNotFound, "There is no dataset “" + name + "”", "It may have been renamed, or the address was cut.",
			"The first page lists the datasets you may see.", false, err,
		}
	case errors.Is(err, fs.ErrPermission):
		return d, &userError{
			http.StatusForbidden, "You may not see the dataset “" + name + "”", "It has not been opened for " + who.Email + ".",
			cmp.Or(s.Ask, "Ask whoever manages it for access."), false, err,
		}
	}
	return d, err
}

// browse shows one page of a folder. A folder that turns out to be an asset leads to the asset's page.
func (s *site) browse(w http.ResponseWriter, r *http.Request) error {
	p, err := s.place(r)
	if err != nil {
		return err
	}
	if p.ref.Location == "" {
		return s.render(w, r, http.StatusOK, views.Folder(s.locationsPage(r, p)))
	}
	if p.ref.Path != "" && !strings.HasSuffix(p.ref.Path, "/") {
		return s.slash(w, r, p)
	}
	q := r.URL.Query()
	trail := q["after"]
	page := s3index.Page{Filter: q.Get("filter"), Limit: pageRows}
	if len(trail) > 0 {
		page.Token = trail[len(trail)-1]
	}
	tree := s.treeAside(r.Context(), person(r), p)
	folder, err := s.Library.Folder(r.Context(), person(r), p.ref, page)
	if err != nil {
		return err
	}
	if folder.Self != "" {
		http.Redirect(w, r, assetURL(p.dataset, p.ref), http.StatusSeeOther)
		return nil
	}
	model, err := s.folderPage(r, p, folder, trail)
	if err != nil {
		return err
	}
	model.Tree = (<-tree).page(p, folder)
	return s.render(w, r, http.StatusOK, views.Folder(model))
}

// slash leads from an address without its last slash to the folder, or to the object if it is one.
func (s *site) slash(w http.ResponseWriter, r *http.Request, p place) error {
	folder := p.ref
	folder.Path += "/"
	_, err := s.Library.Folder(r.Context(), person(r), folder, s3index.Page{Limit: 1})
	switch {
	case err == nil:
		http.Redirect(w, r, browseURL(p.dataset, folder), http.StatusSeeOther)
		return nil
	case errors.Is(err, fs.ErrNotExist):
		http.Redirect(w, r, assetURL(p.dataset, p.ref), http.StatusSeeOther)
		return nil
	}
	return err
}

// folderPage makes the model of a folder's page.
func (s *site) folderPage(r *http.Request, p place, f s3index.Folder, trail []string) (views.FolderPage, error) {
	loc, err := s.Library.Locate(person(r), p.ref)
	if err != nil {
		return views.FolderPage{}, err
	}
	name := path.Base("/" + p.ref.Path)
	if p.ref.Path == "" {
		name = s.topName(p)
	}
	m := views.FolderPage{
		Page: s.page(r, name), Name: name, Href: r.URL.RequestURI(),
		Copy: views.Addresses{S3: loc.URI(p.ref.Path), Data: s.ViewerURL + loc.DataPath(p.ref.Path)},
	}
	m.Breadcrumbs = crumbs(p, false)
	entries := slices.Clone(f.Entries)
	m.Sort = sortEntries(entries, r.URL)
	rows := s.rower(p, loc, s.trayRefs(r))
	for _, e := range entries {
		m.Rows = append(m.Rows, rows.row(e))
	}
	m.Filter = filterOf(r.URL)
	m.Position, m.Previous, m.Next = pager(r.URL, trail, len(f.Entries), f.Next)
	return m, nil
}

// topName is the name of the top of a location: the dataset's title, or the location where there are several.
func (s *site) topName(p place) string {
	if len(p.dataset.Locations) > 1 {
		return p.ref.Location
	}
	return p.dataset.Title
}

// locationsPage lists the locations of a dataset that has several.
func (s *site) locationsPage(r *http.Request, p place) views.FolderPage {
	m := views.FolderPage{Page: s.page(r, p.dataset.Title), Name: p.dataset.Title, Href: r.URL.RequestURI()}
	m.Breadcrumbs = crumbs(p, false)
	m.Position = plural(len(p.dataset.Locations), "location")
	m.Filter = filterOf(r.URL)
	for _, l := range p.dataset.Locations {
		ref := access.Ref{Dataset: p.dataset.Name, Location: l.ID}
		m.Rows = append(m.Rows, views.Row{
			Name: l.ID, Href: browseURL(p.dataset, ref), Icon: views.IconFolder, Kind: "location",
			Copy: views.Addresses{S3: l.URI(""), Data: s.ViewerURL + l.DataPath("")},
		})
		m.Tree.Nodes = append(m.Tree.Nodes, views.TreeNode{Name: l.ID, Href: browseURL(p.dataset, ref), TreeHref: treeURL(p.dataset, ref)})
	}
	return m
}

// A rower makes rows of one folder. What all of them begin with is written once.
type rower struct {
	place
	browse, asset, data, uri string // what the addresses of the folder's entries begin with
	inTray                   map[access.Ref]bool
}

func (s *site) rower(p place, loc access.Location, inTray map[access.Ref]bool) rower {
	return rower{
		p, browseURL(p.dataset, p.ref), assetURL(p.dataset, p.ref),
		s.ViewerURL + loc.DataPath(p.ref.Path), loc.URI(p.ref.Path), inTray,
	}
}

// row makes the model of one entry.
func (m rower) row(e s3index.Entry) views.Row {
	row := views.Row{Name: e.Name, Icon: iconOf(e.Kind, e.Path), Kind: kindName(e.Kind, e.Path)}
	if e.Folder {
		row.Icon, row.Kind = views.IconFolder, "folder"
	}
	if !e.Modified.IsZero() {
		row.Size = size(e.Size)
		row.DateTime = e.Modified.UTC().Format(time.RFC3339)
		row.Date = row.DateTime[:len(time.DateOnly)]
	}
	if access.CheckPath(e.Path) != nil {
		row.Kind += " (its name cannot be written in an address)"
		return row
	}
	name := e.Path[len(m.ref.Path):]
	row.Href = m.asset + access.EscapePath(name)
	if e.Folder {
		row.Href = m.browse + access.EscapePath(name)
	}
	if e.Kind != "" {
		ref := m.ref
		ref.Path = e.Path
		row.Asset, row.InTray = assetValue(ref), m.inTray[ref]
	}
	data := m.data + access.EscapeKey(name)
	row.Copy = views.Addresses{S3: m.uri + name, Data: data, Source: sourceOf(e.Kind, data)}
	return row
}

// sourceOf is Neuroglancer's source for an asset whose metadata have not been read: it lets the viewer
// find out which version of zarr it is. Tracts have no source of their own.
func sourceOf(k s3index.Kind, at string) string {
	switch k {
	case s3index.Zarr:
		return at + "|zarr:"
	case s3index.N5:
		return at + "|n5:"
	case s3index.Precomputed:
		return at + "|neuroglancer-precomputed:"
	case s3index.NIfTI:
		if strings.HasSuffix(strings.ToLower(at), ".gz") {
			return at + "|gzip:|nifti:"
		}
		return at + "|nifti:"
	case s3index.TRK, s3index.TCK:
		return skeletonURL(at) + "|neuroglancer-precomputed:"
	case s3index.TRX:
	}
	return ""
}

// skeletonURL is where the viewer host draws the tractogram whose data URL is at.
func skeletonURL(at string) string { return strings.Replace(at, "/d/", "/t/", 1) + "/skel/" }

// crumbs are the steps from the datasets to p; the last has no address. Its folder counts when p is an asset.
func crumbs(p place, asset bool) []views.Crumb {
	steps := []views.Crumb{{Name: "Data", Href: "/"}, {Name: p.dataset.Title, Href: datasetURL(p.dataset.Name)}}
	ref := access.Ref{Dataset: p.ref.Dataset, Location: p.ref.Location}
	if len(p.dataset.Locations) > 1 && p.ref.Location != "" {
		steps = append(steps, views.Crumb{Name: p.ref.Location, Href: browseURL(p.dataset, ref)})
	}
	for i, c := range p.ref.Path {
		if c == '/' {
			from := strings.LastIndexByte(p.ref.Path[:i], '/') + 1
			ref.Path = p.ref.Path[:i+1]
			steps = append(steps, views.Crumb{Name: cmp.Or(p.ref.Path[from:i], "(no name)"), Href: browseURL(p.dataset, ref)})
		}
	}
	if asset && !strings.HasSuffix(p.ref.Path, "/") {
		steps = append(steps, views.Crumb{Name: path.Base(p.ref.Path)})
	}
	steps[len(steps)-1].Href = ""
	return steps
}

// sortEntries sorts the rows of a page as the address asks, and returns the headings' links.
func sortEntries(entries []s3index.Entry, u *url.URL) views.Sort {
	by, down := strings.CutPrefix(u.Query().Get("sort"), "-")
	compare := map[string]func(a, b s3index.Entry) int{
		"name": func(a, b s3index.Entry) int { return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) },
		"size": func(a, b s3index.Entry) int { return cmp.Compare(a.Size, b.Size) },
		"date": func(a, b s3index.Entry) int { return a.Modified.Compare(b.Modified) },
	}
	if f := compare[by]; f != nil {
		slices.SortStableFunc(entries, func(a, b s3index.Entry) int {
			if down {
				return f(b, a)
			}
			return f(a, b)
		})
	}
	link := func(name string) views.SortLink {
		l := views.SortLink{Order: views.Unsorted}
		next := name
		if by == name {
			l.Order, next = views.Ascending, "-"+name
			if down {
				l.Order, next = views.Descending, name
			}
		}
		l.Href = withQuery(u, "sort", next)
		return l
	}
	return views.Sort{Name: link("name"), Size: link("size"), Date: link("date")}
}

// withQuery is the address u with one value of its query set; an empty value removes it.
func withQuery(u *url.URL, name string, values ...string) string {
	q := u.Query()
	q[name] = values
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		q.Del(name)
	}
	if len(q) == 0 {
		return u.EscapedPath()
	}
	return u.EscapedPath() + "?" + q.Encode()
}

func filterOf(u *url.URL) views.Filter {
	f := views.Filter{Action: u.EscapedPath(), Value: u.Query().Get("filter")}
	without := *u
	q := u.Query()
	q.Del("filter")
	q.Del("after") // another filter begins at its own first page
	without.RawQuery = q.Encode()
	f.Clear = without.RequestURI()
	if by := q.Get("sort"); by != "" {
		f.Hidden = []views.Field{{Name: "sort", Value: by}}
	}
	return f
}

// pager says where in a folder a page is, and where the pages around it are. The address of a page
// holds the tokens of the pages before it: storage lists forward only.
func pager(u *url.URL, trail []string, rows int, next string) (position, before, after string) {
	noun := "entries"
	if rows == 1 {
		noun = "entry"
	}
	position = count(int64(rows)) + " " + noun
	if len(trail) > 0 || next != "" {
		first := len(trail)*pageRows + 1
		position = "Entries " + count(int64(first)) + "–" + count(int64(first+rows-1))
		if len(trail) > maxTrail { // the beginning of the trail has been cut
			position = "More than " + count(int64(maxTrail*pageRows)) + " entries in"
		}
	}
	if len(trail) > 0 {
		before = withQuery(u, "after", trail[:len(trail)-1]...)
	}
	if next != "" {
		position += ", there are more"
		trail = append(slices.Clone(trail), next)
		if len(trail) > maxTrail+1 {
			trail = trail[len(trail)-maxTrail-1:]
		}
		after = withQuery(u, "after", trail...)
	}
	return position, before, after
}

// trayRefs are the assets in the person's tray. Without them the page only lacks its marks.
func (s *site) trayRefs(r *http.Request) map[access.Ref]bool {
	items, err := visitOf(r).tray()
	if err != nil {
		return nil
	}
	refs := make(map[access.Ref]bool, len(items))
	for _, i := range items {
		refs[i.Ref] = true
	}
	return refs
}

// kindName is what people call the kind of an asset.
func kindName(k s3index.Kind, name string) string {
	switch k {
	case s3index.Zarr:
		if strings.HasSuffix(strings.ToLower(name), ".ome.zarr/") {
			return "OME-Zarr"
		}
		return "Zarr"
	case s3index.N5:
		return "N5"
	case s3index.Precomputed:
		return "precomputed"
	case s3index.NIfTI:
		return "NIfTI"
	case s3index.TRK:
		return "TrackVis tracts"
	case s3index.TCK:
		return "MRtrix tracts"
	case s3index.TRX:
		return "TRX tracts"
	}
	if ext := path.Ext(name); len(ext) > 1 && len(ext) <= 6 {
		return ext[1:] + " file"
	}
	return "file"
}

func iconOf(k s3index.Kind, name string) views.Icon {
	switch {
	case k.Tract():
		return views.IconTracts
	case k != "" && strings.Contains(strings.ToLower(name), "_dseg."):
		return views.IconLabels
	case k != "":
		return views.IconVolume
	}
	return views.IconFile
}

// folders lists the sub-folders of a folder for the tree.
func (s *site) folders(ctx context.Context, who access.Person, ref access.Ref) (names []string, more bool, err error) {
	f, err := s.Library.Folder(ctx, who, ref, s3index.Page{Limit: pageRows})
	if err != nil {
		return nil, false, err
	}
	for _, e := range f.Entries {
		if e.Folder {
			names = append(names, e.Name)
		}
	}
	return names, f.Next != "", nil
}
