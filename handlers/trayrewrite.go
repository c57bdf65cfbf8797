package handlers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"ngportal/ngstate"
)

// A field is one member of an object, in its place: Neuroglancer takes the order of the dimensions from it.
type field struct {
	name  string
	value json.RawMessage
}

// fieldsOf takes an object apart.
func fieldsOf(object json.RawMessage) ([]field, error) {
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("%w: it is no layer", ngstate.ErrInvalid)
	}
	var out []field
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("%w: it is no layer", ngstate.ErrInvalid)
		}
		var f field
		f.name, _ = name.(string)
		if err = d.Decode(&f.value); err != nil {
			return nil, fmt.Errorf("%w: it is no layer", ngstate.ErrInvalid)
		}
		out = append(out, f)
	}
	return out, nil
}

// objectOf puts an object together again.
func objectOf(fields []field) (json.RawMessage, error) {
	out := json.RawMessage("{")
	for i, f := range fields {
		name, err := literal(f.name)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = slices.Concat(out, name, json.RawMessage(":"), f.value)
	}
	return append(out, '}'), nil
}

// rewrite has a layer read what is ours by our own addresses, whatever it was read by. All else stays as it is.
func rewrite(raw json.RawMessage, known map[string]string) (json.RawMessage, error) {
	return rewriteFields(raw, known, "source", "mesh", "skeletons")
}

func rewriteFields(object json.RawMessage, known map[string]string, names ...string) (json.RawMessage, error) {
	if len(known) == 0 {
		return object, nil
	}
	fields, err := fieldsOf(object)
	if err != nil {
		return nil, err
	}
	for i, f := range fields {
		if !slices.Contains(names, f.name) {
			continue
		}
		if fields[i].value, err = rewriteSource(f.value, known); err != nil {
			return nil, err
		}
	}
	return objectOf(fields)
}

// unhidden is a layer without what hides it.
func unhidden(raw json.RawMessage) (json.RawMessage, error) {
	fields, err := fieldsOf(raw)
	if err != nil {
		return nil, err
	}
	return objectOf(slices.DeleteFunc(fields, func(f field) bool { return f.name == "visible" || f.name == "archived" }))
}

// rewriteSource rewrites a source: an address, an object with one, or a list of these.
func rewriteSource(raw json.RawMessage, known map[string]string) (json.RawMessage, error) {
	var one string
	var list []json.RawMessage
	switch {
	case string(raw) == "null":
		return raw, nil
	case json.Unmarshal(raw, &one) == nil:
		if to, ok := known[ngstate.Resource(one)]; ok {
			return literal(readdressed(one, to))
		}
		return raw, nil
	case json.Unmarshal(raw, &list) == nil:
		for i := range list {
			var err error
			if list[i], err = rewriteSource(list[i], known); err != nil {
				return nil, err
			}
		}
		return append(append([]byte("["), bytes.Join(asBytes(list), []byte(","))...), ']'), nil
	}
	return rewriteFields(raw, known, "url")
}

func asBytes(list []json.RawMessage) [][]byte {
	out := make([][]byte, len(list))
	for i, l := range list {
		out[i] = l
	}
	return out
}

// literal is text as JSON has it, with < and & as they are.
func literal(text string) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(text)
	return bytes.TrimSpace(b.Bytes()), err
}

// readdressed puts another address into a source; the formats before and after it stay.
func readdressed(source, to string) string {
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
