package handlers

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ngportal/ngstate"
	"ngportal/store"
)

// Limits of what one asset can be given.
const (
	maxMoves    = 4         // transforms, one after the other
	maxChannels = mostLooks // with looks of their own
)

// options are what a person has chosen for an asset in the tray. The store keeps them as JSON.
type options struct {
	Look   ngstate.Look    `json:"look,omitzero"`
	Moves  []move          `json:"moves,omitempty"`
	Layers []importedLayer `json:"layers,omitempty"` // of a scene that was imported; they stay as they were
}

// An importedLayer is a layer of an imported scene that reads the asset. Two or more may, one for each channel.
type importedLayer struct {
	Name string          `json:"name"`
	Raw  json.RawMessage `json:"raw"`
}

// A move is a transform that an asset is moved by. Locations stay what they are when datasets are renamed.
type move struct {
	Location string `json:"location"`
	Path     string `json:"path"`
	Inverted bool   `json:"inverted,omitempty"`
	// The other image of an FSL matrix, which says nothing without the two grids it is between: the asset is moved
	// onto it, or, inverted, it is what the matrix moves onto the asset.
	OtherLocation string `json:"other_location,omitempty"`
	OtherPath     string `json:"other_path,omitempty"`
}

// value is how a form names a move.
func (m move) value() string {
	text, _ := json.Marshal(m) // strings and truths cannot fail
	return string(text)
}

func optionsOf(i store.Item) options {
	var o options
	if json.Unmarshal([]byte(i.Options), &o) != nil {
		return options{} // written by us; nothing is chosen where nothing is
	}
	return o
}

// text is how the store keeps o: "" where nothing is chosen.
func (o options) text() (string, error) {
	text, err := json.Marshal(o)
	if err != nil || string(text) == "{}" {
		return "", err
	}
	return string(text), nil
}

func viewOf(sc store.Scene) ngstate.View {
	var v ngstate.View
	if json.Unmarshal([]byte(sc.View), &v) != nil {
		return ngstate.View{}
	}
	return v
}

// badField explains a field of a form that cannot be right: the form itself would not send it.
func badField(what, text string) error {
	const most = 60
	return &userError{
		code: http.StatusUnprocessableEntity, heading: "Nothing has been changed",
		what: fmt.Sprintf("The %s is %.*q, which cannot be.", what, most, text), do: "Go to the tray and choose anew.",
	}
}

// numberIn reads a number that may be left empty, and that lies between least and most.
func numberIn(form url.Values, field, what string, least, most float64) (*float64, error) {
	text := strings.TrimSpace(form.Get(field))
	if text == "" {
		return nil, nil //nolint:nilnil // nothing has been entered, which is no error
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= least && v <= most) {
		return nil, badField(what, text)
	}
	return &v, nil
}

// choiceIn reads a choice of a select, "" being that nothing is chosen.
func choiceIn(form url.Values, field, what string, known []string) (string, error) {
	text := form.Get(field)
	if text != "" && !slices.Contains(known, text) {
		return "", badField(what, text)
	}
	return text, nil
}

// readLook reads the looks from the form of an asset. What is hidden stays so: that is a button of its own.
func readLook(form url.Values, before ngstate.Look) (ngstate.Look, error) {
	l := ngstate.Look{Hidden: before.Hidden, Group: before.Group}
	percent, err := numberIn(form, "opacity", "opacity", 0, 100)
	if err != nil {
		return l, err
	}
	if percent != nil {
		*percent /= 100
		l.Opacity = percent
	}
	if l.Blend, err = choiceIn(form, "blend", "blending", []string{"default", "additive"}); err != nil {
		return l, err
	}
	if l.Colormap, err = choiceIn(form, "colormap", "color map", ngstate.Colormaps()); err != nil {
		return l, err
	}
	if form.Has("group") {
		side, wrong := choiceIn(form, "group", "side", []string{"0", "1"})
		if wrong != nil {
			return l, wrong
		}
		l.Group = 0
		if side == "1" {
			l.Group = 1
		}
	}
	if l.Tract, err = readTract(form, before.Tract); err != nil {
		return l, err
	}
	l.Channels, err = readChannels(form)
	return l, err
}

// readChannels reads the looks of the channels that the form has; of those at the end that have none of their own it
// keeps nothing.
func readChannels(form url.Values) ([]ngstate.ChannelLook, error) {
	var out []ngstate.ChannelLook
	chosen := 0
	for i := range maxChannels {
		n := strconv.Itoa(i)
		if !form.Has("low" + n) {
			break
		}
		c, err := readChannel(form, n)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
		byItself := ngstate.ChannelLook{Hidden: form.Get("was"+n) == "hidden"}
		if c != byItself {
			chosen = len(out)
		}
	}
	return out[:chosen], nil
}

func readChannel(form url.Values, n string) (c ngstate.ChannelLook, err error) {
	if c.Low, err = numberIn(form, "low"+n, "value of black", -math.MaxFloat64, math.MaxFloat64); err != nil {
		return c, err
	}
	if c.High, err = numberIn(form, "high"+n, "value of white", -math.MaxFloat64, math.MaxFloat64); err != nil {
		return c, err
	}
	if c.Low != nil && c.High != nil && *c.Low >= *c.High {
		return c, &userError{
			code: http.StatusUnprocessableEntity, heading: "Black must be less than white",
			what: fmt.Sprintf("Black would be %g, and white %g.", *c.Low, *c.High), do: "Nothing has been changed. Enter other values.",
		}
	}
	if color := strings.ToLower(form.Get("color" + n)); color != form.Get("auto"+n) {
		if !ngstate.IsColor(color) {
			return c, badField("color", color)
		}
		c.Color = color
	}
	c.Hidden = form.Has("was"+n) && !form.Has("visible"+n)
	return c, nil
}

// readMoves reads the transforms of a form. That they are there, and may be read, is found out when they are used.
func readMoves(values []string) ([]move, error) {
	var out []move
	for _, text := range values {
		if text == "" {
			continue
		}
		var m move
		if err := json.Unmarshal([]byte(text), &m); err != nil || m.Location == "" || m.Path == "" || len(text) > 4*maxTitle+4096 {
			return nil, badField("transform", text)
		}
		out = append(out, m)
	}
	if len(out) > maxMoves {
		return nil, badField("number of transforms", strconv.Itoa(len(out)))
	}
	return out, nil
}

// layoutWords say what Neuroglancer's layouts show of a body; see [ngstate.Layouts].
func layoutWords() map[string]string {
	return map[string]string{
		"4panel": "Three sections and 3D", "xy": "Coronal section", "xz": "Axial section", "yz": "Sagittal section",
		"3d": "3D", "xy-3d": "Coronal section and 3D",
	}
}

// readView reads the form of the view.
func readView(form url.Values) (ngstate.View, error) {
	v := ngstate.View{Neurological: form.Get("orientation") == "neurological", Compare: form.Has("compare")}
	var err error
	if v.Layout, err = choiceIn(form, "layout", "layout", slices.Collect(maps.Keys(layoutWords()))); err != nil {
		return v, err
	}
	const far = 1e6 // millimeters
	var at [3]float64
	entered := 0
	for i, axis := range []string{"x", "y", "z"} {
		p, wrong := numberIn(form, axis, "position along "+axis, -far, far)
		if wrong != nil {
			return v, wrong
		}
		if p != nil {
			at[i], entered = *p, entered+1
		}
	}
	switch entered {
	case 0:
	case len(at):
		v.Position = &at
	default:
		return v, &userError{
			code: http.StatusUnprocessableEntity, heading: "A position has three numbers",
			what: fmt.Sprintf("Only %d of x, y and z are there.", entered), do: "Enter all three, or none for the middle. Nothing has been changed.",
		}
	}
	return v, nil
}
