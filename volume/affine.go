package volume

import (
	"math"
	"slices"
)

// axes names the axes as Neuroglancer does (src/datasource/nifti/backend.ts), without its suffixes.
func (h *niftiHeader) axes(img *Image) []Axis {
	axes := []Axis{
		{Name: "i", Kind: "space"},
		{Name: "j", Kind: "space"},
		{Name: "k", Kind: "space"},
		{Name: "m", Kind: "time"},
		{Name: "c", Kind: "channel"},
		{Name: "c1"},
		{Name: "c2"},
	}[:h.dim[0]]
	space, meters := h.spaceUnit()
	if meters == 0 {
		img.warn(RuleUnit, "The header does not say the unit of length; millimeters are assumed, but Neuroglancer takes the numbers without a unit.")
	}
	for i := range axes[:min(3, len(axes))] {
		axes[i].Unit, axes[i].Meters = space, meters
		if p := h.pixdim[i+1]; !(p > 0) || !sizes(p) {
			img.warn(RuleHeader, "The voxel size along axis %s is %g; a positive one is used.", axes[i].Name, p)
		}
	}
	if len(axes) > 3 {
		axes[3].Unit, axes[3].Seconds = h.timeUnit()
	}
	return axes
}

// spaceUnit reads the lower three bits of xyzt_units.
func (h *niftiHeader) spaceUnit() (name string, meters float64) {
	switch h.xyztUnits & 7 {
	case 1:
		return "meter", 1
	case 2:
		return "millimeter", 1e-3
	case 3:
		return "micrometer", 1e-6
	}
	return "", 0
}

// timeUnit reads the next three bits of xyzt_units. The fourth axis may also be a frequency.
func (h *niftiHeader) timeUnit() (name string, seconds float64) {
	switch h.xyztUnits & 0x38 {
	case 8:
		return "second", 1
	case 16:
		return "millisecond", 1e-3
	case 24:
		return "microsecond", 1e-6
	case 32:
		return "hertz", 0
	case 40:
		return "ppm", 0
	case 48:
		return "radian/second", 0
	}
	return "", 0
}

// spacing is the size of a voxel along axis i, counted from 1: positive, and 1 where the header is absurd.
func (h *niftiHeader) spacing(i int) float64 {
	p := math.Abs(h.pixdim[i])
	if !sizes(p) {
		return 1
	}
	return p
}

// place chooses the affine as nibabel's get_best_affine does: the sform if its code says so,
// else the qform if its code says so, else voxel sizes around the center, first axis to the left.
// A matrix that is singular or not finite is passed over.
func (h *niftiHeader) place(img *Image) {
	q := h.qform(img)
	_, meters := h.spaceUnit()
	assumed := meters == 0
	img.QForm = &Affine{h.millimeters(q), "qform", assumed}
	if h.sformCode > 0 {
		if regular(h.srow) {
			img.Affine = &Affine{h.millimeters(h.srow), "sform", assumed}
			if h.qformCode > 0 {
				h.compare(img, h.srow, q)
			} else {
				img.warn(RuleForms, "Only the sform says where the image lies; Neuroglancer by itself uses the qform, which is not set.")
			}
			return
		}
		img.warn(RuleHeader, "The sform is singular or not finite, and is passed over.")
	}
	if h.qformCode > 0 && regular(q) {
		img.Affine = &Affine{h.millimeters(q), "qform", assumed}
		return
	}
	img.warn(RuleAffine, "The header does not say where the image lies: its center is put at the origin, and its axes are taken as left, anterior, superior.")
	img.Affine = &Affine{h.millimeters(h.base()), "none", assumed}
}

// millimeters turns coordinates of the header's unit into millimeters.
func (h *niftiHeader) millimeters(m [3][4]float64) [3][4]float64 {
	if _, meters := h.spaceUnit(); meters != 0 && meters != 1e-3 {
		for i := range m {
			for j := range m[i] {
				m[i][j] *= meters * 1e3
			}
		}
	}
	return m
}

// qform is method 2 of nifti1.h: a rotation by a quaternion, of which the header holds all but
// the first component, and a reflection of the third axis if pixdim[0] is negative.
func (h *niftiHeader) qform(img *Image) [3][4]float64 {
	b, c, d := h.quatern[0], h.quatern[1], h.quatern[2]
	norm := b*b + c*c + d*d
	a := 0.0
	switch {
	case !finite(norm):
		img.warn(RuleHeader, "The quaternion of the qform is not finite, and is passed over.")
		a, b, c, d = 1, 0, 0, 0
	case norm > 1:
		const rounding = 1e-5 // the header holds single precision
		if norm > 1+rounding {
			img.warn(RuleHeader, "The quaternion of the qform is longer than 1, and is shortened.")
		}
		n := math.Sqrt(norm)
		b, c, d = b/n, c/n, d/n
	default:
		a = math.Sqrt(1 - norm)
	}
	r := [3][3]float64{
		{a*a + b*b - c*c - d*d, 2 * (b*c - a*d), 2 * (b*d + a*c)},
		{2 * (b*c + a*d), a*a + c*c - b*b - d*d, 2 * (c*d - a*b)},
		{2 * (b*d - a*c), 2 * (c*d + a*b), a*a + d*d - b*b - c*c},
	}
	z := h.spacing(3)
	if h.pixdim[0] < 0 {
		z = -z
	}
	var m [3][4]float64
	for i := range m {
		m[i] = [4]float64{r[i][0] * h.spacing(1), r[i][1] * h.spacing(2), r[i][2] * z, h.qoffset[i]}
		if !lengths(m[i][3]) {
			img.warn(RuleHeader, "The offset of the qform is not finite; 0 is used.")
			m[i][3] = 0
		}
	}
	return m
}

// base is nibabel's affine for a header without any: the first axis runs to the left, as in ANALYZE files.
func (h *niftiHeader) base() [3][4]float64 {
	var m [3][4]float64
	for i := range m {
		size := h.spacing(i + 1)
		if i == 0 {
			size = -size
		}
		n := float64(1)
		if int64(i) < h.dim[0] {
			n = float64(h.dim[i+1])
		}
		m[i][i] = size
		m[i][3] = -(n - 1) / 2 * size
	}
	return m
}

// compare warns if sform and qform place a corner of the image differently by more than a
// hundredth of a voxel.
func (h *niftiHeader) compare(img *Image, s, q [3][4]float64) {
	worst := 0.0
	for corner := range 8 {
		var sum float64
		for row := range 3 {
			d := s[row][3] - q[row][3]
			for axis := range 3 {
				if corner>>axis&1 == 1 && int64(axis) < h.dim[0] {
					d += (s[row][axis] - q[row][axis]) * float64(h.dim[axis+1]-1)
				}
			}
			sum += d * d
		}
		worst = max(worst, math.Sqrt(sum))
	}
	if worst > min(h.spacing(1), h.spacing(2), h.spacing(3))/100 {
		unit, _ := h.spaceUnit()
		if unit == "" {
			unit = "millimeter"
		}
		img.warn(RuleForms, "The sform and the qform place the image differently, by up to %.3g %ss; the sform is right by nibabel's rule, Neuroglancer by itself uses the qform.", worst, unit)
	}
}

// regular tells whether m is finite and maps no axis to nothing.
func regular(m [3][4]float64) bool {
	for _, row := range m {
		if !lengths(row[:]...) {
			return false
		}
	}
	det := m[0][0]*(m[1][1]*m[2][2]-m[1][2]*m[2][1]) -
		m[0][1]*(m[1][0]*m[2][2]-m[1][2]*m[2][0]) +
		m[0][2]*(m[1][0]*m[2][1]-m[1][1]*m[2][0])
	product := 1.0
	for axis := range 3 {
		product *= math.Sqrt(m[0][axis]*m[0][axis] + m[1][axis]*m[1][axis] + m[2][axis]*m[2][axis])
	}
	const flat = 1e-9 // relative: three axes this close to one plane come from a damaged header
	return finite(det, product) && math.Abs(det) > flat*product
}

func finite(values ...float64) bool {
	for _, v := range values {
		if v-v != 0 { // NaN for NaN and for infinities
			return false
		}
	}
	return true
}

// farthest bounds lengths, in any unit: what is computed from them stays finite, whatever the unit.
const farthest = 1e60

// lengths tells whether coordinates are finite and no larger than [farthest].
func lengths(values ...float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return !(math.Abs(v) <= farthest) })
}

// sizes tells whether sizes of voxels are neither 0 nor absurd.
func sizes(values ...float64) bool {
	return lengths(values...) && !slices.ContainsFunc(values, func(v float64) bool { return !(math.Abs(v) >= 1/farthest) })
}
