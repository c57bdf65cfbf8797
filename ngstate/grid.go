package ngstate

import (
	"math"
	"slices"

	"ngportal/volume"
	"ngportal/xfm"
)

// A grid is where the voxels of the array that the viewer opens lie, and what the viewer calls its axes.
type grid struct {
	img   *volume.Image
	alone bool // one level is opened by itself, as a plain array; see [repairLevel]
	level int
	axes  [3]int // of the array, along the columns of own and moved; -1 where it has none
	// own takes indices of voxel centers of the level to millimeters, as the data say, and moved as they are
	// shown: [Asset.Moved] comes after it.
	own, moved xfm.Matrix
}

// unnamed reports whether we have not read what the axes of the array are called that is opened by itself, nor its units.
func (g grid) unnamed() bool { return g.alone && g.img.OME != "" }

func gridOf(a Asset) grid {
	g := grid{img: a.Volume}
	g.level, g.alone = repairLevel(a.Volume)
	p := a.Volume.Place()
	g.axes, g.own = p.Axes, xfm.Matrix(p.Matrix)
	if g.level > 0 {
		g.own = g.finest().Then(g.own)
	}
	g.moved = g.own
	if a.Moved != nil {
		g.moved = g.own.Then(*a.Moved)
	}
	return g
}

// finest takes indices of the level that is opened to those of the finest one, which is what the placement is about.
func (g grid) finest() xfm.Matrix {
	m := xfm.Identity()
	fine, coarse := g.img.Levels[0], g.img.Levels[g.level]
	for col, axis := range g.axes {
		if axis >= 0 {
			m[col][col] = coarse.Scale[axis] / fine.Scale[axis]
			m[col][3] = (coarse.Translation[axis] - fine.Translation[axis]) / fine.Scale[axis]
		}
	}
	return m
}

// origin is where the viewer has the center of voxel 0 along an axis, in voxels: where OME-Zarr, precomputed and N5 say,
// which is where Translation is, and half a voxel from the corner of plain arrays and of NIfTI, which say nothing.
func (g grid) origin(axis int) float64 {
	if g.alone || g.img.Format == volume.NIfTI {
		return 0.5
	}
	l := g.img.Levels[0]
	return l.Translation[axis] / l.Scale[axis]
}

// size is the size of a voxel along a column, in millimeters.
func (g grid) size(col int) float64 {
	if s := norm(g.own[0][col], g.own[1][col], g.own[2][col]); s > 0 {
		return s
	}
	return 1
}

// rows are the axes of the world, 0 to 2, in which an image extends: all three, if it has as many axes of space. A flat
// image lies at every depth of the viewer, so the one it faces is left out.
func (g grid) rows() []int {
	var cols []int
	for col, axis := range g.axes {
		if axis >= 0 {
			cols = append(cols, col)
		}
	}
	m := g.moved
	switch len(cols) {
	case 3:
		return cols
	case 2:
		faced, most := 0, -1.0
		for row := range 3 {
			p, q := (row+1)%3, (row+2)%3
			if n := math.Abs(m[p][cols[0]]*m[q][cols[1]] - m[q][cols[0]]*m[p][cols[1]]); n > most {
				faced, most = row, n
			}
		}
		return []int{min((faced+1)%3, (faced+2)%3), max((faced+1)%3, (faced+2)%3)}
	case 1:
		along := 0
		for row := range 3 {
			if math.Abs(m[row][cols[0]]) > math.Abs(m[along][cols[0]]) {
				along = row
			}
		}
		return []int{along}
	}
	return nil
}

// columns pairs each row with the column of an axis, so that an image that is not turned keeps its order. For a row
// that no axis of the array has it is -1.
func (g grid) columns() [3]int {
	out := [3]int{-1, -1, -1}
	rows, left := g.rows(), []int{}
	for col, axis := range g.axes {
		switch {
		case axis < 0:
		case slices.Contains(rows, col):
			out[col] = col
		default:
			left = append(left, col)
		}
	}
	for _, row := range rows {
		if out[row] < 0 {
			out[row], left = left[0], left[1:]
		}
	}
	return out
}

// turned reports whether the viewer by itself would not place the image there. It knows scales and translations
// along axes whose names it takes for those of the world, and of NIfTI the qform, half a voxel off.
func (g grid) turned() bool {
	if g.alone || g.img.Format == volume.NIfTI {
		return true
	}
	if g.img.Affine == nil && g.own == g.moved && !g.towardBody() {
		return false
	}
	l := g.img.Levels[0]
	for col, axis := range g.axes {
		if axis < 0 {
			continue
		}
		if g.sourceName(axis) != worldAxes[col] {
			return true
		}
		size := g.size(col)
		for row := range 3 {
			scale, at := 0.0, g.moved[row][3]
			if row == col {
				scale, at = size, at-l.Translation[axis]/l.Scale[axis]*size
			}
			const little = 1e-6 // of a voxel
			if math.Abs(g.moved[row][col]-scale)*float64(l.Shape[axis]) > little*size || row == col && math.Abs(at) > little*size {
				return true
			}
		}
	}
	return g.resized()
}

// resized reports whether a header gives voxels another size than the metadata that the viewer reads.
func (g grid) resized() bool {
	l := g.img.Levels[0]
	for col, axis := range g.axes {
		if axis < 0 {
			continue
		}
		const little = 1e-6 // relative
		if mm := l.Scale[axis] * g.img.Axes[axis].Meters * 1e3; mm > 0 && math.Abs(mm-g.size(col)) > little*mm {
			return true
		}
	}
	return false
}

// towardBody reports whether the metadata say where the axes point, which the viewer does not read.
func (g grid) towardBody() bool {
	for _, axis := range g.axes {
		if axis >= 0 && g.img.Axes[axis].Toward != "" {
			return true
		}
	}
	return false
}

// box is the extent by axis, of the corners of voxels, in meters.
func (g grid) box() box {
	b := box{}
	if len(g.img.Levels) == 0 {
		return b
	}
	shape := g.img.Levels[g.level].Shape
	for _, row := range g.rows() {
		low, high := g.moved[row][3], g.moved[row][3]
		for col, axis := range g.axes {
			n := 1.0
			if axis >= 0 {
				n = float64(shape[axis])
			}
			near, far := -0.5*g.moved[row][col], (n-0.5)*g.moved[row][col]
			low += min(near, far)
			high += max(near, far)
		}
		b[worldAxes[row]] = [2]float64{low * millimeter, high * millimeter}
	}
	return b
}

// worldAxes are the names of the world's axes.
//
//nolint:gochecknoglobals // a constant, as far as Go has constant arrays
var worldAxes = [3]string{"x", "y", "z"}
