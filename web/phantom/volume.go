package phantom

// A Volume tells tests where a volume lies and what is in it.
type Volume struct {
	Bucket, Key string
	Grid        Grid

	// Value is the stored value at a position in RAS+ millimeters before
	// noise and rounding; of the first channel, if there are several.
	Value func(x, y, z float64) float64

	// Noise is the most that noise adds or takes away. Rounding adds half a step more.
	Noise float64

	// Bright and Dark are positions in RAS+ millimeters amid tissue that is
	// all bright or all dark: within 2.5 mm in the head, within 2 µm in the
	// fluorescence volume. The label volume has none.
	Bright, Dark [][3]float64
}

// T1w is the oblique NIfTI volume. Bright is 780 or more, dark 110 or less.
func T1w() Volume {
	return Volume{
		Bucket: PrivateBucket, Key: T1wKey, Grid: anatGrid(), Value: Intensity, Noise: 14,
		Bright: places(lesionCenter(), vec{0, -4, 26}, vec{20.5, -13.5, 9}, vec{-20.5, -13.5, 9}, vec{34.5, -28, 31}),
		Dark:   places(vec{11, -18, 18}, vec{-11, -18, 18}),
	}
}

// FA is the OME-Zarr 0.4 volume of the fractional anisotropy, in thousandths.
// Bright is 700 or more, dark 30 or less.
func FA() Volume {
	return Volume{
		Bucket: PrivateBucket, Key: FAKey, Grid: faGrid(), Value: Anisotropy, Noise: 12,
		Bright: places(vec{0, -4, 26}, vec{0, 30, 6}, vec{0, -38, 6}, vec{20.5, -13.5, 9}, vec{-20.5, -13.5, 9},
			vec{34.5, -28, 31}, vec{-34.5, -28, 31}),
		Dark: places(vec{11, -18, 18}, vec{-11, -18, 18}),
	}
}

// XPCT is the sharded OME-Zarr 0.5 volume, which shows a part of the left
// hemisphere. Bright is 145 or more, dark 40 or less.
func XPCT() Volume {
	return Volume{
		Bucket: PrivateBucket, Key: XPCTKey, Grid: xpctGrid(), Value: PhaseContrast, Noise: 4,
		Bright: places(lesionCenter(), vec{-11, -20, 8}, vec{-28, 3, 2}),
		Dark:   places(vec{-11, -18, 18}, vec{-22, -38, 12}),
	}
}

// Dseg is the label volume. Its values are those of [Tissue], exactly, on every level.
func Dseg() Volume {
	value := func(x, y, z float64) float64 { return float64(Tissue(x, y, z)) }
	return Volume{Bucket: PrivateBucket, Key: DsegKey, Grid: dsegGrid(), Value: value}
}

// Fluo is the fluorescence volume; Value is its first channel, see
// [Fluorescence] for the others. Bright is 1500 or more, dark 100 or less.
func Fluo() Volume {
	value := func(x, y, z float64) float64 { return Fluorescence(0, x, y, z) }
	g := fluoGrid()
	return Volume{
		Bucket: MicroscopyBucket, Key: FluoKey, Grid: g, Value: value, Noise: 5,
		Bright: [][3]float64{g.RAS(171, 43, 7), g.RAS(88, 127, 7)},
		Dark:   [][3]float64{g.RAS(133, 57, 5), g.RAS(97, 60, 5)},
	}
}

// places takes positions from the frame of [untwist] into the head.
func places(at ...vec) [][3]float64 {
	list := make([][3]float64, len(at))
	for i, p := range at {
		list[i] = twist(p).array()
	}
	return list
}
