package handlers

import (
	"math"

	"ngportal/access"
	"ngportal/ngstate"
	"ngportal/s3index"
)

// plain is an item as the composer takes it, without a place, names of labels and what it was imported with. Its kind of
// drawing and its looks depend on no more.
func (d *sceneItem) plain() ngstate.Asset {
	return ngstate.Asset{
		Name: itemName(d.item), URL: access.EscapePath(d.item.Ref.Path), Type: ngstate.LayerType(d.item.Layer),
		Volume: d.asset.Volume, Stats: d.asset.Stats, Look: d.look,
	}
}

// dress gives the volumes of a scene the looks that they open with.
func dress(all []sceneItem, compare bool) {
	assets := make([]ngstate.Asset, len(all))
	for i := range all {
		assets[i] = all[i].plain()
	}
	for i, drawing := range ngstate.Drawings(assets, compare) {
		d := &all[i]
		if d.err != nil {
			continue
		}
		d.layer = s3index.Layer(d.asset.Volume, nil, drawing)
		d.layer.Colors = d.colors
		if d.moved != nil {
			d.layer.Transform = *d.moved
		}
		d.colormap = drawing.Colormap
	}
}

// number writes a value that somebody has entered, or nothing.
func number(v *float64) string {
	if v == nil {
		return ""
	}
	return short(*v)
}

// percent writes an opacity.
func percent(v *float64) string {
	if v == nil {
		return ""
	}
	p := math.Round(*v*1e4) / 1e2
	return number(&p)
}
