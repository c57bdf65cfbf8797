package tract_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"ngportal/tract"
)

// A box is a volume in space: the center of its first voxel and the step to the next voxel
// along each of its axes, all in RAS mm, with the axes named by code.
type box struct {
	code   string
	origin [3]float64
	step   [3][3]float64 // step[k] is a vector
	dim    [3]int
}

// turned returns the same volume with its axes listed and directed as code wants: an axis that
// is turned round begins at its other end.
func (b box) turned(code string) box {
	out := box{code: code, origin: b.origin}
	for k := range 3 {
		for j := range 3 {
			switch {
			case code[k] == b.code[j]:
				out.dim[k], out.step[k] = b.dim[j], b.step[j]
			case opposite[code[k]] == b.code[j]:
				out.dim[k] = b.dim[j]
				for i := range 3 {
					out.step[k][i] = -b.step[j][i]
					out.origin[i] += b.step[j][i] * float64(b.dim[j]-1)
				}
			}
		}
	}
	return out
}

var opposite = map[byte]byte{'R': 'L', 'L': 'R', 'A': 'P', 'P': 'A', 'S': 'I', 'I': 'S'}

// at returns the RAS mm of a point that a .trk file stores as v.
func (b box) at(v [3]float32) [3]float64 {
	p := b.origin
	for k := range 3 {
		size := math.Sqrt(b.step[k][0]*b.step[k][0] + b.step[k][1]*b.step[k][1] + b.step[k][2]*b.step[k][2])
		for i := range 3 {
			p[i] += (float64(v[k])/size - 0.5) * b.step[k][i]
		}
	}
	return p
}

// trk is a file with these points, stored along the axes of b, under the affine of a.
func (b box) trk(a box, order binary.AppendByteOrder, points []float32) trkFile {
	f := plainTRK(points)
	f.order, f.voxelOrder = order, b.code
	for k := range 3 {
		f.dim[k] = int16(b.dim[k])
		f.size[k] = float32(math.Sqrt(b.step[k][0]*b.step[k][0] + b.step[k][1]*b.step[k][1] + b.step[k][2]*b.step[k][2]))
		f.affine[k][3] = float32(a.origin[k])
		for j := range 3 {
			f.affine[k][j] = float32(a.step[j][k])
		}
	}
	return f
}

// codes are the 48 ways to name three axes.
func codes() []string {
	var out []string
	for _, x := range "RLAPSI" {
		for _, y := range "RLAPSI" {
			for _, z := range "RLAPSI" {
				if axis(x) != axis(y) && axis(y) != axis(z) && axis(z) != axis(x) {
					out = append(out, string([]rune{x, y, z}))
				}
			}
		}
	}
	return out
}

func axis(r rune) rune { return max(r, rune(opposite[byte(r)])) }

// volumes are a straight and an oblique one; the voxels have three different sizes.
func volumes() []box {
	const angle = 25 * math.Pi / 180
	c, s := math.Cos(angle), math.Sin(angle)
	return []box{
		{"RAS", [3]float64{-11, 22, 33}, [3][3]float64{{1.5, 0, 0}, {0, 2, 0}, {0, 0, 0.75}}, [3]int{40, 50, 60}},
		{"RAS", [3]float64{-11, 22, 33}, [3][3]float64{
			{1.5 * c, 1.5 * s, 0},
			{-2 * s * c, 2 * c * c, 2 * s},
			{0.75 * s * s, -0.75 * c * s, 0.75 * c},
		}, [3]int{40, 50, 60}},
	}
}

func TestAllVoxelOrdersAgainstAllAffines(t *testing.T) {
	if n := len(codes()); n != 48 {
		t.Fatalf("%d voxel orders, want 48", n)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, volume := range volumes() {
		for _, affine := range codes() {
			for _, stored := range codes() {
				checkOrder(t, volume.turned(stored), volume.turned(affine), rng)
			}
		}
	}
}

func checkOrder(t *testing.T, stored, affine box, rng *rand.Rand) {
	t.Helper()
	var points []float32
	var want []float64
	for range 4 {
		p := [3]float32{rng.Float32() * 40, rng.Float32() * 40, rng.Float32() * 40}
		ras := stored.at(p)
		points, want = append(points, p[:]...), append(want, ras[:]...)
	}
	order := binary.AppendByteOrder(binary.LittleEndian)
	if rng.IntN(2) == 0 {
		order = binary.BigEndian
	}
	b := stored.trk(affine, order, points).bytes()
	lines, r := mustRead(t, b, tract.TRK)
	if len(lines) != 1 || !near(lines[0].Points, want, 1e-4) {
		t.Errorf("voxel order %s under an affine for %s: %v, want %v", stored.code, affine.code, lines, want)
	}
	if straight := len(r.Warnings()) == 0; straight != (stored.code == affine.code) {
		t.Errorf("voxel order %s under an affine for %s: warnings %q", stored.code, affine.code, r.Warnings())
	}
}
