package volume

import (
	"encoding/json"
	"math"
	"strings"
)

// precomputedLayout is where the chunks of a precomputed level are and how they are packed
// (neuroglancer, src/datasource/precomputed/volume.md). How the voxels of a chunk are encoded is in [Level.Encoding].
type precomputedLayout struct {
	dtype    dtype
	channels int64
	offset   [3]int64 // voxel_offset, from which the names of chunks count
	block    [3]int64 // compressed_segmentation_block_size; zeros for other encodings
	sharding *precomputedSharding
}

// precomputedSharding is "neuroglancer_uint64_sharded_v1" (neuroglancer, src/datasource/precomputed/sharded.md).
type precomputedSharding struct {
	preshift      uint
	hash          string // "identity" or "murmurhash3_x86_128"
	minishardBits uint
	shardBits     uint
	indexGzip     bool
	dataGzip      bool
}

func parsePrecomputedSharding(raw json.RawMessage) (*precomputedSharding, error) {
	if raw == nil {
		return nil, nil
	}
	o, err := members(raw, "@type", "preshift_bits", "hash", "minishard_bits", "shard_bits", "minishard_index_encoding", "data_encoding")
	if err != nil {
		return nil, err
	}
	if kind := o.text("@type"); kind != "neuroglancer_uint64_sharded_v1" {
		return nil, invalid("the kind of shards %q is not known", kind)
	}
	s := &precomputedSharding{hash: o.text("hash")}
	if s.hash != "identity" && s.hash != "murmurhash3_x86_128" {
		return nil, invalid("the hash %q is not known", s.hash)
	}
	for name, bits := range map[string]*uint{"preshift_bits": &s.preshift, "minishard_bits": &s.minishardBits, "shard_bits": &s.shardBits} {
		if *bits, err = bitCount(o[name]); err != nil {
			return nil, inMember(name, err)
		}
	}
	const most = 32 // Neuroglancer's limit for minishards; an index of 2^32 entries is read one entry at a time
	if s.minishardBits > most || s.minishardBits+s.shardBits > 64 {
		return nil, invalid("%d bits of minishards and %d of shards are too many", s.minishardBits, s.shardBits)
	}
	for name, gzipped := range map[string]*bool{"minishard_index_encoding": &s.indexGzip, "data_encoding": &s.dataGzip} {
		switch encoding := strings.ToLower(o.text(name)); {
		case encoding == "gzip":
			*gzipped = true
		case encoding != "raw" && o.has(name):
			return nil, invalid("%s is %s, neither raw nor gzip", name, excerpt(o[name]))
		}
	}
	return s, nil
}

func bitCount(raw json.RawMessage) (uint, error) {
	n, err := whole(raw)
	if err == nil && (n < 0 || n > 64) {
		err = invalid("%d bits are not between 0 and 64", n)
	}
	if err != nil {
		return 0, err
	}
	return uint(n), nil
}

// voxels reads three whole numbers, of which none may pass 2^53.
func voxels(raw json.RawMessage) ([3]int64, error) {
	var out [3]int64
	values, err := numbers(raw, len(out))
	if err != nil {
		return out, err
	}
	for i, v := range values {
		if v != math.Trunc(v) || math.Abs(v) > maxExact {
			return out, invalid("%v is no whole number of voxels", v)
		}
		out[i] = int64(v)
	}
	return out, nil
}
