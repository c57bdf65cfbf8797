// Package ngstate composes Neuroglancer states: it turns assets, as they describe themselves, into
// layers that are placed, scaled and contrasted, and layers into one picture.
//
// It is pure. World space is right-anterior-superior; the axes of a state are x, y and z, in
// millimeters unless the data are so small that micrometers or nanometers read better.
package ngstate

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"ngportal/volume"
	"ngportal/xfm"
)

// ErrInvalid is wrapped by every error about something that cannot be put into a state. The rest
// of the message is a sentence for people.
var ErrInvalid = errors.New("invalid")

// MaxState is the largest state that is composed, in bytes of JSON.
const MaxState = 1 << 20

// A LayerType is how an asset is to be shown.
type LayerType string

// The layer types. Automatic lets the data decide.
const (
	Automatic    LayerType = ""
	Image        LayerType = "image"
	Segmentation LayerType = "segmentation"
)

// An Asset is one thing to show. Exactly one of Volume and Tract is set.
type Asset struct {
	Name   string // of the layer
	URL    string // of the data on the viewer host; a directory's ends in "/"
	Type   LayerType
	Volume *volume.Image
	Stats  []volume.Stats // one for each channel; may be shorter where they are not known
	Tract  *Tract

	Moved    *xfm.Matrix      // what the asset is moved by, in millimeters, after its own placement; nil leaves it
	Segments []volume.Segment // names and colors of a segmentation's labels
	NamesURL string           // of segment properties with these names on the viewer host, ending in "/"; "" without
	Look     Look
	Raw      json.RawMessage // a layer that was imported: it stays as it is but for name and source; see [Import]
}

// A Look is how a person wants an asset to look. What is not set is up to the data.
type Look struct {
	Hidden   bool          `json:"hidden,omitempty"`
	Opacity  *float64      `json:"opacity,omitempty"`  // 0 to 1
	Blend    string        `json:"blend,omitempty"`    // "default" or "additive"
	Colormap string        `json:"colormap,omitempty"` // one of [Colormaps]
	Channels []ChannelLook `json:"channels,omitempty"` // the first is that of an image without channels
	Group    int           `json:"group,omitempty"`    // of a comparison: 0 is shown on the left, 1 on the right
	Tract    *TractLook    `json:"tract,omitempty"`    // of a tractogram
}

// A ChannelLook is how one channel is to look.
type ChannelLook struct {
	Low    *float64 `json:"low,omitempty"` // drawn as black, in stored values
	High   *float64 `json:"high,omitempty"`
	Color  string   `json:"color,omitempty"` // "#rrggbb"
	Hidden bool     `json:"hidden,omitempty"`
}

// A View is how a scene is looked at. What is not set is chosen.
type View struct {
	Layout       string      `json:"layout,omitempty"`       // one of [Layouts]
	Neurological bool        `json:"neurological,omitempty"` // the subject's left on the left; otherwise radiological
	Position     *[3]float64 `json:"position,omitempty"`     // millimeters
	Compare      bool        `json:"compare,omitempty"`      // two groups side by side, at the same position
}

// A Tract is a tractogram, which is shown as a precomputed skeleton or as annotations.
type Tract struct {
	URL    string        // of what the viewer host makes of the file, ending in "/": "skel/" and "ann/" follow
	Shown  int64         // streamlines in the first picture
	Total  int64         // streamlines in the file; negative if that is not known
	Bounds [2][3]float64 // of its points, of a sample of them, or of the volume; zero if that is not known
	Known  bool          // the file has been read: the numbers are exact

	Large   bool          // shown as annotations unless a person wants otherwise
	Folder  bool          // a folder of tractograms, which is a skeleton only
	Objects []TractObject // of the skeleton
	Bundles []TractObject // of the annotations' list
	Scalars []string      // attributes of the skeleton's vertices besides orientation and length, such as "s_fa"
	Means   []string      // numeric properties of the annotations, such as "mean_fa"; those of Scalars first, as far as they go
	Ranges  [][2]float64  // of Scalars, for colors; nil while not known
}

// A TractObject is an entry in the viewer's list of a tractogram's objects.
type TractObject struct {
	ID          string
	Label       string
	Streamlines int64
	Vertices    int64
	Stratum     bool // a subset chosen by hash, not a bundle
	First       bool // shown to begin with
}

// A TractLook is how a person wants a tractogram to look. What is not set is chosen by its size.
type TractLook struct {
	As        string   `json:"as,omitempty"`        // "skeleton" or "annotation"
	Bundles   []string `json:"bundles,omitempty"`   // IDs of those to be shown; none is all
	Density   int      `json:"density,omitempty"`   // 1 to 5; 0 is chosen
	Color     string   `json:"color,omitempty"`     // "orientation", "bundle", a scalar or mean, or "#rrggbb"
	Width     float64  `json:"width,omitempty"`     // of lines in pixels
	MinLength float64  `json:"minLength,omitempty"` // mm
	Frame     string   `json:"frame,omitempty"`     // of a .vtk file: "ras" or "lps"
}

// A Scene is a composed state.
type Scene struct {
	JSON     []byte
	Warnings []string   // sentences: what had to be assumed
	Layers   [][]string // names of the layers of each asset
}

// Compose makes the state that shows assets together.
//
// The error wraps [ErrInvalid] if there is nothing to show, if the viewer cannot read an asset
// (every such asset is named, with its reason), if a look or the view is none there is, or if the state is larger than
// [MaxState].
func Compose(title string, assets []Asset, v View) (Scene, error) {
	if len(assets) == 0 {
		return Scene{}, fmt.Errorf("%w: there is nothing to show yet", ErrInvalid)
	}
	if err := refusals(assets); err != nil {
		return Scene{}, err
	}
	if err := v.check(); err != nil {
		return Scene{}, err
	}
	w := newWorld(assets)
	all, names := w.compose(assets, v.Compare)
	state := object{{"title", orNil(title)}}
	state = append(state, w.view(v)...)
	state = append(
		state,
		member{"layers", all},
		member{"showDefaultAnnotations", false},
		member{"hideCrossSectionBackground3D", true},
		member{"selectedLayer", object{{"layer", all[0][0].value}, {"visible", false}}},
		member{"layout", w.layout(v, assets, names)},
	)
	data, err := state.MarshalJSON() // not json.Marshal, which escapes "<" once more
	if err != nil {
		return Scene{}, fmt.Errorf("write the state: %w", err)
	}
	if len(data) > MaxState {
		return Scene{}, fmt.Errorf("%w: the scene's description would be %d kB, more than the %d kB a link can hold; show fewer assets",
			ErrInvalid, len(data)>>10, MaxState>>10)
	}
	return Scene{JSON: data, Warnings: slices.Concat(w.warnings, contrastWarnings(assets), showWarnings(assets), tractWarnings(assets)), Layers: names}, nil
}

// compose makes the layers of all assets, and their names by asset.
func (w *world) compose(assets []Asset, compare bool) (all []object, names [][]string) {
	counts := make([]int, len(assets))
	var before []string
	for i, base := range bases(assets, compare) {
		made := w.layers(assets[i], base)
		counts[i] = len(made)
		all = append(all, made...)
		before = append(before, formerNames(assets[i], made)...)
	}
	uniqueNames(all)
	relink(all, before)
	next := 0
	for _, n := range counts {
		var own []string
		for _, l := range all[next : next+n] {
			own = append(own, fmt.Sprint(l[0].value))
		}
		names = append(names, own)
		next += n
	}
	return all, names
}

// showWarnings says of which images it was a guess how they are drawn.
func showWarnings(assets []Asset) []string {
	var out []string
	for _, a := range assets {
		if a.Volume == nil {
			continue
		}
		if said := repair(a.Volume); said != "" {
			out = append(out, fmt.Sprintf("%s has metadata that the viewer does not take, so %s", a.Name, said))
		}
		switch {
		case a.Raw != nil:
		case a.Type == Automatic && showOf(a) == Labels && !a.Volume.IsLabel && a.Volume.Kind == "volume" && !isNamed(a, labelNames):
			out = append(out, fmt.Sprintf("%s has only %d different values and is shown as labels; it can be shown as an image instead", a.Name, len(a.Stats[0].Values)))
		case a.Moved != nil && isFlat(a.Volume):
			out = append(out, a.Name+" is flat: it moves within its own plane only")
		}
	}
	return out
}

// isFlat reports whether an image has fewer than three axes of space.
func isFlat(img *volume.Image) bool {
	axes := img.Place().Axes
	return img.Kind == "volume" && len(img.Levels) > 0 && slices.Contains(axes[:], -1)
}

// refusals names every asset that the viewer would fail on.
func refusals(assets []Asset) error {
	var reasons []string
	for _, a := range assets {
		if why := refusal(a); why != "" {
			reasons = append(reasons, "“"+a.Name+"”: "+why)
		}
	}
	if len(reasons) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrInvalid, strings.Join(reasons, "; "))
}

// refusal is why an asset cannot be shown, whatever is done about it; "" when it can.
func refusal(a Asset) string {
	if len(a.Raw) > 0 {
		if _, err := members(a.Raw); err != nil {
			return "the layer that was imported is damaged"
		}
	}
	img := a.Volume
	switch {
	case img == nil:
		return fault(a)
	case img.Unreadable() != "" && repair(img) == "":
		return img.Unreadable()
	case img.Kind == "segment properties":
		return "it holds names of segments and no picture"
	case IsSegmentation(a) && img.Kind == "volume" && !isInteger(img.DType):
		return "it cannot be shown as a segmentation, because its values are " + img.DType + " and not whole numbers"
	}
	return fault(a)
}

func isInteger(dtype string) bool {
	return strings.HasPrefix(dtype, "int") || strings.HasPrefix(dtype, "uint")
}

// uniqueNames numbers layers that would have the same name, as the viewer does by itself.
func uniqueNames(layers []object) {
	seen := map[any]bool{}
	for _, l := range layers {
		name := l[0].value
		for n := 2; seen[l[0].value]; n++ {
			l[0].value = fmt.Sprintf("%v (%d)", name, n)
		}
		seen[l[0].value] = true
	}
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// round keeps seven significant digits: less than a voxel anywhere, and short to read.
func round(v float64) float64 {
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(v)))-6)
	if unit < 1 { // dividing by a power of ten gives the nearest decimal; multiplying does not
		return math.Round(v/unit) / math.Round(1/unit)
	}
	return math.Round(v/unit) * unit
}

func norm(x, y, z float64) float64 { return math.Sqrt(x*x + y*y + z*z) }
