package volume

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

const (
	// maxNIfTIBytes is how much of a NIfTI file is read for statistics and previews.
	maxNIfTIBytes = 256 << 20
	// maxNIfTIVoxels is how many voxels of a channel are looked at for statistics: a head at 1 mm, 256³, is
	// taken whole.
	maxNIfTIVoxels = 1 << 24
)

// ErrTruncated says that a NIfTI file ends before its last voxel.
var ErrTruncated = fmt.Errorf("%w: the file ends before its last voxel; it may not have been copied whole", ErrInvalid)

// NIfTIOverview does what [Overview] does, with the uncompressed NIfTI file r, read once from its beginning. Where the
// file ends early the rest is 0. The error wraps [ErrInvalid] also when a volume is larger than the 256 MiB that are read.
func NIfTIOverview(img *Image, most int64, r io.Reader) (*Block, error) {
	b, _, err := NIfTIScan(img, most, r)
	if errors.Is(err, ErrTruncated) {
		err = nil
	}
	if err == nil && b == nil {
		err = invalid("overview: a volume has more than the %d MiB that are read for a preview", maxNIfTIBytes>>20)
	}
	return b, err
}

// NIfTIScan reads the uncompressed NIfTI file r from its beginning, once, for an overview as [Overview] gives it, and to
// describe each channel (just one, if there is no fifth axis). Of a time series it takes the first volume, of a volume of
// more than 2^24 voxels the statistics take every second, third … voxel, of a file larger than 256 MiB what comes before
// that. The block is nil when a volume is too large for one. The values are stored values, as Neuroglancer shows them,
// without the header's scaling.
//
// The error is [ErrTruncated], with what there was to read, when the file ends early; it wraps [ErrInvalid] when img is
// not from [ReadNIfTI], when its voxels are no plain numbers, or when the file ends before any voxel. Other errors of r
// come back wrapped.
func NIfTIScan(img *Image, most int64, r io.Reader) (*Block, []Stats, error) {
	s, err := newNIfTIScan(img, r)
	if err != nil {
		return nil, nil, fmt.Errorf("overview: %w", err)
	}
	if _, fits := product(maxNIfTIBytes, s.volume, int64(s.layout.dtype.size)); fits && most > 0 {
		if s.block, err = img.block(0, img.Levels[0].Shape, most, maxOverviewChannels); err != nil {
			return nil, nil, fmt.Errorf("overview: %w", err)
		}
		s.block.allocate()
	}
	err = s.run(len(s.tallies))
	if err != nil && !errors.Is(err, ErrTruncated) {
		return nil, nil, fmt.Errorf("overview: %w", err)
	}
	return s.block, summarize(s.tallies), err
}

// niftiScan reads the first volume of each channel.
type niftiScan struct {
	layout  *niftiLayout
	r       *io.LimitedReader
	dim     [3]int64 // voxels of a volume, the first fastest
	volume  int64    // all of them together
	skip    int64    // voxels between the first volumes of two channels
	stride  int64    // between the voxels that statistics look at
	tallies []*tally
	block   *Block // or nil
	raw     []byte
	values  []float64
	read    int64 // voxels so far
}

func newNIfTIScan(img *Image, r io.Reader) (*niftiScan, error) {
	l := img.nifti
	if l == nil {
		return nil, invalid("this is no NIfTI image")
	}
	if l.dtype.size == 0 {
		return nil, invalid("the data type %s holds no plain numbers", l.dtype.name)
	}
	const batch = 1 << 14
	s := &niftiScan{
		layout: l, r: &io.LimitedReader{R: r, N: l.offset + maxNIfTIBytes}, dim: [3]int64{1, 1, 1}, volume: 1,
		raw: make([]byte, batch*l.dtype.size), values: make([]float64, batch),
	}
	copy(s.dim[:], l.dim)
	for _, n := range s.dim {
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
	s.tallies = newTallies(int(channels), l.dtype)
	return s, nil
}

// run reads so many channels, or what there is of them.
func (s *niftiScan) run(channels int) error {
	_, err := io.CopyN(io.Discard, s.r, s.layout.offset)
	for c := 0; c < channels && err == nil; c++ {
		err = s.channel(c)
	}
	switch {
	case err == nil:
		return nil
	case !ended(err):
		return fmt.Errorf("read voxels: %w", err)
	case s.read == 0:
		return invalid("the file ends before its first voxel")
	case s.r.N <= 0:
		return nil // this is as much as is read
	}
	return ErrTruncated
}

// ended tells whether a file came to its end, be it in the middle of what is compressed. An error of storage, which may
// wrap the same, is another thing.
func ended(err error) bool {
	return err == io.EOF || err == io.ErrUnexpectedEOF //nolint:errorlint // see above
}

// channel reads the first volume of a channel and passes over the others. The error is io.EOF
// where the file, or what is read of it, ends.
func (s *niftiScan) channel(c int) error {
	size := int64(s.layout.dtype.size)
	for done := int64(0); done < s.volume; {
		n := min(s.volume-done, int64(len(s.values)))
		got, err := io.ReadFull(s.r, s.raw[:n*size])
		s.add(c, done, s.values[:int64(got)/size])
		if err != nil {
			return err
		}
		done += n
	}
	if c == len(s.tallies)-1 {
		return nil
	}
	_, err := io.CopyN(io.Discard, s.r, s.skip*size)
	return err
}

// add decodes as many voxels as values has, of which the first is the one at begin of the volume.
func (s *niftiScan) add(c int, begin int64, values []float64) {
	s.layout.dtype.floats(values, s.raw, s.layout.bigEndian)
	s.read += int64(len(values))
	if s.block != nil && c < s.channels() {
		s.place(c, begin, values)
	}
	if s.stride == 1 {
		s.tallies[c].add(values)
		return
	}
	for i := (s.stride - begin%s.stride) % s.stride; i < int64(len(values)); i += s.stride {
		s.tallies[c].add(values[i : i+1])
	}
}

// channels is how many the block has.
func (s *niftiScan) channels() int {
	const channelAxis = 4
	if len(s.block.Shape) <= channelAxis {
		return 1
	}
	return int(s.block.Shape[channelAxis])
}

// place copies to the block those of the values that it has, row after row of the file.
func (s *niftiScan) place(c int, begin int64, values []float64) {
	stride, shape := [3]int64{1, 1, 1}, [3]int64{1, 1, 1}
	copy(stride[:], s.block.Stride)
	copy(shape[:], s.block.Shape)
	step := s.steps()
	end := begin + int64(len(values))
	for row := begin / s.dim[0]; row*s.dim[0] < end; row++ {
		j, k := row%s.dim[1], row/s.dim[1]
		if j%stride[1] != 0 || k%stride[2] != 0 {
			continue
		}
		to := int64(c)*step[4] + j/stride[1]*step[1] + k/stride[2]*step[2]
		first := max(0, begin-row*s.dim[0]) // voxel of the row
		for i := (first + stride[0] - 1) / stride[0]; i < shape[0] && row*s.dim[0]+i*stride[0] < end; i++ {
			s.block.Data[to+i*step[0]] = float32(values[row*s.dim[0]+i*stride[0]-begin])
		}
	}
}

// steps is how far apart neighbors are in the block's data, along the axes of NIfTI.
func (s *niftiScan) steps() [8]int64 {
	var out [8]int64
	step := int64(1)
	for i, n := range slices.Backward(s.block.Shape) {
		out[i] = step
		step *= n
	}
	return out
}
