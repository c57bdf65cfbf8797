package volume

import (
	"errors"
	"fmt"
	"io"
)

const (
	// maxNIfTIBytes is how much of a NIfTI file is read for statistics.
	maxNIfTIBytes = 256 << 20
	// maxNIfTIVoxels is how many voxels of a channel are looked at: a head at 1 mm, 256³, is
	// taken whole.
	maxNIfTIVoxels = 1 << 24
)

// NIfTIStats reads the uncompressed NIfTI file r from its beginning and describes each channel
// (just one, if there is no fifth axis). Of a time series it takes the first volume, of a volume
// of more than 2^24 voxels every second, third … voxel, of a file larger than 256 MiB what comes
// before that. The values are stored values, as Neuroglancer shows them, without the header's scaling.
//
// The error wraps [ErrInvalid] when img is not from [ReadNIfTI], when its voxels are no plain
// numbers, or when the file ends before any voxel; a file that ends early counts as far as it goes.
// Other errors of r come back wrapped.
func NIfTIStats(img *Image, r io.Reader) ([]Stats, error) {
	l := img.nifti
	if l == nil {
		return nil, invalid("statistics: this is no NIfTI image")
	}
	if l.dtype.size == 0 {
		return nil, invalid("statistics: the data type %s holds no plain numbers", l.dtype.name)
	}
	s := newNIfTISampler(l, io.LimitReader(r, l.offset+maxNIfTIBytes))
	if _, err := io.CopyN(io.Discard, s.r, l.offset); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, invalid("statistics: the file ends before its first voxel")
		}
		return nil, fmt.Errorf("statistics: read header: %w", err)
	}
	for c := range s.tallies {
		switch err := s.channel(c); {
		case errors.Is(err, io.EOF):
			if s.read == 0 {
				return nil, invalid("statistics: the file ends before its first voxel")
			}
			return summarize(s.tallies), nil
		case err != nil:
			return nil, fmt.Errorf("statistics: read voxels: %w", err)
		}
	}
	return summarize(s.tallies), nil
}

type niftiSampler struct {
	layout  *niftiLayout
	r       io.Reader
	volume  int64 // voxels of a volume
	skip    int64 // voxels between the first volumes of two channels
	stride  int64 // between the voxels that are looked at
	tallies []*tally
	raw     []byte
	values  []float64
	read    int64 // voxels so far
}

func newNIfTISampler(l *niftiLayout, r io.Reader) *niftiSampler {
	const batch = 1 << 14
	s := &niftiSampler{layout: l, r: r, volume: 1, raw: make([]byte, batch*l.dtype.size), values: make([]float64, batch)}
	for _, n := range l.dim[:min(3, len(l.dim))] {
		s.volume *= n
	}
	s.stride = (s.volume-1)/maxNIfTIVoxels + 1
	if len(l.dim) > 3 {
		s.skip = s.volume * (l.dim[3] - 1)
	}
	channels := int64(1)
	if len(l.dim) > 4 {
		channels = min(l.dim[4], maxStatsChannels)
	}
	s.tallies = newTallies(int(channels))
	return s
}

// channel reads the first volume of a channel and passes over the others. The error is io.EOF
// where the file, or what is read of it, ends.
func (s *niftiSampler) channel(c int) error {
	size := int64(s.layout.dtype.size)
	next := int64(0) // the voxel to look at, counted from the beginning of the batch
	for left := s.volume; left > 0; {
		n := min(left, int64(len(s.values)))
		got, err := io.ReadFull(s.r, s.raw[:n*size])
		next = s.add(c, int64(got)/size, next)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return io.EOF
		}
		if err != nil {
			return err
		}
		left -= n
	}
	if c == len(s.tallies)-1 {
		return nil
	}
	_, err := io.CopyN(io.Discard, s.r, s.skip*size)
	return err
}

// add tallies every stride-th of the n voxels in raw, beginning with first, and returns the
// first of the next batch.
func (s *niftiSampler) add(c int, n, first int64) int64 {
	d, size := s.layout.dtype, int64(s.layout.dtype.size)
	values := s.values[:0]
	if s.stride == 1 {
		values = s.values[:n]
		d.floats(values, s.raw, s.layout.bigEndian)
		first = n
	}
	for ; first < n; first += s.stride {
		values = values[:len(values)+1]
		d.floats(values[len(values)-1:], s.raw[first*size:], s.layout.bigEndian)
	}
	for _, v := range values {
		s.tallies[c].add(v)
	}
	s.read += n
	return first - n
}
