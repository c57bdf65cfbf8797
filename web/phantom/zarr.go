package phantom

import (
	"encoding/binary"
	"hash/crc32"
	"maps"
	"strconv"
	"strings"
)

// putZarr2 writes m below prefix, which ends in "/", as OME-Zarr 0.4 (zarr v2).
// Every chunk is written, also those that hold nothing.
func (t tree) putZarr2(prefix string, m image, c codec) error {
	if err := t.putJSON(prefix+".zgroup", map[string]any{"zarr_format": 2}); err != nil {
		return err
	}
	attributes := map[string]any{"multiscales": m.multiscales("0.4")}
	maps.Copy(attributes, m.extra)
	if err := t.putJSON(prefix+".zattrs", attributes); err != nil {
		return err
	}
	for n, l := range m.levels {
		if err := t.putArray2(prefix+strconv.Itoa(n)+"/", m, l.array, c); err != nil {
			return err
		}
	}
	return nil
}

func (t tree) putArray2(prefix string, m image, a array, c codec) error {
	err := t.putJSON(prefix+".zarray", map[string]any{
		"zarr_format": 2, "shape": a.shape, "chunks": m.chunk, "order": "C", "fill_value": 0,
		"dtype": map[int]string{1: "|u1", 2: "<u2", 4: "<u4"}[m.width], "filters": nil,
		"compressor": c.v2, "dimension_separator": "/",
	})
	if err != nil {
		return err
	}
	if err := t.putJSON(prefix+".zattrs", map[string]any{"_ARRAY_DIMENSIONS": m.dimensions()}); err != nil {
		return err
	}
	index, grid := make([]int, len(a.shape)), chunkGrid(a.shape, m.chunk)
	for more := true; more; more = next(index, grid) {
		packed, err := c.encode(a.block(index, m.chunk, m.width))
		if err != nil {
			return err
		}
		if err := t.put(prefix+chunkKey(index), packed); err != nil {
			return err
		}
	}
	return nil
}

// putZarr3 writes m below prefix, which ends in "/", as OME-Zarr 0.5 (zarr v3)
// in shards of perShard chunks along each axis.
func (t tree) putZarr3(prefix string, m image, c codec, perShard int) error {
	ome := map[string]any{"version": "0.5", "multiscales": m.multiscales("")}
	maps.Copy(ome, m.extra)
	err := t.putJSON(prefix+"zarr.json", map[string]any{
		"zarr_format": 3, "node_type": "group", "attributes": map[string]any{"ome": ome},
	})
	if err != nil {
		return err
	}
	for n, l := range m.levels {
		if err := t.putArray3(prefix+strconv.Itoa(n)+"/", m, l.array, c, perShard); err != nil {
			return err
		}
	}
	return nil
}

func (t tree) putArray3(prefix string, m image, a array, c codec, perShard int) error {
	shard := make([]int, len(m.chunk))
	for d, n := range m.chunk {
		shard[d] = n * perShard
	}
	if err := t.putJSON(prefix+"zarr.json", arrayMetadata3(m, a.shape, shard, c)); err != nil {
		return err
	}
	index, grid := make([]int, len(a.shape)), chunkGrid(a.shape, shard)
	for more := true; more; more = next(index, grid) {
		packed, err := encodeShard(a, m, index, perShard, c)
		if err != nil {
			return err
		}
		if err := t.put(prefix+"c/"+chunkKey(index), packed); err != nil {
			return err
		}
	}
	return nil
}

func arrayMetadata3(m image, shape, shard []int, c codec) map[string]any {
	little := map[string]any{"name": "bytes", "configuration": map[string]any{"endian": "little"}}
	return map[string]any{
		"zarr_format": 3, "node_type": "array", "shape": shape, "fill_value": 0,
		"data_type":          map[int]string{1: "uint8", 2: "uint16", 4: "uint32"}[m.width],
		"dimension_names":    m.dimensions(),
		"chunk_grid":         map[string]any{"name": "regular", "configuration": map[string]any{"chunk_shape": shard}},
		"chunk_key_encoding": map[string]any{"name": "default", "configuration": map[string]any{"separator": "/"}},
		"codecs": []any{map[string]any{"name": "sharding_indexed", "configuration": map[string]any{
			"chunk_shape": m.chunk, "codecs": []any{little, c.v3},
			"index_codecs": []any{little, map[string]any{"name": "crc32c"}}, "index_location": "end",
		}}},
		"attributes": map[string]any{},
	}
}

// encodeShard joins the chunks of one shard: their bytes, then the index of
// offsets and sizes (all ones where a chunk holds nothing but the fill value),
// then the index's CRC-32C.
func encodeShard(a array, m image, shard []int, perShard int, c codec) ([]byte, error) {
	var body, table []byte
	within := make([]int, len(shard))
	inner := make([]int, len(shard))
	for d := range inner {
		inner[d] = perShard
	}
	index := make([]int, len(shard))
	for more := true; more; more = next(within, inner) {
		for d := range index {
			index[d] = shard[d]*perShard + within[d]
		}
		raw := a.block(index, m.chunk, m.width)
		offset, size := ^uint64(0), ^uint64(0)
		if !isZero(raw) {
			packed, err := c.encode(raw)
			if err != nil {
				return nil, err
			}
			offset, size = uint64(len(body)), uint64(len(packed))
			body = append(body, packed...)
		}
		table = binary.LittleEndian.AppendUint64(table, offset)
		table = binary.LittleEndian.AppendUint64(table, size)
	}
	sum := crc32.Checksum(table, crc32.MakeTable(crc32.Castagnoli))
	return binary.LittleEndian.AppendUint32(append(body, table...), sum), nil
}

// chunkGrid is the number of chunks along each axis.
func chunkGrid(shape, chunk []int) []int {
	grid := make([]int, len(shape))
	for d := range grid {
		grid[d] = (shape[d] + chunk[d] - 1) / chunk[d]
	}
	return grid
}

func chunkKey(index []int) string {
	parts := make([]string, len(index))
	for d, i := range index {
		parts[d] = strconv.Itoa(i)
	}
	return strings.Join(parts, "/")
}
