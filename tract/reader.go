package tract

import (
	"fmt"
	"io"
)

// A Reader reads a tractogram from front to back, in constant memory. It is not safe for concurrent use.
type Reader struct {
	head   Header
	file   batches
	scalar int // numbers of a point beside its coordinates
	props  int // numbers of a streamline
	bundle int // which of these is the bundle; -1 without
	given  int64
	most   int64 // streamlines that there can be
	err    error // what comes behind the streamlines that were read

	broken int64   // streamlines with a coordinate that is no finite number
	bad    []int32 // those of the last batch

	ahead Batch // what Next gives
	next  lineOf
}

// fewLines is how many streamlines cost too little to be counted.
const fewLines = 1 << 20

// newReader returns a reader of streamlines that belong to a header.
//
// However a file of size bytes is compressed, a streamline takes a byte of it, but for small ones: a bound for all that is
// kept of each.
func newReader(h Header, file batches, size int64) *Reader {
	r := &Reader{head: h, file: file, bundle: -1, most: size + fewLines}
	r.scalar = components(h.Scalars)
	r.props = components(h.Properties)
	if k := h.BundleProperty; k >= 0 && len(h.Groups) == 0 {
		r.bundle = components(h.Properties[:k])
	}
	return r
}

func components(columns []Column) (n int) {
	for _, c := range columns {
		n += c.Components
	}
	return n
}

// Header returns the header. Its slices belong to the reader.
func (r *Reader) Header() Header { return r.head }

// ReadBatch reads the next streamlines into b, at least one, or returns [io.EOF] after the last. The error is that of
// [Reader.Next]; with an error, b holds nothing. A reader is read with Next or with ReadBatch, not with both.
//
// Unlike Next it leaves none out: those that cannot be drawn have a count of 0.
func (r *Reader) ReadBatch(b *Batch) error {
	b.cut(0, 0, 0, 0)
	b.finite = false
	for r.err == nil && len(b.Counts) == 0 {
		r.err = r.file.batch(b)
	}
	n := len(b.Counts)
	if n == 0 {
		b.cut(0, 0, 0, 0)
		return r.err
	}
	points := 0
	for _, c := range b.Counts {
		points += int(c)
	}
	b.cut(n, points, r.scalar, r.props)
	b.Index = r.given
	if r.given += int64(n); r.given > r.most {
		b.cut(0, 0, 0, 0)
		r.err = invalid("the file holds more than %d streamlines in %d bytes, and no real one does", r.most, r.most-fewLines)
		return r.err
	}
	r.bad = r.bad[:0]
	if !b.finite && !allFinite(b.Points) {
		r.dropBroken(b)
	}
	if len(b.Bundles) == 0 {
		r.setBundles(b)
	}
	return nil
}

// cut shortens the batch to n streamlines.
func (b *Batch) cut(n, points, scalars, properties int) {
	b.Positions, b.Counts = b.Positions[:n], b.Counts[:n]
	b.Bundles = b.Bundles[:min(n, len(b.Bundles))]
	b.Points, b.Scalars, b.Properties = b.Points[:3*points], b.Scalars[:points*scalars], b.Properties[:n*properties]
}

// dropBroken takes the points of broken streamlines out of the batch.
func (r *Reader) dropBroken(b *Batch) {
	from, to := 0, 0
	for i, c := range b.Counts {
		n := int(c)
		line := b.Points[3*from:][:3*n]
		if allFinite(line) {
			copy(b.Points[3*to:], line)
			copy(b.Scalars[to*r.scalar:], b.Scalars[from*r.scalar:][:n*r.scalar])
			to += n
		} else {
			b.Counts[i] = 0
			r.bad = append(r.bad, int32(i))
		}
		from += n
	}
	r.broken += int64(len(r.bad))
	b.Points, b.Scalars = b.Points[:3*to], b.Scalars[:to*r.scalar]
}

// setBundles takes the bundles from a property.
func (r *Reader) setBundles(b *Batch) {
	for i := range b.Counts {
		bundle := uint16(0)
		if r.bundle >= 0 {
			bundle = bundleOf(b.Properties[i*r.props+r.bundle])
		}
		b.Bundles = append(b.Bundles, bundle)
	}
}

// A lineOf is where a streamline lies in a batch.
type lineOf struct{ i, points, bad int }

// Next returns the next streamline, or [io.EOF] after the last. Its slices are reused by the
// next call of Next. Streamlines with a coordinate that is not a finite number are left out;
// Warnings counts them.
//
// Any other error is final. It wraps [ErrInvalid] if the file is damaged or truncated, and
// otherwise the error of the underlying reader.
func (r *Reader) Next() (Streamline, error) {
	for {
		s, broken, err := r.pass()
		if err != nil || !broken {
			return s, err
		}
	}
}

// pass returns the next streamline of the batch ahead.
func (r *Reader) pass() (s Streamline, broken bool, err error) {
	b, at := &r.ahead, &r.next
	if at.i == len(b.Counts) {
		*at = lineOf{}
		if err := r.ReadBatch(b); err != nil {
			return s, false, err
		}
	}
	n := int(b.Counts[at.i])
	s = Streamline{
		Index: b.Index + int64(at.i), Position: b.Positions[at.i], Bundle: b.Bundles[at.i],
		Points:     b.Points[3*at.points:][: 3*n : 3*n],
		Scalars:    b.Scalars[at.points*r.scalar:][: n*r.scalar : n*r.scalar],
		Properties: b.Properties[at.i*r.props:][:r.props:r.props],
	}
	if broken = at.bad < len(r.bad) && r.bad[at.bad] == int32(at.i); broken {
		at.bad++
	}
	at.i, at.points = at.i+1, at.points+n
	return s, broken, nil
}

// Warnings returns the header's warnings and those about the streamlines read so far, in whole
// sentences. They are complete once the reader has returned [io.EOF].
func (r *Reader) Warnings() []string {
	all := append([]string(nil), r.head.Warnings...)
	all = append(all, r.file.notes()...)
	if r.broken > 0 {
		all = append(all, fmt.Sprintf("Streamlines with coordinates that are not finite numbers were left out: %d.", r.broken))
	}
	return all
}

// Close ends reading.
func (r *Reader) Close() error { return r.file.close() }

var _ io.Closer = (*Reader)(nil)
