package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"ngportal/internal/tracttest"
)

// A density says where streamlines run; see testdata/density.py.
type density struct {
	Shape   [3]int    `json:"shape"`
	Inverse []float64 `json:"inverse"` // millimeters to voxels, row after row
	Near    string    `json:"near"`    // a bit for each voxel, the last axis fastest
	Busy    []int     `json:"busy"`    // some voxels that many run through
}

// A polylines is what the annotations of some cells are like, held against a density.
type polylines struct {
	Annotations, Vertices int
	Outside               int    // vertices where there is no streamline
	Busy                  int    // busy voxels, or one beside them, that hold a vertex
	Other                 int    // annotations of another bundle than the one that was asked for
	Fault                 string // of the bytes
}

// TestLargeTractograms opens tractograms that are too large for a skeleton: there is a picture before they were read, the
// lines are where nibabel and MRtrix say, and bundles can be shown alone.
func TestLargeTractograms(t *testing.T) {
	if _, err := exec.LookPath("tckmap"); err != nil {
		t.Skip("MRtrix is not installed: run scripts/tools")
	}
	where := densityOf(t, writeLarge(t, 100_000))
	for _, n := range []int64{100_000, 1_000_000} {
		t.Run(strconv.FormatInt(n, 10), func(t *testing.T) {
			if n > 100_000 && testing.Short() {
				t.Skip("1.8 GB are too many for -short")
			}
			path := writeLarge(t, n)
			defer os.Remove(path)
			b := newTab(t)
			b.do(chromedp.EmulateViewport(500, 400))
			b.signIn("Ada")
			b.seesLarge(n, where)
			b.mu.Lock() // the browser tells of each answer that something is still being prepared
			b.spoken = slices.DeleteFunc(b.spoken, func(line string) bool {
				return strings.Contains(line, " 503 ") && strings.Contains(line, "/ann/")
			})
			b.mu.Unlock()
			b.quiet()
		})
	}
}

// writeLarge writes a synthetic tractogram into the bucket of written files, unless it is there.
func writeLarge(t *testing.T, n int64) string {
	t.Helper()
	path := filepath.Join(the.dir, "extra", writtenBucket, fmt.Sprintf("large-%d.trk", n))
	if _, err := os.Stat(path); err == nil {
		return path
	}
	s := tracttest.Synthetic{Streamlines: n}
	body, err := s.Open(0, s.Size())
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.CopyBuffer(struct{ io.Writer }{f}, body, make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err = f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func densityOf(t *testing.T, trk string) density {
	t.Helper()
	scratch := t.TempDir()
	if out, err := exec.Command(oracle, "-B", "testdata/density.py", trk, scratch).CombinedOutput(); err != nil {
		t.Fatalf("density.py: %v\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(scratch, "density.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d density
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// seesLarge opens the file of n streamlines.
func (b *tab) seesLarge(n int64, where density) {
	b.t.Helper()
	name := fmt.Sprintf("large-%d.trk", n)
	if no := b.openAssets(assetOf(writtenBucket, name)); no != "" {
		b.t.Fatalf("the portal does not open it: %s", no)
	}
	b.until("the layers are there", twoLayers)
	for _, line := range b.layerErrors() {
		b.t.Errorf("layer: %s", line)
	}
	at := the.viewer + "/t/demo-" + writtenBucket + "/" + name + "/ann/"
	first := b.annotations(where, 0, at+"spatial0/0_0_0")
	b.fits("level 0", first, 1000)

	b.patient("the rest is built", "async (at) => (await fetch(at + 'spatial1/0_0_0')).status === 200", at)
	if again := b.annotations(where, 0, at+"spatial0/0_0_0"); again != first {
		b.t.Errorf("level 0 was %+v and is %+v after the build", first, again)
	}
	var cells []string
	for i := range 8 {
		cells = append(cells, fmt.Sprintf("%sspatial1/%d_%d_%d", at, i&1, i>>1&1, i>>2))
	}
	b.fits("level 1", b.annotations(where, 0, cells...), 2000)
	b.fits("a bundle", b.annotations(where, 5, at+"bundle/5"), 100)

	b.onlyBundle("")
	b.drawn()
	b.shot(fmt.Sprintf("large-%d", n))
	all := b.lit()
	b.onlyBundle("5")
	b.drawn()
	b.shot(fmt.Sprintf("large-%d-bundle", n))
	one := b.lit()
	b.t.Logf("%d streamlines: %d pixels lit, %d by one bundle", n, all, one)
	if all < 3000 || one < 50 || one*2 > all {
		b.t.Errorf("all streamlines light %d pixels, one bundle of %d lights %d", all, tracttest.Bundles, one)
	}
}

// patient is until for what takes minutes on a busy machine.
func (b *tab) patient(what, condition string, args ...any) {
	b.t.Helper()
	for deadline := time.Now().Add(4 * time.Minute); time.Now().Before(deadline); time.Sleep(time.Second) {
		if b.try(condition, args...) {
			return
		}
	}
	b.shot("failure")
	b.t.Fatalf("waited in vain until %s", what)
}

// fits insists on annotations that lie where the streamlines do, in all places where there are many.
func (b *tab) fits(what string, r polylines, least int) {
	b.t.Helper()
	b.t.Logf("%s: %+v", what, r)
	if r.Fault != "" || r.Annotations < least || r.Outside*500 > r.Vertices || r.Other > 0 {
		b.t.Errorf("%s: %+v; want at least %d annotations, all where MRtrix counts streamlines", what, r, least)
	}
	if least >= 1000 && r.Busy < 190 {
		b.t.Errorf("%s: of 200 voxels that many streamlines run through, annotations are in %d only", what, r.Busy)
	}
}

// annotations reads cells as the viewer does, and holds them against the density. With a bundle all must be of it.
func (b *tab) annotations(where density, bundle int, urls ...string) polylines {
	b.t.Helper()
	return eval[polylines](b, `async (where, bundle, urls) => {
		const out = {Annotations: 0, Vertices: 0, Outside: 0, Busy: 0, Other: 0, Fault: ''};
		const bits = Uint8Array.from(atob(where.near), c => c.charCodeAt(0)), m = where.inverse, [sx, sy, sz] = where.shape;
		const seen = new Uint8Array(sx * sy * sz), ids = new Set();
		const info = await (await fetch(urls[0].replace(/(spatial|bundle).*/, 'info'))).json();
		const sizes = {float32: 4, uint32: 4, int32: 4, uint16: 2, int16: 2, uint8: 1, int8: 1, rgb: 3, rgba: 4};
		const order = [4, 2, 1].flatMap(s => info.properties.filter(p => (sizes[p.type] === 3 ? 1 : sizes[p.type]) === s));
		let width = 0, bundleAt = -1;
		for (const p of order) { if (p.id === 'bundle') bundleAt = width; width += sizes[p.type]; }
		width = Math.ceil(width / 4) * 4;
		for (const url of urls) {
			const answer = await fetch(url);
			if (answer.status !== 200) { out.Fault = url + ': ' + answer.status; return out; }
			const v = new DataView(await answer.arrayBuffer()), n = Number(v.getBigUint64(0, true));
			let at = 8;
			for (let i = 0; i < n; i++) {
				const points = v.getUint32(at, true);
				at += 4;
				out.Vertices += points > 1 ? points : 0;
				for (let k = 0; k < points; k++, at += 12) {
					const p = [0, 4, 8].map(o => v.getFloat32(at + o, true));
					const [x, y, z] = [0, 4, 8].map(r => Math.round(m[r] * p[0] + m[r + 1] * p[1] + m[r + 2] * p[2] + m[r + 3]));
					const inside = x >= 0 && y >= 0 && z >= 0 && x < sx && y < sy && z < sz, voxel = (x * sy + y) * sz + z;
					if (points > 1 && !(inside && bits[voxel >> 3] >> (7 - voxel % 8) & 1)) out.Outside++;
					if (inside) seen[voxel] = 1;
				}
				if (points > 1) out.Annotations++;
				if (points > 1 && bundle && v.getUint16(at + bundleAt, true) !== bundle) out.Other++;
				at += width;
			}
			for (let i = 0; i < n; i++, at += 8) {
				const id = v.getBigUint64(at, true);
				if (ids.has(id)) out.Fault = 'id ' + id + ' twice';
				ids.add(id);
			}
			if (at !== v.byteLength) out.Fault = url + ': ' + v.byteLength + ' bytes, ' + at + ' read';
		}
		const around = [0, 1, -1, sz, -sz, sy * sz, -sy * sz];
		out.Busy = where.busy.filter(i => around.some(d => seen[i + d])).length;
		return out;
	}`, where, bundle, urls)
}

// twoLayers: the annotations and the list of their bundles have loaded.
const twoLayers = "() => window.viewer?.layerManager.managedLayers.length === 2 && viewer.layerManager.managedLayers.every(m => m.layer?.dataSources.every(d => d.loadState !== undefined))"

// onlyBundle shows one bundle of the tractogram, as a click into the list of bundles does, or all for "".
func (b *tab) onlyBundle(id string) {
	b.t.Helper()
	eval[any](b, `(id) => {
		const state = viewer.state.toJSON();
		state.layers.find(l => l.type === 'segmentation').segments = id === '' ? [] : [id];
		state.layers.find(l => l.type === 'annotation').projectionAnnotationSpacing = 24; // fewer: software draws them slowly
		Object.assign(state, {layout: '3d', showAxisLines: false});
		viewer.state.restoreState(state);
		return null;
	}`, id)
	b.until("the layers are there again", twoLayers)
}

// lit counts the pixels of the whole picture that are of a color.
func (b *tab) lit() int {
	b.t.Helper()
	return eval[int](b, `() => {
		viewer.showAxisLines.value = false;
		viewer.display.draw();
		const gl = viewer.display.gl, w = gl.drawingBufferWidth, h = gl.drawingBufferHeight, px = new Uint8Array(w * h * 4);
		gl.bindFramebuffer(gl.FRAMEBUFFER, null);
		gl.readPixels(0, 0, w, h, gl.RGBA, gl.UNSIGNED_BYTE, px);
		let n = 0;
		for (let i = 0; i < px.length; i += 4) {
			if (Math.max(px[i], px[i + 1], px[i + 2]) - Math.min(px[i], px[i + 1], px[i + 2]) > 60) n++;
		}
		return n;
	}`)
}
