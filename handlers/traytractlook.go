package handlers

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"ngportal/access"
	"ngportal/ngstate"
	"ngportal/s3index"
	"ngportal/tract"
	"ngportal/tract/skeleton"
	"ngportal/views"
)

// mostTicks is how many bundles the panel lists; a viewer's own list has all of them.
const mostTicks = 200

// longestMinimum bounds the minimal length of streamlines that a person enters, in mm.
const longestMinimum = 1e6

// describeTracts finds out about the tractograms of a scene, as far as they are known by the time ctx ends.
func (s *site) describeTracts(ctx context.Context, may access.Rights, all []sceneItem) {
	var g errgroup.Group
	g.SetLimit(describers)
	for i := range all {
		d := &all[i]
		if d.asset.Name != "" || elsewhere(d.item) || !s3index.Kind(d.item.Kind).Tract() {
			continue
		}
		g.Go(func() error {
			_ = s.guard(func() error { // what is not known yet is told as such
				a, err := s.Library.Describe(ctx, may, d.item.Ref)
				if err == nil {
					d.asset = a
				}
				return err
			})
			return nil
		})
	}
	_ = g.Wait() // none fails
}

// tractLayer is an item as the composer takes it that is a tractogram, without a place and without what it was imported with.
func tractLayer(d sceneItem) ngstate.Asset {
	return ngstate.Asset{Name: itemName(d.item), Tract: tractAsset("", d.asset.Tract), Look: d.look}
}

// tractBadge says how much of a tractogram is shown; "" of any other asset, and of one that looks as it was imported.
func tractBadge(d sceneItem) string {
	if !s3index.Kind(d.item.Kind).Tract() || elsewhere(d.item) || len(optionsOf(d.item).Layers) > 0 || d.asset.Fault != nil {
		return ""
	}
	if d.asset.Tract == nil {
		return "still being read"
	}
	shown := ngstate.ShownOf(tractLayer(d))
	total := strings.TrimPrefix(amount(shown.Total, shown.Exact), "about ")
	switch built := d.asset.Tract.Built; {
	case shown.Annotations && built < 1 && (shown.Total < 0 || d.asset.Tract.Shown < shown.Total):
		return firstWords(d.asset.Tract, total) + ", the others " + prepared(built)
	case shown.Annotations && shown.Streamlines < 0:
		return "more as you zoom in"
	case shown.Annotations && shown.Streamlines < shown.Total:
		return amount(shown.Streamlines, shown.Exact) + " of " + total + " streamlines, more of them as you zoom in"
	case shown.Annotations:
		return amount(shown.Streamlines, shown.Exact) + " streamlines, more of them as you zoom in"
	case shown.Total < 0:
		return amount(shown.Streamlines, false) + " streamlines shown"
	case shown.Exact && shown.Streamlines >= shown.Total:
		return "all " + total + " streamlines shown"
	}
	return amount(shown.Streamlines, false) + " of " + total + " streamlines shown"
}

// firstWords say what annotations show before they are prepared.
func firstWords(t *s3index.Tractogram, total string) string {
	if t.Total < 0 {
		return amount(t.Shown, false) + " streamlines shown"
	}
	return amount(t.Shown, false) + " of " + total + " streamlines shown"
}

// prepared says how far annotations are.
func prepared(share float64) string {
	if share <= 0 {
		return "prepared once it is opened"
	}
	return fmt.Sprintf("being prepared, %d %%", int(100*share))
}

// addTract offers what a tractogram can look like.
func addTract(a *views.Adjust, d sceneItem) {
	layer, t := tractLayer(d), d.asset.Tract
	l := ngstate.TractLook{}
	if d.look.Tract != nil {
		l = *d.look.Tract
	}
	c := &views.TractControl{Width: plus(l.Width), MinLength: plus(l.MinLength), Paint: "#ffff00"}
	if !layer.Tract.Folder {
		auto := "Automatic: skeleton"
		if layer.Tract.Large {
			auto = "Automatic: annotations"
		}
		c.Densities = selected(densities(), densityValue(l.Density)) // the files of a folder are shown whole, or not at all
		c.As = selected([]views.Option{{Label: auto}, {Label: "Skeleton", Value: "skeleton"}, {Label: "Annotations", Value: "annotation"}}, l.As)
		c.Notes = []string{
			"Skeleton: all points, with values along the lines; up to " + skeletonWords(t) + " at once.",
			"Annotations: any size, more streamlines as you zoom in, each of which can be picked.",
		}
	}
	c.Colors = tractColors(layer, l.Color)
	if ngstate.IsColor(l.Color) {
		c.Paint = l.Color
	}
	if d.asset.Tract.Header.Format == tract.VTK {
		c.Frames = selected([]views.Option{{Label: "As the file says"}, {Label: "RAS", Value: "ras"}, {Label: "LPS", Value: "lps"}}, l.Frame)
	}
	addTicks(c, layer, l.Bundles)
	if slices.ContainsFunc(c.Colors, func(o views.Option) bool { return o.Selected && strings.Contains(o.Value, "_") }) {
		a.Colormaps = colormapOptions(d.look.Colormap)
	}
	a.Tract = c
}

// colormapOptions are the color maps of an image of one channel, or of numbers along streamlines.
func colormapOptions(chosen string) []views.Option {
	out := []views.Option{{Label: "Automatic"}}
	for _, name := range ngstate.Colormaps() {
		out = append(out, views.Option{Label: name, Value: name})
	}
	return selected(out, chosen)
}

// skeletonWords say how many streamlines of a file a browser takes as a skeleton.
func skeletonWords(t *s3index.Tractogram) string {
	n, _ := streamlines(t)
	p, _ := points(t)
	if n <= 0 || p <= 0 {
		return amount(skeleton.MaxVertices, true) + " points"
	}
	return amount(int64(float64(skeleton.MaxVertices)/float64(p)*float64(n)), false) + " streamlines like these"
}

// densities are the words for how much is shown; see [ngstate.TractLook].
func densities() []views.Option {
	out := []views.Option{{Label: "Automatic"}}
	for i, words := range []string{"Few streamlines", "Some", "Many", "Very many", "As many as possible"} {
		out = append(out, views.Option{Label: words, Value: strconv.Itoa(i + 1)})
	}
	return out
}

func densityValue(density int) string {
	if density == 0 {
		return ""
	}
	return strconv.Itoa(density)
}

// onePaint is the choice of one color for all streamlines.
const onePaint = "paint"

// tractColors offers what streamlines are colored by. What is chosen for the other representation is shown as what comes
// of it.
func tractColors(layer ngstate.Asset, wanted string) []views.Option {
	all, chosen := ngstate.TractColors(layer)
	var out []views.Option
	for _, name := range all {
		o := views.Option{Label: columnWords(name), Value: name}
		switch name {
		case "orientation":
			o = views.Option{Label: "Direction"}
		case "bundle":
			o.Label = "Bundle"
		}
		o.Selected = name == chosen
		out = append(out, o)
	}
	return append(out, views.Option{Label: "One color", Value: onePaint, Selected: ngstate.IsColor(wanted)})
}

// columnWords name a number of streamlines by the name that a source has for it.
func columnWords(name string) string {
	kind, rest, _ := strings.Cut(name, "_")
	switch kind {
	case "s":
		return rest + " along the lines"
	case "mean":
		return "mean of " + rest
	}
	return rest
}

// addTicks lists the bundles, those that are chosen first where there are too many.
func addTicks(c *views.TractControl, layer ngstate.Asset, chosen []string) {
	all := slices.DeleteFunc(slices.Clone(layer.Tract.Objects), func(o ngstate.TractObject) bool { return o.Stratum })
	if ngstate.ShownOf(layer).Annotations || len(all) == 0 {
		all = layer.Tract.Bundles
	}
	isChosen := func(o ngstate.TractObject) bool { return slices.Contains(chosen, o.ID) }
	listed := all
	if len(all) > mostTicks {
		listed = slices.Concat(
			slices.DeleteFunc(slices.Clone(all), func(o ngstate.TractObject) bool { return !isChosen(o) }),
			slices.DeleteFunc(slices.Clone(all), isChosen),
		)[:mostTicks]
		c.BundlesNote = "And " + views.Number(len(all)-mostTicks) + " more, in the list beside the layer once it is opened."
	}
	for _, o := range listed {
		tick := views.BundleTick{Value: o.ID, Name: o.Label, Chosen: isChosen(o)}
		if o.Streamlines > 0 {
			tick.Count = views.Number(o.Streamlines)
		}
		c.Bundles = append(c.Bundles, tick)
	}
	c.BundlesWord = plural(len(all), "bundle")
	if n := len(slices.DeleteFunc(slices.Clone(c.Bundles), func(t views.BundleTick) bool { return !t.Chosen })); n > 0 {
		c.BundlesWord = views.Number(n) + " of " + c.BundlesWord
	}
}

// plus writes a number above zero.
func plus(v float64) string {
	if v <= 0 {
		return ""
	}
	return short(v)
}
