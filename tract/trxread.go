package tract

import (
	"slices"
)

// locate finds out where the data lie, and which points are those of streamlines.
func (t *trx) locate(h *Header) error {
	if t.lines == 0 {
		return nil
	}
	for _, a := range slices.Concat([]array{t.positions, t.offsets}, t.scalars, t.properties) {
		if _, err := a.where(a.file); err != nil {
			return err
		}
	}
	t.end = -1
	if t.offsets.size <= trxKnown {
		s, err := t.offsets.open(t.offsets.file, 0, t.offsets.size/t.offsets.row())
		if err != nil {
			return err
		}
		defer s.close()
		if t.known, err = s.integers(nil, t.offsets.size/t.offsets.row()); err != nil {
			return err
		}
	}
	if t.cheap() {
		if _, err := t.bundles(); err != nil {
			return err
		}
	}
	return t.bounds(h)
}

// sentinel reports whether the last offset is not that of a streamline, but of the end.
func (t *trx) sentinel() bool { return t.offsets.size/t.offsets.row() > t.lines }

// bounds reads the first and the last offset, unless that means to read all others.
func (t *trx) bounds(h *Header) error {
	if !t.sentinel() {
		t.end = t.points
	}
	if !t.offsets.random() && t.known == nil {
		return nil
	}
	first, err := t.offset(0)
	if err != nil {
		return err
	}
	if t.begin = first; t.sentinel() {
		if t.end, err = t.offset(t.lines); err != nil {
			return err
		}
	}
	if t.begin < 0 || t.end < t.begin || t.end > t.points {
		return invalid("the points of all streamlines are those from %d to %d, but there are %d: the offsets are damaged",
			t.begin, t.end, t.points)
	}
	if loose := t.points - (t.end - t.begin); loose > 0 {
		h.warn("Points that belong to no streamline, by the offsets in the file, are left out: %d.", loose)
	}
	return nil
}

// offset is entry i of the offsets.
func (t *trx) offset(i int64) (int64, error) {
	if t.known != nil {
		return t.known[i], nil
	}
	s, err := t.offsets.open(t.source(t.offsets), i, 1)
	if err != nil {
		return 0, err
	}
	defer s.close()
	v, err := s.integers(nil, 1)
	if err != nil {
		return 0, err
	}
	return v[0], nil
}

// source is what an array is to be read from.
func (t *trx) source(a array) Source {
	if t.wrap == nil {
		return a.file
	}
	if c, ok := a.file.(*cached); ok {
		return &cached{Source: t.wrap(c.Source), from: c.from, b: c.b} // what is in memory costs nothing
	}
	return t.wrap(a.file)
}

// layout is [format].
func (t *trx) layout() layout {
	l := layout{positions: Part{To: t.lines}, requests: 1, divisible: true}
	var size int64
	for _, a := range slices.Concat([]array{t.positions, t.offsets}, t.scalars, t.properties) {
		if a.member == nil {
			continue
		}
		size += a.size
		l.divisible = l.divisible && a.random()
	}
	if !l.divisible || t.lines == 0 {
		return layout{}
	}
	l.bytes = float64(size) / float64(t.lines)
	l.requests += len(t.scalars) + len(t.properties)
	if t.known == nil {
		l.requests++
	}
	l.slack = 1 << 16
	return l
}

// over is [format].
func (t *trx) over(wrap func(Source) Source) format {
	c := *t
	c.wrap = wrap
	return &c
}

// vertices is [format].
func (t *trx) vertices() (points, streamlines int64, ok bool) {
	return t.end - t.begin, t.lines, t.end >= 0 && (t.known != nil || t.lines == 0 || t.offsets.random())
}

// trxPart is how many offsets are read at once.
const trxPart = 1 << 15

// read is [format].
func (t *trx) read(p Part) (batches, error) {
	r := &trxBatches{file: t, at: max(0, p.From), to: min(t.lines, p.To)}
	if r.at >= r.to {
		return r, nil
	}
	if err := r.open(); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}
