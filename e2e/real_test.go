package e2e

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ngportal/web/phantom"
)

// TestRealFiles opens files of public projects, and compares what is drawn with what nibabel reads.
func TestRealFiles(t *testing.T) {
	if dataDir() == "" {
		t.Skip("the folder of real files is not here; name it in NGPORTAL_TEST_DATA")
	}
	const linc, dipy = "linc/sub-I58_sample-hemi_desc-CSD_tractography.smalltest.trk", "dipy/tracks300.trk"
	b := newTab(t)
	b.signIn("Ben")
	b.collect("/browse/demo-tracts/linc/", filepath.Base(linc))
	b.collect("/browse/demo-tracts/dipy/", filepath.Base(dipy))
	b.follow("Open in Neuroglancer")
	b.waitViewer(2)
	b.shot("tracts")
	for _, file := range []string{linc, dipy} {
		b.equalsOracle(file)
	}
	b.quiet()
}

// equalsOracle reads the skeleton as the viewer does, and compares count and ends.
func (b *tab) equalsOracle(file string) {
	b.t.Helper()
	text, err := os.ReadFile(filepath.Join(dataDir(), "tracts", file+".oracle.json"))
	if err != nil {
		b.t.Fatal(err)
	}
	var want struct {
		Points int        `json:"n_points"`
		First  [3]float64 `json:"first_point_ras"`
		Last   [3]float64 `json:"last_point_ras"`
	}
	if err = json.Unmarshal(text, &want); err != nil {
		b.t.Fatal(err)
	}
	got := eval[[]float64](b, `async (url) => {
		const v = new DataView(await (await fetch(url)).arrayBuffer()), n = v.getUint32(0, true), at = i => v.getFloat32(8 + 4 * i, true);
		return [n, at(0), at(1), at(2), at(3 * n - 3), at(3 * n - 2), at(3 * n - 1)];
	}`, the.viewer+"/t/demo-tracts/"+file+"/skel/1")
	if int(got[0]) != want.Points {
		b.t.Errorf("%s: %v points, want %d", file, got[0], want.Points)
	}
	for i, w := range append(want.First[:], want.Last[:]...) {
		if math.Abs(got[i+1]-w) > 1e-4 {
			b.t.Errorf("%s: first and last point %v, want %v and %v", file, got[1:], want.First, want.Last)
			break
		}
	}
}

// TestRealVolumes opens real OME-Zarr and NIfTI files.
func TestRealVolumes(t *testing.T) {
	if dataDir() == "" {
		t.Skip("the folder of real files is not here; name it in NGPORTAL_TEST_DATA")
	}
	b := newTab(t)
	b.signIn("Ben")
	for _, name := range []string{"simple_0.4.ome.zarr", "simple_0.5.ome.zarr", "example4d.nii.gz"} {
		b.open(the.portal + "/browse/demo-volumes/")
		b.open(eval[string](b, "(n) => [...document.querySelectorAll('tbody a')].find(a => a.innerText === n).href", name))
		b.follow("Open in Neuroglancer")
		b.waitViewer(1)
		b.shot(name)
		if got := brightest(b.middles()); got.mean() < 20 || near(got, 128) {
			t.Errorf("%s: the middle is drawn %v, want the image", name, got)
		}
	}
	b.quiet()
}

// near reports whether a pixel is the gray of the background, where nothing is drawn.
func near(p pixel, gray float64) bool {
	return math.Abs(p[0]-gray)+math.Abs(p[1]-gray)+math.Abs(p[2]-gray) < 3
}

// TestOtherKinds looks at the NIfTI volume, whose sform is oblique, the labels and the fluorescence
// channels, at places that the phantom's formulas choose.
func TestOtherKinds(t *testing.T) {
	b := newTab(t)
	b.signIn("Ada")
	b.collect("/browse/phantom/rawdata/sub-phantom/anat/", "sub-phantom_sample-brain_T1w.nii.gz")
	b.collect("/browse/phantom/derivatives/sub-phantom/anat/", "sub-phantom_sample-brain_dseg.ome.zarr")
	b.follow("Open in Neuroglancer")
	b.waitViewer(2)
	b.shot("anat")
	b.show(b.layer("T1w · phantom brain"))
	b.sees(phantom.T1w(), 860, 60)
	b.show(b.layer("dseg · phantom brain"))
	for _, p := range probes(phantom.T1w(), 0.65*860) {
		b.lookAt(p[0], p[1], p[2])
		if all := b.middles(); near(brightest(all), 128) {
			t.Errorf("no label is drawn at %v: %v", p, all)
		}
	}
	b.quiet()

	b.open(the.portal + "/asset/microscopy/" + strings.TrimSuffix(phantom.FluoKey, "/") + "/")
	b.follow("Open in Neuroglancer")
	b.waitViewer(len(phantom.Channels()))
	b.shot("fluorescence")
	b.quiet()
}
