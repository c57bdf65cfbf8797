package annotation

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"ngportal/tract"
)

// RelationshipName is the name of the relationship of annotations with bundles, and the key of its index; it is there only
// if the file knows bundles. ByIDName is the key of the index by id; that of the cells of level n is [SpatialName].
const (
	RelationshipName = "bundle"
	ByIDName         = "by_id"
)

// SpatialName is the key of a level's cells.
func SpatialName(level int) string { return fmt.Sprint("spatial", level) }

// NotCounted is the property "streamline" where it was not known when level 0 was made.
const NotCounted = math.MaxUint32

// mostColumns bounds the means in each annotation, as every segment on the graphics card has all of them.
const mostColumns = 8

// A column is one number of the scalars' or the properties' rows, of which annotations have a mean.
type column struct {
	ID          string
	Description string
	Scalar      bool
	At          int // in the row
}

// columnsOf chooses the numbers of h that annotations get.
func columnsOf(h tract.Header) []column {
	var all []column
	taken := map[string]bool{"length": true, "streamline": true, "bundle": true}
	add := func(columns []tract.Column, leave int, scalar bool, prefix, what string) {
		at := 0
		for i, c := range columns {
			for k := range max(c.Components, 0) {
				name := strings.TrimSpace(c.Name)
				if c.Components > 1 {
					name = fmt.Sprintf("%s %d", name, k)
				}
				if i != leave && len(all) < mostColumns {
					all = append(all, column{ID: identifier(prefix+name, taken), Description: what + name, Scalar: scalar, At: at + k})
				}
			}
			at += max(c.Components, 0)
		}
	}
	add(h.Scalars, -1, true, "mean_", "Mean along the streamline of ")
	add(h.Properties, h.BundleProperty, false, "p_", "Property of the streamline: ")
	return all
}

// identifier makes name one that GLSL takes behind "prop_", and that is not taken yet. Two underscores in a row are
// reserved there.
func identifier(name string, taken map[string]bool) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case b.Len() >= 40:
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	id := strings.Trim(b.String(), "_")
	for n, base := 2, id; taken[id]; n++ {
		id = fmt.Sprintf("%s_%d", base, n)
	}
	taken[id] = true
	return id
}

// width is how many bytes the properties of an annotation take: length, streamline and the columns of four bytes each, then
// the bundle of two, padded to a multiple of four.
func (l *Layout) width() int { return 4 + 4 + 4*len(l.columns) + 4 }

// info encodes the info file as the precomputed annotation format has it (neuroglancer, datasource/precomputed/annotations.md).
// Coordinates are RAS mm, which the dimensions say.
func (l *Layout) info(levels []Level) []byte {
	type object = map[string]any
	properties := []object{
		{"id": "length", "type": "float32", "description": "Length of the whole streamline in mm"},
		{"id": "streamline", "type": "uint32", "description": fmt.Sprintf("Number of the streamline in the file, from 0; %d where it was not counted", uint32(NotCounted))},
	}
	for _, c := range l.columns {
		properties = append(properties, object{"id": c.ID, "type": "float32", "description": c.Description})
	}
	properties = append(properties, object{"id": "bundle", "type": "uint16", "description": "Bundle of the streamline; 0 for none"})
	relationships := []object{}
	if l.bundled {
		relationships = append(relationships, object{"id": RelationshipName, "key": RelationshipName})
	}
	spatial := make([]object, len(levels))
	for i, v := range levels {
		spatial[i] = object{"key": SpatialName(i), "grid_shape": v.Grid, "chunk_size": v.Cell, "limit": max(v.Limit, 1)}
	}
	mm := [2]any{1e-3, "m"}
	high := [3]float64{}
	for k := range high {
		high[k] = l.low[k] + l.size[k]
	}
	return encode(object{
		"@type":           "neuroglancer_annotations_v1",
		"dimensions":      json.RawMessage(fmt.Sprintf(`{"x":%[1]s,"y":%[1]s,"z":%[1]s}`, encode(mm))), // in this order
		"lower_bound":     l.low,
		"upper_bound":     high,
		"annotation_type": "polyline",
		"properties":      properties,
		"relationships":   relationships,
		"by_id":           object{"key": ByIDName},
		"spatial":         spatial,
	})
}

// encode writes JSON of values that cannot fail to encode.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("annotation: " + err.Error()) // a type above is wrong
	}
	return b
}
