package ngstate

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

	// colored is for one channel among several.
	colored = `#uicontrol invlerp normalized
#uicontrol vec3 color color
void main() {
  emitRGB(color * normalized());
}
`

	// orientation colors streamlines by direction: red left-right, green front-back, blue up-down.
	// The matrix between the marks turns directions into anatomical ones; ngtools rewrites it when a
	// layer is given a transform, so the marks are its own.
	orientation = `#uicontrol bool orient_color checkbox(default=true)
// <!-- BEGIN ROTATION -->
const mat3 anatomical = mat3(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0);
// <!-- END ROTATION -->
void main() {
  if (orient_color) emitRGB(abs(anatomical * prop_orientation()));
  else emitDefault();
}
`
)

// defaultColors are for channels that name none: red, green, blue, white.
//
//nolint:gochecknoglobals // a constant, as far as Go has constant arrays
var defaultColors = [...]string{"#ff0000", "#00ff00", "#0000ff", "#ffffff"}
