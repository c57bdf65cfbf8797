package tract_test

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ngportal/tract"
)

// An oracle is what nibabel read in a file, written beside it (see MANIFEST.json there).
type oracle struct {
	Header struct {
		Dimensions []int     `json:"dimensions"`
		VoxelSizes []float64 `json:"voxel_sizes"`
		VoxelOrder string    `json:"voxel_order"`
	} `json:"header"`
	Streamlines   int64                   `json:"n_streamlines"`
	Points        int64                   `json:"n_points"`
	Affine        [4][4]float64           `json:"affine_vox2rasmm_header"`
	PerStreamline struct{ First10 []int } `json:"points_per_streamline"`
	First         []float64               `json:"first_point_ras"`
	FirstEnd      []float64               `json:"last_point_of_first"`
	LastBegin     []float64               `json:"first_point_of_last"`
	Last          []float64               `json:"last_point_ras"`
	Box           [][]float64             `json:"bbox_ras"`
	Mean          []float64               `json:"mean_ras_f64"`
	Length        float64                 `json:"total_length_mm"`
	SumAbs        float64                 `json:"sum_abs_coords"`
	PerPoint      map[string]oracleColumn `json:"data_per_point"`
	PerLine       map[string]oracleColumn `json:"data_per_streamline"`
	Warnings      []string                `json:"warnings"`
}

type oracleColumn struct {
	Components int       `json:"ncomp"`
	First      []float64 `json:"first"`
	Last       []float64 `json:"last"`
	Min        []float64 `json:"min"`
	Max        []float64 `json:"max"`
}

// Every file of the test data, with phrases of the warnings that a person should see.
var samples = map[string][]string{
	"dipy/tracks300.trk": nil,
	"linc/sub-I58_sample-hemi_desc-CSD_tractography.smalltest.trk": {"version 3"},
	"nibabel/complex.trk":            nil,
	"nibabel/complex_big_endian.trk": nil,
	"nibabel/empty.trk":              nil,
	"nibabel/empty.tck":              nil,
	"nibabel/simple.trk":             nil,
	"nibabel/simple.tck":             nil,
	"nibabel/standard.trk":           nil,
	"nibabel/standard.tck":           nil,
	"nibabel/standard.LPS.trk":       {"voxel order LPS, but the affine is for RAS"},
	"niivue/colby.trk":               {"records no affine", "voxel order LPS, but the affine is for RAS"},
}

func TestFilesReadAsTheirOraclesSay(t *testing.T) {
	for name, warnings := range samples {
		t.Run(name, func(t *testing.T) {
			var want oracle
			if err := json.Unmarshal(load(t, name+".oracle.json"), &want); err != nil {
				t.Fatal(err)
			}
			b := load(t, name)
			format, ok := tract.FormatOf(name)
			if !ok {
				t.Fatalf("FormatOf(%q) does not know it", name)
			}
			lines, r := mustRead(t, b, format)
			if got := r.Warnings(); !holds(got, warnings) {
				t.Errorf("warnings %q, want %q", got, warnings)
			}
			checkHeader(t, r.Header(), want)
			checkPoints(t, lines, want)
			checkColumns(t, r.Header().Scalars, want.PerPoint, rows(lines, r.Header().Scalars, perPoint))
			checkColumns(t, r.Header().Properties, want.PerLine, rows(lines, r.Header().Properties, perLine))
			checkSurveyed(t, tract.Input{Format: format, Source: tract.Bytes(b)}, want)
		})
	}
}

func checkHeader(t *testing.T, h tract.Header, want oracle) {
	t.Helper()
	if n := h.Streamlines; n != want.Streamlines && (n != -1 || want.Streamlines != 0) {
		t.Errorf("header counts %d streamlines, want %d", n, want.Streamlines)
	}
	if h.Affine != want.Affine {
		t.Errorf("affine %v, want %v", h.Affine, want.Affine)
	}
	if h.Format == tract.TCK {
		return
	}
	if !slices.Equal(h.Dim[:], want.Header.Dimensions) || !slices.Equal(h.VoxelSize[:], want.Header.VoxelSizes) {
		t.Errorf("volume of %v voxels of %v mm, want %v of %v", h.Dim, h.VoxelSize, want.Header.Dimensions, want.Header.VoxelSizes)
	}
	if h.VoxelOrder != want.Header.VoxelOrder {
		t.Errorf("voxel order %s, want %s", h.VoxelOrder, want.Header.VoxelOrder)
	}
	if recorded := len(want.Warnings) == 0 || !strings.Contains(want.Warnings[0], "not recorded"); h.HasAffine != recorded {
		t.Errorf("has affine: %v, want %v", h.HasAffine, recorded)
	}
}

func checkPoints(t *testing.T, lines []tract.Streamline, want oracle) {
	t.Helper()
	var all []float32
	var counts []int
	var length, sum float64
	for _, l := range lines {
		all = append(all, l.Points...)
		counts = append(counts, len(l.Points)/3)
		for i := 3; i < len(l.Points); i += 3 {
			length += distance(l.Points[i-3:i], l.Points[i:i+3])
		}
	}
	mean := make([]float64, 3)
	for i, v := range all {
		mean[i%3] += float64(v) / float64(len(all)/3)
		sum += math.Abs(float64(v))
	}
	if int64(len(lines)) != want.Streamlines || int64(len(all)/3) != want.Points {
		t.Fatalf("%d streamlines with %d points, want %d with %d", len(lines), len(all)/3, want.Streamlines, want.Points)
	}
	if len(all) == 0 {
		return
	}
	if got := counts[:min(10, len(counts))]; !slices.Equal(got, want.PerStreamline.First10) {
		t.Errorf("points of the first streamlines %v, want %v", got, want.PerStreamline.First10)
	}
	checkEnds(t, lines[0].Points, lines[len(lines)-1].Points, want)
	if !near(mean, want.Mean, 1e-4) {
		t.Errorf("mean point %v, want %v", mean, want.Mean)
	}
	if !near([]float64{length, sum}, []float64{want.Length, want.SumAbs}, 1e-6*want.SumAbs) {
		t.Errorf("length %v and sum of coordinates %v, want %v and %v", length, sum, want.Length, want.SumAbs)
	}
}

func checkEnds(t *testing.T, first, last []float32, want oracle) {
	t.Helper()
	for _, tt := range []struct {
		what string
		got  []float32
		want []float64
	}{
		{"first point", first[:3], want.First},
		{"end of the first streamline", first[len(first)-3:], want.FirstEnd},
		{"beginning of the last streamline", last[:3], want.LastBegin},
		{"last point", last[len(last)-3:], want.Last},
	} {
		if !near(tt.got, tt.want, 1e-4) {
			t.Errorf("%s %v, want %v", tt.what, tt.got, tt.want)
		}
	}
}

func distance(a, b []float32) float64 {
	var sum float64
	for k := range 3 {
		d := float64(b[k]) - float64(a[k])
		sum += d * d
	}
	return math.Sqrt(sum)
}

func perPoint(l tract.Streamline) []float32 { return l.Scalars }
func perLine(l tract.Streamline) []float32  { return l.Properties }

// rows collects the data of all streamlines and cuts them into rows as wide as the columns.
func rows(lines []tract.Streamline, columns []tract.Column, data func(tract.Streamline) []float32) [][]float32 {
	width := 0
	for _, c := range columns {
		width += c.Components
	}
	var all []float32
	for _, l := range lines {
		all = append(all, data(l)...)
	}
	if width == 0 {
		return nil
	}
	return slices.Collect(slices.Chunk(all, width))
}

func checkColumns(t *testing.T, columns []tract.Column, want map[string]oracleColumn, rows [][]float32) {
	t.Helper()
	got := map[string]oracleColumn{}
	at := 0
	for _, c := range columns {
		o := oracleColumn{Components: c.Components}
		cut := func(row []float32) []float64 {
			var out []float64
			for _, v := range row[at : at+c.Components] {
				out = append(out, float64(v))
			}
			return out
		}
		o.First, o.Last = cut(rows[0]), cut(rows[len(rows)-1])
		o.Min, o.Max = cut(rows[0]), cut(rows[0])
		for _, row := range rows {
			for i, v := range cut(row) {
				o.Min[i], o.Max[i] = min(o.Min[i], v), max(o.Max[i], v)
			}
		}
		got[c.Name] = o
		at += c.Components
	}
	if (len(got) > 0 || len(want) > 0) && !reflect.DeepEqual(got, want) {
		t.Errorf("columns %+v, want %+v", got, want)
	}
}

func checkSurveyed(t *testing.T, in tract.Input, want oracle) {
	t.Helper()
	got, err := mustOpenFile(t, in).Survey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Streamlines != want.Streamlines || got.Points != want.Points {
		t.Errorf("a survey counts %d and %d, want %d and %d", got.Streamlines, got.Points, want.Streamlines, want.Points)
	}
	if got.Points == 0 {
		if got.Bounds != [2][3]float64{} {
			t.Errorf("bounds %v of nothing", got.Bounds)
		}
		return
	}
	for i := range 2 {
		if !near(got.Bounds[i][:], want.Box[i], 1e-4) {
			t.Errorf("bounds %v, want %v", got.Bounds, want.Box)
		}
	}
}

func TestOneTractogramInThreeFilesIsTheSame(t *testing.T) {
	trk, _ := mustRead(t, load(t, "nibabel/standard.trk"), tract.TRK)
	lps, _ := mustRead(t, load(t, "nibabel/standard.LPS.trk"), tract.TRK)
	tck, _ := mustRead(t, load(t, "nibabel/standard.tck"), tract.TCK)
	if len(trk) != 120 {
		t.Fatalf("%d streamlines, want 120", len(trk))
	}
	for i := range trk {
		if !slices.Equal(trk[i].Points, tck[i].Points) || !slices.Equal(lps[i].Points, tck[i].Points) {
			t.Errorf("streamline %d: .trk %v, LPS %v, .tck %v", i, trk[i].Points, lps[i].Points, tck[i].Points)
		}
	}
}

func TestByteOrderDoesNotMatter(t *testing.T) {
	little, _ := mustRead(t, load(t, "nibabel/complex.trk"), tract.TRK)
	big, _ := mustRead(t, load(t, "nibabel/complex_big_endian.trk"), tract.TRK)
	if len(little) != 3 || !reflect.DeepEqual(little, big) {
		t.Errorf("little-endian %v, big-endian %v", little, big)
	}
}
