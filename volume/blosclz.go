package volume

import "encoding/binary"

// unblosclz decodes src in the format of BloscLZ, a descendant of FastLZ, and returns the
// number of bytes written to dst.
//
// A control byte below 32 announces that many literals and one. Any other holds a length in
// its upper three bits and the high bits of a distance in the lower five; long lengths and
// far distances continue in further bytes. The control byte that starts the stream is a literal run.
func unblosclz(dst, src []byte) (int, error) {
	if len(src) == 0 {
		return 0, nil
	}
	in, out := 1, 0
	control := int(src[0] & 31)
	for {
		var err error
		if control < 32 {
			n := control + 1
			if in+n > len(src) || out+n > len(dst) {
				return 0, invalid("literals pass the end of the data")
			}
			out += copy(dst[out:], src[in:in+n])
			in += n
		} else if in, out, err = blosclzMatch(dst, src, in, out, control); err != nil {
			return 0, err
		}
		if in >= len(src) {
			return out, nil
		}
		control = int(src[in])
		in++
	}
}

// blosclzMatch copies what was written before, as the control byte says.
func blosclzMatch(dst, src []byte, in, out, control int) (newIn, newOut int, err error) {
	const longLength, farDistance = 7, 8191
	length, distance := control>>5, control&31<<8
	if length == longLength {
		for more := true; more; in++ {
			if in >= len(src) {
				return 0, 0, invalid("a length is cut off")
			}
			length += int(src[in])
			more = src[in] == 255
		}
	}
	if in >= len(src) {
		return 0, 0, invalid("a distance is cut off")
	}
	low := int(src[in])
	in++
	distance += low
	if low == 255 && control&31 == 31 {
		if in+2 > len(src) {
			return 0, 0, invalid("a far distance is cut off")
		}
		distance = int(binary.BigEndian.Uint16(src[in:])) + farDistance
		in += 2
	}
	length += 2
	distance++
	if distance > out || length > len(dst)-out {
		return 0, 0, invalid("a match lies outside the data")
	}
	for range length { // byte by byte, since the match may reach into itself
		dst[out] = dst[out-distance]
		out++
	}
	return in, out, nil
}
