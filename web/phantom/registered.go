package phantom

import (
	"fmt"
	"strings"
)

// RegisteredPrefix is where, in [PrivateBucket], lies what a laboratory has of one hemisphere before it is put
// together: four blocks scanned by themselves, each in a space of its own, two diffusion volumes, streamlines, and four
// registrations. Its names are those that LINC gives to subject I58.
const RegisteredPrefix = "derivatives/sub-I58/"

// RegisteredTRKKey is the tractogram of the left hemisphere.
const RegisteredTRKKey = RegisteredPrefix + "dwi/sub-I58_sample-hemi_desc-CSD_tractography.trk"

// A Block is a part of the left hemisphere that was scanned by itself. The middle of its volume is the origin of its
// own space, as linc-convert writes it.
type Block struct {
	// Volume is the block where its registration moves it to. Bright is 145 or more, dark 40 or less.
	Volume Volume
	// LTAKey is the registration from the block's space to that of the diffusion volumes. LINC's names read the other
	// way round: from what stays to what is moved.
	LTAKey string
}

// Blocks are the four blocks.
func Blocks() []Block {
	blocks := make([]Block, len(blockPoses))
	for n, pose := range blockPoses {
		const voxels, size = 64, 0.7
		g := Grid{Size: [3]int{voxels, voxels, voxels}, Voxel: [3]float64{size, size, size}, Axes: oblique(pose.a, pose.b)}
		blocks[n] = Block{
			Volume: Volume{
				Bucket: PrivateBucket, Key: fmt.Sprintf("%smicr/sub-I58_sample-hemi_chunk-%02d_XPCT.ome.zarr/", RegisteredPrefix, n+1),
				Grid: g.centered(pose.center), Value: PhaseContrast, Noise: 4,
			},
			LTAKey: fmt.Sprintf("%sxfm/sub-I58_from-dMRI_to-XPCT%02d_desc-final_xfm.lta", RegisteredPrefix, n+1),
		}
	}
	return blocks
}

// blockPoses are how the blocks lie in the head: turned by a about the first and b about the third axis, in degrees.
//
//nolint:gochecknoglobals // a table; never changes
var blockPoses = [...]struct {
	a, b   float64
	center [3]float64
}{
	{22, -31, [3]float64{-30, -50, 12}},
	{-17, 24, [3]float64{-32, -18, 30}},
	{35, 12, [3]float64{-34, 14, 6}},
	{-28, -19, [3]float64{-24, 38, 10}},
}

// RegisteredFA and RegisteredB0 are the two diffusion volumes, of coarse voxels in the space of the head.
func RegisteredFA() Volume { return hemisphere("FA", Anisotropy, 12) }

// RegisteredB0 is the volume without diffusion weighting, in which fluid is bright.
func RegisteredB0() Volume { return hemisphere("b0", Diffusion, 10) }

func hemisphere(desc string, value func(x, y, z float64) float64, noise float64) Volume {
	return Volume{
		Bucket: PrivateBucket, Key: RegisteredPrefix + "dwi/sub-I58_sample-hemi_desc-" + desc + "_dwi.ome.zarr/",
		Grid:  Grid{Size: [3]int{48, 96, 70}, Voxel: [3]float64{2, 2, 2}, Axes: upright(), Origin: [3]float64{-93, -111, -81}},
		Value: value, Noise: noise,
	}
}

// Diffusion is the signal of a volume without diffusion weighting at a position in RAS+ millimeters.
func Diffusion(x, y, z float64) float64 {
	m := mixAt(vec{x, y, z})
	var sum float64
	for t, share := range &m.part {
		if share > 0 {
			sum += share * (1000 - looks[t].t1) * 0.9
		}
	}
	return sum - 900*m.part[air] - 820*m.part[bone]
}

func putRegistered(t tree) error {
	c, err := zstdCodec()
	if err != nil {
		return err
	}
	for n, b := range Blocks() {
		v := b.Volume
		native := Grid{Size: v.Grid.Size, Voxel: v.Grid.Voxel, Axes: upright()}.centered([3]float64{})
		m := image{name: "XPCT", unit: "micrometer", chunk: []int{32, 32, 32}, width: 1}
		m.levels = pyramid(native, render(v.Grid, noise{uint64(10 + n), v.Noise}, v.Value), [3]int{2, 2, 2}, 2)
		if err = t.putZarr3(v.Key, m, c, 2); err != nil {
			return err
		}
		if err = t.putText(b.LTAKey, lta(n, v.Grid, native)); err != nil {
			return err
		}
	}
	for n, v := range []Volume{RegisteredFA(), RegisteredB0()} {
		m := image{name: "dwi", unit: "millimeter", chunk: []int{48, 48, 48}, width: 2}
		m.levels = pyramid(v.Grid, render(v.Grid, noise{uint64(20 + n), v.Noise}, v.Value), [3]int{2, 2, 2}, 2)
		if err = t.putZarr2(v.Key, m, gzipCodec()); err != nil {
			return err
		}
	}
	data, err := trk(tractGrid(), "LAS", leftLines())
	if err != nil {
		return err
	}
	return t.put(RegisteredTRKKey, data)
}

// leftLines are the streamlines that stay in the left hemisphere.
func leftLines() []Streamline {
	var left []Streamline
	for _, s := range Streamlines() {
		if strings.HasSuffix(s.Bundle, "_L") {
			left = append(left, s)
		}
	}
	return left
}

// lta is a FreeSurfer registration of type 1, RAS to RAS, which moves a block from its native grid to where it lies.
func lta(n int, moved, native Grid) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# registration of block %d of the phantom\ntype      = 1\nnxforms   = 1\nmean      = 0.0000 0.0000 0.0000\nsigma     = 10000.0000\n1 4 4\n", n+1)
	for r, row := range moved.Axes {
		at := moved.RAS(31.5, 31.5, 31.5)
		fmt.Fprintf(&b, "%.15e %.15e %.15e %.15e\n", row[0], row[1], row[2], at[r])
	}
	b.WriteString("0.000000000000000e+00 0.000000000000000e+00 0.000000000000000e+00 1.000000000000000e+00\n")
	b.WriteString(volumeInfo("src", fmt.Sprintf("XPCT%02d", n+1), native))
	b.WriteString(volumeInfo("dst", "dMRI", RegisteredFA().Grid))
	return b.String()
}

// volumeInfo describes one of the two volumes as FreeSurfer does; cras is the middle.
func volumeInfo(which, name string, g Grid) string {
	middle := g.RAS(float64(g.Size[0])/2, float64(g.Size[1])/2, float64(g.Size[2])/2)
	text := fmt.Sprintf("%s volume info\nvalid = 1  # volume info valid\nfilename = %s\nvolume = %d %d %d\nvoxelsize = %.9e %.9e %.9e\n",
		which, name, g.Size[0], g.Size[1], g.Size[2], g.Voxel[0], g.Voxel[1], g.Voxel[2])
	for c, axis := range []string{"xras", "yras", "zras"} {
		text += fmt.Sprintf("%s   = %.9e %.9e %.9e\n", axis, g.Axes[0][c], g.Axes[1][c], g.Axes[2][c])
	}
	return text + fmt.Sprintf("cras   = %.9e %.9e %.9e\n", middle[0], middle[1], middle[2])
}
