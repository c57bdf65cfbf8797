package ngstate

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// A member is one name and value of an [object].
type member struct {
	name  string
	value any
}

// An object is a JSON object whose members keep their order: Neuroglancer takes the order of the
// dimensions from it. Members whose value is nil are left out.
type object []member

// MarshalJSON writes o in its order. HTML characters are not escaped; nobody puts a state into HTML.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	first := true
	for _, m := range o {
		if m.value == nil {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		for i, v := range []any{m.name, m.value} {
			if i == 1 {
				b.WriteByte(':')
			}
			if err := encode(&b, v); err != nil {
				return nil, fmt.Errorf("%s: %w", m.name, err)
			}
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// encode writes v without a line end and without escaping <, > and &.
func encode(b *bytes.Buffer, v any) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1)
	return nil
}
