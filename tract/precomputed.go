package tract

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
)

// Segment is the id of the one object that holds all streamlines of a [Skeleton].
const Segment = "1"

// SkeletonInfo returns the info file of a skeleton source, as Neuroglancer's format description
// has it (src/datasource/precomputed/skeletons.md). Positions are in millimeters; the transform
// takes them to nanometers, the unit of the viewer's model space. Attributes are float32 because
// the viewer draws no other type.
func SkeletonInfo() []byte {
	type attribute struct {
		ID         string `json:"id"`
		DataType   string `json:"data_type"`
		Components int    `json:"num_components"`
	}
	const nm = 1e6 // in a mm
	return encode(struct {
		Type       string      `json:"@type"`
		Transform  [12]float64 `json:"transform"`
		Attributes []attribute `json:"vertex_attributes"`
		Properties string      `json:"segment_properties"`
	}{
		Type:       "neuroglancer_skeletons",
		Transform:  [12]float64{nm, 0, 0, 0, 0, nm, 0, 0, 0, 0, nm, 0},
		Attributes: []attribute{{ID: "orientation", DataType: "float32", Components: 3}},
		Properties: "prop",
	})
}

// SegmentProperties returns the info file of the folder prop beside a skeleton's: the label and
// the number of streamlines of [Segment].
func SegmentProperties(label string, streamlines int64) []byte {
	type property struct {
		ID       string `json:"id"`
		Type     string `json:"type"`
		DataType string `json:"data_type,omitempty"`
		Values   []any  `json:"values"`
	}
	type inline struct {
		IDs        []string   `json:"ids"`
		Properties []property `json:"properties"`
	}
	return encode(struct {
		Type   string `json:"@type"`
		Inline inline `json:"inline"`
	}{
		Type: "neuroglancer_segment_properties",
		Inline: inline{IDs: []string{Segment}, Properties: []property{
			{ID: "label", Type: "label", Values: []any{label}},
			{ID: "streamlines", Type: "number", DataType: "uint32", Values: []any{streamlines}},
		}},
	})
}

// encode writes JSON of values that cannot fail to encode.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("tract: " + err.Error()) // a type above is wrong
	}
	return b
}

// edges is the number of pairs of vertices that a line connects.
func (k *Skeleton) edges() int64 { return k.Vertices - k.Streamlines }

// Size returns how many bytes WriteTo writes: 32 for a vertex, less 8 for each streamline, and 8.
func (k *Skeleton) Size() int64 { return 8 + 12*k.Vertices + 8*k.edges() + 12*k.Vertices }

// WriteTo writes the skeleton in the precomputed format, unsharded: the numbers of vertices and
// edges as uint32, positions in mm as float32, pairs of vertices as uint32, and for each vertex
// its orientation as float32, all little-endian. It makes the bytes as it goes.
//
// The orientation is a unit vector along the streamline in RAS: the mean of the edges at the
// vertex, weighted by their lengths, as ngtools has it; zero where they cancel.
func (k *Skeleton) WriteTo(w io.Writer) (int64, error) {
	e := encoder{w: w}
	e.uint32s(uint32(k.Vertices), uint32(k.edges()))
	for i := 0; i < len(k.lines) && e.err == nil; i++ {
		e.float32s(k.lines[i].points)
	}
	first := uint32(0)
	for i := 0; i < len(k.lines) && e.err == nil; i++ {
		next := first + uint32(k.lines[i].vertices())
		for v := first; v < next-1; v++ {
			e.uint32s(v, v+1)
		}
		first = next
	}
	var unit []float32
	for i := 0; i < len(k.lines) && e.err == nil; i++ {
		unit = orient(unit[:0], k.lines[i].points)
		e.float32s(unit)
	}
	e.flush()
	return e.written, e.err
}

// orient appends the orientation at each of the points, of which there are two at least.
//
// The sum of the two edges at a point is the way from its predecessor to its successor, and the
// ends have one edge only.
func orient(out, points []float32) []float32 {
	last := len(points) - 3
	for i := 0; i <= last; i += 3 {
		p, q := points[max(i-3, 0):][:3], points[min(i+3, last):][:3]
		x, y, z := float64(q[0])-float64(p[0]), float64(q[1])-float64(p[1]), float64(q[2])-float64(p[2])
		scale := 0.0
		if length := math.Sqrt(x*x + y*y + z*z); length > 0 {
			scale = 1 / length
		}
		out = append(out, float32(x*scale), float32(y*scale), float32(z*scale))
	}
	return out
}

// An encoder writes numbers through a buffer. After an error it does nothing.
type encoder struct {
	w       io.Writer
	buf     [1 << 16]byte
	used    int
	written int64
	err     error
}

func (e *encoder) uint32s(a, b uint32) {
	if e.used+8 > len(e.buf) {
		e.flush()
	}
	binary.LittleEndian.PutUint32(e.buf[e.used:], a)
	binary.LittleEndian.PutUint32(e.buf[e.used+4:], b)
	e.used += 8
}

func (e *encoder) float32s(values []float32) {
	for len(values) > 0 {
		if e.used+4 > len(e.buf) {
			e.flush()
		}
		out := e.buf[e.used:]
		n := min(len(values), len(out)/4)
		for i, v := range values[:n] {
			binary.LittleEndian.PutUint32(out[4*i:], math.Float32bits(v))
		}
		e.used += 4 * n
		values = values[n:]
	}
}

func (e *encoder) flush() {
	if e.err == nil && e.used > 0 {
		var n int
		n, e.err = e.w.Write(e.buf[:e.used])
		e.written += int64(n)
	}
	e.used = 0
}
