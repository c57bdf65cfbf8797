package volume

import (
	"fmt"
	"slices"
)

// ChunkStats decodes voxels of img, which is zarr, N5 or precomputed and was read from the same directory as get
// reads, and describes each channel (just one, without a channel axis). It takes the finest level with at most 64
// voxels along every axis of space, or else the coarsest, and of that at most 256 chunks and 64 MiB, always the same ones.
//
// A chunk that is not there counts with the fill value. Several goroutines call get. The error wraps [ErrInvalid] when
// chunks are damaged, too large or packed in a way this package does not know; errors of get come back wrapped.
func ChunkStats(img *Image, get Ranger) ([]Stats, error) {
	if len(img.Levels) == 0 {
		return nil, invalid("statistics: there are no levels")
	}
	level := img.Levels[img.small(overview)]
	chunks, err := newLattice(level, get)
	if err != nil {
		return nil, fmt.Errorf("statistics of level %q: %w", level.Path, err)
	}
	s := newSampler(chunks, img.ChannelAxis())
	if err := chunks.each(chunks.plan(s.channel), s.addChunk); err != nil {
		return nil, fmt.Errorf("statistics of level %q: %w", level.Path, err)
	}
	return summarize(s.tallies), nil
}

// sampler feeds the voxels of chunks to tallies, one for each channel.
type sampler struct {
	*lattice
	channel int // axis, or -1
	tallies []*tally
	values  []float64
}

func newSampler(l *lattice, channel int) *sampler {
	channels := 1
	if channel >= 0 {
		channels = int(min(l.level.Shape[channel], maxStatsChannels))
	}
	const batch = 4096
	return &sampler{lattice: l, channel: channel, tallies: newTallies(channels, l.dtype), values: make([]float64, batch)}
}

// addChunk adds the voxels of a chunk that lie inside the array, in runs along the axis that is stored fastest. Without
// voxels it adds the fill value as often.
func (s *sampler) addChunk(position []int64, c chunkData) {
	if c.voxels == nil && s.fill == 0 {
		return
	}
	inside, stride := permuted(s.inside(position, c), s.layout), permuted(s.strides(c), s.layout)
	channelAt := slices.Index(s.layout, s.channel)
	first := int64(0)
	if s.channel >= 0 {
		first = position[s.channel] * s.level.Chunk[s.channel]
	}
	fast := len(s.layout) - 1
	at := make([]int64, len(s.layout))
	for {
		offset, channel := int64(0), first
		for i, n := range at[:fast] {
			offset += n * stride[i]
			if i == channelAt {
				channel += n
			}
		}
		s.addRun(c.voxels, offset, inside[fast], channel, channelAt == fast)
		if !advance(at[:fast], inside[:fast]) {
			return
		}
	}
}

// addRun adds n voxels that lie behind each other from offset on. They are all of one channel,
// or each of the next one if interleaved.
func (s *sampler) addRun(voxels []byte, offset, n, channel int64, interleaved bool) {
	size := int64(s.dtype.size)
	for done := int64(0); done < n; {
		values := s.values[:min(n-done, int64(len(s.values)))]
		if voxels == nil {
			for i := range values {
				values[i] = s.fill
			}
		} else {
			s.dtype.floats(values, voxels[(offset+done)*size:], s.bigEndian)
		}
		if !interleaved {
			s.addTo(channel, voxels != nil, values)
		}
		for i := range values {
			if interleaved {
				s.addTo(channel+done+int64(i), voxels != nil, values[i:i+1])
			}
		}
		done += int64(len(values))
	}
}

// addTo adds values to a channel that is described. Those that are not stored may be none of the type.
func (s *sampler) addTo(channel int64, stored bool, values []float64) {
	switch {
	case channel >= int64(len(s.tallies)):
	case stored:
		s.tallies[channel].add(values)
	default:
		s.tallies[channel].addSame(values[0], int64(len(values)))
	}
}
