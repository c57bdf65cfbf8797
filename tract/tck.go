package tract

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
)

// A tck is the part of a .tck file behind its header: triplets of coordinates in RAS mm, voxel
// centers at integers. A streamline ends with a triplet of NaN, the file with one of Inf
// (https://mrtrix.readthedocs.io/en/latest/getting_started/image_data.html#tracks-file-format-tck).
// A NaN may have any bits, delimiters may follow each other, and the last ones may be missing.
type tck struct {
	in    *input
	width int // of a number in bytes, 4 or 8
	big   bool
	count int64 // streamlines as the header has it; 0 if it does not say
	read  int64
	done  bool
	noted []string
}

func (t *tck) notes() []string { return t.noted }

func (t *tck) note(format string, args ...any) {
	t.noted = append(t.noted, fmt.Sprintf(format, args...))
}

func (t *tck) next(s *Streamline) error {
	if t.done {
		return io.EOF
	}
	if s != nil {
		s.Points = s.Points[:0]
	}
	for points := int64(0); ; {
		b, err := t.in.rows(3 * t.width)
		if err != nil {
			return t.end(err, points)
		}
		used, n, found := t.scan(b, s)
		t.in.use(used)
		points += n
		switch {
		case points > MaxPoints:
			return invalid("streamline %s has more than %d points without a delimiter: the file is damaged",
				ordinal(t.read, t.count), MaxPoints)
		case found == fileEnd:
			return t.stop(points)
		case found == lineEnd && points > 0:
			t.read++
			return nil
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

// scan goes through the triplets in b up to a mark. It returns the bytes used, the points passed,
// which it adds to s unless that is nil, and the mark, or point if there is none.
func (t *tck) scan(b []byte, s *Streamline) (used int, points int64, found mark) {
	w := t.width
	for ; used < len(b); used += 3 * w {
		x, y, z := t.float(b[used:]), t.float(b[used+w:]), t.float(b[used+2*w:])
		if m := markOf(x, y, z); m != point {
			return used + 3*w, points, m
		}
		points++
		if s != nil {
			s.Points = append(s.Points, float32(x), float32(y), float32(z))
		}
	}
	return used, points, point
}

// stop handles the file's end marker, before which there may be points without a delimiter.
func (t *tck) stop(points int64) error {
	t.done = true
	if points > 0 {
		t.read++
		t.note("The last streamline is not closed by a delimiter; it was read nevertheless.")
	}
	if t.count > 0 && t.read != t.count {
		t.note("The header counts %d streamlines, but the file holds %d.", t.count, t.read)
	}
	if points > 0 {
		return nil
	}
	return io.EOF
}

// end handles a source that has no more bytes.
func (t *tck) end(err error, points int64) error {
	which := ordinal(t.read, t.count)
	if !errors.Is(err, errEnd) {
		return fmt.Errorf("streamline %s: %w", which, err)
	}
	if points > 0 || t.in.buf.Buffered() > 0 {
		return invalid("the file ends in the middle of streamline %s: it is probably truncated", which)
	}
	t.note("The file has no end marker: it may be truncated.")
	return t.stop(0)
}

func (t *tck) float(b []byte) float64 {
	if t.width == 8 {
		v := binary.LittleEndian.Uint64(b)
		if t.big {
			v = bits.ReverseBytes64(v)
		}
		return math.Float64frombits(v)
	}
	v := binary.LittleEndian.Uint32(b)
	if t.big {
		v = bits.ReverseBytes32(v)
	}
	return float64(math.Float32frombits(v))
}
