package ngstate

import (
	"encoding/json"
	"errors"
)

// An Imported is a scene that was made elsewhere.
type Imported struct {
	Remote   string // the link leads to a stored state at this address, which must be fetched and given to Import; then all else is empty
	Title    string
	Layers   []ImportedLayer
	View     View
	Warnings []string // sentences: what was left out
}

// An ImportedLayer is one layer of a state.
type ImportedLayer struct {
	Name    string
	Type    string          // Neuroglancer's
	Sources []string        // addresses, without format and adapters: "https://…/x.zarr/", "s3://bucket/key", "dandi://linc/…"
	Raw     json.RawMessage // the layer as it was, with hostile or unknown members left out
}

// Import reads a Neuroglancer link, the part of one after "#!", or a state as JSON: ours, LINC's, ngtools', CAVE's.
// The error wraps [ErrInvalid].
func Import(text string) (Imported, error) { return Imported{}, errors.ErrUnsupported }

// Resource cuts a source string down to the address of the data: "zarr://s3://b/k" and "s3://b/k|zarr2:" become "s3://b/k".
func Resource(source string) string { return "" }
