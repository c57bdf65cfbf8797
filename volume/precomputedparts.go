package volume

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxSegments is how many labels are kept of those that metadata name.
const maxSegments = 1 << 16

// readParts says what an info file names beside voxels, or what it holds when there are none.
func (img *Image) readParts(o object) {
	for member, part := range map[string]string{"mesh": "mesh", "skeletons": "skeletons", "segment_properties": "segment properties"} {
		if o.text(member) != "" {
			img.Parts = append(img.Parts, part)
		}
	}
	slices.Sort(img.Parts)
	switch img.Kind {
	case "skeletons":
		img.part("vertex attributes", identifiers(o, "vertex_attributes", "id"))
	case "mesh":
		if o.text("@type") == "neuroglancer_multilod_draco" {
			img.Parts = append(img.Parts, "several levels of detail")
		}
	case "annotations":
		img.part("annotations", []string{strings.ToLower(o.text("annotation_type"))})
		img.part("properties", identifiers(o, "properties", "id"))
		img.part("relationships", identifiers(o, "relationships", "id"))
	case "segment properties":
		img.readSegmentProperties(o)
	}
}

// part adds words such as "properties: a, b".
func (img *Image) part(what string, names []string) {
	const shown = 20
	if len(names) == 0 || names[0] == "" {
		return
	}
	text := strings.Join(names[:min(len(names), shown)], ", ")
	if len(names) > shown {
		text += " …"
	}
	img.Parts = append(img.Parts, what+": "+text)
}

// identifiers lists one member of each object of a list; it is empty when there is no such list.
func identifiers(o object, list, name string) []string {
	const most, longest = 256, 80
	items, _, err := elements(o[list], most)
	if err != nil {
		return nil
	}
	var out []string
	for _, item := range items {
		if inner, err := members(item, name); err == nil && inner.text(name) != "" {
			out = append(out, fmt.Sprintf("%.*s", longest, inner.text(name)))
		}
	}
	return out
}

// readSegmentProperties takes ids and labels from "inline" (neuroglancer, src/datasource/precomputed/segment_properties.md).
func (img *Image) readSegmentProperties(o object) {
	inline, err := members(o["inline"], "ids", "properties")
	if err != nil {
		return
	}
	ids, _, err := elements(inline["ids"], maxSegments)
	if err != nil {
		return
	}
	img.part("properties", identifiers(inline, "properties", "id"))
	labels := labelsOf(inline)
	for i, raw := range ids {
		text, _ := str(raw)
		id, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			continue
		}
		s := Segment{ID: id}
		if i < len(labels) {
			s.Name = labels[i]
		}
		img.Segments = append(img.Segments, s)
	}
	img.Parts = append(img.Parts, fmt.Sprintf("%d segments", len(img.Segments)))
}

// labelsOf returns the values of the property of type "label", or nil.
func labelsOf(inline object) []string {
	const most, longest = 256, 256
	properties, _, err := elements(inline["properties"], most)
	if err != nil {
		return nil
	}
	for _, raw := range properties {
		p, err := members(raw, "type", "values")
		if err != nil || p.text("type") != "label" {
			continue
		}
		values, _, err := elements(p["values"], maxSegments)
		if err != nil {
			return nil
		}
		labels := make([]string, len(values))
		for i, v := range values {
			text, _ := str(v)
			labels[i] = fmt.Sprintf("%.*s", longest, text)
		}
		return labels
	}
	return nil
}
