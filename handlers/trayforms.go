package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"ngportal/access"
	"ngportal/ngstate"
	"ngportal/s3index"
	"ngportal/store"
	"ngportal/views"
)

// changeOptions changes what a person has chosen for the one asset of a form.
func (s *site) changeOptions(w http.ResponseWriter, r *http.Request, apply func(*options) error) error {
	return s.change(w, r, func(i *store.Item) error {
		o := optionsOf(*i)
		if err := apply(&o); err != nil {
			return err
		}
		var err error
		i.Options, err = o.text()
		return err
	})
}

// trayAdjust takes the panel of an asset.
func (s *site) trayAdjust(w http.ResponseWriter, r *http.Request) error {
	return s.changeOptions(w, r, func(o *options) (err error) {
		if o.Look, err = readLook(r.Form, o.Look); err != nil {
			return err
		}
		o.Moves, err = readMoves(r.Form["move"])
		return err
	})
}

// trayShow shows or hides an asset.
func (s *site) trayShow(w http.ResponseWriter, r *http.Request) error {
	return s.changeOptions(w, r, func(o *options) error {
		o.Look.Hidden = r.FormValue("hidden") == "true"
		if o.Look.Hidden {
			return nil
		}
		for i, l := range o.Layers { // that were hidden where the scene was made
			raw, err := ngstate.Unhide(l.Raw)
			if err != nil {
				return err
			}
			o.Layers[i].Raw = raw
		}
		return nil
	})
}

// trayTransform moves the assets of a form by one transform, which was offered for them.
func (s *site) trayTransform(w http.ResponseWriter, r *http.Request) error {
	named, err := refs(r)
	if err != nil {
		return err
	}
	moves, err := readMoves(r.Form["move"])
	if err != nil {
		return err
	}
	items, err := visitOf(r).tray()
	if err != nil {
		return err
	}
	var changed []store.Item
	for _, i := range items {
		if !slices.Contains(named, i.Ref) {
			continue
		}
		o := optionsOf(i)
		o.Moves = moves
		if i.Options, err = o.text(); err != nil {
			return err
		}
		changed = append(changed, i)
	}
	if len(changed) == 0 {
		return notInTray(nil)
	}
	if err := s.Store.UpdateInTray(r.Context(), person(r), changed...); err != nil {
		return notInTray(err)
	}
	back(w, r)
	return nil
}

// trayView takes how the scene is looked at.
func (s *site) trayView(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	v, err := readView(r.Form)
	if err != nil {
		return err
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := s.Store.SetView(r.Context(), person(r), string(text)); err != nil {
		return err
	}
	back(w, r)
	return nil
}

func (s *site) trayUndo(w http.ResponseWriter, r *http.Request) error {
	return stepped(w, r, s.Store.UndoTray, "undone")
}

func (s *site) trayRedo(w http.ResponseWriter, r *http.Request) error {
	return stepped(w, r, s.Store.RedoTray, "done again")
}

func stepped(w http.ResponseWriter, r *http.Request, step func(context.Context, access.Person) error, what string) error {
	err := step(r.Context(), person(r))
	if errors.Is(err, fs.ErrNotExist) {
		return &userError{
			code: http.StatusNotFound, heading: "There is nothing to be " + what,
			what: "It may have been " + what + " in another window.", do: "Look at the tray again.", cause: err,
		}
	}
	if err != nil {
		return err
	}
	back(w, r)
	return nil
}

// maxFolders is how many folders are searched for transforms that bring layers together.
const maxFolders = 8

// offers are the transforms by which layers that lie in one space, by their names, come to others that lie in another.
func (s *site) offers(ctx context.Context, may access.Rights, items []store.Item) []views.TransformOffer {
	var out []views.TransformOffer
	for _, f := range s.nearbyTransforms(ctx, may, items) {
		if o, ok := f.offer(items); ok {
			out = append(out, o)
		}
	}
	return out
}

// offer is false where a transform brings nothing together that is not so already.
func (f foundTransform) offer(items []store.Item) (views.TransformOffer, bool) {
	if f.moved == "" || f.onto == "" || f.read.Scaled {
		return views.TransformOffer{}, false
	}
	moves := []move{{Location: f.ref.Location, Path: f.ref.Path}}
	o := views.TransformOffer{Submit: "Move " + f.moved + " onto " + f.onto, File: f.name}
	there := false
	for _, i := range items {
		of, at := liesIn(i.Ref.Path, f.moved), liesIn(i.Ref.Path, f.onto)
		switch chosen := optionsOf(i); {
		case of && !at && len(chosen.Moves) == 0 && len(chosen.Layers) == 0:
			o.Assets = append(o.Assets, assetValue(i.Ref))
		case at && !of && slices.ContainsFunc(chosen.Moves, func(m move) bool { return mentions(m.Path, f.moved) }):
			return o, false // they have been brought together from the other side
		case at && !of && !there: // where that has been moved, it is followed
			there = true
			moves = append(moves, chosen.Moves...)
		}
	}
	for _, m := range moves {
		o.Moves = append(o.Moves, m.value())
	}
	o.Text = isAre(len(o.Assets)) + " in the space " + f.moved + ", and others in " + f.onto + "."
	return o, there && len(o.Assets) > 0 && len(moves) <= maxMoves
}

func isAre(n int) string {
	if n == 1 {
		return "1 layer is"
	}
	return views.Number(n) + " layers are"
}

// nearbyTransforms are those near any of the items, each once.
func (s *site) nearbyTransforms(ctx context.Context, may access.Rights, items []store.Item) []foundTransform {
	if len(items) < 2 {
		return nil
	}
	var first []store.Item // of each folder
	seen := map[string]bool{}
	for _, i := range items {
		path := strings.TrimSuffix(i.Ref.Path, "/")
		folder := i.Ref.Location + "/" + path[:strings.LastIndexByte(path, '/')+1]
		if !elsewhere(i) && !seen[folder] && len(first) < maxFolders {
			seen[folder] = true
			first = append(first, i)
		}
	}
	each := make([][]foundTransform, len(first))
	var g errgroup.Group
	g.SetLimit(describers)
	for n, i := range first {
		g.Go(func() error {
			each[n], _ = s.findTransforms(ctx, may, s3index.Asset{Ref: i.Ref}) // without them nothing is offered
			return nil
		})
	}
	_ = g.Wait() // none fails
	var out []foundTransform
	known := map[access.Ref]bool{}
	for _, f := range slices.Concat(each...) {
		if !known[f.ref] {
			known[f.ref] = true
			out = append(out, f)
		}
	}
	return out
}
