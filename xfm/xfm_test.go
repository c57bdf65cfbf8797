package xfm_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"ngportal/internal/pythontest"
	"ngportal/xfm"
)

const goodLTA = `type      = 1 # LINEAR_RAS_TO_RAS
nxforms   = 1
mean      = 0 0 0
sigma     = 1
1 4 4
1 0 0 10
0 1 0 20
0 0 1 30
0 0 0 1
src volume info
valid = 1
filename = XPCT01.nii.gz
volume = 10 10 10
voxelsize = 1 1 1
xras = -1 0 0
yras = 0 0 -1
zras = 0 1 0
cras = 0 0 0
dst volume info
valid = 1
filename = XPCT02.nii.gz
`

func before(text, part string) string {
	out, _, _ := strings.Cut(text, part)
	return out
}

const itkHead = "#Insight Transform File V1.0\n#Transform 0\n"

func TestReadSaysWhyNot(t *testing.T) {
	identity := "Parameters: 1 0 0 0 1 0 0 0 1 0 0 0\nFixedParameters: 0 0 0\n"
	tests := map[string]struct{ name, content, want string }{
		"nothing":            {"a.lta", " \n", "empty"},
		"huge":               {"a.h5", strings.Repeat("1 ", xfm.MaxFile), "warp field"},
		"other words":        {"a.txt", "hello world", `expected a number, got "hello"`},
		"bytes":              {"a.txt", "\x01\x02\xff\xfe", "not one of the transforms"},
		"eleven numbers":     {"a.txt", "1 2 3 4\n5 6 7 8\n9 10 11", "a row with 3"},
		"two rows":           {"a.txt", "1 2 3 4\n5 6 7 8", "got 8 in 2 rows"},
		"NaN":                {"a.txt", "nan 0 0 0\n0 1 0 0\n0 0 1 0", `got "nan"`},
		"Inf":                {"a.mat", "1 0 0 inf\n0 1 0 0\n0 0 1 0", `got "inf"`},
		"overflow":           {"a.txt", "1e999 0 0 0\n0 1 0 0\n0 0 1 0", `got "1e999"`},
		"singular":           {"a.txt", "1 0 0 0\n2 0 0 0\n0 0 1 0", "singular"},
		"nearly singular":    {"a.txt", "1 1 0 0\n1 1.0000000000000002 0 0\n0 0 1 0", "singular"},
		"all zero":           {"a.txt", "0 0 0 0\n0 0 0 0\n0 0 0 0", "singular"},
		"transposed":         {"a.txt", "1 0 0 0\n0 1 0 0\n0 0 1 0\n5 6 7 1", "transposed"},
		"projective":         {"a.txt", "1 0 0 9\n0 1 0 0\n0 0 1 0\n0 0 0.5 1", "not affine"},
		"too many lines":     {"a.txt", strings.Repeat("\n", 5000) + "1", "more than 4096 lines"},
		"a NIfTI":            {"w.txt", strings.Repeat("\x00", 344) + "n+1\x00", "NIfTI image"},
		"gzip":               {"w.mat", "\x1f\x8b\x08\x00", "compressed"},
		"MATLAB 5":           {"a.mat", "MATLAB 5.0 MAT-file, Platform", "MATLAB 5"},
		"MNI":                {"a.txt", "MNI Transform File\n", "MNI"},
		"AFNI series":        {"a.aff12.1D", "1 0 0 0 0 1 0 0 0 0 1 0\n1 0 0 0 0 1 0 0 0 0 1 0", "2 matrices"},
		"AFNI singular":      {"a.aff12.1D", "0 0 0 0 0 1 0 0 0 0 1 0", "singular"},
		"LTA of voxels":      {"a.lta", strings.Replace(goodLTA, "= 1 #", "= 0 #", 1), "between voxels (type 0)"},
		"LTA invalid volume": {"a.lta", strings.Replace(strings.Replace(goodLTA, "= 1 #", "= 0 #", 1), "valid = 1", "valid = 0", 1), "valid = 0"},
		"LTA physical":       {"a.lta", strings.Replace(goodLTA, "= 1 #", "= 2 #", 1), "type 2"},
		"LTA coronal":        {"a.lta", strings.Replace(goodLTA, "= 1 #", "= 21 #", 1), "type 21"},
		"LTA of register":    {"a.lta", strings.Replace(goodLTA, "= 1 #", "= 14 #", 1), "of type 14"},
		"LTA without type":   {"a.lta", strings.Replace(goodLTA, "type ", "kind ", 1), "of type -1"},
		"LTA of two":         {"a.lta", strings.Replace(goodLTA, "nxforms   = 1", "nxforms = 2", 1), "2 transforms"},
		"LTA cut short":      {"a.lta", before(goodLTA, "0 0 1 30"), "2 rows instead of 4"},
		"LTA of words":       {"a.lta", "hello", "no matrix"},
		"LTA with NaN":       {"a.lta", strings.Replace(goodLTA, "1 0 0 10", "nan 0 0 10", 1), `"nan"`},
		"ITK warp":           {"a.txt", itkHead + "Transform: DisplacementFieldTransform_double_3_3\nParameters: " + strings.Repeat("1 ", 1000), "non-linear"},
		"ITK B-spline":       {"a.tfm", itkHead + "Transform: BSplineTransform_double_3_3\n", "non-linear"},
		"ITK in 2-D":         {"a.tfm", itkHead + "Transform: AffineTransform_double_2_2\n", "dimensions"},
		"ITK unknown":        {"a.tfm", itkHead + "Transform: FancyTransform_double_3_3\n" + identity, "not one of"},
		"ITK without":        {"a.tfm", itkHead, "no transform"},
		"ITK two":            {"a.tfm", itkHead + strings.Repeat("Transform: AffineTransform_double_3_3\n"+identity, 2), "2 transforms"},
		"ITK empty chain":    {"a.tfm", itkHead + "Transform: CompositeTransform_double_3_3\n", "composite transform is empty"},
		"ITK with a warp":    {"a.tfm", itkHead + "Transform: CompositeTransform_double_3_3\nTransform: DisplacementFieldTransform_float_3_3\n", "non-linear"},
		"ITK long chain":     {"a.tfm", itkHead + strings.Repeat("Transform: CompositeTransform_double_3_3\n", 100), "more than 64"},
		"ITK few parameters": {"a.tfm", itkHead + "Transform: AffineTransform_double_3_3\nParameters: 1 2 3\n", "3 parameters instead of 12"},
		"ITK many numbers":   {"a.tfm", itkHead + "Transform: AffineTransform_double_3_3\nParameters:" + strings.Repeat(" 1", 100), "more than 64 numbers"},
		"ITK long versor":    {"a.tfm", itkHead + "Transform: VersorRigid3DTransform_double_3_3\nParameters: 1 1 0 0 0 0\n", "versor"},
		"ITK singular":       {"a.tfm", itkHead + "Transform: AffineTransform_double_3_3\nParameters: 0 0 0 0 0 0 0 0 0 1 2 3\n", "singular"},
		"MATLAB cut":         {"a.mat", "\x00\x00\x00\x00\x0c\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00A\x00", "ends within"},
		"MATLAB of 2^31":     {"a.mat", "\x00\x00\x00\x00\xff\xff\xff\x7f\xff\xff\xff\x7f\x00\x00\x00\x00\x02\x00\x00\x00A\x00", "larger than any"},
		"MATLAB fixed first": {"a.mat", "\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x00fixed\x00", "before any"},
		"HDF5 cut":           {"a.h5", "\x89HDF\r\n\x1a\n\x00", "HDF5"},
		"HDF5 of version 9":  {"a.h5", "\x89HDF\r\n\x1a\n\x09", "version 9"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := xfm.Read(tt.name, []byte(tt.content))
			if !errors.Is(err, xfm.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Read(%s) = %v, want ErrInvalid with %q", tt.name, err, tt.want)
			}
		})
	}
}

// TestHDF5SaysWhyNot breaks files of h5py, and asks for what is not read.
func TestHDF5SaysWhyNot(t *testing.T) {
	root := pythontest.Run(t, writeHostileHDF5, "h5py")
	tests := map[string]string{
		"warp.h5": "non-linear", "other.h5": "TransformGroup", "untyped.h5": "TransformType", "ints.h5": "list of numbers",
		"long.h5": "1000 numbers", "table.h5": "a table", "bomb.h5": "a chunk of", "lzf.h5": "filter 32000",
		"dense.h5": "libver='earliest'", "number.h5": "the name of a transform", "nan.h5": "singular",
	}
	for name, want := range tests {
		_, err := xfm.Read(name, file(t, root, name))
		if !errors.Is(err, xfm.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want ErrInvalid with %q", name, err, want)
		}
	}
	good := file(t, root, "good.h5")
	if _, err := xfm.Read("good.h5", good); err != nil {
		t.Fatal(err)
	}
	for n := range good { // cut anywhere, it ends with a sentence
		if _, err := xfm.Read("good.h5", good[:n]); err != nil && !errors.Is(err, xfm.ErrInvalid) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
}

func TestLTAWithoutVolumes(t *testing.T) {
	got, err := xfm.Read("sub-I58_from-A_to-B_xfm.lta", []byte(goodLTA))
	if err != nil || got.Source != "XPCT01.nii.gz" || got.Target != "XPCT02.nii.gz" || len(got.Warnings) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	if p := got.Matrix.Apply([3]float64{1, 2, 3}); p != [3]float64{11, 22, 33} {
		t.Errorf("the origin goes to %v", p)
	}
	got, err = xfm.Read("a.txt", []byte(strings.ReplaceAll(goodLTA, "valid = 1", "valid = 0")))
	if err != nil || got.Format != xfm.LTA || len(got.Warnings) != 1 || got.Source != "XPCT01.nii.gz" {
		t.Errorf("with volumes that are not valid: got %+v, %v", got, err)
	}
	got, err = xfm.Read("a.lta", []byte(before(goodLTA, "src volume")))
	if err != nil || len(got.Warnings) != 1 {
		t.Errorf("without volumes: got %+v, %v", got, err)
	}
}

func TestNames(t *testing.T) {
	tests := map[string]xfm.Names{
		"sub-I58_from-XPCT01_to-XPCT02_desc-final_xfm.lta":     {From: "XPCT01", To: "XPCT02"},
		"xfms/sub-I58_to-T1w_from-orig_mode-image_xfm.txt":     {From: "orig", To: "T1w"},
		"from-a_b/sub-1_xfm.lta":                               {},
		"sub-1_from-A.b_to-C.lta":                              {From: "A"},
		"sub-I58_space-fromhere_desc-tofu_xfm.lta":             {},
		"sub-1_from-A_from-B_to-_xfm.h5":                       {From: "A"},
		"transform.lta":                                        {},
		"":                                                     {},
		"sub-1_from-XPCT-01_to-MNI152NLin2009cAsym_xfm.nii.gz": {From: "XPCT-01", To: "MNI152NLin2009cAsym"},
	}
	for name, want := range tests {
		if got := xfm.NamesOf(name); got != want {
			t.Errorf("NamesOf(%q) = %+v, want %+v", name, got, want)
		}
	}
	for name, want := range map[string]bool{
		"a.lta": true, "a.LTA": true, "x/a.aff12.1D": true, "a.tfm": true, "a.mat": true, "a.h5": true, "a.txt": true,
		".lta": false, "a.nii.gz": false, "a.1D": false, "lta": false, "a.m3z": false, "a.xfm": false,
	} {
		if got := xfm.FormatOf(name); got != want {
			t.Errorf("FormatOf(%q) = %t", name, got)
		}
	}
}

func TestFSLNeedsImages(t *testing.T) {
	good := xfm.Space{Shape: [3]int64{4, 5, 6}, Matrix: xfm.Identity()}
	for name, bad := range map[string]xfm.Space{
		"no voxels": {Shape: [3]int64{0, 1, 1}, Matrix: xfm.Identity()},
		"2^63":      {Shape: [3]int64{math.MaxInt64, 1, 1}, Matrix: xfm.Identity()},
		"singular":  {Shape: [3]int64{1, 1, 1}},
	} {
		for i, pair := range [][2]xfm.Space{{bad, good}, {good, bad}} {
			if _, err := xfm.FSLToRAS(xfm.Identity(), pair[0], pair[1]); !errors.Is(err, xfm.ErrInvalid) {
				t.Errorf("%s, %d: %v", name, i, err)
			}
		}
	}
	if _, err := xfm.FSLToRAS(xfm.Matrix{}, good, good); !errors.Is(err, xfm.ErrInvalid) {
		t.Errorf("a singular matrix: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("a.lta", []byte(goodLTA))
	f.Add("a.lta", []byte(strings.Replace(goodLTA, "= 1 #", "= 0 #", 1)))
	f.Add("a.tfm", []byte(itkHead+"Transform: Euler3DTransform_double_3_3\nParameters: .1 .2 .3 4 5 6\nFixedParameters: 1 2 3 0\n"))
	f.Add("a.txt", []byte(itkHead+"Transform: CompositeTransform_double_3_3\nTransform: TranslationTransform_double_3_3\nParameters: 4 5 6\n"))
	f.Add("a.mat", []byte("1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1"))
	f.Add("a.aff12.1D", []byte("1 0 0 0 0 1 0 0 0 0 1 0"))
	f.Add("a.mat", append([]byte("\x00\x00\x00\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x21\x00\x00\x00TranslationTransform_double_3_3\x00\x00"), bytes.Repeat([]byte("\x00\x00\x00\x00\x00\x00\xf0\x3f"), 3)...))
	for _, name := range seeds() {
		f.Add("a.h5", file(f, "testdata", name))
	}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		got, err := xfm.Read(name, content)
		if err != nil {
			if !errors.Is(err, xfm.ErrInvalid) {
				t.Fatalf("error %v does not wrap ErrInvalid", err)
			}
			if len(err.Error()) > 1000 {
				t.Fatalf("a sentence of %d bytes", len(err.Error()))
			}
			return
		}
		if _, ok := got.Matrix.Inverse(); !ok {
			t.Fatalf("%v has no inverse", got.Matrix)
		}
		if r, ok := got.Matrix.Rotation(); ok && !(math.Abs(r[0][0]) <= 1+1e-6) {
			t.Fatalf("rotation %v", r)
		}
	})
}
