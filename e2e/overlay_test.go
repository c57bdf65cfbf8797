package e2e

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// A phantomSet is one phantom in many files; see testdata/overlay.py.
type phantomSet struct {
	Blobs    [][3]float64 // their middles in mm, which streamlines run through
	Straight [3]float64   // the middle of a streamline along y
	Together []string     // files that lie in one space
	Moved    []string     // an image of that space, and another with streamlines that a transform moves there
}

// tolerance is how far from where it is the middle of a blob may be seen, in mm: voxels are of 0.8 to 1.2 mm, and the half
// of one that formats differ by must not be missed.
const tolerance = 0.3

// TestOverlay opens one phantom in every format, and its streamlines: the middles of its blobs must be seen where they are,
// and each file alone, in three sections and in the values that the viewer tells.
func TestOverlay(t *testing.T) {
	var set phantomSet
	write(t, "overlay", &set)
	b := newTab(t)
	b.do(chromedp.EmulateViewport(900, 700))
	b.signIn("Ada")
	t.Run("formats", func(t *testing.T) {
		b.t = t
		b.openPhantom(set.Together)
		b.coincide(set, set.Together)
	})
	t.Run("moved", func(t *testing.T) {
		b.t = t
		b.collect("/browse/demo-"+writtenBucket+"/overlay/sub-ph/", set.Moved...)
		b.open(the.portal + "/tray")
		b.shot("tray")
		b.click(b.offer())
		b.until("the transform is taken", "() => !document.querySelector('form.offer')")
		b.shot("tray-moved")
		b.follow("Open in Neuroglancer")
		b.bare()
		b.coincide(set, set.Moved)
		b.turned(set)
		b.adjusts(b.tractInTray(), [2]string{"Shown as", "Annotations"}, [2]string{"Line width, pixels", "3"})
		b.follow("Open in Neuroglancer")
		b.bare()
		b.turned(set)
	})
	b.t = t
	b.quiet()
}

// offer is what the button says that the tray offers a transform with.
func (b *tab) offer() string {
	b.t.Helper()
	said := b.text("form.offer button")
	if said == "" {
		b.t.Fatal("the tray offers no transform although its layers are in different spaces")
	}
	b.t.Logf("the tray offers: %s", strings.Join(strings.Fields(b.text("form.offer")), " "))
	return said
}

func (b *tab) openPhantom(files []string) {
	b.t.Helper()
	var assets []string
	for _, f := range files {
		assets = append(assets, assetOf(writtenBucket, "overlay/sub-ph/"+f))
	}
	if no := b.openAssets(assets...); no != "" {
		b.t.Fatalf("the portal does not open them: %s", no)
	}
	b.bare()
}

// bare shows images as they are on black, along the axes of the world.
func (b *tab) bare() {
	b.t.Helper()
	b.waitLayers()
	b.drawn()
	b.shot("opened")
	eval[any](b, `() => {
		const state = viewer.state.toJSON();
		for (const layer of state.layers) {
			if (layer.type !== 'image') continue;
			delete layer.shaderControls;
			Object.assign(layer, {shader: 'void main() { emitGrayscale(float(toRaw(getDataValue())) / 3200.0); }', opacity: 1});
		}
		Object.assign(state, {crossSectionOrientation: [0, 0, 0, 1], layout: 'xy', crossSectionBackgroundColor: '#000000', showAxisLines: false, showScaleBar: false, showDefaultAnnotations: false});
		viewer.state.restoreState(state);
		return null;
	}`)
	b.waitLayers()
}

// coincide looks for the blobs in each file alone.
func (b *tab) coincide(set phantomSet, files []string) {
	b.t.Helper()
	worst := 0.0
	for _, f := range files {
		if !isTract(f) {
			worst = max(worst, b.valuesCoincide(set, f))
		}
	}
	b.t.Logf("middles by values: at most %.3f mm off", worst)
	worst = 0
	for i, plane := range []string{"xy", "xz", "yz"} {
		eval[any](b, "(plane) => { viewer.layout.restoreState(plane); return null }", plane)
		b.lookAtMillimeters(set.Blobs[i], 0.05)
		for _, f := range files {
			b.showOnly(f)
			m := b.middleDrawn()
			off := math.Hypot(m.X, m.Y)
			worst = max(worst, off)
			if m.Weight < 20 || off > tolerance {
				b.shot(plane + "-" + f)
				b.t.Errorf("%s: blob %d is drawn %.2f mm off (%.2f, %.2f; weight %.0f) in the %s section", f, i, off, m.X, m.Y, m.Weight, plane)
			}
		}
	}
	b.t.Logf("middles as drawn: at most %.3f mm off", worst)
}

func isTract(file string) bool { return strings.HasSuffix(file, ".trk") }

// valuesCoincide finds the blobs by the values around them, and returns how far off the farthest is.
func (b *tab) valuesCoincide(set phantomSet, file string) float64 {
	b.t.Helper()
	const reach, step = 4, 0.73 // no multiple of a voxel, whose borders would all count to one side
	worst := 0.0
	for _, blob := range set.Blobs {
		var queries []query
		var offsets [][3]float64
		for i := -reach; i <= reach; i++ {
			for j := -reach; j <= reach; j++ {
				for k := -reach; k <= reach; k++ {
					o := [3]float64{float64(i) * step, float64(j) * step, float64(k) * step}
					offsets = append(offsets, o)
					queries = append(queries, query{Path: file, At: map[string]float64{
						"x": (blob[0] + o[0]) / 1000, "y": (blob[1] + o[1]) / 1000, "z": (blob[2] + o[2]) / 1000,
					}})
				}
			}
		}
		m, ok := centroid(b.valuesAt(queries), offsets)
		off := math.Hypot(math.Hypot(m[0], m[1]), m[2])
		worst = max(worst, off)
		if !ok || off > tolerance {
			b.t.Errorf("%s: the blob at %v mm is %.2f mm off by its values: %.2f", file, blob, off, m)
		}
	}
	return worst
}

// centroid is the middle of values at offsets; it is not ok when one is no number, or when all are 0.
func centroid(values []string, offsets [][3]float64) (m [3]float64, ok bool) {
	sum := 0.0
	for i, text := range values {
		var v float64
		if _, err := fmt.Sscan(text, &v); err != nil {
			return m, false
		}
		sum += v
		for axis := range m {
			m[axis] += v * offsets[i][axis]
		}
	}
	for axis := range m {
		m[axis] /= sum
	}
	return m, sum > 0
}

// lookAtMillimeters moves the viewer to a place, with so many millimeters to a pixel.
func (b *tab) lookAtMillimeters(at [3]float64, scale float64) {
	b.t.Helper()
	eval[any](b, `(at, scale) => {
		const nav = viewer.navigationState, space = nav.coordinateSpace.value;
		const here = {x: at[0] / 1000, y: at[1] / 1000, z: at[2] / 1000};
		nav.position.value = Float32Array.from(space.names, (n, i) => (here[n] ?? 0) / space.scales[i]);
		nav.zoomFactor.value = scale / 1000 / nav.displayDimensionRenderInfo.value.canonicalVoxelPhysicalSize;
		return null;
	}`, at, scale)
}

// showOnly shows the layer of a file alone.
func (b *tab) showOnly(file string) {
	b.t.Helper()
	n := eval[int](b, `(file) => {
		let n = 0;
		for (const m of viewer.layerManager.managedLayers) {
			const mine = m.layer.dataSources.some(d => decodeURI(d.spec.url).includes('/' + file));
			n += mine && !m.layer.dataSources.some(d => d.spec.url.includes('/list/')); // of bundles, which draws nothing
			m.setVisible(mine);
		}
		return n;
	}`, file)
	if n != 1 {
		b.t.Fatalf("%d layers show %s, want 1", n, file)
	}
	b.drawn()
}

// A drawnMiddle is the middle of what is drawn around the middle of the panel: how far off it is, in mm along the panel's
// sides, and how bright it all is, in white pixels.
type drawnMiddle struct{ X, Y, Weight float64 }

func (b *tab) middleDrawn() drawnMiddle {
	b.t.Helper()
	return eval[drawnMiddle](b, `() => {
		viewer.display.draw();
		const gl = viewer.display.gl, canvas = viewer.display.canvas, box = canvas.getBoundingClientRect(), ratio = canvas.width / box.width;
		gl.bindFramebuffer(gl.FRAMEBUFFER, null);
		const panel = [...viewer.display.panels].find(p => p.sliceView && p.visible);
		const r = panel.element.getBoundingClientRect();
		const nav = viewer.navigationState, perPixel = nav.zoomFactor.value * nav.displayDimensionRenderInfo.value.canonicalVoxelPhysicalSize * 1000 / ratio;
		const side = 2 * Math.round(4 / perPixel), px = new Uint8Array(side * side * 4);
		const x = (r.x + r.width / 2 - box.x) * ratio, y = canvas.height - (r.y + r.height / 2 - box.y) * ratio;
		const left = Math.round(x - side / 2), low = Math.round(y - side / 2);
		gl.readPixels(left, low, side, side, gl.RGBA, gl.UNSIGNED_BYTE, px);
		const sum = {X: 0, Y: 0, Weight: 0};
		for (let i = 0; i < side * side; i++) {
			const v = Math.max(px[4 * i], px[4 * i + 1], px[4 * i + 2]) / 255;
			if (v < 0.02) continue;
			sum.Weight += v;
			sum.X += v * (left + i % side + 0.5 - x) * perPixel;
			sum.Y += v * (low + Math.floor(i / side) + 0.5 - y) * perPixel;
		}
		return {X: sum.X / (sum.Weight || 1), Y: sum.Y / (sum.Weight || 1), Weight: sum.Weight};
	}`)
}

// turned looks at the color of the streamline along y: green, whatever direction its file has it in.
func (b *tab) turned(set phantomSet) {
	b.t.Helper()
	i := slices.IndexFunc(set.Moved, isTract)
	b.showOnly(set.Moved[i])
	eval[any](b, "() => { viewer.layout.restoreState('xy'); return null }")
	b.lookAtMillimeters(set.Straight, 0.05)
	b.drawn()
	b.shot("turned")
	if got := b.middles(); !colored(got, 1) {
		b.t.Errorf("the streamline along y is drawn %v, want green", got)
	}
}

// tractInTray is the name in the tray of the one tractogram there.
func (b *tab) tractInTray() string {
	b.t.Helper()
	b.open(the.portal + "/tray")
	return eval[string](b, `() => [...document.querySelectorAll('.items [name=name]')].map(e => e.value).find(name => name.includes('tractography'))`)
}
