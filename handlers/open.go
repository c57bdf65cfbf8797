package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"ngportal/access"
	"ngportal/ngstate"
	"ngportal/store"
	"ngportal/views"
)

// maxTitle is the longest title of a link, in characters; the forms say so, too.
const maxTitle = 200

// openScene composes the state of the tray, or of the one asset the form names, stores it as a link
// and sends the browser to the viewer host; with copy it shows the link's address instead.
func (s *site) openScene(w http.ResponseWriter, r *http.Request) error {
	wanted, err := s.wantedScene(r)
	if err != nil {
		return err
	}
	if !person(r).SignedIn() && slices.ContainsFunc(wanted.Items, func(i store.Item) bool {
		_, no := rights(r).Resolve(i.Ref)
		return no != nil
	}) {
		return errSignIn
	}
	scene, err := s.sceneOf(r, r.FormValue("title"), wanted)
	if err != nil {
		return err
	}
	if !person(r).SignedIn() {
		return s.openUnstored(w, r, scene.locations, scene.Scene)
	}
	link, err := s.keepScene(r, scene)
	if err != nil {
		return err
	}
	if r.FormValue("copy") != "" {
		m := views.LinkCreatedPage{
			Page: s.page(r, "Your link"), Name: link.Title, Href: linkURL(link.Slug), Address: s.PortalURL + linkURL(link.Slug),
		}
		for _, warning := range scene.Warnings {
			m.Notes = append(m.Notes, views.Problem{Severity: views.Warning, Text: sentence(warning)})
		}
		return s.render(w, r, http.StatusCreated, views.LinkCreated(m))
	}
	return s.enter(w, r, link)
}

// openUnstored opens a scene for somebody who has not signed in: nothing is kept for them.
func (s *site) openUnstored(w http.ResponseWriter, r *http.Request, locations []string, scene ngstate.Scene) error {
	fragment := ngstate.Fragment(scene.JSON, "")
	if fragment == "!" || r.FormValue("copy") != "" {
		return errSignIn // it must be kept to be opened
	}
	return s.toViewer(w, r, locations, fragment)
}

func checkTitle(title string) error {
	switch {
	case !utf8.ValidString(title):
		return &userError{
			code: http.StatusBadRequest, heading: "This title cannot be read",
			what: "It is not UTF-8 text.", do: "Write it anew.",
		}
	case utf8.RuneCountInString(title) > maxTitle:
		return &userError{
			code: http.StatusUnprocessableEntity, heading: "This title is too long",
			what: fmt.Sprintf("A title has at most %d characters.", maxTitle), do: "Make it shorter.",
		}
	}
	return nil
}

// wantedScene is what to show: the assets that the form names, else the tray.
func (s *site) wantedScene(r *http.Request) (store.Scene, error) {
	named, err := refs(r)
	if err != nil {
		return store.Scene{}, err
	}
	if len(named) == 0 && !person(r).SignedIn() {
		return store.Scene{}, errSignIn
	}
	if len(named) == 0 {
		return s.Store.Scene(r.Context(), person(r))
	}
	if len(named) > store.MaxTray {
		return store.Scene{}, tooMany(len(named))
	}
	var items []store.Item
	for _, ref := range named {
		items = append(items, store.Item{Ref: ref})
	}
	return store.Scene{Items: items}, nil
}

// openLink opens a stored link as the person who asks: all of it, or nothing and what they lack of it.
func (s *site) openLink(w http.ResponseWriter, r *http.Request) error {
	may := rights(r)
	link, err := s.link(r)
	if err != nil && !may.Person().SignedIn() {
		return errSignIn // also for a link that is not there: what there is is nobody's business
	}
	if err != nil {
		return err
	}
	lacks := false
	for _, id := range link.Locations { // a dataset may have another name by now
		_, _, err := may.Location(id)
		if terms, ok := errors.AsType[*access.TermsError](err); ok && may.Person().SignedIn() {
			return terms // accepted, they lead back here
		}
		lacks = lacks || err != nil
	}
	switch {
	case !lacks:
		if err := s.Store.Note(r.Context(), may, store.Entry{Event: store.LinkOpened, Object: link.Slug, Detail: link.Title}); err != nil {
			return err
		}
		return s.enter(w, r, link)
	case !may.Person().SignedIn():
		return errSignIn
	}
	return s.refuseLink(w, r, link)
}

// refuseLink tells what somebody lacks of a link: how many layers, and the datasets that they may ask for.
func (s *site) refuseLink(w http.ResponseWriter, r *http.Request, link store.Link) error {
	may := rights(r)
	asked, err := s.asked(r)
	if err != nil {
		return err
	}
	m := views.LinkRefusedPage{Page: s.page(r, "Not opened for you"), Ask: s.Ask}
	m.Lacking, m.Layers = s.lacking(may, link)
	known, others := may.Lacks(link.Locations)
	m.Unlisted = others
	for _, d := range known {
		one := views.MissingDataset{Title: d.Title, Href: requestURL(d.Name, linkURL(link.Slug))}
		if last, ok := asked[d.ID]; ok {
			one.State = requestState(last)
			if last.State == store.Waiting {
				one.Href = ""
			}
		}
		m.Missing = append(m.Missing, one)
	}
	e := store.Entry{Event: store.Refused, Object: link.Slug, Detail: fmt.Sprintf("lacks %d of %d layers", m.Lacking, m.Layers)}
	if err := s.Store.Note(r.Context(), may, e); err != nil {
		return err
	}
	return s.render(w, r, http.StatusForbidden, views.LinkRefused(m))
}

// lacking counts the layers of a link, and those of them that read a location which may not be seen.
func (s *site) lacking(may access.Rights, link store.Link) (lacking, layers int) {
	var closed []string
	for _, id := range link.Locations {
		if _, _, err := may.Location(id); err != nil {
			loc := access.Location{ID: id}
			closed = append(closed, s.dataURL(loc, ""), s.tractURL(loc, ""))
		}
	}
	sources := ngstate.Sources(link.State)
	for _, of := range sources {
		if slices.ContainsFunc(of, func(source string) bool {
			return slices.ContainsFunc(closed, func(at string) bool { return strings.Contains(source, at) })
		}) {
			lacking++
		}
	}
	return lacking, len(sources)
}

// enter sends the browser to the viewer host with a ticket for the link's locations.
func (s *site) enter(w http.ResponseWriter, r *http.Request, link store.Link) error {
	fragment := ngstate.Fragment(link.State, s.ViewerURL+"/_session/state/"+link.Slug)
	return s.toViewer(w, r, link.Locations, fragment)
}

// toViewer sends the browser to the viewer host with a ticket for locations, to land at fragment.
func (s *site) toViewer(w http.ResponseWriter, r *http.Request, locations []string, fragment string) error {
	session := visitOf(r).session
	if session.Hash == (store.Hash{}) { // public data, for nobody in particular
		var err error
		if session, err = s.Sessions.Visit(w, r, rights(r).From); err != nil {
			return err
		}
	}
	ticket, err := s.Viewers.Ticket(r.Context(), session, locations, fragment)
	if err != nil {
		return err
	}
	http.Redirect(w, r, s.ViewerURL+"/_session/open?"+url.Values{"t": {ticket}}.Encode(), http.StatusSeeOther)
	return nil
}
