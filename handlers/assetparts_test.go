package handlers_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ngportal/access"
	"ngportal/handlers"
	"ngportal/s3index"
	"ngportal/volume"
)

const interpreter = "/usr/bin/python3"

func TestNameWords(t *testing.T) {
	tests := map[string]string{
		"sub-I58_sample-slice0001_stain-NeuN_chunk-02_space-CIT168_SPIM.ome.zarr": "Subject I58, Sample slice0001, Stain NeuN, Chunk 02, Space CIT168, Kind of data light-sheet microscopy (SPIM)",
		"sub-Ken2_sample-brain_space-CIT168_desc-CSD_tractography.trk":            "Subject Ken2, Sample whole brain (brain), Space CIT168, Description CSD, Kind of data streamlines (tractography)",
		"sub-I58_from-XPCT01_to-XPCT02_desc-final_xfm.lta":                        "Subject I58, From space XPCT01, To space XPCT02, Description final, Kind of data registration (xfm)",
		"tile-0001.json": "", "T1w.nii.gz": "", "": "", "sub-": "", "sub-_T1w.nii": "", "_": "",
		"sub-a_other-b_weird.nii": "Subject a",
		"sub-<b>_T1w.nii":         "Subject <b>, Kind of data T1-weighted MRI (T1w)",
	}
	for name, want := range tests {
		var got []string
		for _, f := range handlers.NameWords(name) {
			got = append(got, f.Label+" "+f.Value)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%q is %q, want %q", name, strings.Join(got, ", "), want)
		}
	}
}

func TestOrientation(t *testing.T) {
	tests := map[string]struct {
		m    [3][4]float64
		want string
	}{
		"along the axes":           {[3][4]float64{{1}, {0, 1}, {0, 0, 1}}, "RAS"},
		"radiological":             {[3][4]float64{{-1}, {0, 1}, {0, 0, 1}}, "LAS"},
		"coronal slices":           {[3][4]float64{{-2, 0, 0}, {0, 0, 3}, {0, -2, 0}}, "LIA"},
		"thick slices, tilted":     {[3][4]float64{{1, 0, 0}, {0, 0.9, 4}, {0, -0.4, 9}}, "RAS"},
		"two columns nearly alike": {[3][4]float64{{1, 0.9, 0}, {0, 0.3, 0}, {0, 0, 1}}, "RAS"},
		"nothing":                  {[3][4]float64{}, "not known"},
	}
	for name, tt := range tests {
		if got := handlers.Orientation(tt.m); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestHistogram(t *testing.T) {
	tests := map[string]struct {
		counts                 []int64
		low, high, least, most float64
		want                   string
	}{
		"two bins":             {[]int64{1, 4}, 0, 10, 0, 10, "M0.0 24V12.0H50.0V0.0H100.0V24Z"},
		"the range is wider":   {[]int64{1, 4}, 0, 10, 0, 20, "M0.0 24V12.0H25.0V0.0H50.0V24Z"},
		"the range is smaller": {[]int64{1, 4}, 0, 10, 0, 5, "M0.0 24V12.0H100.0V0.0H100.0V24Z"},
		"nothing counted":      {[]int64{0, 0}, 0, 10, 0, 10, ""},
		"no bins":              {nil, 0, 10, 0, 10, ""},
		"one value":            {[]int64{5}, 3, 3, 0, 10, ""},
	}
	for name, tt := range tests {
		if got := handlers.Histogram(tt.counts, tt.low, tt.high, tt.least, tt.most); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestSidecars(t *testing.T) {
	tests := map[string]struct {
		name, text string
		want       string // facts, then rows, then the note
	}{
		"fields in their order":      {"a.json", `{"PixelSize": [1.8, 1.8], "Stain": "NeuN", "Nested": {"a": [1]}, "Lists": [[1], [2]], "No": null}`, "PixelSize=1.8, 1.8;Stain=NeuN;Nested={\"a\":[1]};Lists=[[1],[2]];No=null;"},
		"a byte order mark":          {"a.json", "\ufeff{\"A\": 1}", "A=1;"},
		"a list":                     {"a.json", `[1]`, "It is no JSON object."},
		"broken in the middle":       {"a.json", `{"A": 1, "B": `, "A=1;What follows is no JSON."},
		"nothing":                    {"a.json", ``, "It is no JSON object."},
		"an empty list":              {"a.json", `{"A": []}`, "A=[];"},
		"a table":                    {"a.tsv", "id\tsex\r\ns1\tF\r\ns2\n", "id|sex/s1|F/s2|/"},
		"a row that is too long":     {"a.tsv", "id\ns1\tF\n", "id/s1/"},
		"an empty table":             {"a.TSV", "", "/"},
		"a heading alone":            {"a.tsv", "id\tsex", "id|sex/"},
		"a hundred rows":             {"a.tsv", "n" + strings.Repeat("\n1", 100), "n/" + strings.Repeat("1/", 50) + "The first 50 rows; there are more."},
		"a hundred fields":           {"a.json", "{" + strings.TrimSuffix(strings.Repeat(`"k": 1,`, 100), ",") + "}", strings.Repeat("k=1;", 60) + "The first 60 fields; there are more."},
		"a long value":               {"a.json", `{"A": "` + strings.Repeat("ä", 500) + `"}`, "A=" + strings.Repeat("ä", 400) + " …;"},
		"deeper than one would like": {"a.json", `{"A": ` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, "What follows is no JSON."},
	}
	for name, tt := range tests {
		s := handlers.Sidecars([]s3index.TextFile{{Name: tt.name, Text: tt.text}})[0]
		var got strings.Builder
		for _, f := range s.Facts {
			got.WriteString(f.Label + "=" + f.Value + ";")
		}
		if strings.HasSuffix(strings.ToLower(tt.name), ".tsv") {
			for _, row := range append([][]string{s.Head}, s.Rows...) {
				got.WriteString(strings.Join(row, "|") + "/")
			}
		}
		got.WriteString(s.Note)
		if got.String() != tt.want {
			t.Errorf("%s: %q, want %q", name, got.String(), tt.want)
		}
	}
}

// codedAssets are assets whose names try the quoting.
func codedAssets() map[string]s3index.Asset {
	asset := func(name string, k s3index.Kind, v *volume.Image) s3index.Asset {
		path := "deep folder/" + name
		return s3index.Asset{
			Ref: access.Ref{Dataset: "I58", Location: "loc-i58", Path: path}, Location: access.Location{ID: "loc-i58", Bucket: "data", Prefix: "p/"},
			Name: strings.TrimSuffix(name, "/"), Kind: k, Volume: v,
		}
	}
	pyramid := &volume.Image{Format: volume.Zarr2, OME: "0.4", Kind: "volume", Levels: []volume.Level{{Path: "0"}}}
	series := &volume.Image{Format: volume.Zarr2, OME: "0.4", Kind: "volume", Sub: "0", Levels: []volume.Level{{Path: "0/0"}}}
	plain := &volume.Image{Format: volume.Zarr2, Kind: "volume", Levels: []volume.Level{{}}}
	out := map[string]s3index.Asset{
		"pyramid": asset("a.ome.zarr/", s3index.Zarr, pyramid), "series": asset("b.ome.zarr/", s3index.Zarr, series), "array": asset("c.zarr/", s3index.Zarr, plain),
		"nifti": asset("d.nii.gz", s3index.NIfTI, &volume.Image{Format: volume.NIfTI}), "mgh": asset("h.mgz", s3index.MGH, nil), "trk": asset("e.trk", s3index.TRK, nil), "trx": asset("f.trx", s3index.TRX, nil),
		"n5": asset("g.n5/", s3index.N5, &volume.Image{Format: volume.N5}), "file": asset("README", "", nil),
	}
	for i, name := range []string{`"quoted" & 'quoted' $HOME`, "$(touch x) `touch y` \\", "ü ÿ 脳 \U0001f9e0", "new\nline\ttab", "{braces} %s 100%"} {
		out[fmt.Sprint("odd ", i)] = asset(name+".ome.zarr/", s3index.Zarr, pyramid)
		out[fmt.Sprint("odd nifti ", i)] = asset(name+".nii", s3index.NIfTI, nil)
	}
	return out
}

// The programs that stand in for those of the samples that this machine has not: they work on folders.
const standIns = `
import sys, types, shutil, os
here = os.path.abspath("s3")
def at(uri):
    assert uri.startswith("s3://"), uri
    return os.path.join(here, uri[len("s3://"):])
s3fs = types.ModuleType("s3fs")
class S3FileSystem:
    def __init__(self, anon): assert anon is False
    def get_file(self, uri, to): shutil.copyfile(at(uri), to)
s3fs.S3FileSystem = S3FileSystem
sys.modules["s3fs"] = s3fs
import zarr
def local(f):
    def g(uri, mode, storage_options):
        assert storage_options == {"anon": False}
        return f(at(uri), mode=mode)
    return g
zarr.open_group, zarr.open_array = local(zarr.open_group), local(zarr.open_array)
`

// TestPythonCodes runs the samples for zarr and nibabel on files that zarr and nibabel have written; all others are read by Python.
func TestPythonCodes(t *testing.T) {
	if out, err := exec.Command(interpreter, "-c", "import zarr, nibabel, numpy").CombinedOutput(); err != nil {
		t.Skipf("no zarr or nibabel: %v\n%s", err, out)
	}
	dir := t.TempDir()
	python(t, dir, `
import zarr, numpy, nibabel, os
os.makedirs("s3/data/p/deep folder")
def write(name, path):
    zarr.open("s3/data/p/deep folder/" + name + path, mode="w", shape=(2, 3, 4), dtype="u2")
zarr.open_group("s3/data/p/deep folder/a.ome.zarr", mode="w"); zarr.open_group("s3/data/p/deep folder/b.ome.zarr/0", mode="w")
write("a.ome.zarr", "/0"); write("b.ome.zarr", "/0/0"); write("c.zarr", "")
nibabel.save(nibabel.Nifti1Image(numpy.zeros((2, 3, 4), "u2"), numpy.eye(4)), "s3/data/p/deep folder/d.nii.gz")
nibabel.save(nibabel.MGHImage(numpy.zeros((2, 3, 4), "f4"), numpy.eye(4)), "s3/data/p/deep folder/h.mgz")
nibabel.streamlines.save(nibabel.streamlines.Tractogram([numpy.ones((2, 3), "f4")], affine_to_rasmm=numpy.eye(4)), "s3/data/p/deep folder/e.trk")
`)
	says := map[string]string{"pyramid": "(2, 3, 4) uint16\n", "series": "(2, 3, 4) uint16\n", "array": "(2, 3, 4) uint16\n", "nifti": "(2, 3, 4) [[", "mgh": "(2, 3, 4) [[", "trk": "1\n"}
	ran := 0
	for name, a := range codedAssets() {
		for _, c := range handlers.Codes(a) {
			want, runs := says[name]
			switch {
			case !strings.HasPrefix(c.Title, "Python"):
			case runs && (c.Title == "Python: zarr" || c.Title == "Python: nibabel"):
				ran++
				if got := python(t, dir, standIns+c.Text); !strings.HasPrefix(got, want) {
					t.Errorf("%s, %s prints %q, want %q\n%s", name, c.Title, got, want, c.Text)
				}
			default:
				python(t, dir, "import ast, sys\nast.parse(sys.argv[1])", c.Text)
			}
		}
	}
	if ran != len(says) {
		t.Errorf("%d samples ran, want %d", ran, len(says))
	}
}

// python runs a program in dir and returns what it prints.
func python(t *testing.T, dir, program string, arguments ...string) string {
	t.Helper()
	c := exec.Command(interpreter, append([]string{"-c", program}, arguments...)...)
	c.Dir = dir
	out, err := c.Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			err = fmt.Errorf("%w: %s", err, failed.Stderr)
		}
		t.Fatalf("%v\n%s %q", err, program, arguments)
	}
	return string(out)
}

// TestShellCodes has a shell read the command lines, with programs in place of aws and curl that print what they are given.
func TestShellCodes(t *testing.T) {
	dir := t.TempDir()
	for _, program := range []string{"aws", "curl"} {
		if err := os.WriteFile(filepath.Join(dir, program), []byte("#!/bin/sh\nprintf '%s\\037' \"$@\"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, a := range codedAssets() {
		verb, end := "cp", ""
		if strings.HasSuffix(a.Ref.Path, "/") {
			verb, end = "sync", "/"
		}
		want := map[string][]string{
			"Command line: AWS":         {"s3", verb, "s3://data/p/" + a.Ref.Path, "./" + a.Name + end, ""},
			"Command line: this portal": nil,
		}
		for _, c := range handlers.Codes(a) {
			words, ok := want[c.Title]
			if !ok {
				continue
			}
			cmd := exec.Command("/bin/sh", "-c", c.Text)
			cmd.Dir, cmd.Env = dir, []string{"PATH=" + dir, "NGPORTAL_TOKEN=secret"}
			out, err := cmd.CombinedOutput()
			got := strings.Split(string(out), "\x1f")
			switch {
			case err != nil:
				t.Errorf("%s: %v %s\n%s", name, err, out, c.Text)
			case words != nil && strings.Join(got, "\n") != strings.Join(words, "\n"):
				t.Errorf("%s: %q, want %q", name, got, words)
			case words == nil && (len(got) != 4 || got[1] != "Authorization: Bearer secret" || !strings.HasPrefix(got[2], "https://portal.example.org/api/v1/datasets/I58/asset?location=loc-i58&path=deep+folder%2F")):
				t.Errorf("%s: %q", name, got)
			}
			delete(want, c.Title)
		}
		if len(want) > 0 {
			t.Errorf("%s lacks %v", name, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 2 {
		t.Errorf("a name has run as a command: %q", left)
	}
}
