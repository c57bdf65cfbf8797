package handlers_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"ngportal/handlers"
	"ngportal/s3index"
)

// shiftLTA is a transform of FreeSurfer that moves by 5 mm along x, between two volumes of the grid of [rampNIfTI].
func shiftLTA(from, to string) string {
	volume := func(name string) string {
		return "valid = 1  # volume info valid\nfilename = " + name + "\nvolume = 40 30 20\nvoxelsize = 1 1 2\n" +
			"xras   = 1 0 0\nyras   = 0 1 0\nzras   = 0 0 1\ncras   = 20 15 20\n"
	}
	return "type      = 1\nnxforms   = 1\nmean      = 0 0 0\nsigma     = 1\n1 4 4\n1 0 0 5\n0 1 0 0\n0 0 1 0\n0 0 0 1\n" +
		"src volume info\n" + volume(from) + "dst volume info\n" + volume(to)
}

// The assets of the portal of [composing], as forms name them.
const (
	first  = "brain/loc-brain/sub-I58_chunk-XPCT01_XPCT.nii"
	second = "brain/loc-brain/sub-I58_chunk-XPCT02_XPCT.nii"
	third  = "brain/loc-brain/sub-I58_chunk-XPCT02_desc-b_XPCT.nii"
	vault  = "vault/loc-vault/secret.nii"
	lta    = `{"location":"loc-brain","path":"xfm/sub-I58_from-XPCT01_to-XPCT02_desc-final_xfm.lta"}`
)

// composing is a portal in which Ada has three volumes in her tray; the vault is Eve's.
func composing(t *testing.T) (ada, eve *browser) {
	t.Helper()
	for _, name := range []string{first, second, third, vault} {
		_, path, _ := strings.Cut(name, "/")
		put(t, "lab/"+path, rampNIfTI())
	}
	put(t, "lab/loc-brain/xfm/sub-I58_from-XPCT01_to-XPCT02_desc-final_xfm.lta", []byte(shiftLTA("XPCT02.nii", "XPCT01.nii")))
	put(t, "lab/loc-brain/xfm/warp.txt", []byte("no transform"))
	p := startPortal(t, func(c *handlers.Config) {
		c.Addresses = map[string]string{"s3://lab/": "lab", "https://data.example.org/": "lab"}
	}, s3index.NewBucket("lab", s3index.NewClient(server.Config(), server.Endpoint, true)))
	p.seed(lab("brain", []string{"cleo@example.org"}, "loc-brain"), lab("vault", []string{"eve@example.org"}, "loc-vault"))
	ada, eve = p.signIn("cleo@example.org"), p.signIn("eve@example.org")
	ada.must("/tray/add", "asset", first, "asset", second, "asset", third)
	return ada, eve
}

// must posts a form that has to be taken.
func (b *browser) must(path string, fields ...string) answer {
	b.portal.t.Helper()
	a := b.post(path, fields...)
	if a.code != 303 {
		b.portal.t.Fatalf("POST %s %v = %d %q", path, fields, a.code, a.all("main"))
	}
	return a
}

// A layer is what a test looks at in a state.
type layer struct {
	Name    string
	Visible *bool
	Opacity float64
	Source  json.RawMessage
	Shader  string
}

// state is what the tray opens as.
func (b *browser) state() (layers []layer, whole string) {
	b.portal.t.Helper()
	a := b.post("/open", "copy", "1")
	slugs := a.all("#made [data-fresh]")
	if a.code != 201 || len(slugs) != 1 {
		b.portal.t.Fatalf("POST /open = %d %q", a.code, a.all("main"))
	}
	at := slugs[0]
	a = b.get("/api/v1/links/" + at[strings.LastIndexByte(at, '/')+1:])
	var link struct {
		State struct {
			Layers []layer
		}
	}
	if err := json.Unmarshal([]byte(a.body), &link); err != nil || a.code != 200 {
		b.portal.t.Fatalf("the link = %d %q: %v", a.code, a.body, err)
	}
	return link.State.Layers, a.body
}

// shift is the translation along x of a layer's source, in millimeters.
func (l layer) shift(t *testing.T) float64 {
	t.Helper()
	return l.along(t, 0)
}

// along is the translation along an axis.
func (l layer) along(t *testing.T, axis int) float64 {
	t.Helper()
	var source struct {
		Transform struct{ Matrix [][]float64 }
	}
	if err := json.Unmarshal(l.Source, &source); err != nil {
		t.Fatalf("%s: %v", l.Source, err)
	}
	return source.Transform.Matrix[axis][3]
}

// TestTransformOffered brings layers together as the tray page offers it, takes that back, and does it again.
func TestTransformOffered(t *testing.T) {
	ada, _ := composing(t)
	page := ada.get("/tray")
	if got := page.all(".offer p"); len(got) != 1 || !strings.HasPrefix(got[0], "2 layers are in the space XPCT02, and others in XPCT01.") {
		t.Fatalf("offers %q, want one for two layers", got)
	}
	if got := page.all(".offer button"); !slices.Equal(got, []string{"Move XPCT02 onto XPCT01"}) {
		t.Errorf("the offer says %q", got)
	}
	if got := page.attributes(".offer [name=asset]", "value"); !slices.Equal(got, []string{second, third}) {
		t.Errorf("the offer is for %q", got)
	}
	before, _ := ada.state()
	ada.must("/tray/transform", "asset", second, "asset", third, "move", page.attributes(".offer [name=move]", "value")[0])
	after, _ := ada.state()
	for i, want := range []float64{0, 5, 5} {
		if got := after[i].shift(t) - before[i].shift(t); got != want {
			t.Errorf("layer %d has moved by %g mm, want %g", i, got, want)
		}
	}
	page = ada.get("/tray")
	if got := page.all(".offer"); len(got) != 0 {
		t.Errorf("what has been done is still offered: %q", got)
	}
	if got := page.all(".items .what > p"); !slices.Contains(got, "moved by sub-I58_from-XPCT01_to-XPCT02_desc-final_xfm.lta") {
		t.Errorf("the page does not say what has been moved: %q", got)
	}
	if got := page.all("#undo"); !slices.Equal(got, []string{"Undo adjusting 2 assets"}) {
		t.Errorf("undo says %q", got)
	}
	ada.must("/tray/undo")
	if got, _ := ada.state(); got[1].shift(t) != before[1].shift(t) {
		t.Error("undoing does not bring the layer back")
	}
	ada.must("/tray/redo")
	if got, _ := ada.state(); got[1].shift(t) != after[1].shift(t) {
		t.Error("doing it again does not move the layer")
	}
	if a := ada.post("/tray/redo"); a.code != 404 {
		t.Errorf("doing nothing again = %d, want 404", a.code)
	}
}

// TestOffers: both ways are offered where there are both files; once brought together, the layers are left in peace, and
// what comes from a third space follows.
func TestOffers(t *testing.T) {
	ada, _ := composing(t)
	for name, text := range map[string]string{
		"from-XPCT02_to-XPCT01": shiftLTA("XPCT01.nii", "XPCT02.nii"), "from-XPCT02_to-MRI": shiftLTA("MRI.nii", "XPCT02.nii"),
	} {
		put(t, "lab/loc-brain/xfm/"+name+"_xfm.lta", []byte(text))
		t.Cleanup(func() { drop(t, "lab/loc-brain/xfm/"+name+"_xfm.lta") })
	}
	put(t, "lab/loc-brain/sub-I58_MRI.nii", rampNIfTI())
	ada.must("/tray/add", "asset", "brain/loc-brain/sub-I58_MRI.nii")
	want := []string{"Move MRI onto XPCT02", "Move XPCT01 onto XPCT02", "Move XPCT02 onto XPCT01"}
	if got := ada.get("/tray").all(".offer button"); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Fatalf("offers %q, want %q", got, want)
	}
	ada.must("/tray/transform", "asset", second, "asset", third, "move", lta)
	page := ada.get("/tray")
	if got := page.all(".offer button"); !slices.Equal(got, want[:1]) {
		t.Fatalf("offers %q, want %q", got, want[:1])
	}
	moves := page.attributes(".offer [name=move]", "value")
	if len(moves) != 2 || moves[1] != lta {
		t.Errorf("MRI is moved by %q, want it to follow XPCT02", moves)
	}
}

// panel is the address of the tray page with the panel of the item at a place open.
func (b *browser) panel(at int) string {
	b.portal.t.Helper()
	return b.get("/tray").attributes(fmt.Sprintf("#adjust-%d", at), "href")[0]
}

// TestAdjust goes through the panel: what it offers, what it keeps, and what opens.
func TestAdjust(t *testing.T) {
	ada, _ := composing(t)
	at := ada.panel(1)
	page := ada.get(at)
	if got := page.attributes("#adjust-1", "aria-expanded"); !slices.Equal(got, []string{"true"}) {
		t.Errorf("the panel says %q", got)
	}
	moves := page.all("#a-1-move-0 option")
	file := "sub-I58_from-XPCT01_to-XPCT02_desc-final_xfm.lta"
	want := []string{"None", "moves XPCT02 onto XPCT01 (LTA) · " + file, "moves XPCT01 onto XPCT02 (LTA, inverted) · " + file}
	if !slices.Equal(moves, want) {
		t.Errorf("transforms %q, want %q", moves, want)
	}
	inverse := page.attributes("#a-1-move-0 option", "value")[2]
	a := ada.must("/tray/adjust", "asset", second, "opacity", "50", "blend", "additive", "colormap", "red", "low0", "150", "high0", "400", "move", inverse, "move", "", "return", at)
	if a.location() != at {
		t.Errorf("leads to %s, want %s: the panel stays open", a.location(), at)
	}
	ada.must("/tray/show", "asset", third, "hidden", "true")
	layers, whole := ada.state()
	before := layers[2].shift(t)
	if got := layers[1]; got.Opacity != 0.5 || got.shift(t) != before-5 || !strings.Contains(whole, `"range":[150,400]`) {
		t.Errorf("layer = %+v, moved by %g", got, got.shift(t)-before)
	}
	if v := layers[2].Visible; v == nil || *v {
		t.Error("the hidden layer is visible")
	}
	page = ada.get(at)
	for field, want := range map[string]string{"#a-1-opacity": "50", "#a-1-ch-0-low": "150", "#a-1-ch-0-high": "400"} {
		if got := page.attributes(field, "value"); !slices.Equal(got, []string{want}) {
			t.Errorf("%s = %q, want %s", field, got, want)
		}
	}
	if got := page.all("#a-1-move-0 option[selected]"); !slices.Equal(got, want[2:]) {
		t.Errorf("the transform is %q", got)
	}
	if got := len(page.all("#a-1-move-1 option")); got != 3 {
		t.Errorf("%d transforms can follow, want 3", got)
	}
	if got := page.all("#show-2"); !slices.Equal(got, []string{"Show " + page.attributes("#name-2", "value")[0]}) {
		t.Errorf("the button of a hidden layer says %q", got)
	}
}

func TestAdjustRefuses(t *testing.T) {
	ada, _ := composing(t)
	tests := map[string]struct {
		path   string
		fields []string
		code   int
	}{
		"opacity of words":            {"/tray/adjust", []string{"opacity", "half"}, 422},
		"too much opacity":            {"/tray/adjust", []string{"opacity", "101"}, 422},
		"opacity that is no number":   {"/tray/adjust", []string{"opacity", "NaN"}, 422},
		"an unknown blending":         {"/tray/adjust", []string{"blend", "multiply"}, 422},
		"an unknown color map":        {"/tray/adjust", []string{"colormap", "</script>"}, 422},
		"an unknown side":             {"/tray/adjust", []string{"group", "7"}, 422},
		"black above white":           {"/tray/adjust", []string{"low0", "5", "high0", "4"}, 422},
		"contrast without end":        {"/tray/adjust", []string{"low0", "-Inf", "high0", ""}, 422},
		"a color that is none":        {"/tray/adjust", []string{"low0", "", "color0", "red", "auto0", "#00ff00"}, 422},
		"a transform that is no JSON": {"/tray/adjust", []string{"move", "x.lta"}, 422},
		"five transforms":             {"/tray/adjust", []string{"move", lta, "move", lta, "move", lta, "move", lta, "move", lta}, 422},
		"four transforms":             {"/tray/adjust", []string{"move", lta, "move", lta, "move", lta, "move", lta}, 303},
		"an unknown layout":           {"/tray/view", []string{"layout", "5panel"}, 422},
		"half a position":             {"/tray/view", []string{"x", "1"}, 422},
		"a position far away":         {"/tray/view", []string{"x", "1e9", "y", "0", "z", "0"}, 422},
		"what is not in the tray":     {"/tray/transform", []string{"move", lta}, 404},
	}
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		tt := tests[name]
		asset := second
		if tt.code == 404 {
			asset = vault
		}
		if a := ada.post(tt.path, append([]string{"asset", asset}, tt.fields...)...); a.code != tt.code {
			t.Errorf("%s: POST %s = %d %q, want %d", name, tt.path, a.code, a.all("main"), tt.code)
		}
	}
}

// TestTransformOfOthers: a transform that may not be seen is not used, and what it holds is not told.
func TestTransformOfOthers(t *testing.T) {
	ada, _ := composing(t)
	put(t, "lab/loc-vault/xfm/own.lta", []byte(shiftLTA("a", "b")))
	ada.must("/tray/adjust", "asset", second, "move", `{"location":"loc-vault","path":"xfm/own.lta"}`)
	if a := ada.post("/open", "copy", "1"); a.code != 404 || !strings.Contains(a.body, "There is no such folder or file.") {
		t.Errorf("opening with a hidden transform = %d %q, want 404", a.code, a.all("main"))
	}
	if a := ada.get("/tray"); a.code != 200 || !strings.Contains(a.body, "is not in the preview") {
		t.Errorf("the tray = %d, and does not say what is not in the preview", a.code)
	}
}
