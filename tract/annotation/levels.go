package annotation

import (
	"math"

	"ngportal/tract"
)

// planFirst chooses the streamlines of level 0 and returns how many of the sample's they are, or would be.
func (l *Layout) planFirst(c *choice, sample *tract.Sample) int {
	n, bytes := 0, 0
	if sample == nil {
		n = int(min(c.n, firstLines, firstBytes/c.bytes))
	} else {
		l.whole = map[int64]uint32{}
		for n < min(len(c.lines), firstLines) {
			if bytes += 4*len(c.lines[n]) + 12 + l.width(); bytes > firstBytes && n > 0 {
				break
			}
			l.whole[c.views[n].position] = c.views[n].number
			n++
		}
	}
	v := l.level([3]int{1, 1, 1}, float64(n))
	v.Limit = n
	if sample == nil {
		v.bound = share(float64(n), c.n)
	}
	l.levels = append(l.levels, v)
	return n
}

// share is the hash that a part of all hashes is not above.
func share(part, all float64) uint64 {
	if part >= all {
		return math.MaxUint64
	}
	return uint64(math.Ldexp(part/all, 64))
}

// planLevels adds the levels behind the first, which has so many streamlines. Each has four times as many as the one
// before, the last one all that are left.
func (l *Layout) planLevels(c *choice, done float64) {
	first := done
	if l.whole == nil {
		first = 0 // hashes choose among all of them
	}
	n := 0.0
	for step := 1; done < c.n; step++ {
		grid := l.grid(step, l.finest)
		cut := l.try(c, grid)
		if n = min(n*growth, c.n-done); step == 1 {
			n = min(max(secondBytes/cut.bytes, 1), c.n-done)
		}
		if step > 1 && c.n-done-n < n/2 {
			n = c.n - done
		}
		for finest := l.finest / 2; step > 1 && n*cut.bytes/cut.cells > cellBytes && finest > l.finest/64; finest /= 2 {
			grid = l.grid(step+int(math.Log2(l.finest/finest)), finest)
			cut = l.try(c, grid)
		}
		done += n
		v := l.level(grid, n)
		v.Limit = int(max(n*cut.pieces/cut.cells, 1))
		v.bound = share(done-first, c.n-first)
		l.levels = append(l.levels, v)
	}
	l.levels[len(l.levels)-1].bound = math.MaxUint64
}

// level is one of a grid, behind those there are.
func (l *Layout) level(grid [3]int, n float64) level {
	v := level{Level: Level{Grid: grid, Streamlines: int64(n)}, cells: 1}
	if len(l.levels) > 0 {
		last := &l.levels[len(l.levels)-1]
		v.first = last.first + last.cells
	}
	for k, g := range grid {
		v.Cell[k] = l.size[k] / float64(g)
		v.cells *= uint32(g)
		v.low[k], v.per[k], v.most[k] = float32(l.low[k]), float32(1/v.Cell[k]), float32(g-1)
	}
	return v
}

// grid halves the box so often along each axis, as long as the cells are not smaller than finest.
func (l *Layout) grid(step int, finest float64) [3]int {
	g := [3]int{1, 1, 1}
	for k := range g {
		for range step {
			if g[k] < mostGrid && l.size[k]/float64(2*g[k]) >= finest {
				g[k] *= 2
			}
		}
	}
	return g
}

// A cost is what a grid makes of a streamline in the mean, and how many of its cells are not empty.
type cost struct{ pieces, bytes, cells float64 }

func (l *Layout) try(c *choice, grid [3]int) cost {
	if len(c.lines) == 0 {
		cells := float64(grid[0]*grid[1]*grid[2])/3 + 1
		pieces := 1 + math.Cbrt(cells)
		return cost{pieces, c.bytes + pieces*float64(24+l.width()), cells}
	}
	v, used, pieces, bytes := l.level(grid, 0), map[uint32]bool{}, 0, 0
	lines := c.lines[:min(len(c.lines), tried)]
	for _, line := range lines {
		v.pieces(line, func(cell uint32, part []float32) {
			used[cell] = true
			pieces++
			bytes += 4*len(part) + 12 + l.width()
		})
	}
	n := float64(len(lines))
	return cost{float64(pieces) / n, float64(bytes) / n, float64(len(used))}
}
