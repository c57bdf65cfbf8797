package s3index

import (
	"context"
	"errors"

	"ngportal/access"
	"ngportal/volume"
	"ngportal/xfm"
)

// Overview reads the asset a small, for a picture: see [volume.Overview]. The block is remembered for this version of
// the asset, is shared, and must not be changed.
func (l *Library) Overview(ctx context.Context, who access.Rights, a Asset, most int64) (*volume.Block, error) {
	return nil, errors.ErrUnsupported
}

// A Thumbnail is a small picture of an asset, PNG.
type Thumbnail struct {
	PNG     []byte
	Version string // changes when the asset does
}

// Thumbnail draws the asset at ref small: its middle axial section, contrasted as it would open. It is remembered for
// this version. The error is that of [Library.Describe], or wraps [volume.ErrInvalid] where there is nothing to draw.
func (l *Library) Thumbnail(ctx context.Context, who access.Rights, ref access.Ref) (Thumbnail, error) {
	return Thumbnail{}, errors.ErrUnsupported
}

// A TextFile is a small text that belongs to an asset.
type TextFile struct {
	Name string // relative to the asset's folder, or to the asset where it lies in it
	Ref  access.Ref
	Text string // cut at 64 kB
	Cut  bool
}

// A TransformFile is a registration that lies near an asset.
type TransformFile struct {
	Ref      access.Ref
	Name     string
	Names    xfm.Names // what its name says
	Matching bool      // one of its spaces is the asset's own, by name
}

// Related is what belongs to an asset, found by name.
type Related struct {
	Sidecars   []TextFile      // JSON and TSV with the asset's BIDS entities
	Metadata   []TextFile      // the asset's own metadata files, raw
	Labels     []access.Ref    // label images of it: inside it (labels/) and beside it (_dseg)
	Images     []access.Ref    // of a label image: the image it labels
	Tracts     []access.Ref    // tractograms of the same subject and space
	Transforms []TransformFile // those that match first
}

// Related finds what belongs to the asset a: it lists its folder, the folders xfm/ and xfms/ beside its parents inside
// the location, and reads small texts. What cannot be read is left out.
func (l *Library) Related(ctx context.Context, who access.Rights, a Asset) (Related, error) {
	return Related{}, nil
}

// Transform reads the transform at ref. The error wraps [xfm.ErrInvalid] or is that of [Library.Folder].
func (l *Library) Transform(ctx context.Context, who access.Rights, ref access.Ref) (xfm.Transform, error) {
	return xfm.Transform{}, errors.ErrUnsupported
}

// Segments finds the names and colors of the labels of a: NAME_dseg.tsv or NAME.tsv beside it, a FreeSurfer lookup table
// (*LUT.txt, *ColorLUT*) beside it, else OME-Zarr's image-label colors, else nothing. from is the file's name.
func (l *Library) Segments(ctx context.Context, who access.Rights, a Asset) (segments []volume.Segment, from string, err error) {
	return nil, "", nil
}

// SegmentProperties is the file info of Neuroglancer's segment properties with the labels of the volume at path in loc,
// and its version. Like [Library.Skeleton] it asks nobody's permission: it is for the viewer host. The error wraps
// [fs.ErrNotExist] when there is no table.
func (l *Library) SegmentProperties(ctx context.Context, loc access.Location, path string) (info []byte, version string, err error) {
	return nil, "", errors.ErrUnsupported
}

// A Measure is how much an asset is in storage.
type Measure struct {
	Objects, Bytes int64
	Done           bool // all has been counted
	Err            error
}

// Measure counts the objects of the directory at ref. It begins to count in the background the first time it is
// asked, and returns how far it is; a finished count is remembered for some minutes.
func (l *Library) Measure(ctx context.Context, who access.Rights, ref access.Ref) (Measure, error) {
	return Measure{}, nil
}

// Sample reads and decodes one chunk of a, in the middle of its finest level. The error says what is wrong with it.
func (l *Library) Sample(ctx context.Context, who access.Rights, a Asset) error { return nil }
