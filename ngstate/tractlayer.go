package ngstate

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// tractLayers show streamlines: as a skeleton, or as annotations, with the list of their bundles where they have any.
func (w *world) tractLayers(a Asset) []object {
	v := viewOf(a)
	name := a.Name + " " + ShownOf(a).part()
	if v.as != annotationTract {
		return []object{w.skeletonLayer(a, v, name)}
	}
	l := w.annotationLayer(a, v, name)
	if len(v.Bundles) == 0 {
		return []object{l}
	}
	list := a.Name + " bundles"
	l = append(l, member{"linkedSegmentationLayer", object{{byBundle, list}}}, member{"filterBySegmentation", []string{byBundle}})
	return []object{l, v.listLayer(list)}
}

// skeletonLayer shows the objects of a skeleton, which are segments.
func (w *world) skeletonLayer(a Asset, v tractView, name string) object {
	l := object{
		{"name", name},
		{"type", "segmentation"},
		{"source", w.source(a)},
		{"segments", v.segments()},
		{"selectedAlpha", opacity(a, 1)},
		{"notSelectedAlpha", 0},
		{"skeletonRendering", object{
			{"shader", v.skeletonShader(tractTurn(a), a.Look.Colormap)},
			{"mode2d", "lines"},
			{"lineWidth2d", v.width()},
			{"mode3d", "lines"},
			{"lineWidth3d", v.width()},
		}},
	}
	if a.Look.Opacity != nil {
		l = append(l, member{"objectAlpha", *a.Look.Opacity})
	}
	if IsColor(v.color) {
		l = append(l, member{"segmentDefaultColor", v.color})
	}
	return v.colored(l)
}

// annotationLayer shows polylines. Without a bundle chosen in the list they are loaded as one zooms in, so many that
// there is about one for so many pixels each way.
func (w *world) annotationLayer(a Asset, v tractView, name string) object {
	spacing := spacingOf[v.look.Density]
	l := object{{"name", name}, {"type", "annotation"}, {"source", w.source(a)}}
	if IsColor(v.color) {
		l = append(l, member{"annotationColor", v.color})
	}
	return append(
		l,
		member{"shader", v.annotationShader(tractTurn(a), a.Look.Colormap, opacity(a, 1))},
		member{"projectionAnnotationSpacing", spacing},
		member{"crossSectionAnnotationSpacing", spacing},
	)
}

// listLayer is the list of bundles. It has nothing to draw: what is chosen in it is what the annotations show.
func (v *tractView) listLayer(name string) object {
	l := object{
		{"name", name},
		{"type", "segmentation"},
		{"source", v.address() + "list/" + propertiesFormat},
		{"segments", append([]string{}, v.bundles...)},
	}
	return v.colored(l)
}

// colored gives the bundles in a viewer's list their colors, if they are what the lines are colored by.
func (v *tractView) colored(l object) object {
	const most = 500
	listed := v.listed()
	if v.color != byBundle || len(listed) > most {
		return l
	}
	colors := object{}
	for _, o := range listed {
		if id, err := strconv.ParseUint(o.ID, 10, 64); err == nil {
			colors = append(colors, member{o.ID, bundleColor(id)})
		}
	}
	return append(l, member{"segmentColors", colors})
}

// bundleColor is a color unlike those of the next numbers: each hue is the golden ratio further around the circle. The
// numbers of no bundle are gray.
func bundleColor(id uint64) string {
	if id == 0 || id == 65535 {
		return "#999999"
	}
	out := "#"
	for _, shift := range []float64{0, 2, 1} {
		_, hue := math.Modf(float64(id)*0.618034 + shift/3)
		pure := min(max(math.Abs(hue*6-3)-1, 0), 1)
		out += fmt.Sprintf("%02x", int(math.Round(255*(0.2+0.8*pure))))
	}
	return out
}

// formerNames are what other layers call those of an asset: an imported one by the name that it had.
func formerNames(a Asset, layers []object) []string {
	out := make([]string, len(layers))
	for i, l := range layers {
		out[i] = fmt.Sprint(l[0].value)
	}
	if raw, err := members(a.Raw); err == nil && len(out) == 1 {
		if name, ok := textOf(raw.get("name")); ok {
			out[0] = name
		}
	}
	return out
}

// relink has layers that follow others by name follow them under their new names. Of several that had the same name, it is
// the nearest.
func relink(layers []object, before []string) {
	for i, l := range layers {
		nearest := func(name string) string {
			best := -1
			for j := range layers {
				if before[j] == name && j != i && (best < 0 || abs(j-i) <= abs(best-i)) {
					best = j
				}
			}
			if best < 0 {
				return name
			}
			return fmt.Sprint(layers[best][0].value)
		}
		if linked := linksOf(l.get("linkedSegmentationLayer")); len(linked) > 0 {
			for k := range linked {
				linked[k].value = nearest(fmt.Sprint(linked[k].value))
			}
			layers[i] = l.set("linkedSegmentationLayer", linked)
		}
	}
}

// linksOf reads which layers an annotation layer follows, by relationship.
func linksOf(v any) object {
	switch v := v.(type) {
	case object:
		return v
	case json.RawMessage:
		if name, ok := textOf(v); ok { // as it was once
			return object{{"segments", name}}
		}
		o, err := members(v)
		if err != nil {
			return nil
		}
		var out object
		for _, m := range o {
			if name, ok := textOf(m.value); ok {
				out = append(out, member{m.name, name})
			}
		}
		return out
	}
	return nil
}

func abs(n int) int { return max(n, -n) }

// rawTail is what follows the address of a tractogram in a source of an imported layer: of a skeleton, of annotations, or
// of the list of bundles, with their options.
var rawTail = regexp.MustCompile(`^.*/((?:skel|ann)/(?:[A-Za-z0-9_.,=-]+/)?|ann/(?:[A-Za-z0-9_.,=-]+/)?list/)$`)

// rawAddress is where an imported layer reads a tractogram: the same of it as before, if that was ours, and else what
// its type shows.
func (t *Tract) rawAddress(before, layerType string) string {
	tail := tractTail(before)
	switch {
	case tail != "":
		return t.URL + tail
	case layerType == annotationTract:
		return t.URL + "ann/"
	}
	return t.URL + "skel/"
}

// tractTail is what of a source follows the address of a tractogram, such as "skel/" or "ann/list/"; "" of any other source.
func tractTail(source string) string {
	if m := rawTail.FindStringSubmatch(strings.TrimSuffix(Resource(source), "/") + "/"); m != nil {
		return m[1]
	}
	return ""
}

// rawSegments keeps those of an imported layer that a skeleton has; without any they are those of the first picture.
func rawSegments(a Asset, raw any) any {
	var ids []json.RawMessage
	_ = json.Unmarshal(rawOf(raw), &ids) // without a list nothing would be shown
	var kept []string
	for _, id := range ids {
		text := strings.Trim(string(id), `"`)
		if slices.ContainsFunc(a.Tract.Objects, func(o TractObject) bool { return o.ID == strings.TrimPrefix(text, "!") }) {
			kept = append(kept, text)
		}
	}
	switch {
	case len(a.Tract.Objects) == 0, len(kept) > 0 && len(kept) == len(ids):
		return raw
	case len(kept) > 0:
		return kept
	}
	v := viewOf(Asset{Tract: a.Tract})
	return v.segments()
}
