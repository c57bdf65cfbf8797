package volume

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"math/bits"
)

// shardEntry is the bytes that a shard's index has for each minishard: begin and end.
const shardEntry = 16

// inShard reads a chunk that lies in a shard (neuroglancer, src/datasource/precomputed/sharded.md), as it is stored.
func (p *precomputedChunks) inShard(u *unpacker, s *precomputedSharding, position []int64, size int) ([]byte, error) {
	var grid [3]int64
	for i := range grid {
		grid[i] = (p.level.Shape[i]-1)/p.level.Chunk[i] + 1
	}
	id, ok := morton([3]int64(position), grid)
	if !ok {
		return nil, invalid("a grid of %v chunks has more than 2^64 places", grid)
	}
	h := s.hashed(id)
	minishard := h & (1<<s.minishardBits - 1)
	shard := h >> s.minishardBits & (1<<s.shardBits - 1)
	name := below(p.level.Path, fmt.Sprintf("%0*x.shard", (s.shardBits+3)/4, shard))
	index, err := p.indexes.find(fmt.Sprintf("%s %d", name, minishard), func() ([]byte, error) {
		return p.readMinishard(u, s, name, minishard)
	})
	if err != nil {
		return nil, err
	}
	offset, length, err := findInMinishard(index, id, uint64(shardEntry)<<s.minishardBits)
	if err != nil {
		return nil, err
	}
	raw, err := readPart(p.get, name, offset, length, size)
	if err != nil {
		return nil, fmt.Errorf("in %s: %w", name, err)
	}
	return raw, nil
}

// readMinishard reads the index of a minishard, which is empty when nothing is stored there.
func (p *precomputedChunks) readMinishard(u *unpacker, s *precomputedSharding, name string, minishard uint64) ([]byte, error) {
	head, err := readPart(p.get, name, minishard*shardEntry, shardEntry, shardEntry)
	if err != nil {
		return nil, fmt.Errorf("index of %s: %w", name, err)
	}
	begin, end := binary.LittleEndian.Uint64(head), binary.LittleEndian.Uint64(head[8:])
	if begin == end {
		return nil, nil
	}
	const most = maxShardEntries * 24
	base := uint64(shardEntry) << s.minishardBits
	if begin > end || end-begin > most || begin+base < base {
		return nil, invalid("index of %s: minishard %d would lie from byte %d to %d", name, minishard, begin, end)
	}
	raw, err := readPart(p.get, name, begin+base, end-begin, most)
	if err == nil && s.indexGzip {
		var fresh []byte // kept, unlike what the unpacker's buffers hold
		raw, err = u.gunzip(raw, int(min(most, (end-begin)*1100+24)), &fresh)
	}
	if err == nil && len(raw)%24 != 0 {
		err = invalid("%d bytes are no list of chunks", len(raw))
	}
	if err != nil {
		return nil, fmt.Errorf("minishard %d of %s: %w", minishard, name, err)
	}
	return raw, nil
}

// findInMinishard finds a chunk in the index of a minishard: n ids, n offsets and n sizes of 8 bytes each. An id counts
// from the one before, an offset from the end of the chunk before. The error wraps fs.ErrNotExist when there is none.
func findInMinishard(index []byte, id, base uint64) (offset, length uint64, err error) {
	n := len(index) / 24
	var at uint64
	end := base
	for i := range n {
		at += binary.LittleEndian.Uint64(index[8*i:])
		begin := end + binary.LittleEndian.Uint64(index[8*(n+i):])
		length = binary.LittleEndian.Uint64(index[8*(2*n+i):])
		if at == id {
			return begin, length, nil
		}
		end = begin + length
	}
	return 0, 0, fs.ErrNotExist
}

// morton is the compressed Morton code of a position: bits of x, y and z in turn, without those that grid never needs.
func morton(position, grid [3]int64) (code uint64, ok bool) {
	out := 0
	for bit := range 63 {
		for i, n := range grid {
			if (n-1)>>bit == 0 {
				continue
			}
			if out == 64 {
				return 0, false
			}
			code |= uint64(position[i]>>bit&1) << out
			out++
		}
	}
	return code, true
}

func (s *precomputedSharding) hashed(id uint64) uint64 {
	id >>= s.preshift
	if s.hash == "identity" {
		return id
	}
	return murmur(id)
}

// murmur is the low half of MurmurHash3_x86_128 (Appleby, smhasher) of eight bytes with seed 0.
func murmur(id uint64) uint64 {
	const c1, c2, c3 = 0x239b961b, 0xab0e9789, 0x38b34ae5
	const size = 8
	h2 := bits.RotateLeft32(uint32(id>>32)*c2, 16)*c3 ^ size
	h1 := bits.RotateLeft32(uint32(id)*c1, 15)*c2 ^ size
	h3, h4 := uint32(size), uint32(size)
	h1 += h2 + h3 + h4
	h2, h3, h4 = h2+h1, h3+h1, h4+h1
	h1, h2, h3, h4 = avalanche(h1), avalanche(h2), avalanche(h3), avalanche(h4)
	h1 += h2 + h3 + h4
	h2 += h1
	return uint64(h2)<<32 | uint64(h1)
}

func avalanche(h uint32) uint32 {
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}
