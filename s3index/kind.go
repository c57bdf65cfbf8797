package s3index

import (
	"slices"
	"strings"
)

// A Kind is what a viewer opens. The empty Kind is anything else.
type Kind string

// The kinds of assets.
const (
	Zarr        Kind = "zarr"        // a zarr or OME-Zarr directory, version 2 or 3
	N5          Kind = "n5"          // an N5 directory
	Precomputed Kind = "precomputed" // a Neuroglancer precomputed directory
	NIfTI       Kind = "nifti"       // a .nii or .nii.gz file
	MGH         Kind = "mgh"         // a FreeSurfer .mgh or .mgz file, which no viewer here opens
	TRK         Kind = "trk"         // a TrackVis file
	TCK         Kind = "tck"         // an MRtrix track file
	TRX         Kind = "trx"         // a tee-ar-ex file or directory
	VTK         Kind = "vtk"         // a legacy VTK file of lines
	TT          Kind = "tt"          // a DSI Studio .tt.gz file
	Bundles     Kind = "bundles"     // a folder of tractograms, each of them a bundle; it is a folder all the same
)

// Tract reports whether k is a tractogram.
func (k Kind) Tract() bool { return slices.Contains([]Kind{Bundles, TRK, TCK, TRX, VTK, TT}, k) }

// suffixes are tried in order; the name is compared in lower case.
//
//nolint:gochecknoglobals // a constant, as far as Go has constant tables
var suffixes = []struct {
	suffix string
	kind   Kind
}{
	{".zarr/", Zarr},
	{".n5/", N5},
	{".precomputed/", Precomputed},
	{".trx/", TRX},
	{".nii", NIfTI},
	{".nii.gz", NIfTI},
	{".mgh", MGH},
	{".mgz", MGH},
	{".trk", TRK},
	{".tck", TCK},
	{".trx", TRX},
	{".trk.gz", TRK},
	{".vtk", VTK},
	{".tt.gz", TT},
}

// KindOfName recognizes an asset by its name; a directory's ends in "/".
func KindOfName(name string) Kind {
	name = strings.ToLower(name)
	for _, s := range suffixes {
		if strings.HasSuffix(name, s.suffix) {
			return s.kind
		}
	}
	return ""
}

// marker is the file whose presence in a directory suggests a kind; its content decides.
type marker struct {
	file string
	kind Kind
}

// markers are in the order in which they are believed.
//
//nolint:gochecknoglobals // a constant, as far as Go has constant tables
var markers = []marker{
	{".zarray", Zarr},
	{".zattrs", Zarr},
	{"zarr.json", Zarr},
	{"attributes.json", N5},
	{"info", Precomputed},
}

// markerOf finds the first marker among the objects of a listing of prefix.
func markerOf(l Listing, prefix string) (marker, bool) {
	for _, m := range markers {
		for _, o := range l.Objects {
			if o.Key[len(prefix):] == m.file {
				return m, true
			}
		}
	}
	return marker{}, false
}
