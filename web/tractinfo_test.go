package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"ngportal/internal/pythontest"
	"ngportal/internal/tracttest"
	"ngportal/tract"
)

// TestTractInfoEqualsOracles compares with what other programs read in the same files.
func TestTractInfoEqualsOracles(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(tractData(t), func(path string, _ fs.DirEntry, err error) error {
		if _, known := tract.FormatOf(path); err != nil || !known {
			return err
		}
		seen++
		t.Run(filepath.Base(path), func(t *testing.T) { infoEqualsOracle(t, path) })
		return nil
	})
	if err != nil || seen < 12 {
		t.Errorf("%d files, %v", seen, err)
	}
}

func infoEqualsOracle(t *testing.T, path string) {
	var want struct {
		Streamlines int64        `json:"n_streamlines"`
		Points      int64        `json:"n_points"`
		Bounds      [][3]float64 `json:"bbox_ras"`
		Length      float64      `json:"total_length_mm"`
		Ends        int64        `json:"offsets_last"` // of a .trx file: the points behind are one more streamline than its header counts
	}
	text, err := os.ReadFile(path + ".oracle.json")
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	if want.Ends > 0 && want.Ends < want.Points {
		want.Streamlines++
	}
	var got tractFacts
	if err = json.Unmarshal([]byte(mustTell(t, "info", path, "--json")), &got); err != nil {
		t.Fatal(err)
	}
	if got.Streamlines != want.Streamlines || got.Points != want.Points {
		t.Errorf("%d streamlines of %d points, want %d of %d", got.Streamlines, got.Points, want.Streamlines, want.Points)
	}
	if (got.Bounds == nil) != (len(want.Bounds) == 0) {
		t.Fatalf("bounds %v, want %v", got.Bounds, want.Bounds)
	}
	for i, corner := range want.Bounds {
		for k, v := range corner {
			if math.Abs(got.Bounds[i][k]-v) > 1e-3 {
				t.Errorf("bounds %v, want %v", *got.Bounds, want.Bounds)
			}
		}
	}
	var lines int64 // of two points or more
	for _, n := range got.Lengths {
		lines += n
	}
	if total := got.MeanLength * float64(lines); want.Length > 0 && math.Abs(total-want.Length) > 1e-3*want.Length {
		t.Errorf("%v mm in all, want %v", total, want.Length)
	}
	human := mustTell(t, "info", path)
	for _, phrase := range []string{fmt.Sprintf("streamlines  %d\n", want.Streamlines), fmt.Sprintf("points       %d\n", want.Points)} {
		if !strings.Contains(human, phrase) {
			t.Errorf("%q is not in\n%s", phrase, human)
		}
	}
}

func TestTractInfoIsReadable(t *testing.T) {
	out := mustTell(t, "info", filepath.Join(tractData(t), "nibabel/complex.trk"))
	for _, want := range []string{
		"format       .trk, 1296 bytes", "voxels       1 x 1 x 1 of 1 x 1 x 1 mm, RAS", "affine                  1            0            0            0\n",
		"scalar       colors, 3 components", "property     mean_curvature", "length",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if out = mustTell(t, "info", synthetic(t, 500)); strings.Count(out, "\n  bundle ") != tracttest.Bundles || !strings.Contains(out, "####") {
		t.Errorf("without bundles or lengths:\n%s", out)
	}
}

// TestTractFolderIsReadLikeItsZip unpacks a .trx file.
func TestTractFolderIsReadLikeItsZip(t *testing.T) {
	path := filepath.Join(tractData(t), "niivue/dpsv.trx")
	dir := pythontest.Run(t, fmt.Sprintf("import zipfile; zipfile.ZipFile(%q).extractall('dpsv.trx'); open('dpsv.trx/.DS_Store', 'w')", path))
	var zip, folder tractFacts
	for at, to := range map[string]*tractFacts{path: &zip, filepath.Join(dir, "dpsv.trx"): &folder} {
		if err := json.Unmarshal([]byte(mustTell(t, "info", "--json", at)), to); err != nil {
			t.Fatal(err)
		}
		to.File, to.Bytes = "", 0
	}
	if !reflect.DeepEqual(zip, folder) || zip.Streamlines == 0 {
		t.Errorf("zip %+v\nfolder %+v", zip, folder)
	}
}
