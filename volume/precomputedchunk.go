package volume

import (
	"bytes"
	"fmt"
	"strings"
)

// precomputedChunks reads the chunks of a precomputed level (neuroglancer, src/datasource/precomputed/volume.md).
type precomputedChunks struct {
	get   Ranger
	level Level

	indexes indexCache // of minishards
}

func newPrecomputedChunks(l Level, get Ranger) *precomputedChunks {
	return &precomputedChunks{get: get, level: l}
}

func (p *precomputedChunks) read(u *unpacker, position []int64) (chunkData, error) {
	layout := p.level.precomputed
	extent := make([]int64, len(position))
	size := layout.dtype.size
	for i, at := range position {
		extent[i] = min(p.level.Chunk[i], p.level.Shape[i]-at*p.level.Chunk[i])
		size *= int(extent[i])
	}
	name := p.name(position, extent)
	raw, err := p.object(u, position, name, size)
	if err != nil {
		return chunkData{}, inChunk(name, err)
	}
	voxels, err := p.decode(u, raw, extent, size)
	if err != nil {
		return chunkData{}, inChunk(name, fmt.Errorf("%s: %w", p.level.Encoding, err))
	}
	return chunkData{voxels, extent}, nil
}

// name is that of the chunk when it is an object of its own: its bounds in voxels.
func (p *precomputedChunks) name(position, extent []int64) string {
	var parts []string
	for i, first := range p.level.precomputed.offset {
		begin := first + position[i]*p.level.Chunk[i]
		parts = append(parts, fmt.Sprintf("%d-%d", begin, begin+extent[i]))
	}
	return below(p.level.Path, strings.Join(parts, "_"))
}

func (p *precomputedChunks) object(u *unpacker, position []int64, name string, size int) ([]byte, error) {
	sharding := p.level.precomputed.sharding
	if sharding == nil {
		return wholeObject(p.get, name, size)
	}
	raw, err := p.inShard(u, sharding, position, size)
	if err == nil && sharding.dataGzip {
		raw, err = u.gunzip(raw, packedLimit(size), &u.unzip)
	}
	return raw, err
}

// decode decodes a chunk to size bytes, the first axis fastest, least byte first. The object may be stored with gzip,
// which a web server would undo as its Content-Encoding.
func (p *precomputedChunks) decode(u *unpacker, raw []byte, extent []int64, size int) ([]byte, error) {
	zipped := bytes.HasPrefix(raw, []byte{0x1f, 0x8b, 8})
	if zipped && (p.level.Encoding != "raw" || len(raw) != size) {
		var err error
		// Not into u.unzip, where raw may be.
		if raw, err = u.gunzip(raw, packedLimit(size), &u.buffers[0]); err != nil {
			return nil, err
		}
	}
	d := p.level.precomputed.dtype
	switch p.level.Encoding {
	case "raw":
		if len(raw) != size {
			return nil, invalid("the chunk has %d bytes where %d are declared", len(raw), size)
		}
		return raw, nil
	case "jpeg", "png":
		return unpicture(raw, p.level.Encoding, size, int(p.level.precomputed.channels), d, &u.voxels)
	case "compressed_segmentation":
		s := segmentation{words: raw, dtype: d, block: p.level.precomputed.block, extent: [3]int64(extent)}
		return s.decode(room(&u.voxels, size), int(p.level.precomputed.channels))
	}
	return nil, invalid("this encoding is not supported")
}
