package handlers

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"

	"ngportal/ngstate"
	"ngportal/s3index"
	"ngportal/views"
	"ngportal/volume"
)

// describe is the page of one asset, or of a file that no viewer opens.
func (s *site) describe(w http.ResponseWriter, r *http.Request) error {
	p, err := s.place(r)
	if err != nil {
		return err
	}
	if p.ref.Path == "" {
		http.Redirect(w, r, placeURL(p), http.StatusSeeOther)
		return nil
	}
	a, err := s.Library.Describe(r.Context(), rights(r), p.ref)
	_, plate := errors.AsType[*volume.PlateError](a.Fault)
	if strings.HasSuffix(p.ref.Path, "/") && (a.Fault != nil && !plate || errors.Is(err, fs.ErrNotExist)) {
		// What only groups others may be named like an asset, but is a folder to be walked.
		f, folderErr := s.Library.Folder(r.Context(), rights(r), p.ref, s3index.Page{Limit: pageRows})
		if folderErr == nil && f.Self == "" {
			http.Redirect(w, r, browseURL(p.dataset, p.ref), http.StatusSeeOther)
			return nil
		}
	}
	if err != nil {
		return err
	}
	m, err := s.assetPage(r, p, a)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, views.Asset(m))
}

// source is what Neuroglancer opens as a layer of an asset whose metadata have been read; "" where it opens none.
func (s *site) source(a s3index.Asset) string {
	switch {
	case a.Fault != nil:
	case a.Tract != nil:
		return ngstate.Pipeline(s.plainAsset(a))
	case a.Volume != nil && a.Volume.Format != volume.MGH:
		return ngstate.Pipeline(ngstate.Asset{URL: s.dataURL(a.Location, a.Ref.Path), Volume: a.Volume})
	}
	return ""
}

// assetPage is the page of an asset; what cannot be found out of it in time is left out.
func (s *site) assetPage(r *http.Request, p place, a s3index.Asset) (views.AssetPage, error) {
	m := views.AssetPage{
		Page: s.page(r, a.Name), Name: a.Name, Icon: iconOf(a.Kind, a.Ref.Path), Kind: kindName(a.Kind, a.Ref.Path),
		Href: r.URL.RequestURI(), FolderHref: folderURL(p), Words: nameWords(a.Name),
		Copy: views.Addresses{S3: a.Location.URI(a.Ref.Path), Data: s.dataURL(a.Location, a.Ref.Path), Source: s.source(a)},
	}
	m.Breadcrumbs = crumbs(p, true)
	if _, plate := errors.AsType[*volume.PlateError](a.Fault); a.Kind != "" && !plate {
		m.Asset, m.InTray = assetValue(a.Ref), s.trayRefs(r)[a.Ref]
	}
	if !strings.HasSuffix(a.Ref.Path, "/") {
		m.Facts = append(m.Facts, fact("Size", size(a.Size)), fact("Last change", a.Modified.UTC().Format("2 January 2006, 15:04 UTC")))
	}
	more := s.gather(r, a)
	switch {
	case a.Fault != nil:
		faultFacts(&m, a.Fault)
	case a.Tract != nil:
		tractFacts(&m, p, a.Tract, more)
	case a.Volume != nil:
		volumeFacts(&m, a, more)
	default:
		m.What = "which no viewer here opens"
	}
	for _, n := range a.Notes {
		m.Problems = append(m.Problems, views.Problem{Severity: views.Info, Text: n})
	}
	if m.Checks = s.checks(a, more); a.Fault != nil || refused(m.Checks) {
		m.Asset = "" // the viewer would only say the same
	}
	if more.measured {
		counted := measured(p, more.measure)
		m.Measure = &counted
	}
	m.Related, m.Sidecars, m.Raw = relatedLinks(p, a, more), sidecars(p, more.related.Sidecars), rawTexts(more.related.Metadata)
	m.Codes = s.codes(a)
	return m, s.addPreview(r, &m, p, a, more)
}

func fact(label, value string) views.Fact { return views.Fact{Label: label, Value: value} }

// folderURL is the folder that p lies in.
func folderURL(p place) string {
	up := p.ref
	path := strings.TrimSuffix(up.Path, "/")
	up.Path = path[:strings.LastIndexByte(path, '/')+1]
	return browseURL(p.dataset, up)
}
