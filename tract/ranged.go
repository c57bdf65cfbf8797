package tract

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// A ranged reads a Source from a place on, one range after another and each only when it is needed. A range that ends too
// early is io.ErrUnexpectedEOF.
type ranged struct {
	src  Source
	off  int64 // of the next range
	step int64 // bytes in it
	more int64 // bytes in the one behind it
	left int64 // of the open range
	body io.ReadCloser
}

const (
	nextRange    = window
	largestRange = 16 << 20
)

// rangeOf reads src from off on, in a first range of n bytes and further ones behind it.
func rangeOf(src Source, off, n int64) *ranged {
	return &ranged{src: src, off: off, step: n, more: nextRange}
}

// Read is [io.Reader].
func (r *ranged) Read(p []byte) (int, error) {
	if r.body == nil {
		if err := r.open(); err != nil {
			return 0, err
		}
	}
	n, err := r.body.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	switch {
	case r.left == 0:
		return n, r.Close()
	case err == io.EOF:
		return n, fmt.Errorf("a range ended %d bytes too early: %w", r.left, io.ErrUnexpectedEOF)
	}
	return n, err
}

func (r *ranged) open() (err error) {
	r.left = min(r.step, r.src.Size()-r.off)
	if r.left <= 0 {
		return io.EOF
	}
	if r.body, err = r.src.Open(r.off, r.left); err != nil {
		r.body = nil
		return ended(err)
	}
	r.off += r.left
	r.step, r.more = r.more, min(4*r.more, largestRange)
	return nil
}

// ended makes sure that an error does not pass for the end.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w (%s)", io.ErrUnexpectedEOF, err.Error())
	}
	return err
}

// Close closes the open range.
func (r *ranged) Close() error {
	if r.body == nil {
		return nil
	}
	err := r.body.Close()
	r.body = nil
	return err
}

// readRange returns n bytes at off.
func readRange(src Source, off, n int64) ([]byte, error) {
	r := rangeOf(src, off, n)
	b := make([]byte, n)
	_, err := io.ReadFull(r, b)
	return b, errors.Join(ended(err), r.Close())
}

// errSpent says that a sample may read no more here.
var errSpent = errors.New("the budget of the sample is used up")

// A meter counts the ranges that are read, and their bytes.
type meter struct {
	ranges, bytes atomic.Int64
	most          Budget // refuses more, unless it is zero
}

func (t *meter) over(src Source) Source {
	if src == nil {
		return nil
	}
	return metered{src, t}
}

// input is in with all its Sources counted.
func (t *meter) input(in Input) Input {
	all := func(m map[string]Source) map[string]Source {
		out := make(map[string]Source, len(m))
		for name, src := range m {
			out[name] = t.over(src)
		}
		return out
	}
	in.Source = t.over(in.Source)
	if in.Folder != nil {
		in.Folder = all(in.Folder)
	}
	in.Scalars = all(in.Scalars)
	return in
}

// metered is a Source that is counted.
type metered struct {
	Source

	meter *meter
}

// Open is [Source].
func (t metered) Open(off, n int64) (io.ReadCloser, error) {
	ranges, bytes := t.meter.ranges.Add(1), t.meter.bytes.Add(n)
	if most := t.meter.most; most != (Budget{}) && (ranges > int64(most.Ranges) || bytes > most.Bytes) {
		t.meter.ranges.Add(-1)
		t.meter.bytes.Add(-n)
		return nil, errSpent
	}
	return t.Source.Open(off, n)
}
