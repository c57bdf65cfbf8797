package handlers_test

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"ngportal/handlers"
	"ngportal/internal/tracttest"
	"ngportal/s3index"
)

// bundles is a tractogram in Ada's tray, of 72 bundles.
const bundles = "lines/loc-lines/bundles.trk"

func streamlining(t *testing.T) *browser {
	t.Helper()
	s := tracttest.Synthetic{Streamlines: 500}
	r, err := s.Open(0, s.Size())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	put(t, "lab/loc-lines/bundles.trk", data)
	p := startPortal(t, func(c *handlers.Config) { c.ViewerURL = "https://ng.example.org" },
		s3index.NewBucket("lab", s3index.NewClient(server.Config(), server.Endpoint, true)))
	p.seed(lab("lines", []string{"cleo@example.org"}, "loc-lines"))
	ada := p.signIn("cleo@example.org")
	ada.must("/tray/add", "asset", bundles)
	return ada
}

// A tractState is what the tests look at of a layer of streamlines.
type tractState struct {
	Name     string
	Type     string
	Source   string
	Segments []string
	Skeleton struct {
		Shader string
		Width  float64 `json:"lineWidth3d"`
	} `json:"skeletonRendering"`
	Shader  string
	Spacing int               `json:"crossSectionAnnotationSpacing"`
	Linked  map[string]string `json:"linkedSegmentationLayer"`
}

func (b *browser) tracts() []tractState {
	b.portal.t.Helper()
	_, whole := b.state()
	var link struct {
		State struct{ Layers []tractState }
	}
	if err := json.Unmarshal([]byte(whole), &link); err != nil {
		b.portal.t.Fatal(err)
	}
	return link.State.Layers
}

// TestTrayTract looks at a tractogram's panel, chooses, opens what was chosen, and takes it back.
func TestTrayTract(t *testing.T) {
	ada := streamlining(t)
	page := ada.get(ada.panel(0))
	if got := page.all(".items .badge"); !slices.Equal(got, []string{"all 500 streamlines shown"}) {
		t.Errorf("the badge says %q", got)
	}
	if got := page.attributes("#a-0-as option", "value"); !slices.Equal(got, []string{"", "skeleton", "annotation"}) {
		t.Errorf("representations %q", got)
	}
	if got := page.all("#a-0-tractcolor option"); !slices.Equal(got, []string{"Direction", "Bundle", "One color"}) {
		t.Errorf("colors %q", got)
	}
	ticks := page.attributes(".bundles [name=bundle]", "value")
	if len(ticks) != 72 || len(page.all(".bundles [data-seek]")) != 1 || len(page.all("#a-0-colormap")) != 0 || len(page.all("#a-0-frame")) != 0 {
		t.Fatalf("%d bundles, want 72 and a search, and neither color maps nor frames", len(ticks))
	}
	before := ada.tracts()
	if len(before) != 1 || !strings.HasSuffix(before[0].Source, "/t/loc-lines/bundles.trk/skel/|neuroglancer-precomputed:") || before[0].Name != "bundles (500 of 500)" {
		t.Fatalf("it opens with %+v", before)
	}

	choose := []string{"asset", bundles, "tract", "yes", "as", "skeleton", "tractcolor", "bundle", "paint", "#ffff00", "density", "", "width", "2.5", "minlength", "20", "bundle", ticks[4], "bundle", ticks[1]}
	ada.must("/tray/adjust", choose...)
	l := ada.tracts()[0]
	if !slices.Equal(l.Segments, []string{ticks[1], ticks[4]}) || l.Skeleton.Width != 2.5 || !strings.HasSuffix(l.Source, "/skel/length/|neuroglancer-precomputed:") {
		t.Errorf("it opens with %+v", l)
	}
	page = ada.get(ada.panel(0))
	if got := page.attributes(".bundles [checked]", "value"); !slices.Equal(got, []string{ticks[1], ticks[4]}) || !strings.HasPrefix(page.all(".bundles summary")[0], "2 of 72 bundles") {
		t.Errorf("ticked are %q", got)
	}
	if got := page.attributes("#a-0-width, #a-0-minlength, #a-0-tractcolor [selected]", "value"); !slices.Equal(got, []string{"bundle", "2.5", "20"}) {
		t.Errorf("the panel has %q", got)
	}
	ada.must("/tray/adjust", "asset", bundles, "opacity", "50") // a form without these fields leaves them
	if got := ada.tracts()[0].Skeleton.Width; got != 2.5 {
		t.Errorf("width %g, want that of before", got)
	}
	ada.must("/tray/undo")
	ada.must("/tray/undo")
	if got := ada.tracts(); len(got) != 1 || got[0].Source != before[0].Source || !slices.Equal(got[0].Segments, before[0].Segments) {
		t.Errorf("undone, it opens with %+v", got)
	}
}

// TestTrayAnnotations opens one as annotations, and adds what was opened again.
func TestTrayAnnotations(t *testing.T) {
	ada := streamlining(t)
	ada.must("/tray/adjust", "asset", bundles, "tract", "yes", "as", "annotation", "tractcolor", "paint", "paint", "#00FF80", "density", "5", "bundle", "7")
	layers := ada.tracts()
	if len(layers) != 2 || layers[0].Type != "annotation" || layers[0].Spacing != 2 || layers[0].Linked["bundle"] != layers[1].Name || !slices.Equal(layers[1].Segments, []string{"7"}) {
		t.Fatalf("it opens with %+v", layers)
	}
	page := ada.get(ada.panel(0))
	if got := page.all(".items .badge"); !slices.Equal(got, []string{"7 of 500 streamlines, more of them as you zoom in"}) {
		t.Errorf("the badge says %q", got)
	}
	if got := page.attributes("#a-0-paint, #a-0-tractcolor [selected]", "value"); !slices.Equal(got, []string{"paint", "#00ff80"}) {
		t.Errorf("the panel has %q", got)
	}
	_, whole := ada.state()
	var link struct{ State json.RawMessage }
	if err := json.Unmarshal([]byte(whole), &link); err != nil {
		t.Fatal(err)
	}
	ada.must("/tray/clear")
	ada.must("/tray/import", "scene", string(link.State))
	if got := ada.get("/tray").attributes(".items [name=asset]", "value"); len(got) == 0 || slices.ContainsFunc(got, func(a string) bool { return a != bundles }) {
		t.Errorf("imported are %q, want the tractogram alone", got)
	}
	again := ada.tracts()
	if len(again) != 2 || again[0].Source != layers[0].Source || again[1].Source != layers[1].Source || again[0].Linked["bundle"] != again[1].Name {
		t.Errorf("imported, it opens with %+v, want %+v", again, layers)
	}
}

func TestTrayTractRefuses(t *testing.T) {
	ada := streamlining(t)
	tests := map[string][]string{
		"a representation": {"as", "mesh"},
		"a color":          {"tractcolor", "</script>"},
		"no color":         {"tractcolor", "paint", "paint", "red"},
		"a density":        {"density", "6"},
		"a width":          {"width", "0"},
		"a length":         {"minlength", "-1"},
		"a frame":          {"frame", "lpi"},
		"all bundles":      {"bundle", "*"},
		"a hidden bundle":  {"bundle", "!1"},
	}
	for name, fields := range tests {
		if a := ada.post("/tray/adjust", append([]string{"asset", bundles, "tract", "yes"}, fields...)...); a.code != 422 {
			t.Errorf("%s: %d, want 422", name, a.code)
		}
	}
}
