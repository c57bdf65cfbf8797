package volume

// Stats describes each channel of a block of img, as [ChunkStats] does those of a level. Of floating-point voxels it
// takes only so many, evenly, as quantiles need. It is nil when the block is not one of img.
func (b *Block) Stats(img *Image) []Stats {
	const enough = 1 << 15 // voxels
	d := namedDType(img.DType)
	total, whole := product(maxBlockVoxels, b.Shape...)
	if d.size == 0 || !whole || total == 0 || total != int64(len(b.Data)) || len(b.Shape) != len(img.Axes) {
		return nil
	}
	channels, run := 1, len(b.Data) // run: voxels of a channel that lie behind each other
	if c := img.ChannelAxis(); c >= 0 {
		channels, run = int(b.Shape[c]), 1
		for _, n := range b.Shape[c+1:] {
			run *= int(n)
		}
	}
	each, every := len(b.Data)/channels, 1
	if d.kind == 'f' {
		every = each/enough | 1 // odd, lest it keep time with the rows
	}
	tallies := newTallies(channels, d)
	for channel, t := range tallies {
		for i := 0; i < each; i += every {
			t.addSame(float64(b.Data[(i/run*channels+channel)*run+i%run]), 1) // a fill value may be none of the type
		}
	}
	return summarize(tallies)
}
