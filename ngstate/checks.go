package ngstate

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"ngportal/volume"
)

// placed says that the state carries a transform which the metadata call for and the viewer would not make of them.
func placed(a Asset) (Check, bool) {
	a.Moved = nil
	g := gridOf(a)
	if g.alone || !g.turned() || slices.ContainsFunc(a.Volume.Findings, func(f volume.Finding) bool {
		return f.Rule == volume.RuleForms || f.Rule == volume.RuleAffine || f.Rule == volume.RuleScales
	}) {
		return Check{}, false
	}
	c := Check{RulePlaced, Green, "It says where it lies, and Neuroglancer does not read that.", "It is placed as it says."}
	switch {
	case a.Volume.Format == volume.NIfTI:
		c.Text = "Neuroglancer by itself would place it half a voxel off."
		c.Repair = "It is placed by its " + a.Volume.Place().Source + "."
	case a.Volume.Affine != nil:
		c.Text = "Its " + a.Volume.Place().Source + " says where it lies, and Neuroglancer does not read that."
	}
	return c, true
}

// mirrored warns that voxels are stored like in a mirror: what passes over the affine shows left for right.
func mirrored(a Asset) (Check, bool) {
	p := a.Volume.Place()
	g := gridOf(Asset{Volume: a.Volume})
	if isFlat(a.Volume) || determinant(g.own) >= 0 {
		return Check{}, false
	}
	text := fmt.Sprintf("Its axes run toward %s, which mirrors it: a program that does not ask where it lies shows left for right.", directions3(p))
	if p.Source != "none" {
		text += fmt.Sprintf(" Here it is shown as the %s says.", p.Source)
	}
	return Check{RuleMirrored, Amber, text, ""}, true
}

// directions3 says where the three axes of an image lead, such as "L, A and S".
func directions3(p volume.Placement) string {
	var letters []string
	for col := range p.Axes {
		most := 0
		for row := range 3 {
			if math.Abs(p.Matrix[row][col]) > math.Abs(p.Matrix[most][col]) {
				most = row
			}
		}
		pair := [...]string{"LR", "PA", "IS"}[most]
		if p.Matrix[most][col] < 0 {
			letters = append(letters, pair[:1])
		} else {
			letters = append(letters, pair[1:])
		}
	}
	return strings.Join(letters[:2], ", ") + " and " + letters[2]
}

// centered warns of a volume whose center is the origin: converters put it there (linc-convert does by default), so
// that volumes lie over each other that nobody has registered.
func centered(a Asset) (Check, bool) {
	const least = 10 // voxels; a smaller one lies near the origin anyway
	img := a.Volume
	g := gridOf(Asset{Volume: img})
	if isFlat(img) || slices.ContainsFunc(img.Findings, func(f volume.Finding) bool { return f.Rule == volume.RuleAffine }) {
		return Check{}, false
	}
	var middle [3]float64
	voxel := math.Inf(1)
	for col, axis := range g.axes {
		n := img.Levels[g.level].Shape[axis]
		if n <= least {
			return Check{}, false
		}
		middle[col] = float64(n-1) / 2
		voxel = min(voxel, g.size(col))
	}
	for _, v := range g.own.Apply(middle) {
		if !(math.Abs(v) <= voxel) {
			return Check{}, false
		}
	}
	return Check{RuleCentered, Amber, "Its center lies at the origin, which is where converters put a volume that they know no place for: " +
		"two such volumes lie over each other without being registered.", ""}, true
}

// channelAxis says that an axis of channels is made one. Components that become a color are told by [components].
func channelAxis(a Asset) (Check, bool) {
	slots := channelSlots(a)
	if len(slots) == 0 || slots[0].in == slots[0].out || together(a) {
		return Check{}, false
	}
	return Check{
		RuleChannels, Amber, fmt.Sprintf("Neuroglancer takes the axis %s for one of places.", slots[0].in),
		"It is made one of channels.",
	}, true
}

// renamed says that axes of space become x, y and z which have other names, or none.
func renamed(a Asset) (Check, bool) {
	g := gridOf(a)
	var from, to []string
	for row, col := range g.columns() {
		if col >= 0 && !g.alone && a.Volume.Format != volume.NIfTI && g.sourceName(g.axes[col]) != worldAxes[row] {
			from, to = append(from, g.sourceName(g.axes[col])), append(to, worldAxes[row])
		}
	}
	if len(from) == 0 {
		return Check{}, false
	}
	return Check{
		volume.RuleAxes, Amber, "It calls its axes of space " + strings.Join(from, ", ") + ", so it would not lie beside anything else.",
		"They are taken for " + strings.Join(to, ", ") + ".",
	}, true
}

// components looks at colors and directions, whose components the viewer takes only together, out of one chunk.
func components(a Asset) (Check, bool) {
	show := showOf(a)
	if show != RGB && show != Vectors {
		return Check{}, false
	}
	what := "three colors"
	if show == Vectors {
		what = "three components of a direction"
	}
	if !isWhole(a) {
		return Check{
			RuleVectors, Amber, "Its chunks hold not all of the " + what + ", which Neuroglancer wants together.",
			"Each is shown as a layer, and the layers add up.",
		}, true
	}
	slots := channelSlots(a)
	if len(slots) == 0 || slots[0].in == slots[0].out {
		return Check{}, false
	}
	return Check{RuleChannels, Green, "Neuroglancer takes the " + what + " for images of their own.", "They are shown as one color."}, true
}

const mebi = 1 << 20

// pyramid warns of a large image that the viewer must read whole, because there is nothing coarser. A NIfTI file is
// read whole in any case; see [chunkSize].
func pyramid(a Asset) (Check, bool) {
	const most, longest = 512 * mebi, 4096
	img := a.Volume
	l := img.Levels[0]
	if len(img.Levels) > 1 || img.Format == volume.NIfTI {
		return Check{}, false
	}
	size := voxels(l.Shape) * itemSize(img.DType)
	if size <= most && slices.Max(l.Shape) <= longest {
		return Check{}, false
	}
	return Check{RulePyramid, Amber, fmt.Sprintf("It has %s of voxels and no coarser level: from afar the viewer reads all of it.", bytesText(size)), ""}, true
}

// chunkSize warns of what a browser has to read at once: a chunk, or a whole NIfTI file, without compression.
func chunkSize(a Asset) (Check, bool) {
	img := a.Volume
	amber, red, what := 16.0*mebi, 64.0*mebi, "A chunk is"
	size := 0.0
	for _, l := range img.Levels {
		size = max(size, voxels(l.Chunk)*itemSize(img.DType))
	}
	if img.Format == volume.NIfTI {
		amber, red, what = 1024*mebi, 2048*mebi, "The viewer reads the whole file, which is"
		size = voxels(img.Levels[0].Shape) * itemSize(img.DType)
	}
	c := Check{RuleChunk, Amber, fmt.Sprintf("%s %s without compression: expect it to be slow.", what, bytesText(size)), ""}
	if size > red {
		c.Light, c.Text = Red, fmt.Sprintf("%s %s without compression, more than a browser can be expected to take.", what, bytesText(size))
	}
	return c, size > amber
}

// itemSize is the number of bytes of a voxel, 1 where that is not known.
func itemSize(dtype string) float64 {
	digits := strings.TrimLeft(dtype, "abcdefghijklmnopqrstuvwxyz")
	if bits, err := strconv.Atoi(digits); err == nil && bits >= 8 {
		return float64(bits) / 8
	}
	return 1
}

// bytesText writes a size for people.
func bytesText(size float64) string {
	units := []string{"B", "kB", "MB", "GB", "TB", "PB", "EB"}
	i := 0
	for size >= 999.5 && i < len(units)-1 {
		size /= 1000
		i++
	}
	return fmt.Sprintf("%.3g %s", size, units[i])
}
