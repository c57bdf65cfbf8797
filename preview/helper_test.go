package preview_test

import (
	"fmt"
	"image"
	"image/color"
	"testing"

	"ngportal/preview"
	"ngportal/volume"
	"ngportal/xfm"
)

// nifti is an image of one level with the axes i, j and k, and a block of all its voxels.
func nifti(affine [3][4]float64, shape ...int64) (*volume.Image, *volume.Block) {
	n := int64(1)
	axes := []volume.Axis{{Name: "i", Kind: "space"}, {Name: "j", Kind: "space"}, {Name: "k", Kind: "space"}, {Name: "m", Kind: "time"}, {Name: "c", Kind: "channel"}}
	for i, k := range shape {
		n *= k
		if i < 3 {
			axes[i].Unit, axes[i].Meters = "millimeter", 1e-3
		}
	}
	img := &volume.Image{
		Format: volume.NIfTI, Kind: "volume", DType: "float32", Slope: 1,
		Axes:   axes[:len(shape)],
		Levels: []volume.Level{{Shape: shape, Chunk: shape, Scale: ones(len(shape)), Translation: make([]float64, len(shape))}},
		Affine: &volume.Affine{Matrix: affine, Source: "sform"},
	}
	stride := make([]int64, len(shape))
	for i := range stride {
		stride[i] = 1
	}
	return img, &volume.Block{Stride: stride, Shape: shape, Data: make([]float32, n)}
}

func ones(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

func identity() [3][4]float64 { return xfm.Identity() }

// gray is a layer that draws the values 0 to 255 as they are.
func gray(img *volume.Image, b *volume.Block) preview.Layer {
	return preview.Layer{
		Image: img, Block: b, Transform: xfm.Identity(), Opacity: 1,
		Channels: []preview.Channel{{High: 255, Color: [3]uint8{255, 255, 255}}},
	}
}

// rows are the red parts of a picture, "--" where it is transparent.
func rows(img *image.NRGBA) (out []string) {
	for y := range img.Rect.Dy() {
		line := ""
		for x := range img.Rect.Dx() {
			if c := img.NRGBAAt(x, y); c.A == 0 {
				line += " --"
			} else {
				line += fmt.Sprintf(" %02d", c.R)
			}
		}
		out = append(out, line[1:])
	}
	return out
}

func wantPixel(t *testing.T, what string, img *image.NRGBA, x, y int, want color.NRGBA) {
	t.Helper()
	if got := img.NRGBAAt(x, y); got != want {
		t.Errorf("%s: the pixel at %d, %d is %v, want %v", what, x, y, got, want)
	}
}
