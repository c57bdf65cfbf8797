package handlers

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"ngportal/access"
	"ngportal/ngstate"
	"ngportal/s3index"
	"ngportal/store"
)

// describers is how many assets are looked at at once.
const describers = 8

// compose makes the state that shows a scene. An item that cannot be shown is named in the error.
func (s *site) compose(ctx context.Context, who access.Rights, title string, sc store.Scene) (ngstate.Scene, error) {
	each := make([][]ngstate.Asset, len(sc.Items))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(describers)
	for i, item := range sc.Items {
		g.Go(func() error {
			err := s.guard(func() (err error) {
				each[i], err = s.stateAssets(ctx, who, item)
				return err
			})
			if err != nil {
				return about(item, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return ngstate.Scene{}, err
	}
	var assets []ngstate.Asset
	for _, some := range each {
		assets = append(assets, some...)
	}
	return ngstate.Compose(title, assets, viewOf(sc))
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

// stateAssets are an item as the composer takes it: one asset, or one for each layer of a scene that was imported.
func (s *site) stateAssets(ctx context.Context, who access.Rights, item store.Item) ([]ngstate.Asset, error) {
	o := optionsOf(item)
	out := ngstate.Asset{Name: itemName(item), Type: ngstate.LayerType(item.Layer), Look: o.Look}
	if !elsewhere(item) {
		a, err := s.Library.Describe(ctx, who, item.Ref)
		if err != nil {
			return nil, err
		}
		if err = s.fillAsset(ctx, who, &out, a); err != nil {
			return nil, err
		}
		if out.Moved, err = s.movedBy(ctx, who, a, o.Moves); err != nil {
			return nil, err
		}
	}
	switch {
	case len(o.Layers) == 0 && elsewhere(item):
		return nil, fmt.Errorf("%w: it lies elsewhere, and nothing is known of it", ngstate.ErrInvalid)
	case len(o.Layers) == 0:
		return []ngstate.Asset{out}, nil
	}
	var all []ngstate.Asset
	for _, l := range o.Layers {
		one := out
		one.Raw = l.Raw
		if len(o.Layers) > 1 {
			one.Name = l.Name
		}
		all = append(all, one)
	}
	return all, nil
}

// elsewhere reports whether an item is not of the portal's data.
func elsewhere(i store.Item) bool { return i.Ref.Dataset == "" }

// fillAsset says to the composer what an asset is.
func (s *site) fillAsset(ctx context.Context, who access.Rights, out *ngstate.Asset, a s3index.Asset) error {
	out.URL, out.Volume, out.Stats = s.dataURL(a.Location, a.Ref.Path), a.Volume, a.Stats
	switch {
	case a.Fault != nil:
		return a.Fault
	case a.Tract != nil:
		out.Tract = tractAsset(s.tractURL(a.Location, a.Ref.Path), a.Tract)
		return nil
	case a.Volume == nil:
		return fmt.Errorf("%w: Neuroglancer cannot show a file of this kind", ngstate.ErrInvalid)
	}
	if !strings.Contains(a.Volume.DType, "int") {
		return nil // no labels
	}
	segments, _, err := s.Library.Segments(ctx, who, a)
	if err == nil && len(segments) > 0 { // without names it is shown by its numbers
		out.Segments = segments
		out.NamesURL = namesURL(s.tractURL(a.Location, a.Ref.Path))
	}
	return nil
}

// namesURL is the names of the labels of the volume whose tractURL is at.
func namesURL(at string) string { return strings.TrimSuffix(at, "/") + "/names/" }
