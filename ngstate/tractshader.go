package ngstate

import (
	"fmt"
	"strconv"
	"strings"
)

// Directions are colored red left-right, green front-back, blue up-down. Names of controls become macros in all of a
// shader's code, so none is one that Neuroglancer's own code has; and where a skeleton has the attribute "length", that
// is a macro, too.
const (
	orientControl = "#uicontrol bool orient_color checkbox(default=true)\n"

	// along is the direction of a piece of a polyline. Neuroglancer defines the two functions for lines and polylines
	// (its annotation/line.ts and polyline.ts) and appends this code after them.
	along = `  float a[3] = getVertexPosition0();
  float b[3] = getVertexPosition1();
  vec3 along = vec3(b[0] - a[0], b[1] - a[1], b[2] - a[2]);
  vec3 color = orient_color ? abs(anatomical * along) / max(length(along), 1e-9) : defaultColor();
`

	// ofBundle is the same color as [bundleColor].
	ofBundle = `vec3 ofBundle(highp uint id) {
  if (id == 0u || id == 65535u) return vec3(0.6);
  vec3 hue = fract(float(id) * 0.618034 + vec3(0.0, 2.0, 1.0) / 3.0);
  return 0.2 + 0.8 * clamp(abs(hue * 6.0 - 3.0) - 1.0, 0.0, 1.0);
}
`
)

// skeletonShader draws the lines of a skeleton.
func (v *tractView) skeletonShader(t turn, colormap string) string {
	var b strings.Builder
	paint := "  emitDefault();\n"
	switch {
	case v.color == byOrientation:
		b.WriteString(orientControl)
		paint = "  if (orient_color) emitRGB(abs(anatomical * prop_orientation()));\n  else emitDefault();\n"
	case v.isColumn():
		low, high := v.within()
		b.WriteString(slider("low", low, high, low) + slider("high", low, high, high))
		paint = fmt.Sprintf("  float v = clamp((prop_%s() - low) / max(high - low, 1e-30), 0.0, 1.0);\n  emitRGB(%s);\n", v.color, tractColors(colormap))
	}
	if v.look.MinLength > 0 {
		b.WriteString(v.lengthControl())
		paint = "  if (prop_length() < minlen) discard;\n" + paint
	}
	if v.color == byOrientation {
		b.WriteString(t.glsl())
	}
	b.WriteString("void main() {\n" + paint + "}\n")
	return b.String()
}

// annotationShader draws the polylines of annotations. It runs for each vertex, where discard leaves out the piece.
func (v *tractView) annotationShader(t turn, colormap string, opacity float64) string {
	var b strings.Builder
	paint := "  vec3 color = defaultColor();\n"
	helper := ""
	switch {
	case v.color == byOrientation:
		b.WriteString(orientControl)
		paint, helper = along, t.glsl()
	case v.color == byBundle:
		paint, helper = "  vec3 color = ofBundle(prop_bundle());\n", ofBundle
	case v.isColumn():
		low, high := v.within()
		fmt.Fprintf(&b, "#uicontrol invlerp normalized(property=%q, range=[%s, %s])\n", v.color, glslNumber(low), glslNumber(high))
		paint = fmt.Sprintf("  float v = normalized();\n  vec3 color = %s;\n", tractColors(colormap))
	}
	b.WriteString(v.lengthControl())
	b.WriteString(slider("line_width", thinnest, thickest, v.width()))
	b.WriteString(slider("line_opacity", 0, 1, opacity))
	b.WriteString(helper + "void main() {\n  if (prop_length() < minlen) discard;\n" + paint + `  setColor(vec4(color, line_opacity));
  setLineWidth(line_width);
  setEndpointMarkerSize(0.0);
  setEndpointMarkerBorderWidth(0.0);
}
`)
	return b.String()
}

// isColumn reports whether the color is that of a number which each vertex or streamline has.
func (v *tractView) isColumn() bool {
	return v.color != byOrientation && v.color != byBundle && !IsColor(v.color)
}

// width is that of the lines in pixels.
func (v *tractView) width() float64 {
	if v.look.Width == 0 {
		return 1
	}
	return v.look.Width
}

// lengthControl leaves out short streamlines. It ends at 200 mm, or further where somebody wants only longer ones.
func (v *tractView) lengthControl() string {
	most := 200.0
	for most < 2*v.look.MinLength {
		most *= 2
	}
	return slider("minlen", 0, most, v.look.MinLength)
}

// tractColors is a GLSL expression in v.
func tractColors(colormap string) string {
	return colormaps[colormapAt(orElse(colormap, "jet"))][1]
}

func slider(name string, low, high, at float64) string {
	return fmt.Sprintf("#uicontrol float %s slider(min=%s, max=%s, default=%s)\n", name, glslNumber(low), glslNumber(high), glslNumber(at))
}

// glslNumber writes a number so that GLSL takes it for one with a fraction, and JSON for a number.
func glslNumber(v float64) string {
	bits := 64
	if float64(float32(v)) == v { // as the ranges of a file are: 0.2, not 0.20000000298023224
		bits = 32
	}
	s := strconv.FormatFloat(v, 'g', -1, bits)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}
