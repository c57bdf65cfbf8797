package s3index_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"ngportal/s3index"
	"ngportal/volume"
)

// trxFolder is a .trx folder of two streamlines, by names below at.
func trxFolder(t *testing.T, at string) map[string]string {
	t.Helper()
	bin := func(v any) string {
		var b bytes.Buffer
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	return map[string]string{
		at + "/header.json":         `{"VOXEL_TO_RASMM":[[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]],"DIMENSIONS":[9,9,9],"NB_STREAMLINES":2,"NB_VERTICES":5}`,
		at + "/positions.3.float32": bin([]float32{0, 0, 0, 4, 4, 0, 8, 0, 8, 1, 1, 1, 8, 8, 8}),
		at + "/offsets.uint64":      bin([]uint64{0, 3, 5}),
	}
}

// TestPictureOfTRXFolder: a .trx folder is drawn as a .trx file is.
func TestPictureOfTRXFolder(t *testing.T) {
	w := newLab(t, "trxpicture", trxFolder(t, "sub-1.trx"))
	for _, path := range []string{"sub-1.trx/"} {
		a := w.describe(t, path)
		if a.Fault != nil || a.Tract == nil || a.Tract.Total != 2 {
			t.Fatalf("%s is %+v, %v", path, a.Tract, a.Fault)
		}
		if lines, err := w.Streamlines(t.Context(), w.ada, a); err != nil || len(lines.Counts) != 2 {
			t.Errorf("%s: %d streamlines to draw, %v", path, len(lines.Counts), err)
		}
		if p, err := w.Thumbnail(t.Context(), w.ada, w.ref(path)); err != nil || len(p.PNG) == 0 {
			t.Errorf("%s: no picture: %v", path, err)
		}
		if _, err := w.Thumbnail(t.Context(), w.eve, w.ref(path)); err == nil || errors.Is(err, volume.ErrInvalid) {
			t.Errorf("%s: a stranger gets %v", path, err)
		}
	}
}

func TestStemsOfTractograms(t *testing.T) {
	for _, ending := range []string{".trk", ".trk.gz", ".tck", ".trx", ".trx/", ".vtk", ".tt.gz", ".TT.GZ"} {
		if got := s3index.StemOf("a/sub-1_tracts" + ending); got != "sub-1_tracts" {
			t.Errorf("the stem of %s is %q", ending, got)
		}
	}
}

// TestListingReadsSoMuch: a folder of files that do not say how much they hold is not read whole to be listed.
func TestListingReadsSoMuch(t *testing.T) {
	const mb = 1 << 20
	tests := []struct {
		sizes []int64
		want  int
	}{{nil, 0}, {[]int64{256 * mb}, 1}, {[]int64{1, 256 * mb, 1}, 1}, {[]int64{100 * mb, 100 * mb, 100 * mb, 1}, 2}}
	for _, tt := range tests {
		if got := s3index.Walked(tt.sizes...); got != tt.want {
			t.Errorf("of files of %v bytes %d are read, want %d", tt.sizes, got, tt.want)
		}
	}
}
