package volume_test

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
	"testing"

	"ngportal/volume"
)

// FuzzZarr gives the same text for every file of a kind, and then reads voxels.
func FuzzZarr(f *testing.F) {
	shard := sharded(f, "[2,0,1]", false)
	f.Add("", plain2, `{"_ARRAY_DIMENSIONS":["c","y","x"],"dimension_units":["4 nm","1 um",""]}`, []byte("chunk"))
	f.Add(plain3, "", "", []byte("chunk"))
	f.Add("", plain2, ome04(zyx, scale321, `,"omero":{"channels":[{"color":"ff0000"}]}`), gz(f, ramp()))
	f.Add(`{"zarr_format":3,"node_type":"group","attributes":{"ome":{"version":"0.5","multiscales":[{"datasets":[{"path":"0"}]}]}}}`, "", "", []byte{})
	f.Add(shard["zarr.json"], "", "", []byte(shard["c.0.0.0"]))
	f.Fuzz(func(t *testing.T, zarrJSON, zarray, zattrs string, chunk []byte) {
		reads := 0
		get := func(name string) ([]byte, error) {
			reads++
			text := map[string]string{"zarr.json": zarrJSON, ".zarray": zarray, ".zattrs": zattrs, ".zgroup": ""}
			content, meta := text[path.Base(name)]
			switch {
			case !meta:
				return chunk, nil
			case content == "" || name == ".zarray" && strings.Contains(zattrs, "multiscales"): // then a group
				return nil, fs.ErrNotExist
			}
			return []byte(content), nil
		}
		img, err := volume.ReadZarr(get)
		if err != nil {
			if !errors.Is(err, volume.ErrInvalid) && !errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("error %v wraps neither ErrInvalid nor fs.ErrNotExist", err)
			}
			return
		}
		if reads > volume.MaxLevels+120 { // 100 images of a bioformats2raw root are looked for
			t.Fatalf("%d reads of metadata", reads)
		}
		for _, l := range img.Levels {
			if n := len(img.Axes); len(l.Shape) != n || len(l.Chunk) != n || len(l.Scale) != n || len(l.Translation) != n {
				t.Fatalf("%d axes, level %+v", n, l)
			}
		}
		if _, err = volume.ChunkStats(img, ranger(func(string) ([]byte, error) { return chunk, nil })); err != nil && !errors.Is(err, volume.ErrInvalid) {
			t.Fatalf("error %v does not wrap ErrInvalid", err)
		}
	})
}

func FuzzNIfTI(f *testing.F) {
	f.Add(nifti1(binary.LittleEndian, nil))
	f.Add(nifti1(binary.BigEndian, func(raw []byte) { raw[124] = 1 }))
	f.Add(nifti2(5, 6, 7))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _ = volume.HeaderOfGzip(raw)
		img, err := volume.ReadNIfTI(raw)
		if err != nil {
			if !errors.Is(err, volume.ErrInvalid) {
				t.Fatalf("error %v does not wrap ErrInvalid", err)
			}
			return
		}
		for _, m := range []*volume.Affine{img.Affine, img.QForm} {
			for _, row := range m.Matrix {
				for _, v := range row {
					if v-v != 0 {
						t.Fatalf("affine %+v is not finite", m)
					}
				}
			}
		}
		r := &endless{}
		if _, err := volume.NIfTIStats(img, &limited{r, 1 << 16}); err != nil && !errors.Is(err, volume.ErrInvalid) {
			t.Fatalf("error %v does not wrap ErrInvalid", err)
		}
	})
}

// limited ends after so many bytes, as [io.LimitReader] does, but in small pieces.
type limited struct {
	r    *endless
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, io.EOF
	}
	n, err := l.r.Read(p[:min(len(p), l.left, 1000)])
	l.left -= n
	return n, err
}

// FuzzBlosc decodes a chunk of 24 voxels.
func FuzzBlosc(f *testing.F) {
	for _, flags := range []byte{0x30, 0x31, 0x34, 0x10, 0x00, 0x01, 0x70, 0x90, 0x20} {
		f.Add(blosc(flags, 2, 48, ramp()))
		f.Add(blosc(flags, 2, 48, []byte{3, 1, 2, 3, 4, 0xe0, 9, 1, 0x20, 0}))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		d := array2("blosc", raw)
		img, err := volume.ReadZarr(d.get)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := volume.ChunkStats(img, ranger(d.get)); err != nil && !errors.Is(err, volume.ErrInvalid) {
			t.Fatalf("error %v does not wrap ErrInvalid", err)
		}
	})
}
