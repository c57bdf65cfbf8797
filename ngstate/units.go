package ngstate

import (
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

// spatial reports whether an axis is one of space; an axis of unknown kind counts as one, unless it
// is measured in seconds.
func spatial(a volume.Axis) bool { return (a.Kind == "space" || a.Kind == "") && a.Seconds == 0 }

// metric reports whether the viewer measures something of a in meters. Precomputed and N5 data
// always are, even those that do not tell here how large they are, as a group of N5 levels: their
// own unit, or the one that is taken by default, is the nanometer.
func metric(a Asset) bool {
	if a.Tract != nil || a.Volume.Affine != nil {
		return true
	}
	switch a.Volume.Format {
	case volume.Precomputed, volume.N5:
		return true
	case volume.Zarr2, volume.Zarr3, volume.NIfTI:
	}
	_, ok := measured(a.Volume)
	return ok
}

// measured finds an axis of space that says its unit.
func measured(img *volume.Image) (axis volume.Axis, ok bool) {
	i := slices.IndexFunc(img.Axes, func(a volume.Axis) bool { return spatial(a) && a.Meters > 0 })
	if i < 0 {
		return volume.Axis{}, false
	}
	return img.Axes[i], true
}

// axisUnit returns how many meters one unit of an axis of space is. Where nobody says so, known is
// false and the unit is that of the volume's other axes, or else the millimeter.
//
// N5 without "pixelResolution" is known: Neuroglancer takes nanometers (defaultUnit in its n5/frontend.ts).
func axisUnit(img *volume.Image, axis volume.Axis) (meters float64, known bool) {
	switch {
	case axis.Meters > 0:
		return axis.Meters, true
	case img.Format == volume.N5:
		return nanometer, true
	}
	if other, ok := measured(img); ok {
		return other.Meters, false
	}
	return millimeter, false
}

// assumption is a sentence about the axes of a whose unit is assumed; "" if there are none.
func assumption(a Asset) string {
	if a.Tract != nil || a.Volume.Affine != nil {
		return ""
	}
	var names []string
	for i, axis := range a.Volume.Axes {
		if _, known := axisUnit(a.Volume, axis); spatial(axis) && !known {
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

// axisName is what the viewer calls axis i. N5 names no axes; Neuroglancer has names of its own
// for them (getDefaultAxes in its n5/frontend.ts), which matter where package volume only numbers them.
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

// dimensionOf is an axis with voxels of the given size as the viewer has it: a scale and its unit.
func dimensionOf(axis volume.Axis, scale float64) []any {
	switch {
	case axis.Meters > 0:
		return []any{scale * axis.Meters, "m"}
	case axis.Seconds > 0:
		return []any{scale * axis.Seconds, "s"}
	}
	return []any{scale, ""}
}
