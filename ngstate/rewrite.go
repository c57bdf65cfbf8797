package ngstate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Readdress has an imported layer read by other addresses: known has them by [Resource]. All else stays as it is, down
// to the order of members. The error wraps [ErrInvalid].
func Readdress(layer json.RawMessage, known map[string]string) (json.RawMessage, error) {
	return readdress(layer, known, "source", "mesh", "skeletons")
}

// Unhide is an imported layer without what hides it. The error wraps [ErrInvalid].
func Unhide(layer json.RawMessage) (json.RawMessage, error) {
	o, err := members(layer)
	if err != nil {
		return nil, fmt.Errorf("%w: it is no layer: %w", ErrInvalid, err)
	}
	return slices.DeleteFunc(o, func(m member) bool { return m.name == "visible" || m.name == "archived" }).MarshalJSON()
}

// readdress changes the addresses in the members of an object that are called so.
func readdress(raw json.RawMessage, known map[string]string, names ...string) (json.RawMessage, error) {
	o, err := members(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: it is no layer: %w", ErrInvalid, err)
	}
	for i, m := range o {
		if !slices.Contains(names, m.name) {
			continue
		}
		if o[i].value, err = readdressSource(rawOf(m.value), known); err != nil {
			return nil, err
		}
	}
	return o.MarshalJSON()
}

// readdressSource changes a source: an address, an object with one, or a list of these.
func readdressSource(raw json.RawMessage, known map[string]string) (json.RawMessage, error) {
	switch first(raw) {
	case '"':
		text, _ := textOf(raw)
		if to, ok := known[Resource(text)]; ok {
			var b bytes.Buffer
			err := encode(&b, withAddress(text, to))
			return b.Bytes(), err
		}
	case '[':
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, fmt.Errorf("%w: its source is no list: %w", ErrInvalid, err)
		}
		var b bytes.Buffer
		for i, one := range list {
			changed, err := readdressSource(one, known)
			if err != nil {
				return nil, err
			}
			b.WriteByte("[,"[min(i, 1)])
			b.Write(changed)
		}
		if len(list) > 0 {
			b.WriteByte(']')
			return b.Bytes(), nil
		}
	case '{':
		return readdress(raw, known, "url")
	}
	return raw, nil
}

// withAddress puts another address into a source; the formats before and after it stay.
func withAddress(source, to string) string {
	address, formats, piped := strings.Cut(source, "|")
	before := ""
	if at := strings.LastIndex(address, "://"); at >= 0 {
		if at = strings.LastIndex(address[:at], "://"); at >= 0 {
			before = address[:at+len("://")]
		}
	}
	if piped {
		formats = "|" + formats
	}
	return before + to + formats
}
