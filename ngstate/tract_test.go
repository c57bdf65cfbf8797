package ngstate_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"ngportal/ngstate"
	"ngportal/xfm"
)

// bundled is a tractogram of two bundles and five strata, each twice as large as the one before.
func bundled() *ngstate.Tract {
	t := &ngstate.Tract{
		URL: "https://ng.example.org/t/loc1/b.trx/", Shown: 3100, Total: 310_000, Known: true,
		Bounds: [2][3]float64{{-10, -10, -10}, {12, 14, 16}}, Large: true,
		Scalars: []string{"s_fa", "s_x\n"}, Means: []string{"mean_fa", "mean_x", "p_x"}, Ranges: [][2]float64{{0.125, 0.75}, {1, 2}},
		Bundles: []ngstate.TractObject{{ID: "1", Label: "CST", Streamlines: 200}, {ID: "2", Label: "<b>", Streamlines: 300}, {ID: "65535", Label: "none"}},
	}
	t.Objects = []ngstate.TractObject{
		{ID: "1", Label: "CST", Streamlines: 200, Vertices: 20_000}, {ID: "2", Label: "<b>", Streamlines: 300, Vertices: 30_000_000},
	}
	for i := range 5 {
		t.Objects = append(t.Objects, ngstate.TractObject{
			ID: fmt.Sprint(1_000_001 + i), Streamlines: 10_000 << i, Vertices: 200_000 << i, Stratum: true, First: i < 2,
		})
	}
	return t
}

// TestTractGolden compares whole states with files: go test -update.
func TestTractGolden(t *testing.T) {
	turned := &xfm.Matrix{{0, -1, 0, 10}, {1, 0, 0, 20}, {0, 0, 1, 30}}
	with := func(l ngstate.TractLook) ngstate.Look {
		return ngstate.Look{Tract: &l, Colormap: "hot", Opacity: number(0.5)}
	}
	tests := map[string][]ngstate.Asset{
		"tract-annotation": {{Name: "T", Tract: bundled(), Moved: turned}},
		"tract-annotation-bundle": {
			{Name: "T", Tract: bundled(), Look: ngstate.Look{Tract: &ngstate.TractLook{Color: "bundle", Bundles: []string{"2", "7"}}}},
			{Name: "T", Tract: bundled(), Look: ngstate.Look{Tract: &ngstate.TractLook{Color: "#0080ff"}, Hidden: true}},
		},
		"tract-annotation-mean": {{Name: "T", Tract: bundled(), Look: with(ngstate.TractLook{
			Color: "s_fa", Density: 5, Width: 2.5, MinLength: 150, Frame: "lps",
		})}},
		"tract-skeleton-scalar": {{Name: "T", Tract: bundled(), Moved: turned, Look: with(ngstate.TractLook{
			As: "skeleton", Color: "mean_fa", Density: 3, Width: 2.5, MinLength: 20, Frame: "ras",
		})}},
		"tract-skeleton-color":  {{Name: "T", Tract: bundled(), Look: with(ngstate.TractLook{As: "skeleton", Color: "#0080ff"})}},
		"tract-skeleton-bundle": {{Name: "T", Tract: bundled(), Look: with(ngstate.TractLook{As: "skeleton", Color: "bundle"})}},
	}
	for name, assets := range tests {
		t.Run(name, func(t *testing.T) { compareGolden(t, name, assets) })
	}
}

// A tractLayer is what the tests look at.
type tractLayer struct {
	Name     string
	Type     string
	Source   string
	Segments []string
	Linked   map[string]string `json:"linkedSegmentationLayer"`
	Spacing  int               `json:"projectionAnnotationSpacing"`
}

func tractLayers(t *testing.T, assets ...ngstate.Asset) ([]tractLayer, ngstate.Scene) {
	t.Helper()
	scene, err := ngstate.Compose("", assets, ngstate.View{})
	if err != nil {
		t.Fatal(err)
	}
	var state struct{ Layers []tractLayer }
	if err := json.Unmarshal(scene.JSON, &state); err != nil {
		t.Fatal(err)
	}
	return state.Layers, scene
}

// TestTractChoice checks what of a tractogram is shown, and what the layer's name says about that.
func TestTractChoice(t *testing.T) {
	folder := &ngstate.Tract{URL: "https://h/t/l/d/", Total: -1, Folder: true, Objects: []ngstate.TractObject{{ID: "1", Vertices: 20e6}, {ID: "2", Vertices: 1e6}, {ID: "3"}}}
	covered := bundled()
	covered.Objects[0].First, covered.Objects[1].First, covered.Objects[2].First, covered.Objects[3].First = true, true, false, false
	unknown := &ngstate.Tract{URL: "https://h/t/l/x/", Shown: 10_000, Total: 5_812_345}
	endless := &ngstate.Tract{URL: "https://h/t/l/x/", Large: true, Total: -1}
	tests := map[string]struct {
		tract *ngstate.Tract
		look  ngstate.TractLook
		want  string // name, source behind the address, segments, spacing
	}{
		"by its size":             {bundled(), ngstate.TractLook{}, "T (310,000, more as you zoom in) ann/ [] 8"},
		"skeleton":                {bundled(), ngstate.TractLook{As: "skeleton"}, "T (30,000 of 310,000) skel/ [1000001 1000002] 0"},
		"dense":                   {bundled(), ngstate.TractLook{As: "skeleton", Density: 5}, "T (310,000 of 310,000) skel/ [1000001 1000002 1000003 1000004 1000005] 0"},
		"less dense":              {bundled(), ngstate.TractLook{As: "skeleton", Density: 3}, "T (70,000 of 310,000) skel/ [1000001 1000002 1000003] 0"},
		"sparse":                  {bundled(), ngstate.TractLook{As: "skeleton", Density: 1}, "T (10,000 of 310,000) skel/ [1000001] 0"},
		"sparse annotations":      {bundled(), ngstate.TractLook{Density: 1}, "T (310,000, more as you zoom in) ann/ [] 32"},
		"bundles":                 {bundled(), ngstate.TractLook{As: "skeleton", Density: 5, Bundles: []string{"2", "1"}}, "T (500 of 310,000) skel/ [1 2] 0"},
		"a stratum is no bundle":  {bundled(), ngstate.TractLook{As: "skeleton", Bundles: []string{"1000001"}}, "T (30,000 of 310,000) skel/ [1000001 1000002] 0 lacks the bundle 1000001"},
		"bundles as annotations":  {bundled(), ngstate.TractLook{Bundles: []string{"2"}}, "T (300, more as you zoom in) ann/ [] 8"},
		"color of bundles":        {bundled(), ngstate.TractLook{As: "skeleton", Color: "bundle"}, "T (200 of 310,000) skel/ [1] 0"},
		"bundles first":           {covered, ngstate.TractLook{As: "skeleton"}, "T (500 of 310,000) skel/ [1 2] 0"},
		"options in order":        {bundled(), ngstate.TractLook{As: "skeleton", Color: "s_fa", MinLength: 1, Frame: "lps"}, "T (30,000 of 310,000) skel/length,s_fa,frame=lps/ [1000001 1000002] 0"},
		"a frame":                 {bundled(), ngstate.TractLook{Frame: "ras", MinLength: 1}, "T (310,000, more as you zoom in) ann/frame=ras/ [] 8"},
		"no such scalar":          {bundled(), ngstate.TractLook{As: "skeleton", Color: "s_md"}, "T (30,000 of 310,000) skel/ [1000001 1000002] 0 lacks s_md"},
		"a hostile scalar":        {bundled(), ngstate.TractLook{As: "skeleton", Color: "s_x"}, "T (30,000 of 310,000) skel/ [1000001 1000002] 0 lacks s_x"},
		"a folder of files":       {folder, ngstate.TractLook{}, "T (a part) skel/ [1] 0"},
		"a folder's annotations":  {folder, ngstate.TractLook{As: "annotation"}, "T (a part) skel/ [1] 0 lacks annotations"},
		"a property has no twin":  {bundled(), ngstate.TractLook{As: "skeleton", Color: "p_x"}, "T (30,000 of 310,000) skel/ [1000001 1000002] 0 lacks p_x"},
		"a dense folder":          {folder, ngstate.TractLook{Density: 5}, "T (a part) skel/ [1] 0"},
		"not yet described":       {unknown, ngstate.TractLook{}, "T (about 10,000 of 5,812,345) skel/ [1000000] 0"},
		"chosen before":           {unknown, ngstate.TractLook{Bundles: []string{"7"}}, "T (about 10,000 of 5,812,345) skel/ [7] 0"},
		"annotations on demand":   {unknown, ngstate.TractLook{As: "annotation"}, "T (about 5,812,345, more as you zoom in) ann/ [] 8"},
		"nobody knows how many":   {endless, ngstate.TractLook{}, "T (more as you zoom in) ann/ [] 8"},
		"no bundles to color":     {unknown, ngstate.TractLook{Color: "bundle"}, "T (about 10,000 of 5,812,345) skel/ [1000000] 0 lacks bundles"},
		"no bundles to be linked": {endless, ngstate.TractLook{Bundles: []string{"3"}}, "T (more as you zoom in) ann/ [] 8"},
	}
	for name, tt := range tests {
		layers, scene := tractLayers(t, ngstate.Asset{Name: "T", Tract: tt.tract, Look: ngstate.Look{Tract: &tt.look}})
		l := layers[0]
		source := strings.TrimSuffix(strings.TrimPrefix(l.Source, tt.tract.URL), "|neuroglancer-precomputed:")
		got := fmt.Sprint(l.Name, " ", source, " ", l.Segments, " ", l.Spacing)
		for _, w := range scene.Warnings {
			got += " " + strings.Replace(w, "T has not all that was chosen for it:", "lacks", 1)
		}
		if got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, tt.want)
		}
	}
}

func TestTractFaults(t *testing.T) {
	tests := map[string]struct {
		look ngstate.TractLook
		want string
	}{
		"representation":  {ngstate.TractLook{As: "mesh"}, `shown as "mesh"`},
		"color":           {ngstate.TractLook{Color: "#0080FF"}, "colored by"},
		"shader code":     {ngstate.TractLook{Color: "s_fa()); discard; //"}, "colored by"},
		"thin":            {ngstate.TractLook{Width: 0.05}, "pixels wide"},
		"thick":           {ngstate.TractLook{Width: 21}, "pixels wide"},
		"no number":       {ngstate.TractLook{Width: math.NaN()}, "pixels wide"},
		"density":         {ngstate.TractLook{Density: 6}, "density"},
		"negative":        {ngstate.TractLook{Density: -1}, "density"},
		"length":          {ngstate.TractLook{MinLength: -1}, "minimal length"},
		"endless":         {ngstate.TractLook{MinLength: 1e300}, "minimal length"},
		"frame":           {ngstate.TractLook{Frame: "lpi"}, "frame"},
		"all the bundles": {ngstate.TractLook{Bundles: []string{"*"}}, "not numbers"},
		"a hidden bundle": {ngstate.TractLook{Bundles: []string{"!1"}}, "not numbers"},
	}
	for name, tt := range tests {
		_, err := ngstate.Compose("", []ngstate.Asset{{Name: "T", Tract: bundled(), Look: ngstate.Look{Tract: &tt.look}}}, ngstate.View{})
		if !errors.Is(err, ngstate.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error = %v, want one with %q", name, err, tt.want)
		}
	}
}

// TestTractLinks: the list that annotations follow is their own, whatever it has come to be called.
func TestTractLinks(t *testing.T) {
	one := ngstate.Asset{Name: "T", Tract: bundled()}
	layers, scene := tractLayers(t, one, ngstate.Asset{Name: "T bundles", Tract: tract()}, one, one)
	for _, i := range []int{0, 3, 5} {
		if got, want := layers[i].Linked["bundle"], layers[i+1].Name; got != want || layers[i+1].Type != "segmentation" {
			t.Errorf("%q follows %q, want %q", layers[i].Name, got, want)
		}
	}
	if got := scene.Layers[3]; !slices.Equal(got, []string{"T (310,000, more as you zoom in) (3)", "T bundles (3)"}) {
		t.Errorf("the last asset's layers are %q", got)
	}
}

// TestTractImported: what was composed is the same when it has been imported again, but for the addresses of another host.
func TestTractImported(t *testing.T) {
	skeleton := ngstate.Look{Tract: &ngstate.TractLook{As: "skeleton", Color: "s_fa", Bundles: []string{"1"}}}
	list := ngstate.Look{Tract: &ngstate.TractLook{Color: "bundle", Bundles: []string{"1"}}}
	before, scene := tractLayers(t, ngstate.Asset{Name: "S", Tract: bundled(), Look: skeleton}, ngstate.Asset{Name: "A", Tract: bundled(), Look: list})
	text := strings.ReplaceAll(string(scene.JSON), "https://ng.example.org/t/loc1/", "https://elsewhere.example.org/x/ann/a/skel/")
	imported, err := ngstate.Import(text)
	if err != nil || len(imported.Warnings) > 0 || len(imported.Layers) != len(before) {
		t.Fatalf("Import = %d layers, %q, %v", len(imported.Layers), imported.Warnings, err)
	}
	var assets []ngstate.Asset
	for _, l := range imported.Layers {
		assets = append(assets, ngstate.Asset{Name: "x " + l.Name, Tract: bundled(), Raw: l.Raw})
	}
	after, _ := tractLayers(t, assets...)
	for i, l := range after {
		want := before[i]
		want.Name = "x " + want.Name
		if want.Linked != nil {
			want.Linked = map[string]string{"bundle": "x A bundles"}
		}
		if fmt.Sprint(l) != fmt.Sprint(want) {
			t.Errorf("layer %d is %+v, want %+v", i, l, want)
		}
	}
}

// TestTractForeign: a layer that was made for other files shows something of ours.
func TestTractForeign(t *testing.T) {
	tests := map[string]struct{ raw, want string }{
		"a skeleton of one object": {`{"type":"segmentation","source":"precomputed://https://x/t/","segments":["1000000000"]}`, "skel/ [1000001 1000002]"},
		"without segments":         {`{"type":"segmentation","source":"tracts://s3://b/b.trx"}`, "skel/ [1000001 1000002]"},
		"hidden and unknown":       {`{"type":"segmentation","source":"https://x/skel/length,s_fa/","segments":["!2",9]}`, "skel/length,s_fa/ [!2]"},
		"known":                    {`{"type":"segmentation","source":"https://x/skel/|neuroglancer-precomputed:","segments":["1","2"]}`, "skel/ [1 2]"},
		"annotations":              {`{"type":"annotation","source":"tracts://s3://b/b.trx"}`, "ann/ []"},
		"with options":             {`{"type":"annotation","source":"https://x/t/l/b.trx/ann/tol=0.25/"}`, "ann/tol=0.25/ []"},
		"a list":                   {`{"type":"segmentation","source":["https://x/ann/tol=0.25/list/"],"segments":["4"]}`, "ann/tol=0.25/list/ [4]"},
		"a hostile tail":           {`{"type":"annotation","source":"https://x/t/l/b.trx/ann/a%0Ab|c/"}`, "ann/ []"},
	}
	for name, tt := range tests {
		raw := json.RawMessage(tt.raw)
		for moved, m := range map[string]*xfm.Matrix{"": nil, ", moved": {{1, 0, 0, 5}, {0, 1, 0, 0}, {0, 0, 1, 0}}} {
			scene, err := ngstate.Compose("", []ngstate.Asset{{Name: "T", Tract: bundled(), Raw: raw, Moved: m}}, ngstate.View{})
			if err != nil {
				t.Fatal(err)
			}
			got := ngstate.Sources(scene.JSON)[0][0]
			var state struct{ Layers []struct{ Segments []any } }
			if err := json.Unmarshal(scene.JSON, &state); err != nil {
				t.Fatal(err)
			}
			got = strings.TrimSuffix(strings.TrimPrefix(got, bundled().URL), "|neuroglancer-precomputed:") + fmt.Sprint(" ", state.Layers[0].Segments)
			if got != tt.want {
				t.Errorf("%s%s: %s, want %s", name, moved, got, tt.want)
			}
		}
	}
}

// TestTractRange: the ranges of files are numbers of 32 bits, and are written as short as these are.
func TestTractRange(t *testing.T) {
	asset := &ngstate.Tract{URL: "https://h/t/l/x/", Scalars: []string{"s_fa"}, Ranges: [][2]float64{{float64(float32(0.2)), float64(float32(0.8))}}}
	scene, err := ngstate.Compose("", []ngstate.Asset{{Name: "T", Tract: asset, Look: ngstate.Look{Tract: &ngstate.TractLook{Color: "s_fa"}}}}, ngstate.View{})
	if err != nil {
		t.Fatal(err)
	}
	if want := "slider(min=0.2, max=0.8, default=0.2)"; !strings.Contains(string(scene.JSON), want) {
		t.Errorf("the scene is\n%s\nwant %s in it", scene.JSON, want)
	}
}
