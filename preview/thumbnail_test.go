package preview_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"ngportal/preview"
	"ngportal/volume"
	"ngportal/xfm"
)

// TestThumbnail draws numbers from 10 on, in the order of the array.
func TestThumbnail(t *testing.T) {
	count := func(b *volume.Block) {
		for i := range b.Data {
			b.Data[i] = float32(10 + i)
		}
	}
	body, b := nifti(identity(), 2, 3, 3)
	count(b)
	if got, want := rows(preview.Thumbnail(gray(body, b), 3)), []string{"26 17", "23 14", "20 11"}; !slices.Equal(got, want) {
		t.Errorf("an anatomical image: %q, want the axial section in the middle, right on the left, front up: %q", got, want)
	}
	slide, b := nifti(identity(), 1, 2, 4)
	slide.Affine = nil
	slide.Format, slide.OME = volume.Zarr2, "0.4"
	for i, name := range []string{"z", "y", "x"} {
		slide.Axes[i].Name = name
	}
	slide.Levels[0].Translation[2] = 7
	count(b)
	if got, want := rows(preview.Thumbnail(gray(slide, b), 4)), []string{"10 11 12 13", "14 15 16 17"}; !slices.Equal(got, want) {
		t.Errorf("a slide: %q, want %q, as it is stored", got, want)
	}
	if got := preview.Thumbnail(gray(slide, b), 40).Rect; got != image.Rect(0, 0, 40, 20) {
		t.Errorf("a larger one is %v", got)
	}
	standing, b := nifti(identity(), 4, 1, 2)
	standing.Affine.Source = "none"
	count(b)
	if got, want := rows(preview.Thumbnail(gray(standing, b), 4)), []string{"10 12 14 16", "11 13 15 17"}; !slices.Equal(got, want) {
		t.Errorf("an image with one row: %q, want its other two axes %q", got, want)
	}
	if got := preview.Thumbnail(preview.Layer{Image: slide}, 40); got != nil {
		t.Errorf("nothing is drawn as %v", got.Rect)
	}
}

func TestDefaultLayer(t *testing.T) {
	white, red, green, blue := [3]uint8{255, 255, 255}, [3]uint8{255, 0, 0}, [3]uint8{0, 255, 0}, [3]uint8{0, 0, 255}
	stat := func(low, high, least, most float64) volume.Stats {
		return volume.Stats{Q01: low, Q99: high, Min: least, Max: most, Count: 100}
	}
	omero := func(color string, active bool, w volume.Window) volume.Channel {
		return volume.Channel{Color: color, Active: active, Window: w}
	}
	tests := map[string]struct {
		channels int64
		change   func(*volume.Image)
		stats    []volume.Stats
		want     []preview.Channel
	}{
		"gray":              {1, nil, []volume.Stats{stat(3, 8, 1, 9)}, []preview.Channel{{0, 3, 8, white, false}}},
		"all alike":         {1, nil, []volume.Stats{stat(5, 5, 5, 5)}, []preview.Channel{{0, 0, 5, white, false}}},
		"from the block":    {1, nil, nil, []preview.Channel{{0, 1, 1, white, false}}},
		"nothing but zeros": {1, func(*volume.Image) {}, []volume.Stats{{}}, []preview.Channel{{0, 1, 1, white, false}}},
		"OMERO": {2, func(img *volume.Image) {
			img.Channels = []volume.Channel{omero("#0000ff", true, volume.Window{Set: true, Start: 10, End: 20}), omero("", false, volume.Window{})}
		}, []volume.Stats{stat(3, 8, 1, 9), stat(3, 8, 1, 9)}, []preview.Channel{{0, 10, 20, blue, false}}},
		"all hidden": {2, func(img *volume.Image) {
			img.Channels = []volume.Channel{omero("", false, volume.Window{}), omero("", false, volume.Window{})}
		}, []volume.Stats{stat(3, 8, 1, 9), stat(3, 8, 1, 9)}, []preview.Channel{{0, 3, 8, red, false}}},
		"five": {5, nil, slices.Repeat([]volume.Stats{stat(3, 8, 1, 9)}, 5), []preview.Channel{
			{0, 3, 8, red, false}, {1, 3, 8, green, false}, {2, 3, 8, blue, false}, {3, 3, 8, white, false},
		}},
		"too many": {13, nil, slices.Repeat([]volume.Stats{stat(3, 8, 1, 9)}, 13), []preview.Channel{{0, 3, 8, white, false}}},
		"a photograph": {3, func(img *volume.Image) { img.DType = "uint8" }, slices.Repeat([]volume.Stats{stat(3, 8, 1, 9)}, 3), []preview.Channel{
			{0, 0, 255, red, false}, {1, 0, 255, green, false}, {2, 0, 255, blue, false},
		}},
		"directions": {3, nil, slices.Repeat([]volume.Stats{stat(-0.9, 0.9, -1, 1)}, 3), []preview.Channel{
			{0, 0, 1, red, true}, {1, 0, 1, green, true}, {2, 0, 1, blue, true},
		}},
		"fractions": {3, nil, slices.Repeat([]volume.Stats{stat(0.1, 0.9, 0, 1)}, 3), []preview.Channel{
			{0, 0.1, 0.9, red, false}, {1, 0.1, 0.9, green, false}, {2, 0.1, 0.9, blue, false},
		}},
		"labels": {1, func(img *volume.Image) { img.IsLabel = true }, nil, nil},
	}
	for name, tt := range tests {
		img, b := nifti(identity(), 2, 2, 2, 1, tt.channels)
		for i := range b.Data {
			b.Data[i] = 1
		}
		if name == "directions" {
			b.Data[3] = -1
		}
		if tt.change != nil {
			tt.change(img)
		}
		if tt.channels == 1 && tt.want != nil && tt.want[0].Low == 1 {
			tt.want[0].Low = 0 // all voxels are 1
		}
		l := preview.DefaultLayer(img, b, tt.stats, img.IsLabel)
		if !reflect.DeepEqual(l.Channels, tt.want) || l.Opacity != 1 || l.Labels != img.IsLabel {
			t.Errorf("%s: %+v\nwant channels %+v", name, l, tt.want)
		}
	}
}

// TestQuantilesOfTheBlock has a second channel of the values 1 to 1000 and as many zeros.
func TestQuantilesOfTheBlock(t *testing.T) {
	img, b := nifti(identity(), 20, 10, 10, 1, 2)
	for i := range 1000 {
		b.Data[4*i+1] = float32(i + 1)
		b.Data[4*i] = 1e6
	}
	c := preview.DefaultLayer(img, b, nil, false).Channels[1]
	if c.Low != 11 || c.High != 990 {
		t.Errorf("the second channel goes from %g to %g, want 11 to 990", c.Low, c.High)
	}
}

func TestPNG(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	tests := map[string]func(x, y int) color.NRGBA{
		"gray":     func(x, y int) color.NRGBA { return color.NRGBA{uint8(x), uint8(x), uint8(x), 255} },
		"colors":   func(_, _ int) color.NRGBA { return color.NRGBA{uint8(rnd.Int()), uint8(rnd.Int()), 7, 255} },
		"a border": func(x, _ int) color.NRGBA { return color.NRGBA{A: uint8(min(x, 1)) * 128} },
	}
	for name, pixel := range tests {
		img := image.NewNRGBA(image.Rect(0, 0, 100, 60))
		for x := range 100 {
			for y := range 60 {
				img.SetNRGBA(x, y, pixel(x, y))
			}
		}
		data, err := preview.PNG(img)
		if err != nil {
			t.Fatal(err)
		}
		got, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		for x := range 100 {
			for y := range 60 {
				if a, b := color.NRGBAModel.Convert(got.At(x, y)), img.NRGBAAt(x, y); a != b {
					t.Fatalf("%s: the pixel at %d, %d is %v, want %v", name, x, y, a, b)
				}
			}
		}
	}
}

// BenchmarkDraw draws sections of 256² pixels of one layer of 128³ voxels.
func BenchmarkDraw(b *testing.B) {
	img, block := nifti(identity(), 128, 128, 128)
	rnd := rand.New(rand.NewPCG(1, 1))
	for i := range block.Data {
		block.Data[i] = float32(rnd.IntN(256))
	}
	turned := rotation(rnd)
	plain, oblique, labels, sheer := gray(img, block), gray(img, block), gray(img, block), gray(img, block)
	oblique.Transform = turned
	labels.Labels = true
	sheer.Sheer, sheer.Opacity = true, 0.7
	for name, l := range map[string]preview.Layer{"straight": plain, "oblique": oblique, "labels": labels, "sheer": sheer} {
		for _, p := range []preview.Plane{preview.Axial, preview.Sagittal} {
			b.Run(name+"/"+string(p), func(b *testing.B) {
				center := xfm.Identity()
				if name == "oblique" {
					center = turned
				}
				v := preview.View{Plane: p, Center: center.Apply([3]float64{64, 64, 64}), PixelSize: 0.5, Width: 256, Height: 256}
				for b.Loop() {
					preview.Draw([]preview.Layer{l}, v)
				}
			})
		}
	}
}

func BenchmarkPNG(b *testing.B) {
	img, block := nifti(identity(), 128, 128, 128)
	for i := range block.Data {
		block.Data[i] = float32(i>>7&127 + i&127)
	}
	p := preview.Draw([]preview.Layer{gray(img, block)}, preview.View{Plane: preview.Axial, Center: [3]float64{64, 64, 64}, PixelSize: 0.5, Width: 256, Height: 256})
	for b.Loop() {
		if _, err := preview.PNG(p); err != nil {
			b.Fatal(err)
		}
	}
}
