package volume

import "encoding/binary"

// unshuffle undoes Blosc's byte shuffle: src holds byte 0 of every element, then byte 1 of
// every element, and so on; bytes that fill no element come last, as they are.
func unshuffle(dst, src []byte, typesize int) {
	n := len(src) / typesize
	planes := make([][]byte, typesize)
	for b := range planes {
		planes[b] = src[b*n : (b+1)*n]
	}
	interleave(dst[:n*typesize], planes)
	copy(dst[n*typesize:], src[n*typesize:])
}

// interleave makes elements of as many bytes as there are planes, each of which holds one byte of every element.
func interleave(dst []byte, planes [][]byte) {
	done := interleaveFast(dst, planes)
	interleaveFrom(done, dst, planes)
}

// interleaveFrom does the elements from first on.
func interleaveFrom(first int, dst []byte, planes [][]byte) {
	n, size := len(planes[0]), len(planes)
	i := first
	for ; i+8 <= n; i += 8 {
		switch size {
		case 2:
			putPairs(dst[2*i:], planes, i)
		case 4:
			putQuads(dst[4*i:], planes, i)
		case 8:
			putOctets(dst[8*i:], planes, i)
		default:
			putBytes(dst[size*i:], planes, i, 8)
		}
	}
	putBytes(dst[size*i:], planes, i, n-i)
}

// putBytes makes n elements of those that begin at i in the planes.
func putBytes(dst []byte, planes [][]byte, i, n int) {
	for b, plane := range planes {
		for k, v := range plane[i : i+n] {
			dst[k*len(planes)+b] = v
		}
	}
}

// putPairs makes eight elements of two bytes.
func putPairs(dst []byte, planes [][]byte, i int) {
	low, high := pairs(binary.LittleEndian.Uint64(planes[0][i:]), binary.LittleEndian.Uint64(planes[1][i:]))
	binary.LittleEndian.PutUint64(dst, low)
	binary.LittleEndian.PutUint64(dst[8:], high)
}

// putQuads makes eight elements of four bytes.
func putQuads(dst []byte, planes [][]byte, i int) {
	for k, v := range quads(planes, i) {
		binary.LittleEndian.PutUint64(dst[8*k:], v)
	}
}

// putOctets makes eight elements of eight bytes.
func putOctets(dst []byte, planes [][]byte, i int) {
	low, high := quads(planes[:4], i), quads(planes[4:], i)
	for k := range low {
		binary.LittleEndian.PutUint64(dst[16*k:], low[k]&0xffffffff|high[k]<<32)
		binary.LittleEndian.PutUint64(dst[16*k+8:], low[k]>>32|high[k]&^0xffffffff)
	}
}

// quads makes eight elements of four bytes, two to a word, of those that begin at i in four planes.
func quads(planes [][]byte, i int) [4]uint64 {
	a, b := pairs(binary.LittleEndian.Uint64(planes[0][i:]), binary.LittleEndian.Uint64(planes[1][i:]))
	c, d := pairs(binary.LittleEndian.Uint64(planes[2][i:]), binary.LittleEndian.Uint64(planes[3][i:]))
	return [4]uint64{
		spread16(a) | spread16(c)<<16, spread16(a>>32) | spread16(c>>32)<<16,
		spread16(b) | spread16(d)<<16, spread16(b>>32) | spread16(d>>32)<<16,
	}
}

// pairs puts the bytes of b behind those of a: a0 b0 a1 b1 …
func pairs(a, b uint64) (low, high uint64) {
	return spread8(a) | spread8(b)<<8, spread8(a>>32) | spread8(b>>32)<<8
}

// spread8 moves the low four bytes of x to the even bytes.
func spread8(x uint64) uint64 {
	x = (x&0xffffffff | x<<16) & 0x0000ffff0000ffff
	return (x | x<<8) & 0x00ff00ff00ff00ff
}

// spread16 moves the low two 16-bit words of x to the even ones.
func spread16(x uint64) uint64 { return (x&0xffffffff | x<<16) & 0x0000ffff0000ffff }

// unbitshuffle undoes Blosc's bit shuffle: src holds bit 0 of every element (eight elements a
// byte, the first in the lowest bit), then bit 1 of every element, and so on. A block whose
// number of elements is no multiple of eight was left alone (format version 2).
func (u *unpacker) unbitshuffle(dst, src []byte, typesize int) {
	n := len(src) / typesize
	if n%8 != 0 {
		copy(dst, src)
		return
	}
	bytewise := room(&u.bits, n*typesize) // undone as far as bytes go
	row := n / 8
	for b := range typesize {
		planes, out := src[b*n:(b+1)*n], bytewise[b*n:(b+1)*n]
		for g := range row {
			x := uint64(planes[g]) | uint64(planes[row+g])<<8 | uint64(planes[2*row+g])<<16 | uint64(planes[3*row+g])<<24 |
				uint64(planes[4*row+g])<<32 | uint64(planes[5*row+g])<<40 | uint64(planes[6*row+g])<<48 | uint64(planes[7*row+g])<<56
			binary.LittleEndian.PutUint64(out[8*g:], transpose8(x))
		}
	}
	unshuffle(dst[:n*typesize], bytewise, typesize)
	copy(dst[n*typesize:], src[n*typesize:])
}

// transpose8 transposes the 8×8 bits of x, rows being bytes (Hacker's Delight, 2nd ed., §7-3).
func transpose8(x uint64) uint64 {
	t := (x ^ x>>7) & 0x00aa00aa00aa00aa
	x ^= t ^ t<<7
	t = (x ^ x>>14) & 0x0000cccc0000cccc
	x ^= t ^ t<<14
	t = (x ^ x>>28) & 0x00000000f0f0f0f0
	return x ^ t ^ t<<28
}
