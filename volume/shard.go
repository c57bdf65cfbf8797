package volume

import "slices"

// shard describes zarr v3's sharding_indexed codec. Axes are those of what is stored.
type shard struct {
	chunk   []int64 // voxels of an inner chunk
	grid    []int64 // inner chunks of a shard
	inner   pipeline
	index   pipeline
	atStart bool
}

// parseShard reads the configuration of sharding_indexed for shards of the given shape.
func (p *pipeline) parseShard(c object, shape []int64, depth int) error {
	if p.nested = depth > 0; p.nested {
		return nil
	}
	s := &shard{}
	p.shard = s
	var err error
	if s.chunk, err = c.extent("chunk_shape", len(shape)); err != nil {
		return err
	}
	for i, n := range shape {
		if n%s.chunk[i] != 0 {
			return invalid("inner chunks of %d do not fill shards of %d", s.chunk[i], n)
		}
		s.grid = append(s.grid, n/s.chunk[i])
	}
	s.inner = pipeline{dtype: p.dtype, order: identityOrder(len(shape))}
	if err := s.inner.parse(c["codecs"], s.chunk, depth+1); err != nil {
		return inMember("codecs", err)
	}
	if err := s.parseIndex(c); err != nil {
		return err
	}
	switch at := c.text("index_location"); at {
	case "start":
		s.atStart = true
	case "", "end":
	default:
		return invalid("index_location is %q, neither start nor end", at)
	}
	return nil
}

// parseIndex reads how the index is stored. Its size must not depend on its content.
func (s *shard) parseIndex(c object) error {
	shape := append(slices.Clone(s.grid), 2)
	s.index = pipeline{dtype: namedDType("uint64"), order: identityOrder(len(shape))}
	if err := s.index.parse(c["index_codecs"], shape, 1); err != nil {
		return inMember("index_codecs", err)
	}
	for _, k := range s.index.packers {
		if k.name != "crc32c" {
			return invalid("the index is packed with %s, so that its size is unknown", k.name)
		}
	}
	if s.index.unknown != "" || s.index.nested || !slices.IsSorted(s.index.order) {
		return invalid("the index has codecs other than bytes and crc32c")
	}
	return nil
}

// innerChunk is the extent of an inner chunk, with the axes of the array.
func (p *pipeline) innerChunk() []int64 {
	out := make([]int64, len(p.order))
	for i, axis := range p.order {
		out[axis] = p.shard.chunk[i]
	}
	return out
}
