package ngstate

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Caps of what is read of a state.
const (
	maxLayers         = 256
	maxLayerSources   = 32
	maxMembers        = 1024 // of an object that is looked into
	maxImportWarnings = 100
	maxImportedShader = 64 << 10
	maxImportedName   = 200 // letters
)

// stateMembers are those of a state that Neuroglancer knows (its viewer.ts).
func stateMembers() []string {
	return []string{
		"title", "dimensions", "relativeDisplayScales", "displayDimensions", "position", "velocity", "crossSectionOrientation",
		"projectionOrientation", "crossSectionScale", "projectionScale", "crossSectionDepth", "projectionDepth", "layers",
		"showAxisLines", "wireFrame", "enableAdaptiveDownsampling", "showScaleBar", "showDefaultAnnotations", "showSlices",
		"hideCrossSectionBackground3D", "gpuMemoryLimit", "systemMemoryLimit", "concurrentDownloads", "prefetch", "selectedLayer",
		"crossSectionBackgroundColor", "projectionBackgroundColor", "layout", "statistics", "helpPanel", "settingsPanel",
		"selection", "layerListPanel", "partialViewport", "selectedStateServer", "toolBindings", "toolPalettes",
		"navigation", "perspectiveOrientation", "perspectiveZoom", // before 2019
	}
}

// An importer collects what is said about a scene.
type importer struct {
	out     Imported
	dropped int // warnings beyond the cap
}

func (im *importer) warn(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	switch {
	case slices.Contains(im.out.Warnings, text):
	case len(im.out.Warnings) == maxImportWarnings:
		im.dropped++
	default:
		im.out.Warnings = append(im.out.Warnings, text)
	}
}

// importState reads the JSON of a state, which is valid.
func importState(raw []byte) (Imported, error) {
	state, err := members(raw)
	if err != nil {
		return Imported{}, fmt.Errorf("%w: the scene has %w", ErrInvalid, err)
	}
	im := &importer{}
	for _, m := range state {
		if !slices.Contains(stateMembers(), m.name) {
			im.warn("“%s” is not known of a scene and was left out.", shorten(importName(m.name)))
		}
	}
	if title, ok := textOf(state.get("title")); ok {
		im.out.Title = importName(title)
	}
	if err := im.layers(rawOf(state.get("layers"))); err != nil {
		return Imported{}, err
	}
	im.view(state)
	if im.dropped > 0 {
		im.out.Warnings = append(im.out.Warnings, fmt.Sprintf("%d more things were left out.", im.dropped))
	}
	if len(im.out.Layers) == 0 {
		reasons := im.out.Warnings[:min(len(im.out.Warnings), 3)]
		return Imported{}, fmt.Errorf("%w: the scene has no layer that can be taken over. %s", ErrInvalid, strings.Join(reasons, " "))
	}
	return im.out, nil
}

func rawOf(v any) json.RawMessage {
	raw, _ := v.(json.RawMessage)
	return raw
}

func textOf(v any) (s string, ok bool) {
	raw := rawOf(v)
	return s, len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &s) == nil
}

// importName makes one line of a name.
func importName(s string) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unprintable(r) && r != '\\' {
			return ' '
		}
		return r
	}, s)), " ")
	n := 0
	for i := range s {
		if n++; n > maxImportedName {
			return s[:i] + "…"
		}
	}
	return s
}

// view takes over what a [View] has. Zoom is chosen anew, as it depends on the window.
func (im *importer) view(state object) {
	im.layout(rawOf(state.get("layout")))
	if p, ok := positionOf(rawOf(state.get("dimensions")), rawOf(state.get("position"))); ok {
		im.out.View.Position = &p
	}
	var q []float64
	if raw := rawOf(state.get("crossSectionOrientation")); json.Unmarshal(raw, &q) != nil || len(q) != 4 {
		return
	}
	// reference: ngtools turns the planes by these quaternions, of length 1; q and -q are the same turn
	along := func(w [4]float64) float64 {
		return math.Abs(q[0]*w[0]+q[1]*w[1]+q[2]*w[2]+q[3]*w[3]) / math.Sqrt(2)
	}
	const aligned = 0.999 // five degrees
	switch {
	case along([4]float64{1, 0, 0, -1}) > aligned:
		im.out.View.Neurological = true
	case along([4]float64{0, -1, 1, 0}) <= aligned:
		im.warn("The planes of the scene were turned; they are upright here.")
	}
}

func (im *importer) layout(raw json.RawMessage) {
	name, ok := textOf(raw)
	if !ok && len(raw) > 0 && raw[0] == '{' {
		if o, err := members(raw); err == nil {
			name, _ = textOf(o.get("type"))
		}
	}
	if name == "4panel-alt" {
		name = "4panel"
	}
	switch {
	case slices.Contains(Layouts(), name):
		im.out.View.Layout = name
	case len(raw) > 0 && string(raw) != "null":
		im.warn("The arrangement of the scene's panels was not taken over.")
	}
}

// positionOf is where a scene looks at, in millimeters, if its dimensions have x, y and z as lengths.
func positionOf(dimensions, position json.RawMessage) (p [3]float64, ok bool) {
	o, err := members(dimensions)
	if err != nil {
		return p, false
	}
	var at []float64
	if json.Unmarshal(position, &at) != nil || len(at) != len(o) {
		return p, false
	}
	const farthest = 1e6 // a kilometer
	found := 0
	for i, d := range o {
		axis := slices.Index(worldAxes[:], d.name)
		meters, ok := lengthOf(rawOf(d.value))
		if axis < 0 || !ok {
			continue
		}
		if p[axis] = at[i] * meters * 1e3; !(math.Abs(p[axis]) <= farthest) {
			return p, false
		}
		found++
	}
	return p, found == len(worldAxes)
}

// lengthOf reads a dimension such as [1e-3,"m"] or ["4","nm"] in meters.
func lengthOf(raw json.RawMessage) (float64, bool) {
	var pair []json.RawMessage
	if json.Unmarshal(raw, &pair) != nil || len(pair) != 2 {
		return 0, false
	}
	var scale float64
	if s, ok := textOf(pair[0]); ok {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return 0, false
		}
		scale = v
	} else if json.Unmarshal(pair[0], &scale) != nil {
		return 0, false
	}
	unit, _ := textOf(pair[1])
	prefix, ok := strings.CutSuffix(unit, "m")
	factor, known := map[string]float64{
		"": 1, "k": 1e3, "h": 1e2, "d": 1e-1, "c": 1e-2, "m": 1e-3, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15, "a": 1e-18,
	}[prefix]
	return scale * factor, ok && known
}
