package ngstate

import (
	"net/url"
	"strings"

	"ngportal/access"
	"ngportal/volume"
)

// propertiesFormat reads everything of Neuroglancer's own: volumes, meshes, skeletons, annotations and names.
const propertiesFormat = "|neuroglancer-precomputed:"

// Pipeline is what Neuroglancer takes as the source of a: where the bytes are, then how to read them.
// It names the format, so that the viewer need not probe for it.
func Pipeline(a Asset) string {
	if a.Tract != nil {
		v := viewOf(a)
		return v.address() + propertiesFormat
	}
	at := a.URL
	if a.Volume == nil {
		return at
	}
	if level, alone := repairLevel(a.Volume); alone {
		return at + access.EscapeKey(a.Volume.Levels[level].Path) + "/|" + string(a.Volume.Format) + ":"
	}
	if a.Volume.Sub != "" {
		at += a.Volume.Sub + "/"
	}
	switch a.Volume.Format {
	case volume.NIfTI:
		if strings.HasSuffix(strings.ToLower(at), ".gz") {
			return at + "|gzip:|nifti:"
		}
		return at + "|nifti:"
	case volume.Precomputed:
		return at + propertiesFormat
	default:
		return at + "|" + string(a.Volume.Format) + ":"
	}
}

// source is a layer's source, with a transform where the viewer would place the data wrongly by itself, and with the
// names of its segments where there are any.
func (w *world) source(a Asset) any { return w.sourceAt(a, Pipeline(a)) }

// sourceAt is the same, read by a given pipeline.
func (w *world) sourceAt(a Asset, pipeline string) any {
	var out any = pipeline
	if t := w.transformOf(a); t != nil {
		out = object{{"url", out}, {"transform", t}}
	}
	if a.NamesURL != "" && a.Volume != nil && IsSegmentation(a) {
		out = []any{out, a.NamesURL + propertiesFormat}
	}
	return out
}

func (w *world) transformOf(a Asset) object {
	if a.Tract != nil {
		return modelTransform(a)
	}
	return w.transform(a)
}

// maxFragment is the longest state, escaped, that goes into an address itself; chat and mail programs cut longer ones.
const maxFragment = 30_000

// Fragment returns what follows "#" in the viewer's address so that it shows state: the state
// itself while that is short, else the address it can be fetched from.
//
// The state is escaped as a whole, so that nothing in it can be taken for an address to fetch.
func Fragment(state []byte, address string) string {
	if escaped := "!" + url.PathEscape(string(state)); len(escaped) <= maxFragment {
		return escaped
	}
	return "!" + address
}
