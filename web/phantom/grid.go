package phantom

import "math"

// A Grid says where the voxels of a volume lie in RAS+ millimeters. Indices
// are those of voxel centers: (0, 0, 0) is the center of the first voxel.
type Grid struct {
	Size   [3]int        // voxels along i, j and k; i is the fastest in the file
	Voxel  [3]float64    // millimeters along i, j and k
	Axes   [3][3]float64 // Axes[r][c] is the part of axis c (i, j, k) along r (right, anterior, superior)
	Origin [3]float64    // the center of the first voxel
}

// RAS returns the position of a voxel index, which need not be whole.
func (g Grid) RAS(i, j, k float64) [3]float64 {
	p := g.Origin
	for r := range 3 {
		p[r] += g.Axes[r][0]*g.Voxel[0]*i + g.Axes[r][1]*g.Voxel[1]*j + g.Axes[r][2]*g.Voxel[2]*k
	}
	return p
}

// Index is the inverse of [Grid.RAS].
func (g Grid) Index(p [3]float64) [3]float64 {
	var index [3]float64
	for c := range 3 {
		for r := range 3 { // the axes are orthonormal: the inverse is the transpose
			index[c] += g.Axes[r][c] * (p[r] - g.Origin[r])
		}
		index[c] /= g.Voxel[c]
	}
	return index
}

// Affine is the matrix that takes (i, j, k, 1) to (right, anterior, superior, 1).
func (g Grid) Affine() [4][4]float64 {
	m := [4][4]float64{3: {3: 1}}
	for r := range 3 {
		for c := range 3 {
			m[r][c] = g.Axes[r][c] * g.Voxel[c]
		}
		m[r][3] = g.Origin[r]
	}
	return m
}

// Contains reports whether p lies in the volume, at least margin millimeters from its faces.
func (g Grid) Contains(p [3]float64, margin float64) bool {
	for c, i := range g.Index(p) {
		if i < -0.5+margin/g.Voxel[c] || i > float64(g.Size[c])-0.5-margin/g.Voxel[c] {
			return false
		}
	}
	return true
}

func upright() [3][3]float64 { return [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}} }

// centered moves the grid so that its middle lies at p.
func (g Grid) centered(p [3]float64) Grid {
	g.Origin = [3]float64{}
	half := g.RAS(float64(g.Size[0]-1)/2, float64(g.Size[1]-1)/2, float64(g.Size[2]-1)/2)
	for r := range 3 {
		g.Origin[r] = p[r] - half[r]
	}
	return g
}

// oblique are axes turned by a about the first and then by b about the third axis.
func oblique(a, b float64) [3][3]float64 {
	sinA, cosA := math.Sincos(a * math.Pi / 180)
	sinB, cosB := math.Sincos(b * math.Pi / 180)
	return [3][3]float64{
		{cosB, -sinB, 0},
		{cosA * sinB, cosA * cosB, -sinA},
		{sinA * sinB, sinA * cosB, cosA},
	}
}

// anatGrid is turned by -14° about the vertical axis and then by 15° about the left-right axis.
func anatGrid() Grid {
	g := Grid{Size: [3]int{134, 188, 110}, Voxel: [3]float64{1.4, 1.2, 1.8}, Axes: oblique(15, -14)}
	return g.centered([3]float64{0.4, -13, -3.2})
}

func faGrid() Grid {
	return Grid{Size: [3]int{160, 192, 122}, Voxel: [3]float64{1, 1, 1.5}, Axes: upright(), Origin: [3]float64{-79.5, -111, -91.25}}
}

func xpctGrid() Grid {
	return Grid{Size: [3]int{112, 128, 120}, Voxel: [3]float64{0.8, 0.8, 0.8}, Axes: upright(), Origin: [3]float64{-76.4, -52.8, -22.4}}
}

func dsegGrid() Grid {
	return Grid{Size: [3]int{114, 140, 122}, Voxel: [3]float64{1.5, 1.5, 1.5}, Axes: upright(), Origin: [3]float64{-84.75, -118.5, -96}}
}

// fluoGrid is a crumb of the left hemisphere: voxels of 0.65 µm across, 2.5 µm deep.
func fluoGrid() Grid {
	g := Grid{Size: [3]int{240, 240, 14}, Voxel: [3]float64{0.00065, 0.00065, 0.0025}, Axes: upright()}
	return g.centered([3]float64{-38.5, -18.25, 54.75})
}

// tractGrid is the voxel space that the .trk file is written in: i runs to the left, as its voxel order LAS says.
func tractGrid() Grid {
	return Grid{
		Size:   [3]int{128, 154, 92},
		Voxel:  [3]float64{1.25, 1.25, 2},
		Axes:   [3][3]float64{{-1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
		Origin: [3]float64{79.375, -111.25, -91},
	}
}

// coarser merges f[0] × f[1] × f[2] voxels into one. The first corner stays where it is.
func (g Grid) coarser(f [3]int) Grid {
	shift := [3]float64{}
	for c := range 3 {
		shift[c] = float64(f[c]-1) / 2
	}
	g.Origin = g.RAS(shift[0], shift[1], shift[2])
	for c := range 3 {
		g.Size[c] = (g.Size[c] + f[c] - 1) / f[c]
		g.Voxel[c] *= float64(f[c])
	}
	return g
}
