package tract

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
)

// A trk is the part of a .trk file behind its header: for each streamline an int32 count of
// points, for each point three coordinates and the scalars, then the properties, all float32.
type trk struct {
	in         *input
	big        bool
	affine     [3][4]float64 // stored points to RAS mm
	scalars    int           // for each point
	properties int           // for each streamline
	count      int64         // streamlines as the header has it; 0 if it does not say
	read       int64
	noted      []string
}

// checkCount drops a count that the file is too short for, whatever is in it.
func (t *trk) checkCount(h *Header) {
	const countSize = 4
	least := int64(countSize + 4*t.properties)
	if t.count > t.in.left()/least {
		h.warn("The header counts %d streamlines, but the file is too short for that; the count was ignored.", t.count)
		t.count = 0
	}
	if t.count > 0 {
		h.Streamlines = t.count
	}
}

func (t *trk) notes() []string { return t.noted }

func (t *trk) next(s *Streamline) error {
	if t.count > 0 && t.read == t.count {
		return t.end()
	}
	b, err := t.in.peek(4)
	if errors.Is(err, errEnd) && len(b) == 0 {
		return t.end()
	}
	if err != nil {
		return t.explain(err)
	}
	points := int64(int32(t.bits(b)))
	t.in.use(4)
	if err = t.check(points); err != nil {
		return err
	}
	if s == nil {
		err = t.in.skip(points*t.row() + int64(4*t.properties))
	} else {
		err = t.decode(s, points)
	}
	if err != nil {
		return t.explain(err)
	}
	t.read++
	return nil
}

// row is the length of a point with its scalars in bytes.
func (t *trk) row() int64 { return int64(4 * (3 + t.scalars)) }

// check refuses a count of points that cannot be true.
func (t *trk) check(points int64) error {
	switch {
	case points < 0:
		return invalid("streamline %s has %d points: the file is damaged", t.which(), points)
	case points > MaxPoints, points*(t.row()/4) > maxValues:
		return invalid("streamline %s has %d points with %d numbers each, more than any real one: "+
			"the file is damaged", t.which(), points, t.row()/4)
	case points*t.row()+int64(4*t.properties) > t.in.left():
		return invalid("streamline %s has %d points, but the file ends before the last of them: "+
			"it is probably truncated", t.which(), points)
	}
	return nil
}

// which names the streamline that is being read.
func (t *trk) which() string { return ordinal(t.read, t.count) }

// end takes stock at the end of the file, or behind the last streamline that the header counts.
func (t *trk) end() error {
	if t.read < t.count {
		t.noted = append(t.noted, fmt.Sprintf("The header counts %d streamlines, but the file holds only %d: "+
			"it may be truncated.", t.count, t.read))
		return io.EOF
	}
	// A source that fails here has given everything that is wanted.
	if b, _ := t.in.peek(1); len(b) > 0 {
		t.noted = append(t.noted, fmt.Sprintf("The file goes on behind the %d streamlines that its header counts; "+
			"the rest was ignored.", t.count))
	}
	return io.EOF
}

func (t *trk) explain(err error) error {
	if errors.Is(err, errEnd) {
		return invalid("the file ends in the middle of streamline %s: it is probably truncated", t.which())
	}
	return fmt.Errorf("streamline %s: %w", t.which(), err)
}

// decode reads a streamline. Memory grows with what is read, not with what the file claims.
func (t *trk) decode(s *Streamline, points int64) error {
	s.Points, s.Scalars, s.Properties = s.Points[:0], s.Scalars[:0], s.Properties[:0]
	row := int(t.row())
	for points > 0 {
		b, err := t.in.rows(row)
		if err != nil {
			return err
		}
		n := min(points, int64(len(b)/row))
		b = b[:int(n)*row]
		t.convert(s, b)
		t.in.use(len(b))
		points -= n
	}
	b, err := t.in.peek(4 * t.properties)
	if err != nil {
		return err
	}
	for ; len(b) > 0; b = b[4:] {
		s.Properties = append(s.Properties, t.float(b))
	}
	t.in.use(4 * t.properties)
	return nil
}

// convert appends the points in b, which are whole rows, to s.
func (t *trk) convert(s *Streamline, b []byte) {
	row := int(t.row())
	n, at := len(b)/row, len(s.Points)
	s.Points = slices.Grow(s.Points, 3*n)[:at+3*n]
	a := &t.affine
	for out := s.Points[at:]; len(out) >= 3; out = out[3:] {
		x, y, z := float64(t.float(b)), float64(t.float(b[4:])), float64(t.float(b[8:]))
		out[0] = float32(a[0][0]*x + a[0][1]*y + a[0][2]*z + a[0][3])
		out[1] = float32(a[1][0]*x + a[1][1]*y + a[1][2]*z + a[1][3])
		out[2] = float32(a[2][0]*x + a[2][1]*y + a[2][2]*z + a[2][3])
		for i := 12; i < row; i += 4 {
			s.Scalars = append(s.Scalars, t.float(b[i:]))
		}
		b = b[row:]
	}
}

func (t *trk) bits(b []byte) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if t.big {
		v = bits.ReverseBytes32(v)
	}
	return v
}

func (t *trk) float(b []byte) float32 { return math.Float32frombits(t.bits(b)) }
