package s3index_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"ngportal/ngstate"
	"ngportal/preview"
	"ngportal/s3index"
	"ngportal/volume"
)

// An openedLayer is what the viewer is told of a layer.
type openedLayer struct {
	Type           string
	Visible        *bool
	Opacity        float64
	SelectedAlpha  float64
	Blend          string
	Shader         string
	LocalPosition  []float64
	ShaderControls struct {
		Color      string
		Normalized struct {
			Range   [2]float64
			Channel []int
		}
	}
}

// opened composes assets and returns the layers of the last of them.
func opened(t *testing.T, assets []ngstate.Asset) []openedLayer {
	t.Helper()
	scene, err := ngstate.Compose("", assets, ngstate.View{})
	if err != nil {
		t.Fatal(err)
	}
	var s struct{ Layers []openedLayer }
	if err = json.Unmarshal(scene.JSON, &s); err != nil {
		t.Fatal(err)
	}
	return s.Layers[len(s.Layers)-len(scene.Layers[len(assets)-1]):]
}

// pictureOf is what a picture of layers must be, by the words of the state alone. standard is the viewer's own range.
func pictureOf(layers []openedLayer, standard [2]float64) (p preview.Layer) {
	first := layers[0]
	p.Labels, p.Opacity, p.Additive = first.Type == "segmentation", first.Opacity, first.Blend == "additive"
	p.Sheer = strings.Contains(first.Shader, ", v))") || strings.Contains(first.Shader, "v, v, v, v")
	if p.Labels {
		p.Opacity = first.SelectedAlpha
		return p
	}
	for _, l := range layers {
		if l.Visible != nil && !*l.Visible {
			continue
		}
		c := preview.Channel{Low: l.ShaderControls.Normalized.Range[0], High: l.ShaderControls.Normalized.Range[1], Color: [3]uint8{255, 255, 255}}
		if c.Low == c.High {
			c.Low, c.High = standard[0], standard[1]
		}
		if len(l.LocalPosition) > 0 {
			c.Index = int(l.LocalPosition[0])
		}
		if at := l.ShaderControls.Normalized.Channel; len(at) > 0 {
			c.Index = at[0]
		}
		if color, ok := preview.ParseColor(l.ShaderControls.Color); ok {
			c.Color = color
		}
		switch {
		case strings.Contains(l.Shader, "vec3(v, 0.0, 0.0)"):
			c.Color = [3]uint8{255, 0, 0}
		case strings.Contains(l.Shader, "abs(toRaw(getDataValue()))"):
			c.Low, c.High, c.Unsigned = 0, 1, true
		case strings.Contains(l.Shader, "toNormalized(getDataValue(2))"):
			return three(p, 255, false)
		case strings.Contains(l.Shader, "abs(anatomical * direction)"):
			return three(p, 1, true)
		}
		p.Channels = append(p.Channels, c)
	}
	return p
}

// three are components that are one color.
func three(p preview.Layer, high float64, unsigned bool) preview.Layer {
	for i := range 3 {
		c := preview.Channel{Index: i, High: high, Unsigned: unsigned}
		c.Color[i] = 255
		p.Channels = append(p.Channels, c)
	}
	return p
}

// drawn is an image of bytes, or of another type, with n channels, or none for 0, in one chunk.
func drawn(dtype string, n int64, change func(*volume.Image)) *volume.Image {
	img := &volume.Image{
		Format: volume.Zarr2, OME: "0.4", Kind: "volume", DType: dtype,
		Levels: []volume.Level{{Path: "0", Shape: []int64{4, 5, 6}, Chunk: []int64{4, 5, 6}, Scale: []float64{1, 1, 1}, Translation: []float64{0, 0, 0}}},
	}
	for _, name := range []string{"z", "y", "x"} {
		img.Axes = append(img.Axes, volume.Axis{Name: name, Kind: "space", Unit: "millimeter", Meters: 1e-3})
	}
	if n > 0 {
		img.Axes = append([]volume.Axis{{Name: "c", Kind: "channel"}}, img.Axes...)
		l := &img.Levels[0]
		l.Shape, l.Chunk = append([]int64{n}, l.Shape...), append([]int64{n}, l.Chunk...)
		l.Scale, l.Translation = append([]float64{1}, l.Scale...), append([]float64{0}, l.Translation...)
	}
	if change != nil {
		change(img)
	}
	return img
}

// TestDrawnAsOpened: a picture of an image has the contrasts, colors and channels with which it opens.
func TestDrawnAsOpened(t *testing.T) {
	apart := func(img *volume.Image) { img.Levels[0].Chunk[0] = 1 }
	omero := func(channels ...volume.Channel) func(*volume.Image) {
		return func(img *volume.Image) { img.Channels = channels }
	}
	light := omero(volume.Channel{Color: "#ff0000", Active: true}, volume.Channel{Color: "#00ff00", Active: true}, volume.Channel{Color: "#0000ff", Active: true})
	stats := func(n int) (out []volume.Stats) {
		for i := range n {
			out = append(out, volume.Stats{Min: 1, Max: 250, Q01: float64(i + 3), Q99: float64(i + 90), Count: 100})
		}
		return out
	}
	signed := []volume.Stats{{Min: -1, Max: 1, Count: 9}, {Min: -.5, Max: 1, Count: 9}, {Min: -1, Max: .5, Count: 9}}
	low, high, half := 20.0, 60.0, 0.5
	bytes, words := [2]float64{0, 255}, [2]float64{0, 65535}
	tests := map[string]struct {
		name     string
		img      *volume.Image
		stats    []volume.Stats
		look     ngstate.Look
		standard [2]float64
		channels int // that are drawn
	}{
		"gray":                                {"A", drawn("uint16", 0, nil), stats(1), ngstate.Look{}, words, 1},
		"gray, by the viewer's range":         {"A", drawn("uint16", 0, nil), nil, ngstate.Look{}, words, 1},
		"signed, by the viewer's range":       {"A", drawn("int16", 0, nil), nil, ngstate.Look{}, [2]float64{-32768, 32767}, 1},
		"floats, by the viewer's range":       {"A", drawn("float32", 0, nil), nil, ngstate.Look{}, [2]float64{0, 1}, 1},
		"gray, adjusted":                      {"A", drawn("uint16", 0, nil), stats(1), ngstate.Look{Opacity: &half, Channels: []ngstate.ChannelLook{{Low: &low, High: &high, Color: "#123456", Hidden: true}}}, words, 1},
		"gray, half adjusted":                 {"A", drawn("uint16", 0, nil), nil, ngstate.Look{Channels: []ngstate.ChannelLook{{Low: &low}}}, words, 1},
		"in red":                              {"A", drawn("uint16", 0, nil), stats(1), ngstate.Look{Colormap: "red", Channels: []ngstate.ChannelLook{{Color: "#123456"}}}, words, 1},
		"in many colors":                      {"A", drawn("uint16", 0, nil), stats(1), ngstate.Look{Colormap: "jet", Blend: "additive", Channels: []ngstate.ChannelLook{{Color: "#123456"}}}, words, 1},
		"fluorescence":                        {"A", drawn("uint16", 5, nil), stats(5), ngstate.Look{}, words, 4},
		"fluorescence, without statistics":    {"A", drawn("uint16", 2, nil), nil, ngstate.Look{}, words, 2},
		"fluorescence, adjusted":              {"A", drawn("uint16", 3, nil), stats(3), ngstate.Look{Blend: "default", Channels: []ngstate.ChannelLook{{Hidden: true}, {Low: &low, Color: "#123456"}}}, words, 2},
		"OMERO, one hidden":                   {"A", drawn("uint16", 2, omero(volume.Channel{Color: "#0000ff", Active: true, Window: volume.Window{Set: true, Start: 10, End: 20}}, volume.Channel{})), stats(2), ngstate.Look{}, words, 1},
		"OMERO, all hidden":                   {"A", drawn("uint16", 2, omero(volume.Channel{Color: "#0000ff"}, volume.Channel{})), stats(2), ngstate.Look{}, words, 1},
		"OMERO, all hidden by a person":       {"A", drawn("uint16", 2, nil), stats(2), ngstate.Look{Channels: []ngstate.ChannelLook{{Hidden: true}, {Hidden: true}}}, words, 0},
		"as many as there are layers":         {"A", drawn("uint16", 12, nil), stats(12), ngstate.Look{}, words, 4},
		"too many to be layers":               {"A", drawn("uint16", 13, nil), stats(13), ngstate.Look{}, words, 1},
		"a photograph, by name":               {"DF · I58", drawn("uint8", 3, nil), stats(3), ngstate.Look{}, bytes, 3},
		"a photograph, by OMERO":              {"A", drawn("uint8", 3, light), stats(3), ngstate.Look{}, bytes, 3},
		"like a photograph, without a word":   {"A", drawn("uint8", 3, nil), stats(3), ngstate.Look{}, bytes, 3},
		"a photograph, apart":                 {"DF · I58", drawn("uint8", 3, apart), stats(3), ngstate.Look{}, bytes, 3},
		"a photograph with alpha, apart":      {"DF · I58", drawn("uint8", 4, apart), stats(4), ngstate.Look{}, bytes, 3},
		"directions, by name":                 {"peaks · I58", drawn("float32", 3, nil), stats(3), ngstate.Look{}, bytes, 3},
		"directions, by values":               {"A", drawn("float32", 3, nil), signed, ngstate.Look{}, bytes, 3},
		"directions, apart":                   {"peaks · I58", drawn("float32", 3, apart), signed, ngstate.Look{}, bytes, 3},
		"three floats that are no directions": {"A", drawn("float32", 3, nil), stats(3), ngstate.Look{}, bytes, 3},
		"labels, by name":                     {"dseg · I58", drawn("uint16", 0, nil), stats(1), ngstate.Look{}, words, 0},
		"labels, by values":                   {"A", drawn("uint8", 0, nil), []volume.Stats{{Count: 9, Max: 3, Values: []float64{1, 2, 3}}}, ngstate.Look{Opacity: &half}, bytes, 0},
		"labels, by what they say":            {"A", drawn("uint16", 0, func(img *volume.Image) { img.IsLabel = true }), nil, ngstate.Look{}, words, 0},
	}
	for name, tt := range tests {
		below := ngstate.Asset{Name: "B", URL: "https://h/d/l/b.zarr/", Volume: drawn("uint8", 0, nil)}
		asset := ngstate.Asset{Name: tt.name, URL: "https://h/d/l/a.zarr/", Volume: tt.img, Stats: tt.stats, Look: tt.look}
		for place, assets := range map[string][]ngstate.Asset{"alone": {asset}, "above another": {below, asset}} {
			want := pictureOf(opened(t, assets), tt.standard)
			got := s3index.Layer(tt.img, nil, ngstate.Drawings(assets, false)[len(assets)-1])
			got.Image = nil
			if !reflect.DeepEqual(got, want) || len(got.Channels) != tt.channels {
				t.Errorf("%s, %s: drawn as\n%+v\nand opened as\n%+v", name, place, got, want)
			}
		}
	}
}

// TestDrawnWithoutStatistics has the voxels that a picture has been read from stand in for them.
func TestDrawnWithoutStatistics(t *testing.T) {
	img := drawn("uint16", 2, nil)
	block := &volume.Block{Shape: []int64{2, 1, 1, 4}, Stride: []int64{1, 1, 1, 1}, Data: []float32{0, 7, 9, 0, 0, 0, 0, 0}}
	a := s3index.Asset{Volume: img}
	a.Fill(block)
	got := a.Drawing().Channels
	if len(got) != 2 || got[0].Low < 7 || got[0].High > 9 || got[0].Low >= got[0].High {
		t.Errorf("the contrast is %+v", got)
	}
	if got[1].High != 65535 {
		t.Errorf("an empty channel is drawn up to %g, want as the viewer does", got[1].High)
	}
}

// TestDrawnDirectionsInTime: FSL stores components where NIfTI has time, of which a picture has the first.
func TestDrawnDirectionsInTime(t *testing.T) {
	img := drawn("float32", 0, nil)
	l := ngstate.Drawing{Kind: ngstate.Vectors, Channels: []ngstate.DrawnChannel{{High: 1, Color: "#ff0000", Unsigned: true}, {Index: 1}, {Index: 2}}}
	want := []preview.Channel{{High: 1, Color: [3]uint8{255, 255, 255}, Unsigned: true}}
	if got := s3index.Layer(img, nil, l).Channels; !reflect.DeepEqual(got, want) {
		t.Errorf("drawn as %+v, want %+v", got, want)
	}
}
