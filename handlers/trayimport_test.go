package handlers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// imported is a state with one layer for each source.
func imported(sources ...string) string {
	var layers []string
	for i, s := range sources {
		layers = append(layers, fmt.Sprintf(`{"name":"layer %d","type":"image","source":%q,"opacity":0.25}`, i, s))
	}
	return `{"layers":[` + strings.Join(layers, ",") + `]}`
}

// trayOf are the assets in the tray, as the page has them.
func (b *browser) trayOf() []string {
	return b.get("/tray").attributes(".items form[action='/tray/remove'] [name=asset]", "value")
}

// TestImportOurs: whatever our data are called elsewhere, they come in as ours, and open from our address.
func TestImportOurs(t *testing.T) {
	for name, source := range map[string]string{
		"S3's URI":           "s3://lab/loc-brain/sub-I58_chunk-XPCT01_XPCT.nii",
		"an old format":      "nifti://s3://lab/loc-brain/sub-I58_chunk-XPCT01_XPCT.nii",
		"a pipeline":         "s3://lab/loc-brain/sub-I58_chunk-XPCT01_XPCT.nii|nifti:",
		"another address":    "nifti://https://data.example.org/loc-brain/sub-I58_chunk-XPCT01_XPCT.nii",
		"escaped":            "nifti://https://DATA.example.org/loc-brain/sub%2DI58_chunk-XPCT01_XPCT.nii",
		"our own":            "http://localhost:1/d/loc-brain/sub-I58_chunk-XPCT01_XPCT.nii|nifti:",
		"an archive":         "nifti://dandi://linc/000005@draft/sub-I58_chunk-XPCT01_XPCT.nii",
		"an archive, folder": "dandi://linc/000005@draft/derivatives/sub-I58_chunk-XPCT01_XPCT.nii",
	} {
		t.Run(name, func(t *testing.T) {
			ada, _ := composing(t)
			ada.must("/tray/clear")
			ada.must("/tray/import", "scene", imported(source))
			if got := ada.trayOf(); !slices.Equal(got, []string{first}) {
				t.Fatalf("the tray has %q, want %s", got, first)
			}
			layers, whole := ada.state()
			if len(layers) != 1 || layers[0].Name != "layer 0" || layers[0].Opacity != 0.25 {
				t.Errorf("layers = %+v", layers)
			}
			if !strings.Contains(whole, "http://localhost:1/d/loc-brain/sub-I58_chunk-XPCT01_XPCT.nii|nifti:") || strings.Contains(whole, "example.org/loc") || strings.Contains(whole, "s3://") {
				t.Errorf("state = %s", whole)
			}
		})
	}
}

// TestImportRefuses what may not be seen, what is not there and what cannot be read, all with the tray as it was.
func TestImportRefuses(t *testing.T) {
	ada, eve := composing(t)
	hidden := "the layer “layer 0” is left out: it is not there, or you may not see it."
	eve.must("/tray/add", "asset", vault)
	secret := eve.post("/open", "copy", "1").all("#made [data-fresh]")[0]
	tests := map[string]struct{ scene, says string }{
		"hidden, by S3":           {imported("s3://lab/loc-vault/secret.nii"), hidden},
		"hidden, by our address":  {imported("http://localhost:1/d/loc-vault/secret.nii|nifti:"), hidden},
		"hidden, by its path":     {imported("dandi://linc/000005@draft/secret.nii"), hidden},
		"nothing of that name":    {imported("http://localhost:1/d/loc-none/secret.nii|nifti:"), hidden},
		"in no dataset":           {imported("s3://lab/elsewhere/secret.nii"), hidden},
		"our own pages":           {imported("http://localhost:1/_session/end"), hidden},
		"up and out":              {imported("s3://lab/loc-brain/../loc-vault/secret.nii"), "left out"},
		"a scheme of no viewer":   {imported("boss://api.example.org/x"), "Neuroglancer cannot read boss://api.example.org/x here"},
		"somebody's stored scene": {secret, "It is not there, or you may not see it."},
		"no such stored scene":    {"http://localhost/s/none", "It is not there, or you may not see it."},
		"a stored scene elsewhere": {
			"https://neuroglancer-demo.appspot.com/#!https://elsewhere.example.org/state.json", "which the portal does not fetch",
		},
		"a bucket's stored scene": {"https://ng.example.org/#!s3://lab/loc-brain/state.json", "which the portal does not fetch"},
		"no scene":                {"hello", "neither a Neuroglancer link nor"},
		"nothing":                 {"", "neither a Neuroglancer link nor"},
		"no layers":               {`{"layers":[]}`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := ada.post("/tray/import", "scene", tt.scene)
			if got := strings.Join(a.all(".summary"), " "); a.code != 422 || !strings.Contains(strings.ToLower(got), strings.ToLower(strings.TrimSuffix(tt.says, "."))) {
				t.Errorf("import = %d %q, want 422 with %q", a.code, got, tt.says)
			}
			if got := ada.trayOf(); !slices.Equal(got, []string{first, second, third}) {
				t.Errorf("the tray has %q", got)
			}
		})
	}
	if a := ada.post("/tray/import", "scene", secret); strings.Contains(a.body, "left out") || strings.Contains(a.body, "vault") {
		t.Error("what may not be seen is named")
	}
}

// TestImportStored: a link of ours is opened by whoever may see all of it, channels of an image stay together.
func TestImportStored(t *testing.T) {
	ada, _ := composing(t)
	ada.must("/tray/view", "layout", "xz", "x", "1", "y", "2", "z", "3")
	before, _ := ada.state()
	link := ada.post("/open", "copy", "1").all("#made [data-fresh]")[0]
	ada.must("/tray/clear")
	ada.must("/tray/view")
	ada.must("/tray/import", "scene", link)
	after, whole := ada.state()
	if len(after) != len(before) || !strings.Contains(whole, `"position":[1,2,3]`) || !strings.Contains(whole, `"layout":"xz"`) {
		t.Errorf("the scene has become %s", whole)
	}
	for i := range after {
		if after[i].Name != before[i].Name || after[i].shift(t) != before[i].shift(t) || after[i].Shader != before[i].Shader {
			t.Errorf("layer %d has become %+v, was %+v", i, after[i], before[i])
		}
	}
	two := strings.Replace(imported("s3://lab/loc-vault/a.nii"), "loc-vault/a.nii", "loc-brain/sub-I58_chunk-XPCT01_XPCT.nii", 1)
	two = strings.TrimSuffix(two, "]}") + "," + strings.TrimPrefix(strings.Replace(two, "layer 0", "layer 1", 1), `{"layers":[`)
	ada.must("/tray/clear")
	ada.must("/tray/import", "scene", two)
	if after, _ = ada.state(); len(ada.trayOf()) != 1 || len(after) != 2 || after[0].Name != "layer 0" || after[1].Name != "layer 1" {
		t.Errorf("two layers of one image have become %+v of %q", after, ada.trayOf())
	}
}

// TestImportKeepsOrder: the transform of a layer stays as it was, down to the order of its dimensions, also when the layer is
// called as its source is.
func TestImportKeepsOrder(t *testing.T) {
	ada, _ := composing(t)
	ada.must("/tray/clear")
	const source, dimensions = "s3://lab/loc-brain/sub-I58_chunk-XPCT01_XPCT.nii", `{"z":[0.001,"m"],"x":[0.001,"m"],"y":[0.001,"m"]}`
	transform := `{"matrix":[[0,0,1,2],[1,0,0,3],[0,1,0,4]],"outputDimensions":` + dimensions + `}`
	ada.must("/tray/import", "scene", `{"layers":[{"name":"`+source+`","type":"image","source":[{"url":"`+source+`|nifti:","transform":`+transform+`},"`+source+`"]}]}`)
	layers, _ := ada.state()
	if len(layers) != 1 || layers[0].Name != source || !strings.Contains(string(layers[0].Source), dimensions) {
		t.Fatalf("layers = %+v", layers)
	}
	if got := string(layers[0].Source); strings.Contains(got, "s3:") || strings.Count(got, "/d/loc-brain/sub-I58_chunk-XPCT01_XPCT.nii") != 2 {
		t.Errorf("source = %s", got)
	}
}

// TestImportForeign: layers from elsewhere are asked about, one by one.
func TestImportForeign(t *testing.T) {
	ada, _ := composing(t)
	ada.must("/tray/clear")
	scene := imported("s3://lab/loc-brain/sub-I58_chunk-XPCT01_XPCT.nii", "zarr://https://elsewhere.example.org/a.zarr/", "s3://open/b.zarr|zarr2:", "boss://x/y")
	a := ada.post("/tray/import", "scene", scene)
	if a.code != 200 || len(ada.trayOf()) != 0 {
		t.Fatalf("import = %d, with %q in the tray before anything was answered", a.code, ada.trayOf())
	}
	if got := a.all("fieldset .address"); !slices.Equal(got, []string{"https://elsewhere.example.org/a.zarr/", "s3://open/b.zarr"}) {
		t.Errorf("asked about %q", got)
	}
	if got := a.attributes("[name=foreign][checked]", "value"); len(got) != 0 {
		t.Errorf("%q are ticked already", got)
	}
	if got := strings.Join(a.all(".problems"), " "); !strings.Contains(got, "layer 3") {
		t.Errorf("what is left out is not said: %q", got)
	}
	ada.must("/tray/import", "scene", a.attributes("[name=scene]", "value")[0], "asked", "yes", "foreign", "1")
	if got := ada.trayOf(); !slices.Equal(got, []string{first, "//https://elsewhere.example.org/a.zarr/"}) {
		t.Errorf("the tray has %q", got)
	}
	layers, _ := ada.state()
	if len(layers) != 2 || string(layers[1].Source) != `"zarr://https://elsewhere.example.org/a.zarr/"` {
		t.Errorf("layers = %+v", layers)
	}
	page := ada.get("/tray")
	if got := strings.Join(page.all(".items"), " "); !strings.Contains(got, "From elsewhere, read by your own browser") {
		t.Errorf("the tray does not say what comes from elsewhere: %q", got)
	}
	ada.must("/tray/remove", "asset", "//https://elsewhere.example.org/a.zarr/")
	if got := ada.trayOf(); !slices.Equal(got, []string{first}) {
		t.Errorf("the tray has %q", got)
	}
	if a := ada.post("/open", "asset", "//https://elsewhere.example.org/a.zarr/"); a.code != 422 {
		t.Errorf("opening what is not in the tray = %d, want 422", a.code)
	}
}

// TestImportForeignBesides: a layer of ours that reads something elsewhere, too, is asked about, and with that address.
func TestImportForeignBesides(t *testing.T) {
	ada, _ := composing(t)
	ada.must("/tray/clear")
	const ours = "s3://lab/loc-brain/sub-I58_chunk-XPCT01_XPCT.nii"
	for _, source := range []string{
		"https://elsewhere.example.org/x", "s3+https://elsewhere.example.org/b/x", "middleauth+https://elsewhere.example.org/x",
	} {
		a := ada.post("/tray/import", "scene", `{"layers":[{"name":"a","type":"image","source":["`+ours+`|nifti:","`+source+`"]}]}`)
		if got := a.all("fieldset .address"); a.code != 200 || !slices.Equal(got, []string{source}) || len(ada.trayOf()) != 0 {
			t.Errorf("%s: import = %d, asked about %q, the tray has %q", source, a.code, got, ada.trayOf())
		}
	}
}
