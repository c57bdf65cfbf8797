package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"ngportal/web/phantom"
)

// TestImportScene opens one scene as four programs would hand it on; the picture and the values are always the same.
func TestImportScene(t *testing.T) {
	b := newTab(t)
	b.signIn("Ada")
	link := b.original()
	b.open(link)
	b.waitViewer(2)
	b.shot("original")
	want := b.picture()
	for name, scene := range map[string]string{
		"ours":    link,
		"LINC":    "https://neuroglancer.lincbrain.org/cloudfront/frontend/index.html#!" + url.PathEscape(b.written("zarr://dandi://linc/000010@draft/", "zarr://s3://"+phantom.PrivateBucket+"/", "")),
		"ngtools": b.written("zarr://s3://"+phantom.PrivateBucket+"/", "s3://"+phantom.PrivateBucket+"/", `{"name":"__world_axes_native__","type":"annotation","source":"local://annotations"},`),
	} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			b.brings(scene, want)
		})
	}
	b.t = t
	b.quiet()
}

// original is the link of a scene: a block that has been moved over a volume in the space of the head, with a contrast.
func (b *tab) original() (link string) {
	b.t.Helper()
	b.collect(registered+"dwi/", lastOf(phantom.RegisteredFA().Key))
	b.collect(registered+"micr/", lastOf(phantom.Blocks()[0].Volume.Key))
	b.open(the.portal + "/tray")
	b.click("Adjust " + blockLayer(0))
	b.fill("White", "180")
	b.fill("Transform", blockTransform(0))
	b.until("it is kept", "() => document.querySelector('main').innerText.includes('moved by')")
	b.click("Copy link")
	b.until("the link is there", "() => !!document.querySelector('#made code')")
	return b.text("#made code")
}

// written is the state that the viewer has, with other addresses of the volume in the space of the head and of the block, and
// with one more layer.
func (b *tab) written(volume, block, more string) string {
	b.t.Helper()
	text := b.scene()
	for of, to := range map[string]string{phantom.RegisteredFA().Key: volume, phantom.Blocks()[0].Volume.Key: block} {
		i := strings.Index(text, of)
		from := strings.LastIndexByte(text[:max(i, 0)], '"') + 1
		until := i + strings.IndexByte(text[max(i, 0):], '"')
		if i < 0 {
			b.t.Fatalf("the state does not read %s:\n%s", of, text)
		}
		format := ""
		if !strings.Contains(to[1:], "zarr") {
			format = "/|zarr3:"
		}
		text = text[:from] + to + strings.TrimSuffix(of, "/") + format + text[until:]
	}
	return strings.Replace(text, `"layers": [`, `"layers": [`+more, 1)
}

// A picture is a scene as it is seen: its layers without their addresses, and what is drawn at some places.
type picture struct {
	Layers string
	Drawn  [][]pixel
}

func (b *tab) picture() picture {
	b.t.Helper()
	var p picture
	p.Layers = eval[string](b, `() => JSON.stringify(viewer.state.toJSON().layers.map(({name, shader, shaderControls, opacity, blend, source}) =>
		({name, shader, shaderControls, opacity, blend, transform: source.transform})), null, 1)`)
	b.hasValues(phantom.RegisteredFA(), 25)
	b.hasValues(phantom.Blocks()[0].Volume, 6)
	for _, at := range steady(phantom.Blocks()[0].Volume, 6)[:4] {
		b.lookAt(at[:]...)
		p.Drawn = append(p.Drawn, b.middles())
	}
	return p
}

// brings adds a scene to an empty tray, opens it, and takes it back.
func (b *tab) brings(scene string, want picture) {
	b.t.Helper()
	b.open(the.portal + "/tray")
	eval[any](b, "() => fetch('/tray/clear', {method: 'POST'}).then(() => null)")
	b.pastes(scene)
	if strings.Contains(scene, "__world_axes_native__") { // a layer that is left out is told first
		if said := b.text("main"); b.heading() != "Not everything can be added" || !strings.Contains(said, "ngtools keeps its axes") {
			b.t.Errorf("the page says\n%s", said)
		}
		b.shot("tells")
		b.follow("Add to the tray")
	}
	b.shot("tray")
	b.follow("Open in Neuroglancer")
	b.waitViewer(2)
	b.shot("scene")
	got := b.picture()
	if got.Layers != want.Layers {
		b.t.Errorf("the layers are\n%s\nwant\n%s", got.Layers, want.Layers)
	}
	for i := range got.Drawn {
		if !slices.EqualFunc(got.Drawn[i], want.Drawn[i], func(a, b pixel) bool { return math.Abs(a.mean()-b.mean()) <= 6 }) {
			b.t.Errorf("at the place %d is drawn %.0f, want %.0f", i, got.Drawn[i], want.Drawn[i])
		}
	}
	b.open(the.portal + "/tray")
	b.click("Undo " + strings.TrimPrefix(strings.Join(strings.Fields(b.text("#undo")), " "), "Undo "))
	b.until("the tray is empty again", "() => document.querySelector('main').innerText.includes('Your tray is empty')")
}

// pastes adds a scene to the tray.
func (b *tab) pastes(scene string) {
	b.t.Helper()
	b.open(the.portal + "/tray")
	b.click("Add a Neuroglancer link or state …")
	b.fill("Link or JSON", scene)
	b.follow("Add its layers")
}

// layersOf is a scene with a layer for each source, in pairs of names and sources.
func layersOf(pairs ...any) string {
	var layers []object
	for i := 0; i+1 < len(pairs); i += 2 {
		layers = append(layers, object{"name": pairs[i], "type": "image", "source": pairs[i+1]})
	}
	text, _ := json.Marshal(object{"layers": layers}) // names and addresses cannot fail
	return string(text)
}

// TestImportForeign adds a layer that anybody may read elsewhere: one is asked first, and the portal never looks there.
func TestImportForeign(t *testing.T) {
	var mu sync.Mutex
	var agents []string
	files := http.FileServer(http.Dir(filepath.Join(the.dir, "extra", evenBucket, setName(2))))
	host := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		agents = append(agents, r.UserAgent())
		mu.Unlock()
		w.Header().Set("Access-Control-Allow-Origin", "*")
		files.ServeHTTP(w, r)
	}))
	defer host.Close()
	asked := func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(agents)
	}
	b := newTab(t, chromedp.IgnoreCertErrors)
	b.signIn("Ada")
	places := object{"matrix": [3][4]float64{{1}, {0, 1}, {0, 0, 1}}, "outputDimensions": object{"x": []any{0.001, "m"}, "y": []any{0.001, "m"}, "z": []any{0.001, "m"}}}
	address := host.URL + "/" + evenPath + "/"
	b.pastes(layersOf("ours", "s3://"+phantom.PrivateBucket+"/"+phantom.RegisteredFA().Key+"|zarr2:", "theirs", object{"url": "zarr2://" + address, "transform": places}))
	if text := b.text("main"); !strings.Contains(b.heading(), "elsewhere") || !strings.Contains(text, address) || len(asked()) > 0 {
		t.Fatalf("the page says\n%s\nand %q have been asking there; want to be asked about %s", text, asked(), address)
	}
	b.shot("asks")
	b.fill("theirs "+address, "yes")
	b.follow("Add to the tray")
	if text := b.text(".items"); !strings.Contains(text, "From elsewhere, read by your own browser") || len(asked()) > 0 {
		t.Errorf("the tray says\n%s\nand %q have been asking there", text, asked())
	}
	b.follow("Open in Neuroglancer")
	b.waitViewer(2)
	if got := b.valuesAt([]query{{Path: evenPath, At: map[string]float64{"x": 0.0081, "y": 0.0081, "z": 0.0081}}}); got[0] != fmt.Sprint(evenValue) {
		t.Errorf("the value elsewhere is %s, want %d", got[0], evenValue)
	}
	for _, agent := range asked() {
		if !strings.Contains(agent, "Chrome") {
			t.Errorf("%q has been asking there, which is no browser", agent)
		}
	}
	b.quiet()
}

// TestImportHidden pastes the address of data that one may not see: one is told the same as of data that are not there.
func TestImportHidden(t *testing.T) {
	b := newTab(t)
	b.signIn("Ben") // who may see the phantom, but not the microscopy
	ours := "s3://" + phantom.PrivateBucket + "/" + phantom.RegisteredFA().Key + "|zarr2:"
	told := map[string]string{}
	for _, address := range []string{"s3://" + phantom.MicroscopyBucket + "/" + phantom.FluoKey, the.viewer + "/d/microscopy/" + phantom.FluoKey, "s3://" + phantom.MicroscopyBucket + "/nothing.zarr/"} {
		b.pastes(layersOf("mine", ours, "theirs", address+"|zarr2:"))
		text := b.text("main")
		told[text] = address
		if !strings.Contains(text, "you may not see it") || strings.Contains(strings.ToLower(text), "micro") {
			t.Errorf("%s: the page says\n%s", address, text)
		}
	}
	if len(told) != 1 {
		t.Errorf("what is hidden is told from what is not there: %q", told)
	}
	b.shot("asks")
	b.follow("Add to the tray")
	b.follow("Open in Neuroglancer")
	b.waitViewer(1)
	b.layer("mine")
	b.quiet()
}
