package ngstate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"ngportal/volume"
	"ngportal/xfm"
)

// The shaders. Neuroglancer offers the #uicontrol lines as controls beside the layer.
const (
	// grayscale is for the image at the bottom.
	grayscale = `#uicontrol invlerp normalized
void main() {
  emitGrayscale(normalized());
}
`

	// overlay is for an image above another: what is dark lets the one below through.
	overlay = `#uicontrol invlerp normalized
void main() {
  float v = normalized();
  emitRGBA(vec4(v, v, v, v));
}
`

	// colored is for one channel among several, and for an image in one color.
	colored = `#uicontrol invlerp normalized
#uicontrol vec3 color color
void main() {
  emitRGB(color * normalized());
}
`

	// coloredOver is the same for an image above another.
	coloredOver = `#uicontrol invlerp normalized
#uicontrol vec3 color color
void main() {
  float v = normalized();
  emitRGBA(vec4(color * v, v));
}
`

	// component is for one component of a direction: what counts is how much of it there is, forward or back.
	component = `#uicontrol vec3 color color
#uicontrol float brightness slider(min=0.0, max=4.0, default=1.0)
void main() {
  emitRGB(color * brightness * abs(toRaw(getDataValue())));
}
`

	// rgbShader is for pixels that are colors already.
	rgbShader = `#uicontrol float brightness slider(min=0.0, max=4.0, default=1.0)
void main() {
  emitRGB(brightness * vec3(toNormalized(getDataValue(0)), toNormalized(getDataValue(1)), toNormalized(getDataValue(2))));
}
`

	// directions colors a map of directions as streamlines are: red left-right, green front-back, blue up-down. Where there is none it lets through what lies below.
	directions = `#uicontrol float brightness slider(min=0.0, max=4.0, default=1.0)
%svoid main() {
  vec3 direction = vec3(toRaw(getDataValue(0)), toRaw(getDataValue(1)), toRaw(getDataValue(2)));
  float strength = length(direction);
  if (strength > 0.0) emitRGB(brightness * abs(anatomical * direction));
  else emitTransparent();
}
`

	// mapped colors values by a color map, of which it is given a GLSL expression in v.
	mapped = `#uicontrol invlerp normalized
void main() {
  float v = normalized();
  emitRGB(%s);
}
`

	// mappedOver is the same for an image above another.
	mappedOver = `#uicontrol invlerp normalized
void main() {
  float v = normalized();
  emitRGBA(vec4(%s, v));
}
`
)

// defaultColors are for channels that name none: red, green, blue, white.
//
//nolint:gochecknoglobals // a constant, as far as Go has constant arrays
var defaultColors = [...]string{"#ff0000", "#00ff00", "#0000ff", "#ffffff"}

// colormaps are expressions of GLSL that make a color of v, from 0 to 1, and the color at 1 of those that have no other.
// Two of the expressions are Neuroglancer's own.
//
//nolint:gochecknoglobals // a constant, as far as Go has constant arrays
var colormaps = [...][3]string{
	{"gray", "vec3(v, v, v)", "#ffffff"},
	{"red", "vec3(v, 0.0, 0.0)", "#ff0000"},
	{"green", "vec3(0.0, v, 0.0)", "#00ff00"},
	{"blue", "vec3(0.0, 0.0, v)", "#0000ff"},
	{"cyan", "vec3(0.0, v, v)", "#00ffff"},
	{"magenta", "vec3(v, 0.0, v)", "#ff00ff"},
	{"yellow", "vec3(v, v, 0.0)", "#ffff00"},
	{"hot", "clamp(vec3(3.0 * v, 3.0 * v - 1.0, 3.0 * v - 2.0), 0.0, 1.0)"},
	{"cool", "vec3(v, 1.0 - v, 1.0)"},
	{"jet", "colormapJet(v)"},
	{"cubehelix", "colormapCubehelix(v)"},
}

// valueShader is the shader of an image with one value for each voxel, and its color, nil without one.
func valueShader(a Asset, base bool) (shader string, color any) {
	chosen, name := valueColor(a)
	at := colormapAt(name)
	switch {
	case chosen != "" && base:
		return colored, chosen
	case chosen != "":
		return coloredOver, chosen
	case at <= 0 && base:
		return grayscale, nil
	case at <= 0:
		return overlay, nil
	case base:
		return fmt.Sprintf(mapped, colormaps[at][1]), nil
	}
	return fmt.Sprintf(mappedOver, colormaps[at][1]), nil
}

// valueColor is the color or else the color map of an image with one value for each voxel.
func valueColor(a Asset) (color, colormap string) {
	if len(a.Look.Channels) > 0 && a.Look.Channels[0].Color != "" && a.Look.Colormap == "" {
		return a.Look.Channels[0].Color, ""
	}
	return "", orElse(a.Look.Colormap, usualColormap(a))
}

func colormapAt(name string) int {
	return slices.IndexFunc(colormaps[:], func(m [3]string) bool { return m[0] == name })
}

// colorOfMap is the one color of a color map that goes there from black, as "#rrggbb"; "" of any other.
func colorOfMap(name string) string {
	if at := colormapAt(name); at >= 0 {
		return colormaps[at][2]
	}
	return ""
}

// usualColormap is the color map in which images of a kind are usually shown.
func usualColormap(a Asset) string {
	if isNamed(a, hotNames) {
		return "hot"
	}
	return "gray"
}

// vectorShader turns directions before they are colored.
func vectorShader(turn turn) string { return fmt.Sprintf(directions, turn.glsl()) }

// A turn takes directions as they are stored to anatomical ones.
type turn [3][3]float64

// glsl writes t as a constant, column by column. ngtools rewrites what is between the marks when a layer is given a
// transform there, so the marks are its own.
func (t turn) glsl() string {
	var values []string
	for col := range 3 {
		for row := range 3 {
			v := math.Round(t[row][col]*1e6) / 1e6
			s := fmt.Sprint(v + 0) // not "-0"
			if !strings.ContainsAny(s, ".e") {
				s += ".0"
			}
			values = append(values, s)
		}
	}
	return "// <!-- BEGIN ROTATION -->\nconst mat3 anatomical = mat3(" + strings.Join(values, ", ") + ");\n// <!-- END ROTATION -->\n"
}

// tractTurn is how streamlines turn that are moved: their directions are anatomical to begin with.
func tractTurn(a Asset) turn {
	if a.Moved == nil {
		return turnOf(xfm.Identity())
	}
	return turnOf(*a.Moved)
}

// vectorTurn is how a map of directions turns. Its components are anatomical ones (right, anterior, superior), as MRtrix
// and ngtools have them; only those that FSL's dtifit calls V1, V2 and V3 lie along the axes of the voxels, of which
// the first is turned around when the volume is stored neurologically (fsl.fmrib.ox.ac.uk, "FDT: dtifit").
func vectorTurn(a Asset) turn {
	m := xfm.Identity()
	if isNamed(a, fslVectors) && a.Volume.Format == volume.NIfTI {
		m = xfm.Matrix(a.Volume.Place().Matrix)
		if determinant(m) > 0 {
			for row := range m {
				m[row][0] = -m[row][0]
			}
		}
	}
	t := turnOf(m)
	if a.Moved != nil {
		t = turnOf(*a.Moved).after(t)
	}
	return t
}

// turnOf is the rotation of a matrix, or its rotation and reflection.
func turnOf(m xfm.Matrix) turn {
	r, _ := m.Rotation() // also of a reflection: colors do not tell a direction from its opposite
	if r == ([3][3]float64{}) {
		return turn{{0: 1}, {1: 1}, {2: 1}}
	}
	return r
}

// after is first and then t.
func (t turn) after(first turn) turn {
	var out turn
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				out[i][j] += t[i][k] * first[k][j]
			}
		}
	}
	return out
}

func determinant(m xfm.Matrix) float64 {
	return m[0][0]*(m[1][1]*m[2][2]-m[1][2]*m[2][1]) -
		m[0][1]*(m[1][0]*m[2][2]-m[1][2]*m[2][0]) +
		m[0][2]*(m[1][0]*m[2][1]-m[1][1]*m[2][0])
}
