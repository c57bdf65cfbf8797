package tract

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
)

// A trkForm is how a .trk file stores streamlines, behind its header: for each an int32 count of
// points, for each point three coordinates and the scalars, then the properties, all float32.
type trkForm struct {
	big        bool
	place      mover
	scalars    int   // for each point
	properties int   // for each streamline
	count      int64 // streamlines as the header has it; 0 if it does not say
}

// row is the length of a point with its scalars in bytes.
func (f *trkForm) row() int64 { return int64(4 * (3 + f.scalars)) }

// record is the length of a streamline in bytes.
func (f *trkForm) record(points int64) int64 { return 4 + points*f.row() + int64(4*f.properties) }

// points reads a count of points.
func (f *trkForm) points(b []byte) int64 {
	v := binary.LittleEndian.Uint32(b)
	if f.big {
		v = bits.ReverseBytes32(v)
	}
	return int64(int32(v))
}

// possible reports whether a streamline may have so many points.
func (f *trkForm) possible(points int64) bool {
	return points >= 0 && points <= MaxPoints && points*(f.row()/4) <= maxValues
}

// A trk reads streamlines of a .trk file.
type trk struct {
	trkForm

	in      *input
	to      int64 // streamlines that begin there, or behind it, are not read
	whole   bool  // the file is read from its first streamline, so that the header's count means something
	read    int64
	noted   []string
	scratch []float32
}

func (t *trk) notes() []string { return t.noted }

func (t *trk) close() error { return t.in.close() }

func (t *trk) batch(b *Batch) error {
	b.finite = true
	points := int64(0)
	for len(b.Counts) < batchLines && t.in.off < t.to {
		n, err := t.begin()
		if err != nil {
			return err
		}
		if points += n; b.full(points, 3+t.scalars, t.properties) {
			return nil
		}
		at := t.in.off
		t.in.use(4)
		if err := t.decode(b, n); err != nil {
			return t.explain(err)
		}
		b.Positions, b.Counts = append(b.Positions, at), append(b.Counts, int32(n))
		t.read++
	}
	if len(b.Counts) == 0 {
		return io.EOF
	}
	return nil
}

// begin looks at how many points the next streamline has.
func (t *trk) begin() (int64, error) {
	if t.whole && t.count > 0 && t.read == t.count {
		return 0, t.end()
	}
	b, err := t.in.peek(4)
	if errors.Is(err, errEnd) && len(b) == 0 {
		return 0, t.end()
	}
	if err != nil {
		return 0, t.explain(err)
	}
	points := t.points(b)
	return points, t.check(points)
}

// pass passes over the next streamline.
func (t *trk) pass() error {
	n, err := t.begin()
	if err != nil {
		return err
	}
	if err = t.in.skip(t.record(n)); err != nil {
		return t.explain(err)
	}
	t.read++
	return nil
}

// check refuses a count of points that cannot be true.
func (t *trk) check(points int64) error {
	switch {
	case points < 0:
		return invalid("streamline %s has %d points: the file is damaged", t.which(), points)
	case !t.possible(points):
		return invalid("streamline %s has %d points with %d numbers each, more than any real one: "+
			"the file is damaged", t.which(), points, t.row()/4)
	case t.record(points) > t.in.left():
		return invalid("streamline %s has %d points, but the file ends before the last of them: "+
			"it is probably truncated", t.which(), points)
	}
	return nil
}

// which names the streamline that is being read.
func (t *trk) which() string {
	if !t.whole {
		return fmt.Sprintf("at byte %d", t.in.off)
	}
	return ordinal(t.read, t.count)
}

// end takes stock at the end of the file, or behind the last streamline that the header counts.
func (t *trk) end() error {
	if !t.whole {
		return io.EOF
	}
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
	switch {
	case errors.Is(err, errEnd):
		return invalid("the file ends in the middle of streamline %s: it is probably truncated", t.which())
	case errors.Is(err, ErrInvalid):
		return err
	}
	return fmt.Errorf("streamline %s: %w", t.which(), err)
}

// decode reads a streamline. Memory grows with what is read, not with what the file claims.
func (t *trk) decode(b *Batch, points int64) error {
	row := int(t.row())
	for points > 0 {
		raw, err := t.in.rows(row)
		if err != nil {
			return err
		}
		n := min(points, int64(len(raw)/row))
		raw = raw[:int(n)*row]
		at := len(b.Points)
		t.convert(b, numbers32(raw, t.big, &t.scratch))
		b.finite = b.finite && allFinite(b.Points[at:]) // while they are in the cache
		t.in.use(len(raw))
		points -= n
	}
	raw, err := t.in.peek(4 * t.properties)
	if err != nil {
		return err
	}
	b.Properties = append(b.Properties, numbers32(raw, t.big, &t.scratch)...)
	t.in.use(len(raw))
	return nil
}
