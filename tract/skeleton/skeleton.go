// Package skeleton makes Neuroglancer's precomputed skeletons of tractograms: one object for each bundle, and for
// disjoint subsets chosen by hash, so that each further object that is ticked adds density.
//
// Objects are made as they are asked for, in constant memory, and their size is known before.
package skeleton

import (
	"io"

	"ngportal/tract"
)

// MaxVertices is how many vertices an object may have: more do not fit into a browser.
const MaxVertices = 25_000_000

// FirstVertices is how many vertices are shown to begin with, 32 bytes each.
const FirstVertices = 1_000_000

// Numbers of objects that are no bundles.
const (
	SampleID = 1_000_000 // what can be shown of a large file before it was read whole
	StrataID = 1_000_001 // the first stratum; the others follow
)

// An Object is what has a number in the viewer's list.
type Object struct {
	ID          uint64
	Label       string
	Tags        []string // without the # in front
	Streamlines int64
	Vertices    int64
	MeanLength  float64 // mm; 0 if it is not known
	First       bool    // to be shown to begin with
}

// A Set is the objects of a file. It is safe for concurrent use.
type Set struct{ Objects []Object }

// NewSet chooses the objects of f.
//
// With a survey they are its bundles and the strata. Without one, a file whose header tells how many vertices it
// has, no more than FirstVertices, is one stratum; of any other there is the sample alone, which then may not be nil.
func NewSet(f *tract.File, s *tract.Survey, sample *tract.Sample) *Set { return nil }

// Attributes are what vertices of f can have besides their orientation: "length", that of the streamline in mm, and
// "s_<name>" for each scalar, its name made an identifier of GLSL; a scalar of several components has several.
func Attributes(h tract.Header) []string { return nil }

// Info returns the info file of a source with these attributes after the orientation.
func Info(attributes []string) []byte { return nil }

// Properties returns the segment properties of the objects.
func (s *Set) Properties() []byte { return nil }

// A Skeleton is an object that can be written.
type Skeleton struct{}

// Open prepares an object. The error wraps [fs.ErrNotExist] if there is none of this number or an attribute is unknown,
// and [tract.ErrInvalid] if it has more than MaxVertices vertices.
func (s *Set) Open(id uint64, attributes []string) (*Skeleton, error) { return nil, nil }

// Size is how many bytes WriteTo writes.
func (k *Skeleton) Size() int64 { return 0 }

// WriteTo reads the file and writes the object.
func (k *Skeleton) WriteTo(w io.Writer) (int64, error) { return 0, nil }
