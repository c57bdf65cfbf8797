package volume

// Decoder returns a function that decodes all chunks of a level, one after another and with one unpacker, as a reader of
// [Overview] does. Given an array, it also puts their voxels where they belong in it, in C order.
func Decoder(l Level, get Ranger) (func(array []byte) error, error) {
	chunks, err := newLattice(l, get)
	if err != nil {
		return nil, err
	}
	u := newUnpacker()
	return func(array []byte) error {
		grid := chunks.grid()
		for at := make([]int64, len(grid)); ; {
			c, err := chunks.read(u, at)
			if err != nil {
				return err
			}
			if array != nil {
				chunks.assemble(array, at, c)
			}
			if !advance(at, grid) {
				return nil
			}
		}
	}, nil
}

// assemble copies rows of a chunk whose last axis is fastest.
func (l *lattice) assemble(array []byte, at []int64, c chunkData) {
	inside, stride := l.inside(at, c), l.strides(c)
	size, fast := int64(l.dtype.size), len(at)-1
	row := inside[fast] * size
	for i := make([]int64, fast); ; {
		from, to := int64(0), int64(0)
		for axis := range at {
			begin := at[axis] * l.level.Chunk[axis]
			if axis < fast {
				from += i[axis] * stride[axis]
				begin += i[axis]
			}
			to = to*l.level.Shape[axis] + begin
		}
		copy(array[to*size:][:row], c.voxels[from*size:])
		if !advance(i, inside[:fast]) {
			return
		}
	}
}

// Hashed is the hash of precomputed shards.
func Hashed(id uint64) uint64 { return murmur(id) }

// Morton is the compressed Morton code of a position of a grid.
func Morton(position, grid [3]int64) (uint64, bool) { return morton(position, grid) }

// Unshuffle is the inverse of Blosc's byte shuffle.
func Unshuffle(dst, src []byte, typesize int) { unshuffle(dst, src, typesize) }

// UnshufflePlain is Unshuffle without instructions of the machine.
func UnshufflePlain(dst, src []byte, typesize int) {
	n := len(src) / typesize
	planes := make([][]byte, typesize)
	for b := range planes {
		planes[b] = src[b*n : (b+1)*n]
	}
	interleaveFrom(0, dst, planes)
	copy(dst[n*typesize:], src[n*typesize:])
}

// UnbitShuffle is the inverse of Blosc's bit shuffle.
func UnbitShuffle(dst, src []byte, typesize int) { newUnpacker().unbitshuffle(dst, src, typesize) }
