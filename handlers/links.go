package handlers

import (
	"errors"
	"io/fs"
	"net/http"
	"time"

	"ngportal/store"
	"ngportal/views"
)

// maxLinks is how many links the list shows.
const maxLinks = 500

// links lists what the person has shared.
func (s *site) links(w http.ResponseWriter, r *http.Request) error {
	links, err := s.Store.Links(r.Context(), person(r), maxLinks)
	if err != nil {
		return err
	}
	m := views.LinksPage{Page: s.page(r, "Links"), Links: s.linkRows(links)}
	m.Breadcrumbs = []views.Crumb{{Name: "Data", Href: "/"}, {Name: "Links"}}
	return s.render(w, r, http.StatusOK, views.Links(m))
}

func (s *site) linkRows(links []store.Link) []views.LinkRow {
	var rows []views.LinkRow
	for _, l := range links {
		rows = append(rows, views.LinkRow{
			Title: l.Title, Href: linkURL(l.Slug), Address: s.PortalURL + linkURL(l.Slug),
			When: l.Created.UTC().Format("2 January 2006, 15:04 UTC"), DateTime: l.Created.UTC().Format(time.RFC3339),
		})
	}
	return rows
}

// link reads the link that an address names.
func (s *site) link(r *http.Request) (store.Link, error) {
	link, err := s.Store.Link(r.Context(), r.PathValue("slug"))
	if errors.Is(err, fs.ErrNotExist) {
		return store.Link{}, &userError{
			http.StatusNotFound, "There is no such link", "It may have been cut when it was copied, or it has been deleted.",
			"Ask whoever sent it to send it again.", false, err, nil,
		}
	}
	return link, err
}
