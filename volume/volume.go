// Package volume reads what image volumes say about themselves: zarr and OME-Zarr, NIfTI and NIfTI-Zarr,
// precomputed, N5 and MGH. It also decodes enough voxels of them to choose a contrast and to draw a preview.
//
// It is pure: bytes come in (through a [Getter] where a format has several files), facts go
// out. Nothing that is read is trusted: sizes are checked before anything is allocated.
package volume

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrInvalid is wrapped by every error that says the data are not what their format asks for,
// or not of a kind this package can use. The rest of the message is a sentence for people.
var ErrInvalid = errors.New("invalid")

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, short(fmt.Sprintf(format, args...)))
}

// short cuts a sentence that quotes a file whose names have no end.
func short(sentence string) string {
	const most = 1000 // bytes
	if len(sentence) <= most {
		return sentence
	}
	return strings.ToValidUTF8(sentence[:most], "") + " …"
}

// MaxMetadata is the largest metadata file that is read, in bytes. A [Getter] should read at
// most one byte more, so that a larger file is refused without having been read.
const MaxMetadata = 8 << 20

// MaxLevels is how many levels of a pyramid are read. Each further one would halve an
// image that is already a single voxel.
const MaxLevels = 32

// A Getter returns the content of the object called name, relative to the directory being read.
// An absent object is an error that wraps [io/fs.ErrNotExist]; every other error is handed to
// the caller of this package, wrapped.
type Getter func(name string) ([]byte, error)

// A Format is how a volume is stored, in the words of Neuroglancer's pipeline suffixes.
type Format string

// The formats.
const (
	Zarr2       Format = "zarr2"
	Zarr3       Format = "zarr3"
	NIfTI       Format = "nifti"
	Precomputed Format = "precomputed"
	N5          Format = "n5"
	MGH         Format = "mgh" // FreeSurfer's; Neuroglancer has no word for it
)

// An Image is what a volume says about itself.
type Image struct {
	Format Format
	OME    string   // version of the OME-Zarr metadata; "" when there are none
	Kind   string   // "volume"; precomputed also "skeletons", "mesh", "annotations", "segment properties"
	Name   string   // as the metadata have it; often empty
	Sub    string   // the image lies in this sub-directory ("0" of a bioformats2raw root), else ""
	Series []string // all images of a bioformats2raw root, each a sub-directory such as Sub; else nil
	Parts  []string // precomputed: what belongs to it beside the voxels, such as "mesh", or what it holds

	Axes     []Axis  // in the order of the array's dimensions
	DType    string  // numpy's name, such as "uint16"
	Levels   []Level // finest first
	Channels []Channel
	IsLabel  bool      // voxels are labels, not intensities
	Labels   []string  // names of label images, each an OME-Zarr at labels/NAME/ (inside Sub)
	Segments []Segment // names and colors of labels, where the metadata have them (OME-Zarr "image-label")
	Intent   string    // NIfTI: what the voxels mean, such as "vector" or "label"; "" when the header does not say

	Affine *Affine // NIfTI, NIfTI-Zarr and MGH: voxel to world, by nibabel's rule; else nil. See [Image.Place]
	QForm  *Affine // NIfTI and NIfTI-Zarr: what the header's qform says, whatever its code; else nil. Neuroglancer uses it for NIfTI
	Slope  float64 // NIfTI: value = Slope × stored + Inter. Neuroglancer shows what is stored
	Inter  float64

	Findings []Finding // what will surprise whoever opens this, the most serious first

	nifti *niftiLayout // for [NIfTIScan]
}

// An Axis is one dimension of the array.
type Axis struct {
	Name    string
	Kind    string  // "space", "channel", "time" or "" when unknown
	Guessed bool    // of OME-Zarr: the metadata do not say the kind, it follows from the name
	Unit    string  // as written; "" when absent
	Meters  float64 // in one Unit; 0 when it is no length or not known
	Seconds float64 // in one Unit; 0 when it is no time or not known
	Toward  string  // OME-Zarr: where the axis points in the body by NGFF's RFC-4, such as "left-to-right"; else ""
}

// A Level is one resolution of the image. All slices have one element for each axis.
//
// Translation is the center of voxel 0 for every format, so that Translation - Scale/2 is the
// lower bound that Neuroglancer uses. OME-Zarr says so itself; a plain zarr array, precomputed
// and N5 place the corner, and half a voxel has been added. For NIfTI it is 0: see [Image.Affine].
type Level struct {
	Path        string    // of the array, relative to what was read; "" when that is the array
	Shape       []int64   // voxels
	Chunk       []int64   // voxels that are read at once: of the inner chunk when there are shards
	Shard       []int64   // voxels of one object when it holds several chunks, else nil
	Encoding    string    // compressor, or precomputed encoding; "raw" when there is none
	Scale       []float64 // size of a voxel in the axis's unit
	Translation []float64 // where the center of voxel 0 lies, in the axis's unit

	array       *array             // how to find and decode chunks; nil unless zarr or N5
	precomputed *precomputedLayout // the same for precomputed; else nil
}

// A Channel is what OMERO metadata say about one channel.
type Channel struct {
	Label  string
	Color  string // "#rrggbb", lower case; "" when absent
	Window Window
	Active bool // shown at first; true unless the metadata say otherwise
}

// A Window is the contrast that OMERO metadata ask for, in stored values.
type Window struct {
	Set        bool    // Start and End are there
	Start, End float64 // drawn as black and as full color
	Min, Max   float64 // range of a control; both 0 when absent
}

// An Affine takes voxel indices (of voxel centers) to millimeters, right-anterior-superior.
type Affine struct {
	Matrix  [3][4]float64
	Source  string // "sform", "qform", "none" (only voxel sizes were there), "NIfTI-Zarr header" or "MGH header"
	Assumed bool   // the unit of length: the header does not say it
}

// ChannelAxis is the index of the first channel axis, or -1.
func (img *Image) ChannelAxis() int {
	return slices.IndexFunc(img.Axes, func(a Axis) bool { return a.Kind == "channel" })
}

// ChannelCount is the length of the channel axis, 1 without one.
func (img *Image) ChannelCount() int64 {
	c := img.ChannelAxis()
	if c < 0 || len(img.Levels) == 0 || c >= len(img.Levels[0].Shape) {
		return 1
	}
	return img.Levels[0].Shape[c]
}
