package annotation

import (
	"encoding/binary"
	"math"
	"slices"

	"ngportal/tract"
)

// A record is an annotation as chunks have it: the number of its points as uint32, the points as float32, the properties;
// all little-endian. Its id is elsewhere.

// A pen makes the records of streamlines. It is not safe for concurrent use.
type pen struct {
	layout *Layout
	simple simplifier
	line   []float32 // what is left of the streamline
	props  []byte
}

func newPen(l *Layout) *pen {
	return &pen{layout: l, simple: simplifier{tolerance: l.tolerance, longest: l.finest}, props: make([]byte, l.width())}
}

// A view is one streamline of a batch.
type view struct {
	position                    int64
	number                      uint32 // in the file, or NotCounted
	bundle                      uint16
	points, scalars, properties []float32
}

// views calls each for the streamlines of b that can be drawn, those of two points and more. Its i counts all of them.
func views(b *tract.Batch, scalars, properties int, each func(i int, v view)) {
	point := 0
	for i, c := range b.Counts {
		n := int(c)
		if n >= 2 {
			v := view{position: b.Positions[i], number: NotCounted, points: b.Points[3*point:][:3*n], scalars: b.Scalars[scalars*point:][:scalars*n]}
			if properties > 0 {
				v.properties = b.Properties[properties*i:][:properties]
			}
			if i < len(b.Bundles) {
				v.bundle = b.Bundles[i]
			}
			each(i, v)
		}
		point += n
	}
}

// take simplifies a streamline of such a length and makes its properties.
func (p *pen) take(v view, length float64) {
	p.line = p.simple.simplify(p.line[:0], v.points)
	p.describe(v, length)
}

// describe makes the properties.
func (p *pen) describe(v view, length float64) {
	le := binary.LittleEndian
	le.PutUint32(p.props, math.Float32bits(float32(min(length, math.MaxFloat32))))
	le.PutUint32(p.props[4:], v.number)
	at := 8
	for _, c := range p.layout.columns {
		value := float32(0)
		switch {
		case c.Scalar:
			value = meanOf(v.scalars, c.At, p.layout.scalars)
		case finite(v.properties[c.At]):
			value = v.properties[c.At]
		}
		le.PutUint32(p.props[at:], math.Float32bits(value))
		at += 4
	}
	le.PutUint16(p.props[at:], v.bundle)
}

// meanOf is the mean of the finite numbers in a column of rows; 0 if there is none.
func meanOf(rows []float32, at, width int) float32 {
	sum, n := 0.0, 0
	for ; at < len(rows); at += width {
		if finite(rows[at]) {
			sum += float64(rows[at])
			n++
		}
	}
	return float32(sum / float64(max(n, 1)))
}

func finite(x float32) bool { return x-x == 0 }

// numberAt is where the properties have the streamline's number, seen from their beginning; bundleBack where they have
// the bundle, seen from their end.
const (
	numberAt   = 4
	bundleBack = 4
)

// appendRecord appends the record of a polyline with such properties.
func appendRecord(b []byte, points []float32, props []byte) []byte {
	b = le32(b, uint32(len(points)/3))
	at := len(b)
	b = slices.Grow(b, 4*len(points)+len(props))[:at+4*len(points)]
	for out := b[at:]; len(points) > 0 && len(out) >= 4; points, out = points[1:], out[4:] {
		binary.LittleEndian.PutUint32(out, math.Float32bits(points[0]))
	}
	return append(b, props...)
}

// sentinel appends the annotation that ends every chunk. It has one point and so no segment: it draws nothing.
//
// Where the viewer (2.41.2) draws a share of a chunk, it looks for the place to stop among the first segments of the
// polylines; a share that ends within the last one finds none, and then nothing is drawn. The sentinel is that place.
func (l *Layout) sentinel(b []byte) []byte {
	var middle [3]float32
	for k := range middle {
		middle[k] = float32(l.low[k] + l.size[k]/2)
	}
	return appendRecord(b, middle[:], make([]byte, l.width()))
}

// pieces calls each for the parts of a polyline that lie in the cells of a level: each part up to and with the first point
// in another cell, which is also the first of the next part, so that each segment is in one of them.
func (v *level) pieces(line []float32, each func(cell uint32, part []float32)) {
	if v.cells == 1 {
		each(v.first, line)
		return
	}
	start, in := 0, v.cell(line)
	for i := 3; i < len(line); i += 3 {
		next := v.cell(line[i:])
		if next != in || i == len(line)-3 {
			each(v.first+in, line[start:i+3])
			start, in = i, next
		}
	}
}

// cell is the number within the level of the cell that has a point, or of the nearest one.
func (v *level) cell(p []float32) uint32 {
	n := uint32(0)
	for k := 2; k >= 0; k-- {
		at := min(max((p[k]-v.low[k])*v.per[k], 0), v.most[k])
		n = n*uint32(v.Grid[k]) + uint32(at)
	}
	return n
}

// place is the opposite of cell.
func (v *level) place(n uint32) [3]int {
	x, y := uint32(v.Grid[0]), uint32(v.Grid[1])
	return [3]int{int(n % x), int(n / x % y), int(n / x / y)}
}

// mix hashes a position: the output function of SplitMix64 (Steele, Lea and Flood, 2014, https://doi.org/10.1145/2714064.2660195),
// a bijection.
func mix(i int64) uint64 {
	z := (uint64(i) + 1) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
