package volume

import (
	"math"
	"slices"
)

const (
	// maxSampleChunks is how many chunks are decoded for one histogram: each may be one request.
	maxSampleChunks = 256
	// overview is the size up to which a level is an overview of the image; ngtools takes the
	// contrast from the first level that has no more voxels along any axis of space.
	overview = 64
	// maxStatsChannels bounds the memory of statistics. Later channels get none.
	maxStatsChannels = 256
)

// small chooses the finest level that has at most so many voxels along every axis of space, or else the coarsest.
func (img *Image) small(most int64) int {
	for i, l := range img.Levels {
		fits := true
		for axis, n := range l.Shape {
			fits = fits && (n <= most || !img.spatial(axis))
		}
		if fits {
			return i
		}
	}
	return len(img.Levels) - 1
}

// spatial tells whether axis i is one of space. Where no axis says so, all count that are nothing else.
func (img *Image) spatial(i int) bool {
	known := slices.ContainsFunc(img.Axes, func(a Axis) bool { return a.Kind == "space" })
	if known {
		return img.Axes[i].Kind == "space"
	}
	return img.Axes[i].Kind == ""
}

// plan chooses the chunks to decode, as positions in the grid of chunks: all of them
// if maxSampleChunks and maxChunkBytes allow, or else a fixed selection that is spread evenly
// and begins in the middle. Chunks that differ only in channel are chosen together.
func (l *lattice) plan(channel int) [][]int64 {
	grid := l.grid()
	channels := int64(1)
	if channel >= 0 {
		channels, grid[channel] = grid[channel], 1
	}
	budget := max(1, min(maxSampleChunks, int64(maxChunkBytes/l.bytes)))
	channels = min(channels, budget)
	var out [][]int64
	for _, place := range spread(grid, int(budget/channels)) {
		for c := range channels {
			p := slices.Clone(place)
			if channel >= 0 {
				p[channel] = c
			}
			out = append(out, p)
		}
	}
	return out
}

// spread returns at most count different positions in grid, all of them if there are no more.
func spread(grid []int64, count int) [][]int64 {
	if total, ok := product(int64(count), grid...); ok {
		return everyPosition(grid, int(total))
	}
	var out [][]int64
	const tries = 8 // per position: late points of the sequence may meet earlier ones in a small grid
	for i := 0; i < tries*count && len(out) < count; i++ {
		p := make([]int64, len(grid))
		for axis, n := range grid {
			at := 0.5 + float64(i)*step(axis, len(grid))
			p[axis] = min(int64((at-math.Floor(at))*float64(n)), n-1)
		}
		if !slices.ContainsFunc(out, func(q []int64) bool { return slices.Equal(p, q) }) {
			out = append(out, p)
		}
	}
	return out
}

// step is that of the additive sequence R_d (Roberts 2018), which fills a box evenly: powers
// of 1/φ, φ being the root of φ^(d+1) = φ+1.
func step(axis, rank int) float64 {
	phi := 2.0
	for range 40 {
		phi = math.Pow(1+phi, 1/float64(rank+1))
	}
	return math.Pow(1/phi, float64(axis+1))
}

func everyPosition(grid []int64, total int) [][]int64 {
	out := make([][]int64, total)
	for i := range out {
		p, rest := make([]int64, len(grid)), int64(i)
		for axis := len(grid) - 1; axis >= 0; axis-- {
			p[axis], rest = rest%grid[axis], rest/grid[axis]
		}
		out[i] = p
	}
	return out
}
