package skeleton

import (
	"encoding/binary"
	"math"
	"unsafe"
)

// orient writes the orientations at the points of a streamline from one of them on, as many as out has room for.
//
// The sum of the two edges at a point is the way from its predecessor to its successor, and the ends have one edge only.
// Single precision is within 3e-7 of the truth.
func orient(out, line []float32, from int) {
	to, last := from+len(out)/3, len(line)/3-1
	if from == 0 && to > 0 {
		end := 3 * min(1, last)
		*(*[3]float32)(out) = unit([3]float32(line), [3]float32(line[end:]))
		out, from = out[3:], 1
	}
	inner := min(to, last)
	if from < inner {
		orientInner(out, line[3*(from-1):3*(inner+1)])
	}
	if to == last+1 && from < to {
		*(*[3]float32)(out[3*(last-from):]) = unit([3]float32(line[3*(last-1):]), [3]float32(line[3*last:]))
	}
}

// Squares of lengths between these are neither inexact nor infinite.
const (
	leastSquare    = 1e-30
	greatestSquare = 1e30
)

// orientInner does so for the points that have two neighbors; line begins with the first one's predecessor.
func orientInner(out, line []float32) {
	points := vectors(line)
	units := vectors(out)[:len(points)-2]
	before, after := points[:len(units)], points[2:][:len(units)]
	for i := 0; i < len(units); i++ {
		i += orientFast(units[i:], points[i:])
		next := min(i+4, len(units)) // where orientFast may be able to go on
		if i += orientUsual(units[i:next], before[i:next], after[i:next]); i == next {
			i--
		} else {
			units[i] = unit(before[i], after[i])
		}
	}
}

// orientUsual writes the directions from before to after, as far as their lengths are usual ones, and returns how many
// that are. It calls nothing, so that all it needs stays in registers.
func orientUsual(units, before, after [][3]float32) int {
	before, after = before[:len(units)], after[:len(units)]
	for i := range units {
		p, q, u := &before[i], &after[i], &units[i]
		x, y, z := q[0]-p[0], q[1]-p[1], q[2]-p[2]
		square := x*x + y*y + z*z
		if !(square > leastSquare && square < greatestSquare) {
			return i
		}
		scale := 1 / float32(math.Sqrt(float64(square)))
		u[0], u[1], u[2] = x*scale, y*scale, z*scale
	}
	return len(units)
}

// vectors are three numbers each.
func vectors(f []float32) [][3]float32 {
	return unsafe.Slice((*[3]float32)(unsafe.Pointer(unsafe.SliceData(f))), len(f)/3) //nolint:gosec // the same memory, no more of it
}

// unit is the direction from p to q; zero if they are the same.
func unit(p, q [3]float32) [3]float32 {
	x, y, z := float64(q[0])-float64(p[0]), float64(q[1])-float64(p[1]), float64(q[2])-float64(p[2])
	scale := 0.0
	if length := math.Sqrt(x*x + y*y + z*z); length > 0 {
		scale = 1 / length
	}
	return [3]float32{float32(x * scale), float32(y * scale), float32(z * scale)}
}

// connect writes pairs of vertices: the first two numbers from vertex on, the next from the one after it, and so on. A
// pair is a number of 64 bits whose lower half comes first in a file.
func connect(pairs []uint64, vertex uint64) {
	const one = 1<<32 | 1
	pair := vertex | (vertex+1)<<32
	for ; len(pairs) >= 8; pairs = pairs[8:] {
		p := (*[8]uint64)(pairs)
		p[0], p[1], p[2], p[3] = pair, pair+one, pair+2*one, pair+3*one
		p[4], p[5], p[6], p[7] = pair+4*one, pair+5*one, pair+6*one, pair+7*one
		pair += 8 * one
	}
	for i := range pairs {
		pairs[i] = pair
		pair += one
	}
}

// little says whether the machine keeps numbers in memory as they are in a file.
func little() bool { return binary.NativeEndian.Uint16([]byte{1, 0}) == 1 }

// bytesOf returns the numbers as they are in a file; on most machines without copying.
func bytesOf(f []float32) []byte {
	if little() {
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(f))), 4*len(f)) //nolint:gosec // the same memory, 4 bytes a number
	}
	return copied(f)
}

func copied(f []float32) []byte {
	b := make([]byte, 0, 4*len(f))
	for _, v := range f {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func bytesOfPairs(p []uint64) []byte {
	if little() {
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(p))), 8*len(p)) //nolint:gosec // the same memory, 8 bytes a pair
	}
	return copiedPairs(p)
}

func copiedPairs(p []uint64) []byte {
	b := make([]byte, 0, 8*len(p))
	for _, v := range p {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return b
}
