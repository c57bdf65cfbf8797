package handlers_test

import (
	"encoding/binary"
	"encoding/json"
	"image/png"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"ngportal/s3index"
)

// A strand is a streamline along x of so many millimeters, a point each; the scalar fa is its bundle divided by ten.
type strand struct{ bundle, y, length int }

// trkOf is a TrackVis file of strands in RAS, whose header says how many they are: reference/tracts.md §2. Points are
// stored from the corner of the first voxel, half a millimeter from its center.
func trkOf(strands ...strand) []byte {
	b := make([]byte, 1000)
	text := func(at int, s string) { copy(b[at:], s) }
	real := func(v float64) { b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v))) }
	text(0, "TRACK")
	text(38, "fa")
	text(240, "bundle")
	text(948, "RAS")
	for at, v := range map[int]uint16{6: 100, 8: 100, 10: 100, 36: 1, 238: 1} {
		binary.LittleEndian.PutUint16(b[at:], v)
	}
	for _, at := range []int{12, 16, 20, 440, 460, 480, 500} { // voxels, and the diagonal
		binary.LittleEndian.PutUint32(b[at:], math.Float32bits(1))
	}
	for at, v := range map[int]int{988: len(strands), 992: 2, 996: 1000} {
		binary.LittleEndian.PutUint32(b[at:], uint32(v))
	}
	for _, s := range strands {
		b = binary.LittleEndian.AppendUint32(b, uint32(s.length+1))
		for i := range s.length + 1 {
			real(float64(i) + 0.5)
			real(float64(s.y) + 0.5)
			real(10.5)
			real(float64(s.bundle) / 10)
		}
		real(float64(s.bundle))
	}
	return b
}

// strands are 30 of 40 mm in bundle 3 and one of 80 mm in bundle 7.
func strands() (all []strand) {
	for i := range 30 {
		all = append(all, strand{3, i, 40})
	}
	return append(all, strand{7, 50, 80})
}

// tracts is a portal with a tractogram, and a folder of several beside other folders.
func tracts(t *testing.T) (ada *browser) {
	t.Helper()
	put(t, "lab/loc-tracts/sub-1_tractography.trk", trkOf(strands()...))
	put(t, "lab/loc-tracts/parts/AF_left.trk", trkOf(strand{1, 0, 20}, strand{1, 1, 20}))
	put(t, "lab/loc-tracts/parts/CST.trk", trkOf(strand{1, 5, 30}))
	put(t, "lab/loc-tracts/parts/notes.txt", []byte("text"))
	put(t, "lab/loc-tracts/one/CST.trk", trkOf(strand{1, 5, 30}))
	put(t, "lab/loc-tracts/damaged/a.trk", trkOf(strand{1, 5, 30}))
	put(t, "lab/loc-tracts/damaged/b.trk", []byte("no tracts"))
	p := startPortal(t, nil, s3index.NewBucket("lab", s3index.NewClient(server.Config(), server.Endpoint, true)))
	p.seed(lab("tracts", []string{"ada@example.org"}, "loc-tracts"))
	return p.signIn("ada@example.org")
}

const oneTract = "/tracts/sub-1_tractography.trk"

// factsOf are the facts of a page of an asset.
func factsOf(page answer) map[string]string {
	facts, values := map[string]string{}, page.all(".facts > div > dd")
	for i, label := range page.all(".facts > div > dt") {
		facts[label] = values[i]
	}
	return facts
}

func TestTractPage(t *testing.T) {
	ada := tracts(t)
	page := ada.get("/asset" + oneTract)
	facts := factsOf(page)
	for label, want := range map[string]string{
		"Streamlines": "31", "Points": "1,311", "Length": "41.29 mm in the mean, 80 mm the longest",
		"Extent":      "left–right 0.0 to 80.0 mm back–front 0.0 to 50.0 mm down–up 10.0 to 10.0 mm",
		"Voxel order": "RAS", "Voxel size": "1 × 1 × 1 mm", "From voxels to mm": "1000010000100001",
		"Values of each point": "fa, 0.3 to 0.7", "Values of each streamline": "bundle", "Shown in the viewer": "As a skeleton: all of them.",
	} {
		if facts[label] != want {
			t.Errorf("%s is %q, want %q", label, facts[label], want)
		}
	}
	if got, want := page.all(".strands tbody td:nth-child(n+2)"), []string{"30", "40 mm", "1", "80 mm"}; !slices.Equal(got, want) {
		t.Errorf("the bundles are %q, want %q", got, want)
	}
	if len(page.nodes(".strands details[open]")) != 1 {
		t.Error("two bundles are folded")
	}
	if got, want := page.all(".chart text"), []string{"0", "20", "40", "60", "80"}; !slices.Equal(got, want) {
		t.Errorf("the lengths have the axis %q, want %q", got, want)
	}
	if got := page.attributes(".chart svg", "aria-label"); len(got) != 1 || !strings.Contains(got[0], "41.29 mm in the mean, 80 mm the longest; most often from ") {
		t.Errorf("the lengths read %q", got)
	}
	if got := page.attributes(".planes img", "alt"); len(got) != 3 || got[1] != "Axial view through the streamlines, which extend 80 mm from left to right, 50 mm from back to front and 0 mm from bottom to top." {
		t.Errorf("the pictures read %q", got)
	}
	if strings.Contains(page.body, "sample of") {
		t.Error("it speaks of a sample, but all was read")
	}
}

// TestTractPictures: what runs along x is red in pictures of all sizes.
func TestTractPictures(t *testing.T) {
	ada := tracts(t)
	for address, side := range map[string]int{
		"/preview" + oneTract: 296, "/preview" + oneTract + "?plane=coronal&size=100": 100, "/thumbnail" + oneTract: 96, "/thumbnail/tracts/parts/": 96, "/preview/tracts/parts/": 296,
	} {
		a := ada.get(address)
		if a.code != http.StatusOK {
			t.Errorf("%s = %d %s", address, a.code, a.body)
			continue
		}
		img, err := png.Decode(strings.NewReader(a.body))
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		red, other := 0, 0
		for x := range img.Bounds().Dx() {
			for y := range img.Bounds().Dy() {
				switch r, g, b, _ := img.At(x, y).RGBA(); {
				case r>>8 > 150 && g>>8 < 60 && b>>8 < 60:
					red++
				case max(r, g, b)>>8 > 150:
					other++
				}
			}
		}
		if red < 20 || other > 0 || img.Bounds().Dx() != side {
			t.Errorf("%s is %v with %d red pixels and %d others", address, img.Bounds(), red, other)
		}
	}
	if a := ada.get("/thumbnail/tracts/damaged/b.trk"); a.code != http.StatusNoContent {
		t.Errorf("a damaged one has the picture %d %s", a.code, a.body)
	}
}

// TestFolderOfBundles: a folder of tractograms is a folder, and offers to be one tractogram.
func TestFolderOfBundles(t *testing.T) {
	ada := tracts(t)
	page := ada.get("/browse/tracts/parts/")
	if page.code != http.StatusOK || len(page.nodes("#rows tr")) != 3 {
		t.Fatalf("the folder is %d with %d rows", page.code, len(page.nodes("#rows tr")))
	}
	if got := page.all(".offer p"); len(got) != 1 || !strings.HasPrefix(got[0], "The 2 tractograms of this folder can be opened as one layer") {
		t.Errorf("it offers %q", got)
	}
	if got := page.attributes(".offer a", "href"); !slices.Equal(got, []string{"/asset/tracts/parts/"}) {
		t.Errorf("it leads to %q", got)
	}
	for _, path := range []string{"", "one/"} {
		if got := ada.get("/browse/tracts/" + path).nodes(".offer"); len(got) != 0 {
			t.Errorf("%q offers something", path)
		}
	}
	if a := ada.portal.nobody().get("/browse/tracts/parts/"); len(a.nodes(".offer")) != 0 {
		t.Error("it is offered to nobody")
	}
	asset := ada.get("/asset/tracts/parts/")
	if asset.code != http.StatusOK || !strings.HasPrefix(asset.all("header p")[0], "folder of tracts of 2 tractograms") {
		t.Errorf("the asset is %d, %q", asset.code, asset.all("header p"))
	}
	if got, want := asset.all(".strands tbody td"), []string{"AF_left", "2", "CST", "1"}; !slices.Equal(got, want) {
		t.Errorf("its bundles are %q, want %q", got, want)
	}
	if got, want := asset.attributes(".strands td a", "href"), []string{"/asset/tracts/parts/AF_left.trk", "/asset/tracts/parts/CST.trk"}; !slices.Equal(got, want) {
		t.Errorf("they lead to %q, want %q", got, want)
	}
	if got := factsOf(asset)["Streamlines"]; got != "3" {
		t.Errorf("it has %q streamlines, want 3", got)
	}
	damaged := ada.get("/asset/tracts/damaged/")
	if got := damaged.all(".problems li"); len(got) != 1 || !strings.Contains(got[0], "“b” cannot be shown: ") {
		t.Errorf("the damaged one has the problems %q", got)
	}
	if got := damaged.all(".strands tbody td:first-child"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("the damaged one has the bundles %q", got)
	}
}

// TestFolderOfBundlesInTray: it is an asset to the tray and to Neuroglancer.
func TestFolderOfBundlesInTray(t *testing.T) {
	ada := tracts(t)
	if a := ada.post("/tray/add", "asset", "tracts/loc-tracts/parts/", "return", "/browse/tracts/parts/"); a.code >= 400 {
		t.Fatalf("adding it: %d %s", a.code, a.body)
	}
	if got := ada.get("/browse/tracts/parts/").all(".offer .badge"); !slices.Equal(got, []string{"in tray"}) {
		t.Errorf("the folder says %q", got)
	}
	tray := ada.get("/tray")
	if !strings.Contains(tray.body, "folder of tracts") || !strings.Contains(tray.body, "/thumbnail/tracts/parts/") {
		t.Error("the tray does not have it")
	}
	if got := tray.all(".items .badge"); !slices.Equal(got, []string{"all 3 streamlines shown"}) {
		t.Errorf("the badge says %q", got)
	}
	panel := ada.get(ada.panel(0))
	if len(panel.nodes("#a-0-tractcolor")) != 1 || len(panel.nodes("#a-0-density, #a-0-as")) != 0 {
		t.Error("its panel offers what does nothing")
	}
}

func TestTractInAPI(t *testing.T) {
	ada := tracts(t)
	type tractsIn struct {
		Kind   string
		Source string
		Tracts struct {
			Total, Points, Shown, Sampled int64
			Exact                         bool
			ShownAs                       string             `json:"shown_as"`
			Lengths                       map[string]float64 `json:"lengths"`
			Bundles                       []map[string]any
			Scalars                       []map[string]any
		}
	}
	ask := func(path string) (out tractsIn) {
		a := ada.get("/api/v1/datasets/tracts/asset?path=" + path)
		if err := json.Unmarshal([]byte(a.body), &out); err != nil {
			t.Fatalf("%s: %v in %d %s", path, err, a.code, a.body)
		}
		return out
	}
	got := ask("sub-1_tractography.trk")
	if r := got.Tracts; r.Total != 31 || r.Points != 1311 || r.Shown != 31 || r.Sampled != 0 || !r.Exact || r.ShownAs != "skeleton" {
		t.Errorf("the file is %+v", r)
	}
	if l := got.Tracts.Lengths; math.Abs(l["mean"]-1280.0/31) > 0.01 || l["max"] != 80 {
		t.Errorf("the lengths are %v", l)
	}
	if b := got.Tracts.Bundles; len(b) != 2 || b[0]["id"] != 3.0 || b[0]["streamlines"] != 30.0 || b[1]["mean_length"] != 80.0 {
		t.Errorf("the bundles are %v", b)
	}
	if s := got.Tracts.Scalars; len(s) != 1 || s[0]["name"] != "fa" || s[0]["components"] != 1.0 {
		t.Errorf("the scalars are %v", s)
	}
	folder := ask("parts/")
	if folder.Kind != "bundles" || folder.Tracts.Total != 3 || len(folder.Tracts.Bundles) != 2 {
		t.Errorf("the folder is %+v", folder)
	}
	if !strings.HasPrefix(folder.Source, "http://localhost:1/t/loc-tracts/parts/skel/") {
		t.Errorf("the folder opens as %q", folder.Source)
	}
}
