package tract

import (
	"math"
	"strings"
)

// identity is the affine of a file that records none.
func identity() [4][4]float64 {
	return [4][4]float64{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}
}

// A direction is where an axis of a volume points to.
type direction struct {
	ras  int  // 0 left-right, 1 posterior-anterior, 2 inferior-superior
	flip bool // to the left, posterior or inferior
}

// letters names the directions: first those of RAS, then their opposites.
const letters = "RASLPI"

// An orientation says where the three axes of a volume point to. No two are of the same ras.
type orientation [3]direction

// parseOrientation reads three letters such as "LAS".
func parseOrientation(s string) (o orientation, ok bool) {
	if len(s) != 3 {
		return o, false
	}
	used := [3]bool{}
	for k := range o {
		i := strings.IndexByte(letters, s[k])
		if i < 0 || used[i%3] {
			return o, false
		}
		used[i%3] = true
		o[k] = direction{ras: i % 3, flip: i >= 3}
	}
	return o, true
}

func (o orientation) String() string {
	var b [3]byte
	for k, d := range o {
		b[k] = letters[d.ras]
		if d.flip {
			b[k] = letters[d.ras+3]
		}
	}
	return string(b[:])
}

// permutes reports whether o and p list the axes in a different order, flips aside.
func (o orientation) permutes(p orientation) bool {
	return o[0].ras != p[0].ras || o[1].ras != p[1].ras
}

// orientationOf finds the directions of an affine's columns. It fails if a column is zero, if
// they span no volume, or if an axis lies too obliquely to be named.
//
// As nibabel does (orientations.io_orientation), it looks at the rotation closest to the affine
// and lets each column in turn choose among the rows that are left.
func orientationOf(a [4][4]float64) (o orientation, ok bool) {
	var m [3][3]float64
	for j := range 3 {
		length := math.Hypot(math.Hypot(a[0][j], a[1][j]), a[2][j])
		if length == 0 || !isFinite(length) {
			return o, false
		}
		for i := range 3 {
			m[i][j] = a[i][j] / length
		}
	}
	if math.Abs(det(m)) < 1e-6 {
		return o, false
	}
	m = closestRotation(m)
	used := [3]bool{}
	for j := range 3 {
		best, most := 0, 0.0
		for i := range 3 {
			if v := math.Abs(m[i][j]); !used[i] && v > most {
				best, most = i, v
			}
		}
		if most < 1e-8 {
			return o, false
		}
		used[best] = true
		o[j] = direction{ras: best, flip: m[best][j] < 0}
	}
	return o, true
}

// closestRotation returns the orthogonal factor of the polar decomposition of m, which is not
// singular, by Newton's iteration: the mean of the matrix and its inverse transposed.
func closestRotation(m [3][3]float64) [3][3]float64 {
	for range 64 { // it converges quadratically; some twenty steps bring a determinant of 1e-6 near 1
		inverse := cofactors(m)
		d := det(m)
		var change float64
		for i := range 3 {
			for j := range 3 {
				next := (m[i][j] + inverse[i][j]/d) / 2
				change = max(change, math.Abs(next-m[i][j]))
				m[i][j] = next
			}
		}
		if change < 1e-14 {
			break
		}
	}
	return m
}

func det(m [3][3]float64) float64 {
	c := cofactors(m)
	return m[0][0]*c[0][0] + m[0][1]*c[0][1] + m[0][2]*c[0][2]
}

func cofactors(m [3][3]float64) (c [3][3]float64) {
	for i := range 3 {
		for j := range 3 {
			i1, i2, j1, j2 := (i+1)%3, (i+2)%3, (j+1)%3, (j+2)%3
			c[i][j] = m[i1][j1]*m[i2][j2] - m[i1][j2]*m[i2][j1]
		}
	}
	return c
}

// voxmmToRAS returns the matrix that takes points as a .trk file stores them to RAS mm.
//
// Stored points are voxel indices times the voxel size, along the axes of the header's voxel
// order, with 0 at the corner of the first voxel. The affine wants indices along its own axes,
// with 0 at the voxel's center: where the two axes are opposite, dim-1-v.
//
// The result is rounded to float32, because nibabel does so: its points are then ours, bit for
// bit, if the affine has no rotation, and the error is less than that of the stored numbers.
func voxmmToRAS(h *Header, stored, wanted orientation) (m [3][4]float64) {
	var toVoxel [4][4]float64
	toVoxel[3][3] = 1
	for j, w := range wanted {
		for k, s := range stored {
			if s.ras != w.ras {
				continue
			}
			toVoxel[j][k], toVoxel[j][3] = 1/h.VoxelSize[k], -0.5
			if s.flip != w.flip {
				toVoxel[j][k], toVoxel[j][3] = -1/h.VoxelSize[k], float64(h.Dim[k])-1+0.5
			}
		}
	}
	for i := range 3 {
		for j := range 4 {
			var sum float64
			for k := range 4 {
				sum += h.Affine[i][k] * toVoxel[k][j]
			}
			m[i][j] = float64(float32(sum))
		}
	}
	return m
}
