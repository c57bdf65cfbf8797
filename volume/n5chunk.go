package volume

import (
	"encoding/binary"

	"github.com/pierrec/lz4/v4"
)

// n5Blocks reads the blocks of an N5 dataset (github.com/saalfeldlab/n5, README "File-system specification").
type n5Blocks struct {
	get   Ranger
	level Level
}

func (n *n5Blocks) read(u *unpacker, position []int64) (chunkData, error) {
	a := n.level.array
	name := below(n.level.Path, a.key.name(position))
	whole, ok := product(maxChunkBytes, append([]int64{int64(a.dtype.size)}, n.level.Chunk...)...)
	if !ok {
		return chunkData{}, inChunk(name, invalid("blocks of %v voxels are too large", n.level.Chunk))
	}
	raw, err := wholeObject(n.get, name, int(whole))
	if err != nil {
		return chunkData{}, inChunk(name, err)
	}
	extent, body, err := n5Header(raw, n.level.Chunk)
	if err != nil {
		return chunkData{}, inChunk(name, err)
	}
	size := a.dtype.size
	for _, e := range extent {
		size *= int(e)
	}
	voxels, err := u.chunk(&a.codec, body, size)
	if err != nil {
		return chunkData{}, inChunk(name, err)
	}
	return chunkData{voxels, extent}, nil
}

// n5Header reads the head of a block: mode and number of axes in 16 bits each, and sizes in 32, all big-endian.
// No size may pass that of most.
func n5Header(raw []byte, most []int64) (extent []int64, body []byte, err error) {
	const head = 4
	if len(raw) < head+4*len(most) {
		return nil, nil, invalid("%d bytes are too few for the header of a block", len(raw))
	}
	mode, rank := binary.BigEndian.Uint16(raw), int(binary.BigEndian.Uint16(raw[2:]))
	switch {
	case mode != 0:
		return nil, nil, invalid("the block is of mode %d; only blocks of plain voxels, mode 0, are read", mode)
	case rank != len(most):
		return nil, nil, invalid("the block has %d axes where the dataset has %d", rank, len(most))
	}
	extent = make([]int64, rank)
	for i := range extent {
		extent[i] = int64(binary.BigEndian.Uint32(raw[head+4*i:]))
		if extent[i] < 1 || extent[i] > most[i] {
			return nil, nil, invalid("the block claims %d voxels along axis %d, of at most %d", extent[i], i, most[i])
		}
	}
	return extent, raw[head+4*rank:], nil
}

// unlz4Stream undoes LZ4BlockOutputStream of lz4-java, which N5 uses: blocks with a head of 21 bytes each (mark, token,
// packed size, size, xxHash), until one of size 0. The hashes are not verified. The result must not pass dst.
func unlz4Stream(raw, dst []byte) ([]byte, error) {
	const (
		mark   = "LZ4Block"
		head   = len(mark) + 1 + 3*4
		stored = 0x10
		packed = 0x20
	)
	out := 0
	for {
		if len(raw) < head || string(raw[:len(mark)]) != mark {
			return nil, invalid("a block does not begin with its mark")
		}
		method := raw[len(mark)] & 0xf0
		in, size := uint64(binary.LittleEndian.Uint32(raw[9:])), uint64(binary.LittleEndian.Uint32(raw[13:]))
		raw = raw[head:]
		if size == 0 {
			return dst[:out], nil
		}
		if in > uint64(len(raw)) || size > uint64(len(dst)-out) {
			return nil, invalid("a block claims %d bytes of %d, to become %d of %d", in, len(raw), size, len(dst)-out)
		}
		into, n := dst[out:out+int(size)], 0
		var err error
		switch method {
		case stored:
			n = copy(into, raw[:in])
		case packed:
			n, err = lz4.UncompressBlock(raw[:in], into)
		default:
			return nil, invalid("a block is packed by method %#x", method)
		}
		if err != nil || n != len(into) {
			return nil, invalid("a block is damaged")
		}
		raw, out = raw[in:], out+n
	}
}
