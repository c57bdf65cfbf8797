package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/ngstate"
	"ngportal/store"
)

// A newScene is a scene that has been composed but not kept.
type newScene struct {
	ngstate.Scene
	title     string
	locations []string // ids of all that it reads
	datasets  []string // their names
}

// sceneOf composes the scene that is wanted. Without a title it is called after its assets.
func (s *site) sceneOf(r *http.Request, title string, wanted store.Scene) (newScene, error) {
	if title = strings.TrimSpace(title); title == "" {
		title = sceneTitle(wanted.Items)
	}
	if err := checkTitle(title); err != nil {
		return newScene{}, err
	}
	scene, err := s.compose(r.Context(), rights(r), title, wanted)
	if err != nil {
		return newScene{}, err
	}
	out := newScene{Scene: scene, title: title}
	if out.locations, out.datasets, err = s.readBy(rights(r), scene.JSON); err != nil {
		return out, err
	}
	if len(out.locations) > auth.MaxLocations {
		return out, &userError{
			code: http.StatusUnprocessableEntity, heading: "Too many places at once",
			what: fmt.Sprintf("The scene would read %d locations, and a browser can hold the keys of %d.", len(out.locations), auth.MaxLocations),
			do:   "Remove assets of some locations from the tray.",
		}
	}
	return out, nil
}

// readBy finds the locations that a state reads, and their datasets, by the addresses in it: a layer that was made
// elsewhere may read more than one. It is an error if one of them may not be seen.
func (s *site) readBy(who access.Rights, state []byte) (locations, datasets []string, err error) {
	for _, layer := range ngstate.Sources(state) {
		for _, source := range layer {
			id, ours := s.locationID(ngstate.Resource(source))
			if !ours {
				continue
			}
			d, _, err := who.Location(id)
			if err != nil {
				return nil, nil, err
			}
			locations, datasets = append(locations, id), append(datasets, d.Name)
		}
	}
	slices.Sort(locations)
	slices.Sort(datasets)
	return slices.Compact(locations), slices.Compact(datasets), nil
}

// locationID reads the location's id out of an address on the viewer host.
func (s *site) locationID(address string) (id string, ours bool) {
	for _, host := range []string{s.DataURL, s.ViewerURL} {
		for _, kind := range []string{"/d/", "/t/"} {
			if rest, found := strings.CutPrefix(address, host+kind); found {
				id, _, _ = strings.Cut(rest, "/")
				return id, true
			}
		}
	}
	return "", false
}

// keepScene makes a link of a scene.
func (s *site) keepScene(r *http.Request, n newScene) (store.Link, error) {
	link, err := s.Store.AddLink(r.Context(), store.Link{
		Title: n.title, State: n.JSON, Owner: person(r), Created: s.Now(), Locations: n.locations, Datasets: n.datasets,
	})
	if err != nil {
		return store.Link{}, err
	}
	return link, s.Store.Note(r.Context(), rights(r), store.Entry{Event: store.LinkMade, Object: link.Slug, Detail: link.Title})
}
