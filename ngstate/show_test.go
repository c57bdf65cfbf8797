package ngstate_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"ngportal/ngstate"
	"ngportal/volume"
	"ngportal/xfm"
)

// A layer is what tests ask of a layer.
type layer struct {
	Name           string
	Type           string
	Source         json.RawMessage
	Visible        *bool
	Opacity        float64
	SelectedAlpha  float64
	ObjectAlpha    *float64
	Blend          string
	Shader         string
	SegmentColors  map[string]string
	LocalPosition  []float64
	ShaderControls struct {
		Normalized struct {
			Range, Window []float64
			Channel       []int
		}
		Color string
	}
	SkeletonRendering struct{ Shader string }
}

type state struct {
	Dimensions              json.RawMessage
	Position                []float64
	CrossSectionOrientation []float64
	Layers                  []layer
	Layout                  json.RawMessage
}

func composed(t *testing.T, v ngstate.View, assets ...ngstate.Asset) (state, ngstate.Scene) {
	t.Helper()
	scene, err := ngstate.Compose("", assets, v)
	if err != nil {
		t.Fatal(err)
	}
	var s state
	if err = json.Unmarshal(scene.JSON, &s); err != nil {
		t.Fatal(err)
	}
	return s, scene
}

// colors is a plain array of n components in chunks of chunk.
func colors(t *testing.T, shape, chunk, dtype, axes string) *volume.Image {
	t.Helper()
	return plain(t, fmt.Sprintf(`{"zarr_format":2,"shape":%s,"chunks":%s,"dtype":%q,"compressor":null,"fill_value":0,"order":"C","filters":null}`, shape, chunk, dtype),
		fmt.Sprintf(`{"_ARRAY_DIMENSIONS":%s}`, axes))
}

// TestShow checks how a volume is drawn: the number of layers, their type and what the shader does.
func TestShow(t *testing.T) {
	last, front := `["z","y","x","c"]`, `["c","z","y","x"]`
	omero := colors(t, "[3,20,40,60]", "[3,20,40,60]", "|u1", front)
	for _, c := range []string{"#ff0000", "#00ff00", "#0000ff"} {
		omero.Channels = append(omero.Channels, volume.Channel{Color: c, Active: true})
	}
	v1 := nifti()
	v1.DType, v1.Axes = "float32", append(v1.Axes, volume.Axis{Name: "m", Kind: "time"})
	l := &v1.Levels[0]
	l.Shape, l.Scale, l.Translation = append(l.Shape, 3), append(l.Scale, 1), append(l.Translation, 0)
	intent := nifti()
	*intent = *v1
	intent.Intent = "vector"
	few, many, gap := zyx(), zyx(), zyx()
	values := func(v ...float64) []volume.Stats {
		return []volume.Stats{{Min: 1, Max: 9, Q01: 1, Q99: 9, Count: 99, Values: v}}
	}
	signed := []volume.Stats{{Min: -1, Max: 1, Q01: -.9, Q99: .9, Count: 9}, {Min: -.5, Max: 1, Count: 9}, {Min: -1, Max: .5, Count: 9}}
	tests := map[string]struct {
		name   string
		img    *volume.Image
		stats  []volume.Stats
		layers int
		kind   string
		shader string // a part of it
	}{
		"interleaved bytes":                  {"A", colors(t, "[20,40,60,3]", "[20,40,60,3]", "|u1", last), nil, 1, "image", "toNormalized(getDataValue(2))"},
		"interleaved 16 bits":                {"A", colors(t, "[20,40,60,3]", "[20,40,60,3]", "<u2", last), nil, 3, "image", "color * normalized()"},
		"planes, OMERO says red green blue":  {"A", omero, nil, 1, "image", "toNormalized"},
		"planes without a word":              {"A", colors(t, "[3,20,40,60]", "[3,20,40,60]", "|u1", front), nil, 3, "image", "color * normalized()"},
		"planes of a dark-field photograph":  {"DF · I58", colors(t, "[3,20,40,60]", "[3,20,40,60]", "|u1", front), nil, 1, "image", "toNormalized"},
		"colors in chunks of their own":      {"DF · I58", colors(t, "[3,20,40,60]", "[1,20,40,60]", "|u1", front), nil, 3, "image", "color * normalized()"},
		"directions by name":                 {"dvec dwimap · I58", colors(t, "[3,20,40,60]", "[3,20,40,60]", "<f4", front), nil, 1, "image", "anatomical * direction"},
		"directions by values":               {"A", colors(t, "[3,20,40,60]", "[3,20,40,60]", "<f4", front), signed, 1, "image", "anatomical * direction"},
		"directions in chunks of their own":  {"peaks · I58", colors(t, "[3,20,40,60]", "[1,20,40,60]", "<f4", front), nil, 3, "image", "abs(toRaw(getDataValue()))"},
		"three floats that are no direction": {"A", colors(t, "[3,20,40,60]", "[3,20,40,60]", "<f4", front), nil, 3, "image", "color * normalized()"},
		"directions of dtifit, as time":      {"dti_V1", v1, nil, 1, "image", "anatomical * direction"},
		"directions by intent":               {"A", intent, nil, 1, "image", "anatomical * direction"},
		"few numbers, counted through":       {"A", few, values(1, 2, 3, 5), 1, "segmentation", ""},
		"few numbers of a measurement":       {"T1w · I58", few, values(1, 2, 3, 5), 1, "image", "emitGrayscale"},
		"few numbers, far apart":             {"A", gap, values(1, 255), 1, "image", "emitGrayscale"},
		"numbers that are not listed":        {"A", many, values(), 1, "image", "emitGrayscale"},
		"labels by the end of the name":      {"desc aseg · I58", many, values(17, 53), 1, "segmentation", ""},
		"a mask":                             {"brain mask · I58", many, values(255), 1, "segmentation", ""},
		"a name that begins with label":      {"labeled T1w", many, nil, 1, "image", "emitGrayscale"},
		"a statistic":                        {"zstat · I58", many, nil, 1, "image", "3.0 * v"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, scene := composed(t, ngstate.View{}, ngstate.Asset{Name: tt.name, URL: "https://h/d/l/a/", Volume: tt.img, Stats: tt.stats})
			if len(s.Layers) != tt.layers || s.Layers[0].Type != tt.kind || !strings.Contains(s.Layers[0].Shader, tt.shader) {
				t.Errorf("%d layers of type %s with the shader\n%s\nwant %d of type %s with %q", len(s.Layers), s.Layers[0].Type, s.Layers[0].Shader, tt.layers, tt.kind, tt.shader)
			}
			guessed := strings.Contains(strings.Join(scene.Warnings, ""), "shown as labels")
			if want := strings.HasPrefix(name, "few numbers, counted"); guessed != want {
				t.Errorf("warnings %q, want one about labels: %v", scene.Warnings, want)
			}
		})
	}
	named := ngstate.Asset{Name: "what I call it", URL: "https://h/d/l/sub-1_sample-a%20b_dseg.ome.zarr/", Volume: many}
	if s, _ := composed(t, ngstate.View{}, named); s.Layers[0].Type != "segmentation" {
		t.Errorf("labels with another name are shown as %s", s.Layers[0].Type)
	}
	s, _ := composed(t, ngstate.View{}, ngstate.Asset{Name: "A", URL: "https://h/d/l/a/", Volume: few, Stats: values(1, 2, 3), Type: ngstate.Image})
	if s.Layers[0].Type != "image" {
		t.Errorf("an asset that is asked to be an image is a %s", s.Layers[0].Type)
	}
}

// TestComponentsTransform checks that the axis of components ends in ^, which is what lets a shader index it.
func TestComponentsTransform(t *testing.T) {
	tests := map[string]struct {
		name string
		img  *volume.Image
		want string
	}{
		"plain zarr": {"DF", colors(t, "[20,40,60,3]", "[20,40,60,3]", "|u1", `["z","y","x","c"]`), `{"inputDimensions":{"c":[1,""]},"outputDimensions":{"c^":[1,""]}}`},
		"OME-Zarr":   {"DF", omeRGB(), `{"inputDimensions":{"c'":[1,""]},"outputDimensions":{"c^":[1,""]}}`},
	}
	for name, tt := range tests {
		_, source := sourceOf(t, ngstate.Asset{Name: tt.name, URL: "https://h/d/l/a/", Volume: tt.img})
		var o struct{ Transform json.RawMessage }
		if err := json.Unmarshal(source, &o); err != nil || string(o.Transform) != tt.want {
			t.Errorf("%s: transform %s, want %s", name, o.Transform, tt.want)
		}
	}
}

func omeRGB() *volume.Image {
	img := fluorescence()
	img.DType, img.Channels, img.Levels[0].Shape[0] = "uint8", nil, 3
	img.Levels[0].Chunk = slices.Clone(img.Levels[0].Shape)
	return img
}

// glsl reads the matrix of an orientation shader.
func glsl(t *testing.T, shader string) (m [3][3]float64) {
	t.Helper()
	_, rest, ok := strings.Cut(shader, "// <!-- BEGIN ROTATION -->\nconst mat3 anatomical = mat3(")
	text, _, found := strings.Cut(rest, ");\n// <!-- END ROTATION -->")
	values := strings.Split(text, ", ")
	if !ok || !found || len(values) != 9 {
		t.Fatalf("no matrix in\n%s", shader)
	}
	for i, v := range values { // column by column
		if _, err := fmt.Sscan(v, &m[i%3][i/3]); err != nil || !strings.ContainsAny(v, ".e") {
			t.Fatalf("%q is no number of GLSL", v)
		}
	}
	return m
}

// TestRotation checks that the colors of directions turn with what they belong to.
func TestRotation(t *testing.T) {
	c, s := math.Cos(0.3), math.Sin(0.3)
	move := &xfm.Matrix{{2 * c, -2 * s, 0, 10}, {2 * s, 2 * c, 0, 20}, {0, 0, 2, 30}} // turns, and doubles
	turned := [3][3]float64{{c, -s, 0}, {s, c, 0}, {0, 0, 1}}
	v1 := nifti()
	v1.DType, v1.Axes = "float32", append(v1.Axes, volume.Axis{Name: "m", Kind: "time"})
	l := &v1.Levels[0]
	l.Shape, l.Scale, l.Translation = append(l.Shape, 3), append(l.Scale, 1), append(l.Translation, 0)
	v1.Affine.Matrix = [3][4]float64{{2 * c, -2 * s, 0, 1}, {2 * s, 2 * c, 0, 2}, {0, 0, 3, 3}} // neurological: FSL turns the first component around
	tests := map[string]struct {
		asset ngstate.Asset
		want  [3][3]float64
	}{
		"streamlines":                     {ngstate.Asset{Name: "A", Tract: tract()}, [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
		"streamlines, moved":              {ngstate.Asset{Name: "A", Tract: tract(), Moved: move}, turned},
		"anatomical directions, moved":    {ngstate.Asset{Name: "peaks", Volume: v1, Moved: move}, turned},
		"directions along voxels":         {ngstate.Asset{Name: "dti_V1", Volume: v1}, [3][3]float64{{-c, -s, 0}, {-s, c, 0}, {0, 0, 1}}},
		"directions along voxels, turned": {ngstate.Asset{Name: "dti_V1", Volume: v1, Moved: &xfm.Matrix{{0, -1}, {1}, {2: 1}}}, [3][3]float64{{s, -c, 0}, {-c, -s, 0}, {0, 0, 1}}},
	}
	for name, tt := range tests {
		tt.asset.URL = "https://h/d/l/a.nii"
		st, _ := composed(t, ngstate.View{}, tt.asset)
		shader := st.Layers[0].Shader + st.Layers[0].SkeletonRendering.Shader
		got := glsl(t, shader)
		for i := range 3 {
			for j := range 3 {
				if math.Abs(got[i][j]-tt.want[i][j]) > 2e-6 {
					t.Fatalf("%s: directions turn by %v, want %v", name, got, tt.want)
				}
			}
		}
	}
}

// TestSegments checks names and colors of labels.
func TestSegments(t *testing.T) {
	labels := zyx()
	labels.IsLabel = true
	table := []volume.Segment{{ID: 1, Name: "CST", Color: "#112233"}, {ID: 2, Name: "SLF"}, {ID: 17, Name: "Hip", Color: "#445566"}}
	long := make([]volume.Segment, 501)
	for i := range long {
		long[i] = volume.Segment{ID: uint64(i + 1), Color: "#000001"}
	}
	occur := []volume.Stats{{Count: 9, Values: []float64{1, 2, 3}}}
	tests := map[string]struct {
		segments []volume.Segment
		stats    []volume.Stats
		want     map[string]string
	}{
		"those that occur":                         {table, occur, map[string]string{"1": "#112233"}},
		"all of a short table":                     {table, nil, map[string]string{"1": "#112233", "17": "#445566"}},
		"none of a long one":                       {long, nil, nil},
		"of a long one, those that occur":          {long, occur, map[string]string{"1": "#000001", "2": "#000001", "3": "#000001"}},
		"without a table":                          {nil, occur, nil},
		"of labels that occur, but not in a table": {table[2:], occur, nil},
	}
	for name, tt := range tests {
		a := ngstate.Asset{Name: "dseg", URL: "https://h/d/l/a.zarr/", Volume: labels, Stats: tt.stats, Segments: tt.segments, NamesURL: "https://h/t/l/a.zarr/names/"}
		s, _ := composed(t, ngstate.View{}, a)
		if got := s.Layers[0].SegmentColors; fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: colors %v, want %v", name, got, tt.want)
		}
		if got, want := string(s.Layers[0].Source), `["https://h/d/l/a.zarr/|zarr2:","https://h/t/l/a.zarr/names/|neuroglancer-precomputed:"]`; got != want {
			t.Errorf("%s: source %s, want %s", name, got, want)
		}
	}
}
