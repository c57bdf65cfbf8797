// Package tracttest makes large tractograms for tests, byte by byte as they are asked for.
package tracttest

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"sync"
)

// Bundles is how many bundles a synthetic tractogram has; the property "bundle" of a streamline is 1 to Bundles.
const Bundles = 72

// counts are the points of streamlines that follow each other, again and again: 146 in the mean.
var counts = [8]int{146, 131, 161, 120, 172, 146, 140, 152} //nolint:gochecknoglobals // a constant, as far as Go has constant arrays

const (
	header   = 1000
	property = 4
)

// Synthetic is a .trk file of smooth bundles as reference/tracts.md describes them: LAS, voxels of 1.25 mm, about
// 128 mm long, 1,761 bytes a streamline in the mean. It is a tract.Source, and holds some megabytes in memory at most.
type Synthetic struct{ Streamlines int64 }

// period is the length of the streamlines of one round of counts.
func period() int64 {
	var n int64
	for _, c := range counts {
		n += recordSize(c)
	}
	return n
}

func recordSize(points int) int64 { return int64(4 + 12*points + property) }

// Size is the length of the file in bytes.
func (s Synthetic) Size() int64 { return header + s.offset(s.Streamlines) }

// offset is where streamline i begins, after the header.
func (Synthetic) offset(i int64) int64 {
	n := int64(len(counts))
	at := i / n * period()
	for k := range i % n {
		at += recordSize(counts[k])
	}
	return at
}

// Points is how many points the file holds.
func (s Synthetic) Points() int64 {
	return (s.Size() - header - s.Streamlines*(4+property)) / 12
}

// Bundle is the bundle of streamline i.
func (Synthetic) Bundle(i int64) int { return int(i%variants*2654435761%Bundles) + 1 }

// Line is streamline i: x, y, z in RAS mm.
func (s Synthetic) Line(i int64) [][3]float64 {
	stored := s.stored(i)
	out := make([][3]float64, len(stored)/3)
	for k := range out {
		p := stored[3*k:]
		out[k] = [3]float64{90 - float64(p[0]) + 0.625, float64(p[1]) - 126 - 0.625, float64(p[2]) - 72 - 0.625}
	}
	return out
}

// variants is how many streamlines have a shape of their own; all others are copies of them, each moved a little.
const variants = 2048

// random is a number from -1 to 1 that depends on i and k alone.
func random(i, k int64) float64 {
	z := uint64(i*7+k+1) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return float64(z>>11)/float64(1<<52) - 1
}

// stored are the points of streamline i as the file has them: millimeters from the corner of a volume of 145 x 174 x 145 voxels.
func (s Synthetic) stored(i int64) []float32 {
	out := s.shape(i % variants)
	by := move(i)
	for k := range out {
		out[k] += by[k%3]
	}
	return out
}

// move is by how many millimeters a copy lies beside its shape.
func move(i int64) (by [3]float32) {
	for k := range by {
		by[k] = float32(3 * random(i/variants, int64(k)+100))
	}
	return by
}

// shape is an arc in a plane of its bundle's own, its middle near the middle of the volume.
func (s Synthetic) shape(i int64) []float32 {
	b := float64(s.Bundle(i))
	n := counts[i%int64(len(counts))]
	turn, tilt := b*2.39996, math.Asin(2*(b-0.5)/Bundles-1)
	out := make([]float32, 0, 3*n)
	ax := [3]float64{math.Cos(turn) * math.Cos(tilt), math.Sin(turn) * math.Cos(tilt), math.Sin(tilt)}
	bx := [3]float64{-math.Sin(turn), math.Cos(turn), 0}
	radius, bend := 46+3*random(i, 4), 0.25*random(i, 5)
	for k := range n {
		t := float64(k) * 0.88 / radius
		c, d := radius*math.Cos(turn/3+t), radius*math.Sin(turn/3+t)
		wave := 3 * math.Sin(3*t+bend)
		for axis := range 3 {
			v := [3]float64{90, 108, 90}[axis] + 0.55*c*ax[axis] + d*bx[axis] + 4*random(i, int64(axis)) + wave*ax[(axis+1)%3]
			out = append(out, float32(v))
		}
	}
	return out
}

func (s Synthetic) head() []byte {
	h := make([]byte, header)
	le := binary.LittleEndian
	f := func(at int, v float32) { le.PutUint32(h[at:], math.Float32bits(v)) }
	copy(h, "TRACK")
	for k, d := range []uint16{145, 174, 145} {
		le.PutUint16(h[6+2*k:], d)
		f(12+4*k, 1.25)
	}
	le.PutUint16(h[238:], 1)
	copy(h[240:], "bundle")
	for k, v := range []float32{-1.25, 0, 0, 90, 0, 1.25, 0, -126, 0, 0, 1.25, -72, 0, 0, 0, 1} {
		f(440+4*k, v)
	}
	copy(h[948:], "LAS")
	le.PutUint32(h[988:], uint32(s.Streamlines))
	le.PutUint32(h[992:], 2)
	le.PutUint32(h[996:], header)
	return h
}

// Open begins to read n bytes at off.
func (s Synthetic) Open(off, n int64) (io.ReadCloser, error) {
	if off < 0 || n < 0 || off+n > s.Size() {
		return nil, errors.New("outside the file")
	}
	return io.NopCloser(&reading{s: s, at: off, end: off + n}), nil
}

// shapes are the points of the first streamlines, by their numbers.
var shapes sync.Map //nolint:gochecknoglobals // of constants

// A reading makes the bytes of a part.
type reading struct {
	s       Synthetic
	at, end int64
	rest    []byte // made and not yet read
	buf     []byte
}

func (r *reading) Read(p []byte) (int, error) {
	if r.at >= r.end {
		return 0, io.EOF
	}
	if len(r.rest) == 0 {
		r.fill()
	}
	n := copy(p[:min(int64(len(p)), r.end-r.at)], r.rest)
	r.rest = r.rest[n:]
	r.at += int64(n)
	return n, nil
}

func (r *reading) fill() {
	if r.at < header {
		r.rest = r.s.head()[r.at:]
		return
	}
	in := r.at - header
	round := in / period()
	left := in % period()
	i := round * int64(len(counts))
	for k := 0; left >= recordSize(counts[k]); k++ {
		left -= recordSize(counts[k])
		i++
	}
	r.buf = r.s.record(r.buf[:0], i)
	r.rest = r.buf[left:]
}

// record appends streamline i as it is in the file.
func (s Synthetic) record(b []byte, i int64) []byte {
	known, ok := shapes.Load(i % variants)
	if !ok {
		known = s.shape(i % variants)
		shapes.Store(i%variants, known)
	}
	shape, by := known.([]float32), move(i)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(shape)/3))
	for ; len(shape) >= 3; shape = shape[3:] {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(shape[0]+by[0]))
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(shape[1]+by[1]))
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(shape[2]+by[2]))
	}
	return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(s.Bundle(i))))
}
