package ngstate_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"ngportal/ngstate"
	"ngportal/volume"
	"ngportal/xfm"
)

// A space is what Neuroglancer makes of a source by itself: names and sizes of its axes, and where the center of voxel
// 0 is, in voxels.
type space struct {
	names  []string
	meters []float64
	origin []float64
	attrs  string // of OME-Zarr
}

// A pair is a dimension of a state.
type pair struct {
	name  string
	scale float64
}

// ordered reads an object of dimensions in the order of its names, as JavaScript does.
func ordered(t *testing.T, raw json.RawMessage) []pair {
	t.Helper()
	if len(raw) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	_, _ = dec.Token()
	var out []pair
	for dec.More() {
		name, _ := dec.Token()
		var value []any
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
		out = append(out, pair{name.(string), value[0].(float64)})
	}
	return out
}

// locate evaluates a source as Neuroglancer does ("set spec" of WatchableCoordinateSpaceTransform in its
// coordinate_transform.ts) for the center of a voxel. It returns meters by the names of the output's axes.
func (s space) locate(t *testing.T, source json.RawMessage, voxel []float64) map[string]float64 {
	t.Helper()
	var o struct {
		Transform struct {
			Matrix                            [][]float64
			InputDimensions, OutputDimensions json.RawMessage
		}
	}
	_ = json.Unmarshal(source, &o)
	in, out := ordered(t, o.Transform.InputDimensions), ordered(t, o.Transform.OutputDimensions)
	if in == nil {
		for i := range out {
			in = append(in, pair{s.names[i], s.meters[i]})
		}
	}
	found := map[string]float64{}
	for i, name := range s.names {
		slot := slices.IndexFunc(in, func(p pair) bool { return p.name == name })
		switch {
		case slot < 0:
			found[name] = (voxel[i] + s.origin[i]) * s.meters[i]
		case o.Transform.Matrix == nil:
			found[out[slot].name] = (voxel[i] + s.origin[i]) * in[slot].scale
		default:
			row := o.Transform.Matrix[slot]
			at := row[len(row)-1] * out[slot].scale
			for j, p := range in {
				k := slices.Index(s.names, p.name)
				at += row[j] * (voxel[k] + s.origin[k]) * p.scale
			}
			found[out[slot].name] = at
		}
	}
	return found
}

// sourceOf composes an asset and returns the source of its first layer.
func sourceOf(t *testing.T, a ngstate.Asset) (address string, source json.RawMessage) {
	t.Helper()
	scene, err := ngstate.Compose("", []ngstate.Asset{a}, ngstate.View{})
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Layers []struct{ Source json.RawMessage }
	}
	if err = json.Unmarshal(scene.JSON, &state); err != nil {
		t.Fatal(err)
	}
	source = state.Layers[0].Source
	if json.Unmarshal(source, &address) == nil {
		return address, nil
	}
	var o struct{ URL string }
	if err = json.Unmarshal(source, &o); err != nil {
		t.Fatal(err)
	}
	return o.URL, source
}

// randomMove is an affine that turns, sizes and shifts.
func randomMove(r *rand.Rand) *xfm.Matrix {
	m := xfm.Identity()
	for i := range m {
		for j := range m[i] {
			m[i][j] += r.NormFloat64() * []float64{0.3, 0.3, 0.3, 20}[j]
		}
	}
	return &m
}

// files are the content of a zarr directory.
func files(t *testing.T, content map[string]string) *volume.Image {
	t.Helper()
	img, err := volume.ReadZarr(func(name string) ([]byte, error) {
		if text, ok := content[name]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

const arrayText = `{"zarr_format":2,"shape":%s,"chunks":%s,"dtype":"<u2","compressor":null,"fill_value":0,"order":"C","filters":null}`

// omeText is an OME-Zarr of two levels, with c, z, y and x.
func omeText(version, unit string, scale, translation []float64) map[string]string {
	var axes, levels []string
	for i, name := range []string{"c", "z", "y", "x"} {
		if i == 0 {
			axes = append(axes, `{"name":"c","type":"channel"}`)
			continue
		}
		axes = append(axes, fmt.Sprintf(`{"name":%q,"type":"space","unit":%q}`, name, unit))
	}
	out := map[string]string{".zgroup": `{"zarr_format":2}`}
	for level, shape := range []string{"[2,4096,4096,40]", "[2,2048,2048,20]"} {
		s, at := slices.Clone(scale), slices.Clone(translation)
		for i := 1; level == 1 && i < len(s); i++ {
			s[i], at[i] = 2*s[i], at[i]+s[i]/2
		}
		a, _ := json.Marshal(s)
		b, _ := json.Marshal(at)
		levels = append(levels, fmt.Sprintf(`{"path":"%d","coordinateTransformations":[{"type":"scale","scale":%s},{"type":"translation","translation":%s}]}`, level, a, b))
		out[fmt.Sprintf("%d/.zarray", level)] = fmt.Sprintf(arrayText, shape, "[1,64,64,64]")
	}
	out[".zattrs"] = fmt.Sprintf(`{"multiscales":[{"version":%q,"axes":[%s],"datasets":[%s]}]}`, version, strings.Join(axes, ","), strings.Join(levels, ","))
	return out
}

// TestPlaces checks for every format that what Neuroglancer makes of the source and the composed transform is the place
// of the voxel by the format's own definition, moved.
func TestPlaces(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	for range 60 {
		scale := []float64{1, 0.1 + r.Float64(), 0.1 + r.Float64(), 0.1 + r.Float64()}
		at := []float64{0, r.NormFloat64() * 50, r.NormFloat64() * 50, r.NormFloat64() * 50}
		unit := []string{"micrometer", "millimeter", "nanometer"}[r.IntN(3)]
		meters := map[string]float64{"micrometer": 1e-6, "millimeter": 1e-3, "nanometer": 1e-9}[unit]
		voxel := []float64{0, float64(r.IntN(20)), float64(r.IntN(20)), float64(r.IntN(20))}
		var here [3]float64 // x, y, z in millimeters
		ome := space{names: []string{"c'", "z", "y", "x"}, meters: []float64{1, 0, 0, 0}, origin: []float64{0, 0, 0, 0}}
		for i := 1; i < 4; i++ {
			here[3-i] = (at[i] + scale[i]*voxel[i]) * meters * 1e3
			ome.meters[i], ome.origin[i] = scale[i]*meters, at[i]/scale[i]
		}
		content := omeText("0.4", unit, scale, at)
		ome.attrs = content[".zattrs"]
		asset := ngstate.Asset{Name: "A", URL: "https://h/d/l/a.zarr/", Volume: files(t, content)}
		agree(t, "OME-Zarr", asset, ome, voxel, here)
		asset.Moved = randomMove(r)
		agree(t, "OME-Zarr, moved", asset, ome, voxel, asset.Moved.Apply(here))

		coarse := slices.Clone(voxel) // of the level that is small enough to be opened by itself
		var there [3]float64
		for i := 1; i < 4; i++ {
			there[3-i] = (at[i] + scale[i]/2 + 2*scale[i]*voxel[i]) * meters * 1e3
		}
		alone := space{names: []string{"d0", "d1", "d2", "d3"}, meters: []float64{1, 1, 1, 1}, origin: []float64{0.5, 0.5, 0.5, 0.5}}
		asset.Volume = files(t, omeText("0.3", unit, scale, at))
		if address := agree(t, "OME-Zarr of an old version", asset, alone, coarse, asset.Moved.Apply(there)); address != "https://h/d/l/a.zarr/1/|zarr2:" {
			t.Fatalf("an image that must be opened by one level is opened as %s", address)
		}

		nii := nifti()
		for i := range nii.Affine.Matrix {
			for j := range nii.Affine.Matrix[i] {
				nii.Affine.Matrix[i][j] += r.NormFloat64()
			}
		}
		ijk := space{names: []string{"i", "j", "k"}, meters: []float64{7, 7, 7}, origin: []float64{0.5, 0.5, 0.5}}
		asset = ngstate.Asset{Name: "A", URL: "https://h/d/l/a.nii", Volume: nii, Moved: asset.Moved}
		agree(t, "NIfTI, moved", asset, ijk, voxel[1:], asset.Moved.Apply(xfm.Matrix(nii.Affine.Matrix).Apply([3]float64(voxel[1:]))))

		header := files(t, omeText("0.4", unit, scale, at)) // as package volume reads NIfTI-Zarr
		header.Affine = &volume.Affine{Matrix: nii.Affine.Matrix, Source: "NIfTI-Zarr header"}
		asset = ngstate.Asset{Name: "A", URL: "https://h/d/l/a.zarr/", Volume: header}
		agree(t, "NIfTI-Zarr", asset, ome, voxel, xfm.Matrix(nii.Affine.Matrix).Apply([3]float64{voxel[3], voxel[2], voxel[1]}))
	}
	askNeuroglancer(t)
}

// TestPlacesOthers does the same for the formats that place corners and cannot shift by fractions.
func TestPlacesOthers(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 2))
	move := randomMove(r)
	voxel := []float64{5, 7, 11}
	half := []float64{0.5, 0.5, 0.5}
	em := precomputed(t)
	em.Levels[0].Translation = []float64{(10 + 0.5) * 4, (20 + 0.5) * 4, (30 + 0.5) * 40, 0.5} // voxel_offset 10, 20, 30
	tests := map[string]struct {
		img   *volume.Image
		space space
		voxel []float64
		want  [3]float64
	}{
		"precomputed": {
			em,
			space{[]string{"x", "y", "z", "c^"}, []float64{4e-9, 4e-9, 40e-9, 1}, []float64{10.5, 20.5, 30.5, 0.5}, ""},
			append(slices.Clone(voxel), 1),
			[3]float64{15.5 * 4e-6, 27.5 * 4e-6, 41.5 * 40e-6},
		},
		"N5": {
			n5(t, `{"dimensions":[100,200,300],"dataType":"uint8","blockSize":[64,64,64],"compression":{"type":"raw"},"pixelResolution":{"dimensions":[2,3,4],"unit":"um"}}`),
			space{[]string{"x", "y", "z"}, []float64{2e-6, 3e-6, 4e-6}, half, ""},
			voxel,
			[3]float64{5.5 * 2e-3, 7.5 * 3e-3, 11.5 * 4e-3},
		},
		"plain zarr": {
			plain(t, fmt.Sprintf(arrayText, "[20,20,20]", "[20,20,20]"), `{"_ARRAY_DIMENSIONS":["z","y","x"],"dimension_units":["2 micrometer","3 micrometer","4 micrometer"]}`),
			space{[]string{"z", "y", "x"}, []float64{2e-6, 3e-6, 4e-6}, half, ""},
			voxel,
			[3]float64{11.5 * 4e-3, 7.5 * 3e-3, 5.5 * 2e-3},
		},
		"plain zarr without names and units": {
			plain(t, fmt.Sprintf(arrayText, "[20,20,20]", "[20,20,20]"), `{}`),
			space{[]string{"d0", "d1", "d2"}, []float64{1, 1, 1}, half, ""},
			voxel,
			[3]float64{11.5, 7.5, 5.5},
		},
	}
	for name, tt := range tests {
		a := ngstate.Asset{Name: "A", URL: "https://h/d/l/a/", Volume: tt.img}
		if !strings.Contains(name, "without") { // by itself it has no unit
			agree(t, name, a, tt.space, tt.voxel, tt.want)
		}
		a.Moved = move
		agree(t, name+", moved", a, tt.space, tt.voxel, move.Apply(tt.want))
	}
	askNeuroglancer(t)
}

// TestFlat has images of two axes of space.
func TestFlat(t *testing.T) {
	img := nifti()
	img.Axes = img.Axes[:2]
	l := &img.Levels[0]
	l.Shape, l.Scale, l.Translation = l.Shape[:2], l.Scale[:2], l.Translation[:2]
	img.Affine.Matrix = [3][4]float64{{2, 0, 0, 5}, {0, 0, 3, 6}, {0, 4, 0, 7}} // a coronal section
	_, source := sourceOf(t, ngstate.Asset{Name: "A", URL: "https://h/d/l/a.nii", Volume: img})
	got := space{[]string{"i", "j"}, []float64{1, 1}, []float64{0.5, 0.5}, ""}.locate(t, source, []float64{2, 3})
	if math.Abs(got["x"]-9e-3) > 1e-12 || math.Abs(got["z"]-19e-3) > 1e-12 || len(got) != 2 {
		t.Errorf("voxel (2, 3) of a coronal section lies at %v, want x 9 mm and z 19 mm\n%s", got, source)
	}
}

// TestAloneWithoutUnits has an image that is opened by one level and says no unit: the scene must be in meters, as the
// transform is.
func TestAloneWithoutUnits(t *testing.T) {
	content := omeText("0.3", "micrometer", []float64{1, 2, 3, 4}, []float64{0, 0, 0, 0})
	content[".zattrs"] = strings.ReplaceAll(content[".zattrs"], `,"unit":"micrometer"`, "")
	a := ngstate.Asset{Name: "A", URL: "https://h/d/l/a.zarr/", Volume: files(t, content)}
	s, scene := composed(t, ngstate.View{}, a)
	for _, p := range ordered(t, s.Dimensions) {
		if p.scale != 1e-3 {
			t.Errorf("dimension %v, want millimeters", p)
		}
	}
	alone := space{[]string{"d0", "d1", "d2", "d3"}, []float64{1, 1, 1, 1}, []float64{0.5, 0.5, 0.5, 0.5}, ""}
	agree(t, "OME-Zarr of an old version, without units", a, alone, []float64{0, 5, 7, 9}, [3]float64{9*8 + 2, 7*6 + 1.5, 5*4 + 1})
	for _, want := range []string{"so only its level 1", "millimeters are assumed"} {
		if !strings.Contains(strings.Join(scene.Warnings, "; "), want) {
			t.Errorf("warnings %q, want one with %q", scene.Warnings, want)
		}
	}
}

// TestTractMoved checks the transform of streamlines, whose own space is in nanometers.
func TestTractMoved(t *testing.T) {
	m := &xfm.Matrix{{0, -1, 0, 10}, {1, 0, 0, 20}, {0, 0, 1, 30}}
	_, source := sourceOf(t, ngstate.Asset{Name: "A", Tract: tract(), Moved: m})
	nm := space{[]string{"x", "y", "z"}, []float64{1e-9, 1e-9, 1e-9}, []float64{0, 0, 0}, ""}
	got := nm.locate(t, source, []float64{1e6, 2e6, 3e6})
	for name, want := range map[string]float64{"x": 8e-3, "y": 21e-3, "z": 33e-3} {
		if math.Abs(got[name]-want) > 1e-12 {
			t.Errorf("(1, 2, 3) mm lies at %s = %v m, want %v\n%s", name, got[name], want, source)
		}
	}
}
