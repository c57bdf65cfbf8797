package tract_test

import (
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"ngportal/tract"
)

// python is Debian's; nibabel comes with the package python3-nibabel.
const python = "/usr/bin/python3"

// nibabel runs testdata/nibabel_oracle.py and returns the folder it has written.
func nibabel(t *testing.T, args ...string) string {
	t.Helper()
	if out, err := exec.Command(python, "-c", "import nibabel").CombinedOutput(); err != nil {
		t.Skipf("no nibabel to compare with (apt install python3-nibabel): %v\n%s", err, out)
	}
	dir := t.TempDir()
	args = append([]string{filepath.Join("testdata", "nibabel_oracle.py"), dir}, args...)
	if out, err := exec.Command(python, args...).CombinedOutput(); err != nil {
		t.Fatalf("nibabel_oracle.py: %v\n%s", err, out)
	}
	return dir
}

// words reads a file of little-endian numbers of 32 bits.
func words(t *testing.T, file string) []uint32 {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]uint32, 0, len(b)/4)
	for ; len(b) > 0; b = b[4:] {
		out = append(out, binary.LittleEndian.Uint32(b))
	}
	return out
}

func float32s(words []uint32) []float32 {
	out := make([]float32, len(words))
	for i, w := range words {
		out[i] = math.Float32frombits(w)
	}
	return out
}

func TestFilesOfNibabelReadAsNibabelDoes(t *testing.T) {
	dir := nibabel(t)
	files, err := filepath.Glob(filepath.Join(dir, "random*.t*k"))
	if err != nil || len(files) != 33 {
		t.Fatalf("%d files, want 33 (%v)", len(files), err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		format, _ := tract.FormatOf(file)
		lines, r := mustRead(t, b, format)
		var points []float32
		var counts []uint32
		for _, l := range lines {
			points, counts = append(points, l.Points...), append(counts, uint32(len(l.Points)/3))
		}
		base := file[:len(file)-len(filepath.Ext(file))]
		if want := words(t, base+".counts"); !slices.Equal(counts, want) {
			t.Errorf("%s: streamlines of %d points, want %d", filepath.Base(file), counts, want)
		}
		if want := float32s(words(t, base+".f32")); !near(points, want, 1e-4) {
			t.Errorf("%s: points %v…, want %v…\n%+v", filepath.Base(file), points[:3], want[:3], r.Header())
		}
	}
}

func TestSkeletonIsThatOfNumpy(t *testing.T) {
	const name = "linc/sub-I58_sample-hemi_desc-CSD_tractography.smalltest.trk"
	file := sample(t, name)
	absolute, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := nibabel(t, absolute)
	_, b := build(t, load(t, name), tract.TRK, tract.Choose(139, 139), 1<<20)
	d := decode(t, b)
	var positions, orientations []float32
	for i := range d.positions {
		positions = append(positions, d.positions[i][:]...)
		orientations = append(orientations, d.orientations[i][:]...)
	}
	if len(d.positions) != 29703 || len(d.edges) != 29703-139 {
		t.Errorf("%d vertices and %d edges, want 29703 and 29564", len(d.positions), len(d.edges))
	}
	if want := float32s(words(t, filepath.Join(dir, "skeleton.positions"))); !slices.Equal(positions, want) {
		t.Error("positions are not bit for bit those of nibabel")
	}
	if want := float32s(words(t, filepath.Join(dir, "skeleton.orientations"))); !near(orientations, want, 1e-6) {
		t.Error("orientations differ from those of numpy by more than 1e-6")
	}
}
