package volume

import (
	"errors"
	"fmt"
	"io"
)

// Decoder returns a function that decodes all chunks of a level, one after another and with one unpacker, as a reader of
// [Overview] does. Given an array, it also puts their voxels where they belong in it, in C order.
func Decoder(l Level, get Ranger) (func(array []byte) error, error) {
	chunks, err := newLattice(l, get)
	if err != nil {
		return nil, err
	}
	u := newUnpacker()
	return func(array []byte) error {
		grid := chunks.grid()
		for at := make([]int64, len(grid)); ; {
			c, err := chunks.read(u, at)
			if err != nil {
				return err
			}
			if array != nil {
				chunks.assemble(array, at, c)
			}
			if !advance(at, grid) {
				return nil
			}
		}
	}, nil
}

// assemble copies a chunk, whose last axis is fastest, to its place in the array, plane by plane of its last two axes.
func (l *lattice) assemble(array []byte, at []int64, c chunkData) {
	inside, stride := l.inside(at, c), l.strides(c)
	rank, size := len(at), int64(l.dtype.size)
	step, origin := make([]int64, rank), int64(0) // of the array, in bytes
	for axis, next := rank-1, size; axis >= 0; axis-- {
		step[axis] = next
		origin += at[axis] * l.level.Chunk[axis] * next
		next *= l.level.Shape[axis]
	}
	rows, row := rank-2, inside[rank-1]*size
	for i := make([]int64, rows); ; {
		from, to := int64(0), origin
		for axis, n := range i {
			from += n * stride[axis] * size
			to += n * step[axis]
		}
		for range inside[rows] {
			copy(array[to:to+row], c.voxels[from:from+row])
			from, to = from+stride[rows]*size, to+step[rows]
		}
		if !advance(i, inside[:rows]) {
			return
		}
	}
}

// Hashed is the hash of precomputed shards.
func Hashed(id uint64) uint64 { return murmur(id) }

// Morton is the compressed Morton code of a position of a grid.
func Morton(position, grid [3]int64) (uint64, bool) { return morton(position, grid) }

// Unshuffle is the inverse of Blosc's byte shuffle.
func Unshuffle(dst, src []byte, typesize int) { unshuffle(dst, src, typesize) }

// UnshufflePlain is Unshuffle without instructions of the machine.
func UnshufflePlain(dst, src []byte, typesize int) {
	n := len(src) / typesize
	planes := make([][]byte, typesize)
	for b := range planes {
		planes[b] = src[b*n : (b+1)*n]
	}
	interleaveFrom(0, dst, planes)
	copy(dst[n*typesize:], src[n*typesize:])
}

// UnbitShuffle is the inverse of Blosc's bit shuffle.
func UnbitShuffle(dst, src []byte, typesize int) { newUnpacker().unbitshuffle(dst, src, typesize) }

// NIfTIStats describes the channels of a NIfTI file without an overview.
func NIfTIStats(img *Image, r io.Reader) ([]Stats, error) {
	s, err := newNIfTIScan(img, r)
	if err != nil {
		return nil, fmt.Errorf("statistics: %w", err)
	}
	if err := s.run(len(s.tallies)); err != nil && !errors.Is(err, ErrTruncated) {
		return nil, fmt.Errorf("statistics: %w", err)
	}
	return summarize(s.tallies), nil
}
