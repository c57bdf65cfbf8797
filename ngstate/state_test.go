package ngstate_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ngportal/ngstate"
	"ngportal/volume"
)

var update = flag.Bool("update", false, "write the golden states")

// zyx is an image with a metric grid, 0.5 mm voxels and its center at (1, 2, 3) mm.
func zyx() *volume.Image {
	return &volume.Image{
		Format: volume.Zarr2, OME: "0.4", Kind: "volume", DType: "uint16",
		Axes: []volume.Axis{
			{Name: "z", Kind: "space", Unit: "millimeter", Meters: 1e-3},
			{Name: "y", Kind: "space", Unit: "millimeter", Meters: 1e-3},
			{Name: "x", Kind: "space", Unit: "millimeter", Meters: 1e-3},
		},
		Levels: []volume.Level{{
			Path: "0", Shape: []int64{100, 200, 300},
			Scale: []float64{0.5, 0.5, 0.5}, Translation: []float64{3 - 24.75, 2 - 49.75, 1 - 74.75},
		}},
	}
}

func tract() *ngstate.Tract {
	return &ngstate.Tract{
		URL: "https://ng.example.org/t/loc1/a.trk/", Shown: 1000, Total: 2134,
		Bounds: [2][3]float64{{-10, -10, -10}, {12, 14, 16}}, Known: true,
		Objects: []ngstate.TractObject{
			{ID: "1000001", Label: "sample 1/2", Streamlines: 1000, Vertices: 80_000, Stratum: true, First: true},
			{ID: "1000002", Label: "sample 2/2", Streamlines: 1134, Vertices: 91_000, Stratum: true},
		},
	}
}

func fluorescence() *volume.Image {
	img := zyx()
	img.Axes = append([]volume.Axis{{Name: "c", Kind: "channel"}}, img.Axes...)
	for i := range img.Axes[1:] {
		img.Axes[i+1].Unit, img.Axes[i+1].Meters = "micrometer", 1e-6
	}
	l := &img.Levels[0]
	l.Shape, l.Scale, l.Translation = append([]int64{2}, l.Shape...), append([]float64{1}, l.Scale...), append([]float64{0}, l.Translation...)
	img.Channels = []volume.Channel{
		{Label: "DAPI", Color: "#0000ff", Active: true, Window: volume.Window{Set: true, Start: 10, End: 200, Min: 0, Max: 4095}},
		{Label: "GFP", Color: "#00ff00"},
	}
	return img
}

func nifti() *volume.Image {
	return &volume.Image{
		Format: volume.NIfTI, Kind: "volume", DType: "int16",
		Axes: []volume.Axis{
			{Name: "x", Kind: "space", Unit: "mm", Meters: 1e-3},
			{Name: "y", Kind: "space", Unit: "mm", Meters: 1e-3},
			{Name: "z", Kind: "space", Unit: "mm", Meters: 1e-3},
		},
		Levels: []volume.Level{{Shape: []int64{10, 20, 30}, Scale: []float64{2, 2, 3}, Translation: []float64{0, 0, 0}}},
		Affine: &volume.Affine{Matrix: [3][4]float64{{-2, 0, 0, 90}, {0, 2, 0, -126}, {0, 0, 3, -72}}, Source: "sform"},
	}
}

// TestCompose compares whole states with files, which are changed on purpose only: go test -update.
func TestCompose(t *testing.T) {
	at := "https://ng.example.org/d/loc1/"
	unitless := zyx()
	for i := range unitless.Axes {
		unitless.Axes[i].Meters = 0
	}
	guessed := fluorescence()
	guessed.Axes[0].Guessed = true // the viewer calls the axis c, not c'
	far := tract()
	far.Bounds = [2][3]float64{{1000, 1000, 1000}, {1100, 1200, 1300}}
	labels := zyx()
	labels.IsLabel = true
	flat := zyx()
	flat.Axes, flat.Levels[0].Shape = flat.Axes[1:], []int64{200, 300}
	flat.Levels[0].Scale, flat.Levels[0].Translation = []float64{0.5, 0.5}, []float64{0, 0}
	for i := range flat.Axes {
		flat.Axes[i].Meters = 1e-9
	}
	tests := map[string][]ngstate.Asset{
		"image-tract": {
			{Name: "FA", URL: at + "fa.ome.zarr/", Volume: zyx(), Stats: []volume.Stats{{Min: 1, Max: 900, Q01: 20, Q99: 800, Count: 5}}},
			{Name: "XPCT", URL: at + "x.ome.zarr/", Volume: zyx()},
			{Name: "CSD tractography", Tract: tract()},
		},
		"channels":         {{Name: "FLUO", URL: at + "f.ome.zarr/", Volume: fluorescence(), Stats: []volume.Stats{{}, {Min: 3, Max: 70, Q01: 5, Q99: 60, Count: 9}}}},
		"channels-guessed": {{Name: "FLUO", URL: at + "f.ome.zarr/", Volume: guessed}},
		"nifti":            {{Name: "T1w", URL: at + "a%20b.nii.gz", Volume: nifti()}},
		"labels":           {{Name: "T1w", URL: at + "t.ome.zarr/", Volume: zyx()}, {Name: "dseg", URL: at + "d.ome.zarr/", Volume: labels}},
		"unitless":         {{Name: "plain", URL: at + "p.zarr/", Volume: unitless}},
		"mixed":            {{Name: "CSD", Tract: tract()}, {Name: "plain", URL: at + "p.zarr/", Volume: unitless}},
		"apart":            {{Name: "far", Tract: far}, {Name: "FA", URL: at + "fa.ome.zarr/", Volume: zyx()}},
		"flat":             {{Name: "slice", URL: at + "s.zarr/", Volume: flat}},
	}
	for name, assets := range tests {
		t.Run(name, func(t *testing.T) { compareGolden(t, name, assets) })
	}
}

// compareGolden composes assets and compares state and warnings with the file called name.
func compareGolden(t *testing.T, name string, assets []ngstate.Asset) {
	t.Helper()
	scene, err := ngstate.Compose("a title", assets, ngstate.View{})
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err = json.Indent(&got, scene.JSON, "", " "); err != nil {
		t.Fatal(err)
	}
	got.WriteString("\n" + strings.Join(scene.Warnings, "\n"))
	golden := filepath.Join("testdata", name+".json")
	if *update {
		if err = os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("Compose(%s) =\n%s\nwant\n%s", name, got.String(), want)
	}
}

func TestComposeRefuses(t *testing.T) {
	float := zyx()
	float.DType = "float32"
	unreadable := zyx()
	unreadable.Findings = []volume.Finding{{Rule: volume.RuleDType, Refused: true, Text: "its values are float64"}}
	long := strings.Repeat("n", ngstate.MaxState)
	tests := map[string]struct {
		assets []ngstate.Asset
		want   string
	}{
		"nothing":                {nil, "nothing to show"},
		"float labels":           {[]ngstate.Asset{{Name: "A", Volume: float, Type: ngstate.Segmentation}}, "“A”: it cannot be shown as a segmentation, because its values are float32"},
		"unreadable":             {[]ngstate.Asset{{Name: "B", Volume: unreadable}}, "“B”: its values are float64"},
		"larger than a megabyte": {[]ngstate.Asset{{Name: long, Volume: zyx()}}, "show fewer assets"},
	}
	for name, tt := range tests {
		_, err := ngstate.Compose("", tt.assets, ngstate.View{})
		if !errors.Is(err, ngstate.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error = %.200v, want one with %q", name, err, tt.want)
		}
	}
}

// TestAffine checks the transform against the definition: the center of voxel (i, j, k), which the
// viewer has at i+0.5, must land at the affine's millimeters.
func TestAffine(t *testing.T) {
	img := nifti()
	img.Affine.Matrix = [3][4]float64{{1.9, 0.3, -0.2, 11}, {-0.4, 1.8, 0.5, -12}, {0.1, -0.6, 2.9, 13}}
	scene, err := ngstate.Compose("", []ngstate.Asset{{Name: "T1w", URL: "https://h/d/l/t.nii", Volume: img}}, ngstate.View{})
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Layers []struct {
			Source struct {
				Transform struct {
					Matrix          [3][4]float64
					InputDimensions map[string][]any
				}
			}
		}
	}
	if err := json.Unmarshal(scene.JSON, &state); err != nil {
		t.Fatal(err)
	}
	tr := state.Layers[0].Source.Transform
	voxel := [3]float64{4, 7, 9}
	for row := range 3 {
		got := tr.Matrix[row][3]
		want := img.Affine.Matrix[row][3]
		for col, name := range []string{"i", "j", "k"} {
			mm := tr.InputDimensions[name][0].(float64) * 1e3
			got += tr.Matrix[row][col] * (voxel[col] + 0.5) * mm
			want += img.Affine.Matrix[row][col] * voxel[col]
		}
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("row %d: voxel %v lands at %v mm, want %v", row, voxel, got, want)
		}
	}
}

func TestLayerName(t *testing.T) {
	tests := map[string]string{
		"sub-I58_sample-hemi_desc-CSD_tractography.trk":        "CSD tractography · I58 hemi",
		"a/b/sub-phantom_sample-brain_chunk-01_XPCT.ome.zarr/": "XPCT · phantom brain chunk 01",
		"sub-1_ses-2_stain-NeuN_SPIM.OME.ZARR/":                "NeuN SPIM · 1 2",
		"tracks300.trk":                                        "tracks300",
		"my data (1).nii.gz":                                   "my data (1)",
		"sub-1":                                                "sub-1",
		"sub-1_desc-x":                                         "sub-1_desc-x",
		".zarr/":                                               ".zarr",
		"<script>alert(1)</script>.trk":                        "script>",
	}
	for path, want := range tests {
		if got := ngstate.LayerName(path); got != want {
			t.Errorf("LayerName(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestFragment(t *testing.T) {
	at := "https://ng.example.org/_session/state/abc"
	if got, want := ngstate.Fragment([]byte(`{"a":"é b+c#%"}`), at), "!%7B%22a%22:%22%C3%A9%20b+c%23%25%22%7D"; got != want {
		t.Errorf("Fragment of a short state = %q, want %q", got, want)
	}
	long := []byte(`{"a":"` + strings.Repeat("x", 30_000) + `"}`)
	if got, want := ngstate.Fragment(long, at), "!"+at; got != want {
		t.Errorf("Fragment of a long state = %.80q, want %q", got, want)
	}
	hostile := ngstate.Fragment([]byte(`{"title":"!https://evil.example/"}`), at)
	if strings.Contains(hostile, "://") {
		t.Errorf("Fragment %q holds an address in the clear", hostile)
	}
}
