package ngstate

import (
	"fmt"

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
	switch img.Format {
	case volume.Precomputed, volume.NIfTI:
		return shaded
	case volume.Zarr2, volume.Zarr3, volume.N5:
	}
	if c := img.ChannelAxis(); img.OME != "" && c >= 0 && !img.Axes[c].Guessed {
		return local
	}
	return global // gridTransform makes it local
}

// channelLayer shows one channel of a fluorescence image; the channels add up.
func (w *world) channelLayer(a Asset, i int) object {
	ch := volume.Channel{Active: i < len(defaultColors)}
	if i < len(a.Volume.Channels) {
		ch = a.Volume.Channels[i]
	}
	if ch.Label == "" {
		ch.Label = fmt.Sprintf("channel %d", i)
	}
	if ch.Color == "" {
		ch.Color = defaultColors[i%len(defaultColors)]
	}
	l := object{
		{"name", ch.Label + " · " + a.Name},
		{"type", "image"},
		{"source", w.source(a)},
	}
	normalized := contrast(a, i)
	if channelsOf(a.Volume) == shaded {
		normalized = append(normalized, member{"channel", shadedChannel(a.Volume, i)})
	} else {
		l = append(l, localChannel(a.Volume, i)...)
	}
	l = append(
		l,
		member{"opacity", 1},
		member{"blend", "additive"},
		member{"shader", colored},
		member{"shaderControls", controls(normalized, ch.Color)},
	)
	if !ch.Active {
		l = append(l, member{"visible", false})
	}
	return l
}

// localChannel are the members of a layer that pick channel i where the axis is the layer's own.
// A position is in voxels: the middle of one is where Translation says.
func localChannel(img *volume.Image, i int) object {
	c, l := img.ChannelAxis(), img.Levels[0]
	return object{
		{"localDimensions", object{{img.Axes[c].Name + "'", dimensionOf(img.Axes[c], l.Scale[c])}}},
		{"localPosition", []float64{round(l.Translation[c]/l.Scale[c] + float64(i))}},
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
