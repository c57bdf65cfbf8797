package xfm

import "math"

// maxAxis is the largest axis of an image that FSLToRAS takes; no image comes near it.
const maxAxis = 1 << 40

// FSLToRAS turns a FLIRT matrix, which goes from moving to fixed in scaled voxel coordinates, into one in millimeters.
//
// FSL's coordinates are voxel indices times voxel sizes; x runs backwards, from the last voxel, where the affine's
// determinant is positive (FSL's FAQ of FLIRT, "What is the format of the matrix"). The voxel sizes are the lengths of
// the affine's columns, which is what a sound header has in pixdim.
//
// The error wraps [ErrInvalid] if a matrix is singular or not finite, or an image is empty.
func FSLToRAS(m Matrix, moving, fixed Space) (Matrix, error) {
	from, err := toScaled(moving)
	if err != nil {
		return Matrix{}, err
	}
	to, err := toScaled(fixed)
	if err != nil {
		return Matrix{}, err
	}
	back, ok := to.Inverse()
	if !ok {
		return Matrix{}, invalid("the affine of the fixed image is singular")
	}
	out := from.Then(m).Then(back)
	if _, ok = out.Inverse(); !ok {
		return Matrix{}, invalid("the matrix is singular, or its values are no finite numbers")
	}
	return out, nil
}

// toScaled is the matrix from millimeters to FSL's coordinates of an image.
func toScaled(s Space) (Matrix, error) {
	for _, n := range s.Shape {
		if n < 1 || n > maxAxis {
			return Matrix{}, invalid("an image with %d voxels along an axis has no place for an FSL matrix", n)
		}
	}
	toVoxel, ok := Matrix(s.Matrix).Inverse()
	if !ok {
		return Matrix{}, invalid("the affine of an image is singular, so FSL's matrix cannot be placed")
	}
	var scale Matrix
	for j := range 3 {
		scale[j][j] = norm3([3]float64{s.Matrix[0][j], s.Matrix[1][j], s.Matrix[2][j]})
	}
	if determinant(Matrix(s.Matrix).linear()) > 0 {
		scale[0][3] = float64(s.Shape[0]-1) * scale[0][0]
		scale[0][0] = math.Copysign(scale[0][0], -1)
	}
	return toVoxel.Then(scale), nil
}
