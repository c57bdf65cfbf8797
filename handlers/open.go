package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/ngstate"
	"ngportal/s3index"
	"ngportal/store"
	"ngportal/views"
)

// maxTitle is the longest title of a link, in characters; the forms say so, too.
const maxTitle = 200

// openScene composes the state of the tray, or of the one asset the form names, stores it as a link
// and sends the browser to the viewer host; with copy it shows the link's address instead.
func (s *site) openScene(w http.ResponseWriter, r *http.Request) error {
	items, err := s.sceneItems(r)
	if err != nil {
		return err
	}
	title := strings.TrimSpace(r.FormValue("title"))
	if title == "" {
		title = sceneTitle(items)
	}
	if err = checkTitle(title); err != nil {
		return err
	}
	locations := distinct(items, func(i store.Item) string { return i.Ref.Location })
	if len(locations) > auth.MaxLocations {
		return &userError{
			code: http.StatusUnprocessableEntity, heading: "Too many places at once",
			what: fmt.Sprintf("The scene would read %d locations, and a browser can hold the keys of %d.", len(locations), auth.MaxLocations),
			do:   "Remove assets of some locations from the tray.",
		}
	}
	scene, err := s.compose(r.Context(), person(r), title, items)
	if err != nil {
		return err
	}
	link, err := s.Store.AddLink(r.Context(), store.Link{
		Title: title, State: scene.JSON, Owner: person(r), Created: s.Now(), Locations: locations,
		Datasets: distinct(items, func(i store.Item) string { return i.Ref.Dataset }),
	})
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

// sceneItems are the assets to show: those the form names, else the tray.
func (s *site) sceneItems(r *http.Request) ([]store.Item, error) {
	named, err := refs(r)
	if err != nil {
		return nil, err
	}
	if len(named) == 0 {
		return visitOf(r).tray()
	}
	if len(named) > store.MaxTray {
		return nil, tooMany(len(named))
	}
	var items []store.Item
	for _, ref := range named {
		items = append(items, store.Item{Ref: ref})
	}
	return items, nil
}

func distinct(items []store.Item, field func(store.Item) string) []string {
	var out []string
	for _, i := range items {
		out = append(out, field(i))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// describers is how many assets are looked at at once.
const describers = 8

// compose makes the state that shows items. An item that cannot be shown is named in the error.
func (s *site) compose(ctx context.Context, who access.Person, title string, items []store.Item) (ngstate.Scene, error) {
	assets := make([]ngstate.Asset, len(items))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(describers)
	for i, item := range items {
		g.Go(func() error {
			a, err := s.Library.Describe(ctx, who, item.Ref)
			if err != nil {
				return about(item, err)
			}
			if assets[i], err = s.stateAsset(a, item); err != nil {
				return about(item, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return ngstate.Scene{}, err
	}
	return ngstate.Compose(title, assets)
}

// about names the asset that an error is about; what to do about it is to leave it out.
func about(item store.Item, err error) error {
	u := *explain(err)
	u.heading = "“" + itemName(item) + "” cannot be opened"
	u.cause = fmt.Errorf("%s: %w", assetValue(item.Ref), err)
	if !u.retry {
		u.do = strings.TrimSpace(u.do + " Remove it from the tray to open the rest.")
	}
	return &u
}

// stateAsset is an asset as the composer takes it.
func (s *site) stateAsset(a s3index.Asset, item store.Item) (ngstate.Asset, error) {
	out := ngstate.Asset{
		Name: itemName(item), URL: s.dataURL(a.Location, a.Ref.Path), Type: ngstate.LayerType(item.Layer),
		Volume: a.Volume, Stats: a.Stats,
	}
	switch {
	case a.Fault != nil:
		return out, a.Fault
	case a.Tract != nil:
		t := a.Tract
		at := skeletonURL(s.tractURL(a.Location, a.Ref.Path))
		out.Tract = &ngstate.Tract{URL: at, Shown: t.Shown, Total: t.Total, Bounds: t.Bounds, Known: t.Known}
		return out, nil
	case a.Volume == nil:
		return out, fmt.Errorf("%w: Neuroglancer cannot show a file of this kind", ngstate.ErrInvalid)
	}
	return out, nil
}

// openLink opens a stored link as the person who asks: all of it, or nothing and the names of the
// datasets they lack.
func (s *site) openLink(w http.ResponseWriter, r *http.Request) error {
	link, err := s.link(r)
	if err != nil {
		return err
	}
	var missing []string
	for _, name := range link.Datasets {
		if _, err := s.Library.Dataset(person(r), name); err != nil {
			missing = append(missing, s.Library.Title(name))
		}
	}
	if len(missing) > 0 {
		return s.render(w, r, http.StatusForbidden, views.LinkRefused(views.LinkRefusedPage{
			Page: s.page(r, "Not opened for you"), Missing: missing, Ask: s.Ask,
		}))
	}
	return s.enter(w, r, link)
}

// enter sends the browser to the viewer host with a ticket for the link's locations.
func (s *site) enter(w http.ResponseWriter, r *http.Request, link store.Link) error {
	fragment := ngstate.Fragment(link.State, s.ViewerURL+"/_session/state/"+link.Slug)
	return s.toViewer(w, r, link.Locations, fragment)
}

// toViewer sends the browser to the viewer host with a ticket for locations, to land at fragment.
func (s *site) toViewer(w http.ResponseWriter, r *http.Request, locations []string, fragment string) error {
	ticket, err := s.Viewers.Ticket(r.Context(), visitOf(r).session, locations, fragment)
	if err != nil {
		return err
	}
	http.Redirect(w, r, s.ViewerURL+"/_session/open?"+url.Values{"t": {ticket}}.Encode(), http.StatusSeeOther)
	return nil
}
