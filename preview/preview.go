// Package preview draws small pictures of volumes from voxels in memory: sections in the planes of the body, one volume
// over another, and thumbnails.
package preview

import (
	"image"

	"ngportal/volume"
	"ngportal/xfm"
)

// A Plane is a direction one looks in.
type Plane string

// The planes. In data without anatomy they are those of the axes x and z, x and y, y and z.
const (
	Coronal  Plane = "coronal"  // x to the side, z up
	Axial    Plane = "axial"    // x to the side, y up
	Sagittal Plane = "sagittal" // y to the side, z up
)

// A Channel is how one channel is drawn.
type Channel struct {
	Index     int     // along the channel axis; 0 without one
	Low, High float64 // drawn as black and as full color
	Color     [3]uint8
}

// A Layer is one volume in a picture.
type Layer struct {
	Image     *volume.Image
	Block     *volume.Block
	Transform xfm.Matrix // where the volume is moved, millimeters → millimeters
	Channels  []Channel  // drawn one over the other, adding up; empty for labels
	Labels    bool       // voxels are labels: each has a color of its own, 0 has none
	Colors    map[uint64][3]uint8
	Opacity   float64 // 0 to 1
	Additive  bool    // adds to what is below instead of covering it
}

// A View is what part of the world is drawn, and how large.
type View struct {
	Plane         Plane
	Center        [3]float64 // millimeters
	PixelSize     float64    // millimeters of a pixel
	Width, Height int
	Neurological  bool // the subject's left on the left; otherwise radiological, on the right
}

// Bounds is the box in the world that holds all layers: low and high corner, millimeters. ok is false without any.
func Bounds(layers []Layer) (low, high [3]float64, ok bool) { return low, high, false }

// Draw draws a section. Where no layer has a voxel the picture is transparent.
func Draw(layers []Layer, v View) *image.NRGBA {
	return image.NewNRGBA(image.Rect(0, 0, v.Width, v.Height))
}

// Letters are what lies at the edges of a section, such as "R", "L", "S", "I"; names of axes with a sign where the data
// have no anatomy ("+x").
func Letters(p Plane, anatomical, neurological bool) (left, right, top, bottom string) {
	return "", "", "", ""
}
