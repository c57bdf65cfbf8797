package handlers

import (
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"ngportal/access"
	"ngportal/s3index"
	"ngportal/views"
)

// pageRows is how many rows a page of a folder has.
const pageRows = 200

// A place is what an address under /browse, /tree and /asset names.
type place struct {
	dataset access.Dataset
	ref     access.Ref // its Location is "" at the top of a dataset with several locations
}

// place reads the dataset and the path of a request, and finds the location.
func (s *site) place(r *http.Request) (place, error) {
	name, rest := r.PathValue("dataset"), r.PathValue("path")
	d, err := s.dataset(rights(r), name)
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
	if _, err := rights(r).Resolve(p.ref); err != nil {
		return place{}, err
	}
	return p, access.CheckPath(p.ref.Path)
}

// dataset finds a dataset, and has an answer of its own for one that is unknown or not for this person. Somebody who has
// not signed in is asked to do so for whatever is not public, whether or not it is there.
func (s *site) dataset(may access.Rights, name string) (access.Dataset, error) {
	d, err := may.Dataset(name)
	_, terms := errors.AsType[*access.TermsError](err)
	switch {
	case err == nil:
		return d, nil
	case !may.Person().SignedIn():
		return d, errSignIn
	case terms:
		return d, err
	case errors.Is(err, fs.ErrNotExist):
		return d, &userError{
			http.StatusNotFound, "There is no dataset “" + name + "” that you may see", "It may have been renamed, the address was cut, or it has not been opened for you.",
			"The first page lists the datasets you may see. " + s.Ask, false, err, nil,
		}
	case errors.Is(err, fs.ErrPermission):
		u := &userError{
			http.StatusForbidden, "You may not see the dataset “" + name + "”", "It has not been opened for " + called(may.Person()) + ".",
			"You can ask for it.", false, err, nil,
		}
		return d, u.leading(requestURL(name, datasetURL(name)), "Request access")
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
	tree := s.treeAside(r.Context(), rights(r), p)
	folder, err := s.Library.Folder(r.Context(), rights(r), p.ref, page)
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
	_, err := s.Library.Folder(r.Context(), rights(r), folder, s3index.Page{Limit: 1})
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
	loc, err := rights(r).Resolve(p.ref)
	if err != nil {
		return views.FolderPage{}, err
	}
	name := lastName(p.ref.Path)
	if p.ref.Path == "" {
		name = s.topName(p)
	}
	m := views.FolderPage{
		Page: s.page(r, name), Name: name, Href: r.URL.RequestURI(),
		Copy: views.Addresses{S3: loc.URI(p.ref.Path), Data: s.dataURL(loc, p.ref.Path)},
	}
	m.Breadcrumbs = crumbs(p, false)
	entries := slices.Clone(f.Entries)
	m.Sort = sortEntries(entries, r.URL)
	rows := s.rower(p, loc, s.trayRefs(r))
	for _, e := range entries {
		row := rows.row(e)
		if !person(r).SignedIn() {
			row.Asset = "" // there is no tray to collect in
		}
		m.Rows = append(m.Rows, row)
	}
	if f.Bundles > 0 {
		m.Offer = offer(p, f, person(r).SignedIn(), rows.inTray)
	}
	m.Filter = filterOf(r.URL)
	pages := newPager(r.URL, trail, len(f.Entries), f.Next)
	m.Position, m.First, m.Previous, m.Next = pages.position, pages.first, pages.before, pages.after
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
			Copy: views.Addresses{S3: l.URI(""), Data: s.dataURL(l, "")},
		})
		m.Tree.Nodes = append(m.Tree.Nodes, views.TreeNode{Name: l.ID, Href: browseURL(p.dataset, ref), TreeHref: treeURL(p.dataset, ref)})
	}
	return m
}

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
			steps = append(steps, views.Crumb{Name: named(p.ref.Path[from:i]), Href: browseURL(p.dataset, ref)})
		}
	}
	if asset && !strings.HasSuffix(p.ref.Path, "/") {
		steps = append(steps, views.Crumb{Name: lastName(p.ref.Path)})
	}
	steps[len(steps)-1].Href = ""
	return steps
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
