// Package tract reads tractograms and makes what Neuroglancer draws of them.
//
// A tractogram is a file of streamlines: polylines that follow nerve fibers. [NewReader] reads
// TrackVis .trk and MRtrix .tck files as a stream, in constant memory, and gives the points in
// RAS millimeters with the voxel-center convention, whatever the file's own space is.
// [Scan] counts and measures, [BuildSkeleton] makes a precomputed skeleton.
//
// The package is pure: it reads from the reader it is given and knows neither files nor networks.
package tract

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// ErrInvalid is wrapped by every error about a file that is malformed, damaged or truncated.
// The text behind it is a sentence for the person who owns the file. An error of the
// underlying reader is passed on wrapped and does not wrap ErrInvalid; one that gives fewer bytes
// than the size promised is [io.ErrUnexpectedEOF].
var ErrInvalid = errors.New("invalid tractogram")

// MaxPoints is the greatest number of points one streamline may have. A file that claims more is invalid.
const MaxPoints = 1 << 24

// maxValues bounds the numbers of one streamline, coordinates and scalars together.
const maxValues = 1 << 26

// A Format is a kind of tractogram file.
type Format string

// The formats that [FormatOf] knows. [NewReader] reads TRK and TCK.
const (
	TRK   Format = "trk"    // TrackVis
	TRKGZ Format = "trk.gz" // TrackVis, compressed as a whole
	TCK   Format = "tck"    // MRtrix
	TRX   Format = "trx"    // tee-ar-ex, a zip archive of arrays
	VTK   Format = "vtk"    // legacy VTK, polydata with lines
	TT    Format = "tt.gz"  // DSI Studio
)

// FormatOf tells a file's format from the extension of its name, in upper or lower case.
func FormatOf(name string) (Format, bool) {
	name = strings.ToLower(name)
	for _, f := range []Format{TRKGZ, TRK, TCK, TRX, VTK, TT} {
		if strings.HasSuffix(name, "."+string(f)) {
			return f, true
		}
	}
	return "", false
}

// A Header is what a tractogram says about itself before its first streamline.
type Header struct {
	Format      Format
	Streamlines int64 // as counted by the file; -1 if it does not say, or cannot be right

	// Affine maps voxel indices (integers at voxel centers) to RAS millimeters; the identity if the
	// file records none. The points of a Reader are in RAS millimeters already.
	Affine     [4][4]float64
	HasAffine  bool
	Dim        [3]int     // of the volume, in voxels, along the axes of VoxelOrder; zero for TCK
	VoxelSize  [3]float64 // in mm, likewise
	VoxelOrder string     // of the stored points, such as "LAS"; empty for TCK

	Scalars    []Column // of each point
	Properties []Column // of each streamline

	BundleProperty int     // number of the one in Properties that tells the bundle of a streamline; -1 without
	Groups         []Group // of a .trx file, which are its bundles

	Warnings []string // what a person should know about the file, in whole sentences
}

// A Column is a named group of numbers that belong to a point or a streamline.
type Column struct {
	Name       string // as in the file; may end in blanks
	Components int
}

// A Group is a named set of streamlines of a .trx file; they may overlap. The first has the bundle number 1.
type Group struct {
	Name        string
	Streamlines int64
}

// Unassigned is the bundle of streamlines whose property is 0, which a viewer could not show as an object's number.
const Unassigned = 65535

// A Streamline is one polyline.
type Streamline struct {
	Index      int64     // 0 for the first streamline of the file, or of the part that is read
	Position   int64     // see [Part]
	Bundle     uint16    // the property's value from 1 to 65534, [Unassigned] for its value 0, the number of the first group it is in; 0 for none
	Points     []float32 // x, y, z in RAS mm, row after row; may hold no point or only one
	Scalars    []float32 // a row for each point, its width the sum of the Components of Header.Scalars
	Properties []float32 // as wide as the Components of Header.Properties
}

// A Reader reads a tractogram from front to back, in constant memory. It is not safe for concurrent use.
type Reader struct {
	head   Header
	file   records
	line   Streamline
	seen   int64 // streamlines passed, whether whole or not
	body   any   // what Close closes
	broken int64 // of these, those with a coordinate that is not a number
	err    error
}

// records is the part of a file behind its header.
type records interface {
	// next reads a streamline into s, reusing its buffers, or passes over it if s is nil.
	next(s *Streamline) error
	// notes tells what was noticed since the header.
	notes() []string
}

// NewReader reads the header of a tractogram of format f. The size is that of the whole file
// in bytes, or -1 if it is not known; knowing it, the reader refuses absurd counts at once.
//
// The error wraps [ErrInvalid] if the header is malformed, and [errors.ErrUnsupported] if f is
// a format that is recognized only.
func NewReader(r io.Reader, f Format, size int64) (*Reader, error) {
	in := newInput(r, size)
	var err error
	t := &Reader{head: Header{Format: f, Streamlines: -1, Affine: identity(), BundleProperty: -1}}
	switch f {
	case TRK:
		t.file, err = openTRK(in, &t.head)
	case TCK:
		t.file, err = openTCK(in, &t.head)
	case TRKGZ:
		err = fmt.Errorf("%w: a .trk.gz file cannot be drawn as it is: unpack it with gunzip and store the .trk",
			errors.ErrUnsupported)
	case TRX:
		err = fmt.Errorf("%w: a .trx file cannot be drawn yet: convert it to .trk or .tck", errors.ErrUnsupported)
	case VTK, TT:
		err = fmt.Errorf("%w: a .%s file cannot be drawn yet", errors.ErrUnsupported, f)
	default:
		err = fmt.Errorf("%w: %q is no format of a tractogram", errors.ErrUnsupported, f)
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Header returns the header. Its slices belong to the reader.
func (r *Reader) Header() Header { return r.head }

// Next returns the next streamline, or [io.EOF] after the last. Its slices are reused by the
// next call of Next. Streamlines with a coordinate that is not a finite number are left out;
// Warnings counts them.
//
// Any other error is final. It wraps [ErrInvalid] if the file is damaged or truncated, and
// otherwise the error of the underlying reader.
func (r *Reader) Next() (Streamline, error) {
	for r.err == nil {
		if r.err = r.file.next(&r.line); r.err != nil {
			break
		}
		r.line.Index = r.seen
		r.seen++
		if finite(r.line.Points) {
			return r.line, nil
		}
		r.broken++
	}
	return Streamline{}, r.err
}

// Skip passes over the next streamline without converting it; errors are those of [Reader.Next].
func (r *Reader) Skip() error {
	if r.err == nil {
		r.err = r.file.next(nil)
	}
	if r.err == nil {
		r.seen++
	}
	return r.err
}

// Warnings returns the header's warnings and those about the streamlines read so far, in whole
// sentences. They are complete once Next or Skip has returned [io.EOF].
func (r *Reader) Warnings() []string {
	all := append([]string(nil), r.head.Warnings...)
	all = append(all, r.file.notes()...)
	if r.broken > 0 {
		all = append(all, fmt.Sprintf("Streamlines with coordinates that are not finite numbers were left out: %d.", r.broken))
	}
	return all
}

func finite(points []float32) bool {
	for _, p := range points {
		if p-p != 0 { // NaN, as p is infinite or NaN
			return false
		}
	}
	return true
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// invalid returns an error that wraps ErrInvalid.
func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// ordinal names a streamline in a sentence: "812", or "812 of 2134" if the file counts them.
func ordinal(i, of int64) string {
	if of > 0 && i < of {
		return fmt.Sprintf("%d of %d", i+1, of)
	}
	return fmt.Sprint(i + 1)
}
