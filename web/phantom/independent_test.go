package phantom_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"ngportal/web/phantom"
)

// What testdata/readers.py says about the files.
type (
	report struct {
		T1                            niftiReport
		FA, XPCT, Dseg, Fluo, OddZarr omeReport
		TRK, TCK, OddTRK              tractReport
	}
	niftiReport struct {
		Dtype, Units string
		Shape, Codes []int
		Zooms        []float64
		Sform, Qform [][]float64
		Samples      [][]float64 // x, y, z, value
	}
	omeReport struct {
		Version, Axes string
		LeftOut       int
		Levels        []struct {
			Shape              []int
			Dtype              string
			Scale, Translation []float64 // mm; z, y, x
			Samples            [][]float64
		}
		Label struct {
			Colors []struct {
				Value int `json:"label-value"`
				RGBA  []int
			}
		}
		Omero struct {
			Channels []struct {
				Label, Color string
				Active       bool
				Window       struct{ Min, Max, Start, End float64 }
			}
		}
	}
	tractReport struct {
		Lines  [][][]float64
		Count  int
		Order  string
		Affine [][]float64
		Dim    []int
		Size   []float64
		FA     [][]float64
		Bundle []float64
	}
)

var errNoLibraries = errors.New("python3-nibabel, python3-zarr or python3-numpy is not installed")

var readers = sync.OnceValues(func() (report, error) {
	var r report
	dir, err := written()
	if err != nil {
		return r, err
	}
	private, micro := phantom.PrivateBucket+"/", phantom.MicroscopyBucket+"/"
	paths, err := json.Marshal(map[string]string{
		"t1": private + phantom.T1wKey, "fa": private + phantom.FAKey, "xpct": private + phantom.XPCTKey,
		"dseg": private + phantom.DsegKey, "trk": private + phantom.TRKKey, "tck": private + phantom.TCKKey,
		"fluo": micro + phantom.FluoKey, "oddZarr": micro + phantom.OddZarrKey, "oddTrk": micro + phantom.OddTRKKey,
	})
	if err != nil {
		return r, err
	}
	var out, faults bytes.Buffer
	cmd := exec.Command("/usr/bin/python3", "testdata/readers.py", dir, string(paths))
	cmd.Stdout, cmd.Stderr = &out, &faults
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() != 3 {
			return r, errors.New(faults.String())
		}
		return r, errNoLibraries
	}
	return r, json.Unmarshal(out.Bytes(), &r)
})

func independent(t *testing.T) report {
	t.Helper()
	r, err := readers()
	if errors.Is(err, errNoLibraries) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// compare checks samples of x, y, z and value against the head.
func compare(t *testing.T, samples [][]float64, value func(x, y, z float64) float64, tolerance float64) {
	t.Helper()
	bright, wrong := 0, 0
	for _, s := range samples {
		want := value(s[0], s[1], s[2])
		if want > 0 {
			bright++
		}
		if math.Abs(s[3]-want) > tolerance {
			if wrong++; wrong <= 5 {
				t.Errorf("%v at %.3f, want %.2f ± %v", s[3], s[:3], want, tolerance)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d samples differ", wrong, len(samples))
	}
	if bright < len(samples)/10 {
		t.Errorf("only %d of %d samples are not 0: that shows little", bright, len(samples))
	}
}

func near(a, b []float64, tolerance float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Abs(x-y) <= tolerance })
}

func TestNibabelReadsTheNIfTI(t *testing.T) {
	r := independent(t).T1
	if r.Dtype != "int16" || r.Units != "mm" || !slices.Equal(r.Codes, []int{1, 1}) || !slices.Equal(r.Shape, []int{134, 188, 110}) {
		t.Errorf("type %s, unit %s, codes %v, shape %v; want int16, mm, 1 and 1, 134 × 188 × 110", r.Dtype, r.Units, r.Codes, r.Shape)
	}
	if !near(r.Zooms, []float64{1.4, 1.2, 1.8}, 1e-6) {
		t.Errorf("zooms %v, want 1.4, 1.2, 1.8", r.Zooms)
	}
	affine := phantom.T1w().Grid.Affine()
	for i := range 4 {
		if !near(r.Sform[i], affine[i][:], 2e-5) || !near(r.Qform[i], affine[i][:], 2e-5) {
			t.Errorf("row %d: sform %v, qform %v, want %v", i, r.Sform[i], r.Qform[i], affine[i])
		}
	}
	// cos 15° cos 14° = 0.937: oblique enough to be seen, and far from any permutation.
	for i, want := range []float64{0.97 * 1.4, 0.937 * 1.2, 0.966 * 1.8} {
		if math.Abs(r.Sform[i][i]-want) > 0.001*want {
			t.Errorf("sform[%d][%d] = %v, want %v", i, i, r.Sform[i][i], want)
		}
	}
	v := phantom.T1w()
	compare(t, r.Samples, v.Value, v.Noise+0.6) // half a step of rounding, and what float32 of the affine costs
}

func TestZarrReadsTheVolumes(t *testing.T) {
	r := independent(t)
	tests := map[string]struct {
		got                  omeReport
		volume               phantom.Volume
		version, axes, dtype string
		levels               int
		scale, translation   []float64
	}{
		"FA":   {r.FA, phantom.FA(), "0.4", "zyx", "uint16", 4, []float64{1.5, 1, 1}, []float64{-91.25, -111, -79.5}},
		"XPCT": {r.XPCT, phantom.XPCT(), "0.5", "zyx", "uint8", 3, []float64{0.8, 0.8, 0.8}, []float64{-22.4, -52.8, -76.4}},
		"dseg": {r.Dseg, phantom.Dseg(), "0.4", "zyx", "uint32", 3, []float64{1.5, 1.5, 1.5}, []float64{-96, -118.5, -84.75}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.got.Version != tt.version || tt.got.Axes != tt.axes || len(tt.got.Levels) != tt.levels {
				t.Fatalf("version %s, axes %s, %d levels; want %s, %s, %d", tt.got.Version, tt.got.Axes, len(tt.got.Levels), tt.version, tt.axes, tt.levels)
			}
			base := tt.got.Levels[0]
			if base.Dtype != tt.dtype || !near(base.Scale, tt.scale, 1e-9) || !near(base.Translation, tt.translation, 1e-9) {
				t.Errorf("%s, scale %v, translation %v; want %s, %v, %v", base.Dtype, base.Scale, base.Translation, tt.dtype, tt.scale, tt.translation)
			}
			compare(t, base.Samples, tt.volume.Value, tt.volume.Noise+0.51)
			if name == "dseg" {
				for _, l := range tt.got.Levels[1:] {
					compare(t, l.Samples, tt.volume.Value, 0)
				}
			}
		})
	}
	if got, want := len(r.Dseg.Label.Colors), len(phantom.Labels()); got != want || want != 25 {
		t.Errorf("%d labels have a color, want %d, which is 25", got, want)
	}
	if r.XPCT.LeftOut == 0 {
		t.Error("no shard leaves out an empty chunk: that part of the format is not there to try")
	}
}

func TestZarrReadsTheFluorescence(t *testing.T) {
	r := independent(t).Fluo
	if r.Version != "0.4" || r.Axes != "czyx" || len(r.Levels) != 3 || !slices.Equal(r.Levels[0].Shape, []int{4, 14, 240, 240}) {
		t.Fatalf("version %s, axes %s, levels %d; want 0.4, czyx, 3", r.Version, r.Axes, len(r.Levels))
	}
	for c, want := range phantom.Channels() {
		got := r.Omero.Channels[c]
		if got.Label != want.Label || got.Color != want.Color || !got.Active || got.Window.End != want.Max || got.Window.Start >= got.Window.End {
			t.Errorf("OMERO channel %d is %+v, want %+v", c, got, want)
		}
		var samples [][]float64
		for _, s := range r.Levels[0].Samples {
			if s[0] == float64(c) {
				samples = append(samples, s[1:])
			}
		}
		value := func(x, y, z float64) float64 { return phantom.Fluorescence(c, x, y, z) }
		compare(t, samples, value, phantom.Fluo().Noise+0.51)
	}
}

func TestNibabelReadsTheStreamlines(t *testing.T) {
	r := independent(t)
	want := streamlines()
	if r.TRK.Order != "LAS" || !slices.Equal(r.TRK.Dim, []int{128, 154, 92}) || !near(r.TRK.Size, []float64{1.25, 1.25, 2}, 1e-6) {
		t.Errorf("order %s, dim %v, voxels %v; want LAS, 128 × 154 × 92, 1.25 × 1.25 × 2", r.TRK.Order, r.TRK.Dim, r.TRK.Size)
	}
	if !near(r.TRK.Affine[0], []float64{-1.25, 0, 0, 79.375}, 1e-6) {
		t.Errorf("first row of the affine %v, want -1.25, 0, 0, 79.375", r.TRK.Affine[0])
	}
	sameLines(t, "trk", r.TRK, want)
	var sift []phantom.Streamline
	for i := 0; i < len(want); i += phantom.SiftEvery {
		sift = append(sift, want[i])
	}
	sameLines(t, "tck", r.TCK, sift)
	bundles := phantom.Bundles()
	for i, line := range want {
		if got := bundles[int(r.TRK.Bundle[i])-1]; got != line.Bundle {
			t.Errorf("streamline %d is of bundle %s, want %s", i, got, line.Bundle)
		}
		for k, p := range line.Points {
			if fa := phantom.Anisotropy(p[0], p[1], p[2]) / 1000; math.Abs(r.TRK.FA[i][k]-fa) > 1e-4 {
				t.Fatalf("FA of point %d of streamline %d is %v, want %v", k, i, r.TRK.FA[i][k], fa)
			}
		}
	}
}

func sameLines(t *testing.T, name string, got tractReport, want []phantom.Streamline) {
	t.Helper()
	if got.Count != len(want) || len(got.Lines) != len(want) {
		t.Fatalf("%s: header says %d, file holds %d streamlines, want %d", name, got.Count, len(got.Lines), len(want))
	}
	for i, line := range want {
		if len(got.Lines[i]) != len(line.Points) {
			t.Fatalf("%s: streamline %d has %d points, want %d", name, i, len(got.Lines[i]), len(line.Points))
		}
		for k, p := range line.Points {
			if !near(got.Lines[i][k], p[:], 1e-4) {
				t.Fatalf("%s: point %d of streamline %d is %v, want %v", name, k, i, got.Lines[i][k], p)
			}
		}
	}
}

func TestOddlyNamedAssetsAreReal(t *testing.T) {
	r := independent(t)
	if len(r.OddTRK.Lines) != 2 || r.OddTRK.Count != 2 || !near(r.OddTRK.Lines[0][0], []float64{12, 0, -10}, 1e-4) {
		t.Errorf("%s holds %d streamlines, want 2 of which the first starts at 12, 0, -10", phantom.OddTRKKey, len(r.OddTRK.Lines))
	}
	if r.OddZarr.Version != "0.4" || len(r.OddZarr.Levels) != 2 {
		t.Errorf("%s is version %q with %d levels, want 0.4 with 2", phantom.OddZarrKey, r.OddZarr.Version, len(r.OddZarr.Levels))
	}
	if !strings.HasSuffix(phantom.OddZarrKey, "ü's.ome.zarr/") {
		t.Errorf("%q is not odd", phantom.OddZarrKey)
	}
}
