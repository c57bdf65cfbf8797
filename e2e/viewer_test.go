package e2e

import (
	"fmt"
	"time"
)

// waitViewer waits until every layer has loaded and the picture has been drawn, and fails on any error of a layer.
func (b *tab) waitViewer(layers int) {
	b.t.Helper()
	b.until("the viewer is there", "() => !!window.viewer")
	b.until(fmt.Sprintf("%d layers are there", layers), `(n) => {
		const ms = viewer.layerManager.managedLayers;
		return ms.length === n && ms.every(m => m.layer && m.layer.dataSources.every(d => d.loadState !== undefined));
	}`, layers)
	for _, line := range b.layerErrors() {
		b.t.Errorf("layer: %s", line)
	}
	b.drawn()
}

// drawn waits until the picture holds still: ready on two polls in a row.
func (b *tab) drawn() {
	b.t.Helper()
	for seen, deadline := 0, time.Now().Add(100*time.Second); seen < 2; {
		if b.try("() => viewer.isReady()") {
			seen++
		} else {
			seen = 0
		}
		if time.Now().After(deadline) {
			b.shot("failure")
			b.t.Fatalf("the viewer did not finish drawing; layers: %q", b.layerErrors())
		}
		time.Sleep(150 * time.Millisecond)
	}
}

// layerErrors are the errors of sources and shaders, by layer.
func (b *tab) layerErrors() []string {
	b.t.Helper()
	return eval[[]string](b, `() => viewer.layerManager.managedLayers.flatMap(m => {
		if (!m.layer) return [m.name + ': was not made'];
		const out = m.layer.dataSources.filter(d => d.loadState?.error).map(d => m.name + ': ' + d.loadState.error.message);
		const s = m.layer.displayState?.shaderError?.value ?? m.layer.shaderError?.value;
		if (s) out.push(m.name + ': shader: ' + s.message);
		return out;
	})`)
}

func (b *tab) layerNames() []string {
	b.t.Helper()
	return eval[[]string](b, "() => viewer.layerManager.managedLayers.map(m => m.name)")
}

// lookAt moves the viewer to a position in the units of its axes.
func (b *tab) lookAt(position ...float64) {
	b.t.Helper()
	eval[any](b, "(p) => { viewer.navigationState.position.value = Float32Array.from(p); viewer.showAxisLines.value = false; return null }", position)
	b.drawn()
}

// show makes some layers visible and the others not.
func (b *tab) show(names ...string) {
	b.t.Helper()
	eval[any](b, "(names) => { for (const m of viewer.layerManager.managedLayers) m.setVisible(names.includes(m.name)); return null }", append([]string{}, names...))
	b.drawn()
}

// A pixel is what is drawn at the middle of a panel: the mean of 3 × 3 pixels, 0 to 255.
type pixel [3]float64

func (p pixel) mean() float64 { return (p[0] + p[1] + p[2]) / 3 }

// middles are the pixels in the middle of the three cross-section panels, where the position is.
func (b *tab) middles() []pixel {
	b.t.Helper()
	return eval[[]pixel](b, `() => {
		viewer.display.draw();
		const gl = viewer.display.gl;
		gl.bindFramebuffer(gl.FRAMEBUFFER, null);
		const canvas = viewer.display.canvas, box = canvas.getBoundingClientRect();
		const ratio = canvas.width / box.width, out = [];
		for (const p of viewer.display.panels) {
			if (!p.sliceView || !p.visible) continue;
			const r = p.element.getBoundingClientRect();
			const x = Math.round((r.x + r.width / 2 - box.x) * ratio), y = Math.round(canvas.height - (r.y + r.height / 2 - box.y) * ratio);
			const px = new Uint8Array(9 * 4);
			gl.readPixels(x - 1, y - 1, 3, 3, gl.RGBA, gl.UNSIGNED_BYTE, px);
			const sum = [0, 0, 0];
			for (let i = 0; i < 9; i++) for (let c = 0; c < 3; c++) sum[c] += px[4 * i + c] / 9;
			out.push(sum);
		}
		return out;
	}`)
}

// brightest is the brightest of pixels.
func brightest(pixels []pixel) pixel {
	var best pixel
	for _, p := range pixels {
		if p.mean() > best.mean() {
			best = p
		}
	}
	return best
}
