// Package shard writes and reads Neuroglancer's sharded format, neuroglancer_uint64_sharded_v1: many small objects in few files.
//
// A shard is an index of its minishards, 16 bytes for each, and then the objects and the indices of the minishards, in any
// order (src/datasource/precomputed/sharded.md of Neuroglancer; what its reader does is in sharded.ts beside it).
package shard

import (
	"errors"
	"fmt"
	"math/bits"
)

// ErrInvalid is wrapped by errors about a spec or a file that cannot be, and about objects that come in a wrong order.
var ErrInvalid = errors.New("invalid shard")

// A Spec says where in which file an object lies.
type Spec struct {
	PreshiftBits  int  // by these a number is shifted down before it is hashed
	MinishardBits int  // the lowest of the hash
	ShardBits     int  // the next ones
	Murmur        bool // hash murmurhash3_x86_128, else identity
	GzipIndex     bool // compress the indices of minishards
	GzipData      bool // compress objects
}

const (
	// shardBytes is about how long a shard is.
	shardBytes = 512 << 20
	// minishardObjects is how many objects a minishard has in the mean: a viewer reads its whole index, 24 bytes each.
	minishardObjects = 512
	// maxMinishardBits bounds the index of a shard, which is empty at first: 16 MB.
	maxMinishardBits = 20
	// usualMinishardBits bounds what SpecFor chooses, and so what a writer has to remember of one shard.
	usualMinishardBits = 11
)

// SpecFor chooses a spec for so many objects of so many bytes in all, whose numbers may be any. Objects spread evenly, and so
// those of one shard are all over: a writer must be given them sorted by [Spec.Shard].
func SpecFor(objects, size int64) Spec {
	s := Spec{Murmur: true, GzipIndex: true}
	s.divide(objects, size, 64)
	return s
}

// SpecAscending is SpecFor for objects whose numbers, at most the greatest, a writer is given in ascending order: shards and
// minishards follow each other as numbers do.
func SpecAscending(greatest uint64, objects, size int64) Spec {
	s := Spec{GzipIndex: true}
	n := bits.Len64(greatest)
	s.divide(objects, size, n)
	s.PreshiftBits = n - s.ShardBits - s.MinishardBits
	return s
}

// divide sets the bits for shards and minishards, at most so many in all.
func (s *Spec) divide(objects, size int64, most int) {
	all := min(log2(objects/minishardObjects), most)
	// A shard holds one minishard at least, and no more than a writer is to remember.
	s.ShardBits = min(max(log2(size/shardBytes), all-usualMinishardBits), most)
	s.MinishardBits = max(all-s.ShardBits, 0)
}

// log2 is how many bits it takes to tell n+1 things from each other, or a few more.
func log2(n int64) int { return bits.Len64(uint64(max(n, 0))) }

func (s Spec) check() error {
	if s.PreshiftBits < 0 || s.MinishardBits < 0 || s.ShardBits < 0 || s.PreshiftBits > 64 || s.MinishardBits > maxMinishardBits ||
		s.MinishardBits+s.ShardBits > 64 {
		return fmt.Errorf("%w: %d bits of preshift, %d of minishards, %d of shards", ErrInvalid, s.PreshiftBits, s.MinishardBits, s.ShardBits)
	}
	return nil
}

// JSON is the spec as info files have it.
func (s Spec) JSON() []byte {
	hash := "identity"
	if s.Murmur {
		hash = "murmurhash3_x86_128"
	}
	encoding := map[bool]string{false: "raw", true: "gzip"}
	return fmt.Appendf(nil, `{"@type":"neuroglancer_uint64_sharded_v1","preshift_bits":%d,"hash":%q,"minishard_bits":%d,"shard_bits":%d,`+
		`"minishard_index_encoding":%q,"data_encoding":%q}`, s.PreshiftBits, hash, s.MinishardBits, s.ShardBits, encoding[s.GzipIndex], encoding[s.GzipData])
}

// place is the shard and minishard that an object is in.
func (s Spec) place(id uint64) (shard, minishard uint64) {
	h := id >> s.PreshiftBits
	if s.Murmur {
		h = murmur(h)
	}
	return h >> s.MinishardBits & (1<<s.ShardBits - 1), h & (1<<s.MinishardBits - 1)
}

// Shard is the number of the file that an object is in.
func (s Spec) Shard(id uint64) uint64 {
	n, _ := s.place(id)
	return n
}

// Name is the name of a file.
func (s Spec) Name(shard uint64) string { return fmt.Sprintf("%0*x.shard", (s.ShardBits+3)/4, shard) }

// header is the length of a shard's index.
func (s Spec) header() uint64 { return 16 << s.MinishardBits }

// Morton is the number of a cell in a grid: the bits of its coordinates in turn, x first, without those that no cell of
// the grid has ("compressed Morton code").
func Morton(cell, grid [3]int) uint64 {
	var code uint64
	at := 0
	for bit := range 32 {
		for axis, n := range grid {
			if uint64(n-1)>>bit != 0 {
				code |= uint64(cell[axis]) >> bit & 1 << at
				at++
			}
		}
	}
	return code
}
