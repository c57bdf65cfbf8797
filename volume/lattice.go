package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
)

const (
	// maxReaders is how many chunks are read at once: storage answers slowly, and many at a time.
	maxReaders = 8
	// readersBytes bounds the decoded chunks that readers hold at once.
	readersBytes = 32 << 20
)

// chunkData is a decoded chunk.
type chunkData struct {
	voxels []byte
	extent []int64 // voxels along each axis of the array: fewer than the level's Chunk at the edges of some formats
}

// chunkReader finds and decodes the chunks of one level. Several goroutines may use it, each with its own unpacker.
type chunkReader interface {
	// read decodes the chunk at a position of the grid, counted in chunks along the axes of the array. The result is
	// valid until u is used again. The error wraps fs.ErrNotExist for a chunk that is not stored, and ErrInvalid for
	// one that is damaged; errors of the Ranger come back wrapped.
	read(u *unpacker, position []int64) (chunkData, error)
}

// lattice is the chunks of one level and what all formats have in common about them.
type lattice struct {
	chunkReader
	level     Level
	dtype     dtype
	bigEndian bool
	fill      float64 // of voxels that are not stored
	layout    []int   // axes of the array, slowest first, as decoded voxels lie
	bytes     int     // of a whole decoded chunk
}

func newLattice(l Level, get Ranger) (*lattice, error) {
	out := &lattice{level: l}
	switch {
	case l.array != nil:
		if err := l.array.errUndecoded(); err != nil {
			return nil, err
		}
		out.dtype, out.bigEndian, out.fill = l.array.dtype, l.array.codec.last().bigEndian, l.array.fill
		out.layout = l.array.codec.layout()
	case l.precomputed != nil:
		out.dtype, out.layout = l.precomputed.dtype, identityOrder(len(l.Shape))
		slices.Reverse(out.layout)
	default:
		return nil, invalid("the chunks of this format are not decoded")
	}
	if out.dtype.size == 0 {
		return nil, invalid("the data type %s holds no plain numbers", out.dtype.name)
	}
	size, ok := product(maxChunkBytes, append(slices.Clone(l.Chunk), int64(out.dtype.size))...)
	if !ok {
		return nil, invalid("a chunk of %v voxels has more than the %d MiB that are decoded", l.Chunk, maxChunkBytes>>20)
	}
	out.bytes = int(size)
	switch {
	case l.precomputed != nil:
		out.chunkReader = newPrecomputedChunks(l, get)
	case l.array.n5:
		out.chunkReader = &n5Blocks{get: get, level: l}
	default:
		out.chunkReader = newZarrChunks(l, get, out.bytes)
	}
	return out, nil
}

// grid is how many chunks the level has along each axis.
func (l *lattice) grid() []int64 {
	out := make([]int64, len(l.level.Shape))
	for i, n := range l.level.Shape {
		out[i] = (n-1)/l.level.Chunk[i] + 1
	}
	return out
}

// each decodes the chunks at positions, several at once, and hands them to use one after another in that order. A
// chunk that is not stored has no voxels. The error is that of the first chunk that has one. A panic of a reader or of
// use becomes one of each, so that whoever has called can recover.
func (l *lattice) each(positions [][]int64, use func(position []int64, c chunkData)) error {
	readers := min(maxReaders, max(1, readersBytes/l.bytes), len(positions))
	turn := make([]chan struct{}, len(positions)+1) // closed when the chunk is to be used
	for i := range turn {
		turn[i] = make(chan struct{})
	}
	close(turn[0])
	var failed error // written in turn
	var stop atomic.Bool
	one := func(u *unpacker, i int) {
		var c chunkData
		err := orPanic(func() (err error) {
			if !stop.Load() {
				c, err = l.read(u, positions[i])
			}
			return err
		})
		<-turn[i]
		defer close(turn[i+1])
		if stop.Load() {
			return
		}
		if errors.Is(err, fs.ErrNotExist) {
			c, err = chunkData{extent: l.level.Chunk}, nil
		}
		if err == nil {
			err = orPanic(func() error { use(positions[i], c); return nil })
		}
		if err != nil {
			failed = err
			stop.Store(true)
		}
	}
	var wg sync.WaitGroup
	for first := range readers {
		wg.Go(func() {
			u := newUnpacker()
			defer u.close()
			for i := first; i < len(positions); i += readers {
				one(u, i)
			}
		})
	}
	wg.Wait()
	if p, ok := errors.AsType[*panicked](failed); ok {
		panic(p)
	}
	return failed
}

// panicked is a panic of another goroutine, with where it was.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("%v\n%s", p.value, p.stack) }

// orPanic returns the error of f, or its panic.
func orPanic(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{p, debug.Stack()}
		}
	}()
	return f()
}

// inside is how many voxels of a chunk lie in the array, along each of its axes.
func (l *lattice) inside(position []int64, c chunkData) []int64 {
	out := make([]int64, len(position))
	for i, p := range position {
		out[i] = min(c.extent[i], l.level.Shape[i]-p*l.level.Chunk[i])
	}
	return out
}

// strides is how many voxels lie between neighbors along each axis of the array, in a chunk.
func (l *lattice) strides(c chunkData) []int64 {
	out := make([]int64, len(l.layout))
	step := int64(1)
	for _, axis := range slices.Backward(l.layout) {
		out[axis] = step
		step *= c.extent[axis]
	}
	return out
}

// wholeObject reads a whole object that holds size bytes when unpacked, or a few more.
func wholeObject(get Ranger, name string, size int) ([]byte, error) {
	most := packedLimit(size)
	raw, err := get(name, 0, int64(most)+1)
	if err == nil && len(raw) > most {
		err = invalid("the object is larger than the %d bytes that a chunk of %d may have", most, size)
	}
	return raw, err
}

// below is the name of an object in the directory of a level.
func below(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

func inChunk(name string, err error) error { return fmt.Errorf("chunk %s: %w", name, err) }

// advance counts at up like an odometer whose digits end at limit.
func advance(at, limit []int64) bool {
	for i := len(at) - 1; i >= 0; i-- {
		if at[i]++; at[i] < limit[i] {
			return true
		}
		at[i] = 0
	}
	return false
}
