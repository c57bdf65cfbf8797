package volume

import (
	"encoding/binary"
	"fmt"

	"github.com/pierrec/lz4/v4"
)

// bloscHeader is the head of a Blosc 1 chunk (c-blosc, README_CHUNK_FORMAT.rst), 16 bytes.
type bloscHeader struct {
	flags     byte
	typesize  int
	size      int // of the decoded data
	blocksize int
	packed    int // of the whole chunk, header included
}

const (
	bloscHeaderSize = 16
	bloscShuffled   = 0x01
	bloscCopied     = 0x02
	bloscBitShuffle = 0x04
	bloscUnsplit    = 0x10
	bloscMaxSplits  = 16  // c-blosc's MAX_SPLITS
	bloscMinSplit   = 128 // c-blosc's MIN_BUFFERSIZE
)

func readBloscHeader(raw []byte, limit int) (h bloscHeader, err error) {
	if len(raw) < bloscHeaderSize {
		return h, invalid("%d bytes are too few for a header", len(raw))
	}
	size, block := binary.LittleEndian.Uint32(raw[4:]), binary.LittleEndian.Uint32(raw[8:])
	packed := binary.LittleEndian.Uint32(raw[12:])
	h = bloscHeader{flags: raw[2], typesize: int(raw[3]), size: int(size), blocksize: int(block), packed: int(packed)}
	switch {
	case raw[0] > 2 || h.flags&(bloscShuffled|bloscBitShuffle) == bloscShuffled|bloscBitShuffle:
		return h, invalid("the chunk is of Blosc 2, only Blosc 1 is read")
	case h.size > limit:
		return h, invalid("the header claims %d bytes where at most %d are declared", h.size, limit)
	case h.packed > len(raw) || h.packed < bloscHeaderSize:
		return h, invalid("the header claims %d packed bytes of %d", h.packed, len(raw))
	case h.typesize == 0:
		return h, invalid("the header claims voxels of 0 bytes")
	case h.size > 0 && (h.blocksize <= 0 || h.blocksize > h.size):
		return h, invalid("the header claims blocks of %d bytes in %d", h.blocksize, h.size)
	}
	return h, nil
}

// unblosc decodes a Blosc 1 chunk of at most limit bytes, into buffer unless it was only copied.
func (u *unpacker) unblosc(raw []byte, limit int, buffer *[]byte) ([]byte, error) {
	h, err := readBloscHeader(raw, limit)
	if err != nil || h.size == 0 {
		return nil, err
	}
	raw = raw[:h.packed]
	if h.flags&bloscCopied != 0 {
		if len(raw)-bloscHeaderSize != h.size {
			return nil, invalid("%d copied bytes where %d are declared", len(raw)-bloscHeaderSize, h.size)
		}
		return raw[bloscHeaderSize:], nil
	}
	blocks := (h.size + h.blocksize - 1) / h.blocksize
	if (len(raw)-bloscHeaderSize)/4 < blocks {
		return nil, invalid("%d bytes are too few for the addresses of %d blocks", len(raw), blocks)
	}
	out := room(buffer, h.size)
	for i := range blocks {
		start := int(binary.LittleEndian.Uint32(raw[bloscHeaderSize+4*i:]))
		dst := out[i*h.blocksize : min((i+1)*h.blocksize, h.size)]
		if start < bloscHeaderSize || start > len(raw) {
			return nil, invalid("block %d would start at byte %d of %d", i, start, len(raw))
		}
		if err := u.bloscBlock(h, dst, raw[start:]); err != nil {
			return nil, fmt.Errorf("block %d: %w", i, err)
		}
	}
	return out, nil
}

// bloscBlock decodes one block into dst.
func (u *unpacker) bloscBlock(h bloscHeader, dst, raw []byte) error {
	splits := 1
	if h.flags&bloscUnsplit == 0 && len(dst) == h.blocksize &&
		h.typesize <= bloscMaxSplits && h.blocksize/h.typesize >= bloscMinSplit {
		splits = h.typesize
	}
	part := len(dst) / splits
	if part*splits != len(dst) {
		return invalid("%d bytes do not split into %d parts", len(dst), splits)
	}
	bytewise := h.flags&bloscShuffled != 0 && h.typesize > 1
	bitwise := h.flags&bloscBitShuffle != 0 && h.blocksize >= h.typesize
	into := dst
	if bytewise || bitwise {
		into = room(&u.block, len(dst))
	}
	var most [bloscMaxSplits][]byte
	planes := most[:splits] // byte planes, where each is a part of its own
	for i := range planes {
		planes[i] = into[i*part : (i+1)*part]
	}
	if err := u.bloscParts(h, planes, raw, bytewise && splits > 1); err != nil {
		return err
	}
	switch {
	case bytewise && splits > 1:
		interleave(dst, planes)
	case bytewise:
		unshuffle(dst, into, h.typesize)
	case bitwise:
		u.unbitshuffle(dst, into, h.typesize)
	}
	return nil
}

// bloscParts decodes the parts of a block into planes. A part that is stored as it is may instead be used where it lies.
func (u *unpacker) bloscParts(h bloscHeader, planes [][]byte, raw []byte, inPlace bool) error {
	for i, plane := range planes {
		if len(raw) < 4 {
			return invalid("part %d is missing", i)
		}
		n := int(binary.LittleEndian.Uint32(raw))
		raw = raw[4:]
		if n > len(raw) {
			return invalid("part %d claims %d bytes of %d", i, n, len(raw))
		}
		if inPlace && n == len(plane) {
			planes[i] = raw[:n]
		} else if err := u.bloscPart(h.flags>>5, plane, raw[:n]); err != nil {
			return err
		}
		raw = raw[n:]
	}
	return nil
}

// bloscPart decodes src, which must fill dst. A part that did not shrink is stored as it is.
func (u *unpacker) bloscPart(compressor byte, dst, src []byte) error {
	if len(src) == len(dst) {
		copy(dst, src)
		return nil
	}
	var n int
	var err error
	switch compressor {
	case 0:
		n, err = unblosclz(dst, src)
	case 1: // lz4 and lz4hc
		if n, err = lz4.UncompressBlock(src, dst); err != nil {
			err = invalid("lz4: %s", err)
		}
	case 3:
		var out []byte
		out, err = u.inflate(src, dst)
		n = len(out)
	case 4:
		var out []byte
		out, err = u.unzstd(src, dst)
		n = copy(dst, out)
	default:
		return invalid("compressor %d (such as snappy) is not supported", compressor)
	}
	switch {
	case err != nil:
		return err
	case n != len(dst):
		return invalid("a part has %d bytes where %d are declared", n, len(dst))
	}
	return nil
}
