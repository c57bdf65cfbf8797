// Package preview draws small pictures of volumes from voxels in memory: sections in the planes of the body, one volume
// over another, and thumbnails.
package preview

import (
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
	Unsigned  bool // what is drawn is the value without its sign, as of a component of a direction
}

// A Layer is one volume in a picture.
type Layer struct {
	Image     *volume.Image
	Block     *volume.Block
	Transform xfm.Matrix          // where the volume is moved, millimeters → millimeters; the zero Matrix leaves it
	Channels  []Channel           // drawn one over the other, adding up; empty for labels
	Labels    bool                // voxels are labels: each has a color of its own, 0 has none
	Colors    map[uint64][3]uint8 // of labels; others have that of [LabelColor]
	Opacity   float64             // 0 to 1
	Additive  bool                // adds to what is below instead of covering it
	Sheer     bool                // covers what is below the less the darker it is, as images above others do in the viewer
}

// MaxSide is the largest width or height of a picture, in pixels.
const MaxSide = 4096

// A View is what part of the world is drawn, and how large.
type View struct {
	Plane         Plane
	Center        [3]float64 // millimeters
	PixelSize     float64    // millimeters of a pixel
	Width, Height int        // pixels; more than [MaxSide] counts as that
	Neurological  bool       // the subject's left on the left; otherwise radiological, on the right
}
