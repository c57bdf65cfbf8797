package skeleton

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
)

// Info returns the info file of a source with these attributes after the orientation, as Neuroglancer's description of
// the format has it (src/datasource/precomputed/skeletons.md). Positions are in millimeters; the transform takes
// them to nanometers. Attributes are float32: the viewer (2.41.2) draws no other type.
func Info(attributes []string) []byte {
	type attribute struct {
		ID         string `json:"id"`
		DataType   string `json:"data_type"`
		Components int    `json:"num_components"`
	}
	const nm = 1e6 // in a mm
	all := []attribute{{ID: "orientation", DataType: "float32", Components: 3}}
	for _, a := range attributes {
		all = append(all, attribute{ID: a, DataType: "float32", Components: 1})
	}
	return encode(struct {
		Type       string      `json:"@type"`
		Transform  [12]float64 `json:"transform"`
		Attributes []attribute `json:"vertex_attributes"`
		Properties string      `json:"segment_properties"`
	}{"neuroglancer_skeletons", [12]float64{nm, 0, 0, 0, 0, nm, 0, 0, 0, 0, nm, 0}, all, "prop"})
}

// property is one of the segment properties, with a value for each object.
type property struct {
	ID          string   `json:"id"`
	Type        string   `json:"type"`
	Description string   `json:"description,omitempty"`
	DataType    string   `json:"data_type,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	Values      []any    `json:"values"`
}

// Properties returns the segment properties of the objects, as the viewer's parser wants them: numbers as strings,
// tags as indices, and no number of 64 bits.
func (s *Set) Properties() []byte {
	label := property{ID: "label", Type: "label", Values: []any{}}
	tags := property{ID: "tags", Type: "tags", Tags: s.tags(), Values: []any{}}
	streamlines := property{ID: "streamlines", Type: "number", DataType: "uint32", Values: []any{}}
	vertices := property{ID: "vertices", Type: "number", DataType: "uint32", Values: []any{}}
	mean := property{ID: "mean_length", Type: "number", DataType: "float32", Description: "mm; 0 if not known", Values: []any{}}
	ids := make([]string, 0, len(s.Objects))
	for _, o := range s.Objects {
		ids = append(ids, strconv.FormatUint(o.ID, 10))
		label.Values = append(label.Values, o.Label)
		own := []int{}
		for i, t := range tags.Tags {
			if slices.Contains(o.Tags, t) {
				own = append(own, i)
			}
		}
		tags.Values = append(tags.Values, own)
		streamlines.Values = append(streamlines.Values, min(o.Streamlines, math.MaxUint32))
		vertices.Values = append(vertices.Values, min(o.Vertices, math.MaxUint32))
		mean.Values = append(mean.Values, float32(min(o.MeanLength, math.MaxFloat32)))
	}
	all := []property{label, streamlines, vertices, mean}
	if len(tags.Tags) > 0 {
		all = append(all, tags)
	}
	return encode(map[string]any{
		"@type":  "neuroglancer_segment_properties",
		"inline": map[string]any{"ids": ids, "properties": all},
	})
}

// tags are all that objects have, sorted.
func (s *Set) tags() []string {
	var all []string
	for _, o := range s.Objects {
		all = append(all, o.Tags...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// encode writes JSON of values that cannot fail to encode.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("skeleton: " + err.Error()) // a type above is wrong
	}
	return b
}
