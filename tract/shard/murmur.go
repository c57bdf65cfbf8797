package shard

import "math/bits"

// murmur is the lower half of MurmurHash3_x86_128 with the seed 0 of the eight bytes of key, little endian.
func murmur(key uint64) uint64 {
	const c1, c2, c3 = 0x239b961b, 0xab0e9789, 0x38b34ae5
	const length = 8
	h1 := bits.RotateLeft32(uint32(key)*c1, 15) * c2
	h2 := bits.RotateLeft32(uint32(key>>32)*c2, 16) * c3
	// Eight bytes are a tail without a block before it: nothing goes into the last two words but the length.
	h1, h2, h3, h4 := h1^length, h2^length, uint32(length), uint32(length)
	h1, h2, h3, h4 = add(h1, h2, h3, h4)
	h1, h2, _, _ = add(mix(h1), mix(h2), mix(h3), mix(h4))
	return uint64(h1) | uint64(h2)<<32
}

// add adds all words to the first, and that to the others.
func add(h1, h2, h3, h4 uint32) (s1, s2, s3, s4 uint32) {
	h1 += h2 + h3 + h4
	return h1, h2 + h1, h3 + h1, h4 + h1
}

// mix has every bit of h change half of those of the result.
func mix(h uint32) uint32 {
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}
