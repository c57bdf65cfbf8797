package handlers

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"ngportal/access"
	"ngportal/ngstate"
	"ngportal/s3index"
	"ngportal/store"
	"ngportal/views"
)

// adjust is the open panel of an asset.
func (s *site) adjust(ctx context.Context, may access.Rights, sc store.Scene, d sceneItem) *views.Adjust {
	o := optionsOf(d.item)
	a := &views.Adjust{Opacity: percent(d.look.Opacity)}
	if viewOf(sc).Compare {
		a.Groups = selected([]views.Option{{Label: "Left", Value: "0"}, {Label: "Right", Value: "1"}}, strconv.Itoa(d.look.Group))
	}
	if elsewhere(d.item) || len(o.Layers) > 0 {
		a.MoveNote = "It looks as in the scene it was imported from, and lies where that has it."
		return a
	}
	if d.asset.Name == "" { // hidden, or a tractogram: it has not been read for the preview
		var err error
		if d.asset, err = s.Library.Describe(ctx, may, d.item.Ref); err != nil {
			a.MoveNote = "More can be adjusted once it has been read. " + explain(err).what
			return a
		}
	}
	if d.asset.Volume != nil {
		addLooks(a, d)
	}
	if d.asset.Tract != nil && d.asset.Fault == nil {
		addTract(a, d)
	}
	s.addMoves(ctx, may, a, sc.Items, d)
	return a
}

// selected marks the option that has been chosen.
func selected(options []views.Option, value string) []views.Option {
	for i := range options {
		options[i].Selected = options[i].Value == value
	}
	return options
}

// addLooks offers what an image can look like.
func addLooks(a *views.Adjust, d sceneItem) {
	byItself := d.plain()
	byItself.Look = ngstate.Look{}
	as := ngstate.DrawingOf(byItself)
	if as.Kind == ngstate.Labels {
		return
	}
	a.Blends = selected([]views.Option{
		{Label: "Automatic"}, {Label: "Covers what is below", Value: "default"}, {Label: "Adds to what is below", Value: "additive"},
	}, d.look.Blend)
	if as.Kind == ngstate.Gray {
		a.Colormaps = colormapOptions(d.look.Colormap)
	}
	if as.Kind == ngstate.Gray || as.Apart {
		a.Channels = channelControls(d, as)
	}
}

// channelControls are the contrasts and colors of an image, with what they are by themselves.
func channelControls(d sceneItem, as ngstate.Drawing) []views.ChannelControl {
	out := make([]views.ChannelControl, min(len(as.Channels), maxChannels))
	for i := range out {
		byItself := as.Channels[i]
		c := &out[i]
		var chosen ngstate.ChannelLook
		if i < len(d.look.Channels) {
			chosen = d.look.Channels[i]
		}
		c.Low, c.High, c.Hidden = number(chosen.Low), number(chosen.High), chosen.Hidden
		c.AutoLow, c.AutoHigh = short(byItself.Low), short(byItself.High)
		if !as.Apart {
			continue
		}
		c.Name, c.AutoShown = byItself.Label, "shown"
		if byItself.Hidden {
			c.AutoShown = "hidden"
		}
		c.AutoColor = byItself.Color
		c.Color = cmp.Or(chosen.Color, c.AutoColor)
		if i >= len(d.look.Channels) {
			c.Hidden = c.AutoShown == "hidden"
		}
	}
	return out
}

func channelName(a s3index.Asset, i int) string {
	name := "channel " + strconv.Itoa(i)
	if i < len(a.Volume.Channels) {
		name = cmp.Or(a.Volume.Channels[i].Label, name)
	}
	return name
}

// addMoves offers the transforms that lie near an asset: those that have been chosen, and one more.
func (s *site) addMoves(ctx context.Context, may access.Rights, a *views.Adjust, items []store.Item, d sceneItem) {
	found, err := s.findTransforms(ctx, may, d.asset)
	if err != nil {
		a.MoveNote = "The transforms near it are still being read. Load the page again in a moment."
	}
	var all []moveChoice
	for _, f := range found {
		all = append(all, f.choices(d.item.Ref, items)...)
	}
	chosen := optionsOf(d.item).Moves
	for _, m := range chosen { // also one that is no longer found
		if !slices.ContainsFunc(all, func(c moveChoice) bool { return c.move == m }) {
			all = append(all, moveChoice{m, lastName(m.Path)})
		}
	}
	if len(all) == 0 {
		if a.MoveNote == "" {
			a.MoveNote = "No transform lies near it: they are looked for in the folders xfm and xfms beside those it lies in."
		}
		return
	}
	for i := range min(len(chosen)+1, maxMoves) {
		options := []views.Option{{Label: "None"}}
		for _, c := range all {
			options = append(options, views.Option{Label: c.text, Value: c.move.value(), Selected: i < len(chosen) && chosen[i] == c.move})
		}
		a.Moves = append(a.Moves, options)
	}
}
