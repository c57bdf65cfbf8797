package handlers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"ngportal/ngstate"
)

// rewrite has a layer, in compact JSON, read what is ours by our own addresses, whatever it was read by. All else stays as it
// is, down to the order of members: Neuroglancer takes that of the dimensions from it.
func rewrite(raw json.RawMessage, known map[string]string) (json.RawMessage, error) {
	if len(known) == 0 {
		return raw, nil
	}
	return rewriteMember(raw, "source", known)
}

// rewriteMember rewrites one member of an object.
func rewriteMember(object json.RawMessage, name string, known map[string]string) (json.RawMessage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		return nil, fmt.Errorf("%w: it is no layer", ngstate.ErrInvalid)
	}
	old := members[name]
	if len(old) == 0 {
		return object, nil
	}
	text, err := rewriteSource(old, known)
	if err != nil {
		return nil, err
	}
	before := []byte(`"` + name + `":`)
	return bytes.Replace(object, slices.Concat(before, old), slices.Concat(before, text), 1), nil
}

// rewriteSource rewrites a source: an address, an object with one, or a list of these.
func rewriteSource(raw json.RawMessage, known map[string]string) (json.RawMessage, error) {
	var one string
	var list []json.RawMessage
	switch {
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
	return rewriteMember(raw, "url", known)
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
