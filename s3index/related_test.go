package s3index_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"

	"ngportal/access"
	"ngportal/s3index"
	"ngportal/volume"
	"ngportal/xfm"
)

func paths(refs []access.Ref) (out []string) {
	for _, r := range refs {
		out = append(out, r.Path)
	}
	return out
}

func names(files []s3index.TextFile) (out []string) {
	for _, f := range files {
		out = append(out, f.Name)
	}
	return out
}

// TestRelated looks around a tree as LINC and BIDS have it.
func TestRelated(t *testing.T) {
	const micr = "derivatives/sub-I58/micr/"
	const image = "sub-I58_sample-hemi_chunk-02_XPCT"
	objects := map[string]string{
		"participants.tsv":                                                       "participant_id\tage\r\nsub-I57\t60\r\nsub-I58\t61\r\n",
		"samples.tsv":                                                            "sample_id\tparticipant_id\nsample-brain\tsub-I58\n",
		"XPCT.json":                                                              `{"top":1}`,
		"dwi.json":                                                               `{}`,
		"derivatives/sub-I58/sub-I58_XPCT.json":                                  `{"PixelSize":2}`,
		"derivatives/sub-I58/sub-I57_XPCT.json":                                  `{}`,
		micr + image + ".json":                                                   `{"SampleStaining":"none"}`,
		micr + image + ".tsv":                                                    "a\tb\n",
		micr + "sub-I58_sample-hemi_chunk-03_XPCT.json":                          `{}`,
		micr + "notes.json":                                                      `{}`,
		micr + "empty_XPCT.json":                                                 "",
		micr + "sub-I58_sample-hemi_XPCT.json":                                   strings.Repeat("x", 100_000),
		micr + "sub-I58_sample-hemi_chunk-02_FLUO.nii.gz":                        "x",
		micr + "sub-I58_sample-hemi_chunk-02_dseg.nii.gz":                        "x",
		micr + "sub-I58_sample-hemi_chunk-03_dseg.nii.gz":                        "x",
		micr + "sub-I58_sample-brain_chunk-02_dseg.nii.gz":                       "x",
		micr + "sub-I58_sample-hemi_space-MNI_dseg.nii.gz":                       "x",
		micr + "sub-I58_from-blocks_to-hemi_xfm.txt":                             "x",
		micr + "README.txt":                                                      "x",
		"derivatives/sub-I58/dwi/sub-I58_sample-hemi_tractography.trk":           "x",
		"derivatives/sub-I58/dwi/sub-I58_sample-hemi_space-MNI_tractography.trk": "x",
		"derivatives/sub-I58/dwi/sub-I57_tractography.trk":                       "x",
		"derivatives/sub-I58/dwi/sub-I58_dwi.nii.gz":                             "x",
		"derivatives/sub-I58/xfms/sub-I58_from-XPCT01_to-XPCT02_xfm.lta":         "x",
		"derivatives/sub-I58/xfms/sub-I58_from-XPCT01_to-XPCT03_xfm.lta":         "x",
		"derivatives/sub-I58/xfms/sub-I57_from-XPCT01_to-XPCT02_xfm.lta":         "x",
		"derivatives/sub-I58/xfms/notes.md":                                      "x",
		"xfm/a.lta":                                                              "x",
	}
	omeZarr(objects, micr+image+".ome.zarr", `,"labels":["cells"]`, [3]int{1, 2, 2}, func(_, _, _ int) byte { return 1 })
	omeZarr(objects, micr+image+".ome.zarr/labels/cells", `,"image-label":{}`, [3]int{1, 2, 2}, func(_, _, _ int) byte { return 1 })
	objects[micr+image+".ome.zarr/labels/.zattrs"] = `{"labels":["cells"]}`
	w := newLab(t, "related", objects)
	r, err := w.Related(t.Context(), w.ada, w.describe(t, micr+image+".ome.zarr/"))
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", what, got, want)
		}
	}
	check("sidecars", names(r.Sidecars), image+".json", image+".tsv", "sub-I58_sample-hemi_XPCT.json",
		"../sub-I58_XPCT.json", "../../../XPCT.json", "../../../participants.tsv")
	for _, s := range r.Sidecars {
		switch s.Name {
		case "../../../participants.tsv":
			check("the row of a participant", []string{s.Text, s.Ref.Path}, "participant_id\tage\nsub-I58\t61\n", "participants.tsv")
		case "sub-I58_sample-hemi_XPCT.json":
			if len(s.Text) != 64<<10 || !s.Cut {
				t.Errorf("a long sidecar has %d bytes, cut %t", len(s.Text), s.Cut)
			}
		default:
			if s.Cut {
				t.Errorf("%s is cut", s.Name)
			}
		}
	}
	check("metadata", names(r.Metadata), ".zattrs", ".zgroup", "0/.zarray")
	check("labels", paths(r.Labels), micr+image+".ome.zarr/labels/cells/", micr+"sub-I58_sample-hemi_chunk-02_dseg.nii.gz")
	check("images", paths(r.Images))
	check("tracts", paths(r.Tracts), "derivatives/sub-I58/dwi/sub-I58_sample-hemi_tractography.trk")
	var moves []string
	for _, x := range r.Transforms {
		moves = append(moves, fmt.Sprintf("%s %s>%s %t", x.Ref.Path, x.Names.From, x.Names.To, x.Matching))
	}
	check("transforms", moves,
		"derivatives/sub-I58/xfms/sub-I58_from-XPCT01_to-XPCT02_xfm.lta XPCT01>XPCT02 true",
		micr+"sub-I58_from-blocks_to-hemi_xfm.txt blocks>hemi true",
		"xfm/a.lta > false",
		"derivatives/sub-I58/xfms/sub-I58_from-XPCT01_to-XPCT03_xfm.lta XPCT01>XPCT03 false")

	r, err = w.Related(t.Context(), w.ada, w.describe(t, micr+image+".ome.zarr/labels/cells/"))
	if err != nil {
		t.Fatal(err)
	}
	check("image of a label image inside", paths(r.Images), micr+image+".ome.zarr/")
	a := s3index.Asset{Ref: w.ref(micr + "sub-I58_sample-hemi_chunk-02_dseg.nii.gz")} // which cannot be read, and is related all the same
	if r, err = w.Related(t.Context(), w.ada, a); err != nil {
		t.Fatal(err)
	}
	check("images of a label image beside", paths(r.Images), micr+"sub-I58_sample-hemi_chunk-02_FLUO.nii.gz", micr+image+".ome.zarr/")
}

func TestTransform(t *testing.T) {
	w := newLab(t, "transforms", map[string]string{
		"xfm/a.txt": "1 0 0 5\n0 1 0 6\n0 0 1 7\n", "xfm/broken.lta": "hello", "xfm/large.txt": strings.Repeat("1 ", xfm.MaxFile),
	})
	x, err := w.Transform(t.Context(), w.ada, w.ref("xfm/a.txt"))
	if want := (xfm.Matrix{{1, 0, 0, 5}, {0, 1, 0, 6}, {0, 0, 1, 7}}); err != nil || x.Matrix != want {
		t.Errorf("%+v, %v, want %v", x, err, want)
	}
	for path, want := range map[string]error{"xfm/broken.lta": xfm.ErrInvalid, "xfm/large.txt": xfm.ErrInvalid, "xfm/gone.lta": fs.ErrNotExist} {
		if _, err := w.Transform(t.Context(), w.ada, w.ref(path)); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
}

// TestSegments has label images with the values 0, 3 and 7, and tables of all kinds.
func TestSegments(t *testing.T) {
	const table = "index\tname\tcolor\n3\tcortex\t#112233\n7\tnucleus\t\n"
	const lut = "0 Unknown 0 0 0 0\n3 Left-Cortex 205 62 78 0\n"
	const other = "index\tname\n100\tnothing of this\n"
	labels := func(x, _, _ int) byte { return []byte{0, 3, 7, 7}[x] }
	file := niftiFile([3]int{4, 2, 2}, labels)
	objects := map[string]string{
		"own/sub-1_dseg.nii": file, "own/sub-1_dseg.tsv": table, "own/dseg.tsv": other,
		"inherited/sub-1/anat/sub-1_dseg.nii": file, "inherited/dseg.tsv": table, "inherited/sub-1/anat/sub-2_dseg.tsv": other,
		"wrong/sub-1_dseg.nii": file, "wrong/sub-1_dseg.tsv": other,
		"linc/000005_brain_desc-AB_dseg.nii": file, "linc/brain.tsv": table,
		"lut/aseg.nii": file, "lut/FreeSurferColorLUT.txt": lut,
		"both/sub-1_dseg.nii": file, "both/sub-1_dseg.tsv": "broken", "both/lut.txt": lut,
		"image/sub-1_T1w.nii": niftiFile([3]int{64, 64, 1}, func(x, y, _ int) byte { return byte(x*4 + y) }), "image/sub-1_T1w.tsv": other,
		"none/sub-1_dseg.nii": file,
	}
	omeZarr(objects, "ome/cells.zarr", `,"image-label":{"colors":[{"label-value":3,"rgba":[255,0,0,255]}]}`, [3]int{1, 1, 4}, func(_, _, x int) byte { return labels(x, 0, 0) })
	omeZarr(objects, "ome/named.zarr", `,"image-label":{"colors":[{"label-value":7,"rgba":[255,0,0,255]}]}`, [3]int{1, 1, 4}, func(_, _, x int) byte { return labels(x, 0, 0) })
	objects["ome/named.tsv"] = table
	w := newLab(t, "segments", objects)
	cortex, nucleus := volume.Segment{ID: 3, Name: "cortex", Color: "#112233"}, volume.Segment{ID: 7, Name: "nucleus"}
	tests := map[string]struct {
		want []volume.Segment
		from string
	}{
		"own/sub-1_dseg.nii":                  {[]volume.Segment{cortex, nucleus}, "sub-1_dseg.tsv"},
		"inherited/sub-1/anat/sub-1_dseg.nii": {[]volume.Segment{cortex, nucleus}, "../../dseg.tsv"},
		"wrong/sub-1_dseg.nii":                {nil, ""},
		"linc/000005_brain_desc-AB_dseg.nii":  {[]volume.Segment{cortex, nucleus}, "brain.tsv"},
		"lut/aseg.nii":                        {[]volume.Segment{{Name: "Unknown", Color: "#000000"}, {ID: 3, Name: "Left-Cortex", Color: "#cd3e4e"}}, "FreeSurferColorLUT.txt"},
		"both/sub-1_dseg.nii":                 {[]volume.Segment{{Name: "Unknown", Color: "#000000"}, {ID: 3, Name: "Left-Cortex", Color: "#cd3e4e"}}, "lut.txt"},
		"image/sub-1_T1w.nii":                 {nil, ""},
		"none/sub-1_dseg.nii":                 {nil, ""},
		"ome/cells.zarr/":                     {[]volume.Segment{{ID: 3, Color: "#ff0000"}}, ".zattrs"},
		"ome/named.zarr/":                     {[]volume.Segment{cortex, {ID: 7, Name: "nucleus", Color: "#ff0000"}}, "named.tsv"},
	}
	for path, tt := range tests {
		got, from, err := w.Segments(t.Context(), w.ada, w.describe(t, path))
		if err != nil || !slices.Equal(got, tt.want) || from != tt.from {
			t.Errorf("%s: %v from %q, %v, want %v from %q", path, got, from, err, tt.want, tt.from)
		}
	}
}

// TestSegmentProperties asks as the viewer host does.
func TestSegmentProperties(t *testing.T) {
	objects := map[string]string{
		"sub-1_dseg.nii": niftiFile([3]int{4, 2, 2}, func(x, _, _ int) byte { return byte(x) }), "sub-1_dseg.tsv": "index\tname\n3\ta \"<b>\n1\tü\n",
		"torn.nii": "torn",
	}
	omeZarr(objects, "cells.zarr", `,"image-label":{}`, [3]int{1, 1, 4}, func(_, _, x int) byte { return byte(x) })
	objects["cells.tsv"] = "index\tname\n2\tcell\n"
	w := newLab(t, "properties", objects)
	loc := access.Location{ID: "loc-lab", Bucket: "properties", Prefix: "data/"}
	const begin = `{"@type":"neuroglancer_segment_properties","inline":{"ids":`
	versions := map[string]bool{}
	for path, want := range map[string]string{
		"sub-1_dseg.nii": begin + `["3","1"],"properties":[{"id":"label","type":"label","values":["a \"\u003cb\u003e","ü"]}]}}`,
		"cells.zarr":     begin + `["2"],"properties":[{"id":"label","type":"label","values":["cell"]}]}}`,
		"cells.zarr/":    begin + `["2"],"properties":[{"id":"label","type":"label","values":["cell"]}]}}`,
	} {
		info, version, err := w.SegmentProperties(t.Context(), loc, path)
		if err != nil || string(info) != want || version == "" {
			t.Errorf("%s: %s, %q, %v, want %s", path, info, version, err, want)
		}
		versions[version] = true
	}
	if len(versions) != 2 {
		t.Errorf("versions %v, want one for each content", versions)
	}
	for path, want := range map[string]error{"gone.nii": fs.ErrNotExist, "gone.zarr": fs.ErrNotExist, "sub-1_dseg.tsv": fs.ErrNotExist, "torn.nii": fs.ErrNotExist} {
		if _, _, err := w.SegmentProperties(t.Context(), loc, path); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	loc.Bucket = "elsewhere"
	if _, _, err := w.SegmentProperties(t.Context(), loc, "cells.zarr"); !errors.Is(err, s3index.ErrUnwell) {
		t.Errorf("a bucket that is not configured: %v", err)
	}
}

// TestMeasure counts more objects than a page of a listing has.
func TestMeasure(t *testing.T) {
	objects := map[string]string{"beside.zarr/x": "x"}
	for i := range 1234 {
		objects[fmt.Sprintf("big.zarr/%d/%d", i%7, i)] = "four"
	}
	w := newLab(t, "measured", objects)
	m := settled(t, w, "big.zarr/")
	if m.Err != nil || m.Objects != 1234 || m.Bytes != 4*1234 {
		t.Errorf("%+v, want 1234 objects of 4936 bytes", m)
	}
	before := w.all()
	if again, err := w.Measure(t.Context(), w.ada, w.ref("big.zarr/")); err != nil || again != m || w.all() != before {
		t.Errorf("asked again: %+v, %v, %d requests", again, err, w.all()-before)
	}
	if m = settled(t, w, "gone.zarr/"); m.Err != nil || m.Objects != 0 {
		t.Errorf("a folder that is not there: %+v", m)
	}
	if _, err := w.Measure(t.Context(), w.ada, w.ref("big.zarr/0/0")); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("a file: %v, want ErrInvalid", err)
	}
}

// TestMeasureOfUnwellStorage keeps what went wrong.
func TestMeasureOfUnwellStorage(t *testing.T) {
	srv := answer(t, http.StatusForbidden, "<Error><Code>AccessDenied</Code></Error>")
	w := newLab(t, "denied", nil)
	w.Library = s3index.NewLibrary([]*s3index.Bucket{s3index.NewBucket("denied", s3index.NewClient(server.Config(), srv.URL, true))})
	if m := settled(t, w, "x/"); !errors.Is(m.Err, fs.ErrPermission) {
		t.Errorf("%+v, want ErrPermission", m)
	}
}

// settled asks until counting is over.
func settled(t *testing.T, w *lab, path string) s3index.Measure {
	t.Helper()
	for range 1000 {
		m, err := w.Measure(t.Context(), w.ada, w.ref(path))
		if err != nil {
			t.Fatal(err)
		}
		if m.Done || m.Err != nil {
			return m
		}
		pause(t)
	}
	t.Fatalf("%s is still being counted", path)
	return s3index.Measure{}
}
