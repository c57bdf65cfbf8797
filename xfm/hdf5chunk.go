package xfm

import (
	"bytes"
	"compress/zlib"
	"io"
	"math"
)

// The filters of a chunk, and what they are undone in.
const (
	filterDeflate    = 1
	filterShuffle    = 2
	filterFletcher32 = 3
)

// maxData is the largest chunk that is unpacked, and maxUnpacked how much of a file is in all, in bytes. A chunk may be
// larger than the list that is in it.
const (
	maxData     = 1 << 16
	maxUnpacked = 1 << 22
)

// data returns the bytes of all elements.
func (f *hdf5) data(d dataset) ([]byte, error) {
	total := d.count * d.width
	c := d.layout
	version, class := c.uint(1), c.uint(1)
	if version != 3 && version != 4 {
		return nil, invalid("the HDF5 file has data laid out after version %d; 3 and 4 are read", version)
	}
	switch {
	case total == 0:
		return nil, nil
	case class == 0:
		c.skip(2)
		return c.take(int(total)), c.err
	case class == 1:
		address := c.address()
		if address == math.MaxUint64 { // never written
			return make([]byte, total), c.err
		}
		stored, err := f.at(address, total)
		if err != nil {
			return nil, err
		}
		return stored.b, c.err
	case class == 2 && version == 3:
		return f.chunks(d, total)
	case class == 2:
		return f.singleChunk(d, total)
	}
	return nil, invalid("the HDF5 file has data laid out in a way (%d) that is not read", class)
}

// chunks reads a list that is cut into chunks, which a tree holds; what is missing is zero.
func (f *hdf5) chunks(d dataset, total uint64) ([]byte, error) {
	c := d.layout
	rank := c.uint(1)
	tree := c.address()
	size := c.uint(4) * d.width
	if c.err != nil || rank != 2 {
		return nil, invalid("the HDF5 file is damaged: the chunks of a list have %d dimensions", rank)
	}
	out := make([]byte, total)
	if tree == math.MaxUint64 {
		return out, nil
	}
	const key = 8 + 8*2 // size, filters left out, offset along the list and within an element
	return out, f.walk(tree, 1, key, func(key *cursor, child uint64) (bool, error) {
		stored, left, at := key.uint(4), key.uint(4), key.uint(8)
		if at >= d.count {
			return false, nil
		}
		raw, err := f.unpack(d, child, stored, left, size)
		if err != nil {
			return false, err
		}
		copy(out[at*d.width:], raw)
		return false, nil
	})
}

// singleChunk reads a list that is one chunk, in the layout of version 4.
func (f *hdf5) singleChunk(d dataset, total uint64) ([]byte, error) {
	c := d.layout
	flags, rank, n := c.uint(1), c.uint(1), c.uint(1)
	var size uint64 = 1
	for range rank {
		size *= min(c.uint(int(min(n, 8))), maxData+1)
	}
	const single = 1
	if index := c.uint(1); c.err == nil && (index != single || rank != 2) {
		return nil, invalid("the HDF5 file keeps a list in several chunks in a way that is not read; write it with libver='earliest'")
	}
	stored, left := size, uint64(0)
	if flags&2 != 0 {
		stored, left = c.length(), c.uint(4)
	}
	address := c.address()
	if c.err != nil {
		return nil, c.err
	}
	if address == math.MaxUint64 {
		return make([]byte, total), nil
	}
	raw, err := f.unpack(d, address, stored, left, size)
	if err == nil && uint64(len(raw)) < total {
		err = invalid("the HDF5 file is damaged: a chunk is shorter than its list")
	}
	if err != nil {
		return nil, err
	}
	return raw[:total], nil
}

// unpack undoes the filters of a chunk that is size bytes long without them; left has a bit for each that was left out.
func (f *hdf5) unpack(d dataset, address, stored, left, size uint64) ([]byte, error) {
	if size == 0 || size > maxData {
		return nil, invalid("the HDF5 file has a chunk of %d bytes, which no transform has", size)
	}
	if f.unpacked += size; f.unpacked > maxUnpacked {
		return nil, invalid("the HDF5 file unpacks to more than %d MiB, which no transform has", maxUnpacked>>20)
	}
	c, err := f.at(address, stored)
	if err != nil {
		return nil, err
	}
	raw := c.b
	for i := len(d.filters) - 1; i >= 0; i-- {
		if left>>i&1 != 0 {
			continue
		}
		switch d.filters[i] {
		case filterDeflate:
			raw, err = inflate(raw, size)
		case filterShuffle:
			raw = unshuffle(raw, int(d.width))
		case filterFletcher32:
			raw = raw[:max(len(raw)-4, 0)]
		default:
			err = invalid("the HDF5 file is compressed with filter %d; deflate and shuffle are read", d.filters[i])
		}
		if err != nil {
			return nil, err
		}
	}
	if uint64(len(raw)) != size {
		return nil, invalid("the HDF5 file is damaged: a chunk has %d bytes instead of %d", len(raw), size)
	}
	return raw, nil
}

// inflate unpacks what fits into most bytes, and a checksum.
func inflate(raw []byte, most uint64) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(raw))
	if err == nil {
		raw, err = io.ReadAll(io.LimitReader(r, int64(most)+5))
	}
	if err != nil {
		return nil, invalid("the HDF5 file is damaged: a chunk cannot be unpacked: %s", err)
	}
	return raw, nil
}

// unshuffle puts the bytes of each element together again, which lie plane by plane.
func unshuffle(raw []byte, width int) []byte {
	n := len(raw) / width
	out := make([]byte, 0, len(raw))
	for i := range n {
		for j := range width {
			out = append(out, raw[j*n+i])
		}
	}
	return append(out, raw[n*width:]...)
}
