// Package xfm reads the files that register one space to another: LTA (FreeSurfer), ITK, FSL, AFNI and plain
// matrices. All of them become the same thing: a matrix that takes points of one space to the other, in RAS+ millimeters.
package xfm

import "errors"

// ErrInvalid is wrapped by every error about a file that is no transform, or none that can be used. The rest of the
// message is a sentence for people.
var ErrInvalid = errors.New("invalid")

// A Matrix takes points to points, in RAS+ millimeters: the last column is the translation.
type Matrix [3][4]float64

// Identity leaves points where they are.
func Identity() Matrix { return Matrix{{0: 1}, {1: 1}, {2: 1}} }

// Then returns the matrix that applies m first and next after it.
func (m Matrix) Then(next Matrix) Matrix {
	var out Matrix
	for i := range 3 {
		for j := range 4 {
			for k := range 3 {
				out[i][j] += next[i][k] * m[k][j]
			}
		}
		out[i][3] += next[i][3]
	}
	return out
}

// Apply moves a point.
func (m Matrix) Apply(p [3]float64) [3]float64 {
	var out [3]float64
	for i, row := range m {
		out[i] = row[0]*p[0] + row[1]*p[1] + row[2]*p[2] + row[3]
	}
	return out
}

// Inverse returns the matrix that undoes m. ok is false when there is none: m is singular or not finite.
func (m Matrix) Inverse() (inverse Matrix, ok bool) { return Matrix{}, false }

// Rotation is the rotation nearest to m's linear part (of its polar decomposition), by which directions turn. ok is
// false when m is singular, not finite, or a reflection; a reflection gives the nearest orthogonal matrix all the same.
func (m Matrix) Rotation() (r [3][3]float64, ok bool) { return [3][3]float64{}, false }

// A Format is how a transform is written.
type Format string

// The formats.
const (
	LTA   Format = "LTA"   // FreeSurfer
	ITK   Format = "ITK"   // .txt, .tfm, .mat and affine .h5 of ITK and ANTs
	FSL   Format = "FSL"   // FLIRT's .mat; needs the two images
	AFNI  Format = "AFNI"  // .aff12.1D
	Plain Format = "plain" // twelve or sixteen numbers
)

// A Transform is what a file says.
type Transform struct {
	Format Format
	// Matrix takes points of the source space to the destination space where the file says which way it goes (LTA: from
	// its src volume to its dst volume). ITK and AFNI files say how points of the fixed space reach the moving one; they
	// are turned around here, so that Matrix moves the moving image onto the fixed one.
	Matrix   Matrix
	Source   string   // name of the source image as the file has it; "" when it does not say
	Target   string   // name of the destination image
	Warnings []string // sentences
	Scaled   bool     // FSL: Matrix is in FSL's scaled voxel coordinates until [FSLToRAS] has been applied
}

// A Space is the geometry of an image, as FSL's matrices need it.
type Space struct {
	Shape  [3]int64      // voxels
	Matrix [3][4]float64 // voxel indices (of centers) → millimeters
}

// FormatOf tells a transform by its name, such as "sub-I58_from-A_to-B_xfm.lta". A .mat, .txt or .h5 file is one only
// if its content says so; then ok is true all the same.
func FormatOf(name string) (ok bool) { return false }

// MaxFile is the largest file that is read as a transform, in bytes.
const MaxFile = 4 << 20

// Read reads a transform; what it is is told by the content, name helps where that is not enough.
// The error wraps [ErrInvalid], also for a non-linear transform.
func Read(name string, content []byte) (Transform, error) {
	return Transform{}, errors.ErrUnsupported
}

// FSLToRAS turns a FLIRT matrix, which goes from moving to fixed in scaled voxel coordinates, into one in millimeters.
func FSLToRAS(m Matrix, moving, fixed Space) (Matrix, error) {
	return Matrix{}, errors.ErrUnsupported
}

// Names is what a file's name says of a transform: the entities from- and to- of BIDS (BEP014), and the rest.
type Names struct {
	From, To string // "" when the name does not say
}

// NamesOf reads the entities of a name such as "sub-I58_from-XPCT01_to-XPCT02_desc-final_xfm.lta".
func NamesOf(name string) Names { return Names{} }
