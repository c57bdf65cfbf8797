package volume

import "slices"

// parseArrayN5 reads the attributes of a dataset (the N5 specification, github.com/saalfeldlab/n5): the first axis is the
// one whose voxels lie behind each other, voxels are big-endian, chunks are called X/Y/Z, and each begins with a header.
func parseArrayN5(o object, rank int) (*array, error) {
	a := &array{n5: true, key: keyEncoding{separator: "/"}}
	var err error
	if a.shape, err = o.extent("dimensions", rank); err != nil {
		return nil, err
	}
	if a.chunk, err = o.extent("blockSize", rank); err != nil {
		return nil, err
	}
	name := o.text("dataType")
	if name == "" {
		return nil, invalid("the member \"dataType\" is missing")
	}
	a.dtype = namedDType(name)
	a.checkType(N5)
	a.codec = pipeline{dtype: a.dtype, bigEndian: true, order: identityOrder(rank)}
	slices.Reverse(a.codec.order)
	a.parseCompression(o)
	return a, nil
}

// parseCompression reads "compression", or "compressionType" of versions before 2.0.
func (a *array) parseCompression(o object) {
	c, err := members(o["compression"], "type", "useZlib", "cname")
	name := c.text("type")
	if err != nil || name == "" {
		name = o.text("compressionType")
	}
	switch name {
	case "raw":
	case "gzip", "zlib", "zstd", "blosc":
		if string(c["useZlib"]) == "true" {
			name = "zlib"
		}
		a.codec.packers = []packer{{name, label(name, c)}}
	case "bzip2":
		a.codec.packers = []packer{{"bz2", name}}
		a.refuse(RuleCodec, "The codec %s is not one Neuroglancer reads.", name)
	case "lz4":
		a.codec.packers = []packer{{"lz4block", name}} // LZ4BlockOutputStream of lz4-java, which is not numcodecs' lz4
		a.refuse(RuleCodec, "The codec %s is not one Neuroglancer reads.", name)
	case "":
		a.refuse(RuleCodec, "The attributes name no compression, and Neuroglancer then refuses them.")
	default:
		a.codec.packers = []packer{{name, name}}
		a.noCodec(name)
	}
}
