package tract_test

import (
	"bytes"
	"compress/gzip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ngportal/tract"
)

// matrix is a matrix of Matlab 4 of one row.
func matrix[T any](name string, typ int32, values ...T) []byte {
	b := numbers(typ, 1, int32(len(values)), 0, int32(len(name)+1))
	return append(append(b, name+"\x00"...), numbers(values...)...)
}

// track is a streamline of a .tt.gz file, which says that it has so many coordinates.
func track(size uint32, first [3]int32, steps ...int8) []byte {
	return slices.Concat(numbers(size), numbers(first[:]...), numbers(steps...))
}

func packed(parts ...[]byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(slices.Concat(parts...)) // to memory
	z.Close()
	return b.Bytes()
}

func ttInput(parts ...[]byte) tract.Input {
	return tract.Input{Format: tract.TT, Source: tract.Bytes(packed(parts...))}
}

var (
	ttSize   = matrix[float32]("voxel_size", 10, 2, 2, 3)
	ttDim    = matrix[int32]("dimension", 20, 10, 20, 30)
	ttMatrix = matrix[float32]("trans_to_mni", 10, -2, 0, 0, 90, 0, -2, 0, 100, 0, 0, 3, -70, 0, 0, 0, 1)
	ttLines  = slices.Concat(track(6, [3]int32{32, 64, -32}, 16, -32, 127), track(3, [3]int32{0, 0, 320}))
)

func TestTT(t *testing.T) {
	f, got, warnings := mustOpenAll(t, ttInput(ttDim, ttSize, ttMatrix, matrix[uint16]("cluster", 40, 3, 4), matrix("track", 50, ttLines...)))
	h := f.Header()
	want := [][]float32{{88, 96, -73, 87, 98, -73 + 3*127.0/32}, {90, 100, -40}}
	if len(got.Points) != 2 || !slices.Equal(got.Points[0], want[0]) || !slices.Equal(got.Points[1], want[1]) || len(warnings) > 0 {
		t.Errorf("points %v, warnings %q; want %v", got.Points, warnings, want)
	}
	if !slices.Equal(got.Bundles, []uint16{3, 4}) || h.BundleProperty != 0 {
		t.Errorf("bundles %v by property %d", got.Bundles, h.BundleProperty)
	}
	if h.Dim != [3]int{10, 20, 30} || h.VoxelSize != [3]float64{2, 2, 3} || h.VoxelOrder != "LPS" || !h.HasAffine || h.Affine[1][3] != 100 {
		t.Errorf("header %+v", h)
	}
}

func TestTTWithoutPlace(t *testing.T) {
	_, got, warnings := mustOpenAll(t, ttInput(ttDim, ttSize, matrix("track", 50, ttLines...)))
	if want := []float32{18, 38, 30}; !slices.Equal(got.Points[1], want) || !holds(warnings, []string{"does not tell where"}) {
		t.Errorf("point %v, warnings %q; want %v", got.Points[1], warnings, want)
	}
}

func TestTTOfPython(t *testing.T) {
	dir := formats(t)
	files, err := filepath.Glob(filepath.Join(dir, "*.tt.gz"))
	if err != nil || len(files) != 4 {
		t.Fatalf("%d files, want 4 (%v)", len(files), err)
	}
	for _, file := range files {
		_, got, _ := mustOpenAll(t, tract.Input{Format: tract.TT, Source: tract.Bytes(readFile(t, file))})
		base := strings.TrimSuffix(file, ".tt.gz")
		if want := words(t, base+".counts"); !slices.Equal(counts(got.Points), want) {
			t.Errorf("%s: streamlines of %d points, want %d", filepath.Base(file), counts(got.Points), want)
		}
		if want := float32s(words(t, base+".f32")); !near(slices.Concat(got.Points...), want, 1e-4) {
			t.Errorf("%s: points %v…, want %v…", filepath.Base(file), got.Points[0][:3], want[:3])
		}
		if strings.Contains(file, "plain") {
			continue
		}
		if want := float32s(words(t, base+".properties")); !slices.Equal(slices.Concat(got.Properties...), want) {
			t.Errorf("%s: clusters %v, want %v", filepath.Base(file), got.Properties, want)
		}
	}
}
