package ngstate_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"ngportal/ngstate"
	"ngportal/volume"
)

// broken has an image for each rule, which breaks that one and, as far as that is possible, no other.
func broken(t *testing.T) map[string]ngstate.Asset {
	t.Helper()
	found := func(rule volume.Rule, refused bool) *volume.Image {
		img := zyx()
		img.Findings = []volume.Finding{{Rule: rule, Refused: refused, Text: "A finding of " + string(rule) + "."}}
		return img
	}
	header := func(rule volume.Rule) *volume.Image {
		img := nifti()
		img.Findings = []volume.Finding{{Rule: rule, Text: "A finding of " + string(rule) + "."}}
		return img
	}
	content := func(version, unit string) *volume.Image {
		return files(t, omeText(version, unit, []float64{1, 1, 1, 1}, []float64{0, 5, 500, 500}))
	}
	large, chunky, huge, mirror, centered := zyx(), zyx(), nifti(), nifti(), zyx()
	large.Levels[0].Shape = []int64{8192, 8192, 8192}
	chunky.Levels[0].Chunk = []int64{256, 256, 129}
	huge.Levels[0].Shape = []int64{1024, 1024, 700}
	mirror.Affine.Matrix[1] = [4]float64{0, 2, 0, -900}
	for i, n := range centered.Levels[0].Shape {
		centered.Levels[0].Translation[i] = -float64(n-1) / 4
	}
	partly := zyx()
	partly.Axes[0].Unit, partly.Axes[0].Meters = "", 0
	partly.Findings = []volume.Finding{{Rule: volume.RuleUnit, Text: "Axis z has no unit."}}
	zarrHeader := zyx()
	zarrHeader.Affine = &volume.Affine{Matrix: [3][4]float64{{0, 1, 0, 500}, {-1, 0, 0, 9}, {0, 0, 1, 3}}, Source: "NIfTI-Zarr header"}
	conflict := zyx()
	*conflict = *zarrHeader
	conflict.Findings = []volume.Finding{{Rule: volume.RuleScales, Text: "The sizes disagree."}}
	unnamed := plain(t, fmt.Sprintf(arrayText, "[20,20,20]", "[20,20,20]"), `{"dimension_units":["2 mm","3 mm","4 mm"]}`)
	out := map[string]*volume.Image{
		"opens": zyx(), "placed": notMirrored(), "placed by a NIfTI-Zarr header": zarrHeader, "mirrored": mirror, "centered": centered,
		"pyramid": large, "chunk-size": chunky, "chunk-size of a NIfTI file": huge, "axes": unnamed,
		"dtype": found(volume.RuleDType, true), "filters": found(volume.RuleFilters, true), "codec": found(volume.RuleCodec, true),
		"int64": found(volume.RuleInt64, false), "omero": found(volume.RuleOmero, false), "undecoded": found(volume.RuleUndecoded, false),
		"offset": found(volume.RuleOffset, false), "consolidated": found(volume.RuleStored, true), "hdr-img": found(volume.RulePair, true),
		"qform-sform": header(volume.RuleForms), "no-affine": header(volume.RuleAffine), "scl-slope": header(volume.RuleScaling),
		"header": header(volume.RuleHeader), "scale-conflict": conflict,
		"unit": partly, "unit-spelling": content("0.4", "um"), "ome-version": content("0.3", "micrometer"),
		"levels": missingLevel(t), "kind": {Format: volume.Precomputed, Kind: "segment properties"},
		"channels": colors(t, "[2,20,40,60]", "[2,20,40,60]", "<u2", `["c","z","y","x"]`), "vector-chunks": colors(t, "[3,20,40,60]", "[1,20,40,60]", "<f4", `["c","z","y","x"]`),
	}
	assets := map[string]ngstate.Asset{}
	for name, img := range out {
		assets[name] = ngstate.Asset{Name: "A", URL: "https://h/d/l/a/", Volume: img}
	}
	v := assets["vector-chunks"]
	v.Name = "peaks"
	assets["vector-chunks"] = v
	return assets
}

func notMirrored() *volume.Image {
	img := nifti()
	img.Affine.Matrix = [3][4]float64{{2, 0, 0, 90}, {0, 2, 0, -126}, {0, 0, 3, -72}}
	return img
}

func missingLevel(t *testing.T) *volume.Image {
	t.Helper()
	content := omeText("0.4", "micrometer", []float64{1, 1, 1, 1}, []float64{0, 5, 500, 500})
	delete(content, "0/.zarray")
	return files(t, content)
}

// TestPreflight checks the light of each rule and whether something is done about it.
func TestPreflight(t *testing.T) {
	tests := map[string]struct {
		light  ngstate.Light
		repair string // a part of it; "" for none at all
	}{
		"opens": {ngstate.Green, ""}, "placed": {ngstate.Green, "by its sform"}, "placed by a NIfTI-Zarr header": {ngstate.Green, "as it says"},
		"mirrored": {ngstate.Amber, ""}, "centered": {ngstate.Amber, ""}, "pyramid": {ngstate.Amber, ""},
		"chunk-size": {ngstate.Amber, ""}, "chunk-size of a NIfTI file": {ngstate.Amber, ""},
		"axes": {ngstate.Amber, "taken for x, y, z"}, "dtype": {ngstate.Red, ""}, "filters": {ngstate.Red, ""}, "codec": {ngstate.Red, ""},
		"int64": {ngstate.Amber, ""}, "omero": {ngstate.Amber, ""}, "undecoded": {ngstate.Amber, ""}, "offset": {ngstate.Amber, ""},
		"consolidated": {ngstate.Red, ""}, "hdr-img": {ngstate.Red, ""}, "qform-sform": {ngstate.Amber, "by the sform"},
		"no-affine": {ngstate.Amber, "around the origin"}, "scl-slope": {ngstate.Amber, ""}, "header": {ngstate.Amber, ""},
		"scale-conflict": {ngstate.Amber, "as the header says"}, "unit": {ngstate.Amber, "other axes is assumed"},
		"unit-spelling": {ngstate.Amber, "Only its level 1 (2 × 2048 × 2048 × 20 voxels)"}, "ome-version": {ngstate.Amber, "Only its level 1"},
		"levels": {ngstate.Amber, "by itself"}, "kind": {ngstate.Red, ""}, "channels": {ngstate.Amber, "one of channels"},
		"vector-chunks": {ngstate.Amber, "layers add up"},
	}
	assets := broken(t)
	if len(tests) != len(assets) {
		t.Errorf("%d cases for %d images", len(tests), len(assets))
	}
	for name, tt := range tests {
		rule, _, _ := strings.Cut(name, " ")
		var got *ngstate.Check
		for _, c := range ngstate.Preflight(assets[name], nil) {
			if c.Rule == volume.Rule(rule) {
				got = &c
			}
			if !strings.HasSuffix(c.Text, ".") || c.Repair != "" && !strings.HasSuffix(c.Repair, ".") {
				t.Errorf("%s: %q and %q are no sentences", name, c.Text, c.Repair)
			}
		}
		switch {
		case got == nil:
			t.Errorf("%s: no check of this rule in %+v", name, ngstate.Preflight(assets[name], nil))
		case got.Light != tt.light || !strings.Contains(got.Repair, tt.repair) || tt.repair == "" && got.Repair != "":
			t.Errorf("%s: %+v, want %s, repaired by %q", name, *got, tt.light, tt.repair)
		}
	}
}

// TestPreflightIsTrue compares what Preflight promises with what Compose does: an asset that is red for its metadata is
// refused, no other is; and a repair is there exactly when the state is another than the viewer would make by itself.
func TestPreflightIsTrue(t *testing.T) {
	beside := ngstate.Asset{Name: "CSD", Tract: tract()}
	for name, a := range broken(t) {
		red, repaired := false, false
		for _, c := range ngstate.Preflight(a, nil) {
			red = red || c.Light == ngstate.Red && c.Rule != ngstate.RuleChunk
			repaired = repaired || c.Repair != ""
		}
		scene, err := ngstate.Compose("", []ngstate.Asset{a, beside}, ngstate.View{})
		if refused := errors.Is(err, ngstate.ErrInvalid); refused != red {
			t.Errorf("%s: red is %v, and Compose says %v", name, red, err)
		}
		if err != nil {
			continue
		}
		var s state
		if err = json.Unmarshal(scene.JSON, &s); err != nil {
			t.Fatal(err)
		}
		bare := fmt.Sprintf("%q", a.URL+"|"+string(a.Volume.Format)+":")
		changed := string(s.Layers[0].Source) != bare
		if changed != repaired {
			t.Errorf("%s: the source is %s, and repairs are %+v", name, s.Layers[0].Source, ngstate.Preflight(a, nil))
		}
	}
}

// TestPreflightSample has reading a chunk fail, and the asset that is from elsewhere.
func TestPreflightSample(t *testing.T) {
	damaged := fmt.Errorf("%w: chunk 0.0.0 is damaged", volume.ErrInvalid)
	good := ngstate.Asset{Name: "A", URL: "https://h/d/l/a/", Volume: zyx()}
	undecoded := ngstate.Asset{Name: "A", URL: "https://h/d/l/a/", Volume: broken(t)["undecoded"].Volume}
	tests := map[string]struct {
		asset  ngstate.Asset
		sample error
		want   string
	}{
		"good":             {good, nil, "opens green It opens as it should."},
		"damaged":          {good, damaged, "sample red A chunk was read to see whether that works: chunk 0.0.0 is damaged."},
		"not for us":       {undecoded, damaged, "undecoded amber A finding of undecoded."},
		"streamlines":      {ngstate.Asset{Name: "A", Tract: tract()}, nil, "opens green It opens as it should."},
		"bad streamlines":  {ngstate.Asset{Name: "A", Tract: tract()}, damaged, "sample red It was read in part to see whether that works: chunk 0.0.0 is damaged."},
		"from elsewhere":   {ngstate.Asset{Name: "A", Raw: json.RawMessage(`{}`)}, nil, "opens amber It is read from elsewhere, by the browser, and has not been looked at."},
		"labels of floats": {ngstate.Asset{Name: "A", Volume: floats(), Type: ngstate.Segmentation}, nil, "kind red It cannot be shown as a segmentation, because its values are float32 and not whole numbers."},
	}
	for name, tt := range tests {
		c := ngstate.Preflight(tt.asset, tt.sample)
		if got := fmt.Sprint(c[0].Rule, " ", c[0].Light, " ", c[0].Text); got != tt.want || len(c) != 1 {
			t.Errorf("%s: %v, want %s", name, c, tt.want)
		}
	}
}

func floats() *volume.Image {
	img := zyx()
	img.DType = "float32"
	return img
}

// TestSizes checks the limits of what a browser is asked to take.
func TestSizes(t *testing.T) {
	tests := map[string]struct {
		shape, chunk []int64
		format       volume.Format
		levels       int
		want         string
	}{
		"a chunk of 16 MiB":           {[]int64{256, 256, 256}, []int64{128, 256, 256}, volume.Zarr2, 1, "opens"},
		"a chunk of more":             {[]int64{256, 256, 256}, []int64{129, 256, 256}, volume.Zarr2, 1, "chunk-size amber"},
		"a chunk of more than 64 MiB": {[]int64{512, 512, 512}, []int64{129, 512, 512}, volume.Zarr2, 1, "chunk-size red"},
		"512 MiB without levels":      {[]int64{256, 1024, 1024}, []int64{1, 1, 1}, volume.Zarr2, 1, "opens"},
		"more without levels":         {[]int64{257, 1024, 1024}, []int64{1, 1, 1}, volume.Zarr2, 1, "pyramid amber"},
		"more with levels":            {[]int64{257, 1024, 1024}, []int64{1, 1, 1}, volume.Zarr2, 2, "opens"},
		"long without levels":         {[]int64{1, 1, 4097}, []int64{1, 1, 1}, volume.Zarr2, 1, "pyramid amber"},
		"a NIfTI file of 2 GiB":       {[]int64{1024, 1024, 1024}, nil, volume.NIfTI, 1, "chunk-size amber"},
		"a NIfTI file of more":        {[]int64{1024, 1024, 1025}, nil, volume.NIfTI, 1, "chunk-size red"},
		"2^62 voxels along each axis": {[]int64{1 << 62, 1 << 62, 1 << 62}, []int64{1 << 62, 1 << 62, 1 << 62}, volume.Zarr2, 1, "chunk-size red"},
	}
	for name, tt := range tests {
		img := zyx() // two bytes a voxel
		if tt.format == volume.NIfTI {
			img = notMirrored()
		}
		img.Levels[0].Shape, img.Levels[0].Chunk = tt.shape, tt.chunk
		for range tt.levels - 1 {
			img.Levels = append(img.Levels, img.Levels[0])
		}
		c := ngstate.Preflight(ngstate.Asset{Name: "A", Volume: img}, nil)[0]
		if got := fmt.Sprint(c.Rule, " ", c.Light); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %+v, want %s", name, c, tt.want)
		}
	}
}
