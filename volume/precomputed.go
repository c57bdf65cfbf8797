package volume

import (
	"encoding/json"
	"fmt"
	"strings"
)

// nanometer is the unit of precomputed volumes, in meters.
const nanometer = 1e-9

// ReadPrecomputed reads the file "info" of a Neuroglancer precomputed directory
// (neuroglancer, src/datasource/precomputed/volume.md and its neighbors).
//
// [Image.Kind] tells what it is by "@type"; only a volume has axes and levels. Coordinates are nanometers. A
// segmentation has IsLabel. Segment properties fill [Image.Segments] where they hold labels; all else that a
// directory says about what it holds is in [Image.Parts], in words. The error wraps [ErrInvalid].
func ReadPrecomputed(info []byte) (*Image, error) {
	o, err := parse(info, "@type", "redirect", "data_type", "num_channels", "type", "scales", "mesh", "skeletons",
		"segment_properties", "vertex_attributes", "annotation_type", "properties", "relationships", "inline")
	if err != nil {
		return nil, fmt.Errorf("read info: %w", err)
	}
	if o.has("redirect") {
		return nil, fmt.Errorf("read info: %w", invalid("the data have moved to %s", excerpt(o["redirect"])))
	}
	img := &Image{Format: Precomputed}
	if img.Kind, err = precomputedKind(o); err != nil {
		return nil, fmt.Errorf("read info: %w", err)
	}
	img.readParts(o)
	if img.Kind != "volume" {
		return img, nil
	}
	if err := img.readPrecomputed(o); err != nil {
		return nil, fmt.Errorf("read info: %w", err)
	}
	return img, nil
}

func precomputedKind(o object) (string, error) {
	switch kind := o.text("@type"); kind {
	case "neuroglancer_multiscale_volume":
		return "volume", nil
	case "":
		if !o.has("scales") {
			return "", invalid("the file has neither \"@type\" nor \"scales\": it is no precomputed info")
		}
		return "volume", nil
	case "neuroglancer_skeletons":
		return "skeletons", nil
	case "neuroglancer_legacy_mesh", "neuroglancer_multilod_draco":
		return "mesh", nil
	case "neuroglancer_annotations_v1":
		return "annotations", nil
	case "neuroglancer_segment_properties":
		return "segment properties", nil
	default:
		return "", invalid("the kind %q is not known", kind)
	}
}

func (img *Image) readPrecomputed(o object) error {
	img.DType = strings.ToLower(o.text("data_type"))
	if img.DType == "" {
		return invalid("the member \"data_type\" is missing")
	}
	if !viewerDType(img.DType, Precomputed) {
		img.refuse(RuleDType, noDType, img.DType)
	}
	switch kind := strings.ToLower(o.text("type")); kind {
	case "image":
	case "segmentation":
		img.IsLabel = true
	default:
		return invalid("the type is %q, neither image nor segmentation", kind)
	}
	channels, err := whole(o["num_channels"])
	if err != nil || channels < 1 {
		return invalid("num_channels is %s, not a positive number", excerpt(o["num_channels"]))
	}
	for _, name := range []string{"x", "y", "z"} {
		img.Axes = append(img.Axes, Axis{Name: name, Kind: "space", Unit: "nanometer", Meters: nanometer})
	}
	if channels > 1 {
		img.Axes = append(img.Axes, Axis{Name: "c", Kind: "channel"})
	}
	return img.readScales(o["scales"], channels)
}

func (img *Image) readScales(raw json.RawMessage, channels int64) error {
	list, more, err := elements(raw, MaxLevels)
	if err != nil || len(list) == 0 {
		return invalid("\"scales\" is no list of levels: %s", excerpt(raw))
	}
	if more {
		img.warn(RuleLevels, "The image has more than %d levels; the others are passed over.", MaxLevels)
	}
	layout := precomputedLayout{dtype: namedDType(img.DType), channels: channels}
	for i, raw := range list {
		l, err := precomputedLevel(raw, layout)
		if err != nil {
			return fmt.Errorf("scale %d: %w", i, err)
		}
		switch {
		case !viewerEncoding(l.Encoding):
			img.refuse(RuleCodec, "The encoding %.40s is not one Neuroglancer reads.", l.Encoding)
		case l.Encoding == "jxl", l.Encoding == "compresso":
			img.warn(RuleUndecoded, "The contrast cannot be computed: the encoding %s is not supported.", l.Encoding)
		}
		img.Levels = append(img.Levels, l)
	}
	return nil
}

// viewerEncoding tells whether Neuroglancer decodes chunks of the encoding (src/datasource/precomputed/base.ts).
func viewerEncoding(name string) bool {
	switch name {
	case "raw", "jpeg", "png", "jxl", "compresso", "compressed_segmentation":
		return true
	}
	return false
}

// precomputedLevel reads one element of "scales". The format places corners: half a voxel is added.
func precomputedLevel(raw json.RawMessage, layout precomputedLayout) (Level, error) {
	o, err := members(raw, "key", "size", "resolution", "voxel_offset", "chunk_sizes", "encoding",
		"compressed_segmentation_block_size", "sharding")
	if err != nil {
		return Level{}, err
	}
	l := Level{Path: o.text("key"), Encoding: strings.ToLower(o.text("encoding"))}
	if l.Path == "" || l.Encoding == "" {
		return l, invalid("the members \"key\" and \"encoding\" are needed")
	}
	if err = checkPath(l.Path); err != nil {
		return l, inMember("key", err)
	}
	const space = 3
	if l.Shape, err = o.extent("size", space); err != nil {
		return l, err
	}
	if l.Scale, err = numbers(o["resolution"], space); err != nil {
		return l, inMember("resolution", err)
	}
	if err = layout.parse(o, l.Encoding); err != nil {
		return l, err
	}
	for i, s := range l.Scale {
		if s <= 0 {
			return l, invalid("the resolution %v is not positive", s)
		}
		l.Translation = append(l.Translation, (float64(layout.offset[i])+0.5)*s)
	}
	if !sizes(l.Scale...) || !lengths(l.Translation...) {
		return l, invalid("the resolution %v and the offset give numbers that are too large or too small", l.Scale)
	}
	chunks, _, err := elements(o["chunk_sizes"], 1)
	if err != nil || len(chunks) == 0 {
		return l, invalid("\"chunk_sizes\" is no list of sizes: %s", excerpt(o["chunk_sizes"]))
	}
	if l.Chunk, err = (object{"chunk_sizes": chunks[0]}).extent("chunk_sizes", space); err != nil {
		return l, err
	}
	if layout.channels > 1 {
		l.Shape, l.Chunk = append(l.Shape, layout.channels), append(l.Chunk, layout.channels)
		l.Scale, l.Translation = append(l.Scale, 1), append(l.Translation, 0.5)
	}
	l.precomputed = &layout
	return l, nil
}

// parse reads what of an element of "scales" decoding needs.
func (p *precomputedLayout) parse(o object, encoding string) error {
	var err error
	if o.has("voxel_offset") {
		if p.offset, err = voxels(o["voxel_offset"]); err != nil {
			return inMember("voxel_offset", err)
		}
	}
	if encoding == "compressed_segmentation" {
		block, bad := o.extent("compressed_segmentation_block_size", len(p.block))
		if bad != nil {
			return bad
		}
		p.block = [3]int64(block)
	}
	if p.sharding, err = parsePrecomputedSharding(o["sharding"]); err != nil {
		return inMember("sharding", err)
	}
	return nil
}
