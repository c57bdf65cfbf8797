package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"ngportal/handlers"
	"ngportal/s3index"
	"ngportal/store"
)

// TestLinkOfTwoLocations imports a layer that reads two locations: who may see one of them opens nothing of it.
func TestLinkOfTwoLocations(t *testing.T) {
	put(t, "lab/loc-brain/a.nii", rampNIfTI())
	put(t, "lab/loc-other/private-name.nii", rampNIfTI())
	p := startPortal(t, func(c *handlers.Config) {
		c.Addresses = map[string]string{"s3://lab/": "lab"}
	}, s3index.NewBucket("lab", s3index.NewClient(server.Config(), server.Endpoint, true)))
	p.seed(lab("brain", []string{"cleo@example.org", "eve@example.org"}, "loc-brain"), lab("other", []string{"cleo@example.org"}, "loc-other"))
	cleo, eve := p.signIn("cleo@example.org"), p.signIn("eve@example.org")
	cleo.must("/tray/import", "scene", `{"layers":[{"name":"a","type":"image","source":["s3://lab/loc-brain/a.nii|nifti:","s3://lab/loc-other/private-name.nii|nifti:"]}]}`)
	made := cleo.post("/open", "copy", "1").all("#made [data-fresh]")[0]
	slug := made[strings.LastIndexByte(made, '/')+1:]
	if a := cleo.get("/api/v1/links/" + slug); a.code != http.StatusOK || !strings.Contains(a.body, `"datasets":["brain","other"]`) {
		t.Errorf("the link of both = %d %s, want both datasets", a.code, a.body)
	}
	if a := eve.get("/s/" + slug); a.code != http.StatusForbidden || strings.Contains(a.body, "private-name") {
		t.Errorf("who may see one of two locations is answered with %d, want %d", a.code, http.StatusForbidden)
	}
	if a := eve.get("/api/v1/links/" + slug); a.code != http.StatusForbidden || strings.Contains(a.body, "private-name") {
		t.Errorf("the same by the API = %d, want %d", a.code, http.StatusForbidden)
	}
}

// TestImportAgain imports a scene whose asset is in the tray already, with a layer that was hidden where it was made.
func TestImportAgain(t *testing.T) {
	ada, _ := composing(t)
	ada.must("/tray/import", "scene", `{"layers":[{"name":"theirs","type":"image","opacity":0.25,"source":"`+inBucket+`|nifti:","visible":false}]}`)
	layers, _ := ada.state()
	if l := layers[0]; l.Name != "theirs" || l.Opacity != 0.25 || l.Visible == nil || *l.Visible {
		t.Errorf("the imported layer is %+v, want it as it was, hidden", l)
	}
	ada.must("/tray/show", "asset", first, "hidden", "false")
	if layers, _ = ada.state(); layers[0].Visible != nil && !*layers[0].Visible {
		t.Error("a layer that was hidden where it was made stays hidden when it is shown")
	}
}

const inBucket = "s3://lab/loc-brain/sub-I58_chunk-XPCT01_XPCT.nii"

// TestImportRewrites has the addresses of old states' meshes become ours as well, and nothing else.
func TestImportRewrites(t *testing.T) {
	ada, _ := composing(t)
	ada.must("/tray/clear")
	ada.must("/tray/import", "scene", `{"layers":[{"name":"a","type":"segmentation","source":"`+inBucket+`|nifti:","mesh":"`+inBucket+`|nifti:","segments":["7"]}]}`)
	if _, text := ada.state(); strings.Contains(text, `"s3://`) || !strings.Contains(text, `"segments":["7"]`) {
		t.Errorf("the state is %s, want our addresses and the segments", text)
	}
}

// TestImportTooMuch tells when two layers of the same data do not fit together.
func TestImportTooMuch(t *testing.T) {
	ada, _ := composing(t)
	ada.must("/tray/clear")
	shader, err := json.Marshal(strings.Repeat("x", 40<<10))
	if err != nil {
		t.Fatal(err)
	}
	layer := func(name string) string {
		return fmt.Sprintf(`{"name":%q,"type":"image","source":%q,"shader":%s}`, name, inBucket+"|nifti:", shader)
	}
	a := ada.post("/tray/import", "scene", `{"layers":[`+layer("one")+`,`+layer("two")+`]}`)
	if a.code != http.StatusOK || !strings.Contains(a.body, "too long to be kept") {
		t.Errorf("two layers of 40 kB each = %d, want a page that says which is left out", a.code)
	}
}

// TestImportFromArchive finds a path of an archive among many locations.
func TestImportFromArchive(t *testing.T) {
	put(t, "lab/loc-d42/deep/a.nii", rampNIfTI())
	var sets []store.SeedDataset
	for i := range 60 {
		name := fmt.Sprintf("loc-d%02d", i)
		sets = append(sets, lab(name, []string{"cleo@example.org"}, name))
	}
	p := startPortal(t, nil, s3index.NewBucket("lab", s3index.NewClient(server.Config(), server.Endpoint, true)))
	p.seed(sets...)
	cleo := p.signIn("cleo@example.org")
	cleo.must("/tray/import", "scene", imported("dandi://linc/000005@draft/deep/a.nii"))
	if got := cleo.trayOf(); len(got) != 1 {
		t.Errorf("the tray holds %v, want the one asset of that path", got)
	}
}
