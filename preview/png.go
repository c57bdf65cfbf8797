package preview

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// PNG packs a picture quickly rather than tightly: with a palette where 256 colors are enough, as they are for every
// gray section.
func PNG(img *image.NRGBA) ([]byte, error) {
	var out bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	var small image.Image = img
	if p, ok := paletted(img); ok {
		small = p
	}
	if err := e.Encode(&out, small); err != nil {
		return nil, fmt.Errorf("pack a picture: %w", err)
	}
	return out.Bytes(), nil
}

// paletted is the same picture with a palette, if that has room for all its colors.
func paletted(img *image.NRGBA) (*image.Paletted, bool) {
	p := image.NewPaletted(img.Rect, nil)
	index := map[uint32]uint8{}
	last, at, known := uint32(0), uint8(0), false
	for i := range p.Pix {
		c := binary.LittleEndian.Uint32(img.Pix[4*i:])
		if c != last || !known {
			if at, known = index[c]; !known {
				if len(index) == 256 {
					return nil, false
				}
				at, known = uint8(len(index)), true
				index[c] = at
				p.Palette = append(p.Palette, color.NRGBA{uint8(c), uint8(c >> 8), uint8(c >> 16), uint8(c >> 24)})
			}
			last = c
		}
		p.Pix[i] = at
	}
	return p, len(index) > 0
}
