package preview_test

import (
	"image"
	"image/color"
	"math"
	"testing"

	"ngportal/preview"
)

// cube is what the tests draw in: −50 to 50 mm along each axis, a pixel a millimeter.
func cube(p preview.Plane) preview.View {
	return preview.View{Plane: p, PixelSize: 1, Width: 100, Height: 100}
}

func drawGlass(l preview.Lines, v preview.View) *image.NRGBA {
	return preview.Glass(l, [3]float64{-40, -30, -20}, [3]float64{40, 30, 20}, v)
}

func lines(all ...[]float32) (l preview.Lines) {
	for _, one := range all {
		l.Points, l.Counts = append(l.Points, one...), append(l.Counts, int32(len(one)/3))
	}
	return l
}

// TestGlassPlaces: a streamline shows where it lies, in the color of its direction; radiologists have +x on the left, and
// +y of a sagittal picture is on the right. Coordinates are at the middle of pixels.
func TestGlassPlaces(t *testing.T) {
	alongX, alongY, alongZ := []float32{10.5, 20.5, 30.5, 14.5, 20.5, 30.5}, []float32{10.5, 20.5, 30.5, 10.5, 24.5, 30.5}, []float32{10.5, 20.5, 30.5, 10.5, 20.5, 34.5}
	red, green, blue := color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 255, 0, 255}, color.NRGBA{0, 0, 255, 255}
	neurological := cube(preview.Axial)
	neurological.Neurological = true
	tests := map[string]struct {
		line   []float32
		view   preview.View
		x, y   int // of the first pixel
		dx, dy int // to the next
		want   color.NRGBA
	}{
		"along x, axial":        {alongX, cube(preview.Axial), 39, 29, -1, 0, red},
		"along x, neurological": {alongX, neurological, 60, 29, 1, 0, red},
		"along x, coronal":      {alongX, cube(preview.Coronal), 39, 19, -1, 0, red},
		"along x, sagittal":     {alongX, cube(preview.Sagittal), 70, 19, 0, 0, red},
		"along y, axial":        {alongY, cube(preview.Axial), 39, 29, 0, -1, green},
		"along y, sagittal":     {alongY, cube(preview.Sagittal), 70, 19, 1, 0, green},
		"along z, coronal":      {alongZ, cube(preview.Coronal), 39, 19, 0, -1, blue},
		"along z, sagittal":     {alongZ, cube(preview.Sagittal), 70, 19, 0, -1, blue},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			img := drawGlass(lines(tt.line), tt.view)
			bright := 0
			for y := range 100 {
				for x := range 100 {
					if c := img.NRGBAAt(x, y); max(c.R, c.G, c.B) > 100 {
						bright++
					}
				}
			}
			for i := range 4 {
				c := img.NRGBAAt(tt.x+tt.dx*i, tt.y+tt.dy*i)
				if got := (color.NRGBA{c.R & 0x80 >> 7 * 255, c.G & 0x80 >> 7 * 255, c.B & 0x80 >> 7 * 255, c.A}); got != tt.want {
					t.Errorf("the pixel at %d, %d is %v", tt.x+tt.dx*i, tt.y+tt.dy*i, c)
				}
			}
			if most := 1 + 4*max(tt.dx*tt.dx, tt.dy*tt.dy); bright > most {
				t.Errorf("%d pixels are bright, want at most %d", bright, most)
			}
		})
	}
}

// TestGlassBox: the box stands where it is said to, and the glow of streamlines ends near them.
func TestGlassBox(t *testing.T) {
	img := drawGlass(lines([]float32{0, 0, 0, 5, 0, 0}), cube(preview.Axial))
	gray := color.NRGBA{84, 84, 84, 255}
	for _, at := range [][2]int{{10, 20}, {90, 20}, {10, 80}, {90, 80}, {50, 20}, {10, 50}} {
		wantPixel(t, "the box", img, at[0], at[1], gray)
	}
	black := color.NRGBA{0, 0, 0, 255}
	for _, at := range [][2]int{{9, 19}, {91, 81}, {11, 21}, {0, 0}, {47, 60}} {
		wantPixel(t, "around", img, at[0], at[1], black)
	}
	c := img.NRGBAAt(47, 51)
	if c.R == 0 || c.R > 46 || c.R != c.G || c.G != c.B {
		t.Errorf("beside the streamline it is %v, want a glow", c)
	}
}

// TestGlassIsNotSaturated: where a hundred times as many run, it is brighter; a single one is seen all the same.
func TestGlassIsNotSaturated(t *testing.T) {
	var all [][]float32
	for i, n := range []int{1, 10, 100, 1000} {
		for range n {
			y := float32(10*i) + 0.5
			all = append(all, []float32{-40, y, 0, 40, y, 0})
		}
	}
	img := drawGlass(lines(all...), cube(preview.Axial))
	last := uint8(60)
	for i := range 4 {
		c := img.NRGBAAt(50, 49-10*i)
		if c.R <= last {
			t.Errorf("%d: red is %d, want more than %d", i, c.R, last)
		}
		last = c.R
	}
	if last != 255 {
		t.Errorf("the brightest is %d, want 255", last)
	}
}

// TestGlassTakesAnything: what is no number, lies far away or is promised only does no harm.
func TestGlassTakesAnything(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	good := []float32{0, 0.5, 0, 4, 0.5, 0}
	odd := lines([]float32{}, []float32{1, 2, 3}, []float32{nan, 0, 0, 5, nan, 5, 0, 0, 0}, []float32{inf, 0, 0, -inf, 0, 0}, []float32{0, 0, 0, 0, 0, 0},
		[]float32{-math.MaxFloat32, 0, 0, math.MaxFloat32, 0, 0}, []float32{1e9, 1e9, 1e9, 1.1e9, 1e9, 1e9}, good)
	want := drawGlass(lines(good), cube(preview.Axial))
	if got := drawGlass(odd, cube(preview.Axial)); string(got.Pix) != string(want.Pix) {
		t.Error("the picture is another")
	}
	for _, counts := range [][]int32{{2, 1}, {2, -1}, {2, math.MaxInt32}} {
		if got := drawGlass(preview.Lines{Points: good, Counts: counts}, cube(preview.Axial)); string(got.Pix) != string(want.Pix) {
			t.Errorf("counts %v: the picture is another", counts)
		}
	}
	low, high, ok := odd.Bounds()
	if !ok || low[1] != 0 || high[0] != math.MaxFloat32 {
		t.Errorf("bounds %v, %v, %v", low, high, ok)
	}
	for _, v := range []preview.View{{}, {Plane: preview.Axial, Width: 10, Height: 10, PixelSize: math.NaN()}} {
		if img := drawGlass(odd, v); img.Rect.Dx() != v.Width {
			t.Errorf("%v: a picture of %v", v, img.Rect)
		}
	}
	for _, l := range []preview.Lines{{}, lines([]float32{1, 2, 3}), lines([]float32{nan, nan, nan}), lines([]float32{0, 0, 0, 0, 0, 9})} {
		if img := preview.GlassThumbnail(l, 96); img != nil {
			t.Errorf("%v: a picture of %v", l, img.Rect)
		}
	}
}

func TestGlassThumbnail(t *testing.T) {
	img := preview.GlassThumbnail(lines([]float32{-20, 0, 0, 20, 0, 0}, []float32{20, -10, 7, 20, 10, 7}), 96)
	if got := img.Rect.Size(); got != (image.Point{96, 48}) {
		t.Fatalf("it is %v", got)
	}
	if c := img.NRGBAAt(50, 24); c.R < 200 || c.G > 46 {
		t.Errorf("the first is %v in the middle, want red", c)
	}
	if c := img.NRGBAAt(0, 10); c.G < 200 || c.R > 46 {
		t.Errorf("the second is %v on the left, want green", c)
	}
}

// helix is many streamlines of many points that turn, a step of a millimeter each.
func helix(n, points int) (l preview.Lines) {
	for i := range n {
		for k := range points {
			s, c := math.Sincos(float64(i) + float64(k)/20)
			l.Points = append(l.Points, float32(30*c+float64(i%40)), float32(30*s), float32(k)-float32(points)/2)
		}
		l.Counts = append(l.Counts, int32(points))
	}
	return l
}

func BenchmarkGlass(b *testing.B) {
	l := helix(10_000, 100)
	v := preview.View{Plane: preview.Coronal, PixelSize: 0.5, Width: 296, Height: 296}
	for b.Loop() {
		drawGlass(l, v)
	}
}
