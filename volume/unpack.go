package volume

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// unpacker undoes packers. Its output never exceeds the limit it is given, whatever the input claims. It serves one
// goroutine, and works in buffers that it uses again: what it returns is valid until it is asked for more.
type unpacker struct {
	zstd    *zstd.Decoder
	gzip    *gzip.Reader
	zlib    io.ReadCloser // also a zlib.Resetter
	in      bytes.Reader
	buffers [2][]byte // packers of a chain write into one and the other
	unzip   []byte    // what an object stored with gzip holds
	block   []byte    // of Blosc
	bits    []byte    // of a bit shuffle
	voxels  []byte    // of pictures and compressed segmentations
}

func newUnpacker() *unpacker { return &unpacker{} }

func (u *unpacker) close() {
	if u.zstd != nil {
		u.zstd.Close()
	}
}

// slack is how much further than its result zstd may write, so that it can copy in steps of 16 bytes.
const slack = 64

// room returns size bytes of *buffer, which it makes larger where needed, with slack behind them.
func room(buffer *[]byte, size int) []byte {
	if cap(*buffer) < size+slack {
		*buffer = make([]byte, size+slack)
	}
	return (*buffer)[:size]
}

// packedLimit is the most that an object may have that holds size bytes when unpacked.
func packedLimit(size int) int { return 2*size + 64<<10 }

// chunk undoes all packers of p; the result has exactly size bytes.
func (u *unpacker) chunk(p *pipeline, raw []byte, size int) ([]byte, error) {
	for i := len(p.packers) - 1; i >= 0; i-- {
		limit := size
		if i > 0 {
			limit += size/8 + 4096 // what an earlier packer may have added to data it could not make smaller
		}
		var err error
		if raw, err = u.undo(p.packers[i].name, raw, limit, &u.buffers[i%2]); err != nil {
			return nil, fmt.Errorf("%s: %w", p.packers[i].name, err)
		}
	}
	if len(raw) != size {
		return nil, invalid("the chunk has %d bytes where %d are declared", len(raw), size)
	}
	return raw, nil
}

// undo undoes one packer. The result may lie in buffer or in raw.
func (u *unpacker) undo(name string, raw []byte, limit int, buffer *[]byte) ([]byte, error) {
	switch name {
	case "gzip":
		return u.gunzip(raw, limit, buffer)
	case "zlib":
		return u.inflate(raw, room(buffer, limit))
	case "zstd":
		return u.unzstd(raw, room(buffer, limit))
	case "blosc":
		return u.unblosc(raw, limit, buffer)
	case "lz4":
		return unlz4(raw, limit, buffer)
	case "lz4block":
		return unlz4Stream(raw, room(buffer, limit))
	case "bz2":
		return fill(bzip2.NewReader(bytes.NewReader(raw)), room(buffer, limit))
	case "crc32c":
		return checked(raw)
	}
	return nil, invalid("the codec is not supported")
}

func (u *unpacker) gunzip(raw []byte, limit int, buffer *[]byte) ([]byte, error) {
	u.in.Reset(raw)
	var err error
	if u.gzip == nil {
		u.gzip, err = gzip.NewReader(&u.in)
	} else {
		err = u.gzip.Reset(&u.in)
	}
	if err != nil {
		u.gzip = nil
		return nil, invalid("%s", err)
	}
	return fill(u.gzip, room(buffer, limit))
}

// inflate undoes zlib into dst.
func (u *unpacker) inflate(raw, dst []byte) ([]byte, error) {
	u.in.Reset(raw)
	var err error
	if again, ok := u.zlib.(zlib.Resetter); ok {
		err = again.Reset(&u.in, nil)
	} else {
		u.zlib, err = zlib.NewReader(&u.in)
	}
	if err != nil {
		u.zlib = nil
		return nil, invalid("%s", err)
	}
	return fill(u.zlib, dst)
}

// unzstd undoes zstd into dst, of whose capacity it may overwrite slack bytes more.
func (u *unpacker) unzstd(raw, dst []byte) ([]byte, error) {
	if u.zstd == nil {
		var err error
		u.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxMemory(2*maxChunkBytes))
		if err != nil {
			return nil, fmt.Errorf("start zstd: %w", err)
		}
	}
	out, err := u.zstd.DecodeAll(raw, dst[:0:min(cap(dst), len(dst)+slack)])
	switch {
	case err != nil:
		return nil, invalid("%s", err)
	case len(out) > len(dst):
		return nil, invalid("the data are longer than the %d bytes declared", len(dst))
	}
	return out, nil
}

// fill reads r to its end, which must come before dst is full.
func fill(r io.Reader, dst []byte) ([]byte, error) {
	n, err := io.ReadFull(r, dst)
	switch {
	case err == nil:
		var extra [1]byte
		switch _, err = io.ReadFull(r, extra[:]); {
		case err == nil:
			return nil, invalid("the data are longer than the %d bytes declared", len(dst))
		case !errors.Is(err, io.EOF):
			return nil, invalid("%s", err)
		}
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return nil, invalid("%s", err)
	}
	return dst[:n], nil
}

// unlz4 undoes numcodecs' LZ4 (numcodecs, lz4.pyx): the size in 4 bytes, least first, and one block.
func unlz4(raw []byte, limit int, buffer *[]byte) ([]byte, error) {
	const head = 4
	if len(raw) < head {
		return nil, invalid("%d bytes cannot hold a size", len(raw))
	}
	size := binary.LittleEndian.Uint32(raw)
	if uint64(size) > uint64(limit) {
		return nil, invalid("%d bytes are claimed where at most %d are declared", size, limit)
	}
	dst := room(buffer, int(size))
	n, err := lz4.UncompressBlock(raw[head:], dst)
	switch {
	case err != nil:
		return nil, invalid("%s", err)
	case n != len(dst):
		return nil, invalid("%d bytes where %d are claimed", n, len(dst))
	}
	return dst, nil
}

// checked verifies and removes the CRC-32C at the end.
func checked(raw []byte) ([]byte, error) {
	const sum = 4
	if len(raw) < sum {
		return nil, invalid("%d bytes cannot hold a checksum", len(raw))
	}
	body := raw[:len(raw)-sum]
	got := crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli))
	if want := binary.LittleEndian.Uint32(raw[len(body):]); got != want {
		return nil, invalid("the checksum is %08x, not %08x: the data are damaged", got, want)
	}
	return body, nil
}
