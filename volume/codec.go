package volume

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
)

// maxChunkBytes is the largest chunk that is decoded, and the most that is decoded for one
// histogram. A chunk that a browser can use is far smaller.
const maxChunkBytes = 64 << 20

// pipeline is how the voxels of a chunk became bytes, with zarr v3's words. A v2 array is
// described with the same ones, as Neuroglancer does.
type pipeline struct {
	dtype     dtype
	bigEndian bool
	order     []int    // order[i] is the axis of the array that is axis i of what is stored
	packers   []packer // in the order they were applied
	shard     *shard   // then the bytes are inner chunks and an index
	unknown   string   // the first codec this package does not know, or ""
	nested    bool     // a shard inside a shard, which is not read further
}

// packer turns bytes into fewer.
type packer struct {
	name  string // "blosc", "gzip", "zlib", "zstd", "crc32c", "lz4" and "bz2" of numcodecs, "lz4block" of N5
	label string // for people, such as "blosc-lz4"
}

func identityOrder(rank int) []int {
	order := make([]int, rank)
	for i := range order {
		order[i] = i
	}
	return order
}

// parseCodec2 reads order, filters and compressor of a v2 array.
func (a *array) parseCodec2(o object) {
	p := &a.codec
	p.order = identityOrder(len(a.shape))
	switch order := o.text("order"); order {
	case "C":
	case "F":
		slices.Reverse(p.order)
	default:
		a.refuse(RuleCodec, "The member \"order\" is %s, neither \"C\" nor \"F\".", excerpt(o["order"]))
	}
	if list, _, err := elements(o["filters"], 1); o.has("filters") && (err != nil || len(list) > 0) {
		a.refuse(RuleFilters, "The array uses filters; Neuroglancer passes over them and would show wrong values.")
		a.undecoded = "it uses filters"
	}
	if !o.has("compressor") {
		return
	}
	c, err := members(o["compressor"], "id", "cname")
	id := c.text("id")
	switch id {
	case "blosc", "gzip", "zlib", "zstd":
		p.packers = []packer{{id, label(id, c)}}
		return
	}
	if err != nil || id == "" {
		id = excerpt(o["compressor"])
	}
	p.packers = []packer{{id, id}}
	if id == "lz4" || id == "bz2" {
		a.refuse(RuleCodec, noCodecText, id)
		return
	}
	a.noCodec(id)
}

// noCodecText takes the name of a codec.
const noCodecText = "The codec %s is not one Neuroglancer reads."

// noCodec notes that neither the viewer nor this package knows a codec.
func (a *array) noCodec(name string) {
	a.refuse(RuleCodec, noCodecText, name)
	if a.undecoded == "" {
		a.undecoded = "the codec " + name + " is not supported"
	}
}

// label names a compressor for people; configuration says which one blosc uses.
func label(name string, configuration object) string {
	if name == "blosc" && configuration.text("cname") != "" {
		return name + "-" + configuration.text("cname")
	}
	return name
}

// parseCodec3 reads the codecs of a v3 array.
func (a *array) parseCodec3(raw json.RawMessage) error {
	p := pipeline{dtype: a.dtype, order: identityOrder(len(a.chunk))}
	if err := p.parse(raw, a.chunk, 0); err != nil {
		return err
	}
	a.codec = p
	inner := p
	if p.shard != nil {
		inner = p.shard.inner
		if len(p.packers) > 0 {
			a.refuse(RuleCodec, "Whole shards are compressed, which Neuroglancer does not read.")
			a.undecoded = "whole shards are compressed"
		}
		if inner.nested {
			a.undecoded = "there are shards inside the shards"
		}
	}
	for _, name := range []string{p.unknown, inner.unknown} {
		if name != "" {
			a.noCodec(name)
		}
	}
	if confused(p.layout()) {
		a.refuse(RuleCodec, "The axes are stored in an order that Neuroglancer takes for another one.")
	}
	return nil
}

// confused tells whether Neuroglancer 2.41.2 places the voxels of a layout wrongly: it takes the inverse of the
// permutation from its own axes, which are the stored ones backwards, to the array's ("orderTransform" in its
// datasource/zarr/frontend.js), and that is right only where the two are the same.
func confused(layout []int) bool {
	last := len(layout) - 1
	for i := range layout {
		if layout[last-layout[last-i]] != i {
			return true
		}
	}
	return false
}

// parse reads a list of codecs for chunks of the given shape, whose axes are those before the
// first codec. depth counts the shards around them.
func (p *pipeline) parse(raw json.RawMessage, shape []int64, depth int) error {
	const mostCodecs = 16
	list, more, err := elements(raw, mostCodecs)
	if err != nil || more {
		return invalid("expected a list of at most %d codecs, got %s", mostCodecs, excerpt(raw))
	}
	isBytes := false
	for _, e := range list {
		name, c, err := nameAndConfiguration(e)
		if err != nil {
			return err
		}
		if p.unknown == "" && isBytes != slices.Contains(packerNames(), name) {
			return invalid("the codec %q is out of order", name)
		}
		switch name {
		case "transpose":
			err = p.transpose(c["order"])
		case "bytes":
			isBytes = true
			err = p.endian(c)
		case "sharding_indexed":
			isBytes = true
			err = p.parseShard(c, permuted(shape, p.order), depth)
		default:
			isBytes = true
			p.pack(name, c)
		}
		if err != nil {
			return inMember(name, err)
		}
	}
	if !isBytes {
		return invalid("no codec turns the array into bytes")
	}
	return nil
}

func packerNames() []string { return []string{"blosc", "gzip", "zlib", "zstd", "crc32c"} }

func (p *pipeline) pack(name string, configuration object) {
	if slices.Contains(packerNames(), name) {
		p.packers = append(p.packers, packer{name, label(name, configuration)})
	} else if p.unknown == "" {
		p.unknown = name
	}
}

func permuted(shape []int64, order []int) []int64 {
	out := make([]int64, len(order))
	for i, axis := range order {
		out[i] = shape[axis]
	}
	return out
}

func (p *pipeline) transpose(raw json.RawMessage) error {
	rank := len(p.order)
	switch text, _ := str(raw); text {
	case "C":
		return nil
	case "F":
		slices.Reverse(p.order)
		return nil
	}
	list, more, err := elements(raw, rank)
	if err != nil || more || len(list) != rank {
		return invalid("the order %s does not name %d axes", excerpt(raw), rank)
	}
	order, seen := make([]int, rank), make([]bool, rank)
	for i, e := range list {
		axis, err := whole(e)
		if err != nil || axis < 0 || axis >= int64(rank) || seen[axis] {
			return invalid("the order %s is no permutation", excerpt(raw))
		}
		seen[axis] = true
		order[i] = p.order[axis]
	}
	p.order = order
	return nil
}

func (p *pipeline) endian(c object) error {
	switch e := c.text("endian"); {
	case e == "big":
		p.bigEndian = true
	case e != "little" && p.dtype.size > 1:
		return invalid("endian is %s, neither little nor big", excerpt(c["endian"]))
	}
	return nil
}

// layout lists the axes of the array, slowest first, in the order decoded voxels have.
func (p *pipeline) layout() []int {
	if p.shard == nil {
		return p.order
	}
	out := make([]int, len(p.order))
	for i, stored := range p.shard.inner.order {
		out[i] = p.order[stored]
	}
	return out
}

// last is the pipeline whose bytes are voxels.
func (p *pipeline) last() *pipeline {
	if p.shard == nil {
		return p
	}
	return &p.shard.inner
}

func (p *pipeline) encoding() string {
	var names []string
	for _, k := range p.last().packers {
		if k.name != "crc32c" {
			names = append(names, k.label)
		}
	}
	if len(names) == 0 {
		return "raw"
	}
	return strings.Join(names, "+")
}

// product multiplies sizes; ok is false when the result would pass limit.
func product(limit int64, sizes ...int64) (n int64, ok bool) {
	n = 1
	for _, s := range sizes {
		if s < 0 || s != 0 && n > limit/s {
			return math.MaxInt64, false
		}
		n *= s
	}
	return n, true
}
