package preview_test

import (
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"ngportal/preview"
	"ngportal/volume"
	"ngportal/xfm"
)

// TestPlanes draws a volume of 2 × 3 × 2 voxels of 1 mm whose values are 10 (1 + x) + 3 y + z.
func TestPlanes(t *testing.T) {
	img, b := nifti(identity(), 2, 3, 2)
	for x := range 2 {
		for y := range 3 {
			for z := range 2 {
				b.Data[x*6+y*2+z] = float32(10*(1+x) + 3*y + z)
			}
		}
	}
	tests := map[string]struct {
		view preview.View
		want []string
	}{
		"axial, radiological: right on the left, front up": {
			preview.View{Plane: preview.Axial, Center: [3]float64{0.5, 1, 0}, Width: 2, Height: 3},
			[]string{"26 16", "23 13", "20 10"},
		},
		"axial, neurological": {
			preview.View{Plane: preview.Axial, Center: [3]float64{0.5, 1, 1}, Width: 2, Height: 3, Neurological: true},
			[]string{"17 27", "14 24", "11 21"},
		},
		"coronal, with a margin": {
			preview.View{Plane: preview.Coronal, Center: [3]float64{0.5, 2, 0.5}, Width: 4, Height: 2},
			[]string{"-- 27 17 --", "-- 26 16 --"},
		},
		"sagittal: front on the right in both": {
			preview.View{Plane: preview.Sagittal, Center: [3]float64{1, 1, 0.5}, Width: 3, Height: 2},
			[]string{"21 24 27", "20 23 26"},
		},
		"beside the volume": {
			preview.View{Plane: preview.Axial, Center: [3]float64{0.5, 1, 1.6}, Width: 2, Height: 1},
			[]string{"-- --"},
		},
	}
	for name, tt := range tests {
		tt.view.PixelSize = 1
		if got := rows(preview.Draw([]preview.Layer{gray(img, b)}, tt.view)); !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n got %q\nwant %q", name, got, tt.want)
		}
	}
}

// TestNearestVoxel draws turned and moved volumes, and holds each pixel against the voxel that lies nearest to it.
func TestNearestVoxel(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	compared := 0
	for round := range 20 {
		turned, size := rotation(rnd), 0.5+rnd.Float64()
		var affine [3][4]float64
		for i := range 3 {
			for j := range 3 {
				affine[i][j] = turned[i][j] * size
			}
			affine[i][3] = 20*rnd.Float64() - 10
		}
		img, b := nifti(affine, 7, 5, 6)
		for i := range b.Data {
			b.Data[i] = float32(i)
		}
		l := gray(img, b)
		l.Transform = xfm.Matrix(affine)
		place := xfm.Matrix(affine).Then(l.Transform)
		v := preview.View{
			Plane: []preview.Plane{preview.Axial, preview.Coronal, preview.Sagittal}[round%3], Center: place.Apply([3]float64{3, 2, 2.5}),
			PixelSize: 0.3 * size * size, Width: 40, Height: 30, Neurological: round%2 == 0,
		}
		picture := preview.Draw([]preview.Layer{l}, v)
		for x := range v.Width {
			for y := range v.Height {
				voxel, sure := nearest(place, pixelAt(v, x, y), size*size)
				if !sure {
					continue
				}
				compared++
				want := color.NRGBA{}
				if voxel >= 0 {
					want = color.NRGBA{uint8(voxel), uint8(voxel), uint8(voxel), 255}
				}
				if got := picture.NRGBAAt(x, y); got != want {
					t.Fatalf("round %d, %+v: the pixel at %d, %d is %v, want voxel %d", round, v, x, y, got, voxel)
				}
			}
		}
	}
	if compared < 20_000 {
		t.Errorf("only %d pixels have been compared", compared)
	}
}

// pixelAt is where a pixel lies in the world.
func pixelAt(v preview.View, x, y int) [3]float64 {
	across := v.PixelSize * (float64(x) - float64(v.Width-1)/2)
	up := -v.PixelSize * (float64(y) - float64(v.Height-1)/2)
	flip := -1.0
	if v.Neurological {
		flip = 1
	}
	c := v.Center
	switch v.Plane {
	case preview.Axial:
		return [3]float64{c[0] + flip*across, c[1] + up, c[2]}
	case preview.Coronal:
		return [3]float64{c[0] + flip*across, c[1], c[2] + up}
	default:
		return [3]float64{c[0], c[1] + across, c[2] + up}
	}
}

// nearest looks at the 7 × 5 × 6 cubes, with sides of size, for the one that p is in: -1 if it is in none. It is not
// sure of what lies at a face.
func nearest(place xfm.Matrix, p [3]float64, size float64) (voxel int, sure bool) {
	for i := range 7 {
		for j := range 5 {
			for k := range 6 {
				center := place.Apply([3]float64{float64(i), float64(j), float64(k)})
				worst := 0.0
				for axis := range 3 {
					along := 0.0
					for row := range 3 {
						along += (p[row] - center[row]) * place[row][axis] / size
					}
					worst = max(worst, math.Abs(along)/size)
				}
				if math.Abs(worst-0.5) < 1e-6 {
					return 0, false
				}
				if worst < 0.5 {
					return (i*5+j)*6 + k, true
				}
			}
		}
	}
	return -1, true
}

// rotation is one by three random angles.
func rotation(rnd *rand.Rand) xfm.Matrix {
	m := xfm.Identity()
	for axis := range 3 {
		s, c := math.Sincos(2 * math.Pi * rnd.Float64())
		i, j := (axis+1)%3, (axis+2)%3
		r := xfm.Identity()
		r[i][i], r[i][j], r[j][i], r[j][j] = c, -s, s, c
		m = m.Then(r)
	}
	return m
}

// TestCoarseLevel draws every third voxel of a level that is half as fine: the picture must be as large as the image,
// and where a voxel has been left out its neighbor stands.
func TestCoarseLevel(t *testing.T) {
	img, b := nifti(identity(), 12, 1, 1)
	img.Affine = nil
	img.Format, img.OME = volume.Zarr2, "0.4"
	for i, name := range []string{"x", "y", "z"} {
		img.Axes[i].Name = name
	}
	img.Levels = append(img.Levels, volume.Level{
		Path: "1", Shape: []int64{6, 1, 1}, Chunk: []int64{6, 1, 1}, Scale: []float64{2, 1, 1}, Translation: []float64{0.5, 0, 0},
	})
	b.Level, b.Stride, b.Shape, b.Data = 1, []int64{3, 1, 1}, []int64{2, 1, 1}, []float32{11, 22}
	v := preview.View{Plane: preview.Axial, Center: [3]float64{5.5, 0, 0}, PixelSize: 1, Width: 14, Height: 1, Neurological: true}
	// Elements lie at 0.5 and 6.5 of the finest level.
	want := []string{"-- 11 11 11 11 22 22 22 22 22 22 22 22 --"}
	if got := rows(preview.Draw([]preview.Layer{gray(img, b)}, v)); !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

func TestLayersOverEachOther(t *testing.T) {
	img, b := nifti(identity(), 1, 1, 1)
	b.Data[0] = 100
	base := gray(img, b)
	with := func(change func(*preview.Layer)) preview.Layer {
		l := gray(img, b)
		l.Channels = []preview.Channel{{High: 100, Color: [3]uint8{200, 0, 0}}}
		change(&l)
		return l
	}
	tests := map[string]struct {
		layers []preview.Layer
		want   color.NRGBA
	}{
		"covered":             {[]preview.Layer{base, with(func(*preview.Layer) {})}, color.NRGBA{200, 0, 0, 255}},
		"half":                {[]preview.Layer{base, with(func(l *preview.Layer) { l.Opacity = 0.5 })}, color.NRGBA{150, 49, 49, 255}},
		"half, over nothing":  {[]preview.Layer{with(func(l *preview.Layer) { l.Opacity = 0.5 })}, color.NRGBA{200, 0, 0, 128}},
		"added":               {[]preview.Layer{base, with(func(l *preview.Layer) { l.Additive = true })}, color.NRGBA{255, 100, 100, 255}},
		"added, half":         {[]preview.Layer{base, with(func(l *preview.Layer) { l.Additive, l.Opacity = true, 0.5 })}, color.NRGBA{200, 100, 100, 255}},
		"sheer":               {[]preview.Layer{base, with(func(l *preview.Layer) { l.Sheer = true })}, color.NRGBA{178, 21, 21, 255}},
		"sheer, black":        {[]preview.Layer{base, with(func(l *preview.Layer) { l.Sheer, l.Channels[0].Low = true, 100; l.Channels[0].High = 200 })}, color.NRGBA{100, 100, 100, 255}},
		"no channels":         {[]preview.Layer{base, with(func(l *preview.Layer) { l.Channels = nil })}, color.NRGBA{100, 100, 100, 255}},
		"invisible":           {[]preview.Layer{base, with(func(l *preview.Layer) { l.Opacity = 0 })}, color.NRGBA{100, 100, 100, 255}},
		"a channel too many":  {[]preview.Layer{base, with(func(l *preview.Layer) { l.Channels[0].Index = 1 })}, color.NRGBA{100, 100, 100, 255}},
		"the zero transform":  {[]preview.Layer{with(func(l *preview.Layer) { l.Transform = xfm.Matrix{} })}, color.NRGBA{200, 0, 0, 255}},
		"a singular one":      {[]preview.Layer{base, with(func(l *preview.Layer) { l.Transform = xfm.Matrix{{1}, {1}, {1}} })}, color.NRGBA{100, 100, 100, 255}},
		"one of no numbers":   {[]preview.Layer{base, with(func(l *preview.Layer) { l.Transform[0][3] = math.NaN() })}, color.NRGBA{100, 100, 100, 255}},
		"no block":            {[]preview.Layer{base, with(func(l *preview.Layer) { l.Block = nil })}, color.NRGBA{100, 100, 100, 255}},
		"no image":            {[]preview.Layer{base, with(func(l *preview.Layer) { l.Image = nil })}, color.NRGBA{100, 100, 100, 255}},
		"a block cut short":   {[]preview.Layer{base, with(func(l *preview.Layer) { l.Block = &volume.Block{Shape: b.Shape, Stride: b.Stride} })}, color.NRGBA{100, 100, 100, 255}},
		"a block of one axis": {[]preview.Layer{base, with(func(l *preview.Layer) { l.Block = &volume.Block{Shape: []int64{1}, Stride: []int64{1}, Data: b.Data} })}, color.NRGBA{100, 100, 100, 255}},
	}
	v := preview.View{Plane: preview.Axial, PixelSize: 1, Width: 1, Height: 1}
	for name, tt := range tests {
		wantPixel(t, name, preview.Draw(tt.layers, v), 0, 0, tt.want)
	}
}

func TestChannelsAndLabels(t *testing.T) {
	img, b := nifti(identity(), 1, 1, 1, 1, 3)
	img.Axes[4].Name = "c"
	draw := func(change func(*preview.Layer)) color.NRGBA {
		l := gray(img, b)
		change(&l)
		return preview.Draw([]preview.Layer{l}, preview.View{Plane: preview.Axial, PixelSize: 1, Width: 1, Height: 1}).NRGBAAt(0, 0)
	}
	red, green := [3]uint8{255, 0, 0}, [3]uint8{0, 255, 0}
	both := func(l *preview.Layer) {
		l.Channels = []preview.Channel{{0, 0, 10, red, false}, {2, 5, 10, green, false}, {1, 0, 10, red, true}}
	}
	copy(b.Data, []float32{5, -4, 7.5})
	if got, want := draw(both), (color.NRGBA{128 + 102, 128, 0, 255}); got != want {
		t.Errorf("three channels add up to %v, want %v", got, want)
	}
	copy(b.Data, []float32{float32(math.Inf(1)), 10, float32(math.NaN())})
	if got, want := draw(both), (color.NRGBA{255, 0, 0, 255}); got != want {
		t.Errorf("values that are no finite numbers are %v, want %v", got, want)
	}
	labels := func(l *preview.Layer) {
		l.Labels, l.Colors = true, map[uint64][3]uint8{7: {1, 2, 3}}
	}
	for value, want := range map[float32]color.NRGBA{
		0: {}, 7: {1, 2, 3, 255}, 2: {255, 53, 120, 255}, -1: {211, 255, 3, 255}, float32(math.NaN()): {}, float32(math.Inf(1)): {},
	} {
		b.Data[0] = value
		if got := draw(labels); got != want {
			t.Errorf("label %g is %v, want %v", value, got, want)
		}
	}
}

// TestLabelColor has colors that Neuroglancer 2.41.2's own code computes (lib/gpu_hash/hash_function.js and
// lib/util/colorspace.js, run by node).
func TestLabelColor(t *testing.T) {
	for id, want := range map[uint64][3]uint8{
		1: {94, 128, 255}, 2: {255, 53, 120}, 3: {155, 255, 12}, 7: {12, 255, 149}, 1000: {255, 178, 57},
		1<<32 + 1: {255, 18, 174}, math.MaxUint64: {211, 255, 3},
	} {
		if got := preview.LabelColor(id); got != want {
			t.Errorf("LabelColor(%d) = %v, want %v", id, got, want)
		}
	}
}

func TestBounds(t *testing.T) {
	img, b := nifti([3][4]float64{{-2, 0, 0, 10}, {0, 0, 3, 20}, {0, 1, 0, 30}}, 5, 4, 3)
	l := gray(img, b)
	l.Transform[2][3] = 100
	low, high, ok := preview.Bounds([]preview.Layer{l})
	if want := [2][3]float64{{1, 18.5, 129.5}, {11, 27.5, 133.5}}; !ok || low != want[0] || high != want[1] {
		t.Errorf("Bounds = %v, %v, %t, want %v", low, high, ok, want)
	}
	if _, _, ok := preview.Bounds(nil); ok {
		t.Error("nothing has bounds")
	}
	l.Transform[0][3] = math.Inf(1)
	if low, high, ok := preview.Bounds([]preview.Layer{l}); ok {
		t.Errorf("bounds of a volume at infinity: %v, %v", low, high)
	}
}

func TestLetters(t *testing.T) {
	tests := map[string]struct {
		plane                    preview.Plane
		anatomical, neurological bool
		want                     string
	}{
		"axial":               {preview.Axial, true, false, "R L A P"},
		"axial neurological":  {preview.Axial, true, true, "L R A P"},
		"coronal":             {preview.Coronal, true, false, "R L S I"},
		"sagittal":            {preview.Sagittal, true, false, "P A S I"},
		"without anatomy":     {preview.Axial, false, true, "−x +x +y −y"},
		"the other way round": {preview.Coronal, false, false, "+x −x +z −z"},
	}
	for name, tt := range tests {
		left, right, top, bottom := preview.Letters(tt.plane, tt.anatomical, tt.neurological)
		if got := left + " " + right + " " + top + " " + bottom; got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func FuzzDraw(f *testing.F) {
	f.Add(1.0, 0.0, 0.5, 3.0, 1.0, 20, 20, uint8(1))
	f.Add(math.Inf(1), math.NaN(), -1.0, 1e300, 1e-300, 5000, -1, uint8(2))
	img, b := nifti(identity(), 4, 3, 2)
	f.Fuzz(func(t *testing.T, a, shear, offset, center, pixel float64, width, height int, plane uint8) {
		l := gray(img, b)
		l.Transform = xfm.Matrix{{a, shear, 0, offset}, {0, a, shear, offset}, {shear, 0, 1, 0}}
		v := preview.View{
			Plane: []preview.Plane{preview.Axial, preview.Coronal, preview.Sagittal, "", "x"}[plane%5], Center: [3]float64{center, offset, 0},
			PixelSize: pixel, Width: min(width, 300), Height: min(height, 300),
		}
		p := preview.Draw([]preview.Layer{l}, v)
		if p.Rect.Dx() != max(v.Width, 0) || p.Rect.Dy() != max(v.Height, 0) {
			t.Errorf("%+v: the picture is %v", v, p.Rect)
		}
		preview.Thumbnail(l, 32)
	})
}
