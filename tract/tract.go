// Package tract reads tractograms and makes what Neuroglancer draws of them.
//
// A tractogram is a file of streamlines: polylines that follow nerve fibers. [Open] opens one of any [Format] that lies in
// a [Source]; it is read as a whole, in parts or as a sample, in constant memory, and gives the points in
// RAS millimeters with the voxel-center convention, whatever the file's own space is.
//
// The package is pure: it reads from the Source it is given and knows neither files nor networks.
package tract

import (
	"errors"
	"fmt"
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

// The formats that [FormatOf] knows.
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
