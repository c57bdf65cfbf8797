package volume

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// readOME describes the pyramid of an OME-Zarr group.
func readOME(get Getter, n node) (*Image, error) {
	if !n.meta.has("multiscales") {
		return nil, notAnImage(n)
	}
	entry, version, err := pickMultiscale(n)
	if err != nil {
		return nil, err
	}
	img := &Image{Format: n.format(), OME: version, Kind: "volume", Name: entry.text("name"), IsLabel: n.meta.has("image-label")}
	img.checkVersion(n)
	p := &pyramid{img: img, node: n, get: get, common: entry["coordinateTransformations"]}
	axes := entry["axes"]
	if p.system = strings.HasPrefix(version, "0.6"); p.system && axes == nil {
		axes = systemAxes(entry)
		p.common = nil // leads from one coordinate system to another
	}
	if p.axes, err = parseAxes(img, axes); err != nil {
		return nil, fmt.Errorf("read OME metadata: %w", inMember("axes", err))
	}
	if err = p.readLevels(entry["datasets"]); err != nil {
		return nil, err
	}
	img.Axes = p.axes
	img.checkAxes()
	if err = p.readNIfTIZarr(); err != nil {
		return nil, err
	}
	omero := n.meta["omero"]
	if omero == nil {
		omero = n.attrs["omero"] // some writers of 0.5 leave it where 0.4 had it
	}
	img.readOmero(omero)
	img.readImageLabel(n.meta["image-label"])
	if !img.IsLabel {
		img.Labels, err = readLabels(get, n)
	}
	return img, err
}

// notAnImage says what a group is that is no image.
func notAnImage(n node) error {
	switch {
	case n.meta.has("plate"):
		return readPlate(n.meta["plate"])
	case n.meta.has("well"):
		return readWell(n.meta["well"])
	case n.meta.has("labels"):
		const shown = 5
		names := n.meta.strs("labels")
		return invalid("this is a list of label images (%.200s); open one of them", strings.Join(names[:min(len(names), shown)], ", "))
	}
	return invalid("this is a zarr group that is neither an array nor an OME-Zarr image; open one of the arrays in it")
}

// pickMultiscale returns the first entry that the viewer opens, as it does, or else the first.
func pickMultiscale(n node) (object, string, error) {
	const mostEntries = 16
	list, _, err := elements(n.meta["multiscales"], mostEntries)
	if err != nil || len(list) == 0 {
		return nil, "", fmt.Errorf("read OME metadata: %w", invalid("\"multiscales\" is no list of images: %s", excerpt(n.meta["multiscales"])))
	}
	var first object
	var firstVersion string
	for _, raw := range list {
		entry, err := members(raw, "version", "name", "axes", "datasets", "coordinateTransformations", "coordinateSystems")
		if err != nil {
			return nil, "", fmt.Errorf("read OME metadata: %w", inMember("multiscales", err))
		}
		version := n.meta.text("version")
		if version == "" || !n.attrs.has("ome") {
			version = entry.text("version")
		}
		if viewerOME(version) {
			return entry, version, nil
		}
		if first == nil {
			first, firstVersion = entry, version
		}
	}
	return first, firstVersion, nil
}

// viewerOME tells whether Neuroglancer 2.41.2 knows the version (src/datasource/zarr/ome.ts).
func viewerOME(version string) bool {
	return version == "0.4" || version == "0.5-dev" || version == "0.5"
}

func (img *Image) checkVersion(n node) {
	switch {
	case img.OME == "":
		img.OME = "unknown"
		img.refuse(RuleVersion, "The OME-Zarr metadata do not say their version, and Neuroglancer then passes over them.")
	case !viewerOME(img.OME):
		img.refuse(RuleVersion, "The OME-Zarr metadata are of version %.20s; Neuroglancer reads 0.4 and 0.5.", img.OME)
	case img.OME == "0.5" && !n.v3:
		img.refuse(RuleVersion, "OME-Zarr 0.5 asks for zarr v3, and this is zarr v2.")
	}
}

// pyramid reads the levels of an image.
type pyramid struct {
	img    *Image
	node   node
	get    Getter
	axes   []Axis // nil until known: versions before 0.3 do not list them
	common json.RawMessage
	system bool // the metadata are of version 0.6, with coordinate systems

	consolidated object // the metadata of the store in one, nil until asked for
}

func (p *pyramid) readLevels(raw json.RawMessage) error {
	list, more, err := elements(raw, MaxLevels)
	if err != nil || len(list) == 0 {
		return fmt.Errorf("read OME metadata: %w", invalid("\"datasets\" is no list of levels: %s", excerpt(raw)))
	}
	if more {
		p.img.warn(RuleLevels, "The image has more than %d levels; the others are passed over.", MaxLevels)
	}
	var last error
	for i, e := range list {
		level, err := p.readLevel(i, e)
		switch {
		case err == nil:
			p.add(level)
		case errors.Is(err, fs.ErrNotExist):
			p.img.refuse(RuleLevels, "Level %d is listed, but its array is not there.", i)
			last = invalid("level %d has no array", i)
		case errors.Is(err, ErrInvalid):
			p.img.refuse(RuleLevels, "Level %d cannot be used: %s.", i, plainText(err))
			last = err
		default:
			return err
		}
	}
	if len(p.img.Levels) == 0 {
		return fmt.Errorf("none of the %d levels can be used: %w", len(list), last)
	}
	return nil
}

func (p *pyramid) add(l Level) {
	if p.img.DType == "" {
		p.img.DType = l.array.dtype.name
	}
	if l.array.dtype.name != p.img.DType {
		p.img.refuse(RuleLevels, "The levels differ in data type: %s and %s.", p.img.DType, l.array.dtype.name)
	}
	l.array.report(p.img)
	p.img.Levels = append(p.img.Levels, l)
}

// readLevel reads one element of "datasets" and the metadata of its array.
func (p *pyramid) readLevel(i int, raw json.RawMessage) (Level, error) {
	o, err := members(raw, "path", "coordinateTransformations")
	if err != nil {
		return Level{}, err
	}
	path, ok := str(o["path"])
	if !ok {
		return Level{}, invalid("the member \"path\" is missing")
	}
	if err = checkPath(path); err != nil {
		return Level{}, err
	}
	n, err := p.readArray(p.node.dir + path + "/")
	if errors.Is(err, fs.ErrNotExist) {
		if n, err = p.readConsolidated(p.node.dir+path, err); err == nil {
			p.img.refuse(RuleStored, "The metadata of level %d are only in the consolidated metadata of the store, which Neuroglancer does not read.", i)
		}
	}
	if err != nil {
		return Level{}, err
	}
	a, err := parseArray(n)
	if err != nil {
		return Level{}, err
	}
	if p.axes == nil {
		p.axes = oldAxes(len(a.shape))
	}
	if len(a.shape) != len(p.axes) {
		return Level{}, invalid("the array has %d axes where the metadata list %d", len(a.shape), len(p.axes))
	}
	l := a.level(p.node.dir + path)
	l.Scale, l.Translation, err = p.place(o["coordinateTransformations"])
	return l, err
}

// readArray reads the metadata of the array in dir; unlike [readNode] it asks for no attributes.
func (p *pyramid) readArray(dir string) (node, error) {
	if p.node.v3 {
		n, err := readNode3(p.get, dir)
		if err == nil && !n.isArray() {
			return n, invalid("%s is a group, not an array", dir)
		}
		return n, err
	}
	o, err := readArray2(p.get, dir)
	return node{dir: dir, array: o, attrs: object{}}, err
}

// checkPath refuses paths of metadata that would lead out of the directory that is being read.
func checkPath(path string) error {
	const longest = 1024
	if len(path) > longest || strings.ContainsAny(path, "\\\x00?#") {
		return invalid("the path %.40q is too long or holds a backslash, ?, # or a zero byte", path)
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return invalid("the path %.200q holds the segment %q", path, segment)
		}
	}
	return nil
}

// place composes the transformations of a level, of the dataset first and then of the whole image.
func (p *pyramid) place(own json.RawMessage) (scale, translation []float64, err error) {
	rank := len(p.axes)
	scale, translation = slices.Repeat([]float64{1}, rank), make([]float64, rank)
	if own == nil {
		p.img.warn(RuleUnit, "The levels have no coordinateTransformations: their voxels are taken as 1 unit each.")
	}
	for _, raw := range []json.RawMessage{own, p.common} {
		if raw == nil {
			continue
		}
		const mostTransforms = 16
		list, more, err := elements(raw, mostTransforms)
		if err != nil || more {
			return nil, nil, invalid("coordinateTransformations is no list of at most %d", mostTransforms)
		}
		for _, t := range list {
			if err := p.apply(t, scale, translation); err != nil {
				return nil, nil, inMember("coordinateTransformations", err)
			}
		}
	}
	if !sizes(scale...) || !lengths(translation...) {
		return nil, nil, invalid("the transformations together give numbers that are too large or too small")
	}
	return scale, translation, nil
}

// apply puts one more transformation behind those already in scale and translation.
func (p *pyramid) apply(raw json.RawMessage, scale, translation []float64) error {
	t, err := members(raw, "type", "scale", "translation", "affine", "transformations")
	if err != nil {
		return err
	}
	switch kind := t.text("type"); kind {
	case "identity":
	case "scale":
		by, err := numbers(t["scale"], len(scale))
		if err != nil {
			return err
		}
		for i, s := range by {
			if s <= 0 {
				return invalid("the scale %v is not positive", s)
			}
			scale[i] *= s
			translation[i] *= s
		}
	case "translation":
		by, err := numbers(t["translation"], len(translation))
		if err != nil {
			return err
		}
		for i, d := range by {
			translation[i] += d
		}
	default:
		if p.system {
			return p.applySystem(kind, t, scale, translation)
		}
		return invalid("the transformation %.40q is not one of scale, translation and identity", kind)
	}
	return nil
}
