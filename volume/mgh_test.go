package volume_test

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"ngportal/volume"
)

// mghHeader reads the beginning of a file, plain or compressed.
func mghHeader(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, "z") {
		if raw, err = volume.HeaderOfGzip(raw); err != nil {
			t.Fatal(err)
		}
	}
	return raw
}

// mgh makes a header of 4 × 6 × 8 bytes along the axes of the world, and lets edit change its words.
func mgh(edit func(put func(at int, v float32), word func(at int, v int32))) []byte {
	raw := make([]byte, 284)
	put := func(at int, v float32) { binary.BigEndian.PutUint32(raw[at:], math.Float32bits(v)) }
	word := func(at int, v int32) { binary.BigEndian.PutUint32(raw[at:], uint32(v)) }
	for i, v := range []int32{1, 4, 6, 8, 1, 0} {
		word(4*i, v)
	}
	raw[29] = 1
	for i, v := range []float32{1, 2, 3, 1, 0, 0, 0, 1, 0, 0, 0, 1, 100, 0, -100} {
		put(30+4*i, v)
	}
	if edit != nil {
		edit(put, word)
	}
	return raw
}

func TestReadMGH(t *testing.T) {
	for name, tt := range map[string]struct {
		raw                     []byte
		wantOrigin              [3]float64
		wantSource, wantFinding string
	}{
		"whole": {mgh(nil), [3]float64{98, -6, -112}, "MGH header", "mri_convert"},
		// FreeSurfer's default, coronal: i to the left, j down, k to the front
		"nothing about the place": {mgh(func(_ func(int, float32), word func(int, int32)) { word(26, 0) }), [3]float64{2, -4, 3}, "none", "does not say where"},
		"not a number":            {mgh(func(put func(int, float32), _ func(int, int32)) { put(42, float32(math.NaN())) }), [3]float64{-2, -6, -12}, "none", "singular or not finite"},
		"singular":                {mgh(func(put func(int, float32), _ func(int, int32)) { put(42, 0) }), [3]float64{-2, -6, -12}, "none", "singular or not finite"},
		"size of zero":            {mgh(func(put func(int, float32), _ func(int, int32)) { put(30, 0) }), [3]float64{98, -6, -112}, "MGH header", "voxel size along axis i is 0"},
		"infinite size":           {mgh(func(put func(int, float32), _ func(int, int32)) { put(30, float32(math.Inf(1))) }), [3]float64{98, -6, -112}, "MGH header", "voxel size along axis i is +Inf"},
	} {
		t.Run(name, func(t *testing.T) {
			img, err := volume.ReadMGH(tt.raw)
			if err != nil {
				t.Fatal(err)
			}
			p := img.Place()
			if p.Source != tt.wantSource || p.Anatomical != (tt.wantSource != "none") {
				t.Errorf("got %+v, want from %s", p, tt.wantSource)
			}
			wantPlace(t, p, [3]float64{}, tt.wantOrigin, 1e-6)
			wantSentence(t, "unreadable", img.Unreadable(), "does not read MGH")
			wantSentence(t, "findings", strings.Join(sentences(img), " | "), tt.wantFinding)
		})
	}
	for name, tt := range map[string]struct {
		raw  []byte
		want string
	}{
		"cut":           {mgh(nil)[:283], "too few"},
		"other version": {mgh(func(_ func(int, float32), word func(int, int32)) { word(0, 2) }), "version is 2"},
		"no voxels":     {mgh(func(_ func(int, float32), word func(int, int32)) { word(8, 0) }), "axis 2 has 0 voxels"},
		"fewer than no": {mgh(func(_ func(int, float32), word func(int, int32)) { word(16, -1) }), "axis 4 has -1 voxels"},
	} {
		if _, err := volume.ReadMGH(tt.raw); !errors.Is(err, volume.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want ErrInvalid with %q", name, err, tt.want)
		}
	}
}
