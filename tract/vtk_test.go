package tract_test

import (
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ngportal/tract"
)

func vtkInput(text string) tract.Input {
	return tract.Input{Format: tract.VTK, Source: tract.Bytes(text)}
}

const plainVTK = `# vtk DataFile Version 3.0
tracts SPACE=RAS
ASCII
DATASET POLYDATA
POINTS 5 float
0 1 2  3 4 5
6 7 8  9 10 11  12 13 1.4e1

LINES 2 7
2 0 1
3 2 3 4
CELL_DATA 2
SCALARS weight float
LOOKUP_TABLE default
0.5 1
POINT_DATA 5
SCALARS fa double 2
LOOKUP_TABLE none
1 2 3 4 5 6 7 8 9 10
LOOKUP_TABLE none 1
0 0 0 1
`

func TestTextVTK(t *testing.T) {
	f, got, warnings := mustOpenAll(t, vtkInput(plainVTK))
	h := f.Header()
	if want := [][]float32{{0, 1, 2, 3, 4, 5}, {6, 7, 8, 9, 10, 11, 12, 13, 14}}; !reflect.DeepEqual(got.Points, want) {
		t.Errorf("points %v, want %v", got.Points, want)
	}
	if want := [][]float32{{1, 2, 3, 4}, {5, 6, 7, 8, 9, 10}}; !reflect.DeepEqual(got.Scalars, want) {
		t.Errorf("scalars %v, want %v", got.Scalars, want)
	}
	if want := [][]float32{{0.5}, {1}}; !reflect.DeepEqual(got.Properties, want) {
		t.Errorf("properties %v, want %v", got.Properties, want)
	}
	if h.Streamlines != 2 || h.Scalars[0] != (tract.Column{Name: "fa", Components: 2}) || h.Properties[0] != (tract.Column{Name: "weight", Components: 1}) || len(warnings) > 0 {
		t.Errorf("header %+v, warnings %q", h, warnings)
	}
	if points, lines, ok := f.Vertices(); points != 5 || lines != 2 || !ok {
		t.Errorf("Vertices: %d, %d, %v", points, lines, ok)
	}
}

func TestFrameOfVTK(t *testing.T) {
	tests := map[string]struct {
		title    string
		frame    tract.Frame
		flipped  bool
		warnings []string
	}{
		"the title says RAS":         {"tracts space=ras", tract.Unstated, false, nil},
		"the title says LPS":         {"SPACE=LPS", tract.Unstated, true, nil},
		"nobody says":                {"vtk output", tract.Unstated, false, []string{"does not say whether"}},
		"asked for LPS":              {"vtk output", tract.LPS, true, nil},
		"asked for RAS, against LPS": {"SPACE=LPS", tract.RAS, false, nil},
	}
	for name, tt := range tests {
		in := vtkInput(strings.Replace(plainVTK, "tracts SPACE=RAS", tt.title, 1))
		in.Frame = tt.frame
		_, got, warnings := mustOpenAll(t, in)
		want := []float32{3, 4, 5}
		if tt.flipped {
			want = []float32{-3, -4, 5}
		}
		if !slices.Equal(got.Points[0][3:], want) || !holds(warnings, tt.warnings) {
			t.Errorf("%s: %v, %q; want %v, %q", name, got.Points[0], warnings, want, tt.warnings)
		}
	}
}

func TestVTKOfPython(t *testing.T) {
	dir := formats(t)
	files, err := filepath.Glob(filepath.Join(dir, "*.vtk"))
	if err != nil || len(files) != 24 {
		t.Fatalf("%d files, want 24 (%v)", len(files), err)
	}
	for _, file := range files {
		f, got, _ := mustOpenAll(t, tract.Input{Format: tract.VTK, Source: tract.Bytes(readFile(t, file))})
		base := strings.TrimSuffix(file, ".vtk")
		if want := words(t, base+".counts"); !slices.Equal(counts(got.Points), want) {
			t.Errorf("%s: lines of %d points, want %d", filepath.Base(file), counts(got.Points), want)
		}
		for name, rows := range map[string][][]float32{".f32": got.Points, ".scalars": got.Scalars, ".properties": got.Properties} {
			if want := float32s(words(t, base+name)); !slices.Equal(slices.Concat(rows...), want) {
				t.Errorf("%s: %s differ: %v…, want %v…; %+v", filepath.Base(file), name, rows[0], want[:3], f.Header())
			}
		}
	}
}

// MRtrix is a writer that nobody here has written.
func TestVTKOfMRtrix(t *testing.T) {
	tckconvert, err := exec.LookPath("tckconvert")
	if err != nil {
		t.Skipf("no MRtrix to write .vtk files with (apt install mrtrix3): %v", err)
	}
	from := sample(t, "nibabel/standard.tck")
	for _, args := range [][]string{nil, {"-ascii"}} {
		to := filepath.Join(t.TempDir(), "x.vtk")
		if out, err := exec.Command(tckconvert, append(args, "-quiet", from, to)...).CombinedOutput(); err != nil {
			t.Logf("tckconvert %v is not possible: %s", args, out) // -ascii is new in MRtrix 3.0.4
			continue
		}
		_, got, warnings := mustOpenAll(t, tract.Input{Format: tract.VTK, Source: tract.Bytes(readFile(t, to))})
		want, _ := mustRead(t, readFile(t, from), tract.TCK)
		if len(got.Points) != 120 || !holds(warnings, []string{"does not say whether"}) {
			t.Fatalf("%v: %d lines, warnings %q", args, len(got.Points), warnings)
		}
		for i, l := range want {
			if !slices.Equal(got.Points[i], l.Points) {
				t.Errorf("%v: line %d is %v, want %v", args, i, got.Points[i], l.Points)
			}
		}
	}
}

func TestBinaryVTKIsNotReadToBeOpened(t *testing.T) {
	n := 3_000_000
	head := "# vtk DataFile Version 4.2\nSPACE=RAS\nBINARY\nDATASET POLYDATA\nPOINTS 3000000 float\n"
	lines := "\nLINES 1 2\n\x00\x00\x00\x01\x00\x00\x00\x05\n"
	src := &counting{Source: tract.Bytes(head + strings.Repeat("\x00", 12*n) + lines)}
	f, err := tract.Open(tract.Input{Format: tract.VTK, Source: src})
	if err != nil {
		t.Fatal(err)
	}
	if src.ranges.Load() > 3 || src.bytes.Load() > 1<<17 || f.Header().Streamlines != 1 {
		t.Errorf("opening took %d ranges of %d bytes", src.ranges.Load(), src.bytes.Load())
	}
}
