package volume

import (
	"encoding/json"
	"fmt"
	"slices"
)

// readImageLabel takes names and colors of labels from "image-label" (NGFF 0.4 §3.6). It is decoration: what is wrong in
// it is passed over. A label has the name that its properties give as "name", "label" or "class".
func (img *Image) readImageLabel(raw json.RawMessage) {
	if raw == nil {
		return
	}
	o, err := members(raw, "colors", "properties")
	if err != nil {
		return
	}
	found := map[uint64]Segment{}
	colors, _, _ := elements(o["colors"], maxSegments)
	for _, raw := range colors {
		if id, c, ok := labelEntry(raw, "rgba"); ok {
			found[id] = Segment{ID: id, Color: rgba(c["rgba"])}
		}
	}
	properties, _, _ := elements(o["properties"], maxSegments)
	for _, raw := range properties {
		id, p, ok := labelEntry(raw, "name", "label", "class")
		if !ok {
			continue
		}
		const longest = 256
		s := found[id]
		s.ID = id
		for _, key := range []string{"class", "label", "name"} {
			if text := p.text(key); text != "" {
				s.Name = fmt.Sprintf("%.*s", longest, text)
			}
		}
		found[id] = s
	}
	for _, s := range found {
		img.Segments = append(img.Segments, s)
	}
	slices.SortFunc(img.Segments, func(a, b Segment) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
}

// labelEntry reads an element of "colors" or "properties": the number of a label and the wanted members.
func labelEntry(raw json.RawMessage, want ...string) (uint64, object, bool) {
	o, err := members(raw, append(want, "label-value")...)
	if err != nil {
		return 0, nil, false
	}
	id, err := whole(o["label-value"])
	return uint64(id), o, err == nil && id >= 0
}

// rgba reads four numbers from 0 to 255, of which the last, opacity, is dropped; "" if they are something else.
func rgba(raw json.RawMessage) string {
	values, err := numbers(raw, 4)
	if err != nil {
		return ""
	}
	text := "#"
	for _, v := range values[:3] {
		if v < 0 || v > 255 {
			return ""
		}
		text += fmt.Sprintf("%02x", int(v))
	}
	return text
}
