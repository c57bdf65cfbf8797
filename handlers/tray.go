package handlers

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"ngportal/access"
	"ngportal/ngstate"
	"ngportal/s3index"
	"ngportal/store"
	"ngportal/views"
)

// trayItem is a row of the tray. What may be adjusted has an address for it, still without what else is open.
func (s *site) trayItem(who access.Rights, i store.Item) views.TrayItem {
	kind := s3index.Kind(i.Kind)
	o := optionsOf(i)
	t := views.TrayItem{
		Asset: assetValue(i.Ref), Name: itemName(i), Icon: iconOf(kind, i.Ref.Path), Kind: kindName(kind, i.Ref.Path),
		Where: i.Ref.Dataset + " / " + i.Ref.Path, Layer: views.LayerAuto, LayerFixed: kind.Tract() || len(o.Layers) > 0,
		Hidden: o.Look.Hidden,
	}
	if i.Layer != "" {
		t.Layer = views.LayerType(i.Layer)
	}
	if elsewhere(i) {
		t.Kind, t.Where, t.Icon, t.AdjustHref = "From elsewhere, read by your own browser", i.Ref.Path, views.IconUnknown, "/tray"
		return t
	}
	d, err := who.Dataset(i.Ref.Dataset)
	if err != nil {
		t.Problems = append(t.Problems, views.Problem{Severity: views.Error, Text: "You may no longer see the dataset this lies in. Remove it to open the rest."})
		return t
	}
	t.Href, t.AdjustHref = assetURL(d, i.Ref), "/tray"
	if pictured(kind) {
		t.Thumb = thumbnailURL(d, i.Ref)
	}
	return t
}

// itemName is what the person has called an asset, or the name made of the file's own.
func itemName(i store.Item) string {
	if i.Name != "" {
		return i.Name
	}
	return ngstate.LayerName(i.Ref.Path)
}

// sceneTitle suggests a title: the names of the first few layers.
func sceneTitle(items []store.Item) string {
	const most = 3
	var names []string
	for _, i := range items[:min(len(items), most)] {
		names = append(names, itemName(i))
	}
	title := strings.Join(names, ", ")
	if more := len(items) - most; more > 0 {
		title += fmt.Sprintf(" and %d more", more)
	}
	return strings.ToValidUTF8(title[:min(len(title), maxSuggestion)], "") // the cut may have split a letter
}

// maxSuggestion is the longest title of a link that is suggested, in bytes.
const maxSuggestion = 160

// trayAdd puts the ticked assets into the tray, all of them or none.
func (s *site) trayAdd(w http.ResponseWriter, r *http.Request) error {
	ticked, err := refs(r)
	if err != nil {
		return err
	}
	if len(ticked) > store.MaxTray {
		return tooMany(len(ticked))
	}
	items, err := s.itemsOf(r, ticked)
	if err != nil {
		return err
	}
	added, err := s.Store.AddToTray(r.Context(), person(r), items)
	if err != nil {
		return err
	}
	if r.Header.Get("HX-Target") != "tray" {
		back(w, r)
		return nil
	}
	all, err := s.Store.Tray(r.Context(), person(r)) // as it is now, not as the request found it
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, views.Tray(views.TraySummary{Count: len(all), Said: addedWords(len(ticked), added, len(all))}))
}

// tooMany is the answer to a form that names more assets than any tray holds.
func tooMany(n int) error {
	return &userError{
		code: http.StatusUnprocessableEntity, heading: "The tray cannot take so many",
		what: "You have chosen " + views.Number(n) + " assets, and a tray holds " + views.Number(store.MaxTray) + ".",
		do:   "Choose fewer. Nothing has been added.",
	}
}

func (s *site) itemsOf(r *http.Request, named []access.Ref) ([]store.Item, error) {
	var items []store.Item
	for _, ref := range named {
		kind, err := s.kindOf(r, ref)
		if err != nil {
			return nil, err
		}
		items = append(items, store.Item{Ref: ref, Kind: string(kind)})
	}
	return items, nil
}

// kindOf tells what an asset is that a form names. A directory whose name does not tell is looked into.
func (s *site) kindOf(r *http.Request, ref access.Ref) (s3index.Kind, error) {
	if _, err := rights(r).Resolve(ref); err != nil {
		return "", err
	}
	kind := s3index.KindOfName(ref.Path)
	if kind == "" && strings.HasSuffix(ref.Path, "/") {
		f, err := s.Library.Folder(r.Context(), rights(r), ref, s3index.Page{Limit: pageRows})
		if err != nil {
			return "", err
		}
		if kind = f.Self; kind == "" && f.Bundles > 0 {
			kind = s3index.Bundles
		}
	}
	if kind == "" {
		return "", &userError{
			code: http.StatusUnprocessableEntity, heading: "Neuroglancer cannot show that",
			what: "“" + lastName(ref.Path) + "” is of no kind it opens.", do: "Nothing has been added. Untick it and try again.",
		}
	}
	return kind, nil
}

func addedWords(ticked, added, all int) string {
	holds := fmt.Sprintf(" The tray holds %d.", all)
	switch {
	case ticked == 0:
		return "Nothing is ticked." + holds
	case added == 0:
		return "Already in the tray." + holds
	}
	return "Added " + plural(added, "asset") + "." + holds
}

func (s *site) trayRemove(w http.ResponseWriter, r *http.Request) error {
	named, err := refs(r)
	if err != nil {
		return err
	}
	if err := s.Store.RemoveFromTray(r.Context(), person(r), named); err != nil {
		return err
	}
	back(w, r)
	return nil
}

func (s *site) trayClear(w http.ResponseWriter, r *http.Request) error {
	if err := s.Store.ClearTray(r.Context(), person(r)); err != nil {
		return err
	}
	back(w, r)
	return nil
}

// mine reads the one asset that a form of the tray page is about: the tray, and where in it the asset is.
func (s *site) mine(r *http.Request) (items []store.Item, at int, err error) {
	named, err := refs(r)
	if err == nil && len(named) != 1 {
		_, err = parseAsset("")
	}
	if err != nil {
		return nil, 0, err
	}
	if items, err = visitOf(r).tray(); err != nil {
		return nil, 0, err
	}
	at = slices.IndexFunc(items, func(i store.Item) bool { return i.Ref == named[0] })
	if at < 0 {
		return nil, 0, notInTray(nil)
	}
	return items, at, nil
}

// trayMove moves an asset one place up or down.
func (s *site) trayMove(w http.ResponseWriter, r *http.Request) error {
	items, at, err := s.mine(r)
	if err != nil {
		return err
	}
	step := 1
	if r.FormValue("to") == "up" {
		step = -1
	}
	if err := s.Store.MoveInTray(r.Context(), person(r), items[at].Ref, at+step); err != nil {
		return notInTray(err)
	}
	back(w, r)
	return nil
}

// notInTray explains a change of something that has gone, in another window perhaps.
func notInTray(err error) error {
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return &userError{
		http.StatusNotFound, "That is no longer in the tray", "It may have been removed in another window.",
		"Look at the tray again.", false, err, nil,
	}
}

// change applies a change to the one asset of a form.
func (s *site) change(w http.ResponseWriter, r *http.Request, apply func(*store.Item) error) error {
	items, at, err := s.mine(r)
	if err != nil {
		return err
	}
	if err := apply(&items[at]); err != nil {
		return err
	}
	if err := s.Store.UpdateInTray(r.Context(), person(r), items[at]); err != nil {
		return notInTray(err)
	}
	back(w, r)
	return nil
}

func (s *site) trayRename(w http.ResponseWriter, r *http.Request) error {
	return s.change(w, r, func(i *store.Item) error {
		i.Name = strings.TrimSpace(r.FormValue("name"))
		if i.Name == ngstate.LayerName(i.Ref.Path) {
			i.Name = ""
		}
		return nil
	})
}

func (s *site) trayType(w http.ResponseWriter, r *http.Request) error {
	layer := r.FormValue("type")
	switch views.LayerType(layer) {
	case views.LayerAuto:
		layer = ""
	case views.LayerImage, views.LayerSegmentation:
	default:
		return &userError{
			code: http.StatusBadRequest, heading: "There is no such layer type",
			what: "“" + layer + "” is none of automatic, image and segmentation.", do: "Choose one of them.",
		}
	}
	return s.change(w, r, func(i *store.Item) error {
		i.Layer = layer
		return nil
	})
}
