package ngstate

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
)

// Layouts are those a person can choose, in Neuroglancer's words. Where the axes are those of a body, xy is a coronal
// section, xz an axial and yz a sagittal one: see anatomical.
func Layouts() []string { return []string{"4panel", "xy", "xz", "yz", "3d", "xy-3d"} }

// Colormaps are the names of those a person can choose for an image of one channel.
func Colormaps() []string {
	names := make([]string, len(colormaps))
	for i, m := range colormaps {
		names[i] = m[0]
	}
	return names
}

// IsColor reports whether text is a color as this package writes it: "#rrggbb", in lower case.
func IsColor(text string) bool { return colorForm.MatchString(text) }

var colorForm = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// fault is what is wrong about how an asset is to look or to be moved; "" if nothing is.
func fault(a Asset) string {
	l := a.Look
	switch {
	case l.Opacity != nil && !(*l.Opacity >= 0 && *l.Opacity <= 1):
		return "its opacity is not between 0 and 1"
	case !slices.Contains([]string{"", "default", "additive"}, l.Blend):
		return fmt.Sprintf("there is no way of blending called %q", l.Blend)
	case l.Colormap != "" && !slices.Contains(Colormaps(), l.Colormap):
		return fmt.Sprintf("there is no color map called %q", l.Colormap)
	case a.Moved != nil && !movable(a):
		return "its transform puts all voxels into one plane, or is damaged"
	case l.Tract.Fault() != "":
		return l.Tract.Fault()
	}
	for i, c := range l.Channels {
		if c.Color != "" && !IsColor(c.Color) {
			return fmt.Sprintf("the color %q of channel %d is not written like #00ff00", c.Color, i)
		}
		if !finite(orNumber(c.Low, 0), orNumber(c.High, 0)) {
			return fmt.Sprintf("the contrast of channel %d is no number", i)
		}
	}
	return ""
}

func movable(a Asset) bool {
	m := a.Moved
	if !finite(m[0][:]...) || !finite(m[1][:]...) || !finite(m[2][:]...) {
		return false
	}
	lengths := 1.0
	for col := range 3 {
		lengths *= norm(m[0][col], m[1][col], m[2][col])
	}
	const flat = 1e-9 // relative
	return math.Abs(determinant(*m)) > flat*lengths
}

func finite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// check wraps [ErrInvalid] if a scene cannot be looked at in this way.
func (v View) check() error {
	if v.Layout != "" && !slices.Contains(Layouts(), v.Layout) {
		return fmt.Errorf("%w: there is no layout called %q; choose one of %s", ErrInvalid, v.Layout, strings.Join(Layouts(), ", "))
	}
	if v.Position != nil && !finite(v.Position[:]...) {
		return fmt.Errorf("%w: the position is no place", ErrInvalid)
	}
	return nil
}
