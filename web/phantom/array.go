package phantom

import (
	"encoding/binary"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// An array is a block of voxels in C order: the last axis is the fastest.
// Every value of the phantom fits 16 bits; narrower and wider types are made on writing.
type array struct {
	shape []int
	data  []uint16
}

func newArray(shape ...int) array {
	n := 1
	for _, s := range shape {
		n *= s
	}
	return array{shape, make([]uint16, n)}
}

// A noise is added to what is rendered: at most amplitude up or down, the
// same for the same seed. It is left out where the value is 0, so that air stays dark.
type noise struct {
	seed      uint64
	amplitude float64
}

// render samples value at every voxel center of g into an array of shape k, j, i.
func render(g Grid, n noise, value func(x, y, z float64) float64) array {
	a := newArray(g.Size[2], g.Size[1], g.Size[0])
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for k := range g.Size[2] {
		group.Go(func() error {
			renderSlice(a, g, n, k, value)
			return nil
		})
	}
	_ = group.Wait() // no slice fails
	return a
}

func renderSlice(a array, g Grid, n noise, k int, value func(x, y, z float64) float64) {
	at := k * g.Size[1] * g.Size[0]
	for j := range g.Size[1] {
		for i := range g.Size[0] {
			p := g.RAS(float64(i), float64(j), float64(k))
			if v := value(p[0], p[1], p[2]); v > 0 {
				v += n.amplitude * triangle(n.seed, uint64(at))
				a.data[at] = uint16(clamp(v+0.5, 0, 65535))
			}
			at++
		}
	}
}

// stack joins volumes of one shape along a new first axis.
func stack(volumes []array) array {
	a := array{shape: append([]int{len(volumes)}, volumes[0].shape...)}
	for _, v := range volumes {
		a.data = append(a.data, v.data...)
	}
	return a
}

// shrink averages blocks of factor[d] voxels along axis d. Blocks at the far
// faces may be cut: they average what there is.
func (a array) shrink(factor []int) array {
	shape := make([]int, len(a.shape))
	for d := range shape {
		shape[d] = (a.shape[d] + factor[d] - 1) / factor[d]
	}
	small := newArray(shape...)
	sum := make([]uint32, len(small.data))
	count := make([]uint32, len(small.data))
	index := make([]int, len(shape))
	for _, v := range a.data {
		at := 0
		for d, i := range index {
			at = at*shape[d] + i/factor[d]
		}
		sum[at] += uint32(v)
		count[at]++
		next(index, a.shape)
	}
	for i := range small.data {
		small.data[i] = uint16((sum[i] + count[i]/2) / count[i])
	}
	return small
}

// next steps index to the following voxel in C order and reports whether there is one.
func next(index, shape []int) bool {
	for d := len(index) - 1; d >= 0; d-- {
		index[d]++
		if index[d] < shape[d] {
			return true
		}
		index[d] = 0
	}
	return false
}

// block copies the voxels of the chunk at the grid position index, little
// endian and width bytes each. Chunks at the far faces are filled up with 0.
func (a array) block(index, chunk []int, width int) []byte {
	n := width
	for _, c := range chunk {
		n *= c
	}
	out := make([]byte, n)
	last := len(chunk) - 1
	start := index[last] * chunk[last]
	run := min(chunk[last], a.shape[last]-start)
	rows := make([]int, last)
	for row := 0; ; row++ {
		if at, ok := a.rowStart(rows, index, chunk); ok && run > 0 {
			put(out[row*chunk[last]*width:], a.data[at+start:at+start+run], width)
		}
		if !next(rows, chunk[:last]) {
			return out
		}
	}
}

// rowStart is where in the data the given row of a chunk starts; not ok if it lies outside.
func (a array) rowStart(rows, index, chunk []int) (at int, ok bool) {
	for d := range rows {
		i := index[d]*chunk[d] + rows[d]
		if i >= a.shape[d] {
			return 0, false
		}
		at = at*a.shape[d] + i
	}
	return at * a.shape[len(a.shape)-1], true
}

// put writes values little endian, width bytes each.
func put(out []byte, values []uint16, width int) {
	for i, v := range values {
		switch width {
		case 1:
			out[i] = byte(v)
		case 2:
			binary.LittleEndian.PutUint16(out[2*i:], v)
		default:
			binary.LittleEndian.PutUint32(out[4*i:], uint32(v))
		}
	}
}

// isZero reports whether all bytes are 0.
func isZero(b []byte) bool {
	for _, v := range b {
		if v != 0 {
			return false
		}
	}
	return true
}
