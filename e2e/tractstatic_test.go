package e2e

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"ngportal/web/phantom"
)

// TestStaticFolders makes folders of the phantom's tractogram with the command, puts them into a bucket, and opens them as
// a person would: streamlines must be where the phantom has them, in the colors of their directions, for every kind of folder.
func TestStaticFolders(t *testing.T) {
	trk := sampleFile(t, phantom.TRKKey)
	binary, err := command()
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		args []string
		kind string // of the layer
	}{
		"skeleton":           {[]string{"--as", "skeleton"}, "segmentation"},
		"skeleton-sharded":   {[]string{"--as", "skeleton", "--sharded", "--attributes", "length"}, "segmentation"},
		"annotation":         {[]string{"--as", "annotation"}, "annotation"},
		"annotation-sharded": {[]string{"--as", "annotation", "--sharded", "--tolerance", "0"}, "annotation"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newTab(t)
			b.do(chromedp.EmulateViewport(640, 480)) // drawn in software
			b.signIn("Ada")
			key := "static/" + name + ".precomputed"
			folder := filepath.Join(the.dir, "extra", writtenBucket, key)
			if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(binary, append([]string{"tract", "convert", trk, folder}, tt.args...)...).CombinedOutput(); err != nil {
				t.Fatalf("tract convert: %v\n%s", err, out)
			}
			if why := b.openAssets(assetOf(writtenBucket, key)); why != "" {
				t.Fatalf("the portal does not open it: %s", why)
			}
			b.waitViewer(1)
			if got := eval[string](b, "() => viewer.state.toJSON().layers[0].type"); got != tt.kind {
				t.Errorf("a layer of type %q, want %q", got, tt.kind)
			}
			b.drawStatic(folder, tt.kind == "segmentation", false)
			b.shot("lines")
			if name != "annotation-sharded" { // what is drawn is the same, and software draws it slowly
				if lit := b.lit(); lit < 100 {
					t.Errorf("%d pixels are lit", lit)
				}
				b.quiet()
				return
			}
			b.drawStatic(folder, false, true)
			b.shot("bundles")
			b.knowsByID()
			b.seesStreamlines()
			b.quiet()
		})
	}
}

// sampleFile is a file of the demo's own bucket.
func sampleFile(t *testing.T, key string) (path string) {
	t.Helper()
	err := filepath.WalkDir(the.dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(filepath.ToSlash(p), "/"+key) {
			path = p
		}
		return err
	})
	if err != nil || path == "" {
		t.Fatalf("no %s: %v", key, err)
	}
	return path
}

// drawStatic sets the one layer of the viewer up as people do: all objects of a skeleton, colors by direction; annotations
// as they are, or those of all bundles by the list of them.
func (b *tab) drawStatic(folder string, skeleton, filtered bool) {
	b.t.Helper()
	list := map[bool]string{true: "prop", false: "list"}[skeleton]
	text, err := os.ReadFile(filepath.Join(folder, list, "info"))
	if err != nil {
		b.t.Fatal(err)
	}
	var known struct {
		Inline struct {
			IDs []string `json:"ids"`
		} `json:"inline"`
	}
	if err = json.Unmarshal(text, &known); err != nil || len(known.Inline.IDs) == 0 {
		b.t.Fatalf("%s lists nothing: %v", folder, err)
	}
	ids := slices.DeleteFunc(known.Inline.IDs, func(id string) bool { return skeleton && len(id) < len("1000001") }) // strata are all streamlines, once
	eval[any](b, `(ids, skeleton, filtered) => {
		const state = viewer.state.toJSON(), mm = [1e-3, 'm'];
		const layer = state.layers[0];
		const url = [layer.source].flat()[0], at = url.url ?? url;
		const kept = {type: layer.type, name: 'lines', source: layer.source};
		state.layers = [kept];
		if (skeleton) Object.assign(kept, {segments: ids, skeletonRendering: {mode2d: 'lines', lineWidth2d: 3, mode3d: 'lines',
			shader: 'void main() { emitRGB(abs(prop_orientation())); }'}});
		else kept.shader = 'void main() { float a[3] = getVertexPosition0(); float b[3] = getVertexPosition1();' +
			'setColor(abs(normalize(vec3(b[0]-a[0], b[1]-a[1], b[2]-a[2]) + 1e-9))); setLineWidth(3.0); setEndpointMarkerSize(0.0); setEndpointMarkerBorderWidth(0.0); }';
		if (filtered) {
			Object.assign(kept, {linkedSegmentationLayer: {bundle: 'bundles'}, filterBySegmentation: ['bundle']});
			state.layers.push({type: 'segmentation', name: 'bundles', segments: ids, source: at.replace('|', 'list/|')});
		}
		const layers = state.layers.map(l => l.name);
		const layout = {type: 'row', children: ['xy', 'xz', 'yz'].map(layout => ({type: 'viewer', layers, layout}))}; // the 3-D panel is slow in software
		Object.assign(state, {dimensions: {x: mm, y: mm, z: mm}, crossSectionScale: 0.3, layout, showAxisLines: false});
		viewer.state.reset(); // with it the units of the layer that was there
		viewer.state.restoreState(state);
		return null;
	}`, ids, skeleton, filtered)
	b.waitViewer(map[bool]int{false: 1, true: 2}[filtered])
}

// knowsByID asks for annotations by their ids, as the viewer does for the one under the mouse.
func (b *tab) knowsByID() {
	b.t.Helper()
	for _, id := range []string{"0", "7", "100"} {
		b.until("annotation "+id+" is known", `(id) => {
			const {source} = viewer.layerManager.managedLayers.find(m => m.name === 'lines').layer.annotationStates.states[0];
			const found = source.getReference(id).value;
			return !!found && found.id === id && found.points.length > 1;
		}`, id)
	}
}
