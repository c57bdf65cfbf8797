package ngstate

import (
	"fmt"
	"slices"

	"ngportal/volume"
)

// channelKind is how the viewer tells channels apart, which differs from format to format. It goes
// by the end of the axis's name (isLocalDimension and others in its coordinate_transform.ts).
type channelKind int

const (
	// global axes are axes of the whole picture: every layer would show the same channel.
	global channelKind = iota
	// local axes (c') have a position in each layer.
	local
	// shaded axes (c^) are indexed by the controls of the shader; position means nothing for them.
	shaded
)

// channelsOf returns the kind of the channel axis that the source of img has by itself: parseOmeAxes
// (zarr/ome.ts), parseMultiscaleVolumeInfo (precomputed/frontend.ts) and sourceNames (nifti/backend.ts).
func channelsOf(img *volume.Image) channelKind {
	if img.Format == volume.Precomputed || img.Format == volume.NIfTI {
		return shaded
	}
	if c := img.ChannelAxis(); img.OME != "" && c >= 0 && !img.Axes[c].Guessed {
		return local
	}
	return global // channelSlots makes it local
}

// channelLayer shows one channel of an image; the channels add up.
func (w *world) channelLayer(a Asset, d Drawing, i int) object {
	ch := d.Channels[i]
	l := object{
		{"name", ch.Label + " · " + a.Name},
		{"type", "image"},
		{"source", w.source(a)},
	}
	contrast, _ := limitsOf(a, d.Kind, i)
	normalized := contrast.object()
	if channelsOf(a.Volume) == shaded {
		normalized = append(normalized, member{"channel", shadedChannel(a.Volume, i)})
	} else {
		l = append(l, localChannel(a.Volume, i)...)
	}
	shader := colored
	if d.Kind == Vectors {
		shader, normalized = component, nil
	}
	l = append(
		l,
		member{"opacity", d.Opacity},
		member{"blend", orElse(a.Look.Blend, "additive")},
		member{"shader", shader},
		member{"shaderControls", controls(normalized, ch.Color)},
	)
	if ch.Hidden {
		l = append(l, member{"visible", false})
	}
	return l
}

// channelOf is what is known and wanted of channel i: a person's choice before the metadata's.
func channelOf(a Asset, show Kind, i int) volume.Channel {
	ch := volume.Channel{Active: i < len(defaultColors)}
	if i < len(a.Volume.Channels) {
		ch = a.Volume.Channels[i]
		ch.Active = ch.Active || i == 0 && noneActive(a.Volume)
	}
	if ch.Label == "" {
		ch.Label = fmt.Sprintf("channel %d", i)
		switch names := channelNames[show]; {
		case i < len(names):
			ch.Label = names[i]
		case show == RGB: // alpha, which no color is
			ch.Active = false
		}
	}
	if ch.Color == "" {
		ch.Color = defaultColors[i%len(defaultColors)]
	}
	if i < len(a.Look.Channels) {
		look := a.Look.Channels[i]
		ch.Color = orElse(look.Color, ch.Color)
		ch.Active = !look.Hidden
		ch.Window.Set = ch.Window.Set || look.Low != nil || look.High != nil
	}
	return ch
}

// noneActive reports whether the metadata hide all channels. One is shown then, lest there be nothing to see.
func noneActive(img *volume.Image) bool {
	return int64(len(img.Channels)) >= img.ChannelCount() && !slices.ContainsFunc(img.Channels, func(c volume.Channel) bool { return c.Active })
}

// channelNames are for components that cannot be shown together, and so are layers.
//
//nolint:gochecknoglobals // a constant, as far as Go has constant maps
var channelNames = map[Kind][]string{RGB: {"red", "green", "blue"}, Vectors: {"x", "y", "z"}}

// localChannel are the members of a layer that pick channel i where the axis is the layer's own.
// A position is in voxels: the middle of one is at the origin.
func localChannel(img *volume.Image, i int) object {
	c := img.ChannelAxis()
	g := grid{img: img}
	g.level, g.alone = repairLevel(img)
	return object{
		{"localDimensions", object{{axisName(img, c) + "'", dimensionOf(img.Axes[c], img.Levels[g.level].Scale[c])}}},
		{"localPosition", []float64{round(g.origin(c) + float64(i))}},
	}
}

// shadedChannel has one index for each axis the viewer takes for one of channels: in NIfTI, all
// that come after time.
func shadedChannel(img *volume.Image, i int) []int {
	rank := 1
	if img.Format == volume.NIfTI {
		rank = len(img.Axes) - img.ChannelAxis()
	}
	index := make([]int, rank)
	index[0] = i
	return index
}
