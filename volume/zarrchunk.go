package volume

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"slices"
	"sync"
)

const (
	// maxShardEntries is the largest index of a shard that is read, in chunks: 16 MiB.
	maxShardEntries = 1 << 20
	// maxIndexBytes is how much of decoded indexes is kept, of all shards together.
	maxIndexBytes = 32 << 20
)

// zarrChunks reads the chunks of a zarr array. Of a shard it reads the index, once, and then each chunk alone.
type zarrChunks struct {
	get   Ranger
	array *array
	level Level
	bytes int // of a decoded chunk

	indexes indexCache
}

func newZarrChunks(l Level, get Ranger, bytes int) *zarrChunks {
	return &zarrChunks{get: get, array: l.array, level: l, bytes: bytes}
}

func (z *zarrChunks) read(u *unpacker, position []int64) (chunkData, error) {
	name := z.objectName(position)
	p := &z.array.codec
	read := func() ([]byte, error) { return wholeObject(z.get, name, z.bytes) }
	if s := p.shard; s != nil {
		p = &s.inner
		read = func() ([]byte, error) { return z.readInner(u, name, position) }
	}
	raw, err := read()
	if err != nil {
		return chunkData{}, inChunk(name, err)
	}
	voxels, err := u.chunk(p, raw, z.bytes)
	if err != nil {
		return chunkData{}, inChunk(name, err)
	}
	return chunkData{voxels, z.level.Chunk}, nil
}

// objectName is the name of the object that holds the chunk at a position of the grid.
func (z *zarrChunks) objectName(position []int64) string {
	outer := slices.Clone(position)
	for i := range outer {
		outer[i] /= z.array.chunk[i] / z.level.Chunk[i]
	}
	return below(z.level.Path, z.array.key.name(outer))
}

// readInner reads a chunk of a shard, still packed. The error wraps fs.ErrNotExist for one that the shard does not hold.
func (z *zarrChunks) readInner(u *unpacker, name string, position []int64) ([]byte, error) {
	s := z.array.codec.shard
	index, err := z.indexes.find(name, func() ([]byte, error) { return z.readIndex(u, name) })
	if err != nil {
		return nil, err
	}
	entry := int64(0)
	for i, axis := range z.array.codec.order {
		entry = entry*s.grid[i] + position[axis]%s.grid[i]
	}
	var order binary.ByteOrder = binary.LittleEndian
	if s.index.bigEndian {
		order = binary.BigEndian
	}
	offset, size := order.Uint64(index[16*entry:]), order.Uint64(index[16*entry+8:])
	if offset == 1<<64-1 && size == 1<<64-1 {
		return nil, fs.ErrNotExist
	}
	raw, err := readPart(z.get, name, offset, size, z.bytes)
	if err != nil {
		return nil, fmt.Errorf("chunk %d of the shard: %w", entry, err)
	}
	return raw, nil
}

// readPart reads size bytes at offset of an object. They hold unpacked bytes when unpacked, or a few more.
func readPart(get Ranger, name string, offset, size uint64, unpacked int) ([]byte, error) {
	const farthest = 1 << 62
	switch {
	case size > uint64(packedLimit(unpacked)):
		return nil, invalid("%d bytes are claimed for what has %d when unpacked", size, unpacked)
	case offset > farthest:
		return nil, invalid("it would lie beyond the end of the object, at byte %d", offset)
	case size == 0:
		return nil, nil
	}
	raw, err := get(name, int64(offset), int64(size))
	if err != nil {
		return nil, err
	}
	if uint64(len(raw)) != size {
		return nil, invalid("it would lie beyond the end of the object: %d bytes at byte %d", size, offset)
	}
	return raw, nil
}

// readIndex reads and decodes the index of a shard.
func (z *zarrChunks) readIndex(u *unpacker, name string) ([]byte, error) {
	s := z.array.codec.shard
	n, ok := product(maxShardEntries, s.grid...)
	if !ok {
		return nil, invalid("the index of the shard would have more than %d entries", maxShardEntries)
	}
	packed := n*16 + 4*int64(len(s.index.packers))
	offset, length := -packed, int64(-1)
	if s.atStart {
		offset, length = 0, packed
	}
	raw, err := z.get(name, offset, length)
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) != packed {
		return nil, invalid("the shard has %d bytes, too few for its index of %d", len(raw), packed)
	}
	index, err := u.chunk(&s.index, raw, int(n)*16)
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	return index, nil
}

// indexCache keeps decoded indexes of shards. Each is read once, whoever asks first, unless it was dropped since.
type indexCache struct {
	mu    sync.Mutex
	bytes int
	known map[string]*shardIndex
}

type shardIndex struct {
	once    sync.Once
	content []byte
	err     error
}

func (c *indexCache) find(name string, read func() ([]byte, error)) ([]byte, error) {
	c.mu.Lock()
	if c.known == nil || c.bytes > maxIndexBytes {
		c.known, c.bytes = map[string]*shardIndex{}, 0
	}
	i := c.known[name]
	if i == nil {
		i = &shardIndex{}
		c.known[name] = i
	}
	c.mu.Unlock()
	i.once.Do(func() {
		i.content, i.err = read()
		c.mu.Lock()
		c.bytes += len(i.content)
		c.mu.Unlock()
	})
	return i.content, i.err
}
