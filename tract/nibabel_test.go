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
		f := mustOpenFile(t, tract.Input{Format: format, Source: tract.Bytes(b)})
		lines, _, err := readPart(f, f.All())
		if err != nil {
			t.Fatal(err)
		}
		checkParts(t, f, f.Parts(500), lines)
		var points, scalars, properties []float32
		var counts []uint32
		for _, l := range lines {
			points, counts = append(points, l.Points...), append(counts, uint32(len(l.Points)/3))
			scalars, properties = append(scalars, l.Scalars...), append(properties, l.Properties...)
		}
		base := file[:len(file)-len(filepath.Ext(file))]
		if want := words(t, base+".counts"); !slices.Equal(counts, want) {
			t.Errorf("%s: streamlines of %d points, want %d", filepath.Base(file), counts, want)
		}
		if want := float32s(words(t, base+".f32")); !near(points, want, 1e-4) {
			t.Errorf("%s: points %v…, want %v…\n%+v", filepath.Base(file), points[:3], want[:3], f.Header())
		}
		if !slices.Equal(scalars, float32s(words(t, base+".scalars"))) || !slices.Equal(properties, float32s(words(t, base+".properties"))) {
			t.Errorf("%s: scalars or properties are others than nibabel's: %+v", filepath.Base(file), f.Header())
		}
		if k := f.Header().BundleProperty; len(properties) > 0 && (k < 0 || f.Header().Properties[k].Name != "bundle") {
			t.Errorf("%s: bundles are property %d of %v", filepath.Base(file), k, f.Header().Properties)
		}
	}
}

// MRtrix copies streamlines of nibabel, and samples an image of x along them.
func TestFilesOfMRtrixReadAsWritten(t *testing.T) {
	for _, command := range []string{"tckedit", "tcksample"} {
		if _, err := exec.LookPath(command); err != nil {
			t.Skipf("no MRtrix to compare with (apt install mrtrix3): %v", err)
		}
	}
	dir := nibabel(t)
	run := func(args ...string) {
		if out, err := exec.Command(args[0], append(args[1:], "-quiet", "-nthreads", "0")...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	run("tckedit", in("random.tck"), in("copy.tck"))
	run("tcksample", in("copy.tck"), in("ramp.nii"), in("x.tsf"))
	source := func(name string) tract.Source {
		b, err := os.ReadFile(in(name))
		if err != nil {
			t.Fatal(err)
		}
		return tract.Bytes(b)
	}
	f := mustOpenFile(t, tract.Input{Format: tract.TCK, Source: source("copy.tck"), Scalars: map[string]tract.Source{"x": source("x.tsf")}})
	lines, r, err := readPart(f, f.All())
	if err != nil || len(lines) != 12 || f.Header().Streamlines != 12 || len(r.Warnings()) > 0 {
		t.Fatalf("%d streamlines, header %+v, warnings %q (%v)", len(lines), f.Header(), r.Warnings(), err)
	}
	var points []float32
	for _, l := range lines {
		points = append(points, l.Points...)
		for i, x := range l.Scalars {
			if math.Abs(float64(x-l.Points[3*i])) > 1e-3 {
				t.Errorf("scalar %v at %v", x, l.Points[3*i:][:3])
			}
		}
	}
	if want := float32s(words(t, in("random.f32"))); !slices.Equal(points, want) {
		t.Errorf("points %v, want %v", points, want)
	}
	checkParts(t, f, f.Parts(500), lines)
}
