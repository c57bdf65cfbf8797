package ngstate

// A Kind is what the voxels of a volume are drawn as.
type Kind int

// The kinds of drawings.
const (
	Gray     Kind = iota // one value each, by contrast and color map
	Channels             // each channel in its color, and they add up
	RGB                  // three channels are a color
	Vectors              // three components are a direction, which is drawn as a color
	Labels               // values are numbers of segments
)

// A Drawing is how the composer draws the voxels of an asset: what a picture of it must look like to look as it opens.
type Drawing struct {
	Kind     Kind
	Apart    bool           // each channel is a layer of its own, with a contrast and a color that can be chosen
	Channels []DrawnChannel // none of labels, and of what has no voxels
	Colormap string         // one of [Colormaps] that has more colors than that of the channel; else ""
	Opacity  float64        // of each layer, 0 to 1
	Additive bool           // adds to what is below instead of covering it
	Sheer    bool           // covers what is below the less the darker it is
}

// A DrawnChannel is how one channel is drawn, or one component of a color or a direction.
type DrawnChannel struct {
	Index     int // along the axis of channels or components
	Label     string
	Low, High float64 // drawn as black and as full color, in stored values
	Color     string  // "#rrggbb"
	Hidden    bool
	Unsigned  bool // drawn without its sign
}

// Drawings are how assets are drawn together, the first one lowest; compare has two groups side by side. Looks that are
// none ([Compose] refuses them) are taken as they are.
func Drawings(assets []Asset, compare bool) []Drawing {
	out := make([]Drawing, len(assets))
	for i, base := range bases(assets, compare) {
		out[i] = drawingOf(assets[i], base)
	}
	return out
}

// DrawingOf is how an asset is drawn by itself.
func DrawingOf(a Asset) Drawing { return drawingOf(a, true) }

// bases tells of which assets none lies below that they would hide. Side by side, each group has its own.
func bases(assets []Asset, compare bool) []bool {
	covered := map[int]bool{}
	out := make([]bool, len(assets))
	for i, a := range assets {
		group := 0
		if compare {
			group = a.Look.Group
		}
		out[i] = !covered[group]
		covered[group] = covered[group] || covers(a)
	}
	return out
}

func drawingOf(a Asset, base bool) Drawing {
	if a.Volume == nil || a.Volume.Kind == "annotations" {
		return Drawing{}
	}
	d := Drawing{Kind: showOf(a), Opacity: over(base), Additive: a.Look.Blend == "additive"}
	switch d.Kind {
	case Labels:
		d.Opacity, d.Additive = 0.45, false
	case Gray:
		d.Sheer = !base
		d.Channels = []DrawnChannel{grayChannel(a)}
		_, d.Colormap = valueColor(a)
		if colorOfMap(d.Colormap) != "" {
			d.Colormap = ""
		}
	case Channels, RGB, Vectors:
		if d.Apart = !together(a); d.Apart {
			d.Opacity, d.Additive = 1, orElse(a.Look.Blend, "additive") == "additive"
			for i := range a.Volume.ChannelCount() {
				d.Channels = append(d.Channels, drawnChannel(a, d.Kind, int(i)))
			}
		} else {
			d.Channels = joined(d.Kind)
		}
	}
	d.Opacity = opacity(a, d.Opacity)
	return d
}

// joined are those of a layer that draws three of them as one color.
func joined(show Kind) []DrawnChannel {
	out := make([]DrawnChannel, 3)
	for i := range out {
		out[i] = DrawnChannel{Index: i, Label: channelNames[show][i], High: 255, Color: defaultColors[i]}
		if show == Vectors {
			out[i].High, out[i].Unsigned = 1, true
		}
	}
	return out
}

func grayChannel(a Asset) DrawnChannel {
	c := DrawnChannel{Color: "#ffffff"}
	color, colormap := valueColor(a)
	c.Color = orElse(color, orElse(colorOfMap(colormap), c.Color))
	c.Low, c.High = drawnRange(a, Gray, 0)
	return c
}

func drawnChannel(a Asset, show Kind, i int) DrawnChannel {
	ch := channelOf(a, show, i)
	c := DrawnChannel{Index: i, Label: ch.Label, Color: ch.Color, Hidden: !ch.Active, Unsigned: show == Vectors}
	c.Low, c.High = drawnRange(a, show, i)
	return c
}

// drawnRange is the contrast of a channel, or else the range that the viewer takes by itself.
func drawnRange(a Asset, show Kind, i int) (low, high float64) {
	if show == Vectors {
		return 0, 1
	}
	if l, ok := limitsOf(a, show, i); ok {
		return l.low, l.high
	}
	return viewerRange(a.Volume.DType)
}
