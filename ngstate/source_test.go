package ngstate_test

import (
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"ngportal/ngstate"
	"ngportal/volume"
)

// precomputed is 4 µm × 4 µm × 40 µm of uint16 in three channels, as package volume reads it.
func precomputed(t *testing.T) *volume.Image {
	t.Helper()
	img, err := volume.ReadPrecomputed([]byte(`{"@type":"neuroglancer_multiscale_volume","type":"image","data_type":"uint16","num_channels":3,
		"scales":[{"key":"4_4_40","size":[1000,1000,1000],"resolution":[4,4,40],"voxel_offset":[0,0,0],"chunk_sizes":[[64,64,64]],"encoding":"raw"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// plain is a zarr array that stands alone, with the axes and attributes given.
func plain(t *testing.T, zarray, zattrs string) *volume.Image {
	t.Helper()
	img, err := volume.ReadZarr(func(name string) ([]byte, error) {
		switch name {
		case ".zarray":
			return []byte(zarray), nil
		case ".zattrs":
			return []byte(zattrs), nil
		}
		return nil, fs.ErrNotExist
	})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func n5(t *testing.T, attributes string) *volume.Image {
	t.Helper()
	img, err := volume.ReadN5(func(name string) ([]byte, error) {
		if name != "attributes.json" { // of the levels of a group
			attributes = `{"dimensions":[8,8,8],"blockSize":[8,8,8],"compression":{"type":"raw"}}`
		}
		return []byte(attributes), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

const threeChannels = `{"zarr_format":2,"shape":[3,20,40,60],"chunks":[1,20,40,60],"dtype":"|u1","compressor":null,"fill_value":0,"order":"C","filters":null}`

// TestComposeChannels has a case for each way in which the viewer tells channels apart.
func TestComposeChannels(t *testing.T) {
	at := "https://ng.example.org/d/loc1/"
	many := nifti()
	for i, name := range []string{"i", "j", "k"} {
		many.Axes[i].Name = name
	}
	many.Axes = append(many.Axes, volume.Axis{Name: "m", Kind: "time"}, volume.Axis{Name: "c", Kind: "channel"}, volume.Axis{Name: "c1"})
	l := &many.Levels[0]
	l.Shape, l.Scale, l.Translation = append(l.Shape, 1, 2, 1), append(l.Scale, 1, 1, 1), append(l.Translation, 0, 0, 0)
	tests := map[string][]ngstate.Asset{
		"channels-precomputed": {{Name: "EM", URL: at + "em/", Volume: precomputed(t), Stats: []volume.Stats{{}, {Min: 3, Max: 70, Q01: 5, Q99: 60, Count: 9}}}},
		"channels-nifti":       {{Name: "dirs", URL: at + "v1.nii", Volume: many}},
		"channels-plain": {{Name: "RGB", URL: at + "rgb.zarr/", Volume: plain(t, threeChannels,
			`{"_ARRAY_DIMENSIONS":["c","z","y","x"],"dimension_units":["2 s","0.5 mm","0.5 mm","0.5 mm"]}`)}},
		"channels-plain-tract": {{Name: "CSD", Tract: tract()}, {Name: "RGB", URL: at + "rgb.zarr/", Volume: plain(t, threeChannels,
			`{"_ARRAY_DIMENSIONS":["c","z","y","x"]}`)}},
	}
	for name, assets := range tests {
		t.Run(name, func(t *testing.T) { compareGolden(t, name, assets) })
	}
}

// TestComposeUnits has images of which a part says no unit, or all of it, and what Neuroglancer makes of that.
func TestComposeUnits(t *testing.T) {
	at := "https://ng.example.org/d/loc1/"
	partly := zyx()
	partly.Axes[0].Unit, partly.Axes[0].Meters = "", 0
	for i := range 2 {
		partly.Axes[i+1].Unit, partly.Axes[i+1].Meters = "micrometer", 1e-6
	}
	unitless := zyx()
	for i := range unitless.Axes {
		unitless.Axes[i].Meters = 0
	}
	series := zyx()
	series.Axes, series.Levels[0] = []volume.Axis{{Name: "t", Kind: "time"}, {Name: "e1", Seconds: 1}}, volume.Level{
		Shape: []int64{5, 6}, Scale: []float64{1, 1}, Translation: []float64{0, 0},
	}
	cube := `"dimensions":[100,200,300],"dataType":"uint8","blockSize":[64,64,64],"compression":{"type":"raw"}`
	tests := map[string][]ngstate.Asset{
		"units-partly":       {{Name: "stack", URL: at + "s.ome.zarr/", Volume: partly}},
		"units-partly-tract": {{Name: "CSD", Tract: tract()}, {Name: "stack", URL: at + "s.ome.zarr/", Volume: partly}},
		"units-n5":           {{Name: "raw", URL: at + "r.n5/a/", Volume: n5(t, "{"+cube+"}")}},
		"units-n5-flat": {{Name: "raw", URL: at + "r.n5/a/", Volume: n5(t,
			`{"dimensions":[100,200],"dataType":"uint8","blockSize":[64,64],"compression":{"type":"raw"}}`)}},
		"units-no-space": {{Name: "series", URL: at + "t.ome.zarr/", Volume: series}, {Name: "plain", URL: at + "p.zarr/", Volume: unitless}},
		"units-n5-group": {{Name: "group", URL: at + "g.n5/a/", Volume: n5(t, `{"scales":[[1,1,1],[2,2,2]],"dataType":"uint8"}`)}, {Name: "plain", URL: at + "p.zarr/", Volume: unitless}},
	}
	for name, assets := range tests {
		t.Run(name, func(t *testing.T) { compareGolden(t, name, assets) })
	}
}

// TestBase checks that no image hides what was chosen before it.
func TestBase(t *testing.T) {
	labels := zyx()
	labels.IsLabel = true
	mesh := &volume.Image{Format: volume.Precomputed, Kind: "mesh"}
	image := ngstate.Asset{Name: "T1w", URL: "https://h/d/l/t.zarr/", Volume: zyx()}
	tests := map[string]struct {
		below []ngstate.Asset
		want  float64 // opacity of the image
	}{
		"nothing":     {nil, 1},
		"labels":      {[]ngstate.Asset{{Name: "dseg", Volume: labels}}, 0.7},
		"an image":    {[]ngstate.Asset{{Name: "FA", Volume: zyx()}}, 0.7},
		"channels":    {[]ngstate.Asset{{Name: "FLUO", Volume: fluorescence()}}, 0.7},
		"streamlines": {[]ngstate.Asset{{Name: "CSD", Tract: tract()}}, 1},
		"a mesh":      {[]ngstate.Asset{{Name: "pial", Volume: mesh}}, 1},
	}
	for name, tt := range tests {
		scene, err := ngstate.Compose("", append(slices.Clone(tt.below), image), ngstate.View{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var state struct {
			Layers []struct {
				Opacity float64
				Shader  string
			}
		}
		if err = json.Unmarshal(scene.JSON, &state); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		last := state.Layers[len(state.Layers)-1]
		if overlay := strings.Contains(last.Shader, "emitRGBA"); last.Opacity != tt.want || overlay != (tt.want < 1) {
			t.Errorf("above %s an image has opacity %v and overlay shader %v, want %v and %v", name, last.Opacity, overlay, tt.want, tt.want < 1)
		}
	}
}
