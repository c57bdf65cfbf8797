package s3index

import (
	"ngportal/access"
	"ngportal/ngstate"
	"ngportal/preview"
	"ngportal/volume"
)

// plain is a as the composer takes it, without anybody's wishes. How it is drawn does not depend on where it is served.
func (a *Asset) plain() ngstate.Asset {
	return ngstate.Asset{Name: ngstate.LayerName(a.Ref.Path), URL: access.EscapePath(a.Ref.Path), Volume: a.Volume, Stats: a.Stats}
}

// Labels reports whether a opens as labels.
func (a *Asset) Labels() bool { return ngstate.IsSegmentation(a.plain()) }

// Drawing is how a opens by itself.
func (a *Asset) Drawing() ngstate.Drawing { return ngstate.DrawingOf(a.plain()) }

// Fill has the voxels of a block stand in for the statistics of a where those are not known.
func (a *Asset) Fill(block *volume.Block) {
	if a.Stats == nil && a.Volume != nil && block != nil {
		a.Stats = block.Stats(a.Volume)
	}
}

// Layer is what a picture of an image needs to be drawn as the composer draws it. A block without an axis of channels has
// but one component of a direction: how strong that is, is shown.
func Layer(img *volume.Image, block *volume.Block, d ngstate.Drawing) preview.Layer {
	l := preview.Layer{Image: img, Block: block, Labels: d.Kind == ngstate.Labels, Opacity: d.Opacity, Additive: d.Additive, Sheer: d.Sheer}
	for _, c := range d.Channels {
		if c.Hidden {
			continue
		}
		color, _ := preview.ParseColor(c.Color)
		l.Channels = append(l.Channels, preview.Channel{Index: c.Index, Low: c.Low, High: c.High, Color: color, Unsigned: c.Unsigned})
	}
	if d.Kind == ngstate.Vectors && img.ChannelAxis() < 0 && len(l.Channels) > 0 {
		l.Channels = l.Channels[:1]
		l.Channels[0].Color = [3]uint8{255, 255, 255}
	}
	return l
}
