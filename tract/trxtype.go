package tract

import (
	"encoding/binary"
	"math"
)

// A numberKind is how a number is written.
type numberKind int

const (
	signed numberKind = iota
	unsigned
	floating
)

// A numberType is the type of the numbers of an array, little-endian.
type numberType struct {
	kind  numberKind
	width int // bytes
}

// numberTypes are the types of arrays by the extensions of their files
// (https://github.com/tee-ar-ex/trx-spec/blob/master/specifications.md). A bool takes a byte.
//
//nolint:gochecknoglobals // a constant, as far as Go has constant tables
var numberTypes = map[string]numberType{
	"int8": {signed, 1}, "int16": {signed, 2}, "int32": {signed, 4}, "int64": {signed, 8},
	"uint8": {unsigned, 1}, "uint16": {unsigned, 2}, "uint32": {unsigned, 4}, "uint64": {unsigned, 8},
	"float16": {floating, 2}, "float32": {floating, 4}, "float64": {floating, 8},
	"bool": {unsigned, 1}, "bit": {unsigned, 1}, "ushort": {unsigned, 2},
}

// floats appends the numbers in b, which holds whole ones, as float32.
func (t numberType) floats(out []float32, b []byte) []float32 {
	le := binary.LittleEndian
	switch t {
	case numberType{floating, 4}:
		for ; len(b) >= 4; b = b[4:] {
			out = append(out, math.Float32frombits(le.Uint32(b)))
		}
	case numberType{floating, 2}:
		for ; len(b) >= 2; b = b[2:] {
			out = append(out, half(le.Uint16(b)))
		}
	case numberType{floating, 8}:
		for ; len(b) >= 8; b = b[8:] {
			out = append(out, float32(math.Float64frombits(le.Uint64(b))))
		}
	default:
		for ; len(b) >= t.width; b = b[t.width:] {
			if v := t.integer(b); t.kind == unsigned {
				out = append(out, float32(uint64(v)))
			} else {
				out = append(out, float32(v))
			}
		}
	}
	return out
}

// integer is the first number in b. One above 2^63-1 comes out negative.
func (t numberType) integer(b []byte) int64 {
	le := binary.LittleEndian
	switch t {
	case numberType{signed, 1}:
		return int64(int8(b[0]))
	case numberType{unsigned, 1}:
		return int64(b[0])
	case numberType{signed, 2}:
		return int64(int16(le.Uint16(b)))
	case numberType{unsigned, 2}:
		return int64(le.Uint16(b))
	case numberType{signed, 4}:
		return int64(int32(le.Uint32(b)))
	case numberType{unsigned, 4}:
		return int64(le.Uint32(b))
	}
	return int64(le.Uint64(b))
}

// half is a number of IEEE 754's binary16: a sign, five bits of exponent, ten of fraction.
func half(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch exponent {
	case 0:
		v := float32(fraction) / (1 << 24) // exact
		return math.Float32frombits(sign | math.Float32bits(v))
	case 31:
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
