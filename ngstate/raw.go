package ngstate

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// rawLayer is a layer that was imported, with its own name, transform and shader. What it reads of ours is read by our
// address; what it reads elsewhere stays.
//
// A source that brings no transform is placed as ours are, with [Asset.Moved]; one that does has been placed already.
func (w *world) rawLayer(a Asset) object {
	l, err := members(a.Raw)
	if err != nil {
		return object{{"name", a.Name}, {"type", "new"}} // refusal has seen to it that this does not happen
	}
	named := object{{"name", a.Name}}
	for _, m := range l {
		if m.name != "name" {
			named = append(named, m)
		}
	}
	if a.Look.Opacity != nil {
		named = named.set("opacity", *a.Look.Opacity)
	}
	if a.Volume == nil && a.Tract == nil {
		return named
	}
	source, _ := named.get("source").(json.RawMessage)
	if a.Tract != nil {
		return w.rawTract(a, named, source)
	}
	return named.set("source", w.rawSource(a, Pipeline(a), source))
}

// rawTract has an imported layer read a tractogram of ours. The list of bundles has no place that could be moved.
func (w *world) rawTract(a Asset, l object, source json.RawMessage) object {
	layerType, _ := textOf(l.get("type"))
	at := a.Tract.rawAddress(slices.Concat(addresses(source), []string{""})[0], layerType)
	switch {
	case strings.HasSuffix(at, "/list/"):
		return l.set("source", at+propertiesFormat)
	case strings.HasPrefix(at, a.Tract.URL+"skel/") && layerType == "segmentation":
		l = l.set("segments", rawSegments(a, l.get("segments")))
	}
	return l.set("source", w.rawSource(a, at+propertiesFormat, source))
}

// rawSource puts a pipeline of ours in the place of the first address of a source.
func (w *world) rawSource(a Asset, pipeline string, raw json.RawMessage) any {
	switch first(raw) {
	case '[':
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil || len(list) == 0 {
			break
		}
		out := []any{w.rawSource(a, pipeline, list[0])}
		for _, s := range list[1:] {
			out = append(out, s)
		}
		return out
	case '{':
		o, err := members(raw)
		if err != nil {
			break
		}
		o = o.set("url", pipeline)
		if t := w.transformOf(a); o.get("transform") == nil && t != nil {
			o = o.set("transform", t)
		}
		return o
	}
	return w.sourceAt(a, pipeline)
}

// first is the first byte of a JSON value.
func first(raw json.RawMessage) byte {
	if raw = bytes.TrimSpace(raw); len(raw) > 0 {
		return raw[0]
	}
	return 0
}
