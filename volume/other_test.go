package volume_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"ngportal/volume"
)

const precomputed = `{"@type":"neuroglancer_multiscale_volume","type":"segmentation","data_type":"uint64","num_channels":1,
	"scales":[{"key":"8_8_40","size":[100,200,30],"resolution":[8,8,40],"voxel_offset":[10,0,-5],"chunk_sizes":[[64,64,64]],"encoding":"compressed_segmentation","compressed_segmentation_block_size":[8,8,8]},
	{"key":"16_16_40","size":[50,100,30],"resolution":[16,16,40],"chunk_sizes":[[64,64,32],[32,32,32]],"encoding":"raw"}]}`

func TestReadPrecomputed(t *testing.T) {
	img, err := volume.ReadPrecomputed([]byte(precomputed))
	if err != nil {
		t.Fatal(err)
	}
	if img.Format != volume.Precomputed || img.Kind != "volume" || !img.IsLabel || img.DType != "uint64" || img.Unreadable() != "" ||
		len(img.Axes) != 3 || img.Axes[2] != (volume.Axis{Name: "z", Kind: "space", Unit: "nanometer", Meters: 1e-9}) {
		t.Errorf("got %+v", img)
	}
	var got []string
	for _, l := range img.Levels {
		got = append(got, fmt.Sprint(l.Path, " ", l.Shape, l.Chunk, l.Encoding, l.Scale, l.Translation))
	}
	want := []string{
		"8_8_40 [100 200 30] [64 64 64]compressed_segmentation[8 8 40] [84 4 -180]",
		"16_16_40 [50 100 30] [64 64 32]raw[16 16 40] [8 8 20]",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("levels %q, want %q", got, want)
	}
	colors := strings.NewReplacer(`"num_channels":1`, `"num_channels":3`, "segmentation\",", "image\",", "uint64", "FLOAT64").Replace(precomputed)
	if img, err = volume.ReadPrecomputed([]byte(colors)); err != nil {
		t.Fatal(err)
	}
	if img.IsLabel || img.ChannelCount() != 3 || len(img.Levels[1].Scale) != 4 || !strings.Contains(img.Unreadable(), "float64") {
		t.Errorf("got %+v", img)
	}
}

func TestReadPrecomputedKinds(t *testing.T) {
	for text, want := range map[string]string{
		`{"@type":"neuroglancer_skeletons"}`:                                             "skeletons",
		`{"@type":"neuroglancer_legacy_mesh"}`:                                           "mesh",
		`{"@type":"neuroglancer_multilod_draco"}`:                                        "mesh",
		`{"@type":"neuroglancer_annotations_v1"}`:                                        "annotations",
		`{"@type":"neuroglancer_segment_properties"}`:                                    "segment properties",
		strings.Replace(precomputed, `"@type":"neuroglancer_multiscale_volume",`, "", 1): "volume",
	} {
		if img, err := volume.ReadPrecomputed([]byte(text)); err != nil || img.Kind != want {
			t.Errorf("%.60s: got %+v, error %v, want %s", text, img, err, want)
		}
	}
	edit := func(old, new string) string { return strings.Replace(precomputed, old, new, 1) }
	for text, want := range map[string]string{
		"": "empty", "{": "not JSON", `{"a":1}`: "no precomputed info", `{"@type":"x"}`: "kind \"x\" is not known",
		`{"redirect":"gs://x"}`:                      "have moved to",
		edit(`"data_type":"uint64",`, ""):            "\"data_type\" is missing",
		edit("segmentation", "picture"):              "neither image nor segmentation",
		edit(`"num_channels":1`, `"num_channels":0`): "num_channels",
		edit("[100,200,30]", "[100,0,30]"):           "at least one voxel",
		edit("[8,8,40]", "[8,-8,40]"):                "resolution -8 is not positive",
		edit("[8,8,40]", "[8,8]"):                    "expected 3 numbers",
		edit("[10,0,-5]", `"x"`):                     "voxel_offset",
		edit("[[64,64,64]]", "[]"):                   "chunk_sizes",
		edit(`"key":"8_8_40",`, ""):                  "are needed",
		edit("8_8_40", "../8"):                       "holds the segment \"..\"",
		edit("[10,0,-5]", "[10,0.5,-5]"):             "no whole number of voxels",
		edit("[10,0,-5]", "[1e18,0,0]"):              "no whole number of voxels",
		edit(`"compressed_segmentation_block_size":[8,8,8]`, `"compressed_segmentation_block_size":[8,8]`):           "has 2 axes where 3",
		edit(`"encoding":"raw"`, `"encoding":"raw","sharding":{"@type":"x"}`):                                        "kind of shards",
		`{"@type":"neuroglancer_multiscale_volume","type":"image","data_type":"uint8","num_channels":1,"scales":[]}`: "no list of levels",
	} {
		if _, err := volume.ReadPrecomputed([]byte(text)); !errors.Is(err, volume.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: error %v, want ErrInvalid with %q", text, err, want)
		}
	}
}

// TestUnits reads a unit as an N5 dataset has it, which may be written in any way.
func TestUnits(t *testing.T) {
	for unit, want := range map[string]float64{
		"nanometer": 1e-9, "micrometer": 1e-6, "millimeter": 1e-3, "centimeter": 1e-2, "meter": 1, "kilometer": 1e3,
		"nm": 1e-9, "um": 1e-6, "µm": 1e-6, "μm": 1e-6, "mm": 1e-3, "cm": 1e-2, "m": 1, "Micrometer": 1e-6,
		"micron": 1e-6, "microns": 1e-6, "micrometre": 1e-6, "millimetres": 1e-3, //nolint:misspell // British spelling is read, too
		"angstrom": 1e-10, "Å": 1e-10, "inch": 0.0254,
		"foot": 0.3048, "yard": 0.9144, "mile": 1609.34, "parsec": 3.0856775814913673e16,
		"pixel": 0, "": 0, ".m": 0, "xm": 0, "second": 0, "ms": 0,
	} {
		img, err := volume.ReadN5(files{"attributes.json": `{"dimensions":[1,1,1],"blockSize":[1,1,1],"dataType":"uint8","compression":{"type":"raw"},
			"pixelResolution":{"unit":"` + unit + `","dimensions":[1,1,1]}}`}.get)
		if err != nil {
			t.Fatal(err)
		}
		if got := img.Axes[0].Meters; got != want {
			t.Errorf("%q is %v m, want %v", unit, got, want)
		}
	}
}

func TestUnitsOfTime(t *testing.T) {
	for unit, want := range map[string]float64{
		"second": 1, "millisecond": 1e-3, "microsecond": 1e-6, "minute": 60, "hour": 3600, "day": 86400,
		"s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "sec": 1, "min": 60, "seconds": 1, "meter": 0,
	} {
		img, err := volume.ReadZarr(files{
			".zattrs":   ome04(`[{"name":"t","type":"time","unit":"`+unit+`"},"y","x"]`, scale321, ""),
			"0/.zarray": plain2,
		}.get)
		if err != nil {
			t.Fatal(err)
		}
		if got := img.Axes[0].Seconds; got != want {
			t.Errorf("%q is %v s, want %v", unit, got, want)
		}
	}
}
