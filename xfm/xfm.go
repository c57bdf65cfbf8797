// Package xfm reads the files that register one space to another: LTA (FreeSurfer), ITK, FSL, AFNI and plain
// matrices. All of them become the same thing: a matrix that takes points of one space to the other, in RAS+ millimeters.
package xfm

import (
	"errors"
	"fmt"
)

// ErrInvalid is wrapped by every error about a file that is no transform, or none that can be used. The rest of the
// message is a sentence for people.
var ErrInvalid = errors.New("invalid")

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// A Matrix takes points to points, in RAS+ millimeters: the last column is the translation.
type Matrix [3][4]float64

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
