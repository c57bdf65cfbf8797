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

// set returns o with another value for a member, which is the last if it is a new one.
func (o object) set(name string, value any) object {
	for i := range o {
		if o[i].name == name {
			o[i].value = value
			return o
		}
	}
	return append(o, member{name, value})
}

// get is the value of a member; nil when there is none.
func (o object) get(name string) any {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// members reads a JSON object. The values are [json.RawMessage]. The last value of a name counts, as in JavaScript; the
// place is that of the first.
func members(raw []byte) (object, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("something else where an object belongs")
	}
	var o object
	at := map[string]int{}
	for n := 0; dec.More(); n++ {
		if n == maxMembers {
			return nil, fmt.Errorf("an object of more than %d members where Neuroglancer has some tens", maxMembers)
		}
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		key, _ := name.(string)
		if i, ok := at[key]; ok {
			o[i].value = value
			continue
		}
		at[key] = len(o)
		o = append(o, member{key, value})
	}
	return o, nil
}

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
