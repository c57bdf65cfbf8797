package e2e

import (
	"fmt"
	"math"
)

// plain makes the viewer show the one layer as it is: 220 as gray 220, one panel, nothing beside the data, and
// no more of them read than is seen.
func (b *tab) plain() {
	b.t.Helper()
	eval[any](b, `() => {
		const state = viewer.state.toJSON();
		for (const layer of state.layers) {
			delete layer.shaderControls;
			Object.assign(layer, {shader: 'void main() { emitGrayscale(toNormalized(getDataValue())); }', opacity: 1});
		}
		Object.assign(state, {layout: 'xy', prefetch: false, showAxisLines: false, showScaleBar: false, showDefaultAnnotations: false});
		viewer.state.restoreState(state);
		return null;
	}`)
	b.waitViewer(1)
	eval[any](b, `() => { viewer.navigationState.zoomFactor.value /= 8; return null }`)
	b.drawn()
}

// A region is what is drawn in the part of the panel that the volume fills.
type region struct {
	Darkest, Brightest float64 // of its red, green and blue values
	Looks              int     // how often it was looked at
}

func (r region) String() string {
	return fmt.Sprintf("values from %v to %v", r.Darkest, r.Brightest)
}

// isAll reports whether everything is drawn as gray, give or take 1.
func (r region) isAll(gray float64) bool {
	return math.Abs(r.Darkest-gray) <= 1 && math.Abs(r.Brightest-gray) <= 1
}

// look looks at the region for some time, in milliseconds, but at least once.
func (b *tab) look(time int) region {
	b.t.Helper()
	return eval[region](b, `async (time) => {
		const side = 600, seen = {Darkest: 255, Brightest: 0, Looks: 0};
		const gl = viewer.display.gl, px = new Uint8Array(side * side * 4);
		const look = () => {
			viewer.display.draw();
			gl.bindFramebuffer(gl.FRAMEBUFFER, null);
			const canvas = viewer.display.canvas, box = canvas.getBoundingClientRect(), ratio = canvas.width / box.width;
			const panel = [...viewer.display.panels].find(p => p.sliceView && p.visible).element.getBoundingClientRect();
			const x = Math.round((panel.x + panel.width / 2 - box.x) * ratio), y = Math.round(canvas.height - (panel.y + panel.height / 2 - box.y) * ratio);
			gl.readPixels(x - side / 2, y - side / 2, side, side, gl.RGBA, gl.UNSIGNED_BYTE, px);
			for (let i = 0; i < px.length; i++) {
				if (i % 4 === 3) continue;
				if (px[i] < seen.Darkest) seen.Darkest = px[i];
				if (px[i] > seen.Brightest) seen.Brightest = px[i];
			}
			seen.Looks++;
		};
		const end = Date.now() + time;
		do { look(); await new Promise(r => setTimeout(r, 50)); } while (Date.now() < end);
		return seen;
	}`, time)
}

// background is the gray that is drawn where there is no data.
func (b *tab) background() float64 {
	b.t.Helper()
	rgb := eval[[]float64](b, "() => [...viewer.crossSectionBackgroundColor.value].map(v => 255 * v)")
	if len(rgb) != 3 || rgb[0] != rgb[1] || rgb[1] != rgb[2] || rgb[0] < 50 || rgb[0] > 200 {
		b.t.Fatalf("the background is %v, want a gray that is neither dark nor like the data", rgb)
	}
	return rgb[0]
}

// slab moves to the middle of a slab of chunks, and waits for nothing.
func (b *tab) slab(n int) {
	b.t.Helper()
	middle := float64(2 * chunkSide)
	b.move(middle, middle, (float64(n)+0.5)*chunkSide)
}

func (b *tab) move(position ...float64) {
	b.t.Helper()
	eval[any](b, "(p) => { viewer.navigationState.position.value = Float32Array.from(p); return null }", position)
}
