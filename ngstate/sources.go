package ngstate

import "encoding/json"

// Sources returns the source addresses of each layer of a state, in order: the first stage of each pipeline, as it
// is written. A layer without any has none; of a text that is no state there is nothing.
func Sources(state []byte) [][]string {
	var parsed struct {
		Layers []struct {
			Source json.RawMessage `json:"source"`
		} `json:"layers"`
	}
	if json.Unmarshal(state, &parsed) != nil {
		return nil
	}
	out := make([][]string, len(parsed.Layers))
	for i, l := range parsed.Layers {
		out[i] = addresses(l.Source)
	}
	return out
}

// addresses reads a source as Neuroglancer writes it: an address, an object with one, or a list of these.
func addresses(raw json.RawMessage) []string {
	var one string
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
