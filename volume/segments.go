package volume

import "errors"

// A Segment is one label of a segmentation: its number in the voxels, a name, and perhaps a color.
type Segment struct {
	ID    uint64
	Name  string
	Color string // "#rrggbb", lower case; "" when the table has none
}

// ReadSegments reads a table of labels: BIDS _dseg.tsv (BIDS 1.10 "Segmentations": columns index, name and perhaps
// abbreviation, color, mapping), or a FreeSurfer color lookup table (mri_annotation's "No. Label Name: R G B A"). Which
// of them it is the text tells. Rows that make no sense are passed over and counted.
//
// The error wraps [ErrInvalid] when there is no row that makes sense.
func ReadSegments(text []byte) (segments []Segment, skipped int, err error) {
	return nil, 0, errors.ErrUnsupported
}
