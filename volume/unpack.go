package volume

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// unpacker undoes packers. Its output never exceeds the limit it is given, whatever the
// input claims. It serves one goroutine.
type unpacker struct{ zstd *zstd.Decoder }

func newUnpacker() (*unpacker, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxMemory(2*maxChunkBytes))
	if err != nil {
		return nil, fmt.Errorf("start zstd: %w", err)
	}
	return &unpacker{d}, nil
}

func (u *unpacker) close() { u.zstd.Close() }

// chunk undoes all packers of p; the result has exactly size bytes.
func (u *unpacker) chunk(p *pipeline, raw []byte, size int) ([]byte, error) {
	for i := len(p.packers) - 1; i >= 0; i-- {
		limit := size
		if i > 0 {
			limit += size/8 + 4096 // what an earlier packer may have added to data it could not make smaller
		}
		var err error
		if raw, err = u.undo(p.packers[i].name, raw, limit); err != nil {
			return nil, fmt.Errorf("%s: %w", p.packers[i].name, err)
		}
	}
	if len(raw) != size {
		return nil, invalid("the chunk has %d bytes where %d are declared", len(raw), size)
	}
	return raw, nil
}

func (u *unpacker) undo(name string, raw []byte, limit int) ([]byte, error) {
	switch name {
	case "gzip":
		r, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, invalid("%s", err)
		}
		return readAll(r, limit)
	case "zlib":
		return u.inflate(raw, limit)
	case "zstd":
		return u.unzstd(raw, limit)
	case "blosc":
		return u.unblosc(raw, limit)
	case "crc32c":
		return checked(raw)
	}
	return nil, invalid("the codec is not supported")
}

func (u *unpacker) inflate(raw []byte, limit int) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, invalid("%s", err)
	}
	return readAll(r, limit)
}

func (u *unpacker) unzstd(raw []byte, limit int) ([]byte, error) {
	out, err := u.zstd.DecodeAll(raw, make([]byte, 0, limit))
	if err != nil {
		return nil, invalid("%s", err)
	}
	return out, nil
}

// readAll reads r to its end, which must come within limit bytes.
func readAll(r io.Reader, limit int) ([]byte, error) {
	out := make([]byte, limit)
	n, err := io.ReadFull(r, out)
	switch {
	case err == nil:
		var extra [1]byte
		switch _, err = io.ReadFull(r, extra[:]); {
		case err == nil:
			return nil, invalid("the data are longer than the %d bytes declared", limit)
		case !errors.Is(err, io.EOF):
			return nil, invalid("%s", err)
		}
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return nil, invalid("%s", err)
	}
	return out[:n], nil
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

// container takes chunks out of what one object of the store holds. For an array without shards
// that is one chunk.
type container struct {
	array *array
	u     *unpacker
	raw   []byte
	index []byte // decoded; nil without shards
	size  int    // bytes of a decoded chunk
}

// open reads the index of a shard, if there is one.
func (a *array) open(u *unpacker, raw []byte, size int) (*container, error) {
	o := &container{array: a, u: u, raw: raw, size: size}
	s := a.codec.shard
	if s == nil {
		return o, nil
	}
	n, ok := product(maxChunkBytes/16, s.grid...)
	if !ok {
		return nil, invalid("the index of the shard would have more than %d entries", maxChunkBytes/16)
	}
	packed := int(n)*16 + 4*len(s.index.packers)
	if len(raw) < packed {
		return nil, invalid("the shard has %d bytes, too few for its index of %d", len(raw), packed)
	}
	at := raw[len(raw)-packed:]
	if s.atStart {
		at = raw[:packed]
	}
	var err error
	if o.index, err = u.chunk(&s.index, at, int(n)*16); err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	return o, nil
}

// chunk decodes the chunk at the position inside the object, counted in chunks along the axes
// of the array. The error wraps fs.ErrNotExist for a chunk that a shard does not hold.
func (o *container) chunk(position []int64) ([]byte, error) {
	s := o.array.codec.shard
	if s == nil {
		return o.u.chunk(&o.array.codec, o.raw, o.size)
	}
	entry := int64(0)
	for i, axis := range o.array.codec.order {
		entry = entry*s.grid[i] + position[axis]
	}
	var order binary.ByteOrder = binary.LittleEndian
	if s.index.bigEndian {
		order = binary.BigEndian
	}
	offset, size := order.Uint64(o.index[16*entry:]), order.Uint64(o.index[16*entry+8:])
	if offset == 1<<64-1 && size == 1<<64-1 {
		return nil, fs.ErrNotExist
	}
	total := uint64(len(o.raw))
	if offset > total || size > total-offset {
		return nil, invalid("chunk %d would lie beyond the end of the shard", entry)
	}
	return o.u.chunk(&s.inner, o.raw[offset:offset+size], o.size)
}
