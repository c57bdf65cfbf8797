package handlers_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ngportal/handlers"
)

// TestScenesAtOnce: voxels take memory, so that only two scenes are drawn at once; another waits as long as its reader.
func TestScenesAtOnce(t *testing.T) {
	for others, want := range []error{nil, nil, context.DeadlineExceeded} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			if err := handlers.DrawScenes(ctx, 3, others); !errors.Is(err, want) {
				t.Errorf("beside %d others: %v, want %v", others, err, want)
			}
		})
	}
}

// TestFSL: a matrix of FSL is offered with each other image of the tray, and means nothing without one. This one moves by 5 mm
// along y between two images of one grid.
func TestFSL(t *testing.T) {
	ada, _ := composing(t)
	put(t, "lab/loc-brain/xfm/flirt.mat", []byte("1 0 0 0\n0 1 0 5\n0 0 1 0\n0 0 0 1\n"))
	t.Cleanup(func() { drop(t, "lab/loc-brain/xfm/flirt.mat") })
	page := ada.get(ada.panel(1))
	words, values := page.all("#a-1-move-0 option"), page.attributes("#a-1-move-0 option", "value")
	at := slices.IndexFunc(words, func(w string) bool {
		return strings.HasPrefix(w, "moves this layer onto “XPCT · I58 chunk XPCT01”, which it was")
	})
	if at < 0 || len(words) != 3+4 {
		t.Fatalf("transforms %q, want each way with both other images", words)
	}
	for i, want := range []float64{5, -5} {
		before, _ := ada.state()
		ada.must("/tray/adjust", "asset", second, "move", values[at+i])
		after, _ := ada.state()
		if got := after[1].along(t, 1) - before[1].along(t, 1); got != want {
			t.Errorf("%s: it has moved by %g mm along y, want %g", words[at+i], got, want)
		}
		ada.must("/tray/undo")
	}
	ada.must("/tray/adjust", "asset", second, "move", `{"location":"loc-brain","path":"xfm/flirt.mat"}`)
	if a := ada.post("/open", "copy", "1"); a.code != 422 || !strings.Contains(a.body, "without the two images") {
		t.Errorf("opening with half of a matrix of FSL = %d %q", a.code, a.all("main"))
	}
}

// TestSceneView: layout, orientation, position and comparison, and the preview of both sides.
func TestSceneView(t *testing.T) {
	ada, _ := composing(t)
	ada.must("/tray/view", "layout", "xy", "orientation", "neurological", "x", "3", "y", "4.5", "z", "-1")
	_, whole := ada.state()
	if !strings.Contains(whole, `"position":[3,4.5,-1]`) || !strings.Contains(whole, `"layout":"xy"`) {
		t.Errorf("state = %s", whole)
	}
	page := ada.get("/tray")
	if got := page.attributes("#view-x", "value"); !slices.Equal(got, []string{"3"}) || len(page.all("#view-orientation [selected]")) != 1 {
		t.Errorf("the form of the view has x = %q", got)
	}
	if got := len(page.all(".planes figure")); got != 3 {
		t.Errorf("%d sections, want 3", got)
	}
	ada.must("/tray/view", "compare", "yes")
	ada.must("/tray/adjust", "asset", second, "group", "1")
	page = ada.get("/tray")
	if got := page.all(".preview h3"); !slices.Equal(got, []string{"Left", "Right"}) || len(page.all(".planes figure")) != 6 {
		t.Errorf("the comparison shows %q", got)
	}
	if _, whole = ada.state(); !strings.Contains(whole, `"type":"row"`) {
		t.Errorf("the comparison does not open side by side: %s", whole)
	}
}

// TestTrayPreview looks at pixels: the scene is drawn, and differently after a change.
func TestTrayPreview(t *testing.T) {
	ada, eve := composing(t)
	draw := func() string {
		t.Helper()
		page := ada.get("/tray")
		src := page.attributes(".planes img", "src")
		if len(src) == 0 {
			t.Fatalf("there is no preview: %q", page.all(".preview"))
		}
		a := ada.get(src[0])
		decodePNG(t, a)
		if a.code != 200 || a.header.Get("Cache-Control") != "private, no-cache" {
			t.Errorf("GET %s = %d, %q", src[0], a.code, a.header.Get("Cache-Control"))
		}
		return src[0] + a.body
	}
	seen := map[string]bool{draw(): true}
	for _, change := range [][]string{
		{"/tray/adjust", "asset", second, "opacity", "100", "colormap", "red"},
		{"/tray/adjust", "asset", second, "opacity", "100", "colormap", "red", "move", lta},
		{"/tray/show", "asset", second, "hidden", "true"},
		{"/tray/view", "orientation", "neurological"},
	} {
		ada.must(change[0], change[1:]...)
		now := draw()
		if seen[now] {
			t.Errorf("%v changes nothing in the preview", change)
		}
		seen[now] = true
	}
	if a := eve.get("/tray/preview?plane=axial"); a.code != 422 {
		t.Errorf("the preview of an empty tray = %d, want 422", a.code)
	}
	if a := ada.get("/tray/preview?plane=oblique"); a.code != 400 {
		t.Errorf("a plane that is none = %d, want 400", a.code)
	}
	for _, asset := range []string{first, third} {
		ada.must("/tray/show", "asset", asset, "hidden", "true")
	}
	if page := ada.get("/tray"); len(page.all(".planes")) != 0 || page.code != 200 {
		t.Errorf("with everything hidden, the tray = %d with %d previews", page.code, len(page.all(".planes")))
	}
}
