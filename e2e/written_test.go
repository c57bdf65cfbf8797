package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// oracle is Debian's python with nibabel and zarr, which are not ours; any other lacks them.
const oracle = "/usr/bin/python3"

// write has a program of testdata fill a folder of the bucket of written files, and reads the list it leaves there, of
// the same name. Zarr v3 arrays that it has left to zarrita are written, too.
func write(t *testing.T, program string, list any, args ...string) {
	t.Helper()
	if err := exec.Command(oracle, "-c", "import nibabel, zarr, numcodecs").Run(); err != nil {
		t.Skipf("%s lacks nibabel or zarr: run scripts/tools", oracle)
	}
	if _, err := os.Stat("testdata/npm/node_modules"); err != nil {
		t.Skip("zarrita is not installed: run scripts/tools, or npm ci in e2e/testdata/npm")
	}
	folder := filepath.Join(the.dir, "extra", writtenBucket, program)
	if out, err := exec.Command(oracle, append([]string{"-B", "testdata/" + program + ".py", folder}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("%s.py: %v\n%s", program, err, out)
	}
	left := filepath.Join(folder, "zarrita.json")
	if out, err := exec.Command("node", "testdata/npm/write.mjs", left).CombinedOutput(); err != nil {
		t.Fatalf("zarrita: %v\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(folder, program+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, list); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{left, filepath.Join(folder, program+".json")} {
		if err := os.Remove(file); err != nil { // they are no data
			t.Fatal(err)
		}
	}
}

// assetOf is a file or directory of a bucket of the demo, as forms name it.
func assetOf(bucket, path string) string {
	switch filepath.Ext(path) {
	case ".zarr", ".n5", ".precomputed", "":
		path += "/"
	}
	return fmt.Sprintf("demo-%s/demo-%s/%s", bucket, bucket, path)
}

// openAssets opens assets together, as the button of their pages does, and returns why the portal did not; "" if it did.
func (b *tab) openAssets(assets ...string) (refused string) {
	b.t.Helper()
	b.open(the.portal + "/tray")
	before := eval[float64](b, "() => performance.timeOrigin")
	eval[any](b, `(assets) => {
		const form = document.createElement('form');
		Object.assign(form, {method: 'post', action: '/open'});
		for (const value of assets) form.append(Object.assign(document.createElement('input'), {name: 'asset', value}));
		document.body.append(form);
		form.submit();
		return null;
	}`, assets)
	b.until("a page comes", "(t) => performance.timeOrigin !== t && document.readyState === 'complete'", before)
	if strings.HasPrefix(eval[string](b, "() => location.href"), the.portal) {
		return b.text("main")
	}
	return ""
}

// A query asks for the value of an asset at a place.
type query struct {
	Path    string             `json:"path"`    // of the asset as its address has it, without a slash at its end
	At      map[string]float64 `json:"at"`      // meters and seconds, by axis
	Channel *int               `json:"channel"` // of an image that has channels
}

func (q query) String() string {
	if q.Channel == nil {
		return fmt.Sprint(q.At)
	}
	return fmt.Sprintf("%v of channel %d", q.At, *q.Channel)
}

// valuesAt asks the viewer for values, as it shows them beside the mouse, at the finest level of each layer. A chunk that is
// not there yet is looked at until it is. Values are numbers as text, or what is wrong.
func (b *tab) valuesAt(queries []query) []string {
	b.t.Helper()
	const patience = 10_000 // milliseconds, for what has not been loaded yet
	return b.valuesSoon(queries, patience)
}

// valuesSoon is valuesAt with the patience for the first chunk of an asset that does not come, in milliseconds.
func (b *tab) valuesSoon(queries []query, patience int) []string {
	b.t.Helper()
	return eval[[]string](b, `async (queries, patience) => {
		const tick = () => new Promise(r => setTimeout(r, 4));
		const layersOf = path => viewer.layerManager.managedLayers.filter(m => m.layer.dataSources.some(d => {
			const at = decodeURI(d.spec.url).split('|')[0].replace(/\/$/, '');
			return (at + '/').includes('/' + path + '/');
		}));
		for (const m of viewer.layerManager.managedLayers) {
			const target = m.layer.sliceViewRenderScaleTarget;
			if (target) target.value = 1e-6; // the finest level, however small it is drawn
		}
		const say = v => typeof v === 'bigint' ? v.toString() : Number.isNaN(v) ? 'nan' : v === Infinity ? 'inf' : v === -Infinity ? '-inf' : String(v);
		const read = (m, global, channel) => {
			const drawn = m.layer.renderLayers.find(r => r.visibleSourcesList);
			if (!drawn) return 'no voxels are drawn';
			const sources = drawn.visibleSourcesList;
			if (sources.length === 0) return null;
			const all = drawn.multiscaleSource.getSources({displayRank: 3, multiscaleToViewTransform: new Float32Array(3 * drawn.multiscaleSource.rank), modelChannelDimensionIndices: []})[0];
			const finest = sources.filter(s => s.source.spec === all[0].chunkSource.spec || s.source === all[0].chunkSource);
			if (finest.length === 0) return null;
			const value = drawn.getValueAt.call(Object.create(drawn, {visibleSourcesList: {value: finest}}), global);
			return Array.isArray(value) ? value[channel ?? 0] : value;
		};
		const space = () => viewer.navigationState.coordinateSpace.value;
		const globalAt = at => Float32Array.from(space().names, (name, i) => at[name] === undefined ? viewer.navigationState.position.value[i] : at[name] / space().scales[i]);
		const out = [], hopeless = new Set();
		for (const {path, at, channel} of queries) {
			let layers = layersOf(path);
			if (layers.length > 1) { // one for each channel
				layers = layers.filter(m => Math.floor(m.layer.localPosition.value[0]) === channel);
			} else if (layers.length === 1 && channel !== null && layers[0].layer.localPosition.value.length === 1) {
				const {lowerBounds} = layers[0].layer.localCoordinateSpace.value.bounds;
				layers[0].layer.localPosition.value = Float32Array.of(lowerBounds[0] + channel + 0.5);
			}
			if (layers.length !== 1) {
				out.push(layers.length + ' layers');
				continue;
			}
			const lost = Object.keys(at).filter(name => !space().names.includes(name));
			if (lost.length) {
				out.push('no axis ' + lost);
				continue;
			}
			const global = globalAt(at);
			let value = read(layers[0], global, channel);
			if (value === null || value === undefined) {
				viewer.navigationState.position.value = global;
				const end = Date.now() + (hopeless.has(path) ? 0 : patience);
				while ((value === null || value === undefined) && Date.now() < end) {
					await tick();
					value = read(layers[0], global, channel);
				}
			}
			if (value === null || value === undefined) hopeless.add(path);
			out.push(value === null ? 'never loaded' : value === undefined ? 'outside' : say(value));
		}
		return out;
	}`, queries, patience)
}
