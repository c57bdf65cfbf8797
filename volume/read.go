package volume

import (
	"errors"
	"io"
)

// A Ranger returns a part of the object called name, relative to the directory being read: length bytes from offset
// on, fewer where the object ends. A negative length means all to the end; a negative offset counts from the end,
// as in HTTP's "bytes=-16". Its errors are those of a [Getter].
type Ranger func(name string, offset, length int64) ([]byte, error)

// A Block is voxels of one level in memory, possibly not all of them.
type Block struct {
	Level  int       // index into [Image.Levels]
	Stride []int64   // every Stride-th voxel along each axis of the image was taken, beginning with voxel 0
	Shape  []int64   // voxels of the block along each axis
	Data   []float32 // in C order, the last axis fastest; stored values, without scaling
}

// Overview reads an image small: of the finest level that has at most most voxels along every axis of space, or else
// of the coarsest, of which every 2nd, 3rd … voxel is taken. The first volume of a time series and at most
// maxOverviewChannels channels are read.
//
// The error wraps [ErrInvalid] when even the coarsest level is too large to be read for this (its sentence says so),
// when chunks are damaged, or when they are packed in a way this package does not know; errors of get come back wrapped.
func Overview(img *Image, most int64, get Ranger) (*Block, error) {
	return nil, errors.ErrUnsupported
}

// NIfTIOverview does the same with the uncompressed NIfTI file r, read once from its beginning.
func NIfTIOverview(img *Image, most int64, r io.Reader) (*Block, error) {
	return nil, errors.ErrUnsupported
}

// Index is the index in Level 0 (of a voxel's center) of element i of the block along an axis.
func (b *Block) Index(img *Image, axis int, i float64) float64 {
	return 0
}
