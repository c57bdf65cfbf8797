package phantom

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// A codec compresses chunks and says how zarr's metadata name it.
type codec struct {
	v2     any // the value of "compressor" in .zarray
	v3     any // an entry of "codecs" in zarr.json
	encode func(raw []byte) ([]byte, error)
}

func gzipCodec() codec {
	return codec{
		v2:     map[string]any{"id": "gzip", "level": gzip.DefaultCompression},
		v3:     map[string]any{"name": "gzip", "configuration": map[string]any{"level": 6}},
		encode: gzipped,
	}
}

// gzipped has neither name nor time in its header, so that equal input gives equal bytes.
func gzipped(raw []byte) ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(raw); err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	return out.Bytes(), nil
}

func newZstd() (*zstd.Encoder, error) {
	// One goroutine and no checksum: the metadata say "checksum": false.
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false),
		zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return w, nil
}

func zstdCodec() (codec, error) {
	w, err := newZstd()
	if err != nil {
		return codec{}, err
	}
	return codec{
		v3:     map[string]any{"name": "zstd", "configuration": map[string]any{"level": 3, "checksum": false}},
		encode: func(raw []byte) ([]byte, error) { return w.EncodeAll(raw, nil), nil },
	}, nil
}

// blosc holds what the header of a blosc container says (c-blosc 1,
// README_CHUNK_FORMAT.rst): one block, bytes shuffled, not split, zstd.
const (
	bloscVersion  = 2
	bloscZstd     = 1 // version of the zstd format inside
	bloscShuffle  = 0x01
	bloscStored   = 0x02 // nothing but a copy
	bloscNoSplit  = 0x10
	bloscIsZstd   = 4 << 5
	bloscHeader   = 16
	bloscOneBlock = bloscHeader + 4 + 4 // header, start of the block, its compressed size
)

// bloscCodec compresses values of the given width.
func bloscCodec(width int) (codec, error) {
	w, err := newZstd()
	if err != nil {
		return codec{}, err
	}
	return codec{
		v2: map[string]any{"id": "blosc", "cname": "zstd", "clevel": 5, "shuffle": 1, "blocksize": 0},
		v3: map[string]any{"name": "blosc", "configuration": map[string]any{
			"cname": "zstd", "clevel": 5, "shuffle": "shuffle", "typesize": width, "blocksize": 0,
		}},
		encode: func(raw []byte) ([]byte, error) { return blosc(w, raw, width), nil },
	}, nil
}

// blosc wraps raw, whose length is a multiple of width, into a blosc container.
func blosc(w *zstd.Encoder, raw []byte, width int) []byte {
	packed := w.EncodeAll(shuffled(raw, width), nil)
	flags, size := byte(bloscShuffle|bloscNoSplit|bloscIsZstd), bloscOneBlock+len(packed)
	if len(packed) >= len(raw) {
		flags, size = bloscStored|bloscIsZstd, bloscHeader+len(raw)
	}
	out := make([]byte, bloscHeader, size)
	out[0], out[1], out[2], out[3] = bloscVersion, bloscZstd, flags, byte(width)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(raw)))
	binary.LittleEndian.PutUint32(out[8:], uint32(len(raw))) // block size
	binary.LittleEndian.PutUint32(out[12:], uint32(size))
	if flags&bloscStored != 0 {
		return append(out, raw...)
	}
	out = binary.LittleEndian.AppendUint32(out, bloscHeader+4) // where the only block starts
	out = binary.LittleEndian.AppendUint32(out, uint32(len(packed)))
	return append(out, packed...)
}

// shuffled puts all first bytes of the values first, then all second bytes, and so on.
func shuffled(raw []byte, width int) []byte {
	out := make([]byte, len(raw))
	n := len(raw) / width
	for i, v := range raw {
		out[i%width*n+i/width] = v
	}
	return out
}
