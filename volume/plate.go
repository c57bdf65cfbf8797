package volume

import (
	"encoding/json"
	"fmt"
)

// maxFields is how many fields of a plate are listed.
const maxFields = 2000

// A PlateError says that a zarr group is an HCS plate, or a well of one (NGFF 0.4 §3.7 and §3.8): many images, which
// Neuroglancer does not open as one. It wraps [ErrInvalid].
type PlateError struct {
	Rows, Columns []string // names; nil for a well
	// Fields are images of their own, at most 2000, relative to what was read: of a plate "A/1/0", the first of each
	// well, since only the wells' own metadata list the others; of a well all its images.
	Fields []string
	// PerWell is the largest number of fields in a well, as the plate has it; 0 when it does not say, and for a well.
	PerWell int64
}

func (e *PlateError) Error() string {
	what := "this is a well of a plate (HCS)"
	if e.Rows != nil || e.Columns != nil {
		what = fmt.Sprintf("this is a plate of many images (HCS, %d × %d wells)", len(e.Rows), len(e.Columns))
	}
	example := "ROW/COLUMN/FIELD"
	if len(e.Fields) > 0 {
		example = e.Fields[0]
	}
	return fmt.Sprintf("%s: %s; Neuroglancer opens one image at a time: open one of its fields, such as %.80s/", ErrInvalid, what, example)
}

// Unwrap returns [ErrInvalid].
func (e *PlateError) Unwrap() error { return ErrInvalid }

// readPlate reads the member "plate". What is damaged in it is left out.
func readPlate(raw json.RawMessage) error {
	e := &PlateError{Rows: []string{}, Columns: []string{}}
	o, err := members(raw, "rows", "columns", "wells", "field_count")
	if err != nil {
		return e
	}
	e.Rows = append(e.Rows, identifiers(o, "rows", "name")...)
	e.Columns = append(e.Columns, identifiers(o, "columns", "name")...)
	if n, err := whole(o["field_count"]); err == nil && n > 0 {
		e.PerWell = n
	}
	wells, _, _ := elements(o["wells"], maxFields)
	for _, raw := range wells {
		if w, err := members(raw, "path"); err == nil && checkPath(w.text("path")) == nil {
			e.Fields = append(e.Fields, w.text("path")+"/0")
		}
	}
	return e
}

// readWell reads the member "well".
func readWell(raw json.RawMessage) error {
	e := &PlateError{}
	o, err := members(raw, "images")
	if err != nil {
		return e
	}
	images, _, _ := elements(o["images"], maxFields)
	for _, raw := range images {
		if i, err := members(raw, "path"); err == nil && checkPath(i.text("path")) == nil {
			e.Fields = append(e.Fields, i.text("path"))
		}
	}
	return e
}
