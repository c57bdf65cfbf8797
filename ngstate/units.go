package ngstate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"ngportal/volume"
)

// Lengths in meters.
const (
	millimeter = 1e-3
	nanometer  = 1e-9
)

// A dimension is the size of a voxel along an axis as the viewer has it.
type dimension struct {
	scale float64
	unit  string // "m", "s" or ""
}

// MarshalJSON writes a pair, such as [0.001,"m"].
func (d dimension) MarshalJSON() ([]byte, error) { return json.Marshal([]any{d.scale, d.unit}) }

// dimensionOf is an axis with voxels of the given size.
func dimensionOf(axis volume.Axis, scale float64) dimension {
	switch {
	case axis.Meters > 0:
		return dimension{scale * axis.Meters, "m"}
	case axis.Seconds > 0:
		return dimension{scale * axis.Seconds, "s"}
	}
	return dimension{scale, ""}
}

// metric reports whether the viewer measures something of a in meters. Precomputed and N5 data
// always are, even those that do not tell here how large they are, as a group of N5 levels: their
// own unit, or the one that is taken by default, is the nanometer.
func metric(a Asset) bool {
	switch {
	case a.Tract != nil, a.Moved != nil:
		return true
	case a.Volume == nil:
		return false
	case a.Volume.Affine != nil, a.Volume.Format == volume.Precomputed, a.Volume.Format == volume.N5:
		return true
	}
	g := grid{img: a.Volume, axes: a.Volume.Place().Axes}
	_, said := measured(a.Volume)
	_, alone := repairLevel(a.Volume)
	return said || alone || g.towardBody()
}

// measured finds an axis of space that says its unit.
func measured(img *volume.Image) (axis volume.Axis, ok bool) {
	i := slices.IndexFunc(img.Axes, func(a volume.Axis) bool { return a.Meters > 0 })
	if i < 0 {
		return volume.Axis{}, false
	}
	return img.Axes[i], true
}

// assumption is a sentence about the axes of a whose unit is assumed, see [volume.Image.Place]; "" if there are none.
func assumption(a Asset) string {
	if a.Volume == nil || a.Volume.Affine != nil || a.Volume.Format == volume.N5 {
		return ""
	}
	var names []string
	axes := a.Volume.Place().Axes
	for i, axis := range a.Volume.Axes {
		if slices.Contains(axes[:], i) && axis.Meters == 0 {
			names = append(names, axisName(a.Volume, i))
		}
	}
	if len(names) == 0 {
		return ""
	}
	other, ok := measured(a.Volume)
	if !ok {
		return a.Name + " does not say in which unit it is measured; millimeters are assumed"
	}
	noun, verb := "axis", "is"
	if len(names) > 1 {
		noun, verb = "axes", "are"
	}
	return fmt.Sprintf("%s does not say in which unit its %s %s %s measured; that of its axis %s (%s) is assumed",
		a.Name, noun, strings.Join(names, ", "), verb, other.Name, other.Unit)
}

// axisName is what the viewer calls axis i, without a mark for channels. N5 names no axes; Neuroglancer has names of
// its own for them (getDefaultAxes in its n5/frontend.ts), which matter where package volume only numbers them.
func axisName(img *volume.Image, i int) string {
	name := img.Axes[i].Name
	if img.Format != volume.N5 || name != fmt.Sprintf("d%d", i) {
		return name
	}
	if known := "xyztc"; i < len(known) {
		return known[i : i+1]
	}
	return fmt.Sprintf("d%d", i+1)
}

// sourceName is what the viewer calls axis i of the source itself: for NIfTI names of its own (nifti/backend.ts), for
// OME-Zarr with a mark for channels (parseOmeAxes in zarr/ome.ts).
func (g grid) sourceName(i int) string {
	if g.img.Format == volume.NIfTI {
		if known := "ijkm"; i < len(known) {
			return known[i : i+1]
		}
		return [...]string{"c^", "c1^", "c2^"}[min(i-4, 2)]
	}
	name := axisName(g.img, i)
	if !g.alone && g.img.Axes[i].Kind == "channel" && channelsOf(g.img) == local {
		name += "'"
	}
	return name
}
