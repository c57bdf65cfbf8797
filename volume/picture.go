package volume

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"image/png"
)

// maxPicture is the largest chunk that is decoded from a picture, in voxels: a progressive JPEG needs 16 bytes for each.
const maxPicture = 1 << 23

// unpicture decodes a chunk stored as a picture, whose pixels in reading order are its voxels, into size bytes: all
// voxels of the first channel, then those of the second. Width and height do not matter, only their product does.
func unpicture(raw []byte, encoding string, size, channels int, d dtype, buffer *[]byte) ([]byte, error) {
	configure, decode := jpeg.DecodeConfig, jpeg.Decode
	if encoding == "png" {
		configure, decode = png.DecodeConfig, png.Decode
	}
	voxels := size / d.size / channels
	c, err := configure(bytes.NewReader(raw))
	switch {
	case err != nil:
		return nil, invalid("%s", err)
	case c.Width <= 0 || c.Height <= 0 || voxels/c.Width != c.Height || voxels%c.Width != 0:
		return nil, invalid("the picture is %d × %d where %d voxels are declared", c.Width, c.Height, voxels)
	case voxels > maxPicture:
		return nil, invalid("the picture has %d pixels; at most %d are decoded", voxels, maxPicture)
	}
	img, err := decode(bytes.NewReader(raw))
	if err != nil {
		return nil, invalid("%s", err)
	}
	dst := room(buffer, size)
	if !pixels(dst, img, voxels, channels, d) {
		return nil, invalid("the picture (%T) does not hold %d channels of %s", img, channels, d.name)
	}
	return dst, nil
}

// pixels copies what img holds, one channel after another. It is false where that is not what is declared.
func pixels(dst []byte, img image.Image, voxels, channels int, d dtype) bool {
	wide := img.Bounds().Dx()
	var p raster
	switch img := img.(type) {
	case *image.Gray:
		p = raster{img.Pix, wide, img.Stride, 1, 1, 1}
	case *image.Gray16:
		p = raster{img.Pix, wide, img.Stride, 1, 1, 2}
	case *image.RGBA:
		p = raster{img.Pix, wide, img.Stride, 3, 4, 1}
	case *image.NRGBA:
		p = raster{img.Pix, wide, img.Stride, 4, 4, 1}
	case *image.RGBA64:
		p = raster{img.Pix, wide, img.Stride, 3, 4, 2}
	case *image.NRGBA64:
		p = raster{img.Pix, wide, img.Stride, 4, 4, 2}
	case *image.YCbCr:
		if d.size != 1 || channels != 3 {
			return false
		}
		colors(dst, img, voxels)
		return true
	}
	if d.size != p.size || channels != p.channels || d.kind == 'f' {
		return false
	}
	p.apart(dst, voxels)
	return true
}

// raster is pixels as packages image/png and image/jpeg decode them, big-endian.
type raster struct {
	pix      []byte
	width    int
	stride   int // bytes from a row to the next
	channels int
	step     int // numbers of a pixel, of which those after channels do not count
	size     int // bytes of a number
}

// apart copies the channels one after another, least byte first.
func (r raster) apart(dst []byte, voxels int) {
	for c := range r.channels {
		for i := range voxels {
			at := i/r.width*r.stride + (i%r.width*r.step+c)*r.size
			if r.size == 1 {
				dst[c*voxels+i] = r.pix[at]
				continue
			}
			binary.LittleEndian.PutUint16(dst[2*(c*voxels+i):], binary.BigEndian.Uint16(r.pix[at:]))
		}
	}
}

// colors copies red, then green, then blue.
func colors(dst []byte, p *image.YCbCr, voxels int) {
	b := p.Bounds()
	for i := range voxels {
		r, g, blue, _ := p.YCbCrAt(b.Min.X+i%b.Dx(), b.Min.Y+i/b.Dx()).RGBA()
		dst[i], dst[voxels+i], dst[2*voxels+i] = byte(r>>8), byte(g>>8), byte(blue>>8)
	}
}
