package ngstate

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
)

// layerMembers are those of a layer that Neuroglancer knows, of any type (its layer/index.ts and layer/*/index.ts).
func layerMembers() []string {
	return []string{
		"name", "type", "source", "visible", "archived", "tab", "panels", "tool", "toolBindings", "localDimensions", "localPosition",
		"localVelocity", "pick", "transform",
		"opacity", "blend", "shader", "shaderControls", "crossSectionRenderScale", "channelDimensions", "volumeRendering",
		"volumeRenderingGain", "volumeRenderingDepthSamples", "codeVisible", "hideInactiveShaderControls",
		"segments", "equivalences", "hideSegmentZero", "segmentQuery", "selectedAlpha", "notSelectedAlpha", "objectAlpha", "saturation",
		"hoverHighlight", "baseSegmentColoring", "ignoreNullVisibleSet", "meshRenderScale", "meshSilhouetteRendering", "colorSeed",
		"segmentDefaultColor", "segmentColors", "linkedSegmentationGroup", "linkedSegmentationColorGroup", "anchorSegment",
		"skeletonRendering", "mesh", "skeletons", "skeletonShader",
		"annotations", "annotationProperties", "annotationRelationships", "annotationColor", "crossSectionAnnotationSpacing",
		"projectionAnnotationSpacing", "linkedSegmentationLayer", "filterBySegmentation", "ignoreNullSegmentFilter", "points", "voxelSize",
	}
}

func sourceMembers() []string {
	return []string{"url", "transform", "subsources", "enableDefaultSubsources", "state"}
}

func skeletonMembers() []string {
	return []string{"shader", "shaderControls", "mode2d", "lineWidth2d", "mode3d", "lineWidth3d"}
}

func layerTypes() []string {
	return []string{"image", "segmentation", "annotation", "mesh", "auto", "new"}
}

// layers reads a list of layers, or, as it was until 2018, an object with their names.
func (im *importer) layers(raw json.RawMessage) error {
	var list []json.RawMessage
	var names []string
	if len(raw) > 0 && raw[0] == '{' {
		o, err := members(raw)
		if err != nil {
			return fmt.Errorf("%w: the scene has %w", ErrInvalid, err)
		}
		for _, m := range o {
			names = append(names, m.name)
			list = append(list, rawOf(m.value))
		}
	} else if json.Unmarshal(raw, &list) != nil {
		return fmt.Errorf("%w: the JSON is no scene of Neuroglancer: it has no list of layers", ErrInvalid)
	}
	if len(list) > maxLayers {
		im.warn("The scene has %d layers; those after the first %d were left out.", len(list), maxLayers)
		list = list[:maxLayers]
	}
	for i, raw := range list {
		name := fmt.Sprintf("layer %d", i+1)
		if i < len(names) {
			name = importName(names[i])
		}
		im.layer(name, raw)
	}
	return nil
}

// layer takes over one layer, unless it is one of the helpers in which ngtools keeps its axes.
func (im *importer) layer(name string, raw json.RawMessage) {
	if source, ok := textOf(raw); ok { // an address alone
		raw, _ = object{{"source", source}}.MarshalJSON()
	}
	spec, err := members(raw)
	if err != nil {
		im.warn("Layer “%s” was left out: it is no layer.", name)
		return
	}
	if given, ok := textOf(spec.get("name")); ok && importName(given) != "" {
		name = importName(given)
	} else if base := sourceName(rawOf(spec.get("source"))); base != "" && name == "" {
		name = base
	}
	if strings.HasPrefix(name, "__") && strings.HasSuffix(name, "__") {
		im.warn("Layers in which ngtools keeps its axes were left out.")
		return
	}
	l := layerImport{im: im, out: ImportedLayer{Name: name}}
	for _, m := range spec {
		if raw := rawOf(m.value); string(raw) != "null" {
			l.member(m.name, raw)
		}
	}
	if !l.shows() {
		return
	}
	l.raw = append(object{{"name", name}}, l.raw...)
	if l.out.Raw, err = l.raw.MarshalJSON(); err != nil {
		im.warn("Layer “%s” was left out: it is no layer.", name)
		return
	}
	im.out.Layers = append(im.out.Layers, l.out)
}

// sourceName is the last part of the first address of a layer.
func sourceName(raw json.RawMessage) string {
	if found := addresses(raw); len(found) > 0 {
		if base := path.Base(strings.TrimSuffix(Resource(found[0]), "/")); base != "." && base != "/" {
			return importName(base)
		}
	}
	return ""
}

// A layerImport is a layer on its way.
type layerImport struct {
	im     *importer
	out    ImportedLayer
	raw    object
	source bool // there is one, if only a local one
	faulty bool // there was one that has been left out
}

func (l *layerImport) warn(format string, args ...any) {
	l.im.warn("Layer “%s”: %s.", l.out.Name, fmt.Sprintf(format, args...))
}

func (l *layerImport) keep(name string, value any) { l.raw = append(l.raw, member{name, value}) }

// shows says whether the layer has something to show.
func (l *layerImport) shows() bool {
	local := l.out.Type == "annotation" && !l.faulty
	if l.source || local {
		return true
	}
	l.im.warn("Layer “%s” was left out: it has no source that can be read.", l.out.Name)
	return false
}

// member takes over one member of a layer.
func (l *layerImport) member(name string, raw json.RawMessage) {
	switch name {
	case "name":
	case "type":
		if t, ok := textOf(raw); ok && slices.Contains(layerTypes(), t) {
			l.out.Type = t
			l.keep(name, raw)
		} else {
			l.warn("its type is not known, so that the viewer chooses one")
		}
	case "visible", "archived":
		l.out.Hidden = l.out.Hidden || string(raw) == map[string]string{"visible": "false", "archived": "true"}[name]
		l.keep(name, raw)
	case "source", "mesh", "skeletons":
		if v := l.sources(raw); v != nil {
			l.source = true
			l.keep(name, v)
		}
	case "shader", "skeletonShader":
		if l.isShader(raw) {
			l.keep(name, raw)
		}
	case "skeletonRendering":
		if v := l.skeleton(raw); v != nil {
			l.keep(name, v)
		}
	default:
		if !slices.Contains(layerMembers(), name) {
			l.warn("“%s” is not known and was left out", shorten(importName(name)))
			return
		}
		l.keep(name, raw)
	}
}

func (l *layerImport) isShader(raw json.RawMessage) bool {
	if text, ok := textOf(raw); !ok || len(text) > maxImportedShader || strings.ContainsRune(text, 0) {
		l.warn("its shader was left out: it is no text of at most %d kB", maxImportedShader>>10)
		return false
	}
	return true
}

func (l *layerImport) skeleton(raw json.RawMessage) any {
	o, err := members(raw)
	if err != nil {
		l.warn("“skeletonRendering” was left out: it is no object")
		return nil
	}
	out := object{}
	for _, m := range o {
		switch {
		case !slices.Contains(skeletonMembers(), m.name):
			l.warn("“%s” is not known and was left out", shorten(importName(m.name)))
		case m.name != "shader" || l.isShader(rawOf(m.value)):
			out = append(out, m)
		}
	}
	return out
}

// sources takes over an address, an object with one, or a list of these; nil if nothing is left.
func (l *layerImport) sources(raw json.RawMessage) any {
	if len(raw) == 0 || raw[0] != '[' {
		return l.one(raw)
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	if len(list) > maxLayerSources {
		l.warn("of its %d sources those after the first %d were left out", len(list), maxLayerSources)
		list = list[:maxLayerSources]
	}
	var out []any
	for _, s := range list {
		if v := l.one(s); v != nil {
			out = append(out, v)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// one takes over an address, or an object with one.
func (l *layerImport) one(raw json.RawMessage) any {
	if text, ok := textOf(raw); ok {
		if text = l.address(text); text != "" {
			return text
		}
		return nil
	}
	o, err := members(raw)
	if err != nil {
		l.faulty = true
		l.warn("a source was left out: it is no address")
		return nil
	}
	text, _ := textOf(o.get("url"))
	if text = l.address(text); text == "" {
		return nil
	}
	out := object{{"url", text}}
	for _, m := range o {
		switch {
		case m.name == "url" || string(rawOf(m.value)) == "null":
		case slices.Contains(sourceMembers(), m.name):
			out = append(out, m)
		default:
			l.warn("“%s” of its source is not known and was left out", shorten(importName(m.name)))
		}
	}
	return out
}

// address checks a source; "" if it is left out.
func (l *layerImport) address(source string) string {
	if why := sourceFault(source); why != "" {
		l.faulty = true
		l.warn("its source “%s” was left out: %s", shorten(importName(shownSource(source))), why)
		return ""
	}
	clean, cut := withoutSecret(source)
	if cut {
		l.warn("the signature or token in the address of its source was left out, because everybody would see it whom the scene is shown to")
	}
	if !slices.Contains(localSources(), clean) {
		l.out.Sources = append(l.out.Sources, Resource(clean))
	}
	return clean
}

// shownSource is a source as a warning may show it: without its password, and without its query.
func shownSource(source string) string {
	source, _, _ = strings.Cut(source, "?")
	if before, after, ok := strings.Cut(source, "://"); ok && hasPassword(source) {
		_, after, _ = strings.Cut(after, "@")
		return before + "://…@" + after
	}
	return source
}
