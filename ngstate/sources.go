package ngstate

import "encoding/json"

// Sources returns the addresses that each layer of a state reads, in order, as they are written: those of its source,
// and of the members mesh and skeletons that old states have. A layer without any has none; of a text that is no state
// there is nothing.
func Sources(state []byte) [][]string {
	var parsed struct {
		Layers []struct {
			Source    json.RawMessage `json:"source"`
			Mesh      json.RawMessage `json:"mesh"`
			Skeletons json.RawMessage `json:"skeletons"`
		} `json:"layers"`
	}
	if json.Unmarshal(state, &parsed) != nil {
		return nil
	}
	out := make([][]string, len(parsed.Layers))
	for i, l := range parsed.Layers {
		for _, raw := range []json.RawMessage{l.Source, l.Mesh, l.Skeletons} {
			out[i] = append(out[i], addresses(raw)...)
		}
	}
	return out
}

// addresses reads a source as Neuroglancer writes it: an address, an object with one, or a list of these.
func addresses(raw json.RawMessage) []string {
	var one string
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	var object struct {
		URL json.RawMessage `json:"url"`
	}
	if json.Unmarshal(raw, &object) == nil && len(object.URL) > 0 {
		return addresses(object.URL)
	}
	var list []json.RawMessage
	var out []string
	if json.Unmarshal(raw, &list) == nil {
		for _, r := range list {
			out = append(out, addresses(r)...)
		}
	}
	return out
}
