package e2e

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"

	"ngportal/web/phantom"
)

// csd is the layer of the phantom's streamlines.
const csd = "CSD tractography · phantom brain"

// TestTractogramBundles opens streamlines as a skeleton: each object that is listed can be had and has the size that the
// phantom tells, and a bundle that is chosen is drawn, and no other.
func TestTractogramBundles(t *testing.T) {
	b := newTab(t)
	b.signIn("Ada")
	b.do(chromedp.EmulateViewport(700, 500)) // drawn in software
	b.collect(dwi, trk)
	b.follow("Open in Neuroglancer")
	b.waitViewer(1)
	b.hasObjects(phantom.Streamlines())
	b.crossSections(1, "l => { l.skeletonRendering.lineWidth2d = 3; }")
	b.seesBundles(nil, "CST_L", "ILF_R", "CC")
	b.quiet()
}

// TestTractogramAsAnnotations has the same streamlines shown as annotations, by what a person chooses on the page.
func TestTractogramAsAnnotations(t *testing.T) {
	b := newTab(t)
	b.signIn("Ada")
	b.do(chromedp.EmulateViewport(700, 500))
	b.collect(dwi, trk)
	b.adjusts(csd, [2]string{"Shown as", "Annotations"}, [2]string{"Line width, pixels", "3"})
	b.follow("Open in Neuroglancer")
	b.waitViewer(2)
	b.crossSections(2, "l => {}")
	b.seesStreamlines()
	b.seesBundles(nil, "CST_L", "ILF_R", "CC")
	b.crossSections(2, "l => { if (l.type === 'annotation') l.shaderControls = {minlen: 200}; }")
	for _, name := range []string{"CST_L", "CC"} {
		if p, _ := alone(name); b.drawnAt(p) {
			t.Errorf("%s at %v is drawn, though it is shorter than the minimal length", name, p)
		}
	}

	b.adjusts(csd, [2]string{"Color by", "Bundle"})
	b.follow("Open in Neuroglancer")
	b.waitViewer(2)
	colors := eval[map[string]string](b, "() => viewer.state.toJSON().layers.find(l => l.type === 'segmentation').segmentColors")
	b.crossSections(2, "l => {}")
	b.seesBundles(colors, "CST_L", "ILF_R", "CC")
	b.quiet()
}

// A skeletonObject is an object of a skeleton as the viewer gets it.
type skeletonObject struct {
	ID              string
	Vertices, Edges int
	Fault           string
}

// hasObjects asks for all objects that are listed, and compares them with streamlines.
func (b *tab) hasObjects(lines []phantom.Streamline) {
	b.t.Helper()
	want := map[string]*skeletonObject{}
	var all skeletonObject // the strata have all of them
	for _, s := range lines {
		id := bundleID(s.Bundle)
		if want[id] == nil {
			want[id] = &skeletonObject{ID: id}
		}
		for _, o := range []*skeletonObject{want[id], &all} {
			o.Vertices += len(s.Points)
			o.Edges += len(s.Points) - 1
		}
	}
	bundles := 0
	for _, o := range b.skeletonObjects() {
		if o.Fault != "" {
			b.t.Errorf("object %s: %s", o.ID, o.Fault)
		}
		if len(o.ID) > 6 { // a stratum
			all.Vertices -= o.Vertices
			all.Edges -= o.Edges
			continue
		}
		bundles++
		if w := want[o.ID]; w == nil || o != *w {
			b.t.Errorf("bundle %+v, want %+v", o, w)
		}
	}
	if bundles != len(want) || all != (skeletonObject{}) {
		b.t.Errorf("%d bundles, want %d; the strata lack %+v", bundles, len(want), all)
	}
}

// bundleID is the number of a bundle of the phantom in its file.
func bundleID(name string) string { return strconv.Itoa(slices.Index(phantom.Bundles(), name) + 1) }

// skeletonObjects reads all objects of the first layer, and one that is not there.
func (b *tab) skeletonObjects() []skeletonObject {
	b.t.Helper()
	return eval[[]skeletonObject](b, `async () => {
		const base = viewer.layerManager.managedLayers[0].layer.dataSources[0].spec.url.split('|')[0];
		const info = await (await fetch(base + 'info')).json();
		const {inline} = await (await fetch(base + info.segment_properties + '/info')).json();
		const wide = info.vertex_attributes.reduce((sum, a) => sum + 4 * a.num_components, 12);
		const out = [];
		for (const ID of [...inline.ids, '77']) {
			const answer = await fetch(base + ID), o = {ID, Vertices: 0, Edges: 0, Fault: ''};
			if (ID === '77') {
				if (answer.status !== 404) out.push({...o, Fault: 'is not listed, and answers ' + answer.status});
				continue;
			}
			out.push(o);
			const v = new DataView(await answer.arrayBuffer());
			if (answer.status !== 200 || v.byteLength < 8) {
				o.Fault = answer.status + ', ' + v.byteLength + ' bytes';
				continue;
			}
			o.Vertices = v.getUint32(0, true);
			o.Edges = v.getUint32(4, true);
			const want = 8 + o.Vertices * wide + o.Edges * 8, told = answer.headers.get('Content-Length');
			if (v.byteLength !== want || told !== String(want)) o.Fault = v.byteLength + ' bytes, ' + told + ' were told, want ' + want;
		}
		return out;
	}`)
}

// adjusts makes choices in the form of a layer, and goes back to the page when they are kept.
func (b *tab) adjusts(layer string, fields ...[2]string) {
	b.t.Helper()
	b.open(the.portal + "/tray")
	form := eval[string](b, "(name) => [...document.querySelectorAll('a')].find(a => a.textContent.trim() === name).href", "Adjust "+layer)
	b.click("Adjust " + layer)
	for _, f := range fields {
		b.fill(f[0], f[1])
	}
	b.click("Apply to " + layer)
	b.until("the choices are kept", `async (form, fields) => {
		const page = new DOMParser().parseFromString(await (await fetch(form)).text(), 'text/html');
		return fields.every(([name, value]) => {
			const label = [...page.querySelectorAll('form.adjust label')].find(l => l.textContent.trim() === name);
			const field = label && page.getElementById(label.htmlFor);
			return field && value === (field.tagName === 'SELECT' ? field.selectedOptions[0].text.trim() : field.value);
		});
	}`, form, fields)
	b.shot("adjusted")
}

// crossSections shows three sections on black, 4 mm deep, with each layer edited by a function, and waits for them.
func (b *tab) crossSections(layers int, edit string) {
	b.t.Helper()
	eval[any](b, `() => {
		const state = viewer.state.toJSON();
		state.layers.forEach(`+edit+`);
		const layers = state.layers.map(l => l.name);
		Object.assign(state, {layout: {type: 'row', children: ['xy', 'xz', 'yz'].map(layout => ({type: 'viewer', layout, layers}))},
			crossSectionDepth: 4, crossSectionBackgroundColor: '#000000', showAxisLines: false, showScaleBar: false, showDefaultAnnotations: false});
		viewer.state.reset(); // or the axes keep the units of the layers that were there
		viewer.state.restoreState(state);
		return null;
	}`)
	b.waitViewer(layers)
}

// seesBundles shows one bundle after the other, each of which must be drawn where it runs alone, and the others must not. Their
// colors are those that are told, or those of their directions.
func (b *tab) seesBundles(colors map[string]string, names ...string) {
	b.t.Helper()
	for _, chosen := range names {
		b.choose(bundleID(chosen))
		for _, name := range names {
			p, axis := alone(name)
			got := b.at(p)
			switch told := colors[bundleID(name)]; {
			case name != chosen && brightestValue(got) > 40:
				b.t.Errorf("%s is drawn %v at %v, where of all bundles only %s is", chosen, got, p, name)
			case name != chosen:
			case told == "" && !colored(got, axis):
				b.t.Errorf("%s at %v: drawn %v, want the color of axis %d", name, p, got, axis)
			case told != "" && !slices.ContainsFunc(got, func(p pixel) bool { return p.is(told) }):
				b.t.Errorf("%s at %v: drawn %v, want %s", name, p, got, told)
			}
		}
		b.shot("bundle-" + chosen)
	}
}

// choose ticks segments in the list of the one layer that has one, and no other.
func (b *tab) choose(ids ...string) {
	b.t.Helper()
	eval[any](b, `(ids) => {
		const {layer} = viewer.layerManager.managedLayers.find(m => m.layer.type === 'segmentation');
		const visible = layer.displayState.segmentationGroupState.value.visibleSegments;
		visible.clear();
		for (const id of ids) visible.add(BigInt(id));
		return null;
	}`, ids)
}

// at are the pixels of the sections through a place.
func (b *tab) at(p [3]float64) []pixel {
	b.t.Helper()
	b.lookAt(p[0], p[1], p[2])
	return b.middles()
}

// drawnAt reports whether anything is drawn there.
func (b *tab) drawnAt(p [3]float64) bool {
	b.t.Helper()
	return brightestValue(b.at(p)) > 40
}

// brightestValue is the greatest of all red, green and blue values.
func brightestValue(pixels []pixel) float64 {
	var most float64
	for _, p := range pixels {
		most = max(most, p[0], p[1], p[2])
	}
	return most
}

// is reports whether a pixel has a color, "#rrggbb", or is a little darker.
func (p pixel) is(color string) bool {
	var rgb [3]int
	if _, err := fmt.Sscanf(color, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		return false
	}
	var dot, length, other float64
	for i, v := range rgb {
		dot += p[i] * float64(v)
		length += p[i] * p[i]
		other += float64(v * v)
	}
	return length > 100*100 && dot > 0.99*math.Sqrt(length*other)
}

// alone is a point of a bundle which no other bundle is near to, and the axis that it runs along there.
func alone(bundle string) (p [3]float64, axis int) {
	best, all := 0.0, phantom.Streamlines()
	for _, s := range all {
		if s.Bundle != bundle {
			continue
		}
		at, along, ok := plainPoint(s)
		if !ok {
			continue
		}
		if d := awayFrom(all, bundle, at); d > best {
			best, p, axis = d, at, along
		}
	}
	return p, axis
}

// awayFrom is how far the nearest streamline of another bundle is from a place, in mm.
func awayFrom(all []phantom.Streamline, bundle string, p [3]float64) float64 {
	nearest := math.Inf(1)
	for _, s := range all {
		if s.Bundle == bundle {
			continue
		}
		for _, q := range s.Points {
			nearest = min(nearest, math.Hypot(math.Hypot(p[0]-q[0], p[1]-q[1]), p[2]-q[2]))
		}
	}
	return nearest
}
