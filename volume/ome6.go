package volume

import (
	"encoding/json"
	"math"
)

// systemAxes finds the axes of NGFF 0.6 metadata (RFC-5): those of the coordinate system that the transformations of
// the finest level lead to, or else of the first.
func systemAxes(entry object) json.RawMessage {
	const most = 16
	systems, _, err := elements(entry["coordinateSystems"], most)
	if err != nil {
		return nil
	}
	output := levelOutput(entry)
	var axes json.RawMessage
	for _, raw := range systems {
		s, err := members(raw, "name", "axes")
		if err == nil && (axes == nil || s.text("name") == output) {
			axes = s["axes"]
		}
	}
	return axes
}

// levelOutput is the name of the coordinate system that the first level lies in, or "".
func levelOutput(entry object) string {
	raw := entry["datasets"]
	for _, name := range []string{"coordinateTransformations", "output"} {
		list, _, err := elements(raw, 1)
		if err != nil || len(list) == 0 {
			return ""
		}
		o, err := members(list[0], name)
		if err != nil {
			return ""
		}
		raw = o[name]
	}
	if o, err := members(raw, "name"); err == nil { // an object since 0.6.dev3, a name before
		return o.text("name")
	}
	name, _ := str(raw)
	return name
}

// applySystem applies the transformations that came with 0.6: a sequence of others, and affine ones.
func (p *pyramid) applySystem(kind string, t object, scale, translation []float64) error {
	switch kind {
	case "sequence":
		const most = 16
		list, more, err := elements(t["transformations"], most)
		if err != nil || more {
			return invalid("\"transformations\" is no list of at most %d", most)
		}
		for _, raw := range list {
			if o, err := members(raw, "type"); err == nil && o.text("type") == "sequence" {
				return invalid("a sequence of transformations holds a sequence")
			}
			if err := p.apply(raw, scale, translation); err != nil {
				return err
			}
		}
		return nil
	case "affine":
		return p.applyAffine(t["affine"], scale, translation)
	}
	return invalid("the transformation %.40q is not one of scale, translation, identity, affine and sequence", kind)
}

// applyAffine takes sizes and offsets from a matrix, and warns when there is more in it.
func (p *pyramid) applyAffine(raw json.RawMessage, scale, translation []float64) error {
	rank := len(scale)
	rows, more, err := elements(raw, rank)
	if err != nil || more || len(rows) != rank {
		return invalid("the affine has not %d rows", rank)
	}
	sizes, offsets := make([]float64, rank), make([]float64, rank)
	for i, row := range rows {
		values, err := numbers(row, rank+1)
		if err != nil {
			return err
		}
		for j, v := range values[:rank] {
			sizes[j] = math.Hypot(sizes[j], v)
			if (i != j && v != 0) || (i == j && v < 0) {
				p.img.warn(RuleVersion, "The levels are turned or mirrored by an affine transformation, of which only sizes and offsets are taken here.")
			}
			offsets[i] += v * translation[j]
		}
		offsets[i] += values[rank]
	}
	for i, s := range sizes {
		if s == 0 {
			return invalid("the affine is singular")
		}
		scale[i] *= s
		translation[i] = offsets[i]
	}
	return nil
}
