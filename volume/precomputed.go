package volume

import (
	"encoding/json"
	"fmt"
	"strings"
)

// nanometer is the unit of precomputed volumes, in meters.
const nanometer = 1e-9

// ReadPrecomputed reads the file "info" of a Neuroglancer precomputed directory
// (neuroglancer, src/datasource/precomputed/volume.md).
//
// [Image.Kind] tells what it is by "@type"; only a volume has axes and levels. Coordinates are
// nanometers. A segmentation has IsLabel. The error wraps [ErrInvalid].
func ReadPrecomputed(info []byte) (*Image, error) {
	o, err := parse(info, "@type", "redirect", "data_type", "num_channels", "type", "scales")
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
	list, more, err := elements(o["scales"], MaxLevels)
	if err != nil || len(list) == 0 {
		return invalid("\"scales\" is no list of levels: %s", excerpt(o["scales"]))
	}
	if more {
		img.warn(RuleLevels, "The image has more than %d levels; the others are passed over.", MaxLevels)
	}
	for i, raw := range list {
		l, err := precomputedLevel(raw, channels)
		if err != nil {
			return fmt.Errorf("scale %d: %w", i, err)
		}
		img.Levels = append(img.Levels, l)
	}
	return nil
}

// precomputedLevel reads one element of "scales". The format places corners: half a voxel is added.
func precomputedLevel(raw json.RawMessage, channels int64) (Level, error) {
	o, err := members(raw, "key", "size", "resolution", "voxel_offset", "chunk_sizes", "encoding")
	if err != nil {
		return Level{}, err
	}
	l := Level{Path: o.text("key"), Encoding: o.text("encoding")}
	if l.Path == "" || l.Encoding == "" {
		return l, invalid("the members \"key\" and \"encoding\" are needed")
	}
	const space = 3
	if l.Shape, err = o.extent("size", space); err != nil {
		return l, err
	}
	if l.Scale, err = numbers(o["resolution"], space); err != nil {
		return l, inMember("resolution", err)
	}
	offset := make([]float64, space)
	if o.has("voxel_offset") {
		if offset, err = numbers(o["voxel_offset"], space); err != nil {
			return l, inMember("voxel_offset", err)
		}
	}
	for i, s := range l.Scale {
		if s <= 0 {
			return l, invalid("the resolution %v is not positive", s)
		}
		l.Translation = append(l.Translation, (offset[i]+0.5)*s)
	}
	chunks, _, err := elements(o["chunk_sizes"], 1)
	if err != nil || len(chunks) == 0 {
		return l, invalid("\"chunk_sizes\" is no list of sizes: %s", excerpt(o["chunk_sizes"]))
	}
	if l.Chunk, err = (object{"chunk_sizes": chunks[0]}).extent("chunk_sizes", space); err != nil {
		return l, err
	}
	if channels > 1 {
		l.Shape, l.Chunk = append(l.Shape, channels), append(l.Chunk, channels)
		l.Scale, l.Translation = append(l.Scale, 1), append(l.Translation, 0.5)
	}
	return l, nil
}
