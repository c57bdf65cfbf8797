package e2e

import (
	"math"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// TestCompare lays two images side by side: each side has its own alone, and both look at the same place.
func TestCompare(t *testing.T) {
	const left, right = "FA dwi · phantom brain", "XPCT · phantom brain chunk 01"
	b := newTab(t)
	b.signIn("Ada")
	b.collect(dwi, fa)
	b.collect(micr, xpct)
	b.open(the.portal + "/tray")
	b.fill("Compare two groups side by side", "yes")
	b.until("there are two groups", "() => [...document.querySelectorAll('#preview h3')].map(h => h.innerText).join() === 'Left,Right'")
	b.click("Adjust " + right)
	b.fill("Side", "Right")
	b.until("it is on the right", "() => document.querySelectorAll('.items .what')[1].innerText.includes('on the right')")
	b.shot("arranged")
	b.follow("Open in Neuroglancer")
	b.waitViewer(2)
	b.shot("scene")
	if got, want := eval[string](b, "() => JSON.stringify(viewer.layout.toJSON())"), `{"type":"row","children":[{"type":"viewer","layers":["`+left+`"],"layout":"4panel"},{"type":"viewer","layers":["`+right+`"],"layout":"4panel"}]}`; got != want {
		t.Errorf("the layout is\n%s\nwant\n%s", got, want)
	}
	b.differ([3]float64{-70.4, -37.9, -14.1}, 0, 60, 180, 255) // bone
	b.differ([3]float64{2.5, 31, 4.1}, 180, 255, 60, 170)      // white matter
	before := b.sides()
	b.recenterLeft(before[0])
	after := b.sides()
	if apart := distance(after[0].Position, after[1].Position); apart > 1e-3 || distance(before[0].Position, after[0].Position) < 5 {
		t.Errorf("the sides are at %.1f and %.1f, want them together and away from %.1f", after[0].Position, after[1].Position, before[0].Position)
	}
	b.quiet()
}

// A side is what one side of a comparison shows: where it is, the brightest of what is in the middle of its sections, and the
// middle of the first of these on the screen.
type side struct {
	Position, Middle []float64
	Gray             float64
}

func (b *tab) sides() [2]side {
	b.t.Helper()
	b.drawn()
	return eval[[2]side](b, `() => {
		viewer.display.draw();
		const gl = viewer.display.gl, canvas = viewer.display.canvas, box = canvas.getBoundingClientRect(), ratio = canvas.width / box.width;
		gl.bindFramebuffer(gl.FRAMEBUFFER, null);
		const sides = [{Gray: 0}, {Gray: 0}];
		for (const p of viewer.display.panels) {
			if (!p.sliceView || !p.visible) continue;
			const r = p.element.getBoundingClientRect(), px = new Uint8Array(4);
			const x = r.x + r.width / 2, y = r.y + r.height / 2, side = sides[x < innerWidth / 2 ? 0 : 1];
			gl.readPixels(Math.round((x - box.x) * ratio), Math.round(canvas.height - (y - box.y) * ratio), 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, px);
			side.Gray = Math.max(side.Gray, (px[0] + px[1] + px[2]) / 3);
			side.Position = [...p.navigationState.position.value];
			side.Middle ??= [x, y];
		}
		return sides;
	}`)
}

// differ looks at a place where the two sides must be of such grays.
func (b *tab) differ(at [3]float64, leftLow, leftHigh, rightLow, rightHigh float64) {
	b.t.Helper()
	b.lookAt(at[:]...)
	s := b.sides()
	if left, right := s[0].Gray, s[1].Gray; left < leftLow || left > leftHigh || right < rightLow || right > rightHigh {
		b.shot("differ")
		b.t.Errorf("at %v mm: left %.0f, right %.0f; want %v to %v, and %v to %v", at, left, right, leftLow, leftHigh, rightLow, rightHigh)
	}
}

// recenterLeft presses the right button of the mouse beside the middle of a section: the viewer goes there.
func (b *tab) recenterLeft(s side) {
	b.t.Helper()
	x, y := s.Middle[0]+30, s.Middle[1]-40
	b.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y))
	b.until("the viewer has seen the mouse", "() => viewer.mouseState.active")
	b.do(chromedp.MouseClickXY(x, y, chromedp.ButtonRight))
	b.until("it has moved", "(was) => viewer.navigationState.position.value.some((p, i) => Math.abs(p - was[i]) > 1)", s.Position)
}

func distance(a, b []float64) float64 {
	if len(a) != 3 || len(b) != 3 {
		return math.NaN()
	}
	return math.Hypot(math.Hypot(a[0]-b[0], a[1]-b[1]), a[2]-b[2])
}
