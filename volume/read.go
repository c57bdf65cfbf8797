package volume

import (
	"fmt"
	"math"
	"slices"
)

// A Ranger returns a part of the object called name, relative to the directory being read: length bytes from offset
// on, fewer where the object ends. A negative length means all to the end; a negative offset counts from the end,
// as in HTTP's "bytes=-16". Its errors are those of a [Getter]. Several goroutines may call it at once.
type Ranger func(name string, offset, length int64) ([]byte, error)

// A Block is voxels of one level in memory, possibly not all of them.
type Block struct {
	Level  int       // index into [Image.Levels]
	Stride []int64   // every Stride-th voxel along each axis of the image was taken, beginning with voxel 0
	Shape  []int64   // voxels of the block along each axis
	Data   []float32 // in C order, the last axis fastest; stored values, without scaling
}

const (
	// maxOverviewChannels is how many channels of an image are read for an overview.
	maxOverviewChannels = 8
	// maxOverviewChunks is how many chunks are decoded for an overview: each may be one request.
	maxOverviewChunks = 256
	// maxBlockVoxels is the largest block that is made: 64 MiB.
	maxBlockVoxels = 1 << 24
)

// Overview reads an image small: of the finest level that has at most most voxels along every axis of space, or else
// of the coarsest, of which every 2nd, 3rd … voxel is taken. The first volume of a time series and at most
// maxOverviewChannels channels are read. What is not stored has the fill value.
//
// The error wraps [ErrInvalid] when even the coarsest level is too large to be read for this (its sentence says so),
// when chunks are damaged, or when they are packed in a way this package does not know; errors of get come back wrapped.
func Overview(img *Image, most int64, get Ranger) (*Block, error) {
	if len(img.Levels) == 0 || most < 1 {
		return nil, invalid("overview: there are no levels")
	}
	n := img.small(most)
	l, err := newLattice(img.Levels[n], get)
	if err != nil {
		return nil, fmt.Errorf("overview of level %q: %w", img.Levels[n].Path, err)
	}
	b, positions, err := img.planOverview(n, most, l)
	if err != nil {
		return nil, fmt.Errorf("overview of level %q: %w", l.level.Path, err)
	}
	b.allocate()
	c := newCopier(b, l)
	if err := l.each(positions, c.copyChunk); err != nil {
		return nil, fmt.Errorf("overview of level %q: %w", l.level.Path, err)
	}
	return b, nil
}

// block returns a block of a level of the given shape, still without Data.
func (img *Image) block(level int, shape []int64, most, channels int64) (*Block, error) {
	b := &Block{Level: level, Stride: make([]int64, len(shape)), Shape: make([]int64, len(shape))}
	c := img.ChannelAxis()
	for i, n := range shape {
		b.Stride[i], b.Shape[i] = 1, 1
		switch {
		case i == c:
			b.Shape[i] = min(n, channels)
		case img.spatial(i):
			b.Stride[i] = (n-1)/most + 1
			b.Shape[i] = (n-1)/b.Stride[i] + 1
		}
	}
	if _, ok := product(maxBlockVoxels, b.Shape...); !ok {
		return nil, invalid("a block of %v voxels is too large for a preview", b.Shape)
	}
	return b, nil
}

// allocate makes room for the voxels of a block from [Image.block].
func (b *Block) allocate() {
	total := int64(1)
	for _, n := range b.Shape {
		total *= n
	}
	b.Data = make([]float32, total)
}

// planOverview chooses the chunks to read, of as many channels as can be had.
func (img *Image) planOverview(level int, most int64, l *lattice) (*Block, [][]int64, error) {
	budget := max(1, min(maxOverviewChunks, int64(maxChunkBytes/l.bytes)))
	for channels := min(maxOverviewChannels, img.ChannelCount()); ; channels-- {
		b, err := img.block(level, l.level.Shape, most, channels)
		if err != nil && channels <= 1 {
			return nil, nil, err
		}
		if err != nil {
			continue
		}
		places := make([][]int64, len(b.Shape)) // the chunks that are needed, along each axis
		count := make([]int64, len(b.Shape))
		for i := range b.Shape {
			places[i] = l.places(i, b)
			count[i] = int64(len(places[i]))
		}
		if total, ok := product(budget, count...); ok {
			positions := everyPosition(count, int(total))
			for _, p := range positions {
				for i, at := range p {
					p[i] = places[i][at]
				}
			}
			return b, positions, nil
		}
		if channels <= 1 {
			return nil, nil, invalid("there is no level small enough: it would take %v chunks of %v voxels, and %d MiB in at most %d chunks are read for a preview",
				count, l.level.Chunk, maxChunkBytes>>20, maxOverviewChunks)
		}
	}
}

// places lists where along an axis there are chunks that hold voxels of the block; more than maxOverviewChunks are
// not listed.
func (l *lattice) places(axis int, b *Block) []int64 {
	var out []int64
	for i := int64(0); i < b.Shape[axis] && len(out) <= maxOverviewChunks; {
		at := i * b.Stride[axis] / l.level.Chunk[axis]
		out = append(out, at)
		i = ((at+1)*l.level.Chunk[axis]-1)/b.Stride[axis] + 1
	}
	return out
}

// copier copies voxels of chunks to where they belong in a block.
type copier struct {
	*Block
	*lattice
	step   []int64 // between neighbors in Data, along each axis
	row    []byte
	values []float64
}

func newCopier(b *Block, l *lattice) *copier {
	c := &copier{Block: b, lattice: l, step: make([]int64, len(b.Shape))}
	step := int64(1)
	for i, n := range slices.Backward(b.Shape) {
		c.step[i] = step
		step *= n
	}
	longest := b.Shape[l.layout[len(l.layout)-1]]
	c.row, c.values = make([]byte, longest*int64(l.dtype.size)), make([]float64, longest)
	return c
}

// copyChunk copies those voxels of a chunk that the block has, in rows along the axis that is stored fastest.
func (c *copier) copyChunk(position []int64, from chunkData) {
	if from.voxels == nil && c.fill == 0 {
		return
	}
	inside, stride := c.inside(position, from), c.strides(from)
	rank := len(position)
	first, count := make([]int64, rank), make([]int64, rank) // in the block
	source := int64(0)                                       // the first of those voxels, in the chunk
	for i, p := range position {
		begin := p * c.level.Chunk[i]
		first[i] = (begin + c.Stride[i] - 1) / c.Stride[i]
		count[i] = min(c.Shape[i], (begin+inside[i]-1)/c.Stride[i]+1) - first[i]
		if count[i] <= 0 {
			return
		}
		source += (first[i]*c.Stride[i] - begin) * stride[i]
	}
	fast := rank - 1
	axes := c.layout[:fast]
	at, limit := make([]int64, fast), permuted(count, axes)
	for {
		from0, to := source, int64(0)
		for i, n := range first {
			to += n * c.step[i]
		}
		for i, axis := range axes {
			from0 += at[i] * c.Stride[axis] * stride[axis]
			to += at[i] * c.step[axis]
		}
		c.copyRow(from.voxels, from0, to, count[c.layout[fast]], c.layout[fast])
		if !advance(at, limit) {
			return
		}
	}
}

// copyRow copies n voxels along an axis, from an index of the chunk to one of Data. Without voxels they have the fill value.
func (c *copier) copyRow(voxels []byte, from, to, n int64, axis int) {
	values := c.values[:n]
	size, step := int64(c.dtype.size), c.Stride[axis]
	switch {
	case voxels == nil:
		for i := range values {
			values[i] = c.fill
		}
	case step == 1:
		c.dtype.floats(values, voxels[from*size:], c.bigEndian)
	default:
		for i := range n {
			copy(c.row[i*size:(i+1)*size], voxels[(from+i*step)*size:])
		}
		c.dtype.floats(values, c.row, c.bigEndian)
	}
	for i, v := range values {
		c.Data[to+int64(i)*c.step[axis]] = float32(v)
	}
}

// Index is the index in Level 0 (of a voxel's center) of element i of the block along an axis.
func (b *Block) Index(img *Image, axis int, i float64) float64 {
	own, finest := img.Levels[b.Level], img.Levels[0]
	at := i * float64(b.Stride[axis])
	if b.Level == 0 {
		return at
	}
	out := (own.Translation[axis] + at*own.Scale[axis] - finest.Translation[axis]) / finest.Scale[axis]
	if math.IsNaN(out) || math.IsInf(out, 0) { // sizes that make no sense: go by the numbers of voxels
		ratio := float64(finest.Shape[axis]) / float64(own.Shape[axis])
		return (at+0.5)*ratio - 0.5
	}
	return out
}

// SampleChunk reads and decodes one chunk in the middle of the finest level. It returns whether the chunk is stored; one
// that is not has the fill value everywhere. The error is that of [ChunkStats].
func SampleChunk(img *Image, get Ranger) (stored bool, err error) {
	if len(img.Levels) == 0 {
		return false, invalid("there are no levels")
	}
	l, err := newLattice(img.Levels[0], get)
	if err != nil {
		return false, err
	}
	position := l.grid()
	for i := range position {
		position[i] /= 2
	}
	err = l.each([][]int64{position}, func(_ []int64, c chunkData) { stored = c.voxels != nil })
	return stored, err
}
