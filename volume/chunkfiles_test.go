package volume_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func gz(t testing.TB, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zst(t testing.TB, raw []byte) []byte {
	t.Helper()
	e, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return e.EncodeAll(raw, nil)
}

func crc(raw []byte) []byte {
	return binary.LittleEndian.AppendUint32(raw, crc32.Checksum(raw, crc32.MakeTable(crc32.Castagnoli)))
}

// sharded is an array of channels (3) × y (5) × x (4) in shards of 4 × 6 × 4, each with inner
// chunks of 2 × 3 × 2; what lies outside the array is 99 and must not be seen.
func sharded(t testing.TB, order string, atStart bool) files {
	t.Helper()
	location := "end"
	if atStart {
		location = "start"
	}
	meta := fmt.Sprintf(`{"zarr_format":3,"node_type":"array","shape":[3,5,4],"data_type":"int16","dimension_names":["c","y","x"],
		"chunk_grid":{"name":"regular","configuration":{"chunk_shape":[4,6,4]}},
		"chunk_key_encoding":{"name":"default","configuration":{"separator":"."}},"fill_value":-7,
		"codecs":[{"name":"sharding_indexed","configuration":{"chunk_shape":[2,3,2],"index_location":"%s",
		"codecs":[{"name":"transpose","configuration":{"order":%s}},{"name":"bytes","configuration":{"endian":"big"}},
			{"name":"gzip","configuration":{"level":5}},"crc32c"],
		"index_codecs":[{"name":"bytes","configuration":{"endian":"little"}},"crc32c"]}}]}`, location, order)
	var axes [3]int
	if _, err := fmt.Sscanf(order, "[%d,%d,%d]", &axes[0], &axes[1], &axes[2]); err != nil {
		t.Fatal(err)
	}
	const entries = 2 * 2 * 2
	indexSize := entries*16 + 4
	var body, index []byte
	for e := range entries {
		if e == 1 { // channels 0 and 1, y 0 to 2, x 2 and 3
			index = binary.LittleEndian.AppendUint64(index, math.MaxUint64)
			index = binary.LittleEndian.AppendUint64(index, math.MaxUint64)
			continue
		}
		packed := crc(gz(t, innerChunk([3]int{e / 4 * 2, e / 2 % 2 * 3, e % 2 * 2}, axes)))
		offset := len(body)
		if atStart {
			offset += indexSize
		}
		index = binary.LittleEndian.AppendUint64(index, uint64(offset))
		index = binary.LittleEndian.AppendUint64(index, uint64(len(packed)))
		body = append(body, packed...)
	}
	index = crc(index)
	shard := append(bytes.Clone(body), index...)
	if atStart {
		shard = append(bytes.Clone(index), body...)
	}
	return files{"zarr.json": meta, "c.0.0.0": string(shard)}
}

// innerChunk holds voxels of value 1 + channel, in the order of axes.
func innerChunk(origin, axes [3]int) []byte {
	extent, shape := [3]int{2, 3, 2}, [3]int{3, 5, 4}
	var out []byte
	for a := range extent[axes[0]] {
		for b := range extent[axes[1]] {
			for c := range extent[axes[2]] {
				at := origin
				at[axes[0]] += a
				at[axes[1]] += b
				at[axes[2]] += c
				v := uint16(1 + at[0])
				for i := range at {
					if at[i] >= shape[i] {
						v = 99
					}
				}
				out = binary.BigEndian.AppendUint16(out, v)
			}
		}
	}
	return out
}

// array2 is an array of one chunk of 4 × 3 × 2 little-endian uint16, packed by a compressor.
func array2(compressor string, chunk []byte) files {
	if compressor != "null" {
		compressor = `{"id":"` + compressor + `","cname":"lz4","level":1}`
	}
	return files{".zarray": `{"zarr_format":2,"shape":[4,3,2],"chunks":[4,3,2],"dtype":"<u2","order":"C",
		"compressor":` + compressor + `,"fill_value":0}`, "0.0.0": string(chunk)}
}

func ramp() []byte {
	var out []byte
	for i := range 24 {
		out = binary.LittleEndian.AppendUint16(out, uint16(i))
	}
	return out
}

// blosc makes a chunk of one block, with stored parts (as many as there are).
func blosc(flags, typesize byte, size int, parts ...[]byte) []byte {
	out := []byte{2, 1, flags, typesize}
	out = binary.LittleEndian.AppendUint32(out, uint32(size))
	out = binary.LittleEndian.AppendUint32(out, uint32(size))
	out = append(out, 0, 0, 0, 0)
	out = binary.LittleEndian.AppendUint32(out, 20)
	for _, p := range parts {
		out = binary.LittleEndian.AppendUint32(out, uint32(len(p)))
		out = append(out, p...)
	}
	binary.LittleEndian.PutUint32(out[12:], uint32(len(out)))
	return out
}

func shuffled(raw []byte) []byte {
	var low, high []byte
	for i := 0; i < len(raw); i += 2 {
		low, high = append(low, raw[i]), append(high, raw[i+1])
	}
	return append(low, high...)
}
