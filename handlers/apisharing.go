package handlers

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/store"
	"ngportal/views"
)

// sharingOperations are for collecting assets and sending them to others.
func (s *site) sharingOperations() []operation {
	const share = access.ScopeShare
	return []operation{
		call("GET tray", "The assets in your tray, in order", share, s.apiTray),
		call("POST tray", "Add assets to the end of your tray, all or none", share, s.apiTrayAdd),
		call("PATCH tray", "Change the name, the layer type or the place of an asset in your tray", share, s.apiTrayChange),
		call("POST tray/remove", "Remove assets from your tray", share, s.apiTrayRemove),
		call("DELETE tray", "Empty your tray", share, s.apiTrayClear),
		call("GET links", "Your links, the newest first", share, s.apiLinks, pageParams()...),
		call("POST links", "Make a link of the scene that shows assets, or your tray", share, s.apiAddLink),
		call("GET links/{slug}", "A link and the state that it leads to, if you may see all of it", share, s.apiLink),
	}
}

type trayJSON struct {
	Dataset  string `json:"dataset"`
	Location string `json:"location"`
	Path     string `json:"path"`
	Name     string `json:"name" doc:"Of the layer."`
	Layer    string `json:"layer" enum:"auto image segmentation"`
	Kind     string `json:"kind" enum:"zarr n5 precomputed nifti trk tck trx vtk tt bundles"`
	Lost     bool   `json:"lost,omitzero" doc:"You may no longer see the dataset it lies in."`
}

func (s *site) apiTray(r *http.Request, _ none) (listJSON[trayJSON], error) {
	may := rights(r)
	items, err := s.Store.Tray(r.Context(), may.Person())
	return jsonWhole(items, func(i store.Item) trayJSON {
		_, lost := may.Dataset(i.Ref.Dataset)
		t := trayJSON{i.Ref.Dataset, i.Ref.Location, i.Ref.Path, itemName(i), i.Layer, i.Kind, lost != nil && !elsewhere(i)}
		if t.Layer == "" {
			t.Layer = string(views.LayerAuto)
		}
		return t
	}), err
}

type assetsJSON struct {
	Assets []assetRef `json:"assets"`
}

func (s *site) apiTrayAdd(r *http.Request, in assetsJSON) (listJSON[trayJSON], error) {
	items, err := s.namedItems(r, in.Assets)
	if err != nil {
		return listJSON[trayJSON]{}, err
	}
	if _, err = s.Store.AddToTray(r.Context(), person(r), items); err != nil {
		return listJSON[trayJSON]{}, err
	}
	return s.apiTray(r, none{})
}

// namedItems are the assets that a program names, all of which may be seen and shown.
func (s *site) namedItems(r *http.Request, named []assetRef) ([]store.Item, error) {
	if len(named) > store.MaxTray {
		return nil, tooMany(len(named))
	}
	var refs []access.Ref
	for _, a := range named {
		ref, err := apiRef(rights(r), a)
		if err != nil {
			return nil, err
		}
		refs = append(refs, ref)
	}
	return s.itemsOf(r, refs)
}

// apiTrayRemove takes out also what may no longer be seen, so that it asks nobody.
func (s *site) apiTrayRemove(r *http.Request, in assetsJSON) (listJSON[trayJSON], error) {
	var gone []access.Ref
	for _, a := range in.Assets {
		ref, err := s.inTray(r, a)
		if err != nil {
			return listJSON[trayJSON]{}, err
		}
		gone = append(gone, ref)
	}
	if err := s.Store.RemoveFromTray(r.Context(), person(r), gone); err != nil {
		return listJSON[trayJSON]{}, err
	}
	return s.apiTray(r, none{})
}

// inTray finds the asset in the tray that a program names. Without a location it is that of any.
func (s *site) inTray(r *http.Request, a assetRef) (access.Ref, error) {
	items, err := visitOf(r).tray()
	if err != nil {
		return access.Ref{}, err
	}
	for _, i := range items {
		if i.Ref.Dataset == a.Dataset && i.Ref.Path == a.Path && (a.Location == "" || i.Ref.Location == a.Location) {
			return i.Ref, nil
		}
	}
	return access.Ref{}, notInTray(nil)
}

type trayChange struct {
	Dataset  string  `json:"dataset"`
	Location string  `json:"location,omitzero" doc:"Needed where the dataset has several."`
	Path     string  `json:"path"`
	Name     *string `json:"name" doc:"Of the layer; empty for the file's own."`
	Layer    *string `json:"layer" enum:"auto image segmentation"`
	Position *int    `json:"position" doc:"How many come before it."`
}

func (s *site) apiTrayChange(r *http.Request, in trayChange) (listJSON[trayJSON], error) {
	fail := func(err error) (listJSON[trayJSON], error) { return listJSON[trayJSON]{}, err }
	ref, err := s.inTray(r, assetRef{in.Dataset, in.Location, in.Path})
	if err != nil {
		return fail(err)
	}
	items, err := visitOf(r).tray()
	if err != nil {
		return fail(err)
	}
	item := items[slices.IndexFunc(items, func(i store.Item) bool { return i.Ref == ref })]
	if in.Name != nil {
		item.Name = strings.TrimSpace(*in.Name)
	}
	if in.Layer != nil {
		if item.Layer, err = apiLayer(*in.Layer); err != nil {
			return fail(err)
		}
	}
	if err = s.Store.UpdateInTray(r.Context(), person(r), item); err != nil {
		return fail(notInTray(err))
	}
	if in.Position != nil {
		if err = s.Store.MoveInTray(r.Context(), person(r), ref, *in.Position); err != nil {
			return fail(notInTray(err))
		}
	}
	return s.apiTray(r, none{})
}

// apiLayer is a layer type as it is kept.
func apiLayer(word string) (string, error) {
	switch views.LayerType(word) {
	case views.LayerAuto:
		return "", nil
	case views.LayerImage, views.LayerSegmentation:
		return word, nil
	}
	return "", invalidField("layer", "This must be one of auto, image, segmentation.")
}

func (s *site) apiTrayClear(r *http.Request, _ none) (none, error) {
	return none{}, s.Store.ClearTray(r.Context(), person(r))
}

type linkJSON struct {
	Slug     string          `json:"slug"`
	URL      string          `json:"url" doc:"For people."`
	Title    string          `json:"title"`
	Version  int             `json:"version"`
	Owner    personJSON      `json:"owner"`
	Datasets []string        `json:"datasets"`
	Created  time.Time       `json:"created"`
	State    json.RawMessage `json:"state,omitzero" doc:"Neuroglancer's state. Lists are without."`
}

func (s *site) jsonLink(l store.Link) linkJSON {
	return linkJSON{
		l.Slug, s.PortalURL + linkURL(l.Slug), l.Title, l.Version, jsonPerson(l.Owner), append([]string{}, l.Datasets...), l.Created, l.State,
	}
}

func (s *site) apiLinks(r *http.Request, _ none) (listJSON[linkJSON], error) {
	q, err := askedPart(r)
	if err != nil {
		return listJSON[linkJSON]{}, err
	}
	links, err := s.Store.Links(r.Context(), person(r), maxLinks)
	return jsonPart(q, links, s.jsonLink), err
}

// apiLink is a link as the person who asks may see it: all of it, or nothing and how much of it they lack.
func (s *site) apiLink(r *http.Request, _ none) (linkJSON, error) {
	may := rights(r)
	link, err := s.link(r)
	if err != nil {
		return linkJSON{}, err
	}
	for _, id := range link.Locations {
		if _, _, err = may.Location(id); err != nil {
			if _, terms := errors.AsType[*access.TermsError](err); terms {
				return linkJSON{}, err
			}
			return linkJSON{}, s.lackingError(may, link)
		}
	}
	return s.jsonLink(link), s.Store.Note(r.Context(), may, store.Entry{Event: store.LinkOpened, Object: link.Slug, Detail: link.Title})
}

func (s *site) lackingError(may access.Rights, link store.Link) error {
	var ask []string
	known, _ := may.Lacks(link.Locations)
	for _, d := range known {
		ask = append(ask, "“"+d.Name+"”")
	}
	lacking, layers := s.lacking(may, link)
	u := &userError{
		code: http.StatusForbidden, heading: "Not opened for you", cause: fs.ErrPermission,
		what: "You lack access to " + views.Number(lacking) + " of the link's " + plural(layers, "layer") + ".",
	}
	if len(ask) > 0 {
		u.do = "You can ask for " + strings.Join(ask, ", ") + "."
	}
	return u
}

type linkWish struct {
	Title  string      `json:"title,omitzero" doc:"Made of the layers' names if it is empty."`
	Assets []layerWish `json:"assets,omitzero" doc:"Your tray if there are none."`
}

type layerWish struct {
	Dataset  string `json:"dataset"`
	Location string `json:"location,omitzero" doc:"Needed where the dataset has several."`
	Path     string `json:"path"`
	Name     string `json:"name,omitzero" doc:"Of the layer."`
	Layer    string `json:"layer,omitzero" enum:"auto image segmentation"`
}

type newLinkJSON struct {
	Link     linkJSON `json:"link"`
	Warnings []string `json:"warnings" doc:"What may surprise whoever opens it."`
	at       string
}

func (l newLinkJSON) address() string { return l.at }

func (s *site) apiAddLink(r *http.Request, in linkWish) (newLinkJSON, error) {
	wanted, err := s.wishedScene(r, in.Assets)
	if err != nil {
		return newLinkJSON{}, err
	}
	scene, err := s.sceneOf(r, in.Title, wanted)
	if err != nil {
		return newLinkJSON{}, err
	}
	link, err := s.keepScene(r, scene)
	if err != nil {
		return newLinkJSON{}, err
	}
	return newLinkJSON{s.jsonLink(link), jsonEach(scene.Warnings, sentence), r.URL.Path + "/" + link.Slug}, nil
}

// wishedScene is what a link is to show: the assets that are named, else the tray.
func (s *site) wishedScene(r *http.Request, named []layerWish) (store.Scene, error) {
	switch {
	case len(named) == 0:
		return s.Store.Scene(r.Context(), person(r))
	case len(named) > store.MaxTray:
		return store.Scene{}, tooMany(len(named))
	}
	var items []store.Item
	for _, a := range named {
		ref, err := apiRef(rights(r), assetRef{a.Dataset, a.Location, a.Path})
		if err != nil {
			return store.Scene{}, err
		}
		item := store.Item{Ref: ref, Name: strings.TrimSpace(a.Name)}
		if a.Layer != "" {
			if item.Layer, err = apiLayer(a.Layer); err != nil {
				return store.Scene{}, err
			}
		}
		items = append(items, item)
	}
	return store.Scene{Items: items}, nil
}
