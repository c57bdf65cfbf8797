package volume

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// parseAxes reads the member "axes": objects since NGFF 0.4, names in 0.3, absent before
// (then the result is nil, see [oldAxes]).
func parseAxes(img *Image, raw json.RawMessage) ([]Axis, error) {
	if raw == nil {
		return nil, nil
	}
	list, more, err := elements(raw, maxRank)
	if err != nil || more || len(list) == 0 {
		return nil, invalid("expected a list of at most %d axes, got %s", maxRank, excerpt(raw))
	}
	axes := make([]Axis, 0, len(list))
	for _, e := range list {
		if name, ok := str(e); ok {
			axes = append(axes, Axis{Name: name, Kind: kindOf(name), Guessed: true})
			continue
		}
		o, err := members(e, "name", "type", "unit", "orientation", "anatomicalOrientation")
		if err != nil {
			return nil, err
		}
		a, err := parseAxis(img, o)
		if err != nil {
			return nil, err
		}
		axes = append(axes, a)
	}
	return axes, nil
}

func parseAxis(img *Image, o object) (Axis, error) {
	name, ok := str(o["name"])
	if !ok || name == "" {
		return Axis{}, invalid("an axis has no name")
	}
	a := Axis{Name: name, Kind: o.text("type"), Unit: o.text("unit"), Toward: orientation(o)}
	switch a.Kind {
	case "space", "time", "channel":
	case "":
		a.Kind, a.Guessed = kindOf(name), true
	default:
		a.Kind = ""
	}
	if !o.has("unit") {
		return a, nil
	}
	if a.Unit == "" {
		img.refuse(RuleUnitName, "Axis %s has a unit that is empty, which Neuroglancer refuses.", name)
	}
	if a.Meters, a.Seconds, ok = omeUnit(a.Unit); !ok {
		a.Meters, a.Seconds = anyUnit(a.Unit)
	}
	return a, nil
}

// axesHave begins a sentence about some axes.
func axesHave(axes []Axis) string {
	last := len(axes) - 1
	if last == 0 {
		return "Axis " + axes[0].Name + " has"
	}
	var names []string
	for _, a := range axes[:last] {
		names = append(names, a.Name)
	}
	return "Axes " + strings.Join(names, ", ") + " and " + axes[last].Name + " have"
}

// checkUnits says what is wrong with the units of the axes, one sentence for each.
func (img *Image) checkUnits() {
	with := map[string][]Axis{}
	var units []string // in the order of the axes
	for _, a := range img.Axes {
		if _, _, ok := omeUnit(a.Unit); ok || a.Unit == "" && a.Kind != "space" {
			continue
		}
		if with[a.Unit] == nil {
			units = append(units, a.Unit)
		}
		with[a.Unit] = append(with[a.Unit], a)
	}
	for _, unit := range units {
		meters, seconds := anyUnit(unit)
		switch have := axesHave(with[unit]); {
		case unit == "":
			img.warn(RuleUnit, "%s no unit: the image cannot line up with data in millimeters by itself.", have)
		case meters != 0 || seconds != 0:
			img.refuse(RuleUnitName, "%s the unit %q; OME-Zarr asks for a word such as \"micrometer\", and Neuroglancer refuses all else.", have, unit)
		default:
			img.refuse(RuleUnitName, "%s the unit %q, which nobody knows, and Neuroglancer refuses it.", have, unit)
		}
	}
}

// orientation reads where an axis points in the body: "orientation" of NGFF's RFC-4, or the name it had in drafts.
func orientation(o object) string {
	text := o.text("anatomicalOrientation")
	if inner, err := members(o["orientation"], "type", "value"); err == nil && inner.text("type") == "anatomical" {
		text = inner.text("value")
	}
	if _, sign := toward(text); sign == 0 {
		return ""
	}
	return text
}

// oldAxes are the axes of NGFF 0.1 and 0.2: the last ones of t, c, z, y, x.
func oldAxes(rank int) []Axis {
	names := strings.Split("tczyx", "")
	axes := make([]Axis, rank)
	for i := range axes {
		if j := len(names) - rank + i; j >= 0 {
			axes[i] = Axis{Name: names[j], Kind: kindOf(names[j]), Guessed: true}
		} else {
			axes[i].Name = fmt.Sprintf("d%d", i)
		}
	}
	return axes
}

// checkAxes says what about the axes keeps the image from lining up with others.
func (img *Image) checkAxes() {
	img.checkNames()
	img.checkUnits()
}

// checkNames refuses axes of the same name, which the viewer does.
func (img *Image) checkNames() {
	seen := map[string]bool{}
	for _, a := range img.Axes {
		if seen[a.Name] {
			img.refuse(RuleAxes, "Two axes are called %s.", a.Name)
		}
		seen[a.Name] = true
	}
}

var colorForm = regexp.MustCompile(`^#?[0-9a-fA-F]{6}$`)

// readOmero reads the member "omero" (NGFF 0.4 §3.5). It is decoration: what is wrong in it is a warning.
func (img *Image) readOmero(raw json.RawMessage) {
	if raw == nil {
		return
	}
	const mostChannels = 1 << 10
	o, err := members(raw, "channels")
	if err != nil || !o.has("channels") {
		img.warn(RuleOmero, "The OMERO metadata hold no channels.")
		return
	}
	list, more, err := elements(o["channels"], mostChannels)
	if err != nil || more {
		img.warn(RuleOmero, "The OMERO metadata hold no list of at most %d channels.", mostChannels)
		return
	}
	for i, e := range list {
		c, err := members(e, "label", "color", "window", "active")
		if err != nil {
			img.warn(RuleOmero, "The OMERO metadata of channel %d are malformed.", i)
		}
		img.Channels = append(img.Channels, img.parseChannel(i, c))
	}
	if n := img.ChannelCount(); int64(len(img.Channels)) != n {
		img.warn(RuleOmero, "The OMERO metadata describe %d channels, the image has %d.", len(img.Channels), n)
	}
}

func (img *Image) parseChannel(i int, o object) Channel {
	c := Channel{Label: o.text("label"), Active: string(o["active"]) != "false"}
	if color := o.text("color"); colorForm.MatchString(color) {
		c.Color = "#" + strings.ToLower(strings.TrimPrefix(color, "#"))
	} else if o.has("color") {
		img.warn(RuleOmero, "The OMERO metadata give channel %d the color %.40s, which is not six hexadecimal digits.", i, o["color"])
	}
	if !o.has("window") {
		return c
	}
	w, err := members(o["window"], "start", "end", "min", "max")
	start, hasStart := number(w["start"])
	end, hasEnd := number(w["end"])
	if err != nil || !hasStart || !hasEnd {
		img.warn(RuleOmero, "The OMERO metadata give channel %d a window without start and end.", i)
		return c
	}
	c.Window = Window{Set: true, Start: start, End: end}
	low, hasLow := number(w["min"])
	high, hasHigh := number(w["max"])
	if hasLow && hasHigh {
		c.Window.Min, c.Window.Max = low, high
	}
	return c
}

// readLabels lists the label images that lie in labels/ (NGFF 0.4 §3.6).
func readLabels(get Getter, n node) ([]string, error) {
	const mostLabels = 1 << 10
	file := ".zattrs"
	if n.v3 {
		file = "zarr.json"
	}
	o, err := getObject(get, n.dir+"labels/"+file, append(omeNames(), "attributes")...)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, ErrInvalid):
		return nil, nil // an image is no worse for a broken list of labels
	case err != nil:
		return nil, err
	}
	for _, member := range []string{"attributes", "ome"} {
		if inner, err := members(o[member], append(omeNames(), "ome")...); err == nil {
			o = inner
		}
	}
	names := o.strs("labels")
	var out []string
	for _, name := range names[:min(len(names), mostLabels)] {
		if checkPath(name) == nil {
			out = append(out, name)
		}
	}
	return out, nil
}
