package handlers

import (
	"encoding/json"
	"fmt"
	"math"

	"ngportal/access"
	"ngportal/ngstate"
	"ngportal/preview"
	"ngportal/s3index"
	"ngportal/store"
)

// How layers lie over each other unless somebody has chosen otherwise, as the composer has it.
const (
	overOpacity  = 0.7
	labelOpacity = 0.45
)

// dress gives a volume the looks that it opens with. base says that no image lies below it.
func (d *sceneItem) dress(base bool) {
	as := composed(d.item, d.asset)
	d.layer = preview.DefaultLayer(d.asset.Volume, d.block, d.asset.Stats, as.labels)
	l := &d.layer
	if d.moved != nil {
		l.Transform = *d.moved
	}
	switch {
	case l.Labels:
		l.Opacity = labelOpacity
	case as.layers > 1:
		l.Additive = true
	case !base:
		l.Opacity, l.Sheer = overOpacity, true
	}
	if d.look.Opacity != nil {
		l.Opacity = *d.look.Opacity
	}
	if d.look.Blend != "" {
		l.Additive = d.look.Blend == "additive"
	}
	if !l.Labels && (as.layers > 1 || as.gray) {
		d.color(as.layers > 1)
	}
}

// color gives the channels the contrast and the colors that somebody has chosen.
func (d *sceneItem) color(several bool) {
	looks := looksOf(d.layer, d.asset.Stats)
	d.layer.Channels = nil
	for i, l := range looks {
		if i < len(d.look.Channels) {
			c := d.look.Channels[i]
			l.shown = !c.Hidden
			if c.Low != nil {
				l.Low = *c.Low
			}
			if c.High != nil {
				l.High = *c.High
			}
			if c.Color != "" {
				l.Color = rgbOf(c.Color)
			}
		}
		if color, ok := mapColor(d.look.Colormap); ok && !several {
			l.Color = color
		}
		if l.shown {
			d.layer.Channels = append(d.layer.Channels, l.Channel)
		}
	}
}

// rgbOf reads a color that has been checked.
func rgbOf(color string) (c [3]uint8) {
	_, _ = fmt.Sscanf(color, "#%02x%02x%02x", &c[0], &c[1], &c[2])
	return c
}

// mapColor is the color at the bright end of a color map; false for those that have several.
func mapColor(name string) ([3]uint8, bool) {
	colors := map[string]string{
		"red": "#ff0000", "green": "#00ff00", "blue": "#0000ff", "cyan": "#00ffff", "magenta": "#ff00ff", "yellow": "#ffff00",
	}
	color, ok := colors[name]
	return rgbOf(color), ok
}

// A composition is what kind of layers the composer makes of an asset.
type composition struct {
	labels bool
	layers int
	gray   bool // one channel, with a contrast
}

// composed asks the composer itself, so that what is shown here is what opens.
func composed(item store.Item, a s3index.Asset) composition {
	one := ngstate.Asset{Name: itemName(item), URL: access.EscapePath(item.Ref.Path), Type: ngstate.LayerType(item.Layer), Volume: a.Volume, Stats: a.Stats}
	scene, err := ngstate.Compose("", []ngstate.Asset{one}, ngstate.View{})
	if err != nil {
		return composition{}
	}
	var state struct {
		Layers []struct {
			Type string `json:"type"`
		} `json:"layers"`
	}
	if json.Unmarshal(scene.JSON, &state) != nil || len(state.Layers) == 0 {
		return composition{}
	}
	c := composition{labels: state.Layers[0].Type == "segmentation", layers: len(state.Layers)}
	c.gray = !c.labels && c.layers == 1 && a.Volume.ChannelCount() == 1
	return c
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
