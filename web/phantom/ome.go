package phantom

import (
	"math"
	"strconv"
)

// An image is what an OME-Zarr holds.
type image struct {
	name   string
	unit   string // UDUNITS-2 name of the space axes: millimeter or micrometer
	levels []level
	chunk  []int
	width  int            // bytes of a stored value: 1, 2 or 4
	extra  map[string]any // further metadata beside "multiscales"
}

// A level is one resolution.
type level struct {
	grid Grid
	array
}

// pyramid adds count-1 levels below base by averaging blocks of f voxels (i, j, k).
func pyramid(g Grid, base array, f [3]int, count int) []level {
	factor := []int{f[2], f[1], f[0]}
	if len(base.shape) == 4 {
		factor = append([]int{1}, factor...)
	}
	levels := []level{{g, base}}
	for len(levels) < count {
		last := levels[len(levels)-1]
		levels = append(levels, level{last.grid.coarser(f), last.shrink(factor)})
	}
	return levels
}

// channels reports whether the first axis is the channel.
func (m image) channels() bool { return len(m.levels[0].shape) == 4 }

// dimensions are the names of the axes, slowest first.
func (m image) dimensions() []string {
	if m.channels() {
		return []string{"c", "z", "y", "x"}
	}
	return []string{"z", "y", "x"}
}

func (m image) axes() []any {
	var axes []any
	for _, name := range m.dimensions() {
		if name == "c" {
			axes = append(axes, map[string]any{"name": name, "type": "channel"})
			continue
		}
		axes = append(axes, map[string]any{"name": name, "type": "space", "unit": m.unit})
	}
	return axes
}

// multiscales describes the levels, which lie in folders "0", "1" and so on.
// A translation is the position of the center of the first voxel.
func (m image) multiscales(version string) []any {
	var datasets []any
	for n, l := range m.levels {
		datasets = append(datasets, map[string]any{
			"path": strconv.Itoa(n),
			"coordinateTransformations": []any{
				map[string]any{"type": "scale", "scale": m.perAxis(l.grid.Voxel, 1)},
				map[string]any{"type": "translation", "translation": m.perAxis(l.grid.Origin, 0)},
			},
		})
	}
	scales := map[string]any{"name": m.name, "axes": m.axes(), "datasets": datasets}
	if version != "" {
		scales["version"] = version
	}
	return []any{scales}
}

// perAxis turns millimeters along i, j, k into the image's unit along z, y, x; the channel gets its own value.
func (m image) perAxis(mm [3]float64, channel float64) []float64 {
	perMillimeter := map[string]float64{"millimeter": 1, "micrometer": 1000}[m.unit]
	var values []float64
	if m.channels() {
		values = append(values, channel)
	}
	for c := 2; c >= 0; c-- {
		const digits = 1e6 // keeps the noise of binary fractions out of the metadata
		values = append(values, math.Round(mm[c]*perMillimeter*digits)/digits)
	}
	return values
}
