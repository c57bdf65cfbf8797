package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// ReadZarr reads the metadata of the zarr array or OME-Zarr image whose directory get reads.
//
// It understands zarr v2 and v3; OME-NGFF 0.1 to 0.6, of either in either; the root that bioformats2raw writes, where it
// reads the first image and says so in [Image.Sub]; and the NIfTI header in a NIfTI-Zarr, which places the image. For a
// pyramid it reads the metadata of every level, if need be from the consolidated ones. A level that is missing or broken
// is left out, with the reason in [Image.Findings], because Neuroglancer then refuses the whole image.
//
// The error wraps [fs.ErrNotExist] when there is no zarr metadata at all, and [ErrInvalid] when
// it is malformed or describes something else, such as a plain group, or a plate (then as [*PlateError]). Errors of get
// that do not wrap [fs.ErrNotExist] come back wrapped.
func ReadZarr(get Getter) (*Image, error) {
	n, err := readNode(get, "")
	if err != nil {
		return nil, err
	}
	if n.isArray() {
		return readPlain(n)
	}
	if n.meta.has("bioformats2raw.layout") && !n.meta.has("multiscales") && !n.meta.has("plate") {
		return readSeries(get, n)
	}
	return readOME(get, n)
}

// node is the metadata of one zarr array or group.
type node struct {
	dir   string // "" or ending in "/"
	v3    bool
	array object // .zarray, or zarr.json of an array; nil for a group
	attrs object // user attributes, of those that matter here
	meta  object // where OME metadata are: attrs, or its member "ome"
}

func (n node) isArray() bool { return n.array != nil }

func (n node) format() Format {
	if n.v3 {
		return Zarr3
	}
	return Zarr2
}

// readNode reads what lies in dir, with a preference for v3 where both are.
// The error wraps fs.ErrNotExist when there is neither.
func readNode(get Getter, dir string) (node, error) {
	n, err := readNode3(get, dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return n, err
	}
	return readNode2(get, dir)
}

func readNode3(get Getter, dir string) (node, error) {
	o, err := getObject(get, dir+"zarr.json", arrayNames(true)...)
	if err != nil {
		return node{}, err
	}
	n := node{dir: dir, v3: true}
	if v, bad := whole(o["zarr_format"]); bad != nil || v != 3 {
		return n, fmt.Errorf("read %szarr.json: %w", dir, invalid("zarr_format is %s, not 3", excerpt(o["zarr_format"])))
	}
	n.attrs = object{}
	if o.has("attributes") {
		if n.attrs, err = members(o["attributes"], attributeNames()...); err != nil {
			return n, fmt.Errorf("read %szarr.json: %w", dir, inMember("attributes", err))
		}
	}
	switch kind := o.text("node_type"); kind {
	case "array":
		n.array = o
	case "group":
	default:
		return n, fmt.Errorf("read %szarr.json: %w", dir, invalid("node_type is %q, neither array nor group", kind))
	}
	return n, n.findOME("zarr.json")
}

func readNode2(get Getter, dir string) (node, error) {
	n := node{dir: dir}
	array, err := readArray2(get, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return n, err
	}
	noArray := err
	n.array = array
	n.attrs, err = getObject(get, dir+".zattrs", attributeNames()...)
	switch {
	case err == nil:
		return n, n.findOME(".zattrs")
	case !errors.Is(err, fs.ErrNotExist):
		return n, err
	}
	n.attrs, n.meta = object{}, object{}
	if noArray == nil {
		return n, nil
	}
	_, err = getObject(get, dir+".zgroup")
	return n, err
}

func readArray2(get Getter, dir string) (object, error) {
	return getObject(get, dir+".zarray", arrayNames(false)...)
}

// arrayNames lists the members of array metadata that are read.
func arrayNames(v3 bool) []string {
	if v3 {
		return []string{
			"zarr_format", "node_type", "shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "codecs",
			"dimension_names", "attributes", "storage_transformers",
		}
	}
	return []string{
		"zarr_format", "shape", "chunks", "dtype", "compressor", "fill_value", "order", "filters", "dimension_separator",
	}
}

// attributeNames lists the attributes that are read: those of OME-NGFF, of xarray
// (_ARRAY_DIMENSIONS) and of Neuroglancer (dimension_units).
func attributeNames() []string {
	return append(omeNames(), "ome", "_ARRAY_DIMENSIONS", "dimension_units")
}

func omeNames() []string {
	return []string{"multiscales", "omero", "image-label", "labels", "plate", "well", "bioformats2raw.layout", "version", "series"}
}

// findOME finds the OME metadata: in the attribute "ome" since 0.5, before that among the attributes.
func (n *node) findOME(file string) error {
	n.meta = n.attrs
	if !n.attrs.has("ome") {
		return nil
	}
	meta, err := members(n.attrs["ome"], omeNames()...)
	if err != nil {
		return fmt.Errorf("read %s%s: %w", n.dir, file, inMember("ome", err))
	}
	n.meta = meta
	return nil
}

func getObject(get Getter, name string, want ...string) (object, error) {
	raw, err := get(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	o, err := parse(raw, want...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return o, nil
}

// readPlain describes an array that stands alone. It has no positions of its own; Neuroglancer
// puts the corner of voxel 0 at 0 and takes sizes from the attribute dimension_units.
func readPlain(n node) (*Image, error) {
	a, err := parseArray(n)
	if err != nil {
		return nil, err
	}
	img := &Image{Format: n.format(), Kind: "volume", DType: a.dtype.name}
	rank := len(a.shape)
	l := a.level("")
	l.Scale, l.Translation = make([]float64, rank), make([]float64, rank)
	units := n.attrs.strs("dimension_units")
	if units != nil && len(units) != rank {
		img.refuse(RuleUnitName, "The attribute dimension_units names %d units for %d axes.", len(units), rank)
		units = nil
	}
	unitless := true
	for i := range rank {
		axis := Axis{}
		l.Scale[i] = 1
		if units != nil && units[i] != "" {
			l.Scale[i], axis = plainUnit(img, units[i])
		}
		axis.Name = a.axisName(i, n.v3)
		axis.Kind = kindOf(axis.Name)
		l.Translation[i] = l.Scale[i] / 2
		unitless = unitless && axis.Meters == 0
		img.Axes = append(img.Axes, axis)
	}
	if unitless {
		img.warn(RuleUnit, "A plain zarr array says no voxel size: it opens at 1 per voxel, without a unit, and cannot line up with other data by itself.")
	}
	a.report(img)
	img.Levels = []Level{l}
	return img, nil
}

func plainUnit(img *Image, text string) (float64, Axis) {
	size, axis, ok := quantity(text)
	if !ok {
		img.refuse(RuleUnitName, "The attribute dimension_units holds %q, which Neuroglancer does not understand.", text)
	}
	return size, axis
}

// kindOf guesses the kind of an axis from its name, for metadata that do not say it.
func kindOf(name string) string {
	switch strings.ToLower(name) {
	case "x", "y", "z":
		return "space"
	case "c", "ch", "channel":
		return "channel"
	case "t", "time":
		return "time"
	}
	return ""
}
