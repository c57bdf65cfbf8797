package tract

import (
	"errors"
	"io"
	"slices"
)

// trxBatches are the streamlines of a part. The offsets, the points and all that belongs to them are read side by side.
type trxBatches struct {
	file    *trx
	at, to  int64     // streamlines: the next, and behind the last
	point   int64     // with which streamline at begins
	limit   int64     // behind the last point that is open
	ahead   []int64   // offsets that follow
	buf     []int64   // of ahead
	offsets *stream   // behind ahead
	left    int64     // rows in it
	points  *stream   // all open streams are in data
	scalars []*stream // likewise
	lines   []*stream // properties
	data    []*stream
	table   []uint16 // bundles of all streamlines; nil for none
	row     []float32
}

func (r *trxBatches) open() (err error) {
	t := r.file
	if r.table, err = t.bundles(); err != nil {
		return err
	}
	if err = r.openOffsets(); err != nil {
		return err
	}
	r.shrink()
	if r.limit, err = r.lastPoint(); err != nil {
		return err
	}
	if r.point < 0 || r.limit < r.point || r.limit > t.points {
		return invalid("streamlines %d to %d begin with point %d and end before point %d of %d: the offsets are damaged",
			r.at+1, r.to, r.point, r.limit, t.points)
	}
	n := r.limit - r.point
	if r.points, err = r.openData(t.positions, r.point, n); err != nil {
		return err
	}
	for _, a := range t.scalars {
		s, err := r.openData(a, r.point, n)
		if err != nil {
			return err
		}
		r.scalars = append(r.scalars, s)
	}
	for _, a := range t.properties {
		s, err := r.openData(a, r.at, r.to-r.at)
		if err != nil {
			return err
		}
		r.lines = append(r.lines, s)
	}
	return nil
}

func (r *trxBatches) openData(a array, from, n int64) (*stream, error) {
	s, err := a.open(r.file.source(a), from, n)
	if err == nil {
		r.data = append(r.data, s)
	}
	return s, err
}

// openOffsets begins with the offset of the first streamline.
func (r *trxBatches) openOffsets() (err error) {
	t := r.file
	n := min(r.to+1, t.offsets.size/t.offsets.row()) - r.at
	if t.known != nil {
		r.ahead = t.known[r.at:][:n]
	} else {
		if r.offsets, err = r.openData(t.offsets, r.at, n); err != nil {
			return err
		}
		r.left = n
	}
	if r.point, err = r.peek(); err == nil {
		r.ahead = r.ahead[1:]
	}
	return err
}

// shrink drops the last streamlines of a window that holds more than its streamlines have in the mean.
func (r *trxBatches) shrink() {
	l := r.file.layout()
	if r.file.wrap == nil || l.requests == 0 {
		return
	}
	point := r.file.positions.row()
	for _, a := range r.file.scalars {
		point += a.row()
	}
	most := l.slack + int64(float64(r.to-r.at)*(l.bytes-float64(r.lineBytes())))
	for n := len(r.ahead); n > 1 && (r.ahead[n-1]-r.point)*point > most; n-- {
		r.to = r.at + int64(n-1)
		r.ahead = r.ahead[:n-1]
	}
}

// lineBytes is what a streamline takes beside its points.
func (r *trxBatches) lineBytes() int64 {
	n := r.file.offsets.row()
	for _, a := range r.file.properties {
		n += a.row()
	}
	return n
}

// peek returns the next offset, which is that of the end if there are no more.
func (r *trxBatches) peek() (int64, error) {
	if len(r.ahead) == 0 && r.left == 0 {
		return r.file.points, nil
	}
	if len(r.ahead) == 0 {
		n := min(r.left, trxPart)
		if r.file.wrap != nil {
			n = r.left // a window is small
		}
		var err error
		if r.buf, err = r.offsets.integers(r.buf[:0], n); err != nil {
			return 0, err
		}
		r.ahead = r.buf
		r.left -= n
	}
	return r.ahead[0], nil
}

// lastPoint is behind the last point of the part, or of the file where it would take long to find out.
func (r *trxBatches) lastPoint() (int64, error) {
	t := r.file
	switch n := len(r.ahead); {
	case r.to == t.lines && t.end >= 0:
		return t.end, nil
	case r.to == t.lines && !t.sentinel():
		return t.points, nil
	case r.left == 0 && n > 0:
		return r.ahead[n-1], nil
	case !t.offsets.random():
		return t.points, nil
	}
	return t.offset(r.to)
}

// batch is [batches].
func (r *trxBatches) batch(b *Batch) error {
	if r.at >= r.to {
		return io.EOF
	}
	first := r.at
	points, stop := r.gather(b)
	err := r.fill(b, points, r.at-first)
	if err != nil {
		*b = Batch{} // which of them were read to their ends is not known
		return err
	}
	return stop
}

// gather puts into b which streamlines come next, and returns how many points they have.
func (r *trxBatches) gather(b *Batch) (points int64, err error) {
	ofPoint, ofLine := 3+rowWidth(r.scalars), rowWidth(r.lines)
	for ; r.at < r.to && len(b.Counts) < batchLines; r.at++ {
		end, err := r.peek()
		if err != nil {
			return points, err
		}
		n := end - r.point
		switch {
		case n < 0 || end > r.limit:
			return points, invalid("streamline %s has the points from %d to %d of %d: the offsets are damaged",
				ordinal(r.at, r.file.lines), r.point, end, r.file.points)
		case n > MaxPoints || n*int64(ofPoint) > maxValues:
			return points, invalid("streamline %s has %d points, more than any real one", ordinal(r.at, r.file.lines), n)
		case b.full(points+n, ofPoint, ofLine):
			return points, nil
		}
		b.Positions, b.Counts = append(b.Positions, r.at), append(b.Counts, int32(n))
		if len(r.file.groups) > 0 {
			bundle := uint16(0)
			if r.table != nil {
				bundle = r.table[r.at]
			}
			b.Bundles = append(b.Bundles, bundle)
		}
		points += n
		r.point = end
		if len(r.ahead) > 0 {
			r.ahead = r.ahead[1:]
		}
	}
	return points, nil
}

// fill reads what belongs to the next points and streamlines.
func (r *trxBatches) fill(b *Batch, points, lines int64) (err error) {
	if b.Points, err = r.points.floats(b.Points, points); err != nil {
		return err
	}
	if b.Scalars, err = r.rows(b.Scalars, r.scalars, points); err != nil {
		return err
	}
	b.Properties, err = r.rows(b.Properties, r.lines, lines)
	return err
}

func rowWidth(columns []*stream) int {
	n := 0
	for _, c := range columns {
		n += c.width
	}
	return n
}

// rows appends n rows that have the numbers of all columns side by side.
func (r *trxBatches) rows(out []float32, columns []*stream, n int64) (_ []float32, err error) {
	if len(columns) == 1 {
		return columns[0].floats(out, n)
	}
	width, at := rowWidth(columns), len(out)
	out = slices.Grow(out, width*int(n))[:at+width*int(n)]
	for _, c := range columns {
		to := out[at:]
		for done := int64(0); done < n; {
			k := min(n-done, BatchPoints)
			if r.row, err = c.floats(r.row[:0], k); err != nil {
				return out, err
			}
			for row := r.row; len(row) > 0; row = row[c.width:] {
				copy(to, row[:c.width])
				to = to[min(width, len(to)):]
			}
			done += k
		}
		at += c.width
	}
	return out, nil
}

// notes is [batches].
func (*trxBatches) notes() []string { return nil }

// close is [batches].
func (r *trxBatches) close() error {
	var errs []error
	for _, s := range r.data {
		errs = append(errs, s.close())
	}
	return errors.Join(errs...)
}
