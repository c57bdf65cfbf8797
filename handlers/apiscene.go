package handlers

import (
	"fmt"
	"net/http"
	"strings"

	"ngportal/auth"
	"ngportal/ngstate"
	"ngportal/store"
)

// A newScene is a scene that has been composed but not kept.
type newScene struct {
	ngstate.Scene
	title     string
	items     []store.Item
	locations []string
}

// sceneOf composes the scene that is wanted. Without a title it is called after its assets.
func (s *site) sceneOf(r *http.Request, title string, wanted store.Scene) (newScene, error) {
	items := wanted.Items
	if title = strings.TrimSpace(title); title == "" {
		title = sceneTitle(items)
	}
	if err := checkTitle(title); err != nil {
		return newScene{}, err
	}
	locations := distinct(items, func(i store.Item) string { return i.Ref.Location })
	if len(locations) > auth.MaxLocations {
		return newScene{}, &userError{
			code: http.StatusUnprocessableEntity, heading: "Too many places at once",
			what: fmt.Sprintf("The scene would read %d locations, and a browser can hold the keys of %d.", len(locations), auth.MaxLocations),
			do:   "Remove assets of some locations from the tray.",
		}
	}
	scene, err := s.compose(r.Context(), rights(r), title, wanted)
	return newScene{scene, title, items, locations}, err
}

// keepScene makes a link of a scene.
func (s *site) keepScene(r *http.Request, n newScene) (store.Link, error) {
	link, err := s.Store.AddLink(r.Context(), store.Link{
		Title: n.title, State: n.JSON, Owner: person(r), Created: s.Now(), Locations: n.locations,
		Datasets: distinct(n.items, func(i store.Item) string { return i.Ref.Dataset }),
	})
	if err != nil {
		return store.Link{}, err
	}
	return link, s.Store.Note(r.Context(), rights(r), store.Entry{Event: store.LinkMade, Object: link.Slug, Detail: link.Title})
}
