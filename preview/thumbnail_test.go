package preview_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
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

func TestParseColor(t *testing.T) {
	for text, want := range map[string][3]uint8{"#010aff": {1, 10, 255}, "#FFFFFF": {255, 255, 255}} {
		if got, ok := preview.ParseColor(text); !ok || got != want {
			t.Errorf("%q is %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "#", "010aff", "#010af", "#010aff0", "#01 aff", "#+10aff", "red"} {
		if got, ok := preview.ParseColor(text); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}

// TestOver draws layers one by one: the picture is that of all at once.
func TestOver(t *testing.T) {
	img, b := nifti(identity(), 4, 4, 4)
	for i := range b.Data {
		b.Data[i] = float32(3 * i)
	}
	v := preview.View{Plane: preview.Axial, Center: [3]float64{1.5, 1.5, 1.5}, PixelSize: 0.5, Width: 12, Height: 10}
	above := gray(img, b)
	above.Opacity, above.Sheer, above.Transform[0][3] = 0.7, true, 1
	layers := []preview.Layer{gray(img, b), above}
	want, got := preview.Draw(layers, v), preview.Draw(nil, v)
	for _, l := range layers {
		preview.Over(got, l, v)
	}
	if !bytes.Equal(got.Pix, want.Pix) {
		t.Errorf("%v\nwant %v", rows(got), rows(want))
	}
	small := image.NewNRGBA(image.Rect(0, 0, 3, 3))
	if preview.Over(small, layers[0], v); slices.ContainsFunc(small.Pix, func(b byte) bool { return b != 0 }) {
		t.Error("a picture of another size is drawn on")
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
