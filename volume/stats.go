package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// ZarrStats decodes voxels of img, which [ReadZarr] has read with the same get, and describes
// each channel (just one, without a channel axis). It takes the finest level with at most 64
// voxels along every axis of space, or else the coarsest, and of that at most 64 chunks and
// 64 MiB, always the same ones.
//
// A chunk that is not there counts with the fill value. For a sharded array get is asked for
// whole shards, and should limit what it reads. The error wraps [ErrInvalid] when chunks are
// damaged, too large or packed in a way this package does not know; errors of get come back wrapped.
func ZarrStats(img *Image, get Getter) ([]Stats, error) {
	if len(img.Levels) == 0 || img.Levels[0].array == nil {
		return nil, invalid("statistics: this is no zarr image")
	}
	level := img.statsLevel()
	s, err := newSampler(img, level, get)
	if err != nil {
		return nil, fmt.Errorf("statistics of level %q: %w", level.Path, err)
	}
	defer s.unpacker.close()
	if err := s.run(); err != nil {
		return nil, fmt.Errorf("statistics of level %q: %w", level.Path, err)
	}
	return summarize(s.tallies), nil
}

// sampler feeds the voxels of chosen chunks to tallies, one for each channel.
type sampler struct {
	get      Getter
	level    Level
	array    *array
	unpacker *unpacker
	channel  int // axis, or -1
	tallies  []*tally
	bytes    int // of a decoded chunk
	values   []float64
}

func newSampler(img *Image, l Level, get Getter) (*sampler, error) {
	a := l.array
	if err := a.errUndecoded(); err != nil {
		return nil, err
	}
	size, ok := product(maxChunkBytes, append(slices.Clone(l.Chunk), int64(a.dtype.size))...)
	if !ok {
		return nil, invalid("a chunk of %v voxels has more than the %d MiB that are decoded", l.Chunk, maxChunkBytes>>20)
	}
	u, err := newUnpacker()
	if err != nil {
		return nil, err
	}
	channels := 1
	axis := img.ChannelAxis()
	if axis >= 0 {
		channels = int(min(l.Shape[axis], maxStatsChannels))
	}
	const batch = 4096
	return &sampler{
		get: get, level: l, array: a, unpacker: u, channel: axis, tallies: newTallies(channels),
		bytes: int(size), values: make([]float64, batch),
	}, nil
}

// run decodes the planned chunks, those of the same object one after another.
func (s *sampler) run() error {
	type chunk struct {
		object   string
		position []int64
	}
	var chunks []chunk
	for _, p := range plan(s.level, s.channel, int64(s.bytes)) {
		chunks = append(chunks, chunk{s.objectName(p), p})
	}
	slices.SortStableFunc(chunks, func(a, b chunk) int { return strings.Compare(a.object, b.object) })
	var name string
	var in *container
	for _, c := range chunks {
		if c.object != name {
			var err error
			if in, err = s.open(c.object); err != nil {
				return fmt.Errorf("chunk %s: %w", c.object, err)
			}
			name = c.object
		}
		if err := s.addChunk(in, c.position); err != nil {
			return fmt.Errorf("chunk %s: %w", c.object, err)
		}
	}
	return nil
}

// objectName is the name of the object that holds the chunk at a position of the grid.
func (s *sampler) objectName(position []int64) string {
	outer := slices.Clone(position)
	for i := range outer {
		outer[i] /= s.array.chunk[i] / s.level.Chunk[i]
	}
	name := s.array.key.name(outer)
	if s.level.Path == "" {
		return name
	}
	return s.level.Path + "/" + name
}

// open reads an object; the result is nil when there is none.
func (s *sampler) open(name string) (*container, error) {
	raw, err := s.get(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // absent is no error: all voxels have the fill value
	}
	if err != nil {
		return nil, err
	}
	return s.array.open(s.unpacker, raw, s.bytes)
}

func (s *sampler) addChunk(in *container, position []int64) error {
	inner := slices.Clone(position)
	for i := range inner {
		inner[i] %= s.array.chunk[i] / s.level.Chunk[i]
	}
	var voxels []byte
	err := fs.ErrNotExist
	if in != nil {
		voxels, err = in.chunk(inner)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if s.array.fill == 0 {
			return nil
		}
		voxels = nil
	case err != nil:
		return err
	}
	s.walk(position, voxels)
	return nil
}

// walk adds the voxels of a chunk that lie inside the array, in runs along the axis that is
// stored fastest. Without voxels it adds the fill value as often.
func (s *sampler) walk(position []int64, voxels []byte) {
	layout := s.array.codec.layout()
	inside := make([]int64, len(layout)) // voxels along each axis, slowest first
	stride := make([]int64, len(layout))
	step := int64(1)
	for i, axis := range slices.Backward(layout) {
		inside[i] = min(s.level.Chunk[axis], s.level.Shape[axis]-position[axis]*s.level.Chunk[axis])
		stride[i] = step
		step *= s.level.Chunk[axis]
	}
	channelAt := slices.Index(layout, s.channel)
	first := int64(0)
	if s.channel >= 0 {
		first = position[s.channel] * s.level.Chunk[s.channel]
	}
	fast := len(layout) - 1
	at := make([]int64, len(layout))
	for {
		offset, channel := int64(0), first
		for i, n := range at[:fast] {
			offset += n * stride[i]
			if i == channelAt {
				channel += n
			}
		}
		s.addRun(voxels, offset, inside[fast], channel, channelAt == fast)
		if !advance(at[:fast], inside[:fast]) {
			return
		}
	}
}

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

// addRun adds n voxels that lie behind each other from offset on. They are all of one channel,
// or each of the next one if interleaved.
func (s *sampler) addRun(voxels []byte, offset, n, channel int64, interleaved bool) {
	d := s.array.dtype
	size := int64(d.size)
	for done := int64(0); done < n; {
		values := s.values[:min(n-done, int64(len(s.values)))]
		if voxels == nil {
			for i := range values {
				values[i] = s.array.fill
			}
		} else {
			d.floats(values, voxels[(offset+done)*size:], s.array.codec.last().bigEndian)
		}
		for i, v := range values {
			c := channel
			if interleaved {
				c += done + int64(i)
			}
			if c < int64(len(s.tallies)) {
				s.tallies[c].add(v)
			}
		}
		done += int64(len(values))
	}
}
