package volume

import "encoding/binary"

// segmentation decodes "compressed_segmentation" (neuroglancer, src/sliceview/compressed_segmentation/README.md).
// It is made of 32-bit words, least byte first. Each block has a head of two words: where its table of values begins
// (24 bits) and how many bits an entry has (8 bits), and where its entries begin; both are counted from the channel.
type segmentation struct {
	words  []byte
	dtype  dtype // uint32 or uint64
	block  [3]int64
	extent [3]int64
}

func (s segmentation) decode(dst []byte, channels int) ([]byte, error) {
	if name := s.dtype.name; name != "uint32" && name != "uint64" {
		return nil, invalid("voxels are %s, neither uint32 nor uint64", name)
	}
	if len(s.words)%4 != 0 {
		return nil, invalid("%d bytes are no whole number of words", len(s.words))
	}
	part := len(dst) / channels
	for c := range channels {
		at, ok := s.word(uint64(c))
		if !ok {
			return nil, invalid("channel %d is missing", c)
		}
		if err := s.channel(dst[c*part:(c+1)*part], uint64(at)); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

func (s segmentation) word(i uint64) (uint32, bool) {
	if i >= uint64(len(s.words)/4) {
		return 0, false
	}
	return binary.LittleEndian.Uint32(s.words[4*i:]), true
}

// channel decodes a channel whose words begin at base.
func (s segmentation) channel(dst []byte, base uint64) error {
	var grid [3]int64
	for i := range grid {
		grid[i] = (s.extent[i]-1)/s.block[i] + 1
	}
	head := base
	for z := range grid[2] {
		for y := range grid[1] {
			for x := range grid[0] {
				first, ok := s.word(head)
				second, more := s.word(head + 1)
				if !ok || !more {
					return invalid("the head of block %d, %d, %d is missing", x, y, z)
				}
				b := segmentBlock{segmentation: s, table: base + uint64(first&0xffffff), entries: base + uint64(second), bits: uint64(first >> 24)}
				if !b.decode(dst, [3]int64{x * s.block[0], y * s.block[1], z * s.block[2]}) {
					return invalid("block %d, %d, %d points outside the data", x, y, z)
				}
				head += 2
			}
		}
	}
	return nil
}

type segmentBlock struct {
	segmentation
	table, entries uint64 // words
	bits           uint64
}

// decode writes the voxels of the block that begins at origin. It is false when one lies outside the data.
func (b segmentBlock) decode(dst []byte, origin [3]int64) bool {
	if b.bits > 32 || b.bits&(b.bits-1) != 0 {
		return false
	}
	var last [3]int64
	for i := range last {
		last[i] = min(origin[i]+b.block[i], b.extent[i])
	}
	size := b.dtype.size
	for z := origin[2]; z < last[2]; z++ {
		for y := origin[1]; y < last[1]; y++ {
			voxel := uint64(((z-origin[2])*b.block[1] + y - origin[1]) * b.block[0])
			out := dst[((z*b.extent[1]+y)*b.extent[0]+origin[0])*int64(size):]
			for range last[0] - origin[0] {
				if !b.value(out[:size], voxel) {
					return false
				}
				out = out[size:]
				voxel++
			}
		}
	}
	return true
}

// value copies the value of a voxel of the block from the table.
func (b segmentBlock) value(dst []byte, voxel uint64) bool {
	entry := uint64(0)
	if b.bits > 0 {
		w, ok := b.word(b.entries + voxel*b.bits/32)
		if !ok {
			return false
		}
		entry = uint64(w) >> (voxel * b.bits % 32) & (1<<b.bits - 1)
	}
	at := 4*b.table + entry*uint64(len(dst))
	if at+uint64(len(dst)) > uint64(len(b.words)) {
		return false
	}
	copy(dst, b.words[at:])
	return true
}
