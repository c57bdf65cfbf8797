package tract

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
)

// A tck reads the part of a .tck file behind its header: triplets of coordinates in RAS mm, voxel
// centers at integers. A streamline ends with a triplet of NaN, the file with one of Inf
// (https://mrtrix.readthedocs.io/en/latest/getting_started/image_data.html#tracks-file-format-tck).
// A NaN may have any bits, delimiters may follow each other, and the last ones may be missing.
type tck struct {
	tckForm

	in      *input
	to      int64 // streamlines that begin there, or behind it, are not read
	whole   bool  // the file is read from its first streamline
	pass    bool  // what comes first belongs to a streamline that begins before
	read    int64
	done    bool
	noted   []string
	scalars []*tsf

	held    Batch // one streamline that was read and did not go into a batch any more
	scratch []float32
}

func (t *tck) notes() []string { return t.noted }

func (t *tck) close() error {
	err := t.in.close()
	for _, s := range t.scalars {
		err = errors.Join(err, s.in.close())
	}
	return err
}

func (t *tck) note(format string, args ...any) {
	t.noted = append(t.noted, fmt.Sprintf(format, args...))
}

func (t *tck) batch(b *Batch) error {
	t.unhold(b)
	total := len(b.Points) / 3
	for len(b.Counts) < batchLines {
		at, n, err := t.line(b)
		if err == nil {
			err = t.addScalars(b, at, n)
		}
		if err != nil {
			return err
		}
		if total += int(n); total > BatchPoints && len(b.Counts) > 0 {
			t.hold(b, at, int(n))
			return nil
		}
		b.Positions, b.Counts = append(b.Positions, at), append(b.Counts, int32(n))
	}
	return nil
}

// hold takes the last streamline out of b.
func (t *tck) hold(b *Batch, at int64, n int) {
	points, scalars := len(b.Points)-3*n, len(b.Scalars)-n*len(t.scalars)
	t.held.Points, b.Points = append(t.held.Points, b.Points[points:]...), b.Points[:points]
	t.held.Scalars, b.Scalars = append(t.held.Scalars, b.Scalars[scalars:]...), b.Scalars[:scalars]
	t.held.Positions, t.held.Counts = append(t.held.Positions, at), append(t.held.Counts, int32(n))
}

// unhold puts it into the next one.
func (t *tck) unhold(b *Batch) {
	b.Points, b.Scalars = append(b.Points, t.held.Points...), append(b.Scalars, t.held.Scalars...)
	b.Positions, b.Counts = append(b.Positions, t.held.Positions...), append(b.Counts, t.held.Counts...)
	t.held.cut(0, 0, 0, 0)
}

// line appends the points of the next streamline to b. It returns its position and how many they are, at least one.
func (t *tck) line(b *Batch) (at, points int64, err error) {
	for {
		if t.done || points == 0 && t.in.off >= t.to {
			return 0, 0, io.EOF
		}
		raw, err := t.in.rows(int(t.triplet()))
		if err != nil {
			return 0, 0, t.end(err, points)
		}
		if points == 0 {
			at = t.in.off
		}
		used, n, found := t.scan(raw, b)
		t.in.use(used)
		if t.pass {
			b.Points = b.Points[:len(b.Points)-3*int(n)]
			t.pass, n = found == point, 0
		}
		points += n
		switch {
		case points > MaxPoints:
			return 0, 0, invalid("streamline %s has more than %d points without a delimiter: the file is damaged",
				t.which(), MaxPoints)
		case found == fileEnd:
			return at, points, t.stop(points)
		case found == lineEnd && points > 0:
			t.read++
			return at, points, nil
		}
	}
}

// A mark is the meaning of a triplet of numbers.
type mark int

const (
	point mark = iota
	lineEnd
	fileEnd
)

func markOf(x, y, z float64) mark {
	switch {
	case math.IsNaN(x) && math.IsNaN(y) && math.IsNaN(z):
		return lineEnd
	case math.IsInf(x, 0) && math.IsInf(y, 0) && math.IsInf(z, 0):
		return fileEnd
	}
	return point
}

// scan goes through the triplets in raw up to a mark. It returns the bytes used, the points passed,
// which it adds to b, and the mark, or point if there is none.
func (t *tck) scan(raw []byte, b *Batch) (used int, points int64, found mark) {
	if t.width == 8 {
		return t.scanDoubles(raw, b)
	}
	numbers := numbers32(raw, t.big, &t.scratch)
	n := 0
	for n+3 <= len(numbers) {
		p := numbers[n : n+3 : n+3]
		if p[0]-p[0] != 0 { // NaN, as p[0] is infinite or NaN; nearly all triplets need no further look
			if found = markOf(float64(p[0]), float64(p[1]), float64(p[2])); found != point {
				break
			}
		}
		n += 3
	}
	b.Points = append(b.Points, numbers[:n]...)
	used = 4 * n
	if found != point {
		used += 12
	}
	return used, int64(n / 3), found
}

// scanDoubles is scan for numbers of 8 bytes.
func (t *tck) scanDoubles(raw []byte, b *Batch) (used int, points int64, found mark) {
	for ; used+24 <= len(raw); used += 24 {
		x, y, z := t.double(raw[used:]), t.double(raw[used+8:]), t.double(raw[used+16:])
		if m := markOf(x, y, z); m != point {
			return used + 24, points, m
		}
		points++
		b.Points = append(b.Points, float32(x), float32(y), float32(z))
	}
	return used, points, point
}

// which names the streamline that is being read.
func (t *tck) which() string {
	if !t.whole {
		return fmt.Sprintf("before byte %d", t.in.off)
	}
	return ordinal(t.read, t.count)
}

// stop handles the file's end marker, before which there may be points without a delimiter.
func (t *tck) stop(points int64) error {
	t.done = true
	if points > 0 {
		t.read++
		t.note("The last streamline is not closed by a delimiter; it was read nevertheless.")
	}
	if t.whole && t.count > 0 && t.read != t.count {
		t.note("The header counts %d streamlines, but the file holds %d.", t.count, t.read)
	}
	if points > 0 {
		return nil
	}
	return io.EOF
}

// end handles a source that has no more bytes.
func (t *tck) end(err error, points int64) error {
	switch {
	case errors.Is(err, ErrInvalid):
		return err
	case !errors.Is(err, errEnd):
		return fmt.Errorf("streamline %s: %w", t.which(), err)
	case t.pass:
		return io.EOF // the part with its beginning tells
	case points > 0 || t.in.buf.Buffered() > 0:
		return invalid("the file ends in the middle of streamline %s: it is probably truncated", t.which())
	}
	t.note("The file has no end marker: it may be truncated.")
	return t.stop(0)
}

// number reads a number of either width.
func (f *tckForm) number(b []byte) float64 {
	if f.width == 8 {
		return f.double(b)
	}
	v := binary.LittleEndian.Uint32(b)
	if f.big {
		v = bits.ReverseBytes32(v)
	}
	return float64(math.Float32frombits(v))
}

func (f *tckForm) double(b []byte) float64 {
	v := binary.LittleEndian.Uint64(b)
	if f.big {
		v = bits.ReverseBytes64(v)
	}
	return math.Float64frombits(v)
}
