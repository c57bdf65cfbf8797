package volume_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"strings"
	"testing"

	"ngportal/volume"
)

// precomputed8 is an image of one chunk of 8 × 4 × 2 voxels of one byte, or of another type.
func precomputed8(encoding, dtype string, channels int, object []byte) files {
	return files{"info": fmt.Sprintf(`{"data_type":"%s","num_channels":%d,"type":"image","scales":[{"key":"k","size":[8,4,2],"resolution":[1,1,1],
		"chunk_sizes":[[8,4,2]],"encoding":"%s","compressed_segmentation_block_size":[8,8,8]}]}`, dtype, channels, encoding), "k/0-8_0-4_0-2": string(object)}
}

// inShards puts what precomputed8 has into shards, of which one is file.
func inShards(f files, file string) files {
	return files{
		"info":      strings.Replace(f["info"], `"encoding"`, `"sharding":{"@type":"neuroglancer_uint64_sharded_v1","preshift_bits":0,"hash":"identity","minishard_bits":1,"shard_bits":0},"encoding"`, 1),
		"k/0.shard": file,
	}
}

func words(w ...uint32) []byte {
	var out []byte
	for _, v := range w {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return out
}

func longs(w ...uint64) string {
	var out []byte
	for _, v := range w {
		out = binary.LittleEndian.AppendUint64(out, v)
	}
	return string(out)
}

func picture(t testing.TB, encode func(*bytes.Buffer, image.Image) error, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(b *bytes.Buffer, img image.Image) error {
	return jpeg.Encode(b, img, &jpeg.Options{Quality: 100})
}
func asPNG(b *bytes.Buffer, img image.Image) error { return png.Encode(b, img) }

// grays are 8 × 8 pixels, of which pixel i is 3i.
func grays() *image.Gray {
	img := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range img.Pix {
		img.Pix[i] = byte(3 * i)
	}
	return img
}

func TestPrecomputedPictures(t *testing.T) {
	wide := image.NewGray(image.Rect(0, 0, 4, 16)) // no whole block of a JPEG
	copy(wide.Pix, grays().Pix)
	colors := image.NewRGBA(image.Rect(0, 0, 8, 8))
	for i := range 64 {
		colors.Set(i%8, i/8, color.RGBA{200, 100, 50, 255})
	}
	for name, tt := range map[string]struct {
		files     files
		channels  int
		tolerance float64
	}{
		"jpeg":                {precomputed8("jpeg", "uint8", 1, picture(t, asJPEG, grays())), 1, 2},
		"jpeg of other shape": {precomputed8("jpeg", "uint8", 1, picture(t, asJPEG, wide)), 1, 2},
		"color jpeg":          {precomputed8("jpeg", "uint8", 3, picture(t, asJPEG, colors)), 3, 2},
		"png":                 {precomputed8("png", "uint8", 1, picture(t, asPNG, grays())), 1, 0},
		"color png":           {precomputed8("png", "uint8", 3, picture(t, asPNG, colors)), 3, 0},
	} {
		t.Run(name, func(t *testing.T) {
			img, err := volume.ReadPrecomputed([]byte(tt.files["info"]))
			if err != nil {
				t.Fatal(err)
			}
			b, err := volume.Overview(img, 64, ranger(tt.files.get))
			if err != nil {
				t.Fatal(err)
			}
			for x := range 8 {
				for y := range 4 {
					for z := range 2 {
						for c := range tt.channels {
							want := float64(3 * (x + 8*y + 32*z))
							if tt.channels == 3 {
								want = []float64{200, 100, 50}[c]
							}
							if got := float64(b.Data[((x*4+y)*2+z)*tt.channels+c]); math.Abs(got-want) > tt.tolerance {
								t.Fatalf("voxel %d, %d, %d of channel %d is %v, want %v", x, y, z, c, got, want)
							}
						}
					}
				}
			}
		})
	}
}

func TestPrecomputedRefuses(t *testing.T) {
	bigPNG := picture(t, asPNG, image.NewGray(image.Rect(0, 0, 1<<12, 1<<12)))
	bigJPEG := picture(t, asJPEG, image.NewGray(image.Rect(0, 0, 8, 8)))
	binary.BigEndian.PutUint32(bigJPEG[bytes.Index(bigJPEG, []byte{0xff, 0xc0})+5:], 0xffffffff) // height and width
	zipped := gz(t, make([]byte, 32<<20))
	good := precomputed8("raw", "uint8", 1, nil)
	for name, tt := range map[string]struct {
		files files
		want  string
	}{
		"short":                         {precomputed8("raw", "uint8", 1, make([]byte, 63)), "63 bytes where 64"},
		"long":                          {precomputed8("raw", "uint8", 1, make([]byte, 1<<20)), "larger than"},
		"a gzip bomb":                   {precomputed8("raw", "uint8", 1, zipped), "longer than"},
		"a png bomb":                    {precomputed8("png", "uint8", 1, bigPNG), "4096 × 4096 where 64"},
		"a jpeg bomb":                   {precomputed8("jpeg", "uint8", 1, bigJPEG), "65535 × 65535 where 64"},
		"no png":                        {precomputed8("png", "uint8", 1, []byte("PNG")), "png"},
		"png of other voxels":           {precomputed8("png", "uint16", 1, picture(t, asPNG, grays())), "channels of uint16"},
		"jpeg of other channels":        {precomputed8("jpeg", "uint8", 3, picture(t, asJPEG, grays())), "3 channels of uint8"},
		"unknown encoding":              {precomputed8("compresso", "uint32", 1, make([]byte, 64)), "not supported"},
		"segmentation of bytes":         {precomputed8("compressed_segmentation", "uint8", 1, words(1)), "neither uint32 nor uint64"},
		"segmentation of odd length":    {precomputed8("compressed_segmentation", "uint32", 1, []byte{1, 2, 3}), "whole number of words"},
		"segmentation of nothing":       {precomputed8("compressed_segmentation", "uint32", 1, nil), "channel 0 is missing"},
		"segmentation, channel outside": {precomputed8("compressed_segmentation", "uint32", 1, words(9, 0, 0)), "head of block 0, 0, 0"},
		"segmentation, table outside":   {precomputed8("compressed_segmentation", "uint32", 1, words(1, 99, 0)), "points outside"},
		"segmentation, entries outside": {precomputed8("compressed_segmentation", "uint32", 1, words(1, 2|1<<24, 1<<31, 7)), "points outside"},
		"segmentation of 3 bits":        {precomputed8("compressed_segmentation", "uint32", 1, words(1, 2|3<<24, 0, 7)), "points outside"},
		"a shard without an index":      {inShards(good, longs(0)), "beyond the end"},
		"a minishard that ends early":   {inShards(good, longs(40, 10, 0, 0)), "from byte 40 to 10"},
		"a minishard far outside":       {inShards(good, longs(1<<40, 1<<40+24, 0, 0)), "beyond the end"},
		"a huge minishard":              {inShards(good, longs(0, 1<<60, 0, 0)), "minishard 0 would lie"},
		"a minishard that overflows":    {inShards(good, longs(math.MaxUint64-8, math.MaxUint64, 0, 0)), "minishard 0 would lie"},
		"no whole list of chunks":       {inShards(good, longs(0, 8, 0, 0, 1)), "no list of chunks"},
		"a chunk outside its shard":     {inShards(good, longs(0, 24, 0, 0, 0, 1<<30, 64)), "beyond the end"},
		"a huge chunk":                  {inShards(good, longs(0, 24, 0, 0, 0, 0, 1<<50)), "are claimed for what has 64"},
		"a chunk at 2^63":               {inShards(good, longs(0, 24, 0, 0, 0, 1<<63, 64)), "beyond the end"},
	} {
		t.Run(name, func(t *testing.T) {
			img, err := volume.ReadPrecomputed([]byte(tt.files["info"]))
			if err != nil {
				t.Fatal(err)
			}
			var got *volume.Block
			used := allocated(func() { got, err = volume.Overview(img, 64, ranger(tt.files.get)) })
			if !errors.Is(err, volume.ErrInvalid) {
				t.Fatalf("got %+v, error %v, want ErrInvalid", got, err)
			}
			wantSentence(t, "error", err.Error(), tt.want)
			if used > 16<<20 {
				t.Errorf("%d MiB allocated", used>>20)
			}
		})
	}
}
