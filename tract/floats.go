package tract

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"unsafe"
)

// littleHost is whether this machine stores numbers as little-endian files do.
var littleHost = binary.NativeEndian.Uint16([]byte{1, 0}) == 1 //nolint:gochecknoglobals // a constant of the machine

// numbers32 returns the float32 numbers in b, whose length is a multiple of 4: b itself if it has this machine's byte order,
// and else a copy in *scratch.
func numbers32(b []byte, big bool, scratch *[]float32) []float32 {
	if len(b) == 0 {
		return nil
	}
	first := unsafe.Pointer(unsafe.SliceData(b)) //nolint:gosec // the bytes are only looked at, as numbers that any bytes are
	if big != littleHost && uintptr(first)%unsafe.Alignof(float32(0)) == 0 {
		return unsafe.Slice((*float32)(first), len(b)/4) //nolint:gosec // all of them are in b
	}
	out := slices.Grow((*scratch)[:0], len(b)/4)[:len(b)/4]
	for i := range out {
		v := binary.LittleEndian.Uint32(b[4*i:])
		if big {
			v = bits.ReverseBytes32(v)
		}
		out[i] = math.Float32frombits(v)
	}
	*scratch = out
	return out
}

// allFinite reports whether none of the numbers is infinite or no number.
func allFinite(p []float32) bool {
	n, ok := finiteFast(p)
	return ok && finiteEach(p[n:])
}

// finiteEach is allFinite. It looks whether no exponent has all its bits set, so that one more would flow over into the
// sign; for two numbers at once.
func finiteEach(p []float32) bool {
	const exponent, one, signs = 0x7f800000_7f800000, 0x00800000_00800000, 0x80000000_80000000
	var over uint64
	first := unsafe.Pointer(unsafe.SliceData(p)) //nolint:gosec // only looked at
	if len(p) > 0 && uintptr(first)%unsafe.Alignof(over) != 0 {
		over = uint64(math.Float32bits(p[0]))&exponent + one
		p = p[1:]
	}
	if len(p)%2 == 1 {
		over |= uint64(math.Float32bits(p[len(p)-1]))&exponent + one
		p = p[:len(p)-1]
	}
	if len(p) == 0 { // there may be less behind the pointer than a pair
		return over&signs == 0
	}
	pairs := unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(p))), len(p)/2) //nolint:gosec // all of them are in p
	for _, v := range pairs {
		over |= v&exponent + one
	}
	return over&signs == 0
}
