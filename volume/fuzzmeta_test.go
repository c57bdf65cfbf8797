package volume_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"

	"ngportal/volume"
)

// wantSound fails if an image that was read breaks what [volume.Image] promises, or its placement is not finite.
func wantSound(t *testing.T, img *volume.Image, err error) {
	t.Helper()
	if err != nil {
		if !errors.Is(err, volume.ErrInvalid) && !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("error %v wraps neither ErrInvalid nor fs.ErrNotExist", err)
		}
		if len(err.Error()) > 2000 {
			t.Fatalf("error of %d bytes", len(err.Error()))
		}
		return
	}
	if len(img.Levels) > volume.MaxLevels {
		t.Fatalf("%d levels", len(img.Levels))
	}
	for _, l := range img.Levels {
		if n := len(img.Axes); len(l.Shape) != n || len(l.Chunk) != n || len(l.Scale) != n || len(l.Translation) != n {
			t.Fatalf("%d axes, level %+v", n, l)
		}
		for i := range l.Shape {
			if l.Shape[i] < 1 || l.Chunk[i] < 1 || !(l.Scale[i] > 0) {
				t.Fatalf("level %+v", l)
			}
		}
	}
	p := img.Place()
	for row, axis := range p.Axes {
		if axis < -1 || axis >= len(img.Axes) {
			t.Fatalf("placement %+v of %d axes", p, len(img.Axes))
		}
		for _, v := range p.Matrix[row] {
			if v-v != 0 {
				t.Fatalf("placement %+v is not finite", p)
			}
		}
	}
}

// FuzzN5 gives the group, and then every level, attributes.
func FuzzN5(f *testing.F) {
	f.Add(n5Level(100, `,"pixelResolution":{"unit":"um","dimensions":[0.5,0.5,2]}`), "")
	f.Add(`{"scales":[[1,1,1],[2,2,1]],"resolution":[4,4,4],"units":["nm","nm","nm"],"axes":["x","y","z"]}`, n5Level(9, ""))
	f.Add(`{"multiScale":true,"downsamplingFactors":[[1,1,1]]}`, n5Level(9, `,"downsamplingFactors":[2,2,2]`))
	f.Add(`{"multiscales":[{"datasets":[{"path":"a"}]}]}`, n5Level(9, `,"offset":[1,2,3]`))
	f.Fuzz(func(t *testing.T, group, level string) {
		reads := 0
		img, err := volume.ReadN5(func(name string) ([]byte, error) {
			reads++
			switch {
			case name == "attributes.json":
				return []byte(group), nil
			case path.Base(name) == "attributes.json" && level != "":
				return []byte(level), nil
			}
			return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
		})
		if reads > volume.MaxLevels+2 {
			t.Fatalf("%d reads", reads)
		}
		wantSound(t, img, err)
	})
}

func FuzzPrecomputed(f *testing.F) {
	f.Add([]byte(precomputed))
	f.Add([]byte(`{"@type":"` + strings.Repeat("k", 3000) + `"}`))
	f.Add([]byte(`{"@type":"neuroglancer_segment_properties","inline":{"ids":["7"],"properties":[{"id":"l","type":"label","values":["a"]}]}}`))
	f.Add([]byte(`{"@type":"neuroglancer_annotations_v1","annotation_type":"LINE","properties":[{"id":"fa"}]}`))
	f.Fuzz(func(t *testing.T, info []byte) {
		img, err := volume.ReadPrecomputed(info)
		wantSound(t, img, err)
	})
}

func FuzzMGH(f *testing.F) {
	f.Add(mgh(nil))
	f.Add(mgh(func(put func(int, float32), _ func(int, int32)) { put(42, 0) }))
	f.Fuzz(func(t *testing.T, header []byte) {
		img, err := volume.ReadMGH(header)
		wantSound(t, img, err)
	})
}

// FuzzNIfTIZarr gives an image with a header, packed by any codec.
func FuzzNIfTIZarr(f *testing.F) {
	header := nifti1(binary.LittleEndian, nil)
	const array = `{"zarr_format":2,"shape":[352],"chunks":[352],"dtype":"|u1","compressor":null,"fill_value":0,"order":"C","filters":null}`
	f.Add(array, header)
	f.Add(array, nifti2(2, 3, 4))
	f.Fuzz(func(t *testing.T, array string, chunk []byte) {
		all := files{".zattrs": ome04(zyx, scale321, ""), "0/.zarray": plain2, "nifti/.zarray": array, "nifti/0": string(chunk)}
		img, err := volume.ReadZarr(all.get)
		if err != nil {
			t.Fatalf("error %v: a damaged header is only a finding", err)
		}
		wantSound(t, img, err)
	})
}

// FuzzOME gives the metadata of a group, with levels that can be read.
func FuzzOME(f *testing.F) {
	f.Add(ome04(zyx, scale321, ""))
	f.Add(`{"plate":{"rows":[{"name":"A"}],"columns":[{"name":"1"}],"wells":[{"path":"A/1"}]}}`)
	f.Add(`{"bioformats2raw.layout":3}`)
	f.Add(`{"well":{"images":[{"path":"0"}]}}`)
	f.Add(`{"ome":{"version":"0.6","multiscales":[{"coordinateSystems":[{"name":"mm","axes":` + zyx + `}],"datasets":[{"path":"0","coordinateTransformations":[{"type":"affine","output":"mm","affine":[[3,0,0,7],[0,2,0,8],[0,0,1,9]]}]}]}]}}`)
	f.Add(`{"image-label":{"colors":[{"label-value":3,"rgba":[255,0,16,255]}]},"multiscales":[{"version":"0.4","axes":` + zyx + `,"datasets":[{"path":"0"}]}]}`)
	f.Fuzz(func(t *testing.T, attrs string) {
		img, err := volume.ReadZarr(func(name string) ([]byte, error) {
			switch path.Base(name) {
			case ".zattrs":
				return []byte(attrs), nil
			case ".zarray":
				if name != ".zarray" && path.Dir(name) != "nifti" {
					return []byte(plain2), nil
				}
			}
			return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
		})
		wantSound(t, img, err)
	})
}
