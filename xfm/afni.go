package xfm

import "slices"

// readAFNI reads the matrix of 3dAllineate's -1Dmatrix_save: twelve numbers, row by row, that take points of the base
// to the source, both in DICOM order, where x grows to the left and y to the back (the text's own first line says
// "DICOM-to-DICOM, row-by-row"; 3dAllineate's help says from which to which).
func readAFNI(text string) (Transform, error) {
	rows, err := numberRows(text)
	if err != nil {
		return Transform{}, err
	}
	if len(rows) > 1 && len(rows[0]) == 12 {
		return Transform{}, invalid("the file holds %d matrices, one for each volume of a time series; only a single one can be used", len(rows))
	}
	m, err := matrixOf(rows)
	if err != nil {
		return Transform{}, err
	}
	t := Transform{Format: AFNI, Warnings: []string{
		"AFNI takes oblique images for upright ones: if one of the two images is oblique, look whether they coincide.",
	}}
	t.Matrix, err = turnedAround(m)
	return t, err
}

// lps is the change between RAS and the order of DICOM and ITK, x to the left and y to the back; it is its own inverse.
func lps() Matrix { return Matrix{{0: -1}, {1: -1}, {2: 1}} }

// turnedAround takes the matrix from fixed to moving points, in the order of DICOM, to the one from moving to fixed in RAS.
func turnedAround(m Matrix) (Matrix, error) {
	inverse, ok := lps().Then(m).Then(lps()).Inverse()
	if !ok {
		return Matrix{}, invalid("the matrix is singular, or its values are no finite numbers: it cannot be turned around")
	}
	return inverse, nil
}

// chain applies the last of steps first, as ITK's CompositeTransform does.
func chain(steps []Matrix) Matrix {
	out := Identity()
	for _, m := range slices.Backward(steps) {
		out = out.Then(m)
	}
	return out
}
