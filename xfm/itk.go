package xfm

import (
	"math"
	"strings"
)

// An itkStep is one transform of an ITK file: the name of its class, such as "AffineTransform_double_3_3", and numbers.
type itkStep struct {
	class         string
	params, fixed []float64
}

// maxSteps is how many transforms may be chained.
const maxSteps = 64

// fromITK chains the transforms of a file. ITK's take points of the fixed image to the moving one, in LPS millimeters
// (itk::ResampleImageFilter); the last of a CompositeTransform is applied first.
func fromITK(steps []itkStep) (Transform, error) {
	if len(steps) == 0 {
		return Transform{}, invalid("the file has no transform in it")
	}
	if strings.HasPrefix(steps[0].class, "CompositeTransform_") {
		if steps = steps[1:]; len(steps) == 0 {
			return Transform{}, invalid("the composite transform is empty")
		}
	} else if len(steps) > 1 {
		return Transform{}, invalid("the file holds %d transforms and does not say how they follow each other", len(steps))
	}
	chained := make([]Matrix, len(steps))
	for i, s := range steps {
		m, err := s.matrix()
		if err != nil {
			return Transform{}, err
		}
		chained[i] = m
	}
	m, err := turnedAround(chain(chained))
	return Transform{Format: ITK, Matrix: m}, err
}

// An itkClass is how the parameters of one of ITK's classes make a linear part and a translation.
type itkClass struct {
	params int
	linear func(p []float64) ([3][3]float64, bool)
	shift  int // where the translation begins; negative if there is none
}

func itkClasses(fixed []float64) map[string]itkClass {
	affine := itkClass{12, func(p []float64) ([3][3]float64, bool) {
		return [3][3]float64{[3]float64(p), [3]float64(p[3:]), [3]float64(p[6:])}, true
	}, 9}
	return map[string]itkClass{
		"AffineTransform":           affine,
		"MatrixOffsetTransformBase": affine,
		"Rigid3DTransform":          affine,
		"Euler3DTransform": {6, func(p []float64) ([3][3]float64, bool) {
			return euler([3]float64(p), len(fixed) > 3 && fixed[3] != 0), true
		}, 3},
		"VersorTransform":        {3, versor, -1},
		"VersorRigid3DTransform": {6, versor, 3},
		"Similarity3DTransform": {7, func(p []float64) ([3][3]float64, bool) {
			r, ok := versor(p)
			for i := range r {
				for j := range r[i] {
					r[i][j] *= p[6]
				}
			}
			return r, ok
		}, 3},
		"TranslationTransform": {3, func([]float64) ([3][3]float64, bool) { return Identity().linear(), true }, 0},
		"IdentityTransform":    {0, func([]float64) ([3][3]float64, bool) { return Identity().linear(), true }, -1},
	}
}

// admit refuses a class by its name, before its parameters are read: a warp field has millions. n is how many came before.
func admit(n int, class string) error {
	name, precision, _ := strings.Cut(class, "_")
	if n > maxSteps {
		return invalid("the file chains more than %d transforms", maxSteps)
	}
	if _, dimensions, ok := strings.Cut(precision, "_"); ok && dimensions != "3_3" {
		return invalid("ITK's %s is for images of another number of dimensions than three", excerpt(class))
	}
	for _, part := range []string{"Displacement", "BSpline", "ThinPlate", "Velocity", "ElasticBody", "KernelTransform", "VolumeSpline"} {
		if strings.Contains(name, part) {
			return invalid("ITK's %s is non-linear and cannot be used, because the viewer moves whole images only", excerpt(class))
		}
	}
	return nil
}

// matrix is what s does to points: the linear part acts around the center, which the fixed parameters begin with.
func (s itkStep) matrix() (Matrix, error) {
	name, _, _ := strings.Cut(s.class, "_")
	class, ok := itkClasses(s.fixed)[name]
	if !ok {
		return Matrix{}, invalid("ITK's %s is not one of the transforms that are read: affine, rigid, Euler, versor, similarity and translation", excerpt(s.class))
	}
	if len(s.params) != class.params && name != "IdentityTransform" {
		return Matrix{}, invalid("ITK's %s has %d parameters instead of %d", name, len(s.params), class.params)
	}
	linear, ok := class.linear(s.params)
	if !ok {
		return Matrix{}, invalid("the versor of ITK's %s is longer than 1, which is no rotation", name)
	}
	var center, shift [3]float64
	if len(s.fixed) >= 3 && name != "TranslationTransform" {
		center = [3]float64(s.fixed)
	}
	if class.shift >= 0 {
		shift = [3]float64(s.params[class.shift:])
	}
	var m Matrix
	for i, row := range linear {
		m[i][3] = shift[i] + center[i]
		for j, v := range row {
			m[i][j] = v
			m[i][3] -= v * center[j]
		}
	}
	return m, nil
}

// euler turns by angles around x, y and z: first y, then x, then z; or x, y and z, if zyx (itkEuler3DTransform.hxx).
func euler(angles [3]float64, zyx bool) [3][3]float64 {
	turns := [3]Matrix{}
	for i, angle := range angles {
		sin, cos := math.Sincos(angle)
		a, b := (i+1)%3, (i+2)%3
		turns[i][i][i] = 1
		turns[i][a][a], turns[i][a][b] = cos, -sin
		turns[i][b][a], turns[i][b][b] = sin, cos
	}
	if zyx {
		return turns[0].Then(turns[1]).Then(turns[2]).linear()
	}
	return turns[1].Then(turns[0]).Then(turns[2]).linear()
}

// versor is the rotation of a unit quaternion, of which the first three numbers are given.
func versor(p []float64) ([3][3]float64, bool) {
	x, y, z := p[0], p[1], p[2]
	const rounding = 1e-9
	rest := 1 - x*x - y*y - z*z
	if !(rest >= -rounding) {
		return [3][3]float64{}, false
	}
	w := math.Sqrt(max(rest, 0))
	return [3][3]float64{
		{1 - 2*(y*y+z*z), 2 * (x*y - z*w), 2 * (x*z + y*w)},
		{2 * (x*y + z*w), 1 - 2*(x*x+z*z), 2 * (y*z - x*w)},
		{2 * (x*z - y*w), 2 * (y*z + x*w), 1 - 2*(x*x+y*y)},
	}, true
}
