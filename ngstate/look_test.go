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
	"ngportal/volume"
	"ngportal/xfm"
)

func number(v float64) *float64 { return &v }

// TestLook checks that what a person chooses comes before what the data say.
func TestLook(t *testing.T) {
	image := ngstate.Asset{Name: "FA", URL: "https://h/d/l/a/", Volume: zyx(), Stats: []volume.Stats{{Min: 1, Max: 900, Q01: 20, Q99: 800, Count: 5}}}
	look := func(l ngstate.Look) layer {
		a := image
		a.Look = l
		s, _ := composed(t, ngstate.View{}, a)
		return s.Layers[0]
	}
	if l := look(ngstate.Look{Opacity: number(0), Blend: "additive", Hidden: true}); l.Opacity != 0 || l.Blend != "additive" || l.Visible == nil || *l.Visible {
		t.Errorf("opacity %v, blend %q, visible %v, want 0, additive, false", l.Opacity, l.Blend, l.Visible)
	}
	for _, name := range ngstate.Colormaps() {
		l := look(ngstate.Look{Colormap: name})
		if plain := strings.Contains(l.Shader, "emitGrayscale"); plain != (name == "gray") {
			t.Errorf("color map %s: shader\n%s", name, l.Shader)
		}
	}
	l := look(ngstate.Look{Channels: []ngstate.ChannelLook{{Low: number(100), Color: "#ff8800"}}})
	if r := l.ShaderControls.Normalized; !slices.Equal(r.Range, []float64{100, 800}) || !slices.Equal(r.Window, []float64{1, 900}) || l.ShaderControls.Color != "#ff8800" {
		t.Errorf("contrast %v, color %q, want 100 to 800 of 1 to 900, #ff8800", r, l.ShaderControls.Color)
	}
	channels := ngstate.Asset{Name: "FLUO", URL: "https://h/d/l/a/", Volume: fluorescence()}
	channels.Look.Channels = []ngstate.ChannelLook{{Hidden: true, High: number(9999)}, {Color: "#abcdef"}}
	s, _ := composed(t, ngstate.View{}, channels)
	first, second := s.Layers[0], s.Layers[1]
	if first.Visible == nil || *first.Visible || !slices.Equal(first.ShaderControls.Normalized.Window, []float64{0, 9999}) || first.ShaderControls.Color != "#0000ff" {
		t.Errorf("the first channel is %+v, want it hidden, with a window from 0 to 9999, and blue", first)
	}
	if second.Visible != nil || second.ShaderControls.Color != "#abcdef" {
		t.Errorf("the second channel is %+v, want it visible and #abcdef", second)
	}
	tract := ngstate.Asset{Name: "CSD", Tract: tract(), Look: ngstate.Look{Opacity: number(0.25)}}
	s, _ = composed(t, ngstate.View{}, tract)
	if l := s.Layers[0]; l.ObjectAlpha == nil || *l.ObjectAlpha != 0.25 || l.SelectedAlpha != 0.25 {
		t.Errorf("streamlines have opacity %v and %v, want 0.25", l.ObjectAlpha, l.SelectedAlpha)
	}
}

// TestRange checks that no control has a number that its data type has not, which would make the viewer pass over it.
func TestRange(t *testing.T) {
	tests := map[string]struct {
		low, high float64
		want      []float64
	}{
		"uint8":   {-3, 4095, []float64{0, 255}},
		"int8":    {-300, 300, []float64{-128, 127}},
		"uint16":  {0.5, 1e9, []float64{0.5, 65535}},
		"uint64":  {1.5, 1e30, []float64{2, 1 << 63}},
		"int64":   {-5, 10, []float64{0, 10}},
		"float32": {-1.5, 1e9, []float64{-1.5, 1e9}},
	}
	for dtype, tt := range tests {
		img := zyx()
		img.DType = dtype
		a := ngstate.Asset{Name: "A", URL: "https://h/d/l/a/", Volume: img}
		a.Look.Channels = []ngstate.ChannelLook{{Low: &tt.low, High: &tt.high}}
		s, _ := composed(t, ngstate.View{}, a)
		if got := s.Layers[0].ShaderControls.Normalized.Range; !slices.Equal(got, tt.want) {
			t.Errorf("%s: range %v, want %v", dtype, got, tt.want)
		}
	}
}

// TestView checks layouts, positions, orientations and comparisons.
func TestView(t *testing.T) {
	left := ngstate.Asset{Name: "FA", URL: "https://h/d/l/a/", Volume: zyx()}
	right := ngstate.Asset{Name: "FLUO", URL: "https://h/d/l/b/", Volume: fluorescence(), Look: ngstate.Look{Group: 1}}
	s, scene := composed(t, ngstate.View{Layout: "xy", Neurological: true, Position: &[3]float64{1.5, -2, 3}, Compare: true}, left, right)
	if want := `{"type":"row","children":[{"type":"viewer","layers":["FA"],"layout":"xy"},{"type":"viewer","layers":["DAPI · FLUO","GFP · FLUO"],"layout":"xy"}]}`; string(s.Layout) != want {
		t.Errorf("layout %s, want %s", s.Layout, want)
	}
	if fmt.Sprint(scene.Layers) != "[[FA] [DAPI · FLUO GFP · FLUO]]" {
		t.Errorf("names of layers %v", scene.Layers)
	}
	if !slices.Equal(s.Position, []float64{1.5, -2, 3}) || !slices.Equal(s.CrossSectionOrientation, []float64{math.Sqrt2 / 2, 0, 0, -math.Sqrt2 / 2}) {
		t.Errorf("position %v, orientation %v", s.Position, s.CrossSectionOrientation)
	}
	if s.Layers[0].Opacity != 1 || s.Layers[1].Opacity != 1 {
		t.Errorf("side by side, opacities are %v and %v", s.Layers[0].Opacity, s.Layers[1].Opacity)
	}
	right.Look.Group = 0
	if s, _ = composed(t, ngstate.View{Compare: true}, left, right); string(s.Layout) != `"4panel"` {
		t.Errorf("with nothing to compare with, the layout is %s", s.Layout)
	}
	micro := fluorescence() // 0.5 µm voxels, about 150 µm large
	s, _ = composed(t, ngstate.View{Position: &[3]float64{0.001, 0.002, 0.003}}, ngstate.Asset{Name: "A", URL: "https://h/d/l/a/", Volume: micro})
	if !slices.Equal(s.Position, []float64{1, 2, 3}) {
		t.Errorf("position %v in micrometers, want 1, 2, 3", s.Position)
	}
}

// TestHiddenBelow checks that what is hidden hides nothing.
func TestHiddenBelow(t *testing.T) {
	below := ngstate.Asset{Name: "A", URL: "https://h/d/l/a/", Volume: zyx(), Look: ngstate.Look{Hidden: true}}
	above := ngstate.Asset{Name: "A", URL: "https://h/d/l/b/", Volume: zyx()}
	s, scene := composed(t, ngstate.View{}, below, above, above)
	if s.Layers[1].Opacity != 1 || s.Layers[2].Opacity != 0.7 {
		t.Errorf("above a hidden image, opacities are %v and %v, want 1 and 0.7", s.Layers[1].Opacity, s.Layers[2].Opacity)
	}
	if fmt.Sprint(scene.Layers) != "[[A] [A (2)] [A (3)]]" {
		t.Errorf("names of layers %v", scene.Layers)
	}
}

// TestWrongLooks has choices there are none of.
func TestWrongLooks(t *testing.T) {
	nan := math.NaN()
	tests := map[string]struct {
		asset ngstate.Asset
		view  ngstate.View
		want  string
	}{
		"opacity":         {asset: ngstate.Asset{Look: ngstate.Look{Opacity: &nan}}, want: "opacity"},
		"blend":           {asset: ngstate.Asset{Look: ngstate.Look{Blend: "multiply"}}, want: "blending"},
		"color map":       {asset: ngstate.Asset{Look: ngstate.Look{Colormap: "x); discard"}}, want: "color map"},
		"color":           {asset: ngstate.Asset{Look: ngstate.Look{Channels: []ngstate.ChannelLook{{Color: "red"}}}}, want: "#00ff00"},
		"contrast":        {asset: ngstate.Asset{Look: ngstate.Look{Channels: []ngstate.ChannelLook{{Low: &nan}}}}, want: "no number"},
		"singular move":   {asset: ngstate.Asset{Moved: &xfm.Matrix{{1, 1, 0}, {1, 1, 0}, {0, 0, 1}}}, want: "one plane"},
		"infinite move":   {asset: ngstate.Asset{Moved: &xfm.Matrix{{1, 0, 0, math.Inf(1)}, {0, 1}, {0, 0, 1}}}, want: "damaged"},
		"layout":          {view: ngstate.View{Layout: "5panel"}, want: "4panel"},
		"position":        {view: ngstate.View{Position: &[3]float64{nan}}, want: "no place"},
		"layer of no use": {asset: ngstate.Asset{Raw: json.RawMessage(`[1]`)}, want: "damaged"},
	}
	for name, tt := range tests {
		tt.asset.Name, tt.asset.Volume = "A", zyx()
		_, err := ngstate.Compose("", []ngstate.Asset{tt.asset}, tt.view)
		if !errors.Is(err, ngstate.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, tt.want)
		}
	}
}

// TestRaw checks that an imported layer stays as it was but for its name and where it reads.
func TestRaw(t *testing.T) {
	ours := ngstate.Asset{Name: "mine", URL: "https://h/d/l/a/", Volume: zyx()}
	moved := ours
	moved.Moved = &xfm.Matrix{{1, 0, 0, 5}, {0, 1}, {0, 0, 1}}
	at := `"https://h/d/l/a/|zarr2:"`
	kept := `{"matrix":[[1,0,0,1],[0,1,0,2],[0,0,1,3]],"outputDimensions":{"x":[1,"m"],"y":[1,"m"],"z":[1,"m"]}}`
	tests := map[string]struct {
		asset ngstate.Asset
		raw   string
		want  string
	}{
		"an address":       {ours, `{"type":"image","name":"old","source":"zarr://s3://b/k","shader":"void main() { emitRGB(vec3(1 < 2)); }"}`, `{"name":"mine","type":"image","source":` + at + `,"shader":"void main() { emitRGB(vec3(1 < 2)); }"}`},
		"with a transform": {moved, `{"source":{"url":"s3://b/k","transform":` + kept + `},"opacity":0.5}`, `{"name":"mine","source":{"url":` + at + `,"transform":` + kept + `},"opacity":0.5}`},
		"a list":           {ours, `{"source":[{"url":"s3://b/k"},"https://names/"]}`, `{"name":"mine","source":[{"url":` + at + `},"https://names/"]}`},
		"from elsewhere":   {ngstate.Asset{Name: "theirs"}, `{"type":"annotation","source":"precomputed://gs://x/y","annotationColor":"#ff0000"}`, `{"name":"theirs","type":"annotation","source":"precomputed://gs://x/y","annotationColor":"#ff0000"}`},
		"hidden":           {ngstate.Asset{Name: "theirs", Look: ngstate.Look{Hidden: true}}, `{"source":"x","visible":true}`, `{"name":"theirs","source":"x","visible":false}`},
		"without a source": {ours, `{"type":"image"}`, `{"name":"mine","type":"image","source":` + at + `}`},
	}
	for name, tt := range tests {
		tt.asset.Raw = json.RawMessage(tt.raw)
		scene, err := ngstate.Compose("", []ngstate.Asset{tt.asset}, ngstate.View{Position: &[3]float64{1, 2, 3}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var s struct{ Layers []json.RawMessage }
		if err = json.Unmarshal(scene.JSON, &s); err != nil {
			t.Fatal(err)
		}
		if got := string(s.Layers[0]); got != tt.want {
			t.Errorf("%s: layer\n%s\nwant\n%s", name, got, tt.want)
		}
		if !strings.Contains(string(scene.JSON), `"position":[1,2,3]`) {
			t.Errorf("%s: no position in %s", name, scene.JSON)
		}
	}
	moved.Raw = json.RawMessage(`{"source":"s3://b/k"}`)
	s, _ := composed(t, ngstate.View{}, moved)
	if !strings.Contains(string(s.Layers[0].Source), `"matrix":[[1,0,0,5]`) {
		t.Errorf("a source without a transform is not moved: %s", s.Layers[0].Source)
	}
}

// TestOneEnd chooses one end of a contrast beyond the other, which then makes room.
func TestOneEnd(t *testing.T) {
	stats := []volume.Stats{{Min: 1, Max: 900, Q01: 20, Q99: 800, Count: 5}}
	value := func(v float64) *float64 { return &v }
	for name, tt := range map[string]struct {
		look      ngstate.ChannelLook
		low, high float64
	}{
		"black above white": {ngstate.ChannelLook{Low: value(1000)}, 1000, 1780},
		"white below black": {ngstate.ChannelLook{High: value(10)}, -770, 10},
		"black between":     {ngstate.ChannelLook{Low: value(100)}, 100, 800},
	} {
		img := zyx()
		img.DType = "float32"
		d := ngstate.DrawingOf(ngstate.Asset{Name: "a", Volume: img, Stats: stats, Look: ngstate.Look{Channels: []ngstate.ChannelLook{tt.look}}})
		if c := d.Channels[0]; c.Low != tt.low || c.High != tt.high {
			t.Errorf("%s: drawn from %g to %g, want %g to %g", name, c.Low, c.High, tt.low, tt.high)
		}
	}
}
