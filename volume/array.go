package volume

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// array is what is needed to find and decode the chunks of one zarr array.
type array struct {
	shape []int64
	chunk []int64 // voxels of one object: of the shard when it is sharded
	dtype dtype
	fill  float64
	names []string // of the axes, nil when absent
	key   keyEncoding
	codec pipeline
	n5    bool // chunks are N5 blocks, each with a header, and smaller where the array ends

	viewer    []Finding // why Neuroglancer refuses the array
	undecoded string    // why this package cannot decode chunks, or ""
}

// keyEncoding makes the names of chunk objects.
type keyEncoding struct {
	prefix    string // "c" or ""
	separator string // "/" or "."
}

func (k keyEncoding) name(position []int64) string {
	parts := make([]string, 0, len(position)+1)
	if k.prefix != "" {
		parts = append(parts, k.prefix)
	}
	for _, p := range position {
		parts = append(parts, strconv.FormatInt(p, 10))
	}
	return strings.Join(parts, k.separator)
}

func parseArray(n node) (*array, error) {
	read, file := parseArray2, ".zarray"
	if n.v3 {
		read, file = parseArray3, "zarr.json"
	}
	a, err := read(n)
	if err != nil {
		return nil, fmt.Errorf("read %s%s: %w", n.dir, file, err)
	}
	if a.names != nil && len(a.names) != len(a.shape) {
		a.refuse(RuleAxes, "The array names %d axes and has %d.", len(a.names), len(a.shape))
		a.names = nil
	}
	return a, nil
}

// parseArray2 reads .zarray, zarr v2 specification §"Arrays".
func parseArray2(n node) (*array, error) {
	o := n.array
	if v, err := whole(o["zarr_format"]); err != nil || v != 2 {
		return nil, invalid("zarr_format is %s, not 2", excerpt(o["zarr_format"]))
	}
	a := &array{key: keyEncoding{separator: "."}}
	var err error
	if a.shape, err = o.extent("shape", 0); err != nil {
		return nil, err
	}
	if a.chunk, err = o.extent("chunks", len(a.shape)); err != nil {
		return nil, err
	}
	if s := o.text("dimension_separator"); s == "/" || s == "." {
		a.key.separator = s
	} else if o.has("dimension_separator") {
		return nil, invalid("dimension_separator is %s, neither \"/\" nor \".\"", excerpt(o["dimension_separator"]))
	}
	if err := a.parseType2(o); err != nil {
		return nil, err
	}
	a.names = n.attrs.strs("_ARRAY_DIMENSIONS")
	a.parseCodec2(o)
	if o.has("fill_value") { // null is what zarr-python writes for "any"
		a.checkFill(o["fill_value"])
	}
	a.fill = fillValue(o["fill_value"], a.dtype)
	return a, nil
}

func (a *array) parseType2(o object) error {
	if !o.has("dtype") {
		return invalid("the member \"dtype\" is missing")
	}
	text, ok := str(o["dtype"])
	if !ok {
		text = "structured"
	}
	a.dtype, a.codec.bigEndian = numpyDType(text)
	a.codec.dtype = a.dtype
	a.checkType(Zarr2)
	if a.dtype.size == 1 && viewerDType(a.dtype.name, Zarr2) && text[0] != '|' {
		a.refuse(RuleDType, "The data type is written %q; Neuroglancer takes a single byte only as \"|%s\".", text, text[len(text)-2:])
	}
	return nil
}

// checkType says what a type that somebody does not know means.
func (a *array) checkType(f Format) {
	if !viewerDType(a.dtype.name, f) {
		a.refuse(RuleDType, noDType, a.dtype.name)
	}
	if a.dtype.size == 0 {
		a.undecoded = "the data type " + a.dtype.name + " holds no plain numbers"
	}
}

// parseArray3 reads zarr.json of an array, zarr v3 core specification §"Array metadata".
func parseArray3(n node) (*array, error) {
	o := n.array
	a := &array{}
	var err error
	if a.shape, err = o.extent("shape", 0); err != nil {
		return nil, err
	}
	if a.chunk, err = chunkShape(o["chunk_grid"], len(a.shape)); err != nil {
		return nil, inMember("chunk_grid", err)
	}
	if a.key, err = parseKeys(o["chunk_key_encoding"]); err != nil {
		return nil, inMember("chunk_key_encoding", err)
	}
	name, ok := str(o["data_type"])
	if !ok {
		if name, _, err = nameAndConfiguration(o["data_type"]); err != nil {
			return nil, inMember("data_type", err)
		}
	}
	a.dtype = namedDType(name)
	a.checkType(Zarr3)
	if o.has("storage_transformers") {
		if list, _, err := elements(o["storage_transformers"], 1); err != nil || len(list) > 0 {
			a.undecoded = "it uses storage transformers"
		}
	}
	a.names = o.strs("dimension_names")
	if err := a.parseCodec3(o["codecs"]); err != nil {
		return nil, inMember("codecs", err)
	}
	a.checkFill(o["fill_value"])
	a.fill = fillValue(o["fill_value"], a.dtype)
	return a, nil
}

func chunkShape(raw json.RawMessage, rank int) ([]int64, error) {
	name, configuration, err := nameAndConfiguration(raw)
	if err != nil {
		return nil, err
	}
	if name != "regular" {
		return nil, invalid("the grid is %q; only regular grids are read", name)
	}
	return configuration.extent("chunk_shape", rank)
}

func parseKeys(raw json.RawMessage) (keyEncoding, error) {
	if raw == nil {
		return keyEncoding{"c", "/"}, nil
	}
	name, configuration, err := nameAndConfiguration(raw)
	if err != nil {
		return keyEncoding{}, err
	}
	var k keyEncoding
	switch name {
	case "default":
		k = keyEncoding{"c", "/"}
	case "v2":
		k = keyEncoding{"", "."}
	default:
		return k, invalid("chunk keys are encoded as %q, which this does not know", name)
	}
	switch s := configuration.text("separator"); {
	case s == "/" || s == ".":
		k.separator = s
	case configuration.has("separator"):
		return k, invalid("the separator is %s, neither \"/\" nor \".\"", excerpt(configuration["separator"]))
	}
	return k, nil
}

// nameAndConfiguration reads zarr v3's {"name": …, "configuration": {…}}, or the name alone.
func nameAndConfiguration(raw json.RawMessage) (string, object, error) {
	if name, ok := str(raw); ok {
		return name, object{}, nil
	}
	o, err := members(raw, "name", "configuration")
	if err != nil {
		return "", nil, err
	}
	name, ok := str(o["name"])
	if !ok {
		return "", nil, invalid("the member \"name\" is missing in %s", excerpt(raw))
	}
	if !o.has("configuration") {
		return name, object{}, nil
	}
	configuration, err := members(o["configuration"], "separator", "chunk_shape", "order", "endian",
		"cname", "codecs", "index_codecs", "index_location")
	return name, configuration, err
}

func (a *array) refuse(rule Rule, format string, args ...any) {
	a.viewer = append(a.viewer, Finding{rule, true, fmt.Sprintf(format, args...)})
}

// report tells img why the viewer refuses the array, and what else there is to know.
func (a *array) report(img *Image) {
	for _, f := range a.viewer {
		img.refuse(f.Rule, "%s", f.Text)
	}
	if a.undecoded != "" {
		img.warn(RuleUndecoded, "The contrast cannot be computed: %s.", a.undecoded)
	}
	img.warnInt64()
}

// level describes the array, all but where it lies in space.
func (a *array) level(path string) Level {
	l := Level{Path: path, Shape: a.shape, Chunk: a.chunk, Encoding: a.codec.encoding(), array: a}
	if a.codec.shard != nil {
		l.Chunk, l.Shard = a.codec.innerChunk(), a.chunk
	}
	return l
}

func (a *array) axisName(i int, v3 bool) string {
	switch {
	case a.names != nil && a.names[i] != "":
		return a.names[i]
	case v3:
		return "dim_" + strconv.Itoa(i)
	}
	return "d" + strconv.Itoa(i)
}

// errUndecoded is what decoding chunks of the array would meet.
func (a *array) errUndecoded() error {
	if a.undecoded == "" {
		return nil
	}
	return invalid("%s", a.undecoded)
}
