package annotation

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"io"
	"math"

	"ngportal/tract"
)

// part makes the runs of a part and its record, unless they are there.
func (b *builder) part(i int, s *sorter, p *pen) error {
	old, err := loadPart(b.w, i, b.plan.mark)
	if err != nil {
		return err
	}
	if old != nil {
		return b.report(1)
	}
	name := func(run int) string { return runName(i, run) }
	runs, done, err := b.resume(name)
	if err != nil {
		return err
	}
	s.begin(name, runs, done)
	rec := &partRecord{Mark: b.plan.mark, Drawn: make([]int64, len(b.plan.levels))}
	survey := tract.NewSurveyor(b.file)
	if err = b.stream(b.parts[i], s, p, rec, survey); err != nil {
		return err
	}
	rec.Runs = s.run
	if rec.Survey, err = survey.MarshalBinary(); err != nil {
		return err
	}
	rec.Streamlines = uint32(min(rec.seen, math.MaxUint32))
	return create(b.w, partName(i), rec.write)
}

// resume returns how many runs of a part are there, and of how many of its streamlines.
func (b *builder) resume(name func(int) string) (runs int, done int64, err error) {
	for {
		n, ok, err := covered(b.w, name(runs), b.plan.mark, done)
		if err != nil || !ok {
			return runs, done, err
		}
		runs, done = runs+1, done+n
	}
}

// stream reads a part, and passes on to s what its runs do not have yet.
func (b *builder) stream(part tract.Part, s *sorter, p *pen, rec *partRecord, survey *tract.Surveyor) error {
	r, err := b.file.Read(part)
	if err != nil {
		return err
	}
	defer r.Close()
	known, told := s.from, 0.0
	var batch tract.Batch
	for {
		err := r.ReadBatch(&batch)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		survey.Add(&batch)
		if err := b.batch(&batch, survey.Lengths(), s, p, rec, known); err != nil {
			return err
		}
		if at := b.where(part, &batch); at-told > 0.02 {
			if err := b.report(at - told); err != nil {
				return err
			}
			told = at
		}
	}
	survey.End(r)
	if err := s.flush(); err != nil {
		return err
	}
	return b.report(1 - told)
}

// where is which share of the part is read after the batch, about.
func (b *builder) where(part tract.Part, batch *tract.Batch) float64 {
	from, to := float64(part.From), float64(part.To)
	if part.To == math.MaxInt64 {
		switch n := b.file.Header().Streamlines; {
		case n > 0:
			return min(float64(batch.Index+int64(len(batch.Counts)))/float64(n), 1)
		default:
			to = float64(b.file.Size())
		}
	}
	last := float64(batch.Positions[len(batch.Positions)-1])
	return max(0, min((last-from)/max(to-from, 1), 1))
}

// batch passes on the streamlines of a batch, which are so long, but for the first known ones of the part.
func (b *builder) batch(batch *tract.Batch, lengths []float64, s *sorter, p *pen, rec *partRecord, known int64) error {
	l, base := b.plan, rec.seen
	var err error
	closed := base
	end := func(upTo int64) { // also of those that are not drawn, which runs count
		for ; closed < upTo && err == nil; closed++ {
			if closed >= known {
				err = s.end()
			}
		}
	}
	views(batch, l.scalars, l.values, func(i int, v view) {
		at := base + int64(i)
		end(at)
		hash := mix(v.position)
		n, number, sampled := l.levelOf(v.position, hash)
		rec.Drawn[n]++
		if at < known || err != nil {
			return
		}
		if v.number = uint32(at); sampled {
			v.number = number
		}
		p.take(v, lengths[i])
		l.levels[n].pieces(p.line, func(cell uint32, part []float32) { s.add(cell, hash, part, p.props) })
		binary.LittleEndian.PutUint32(p.props[numberAt:], uint32(at))
		for _, bundle := range b.bundles(v) {
			if hash <= l.bundleBound(bundle) {
				s.add(l.bundleCell(bundle), hash, p.line, p.props)
			}
		}
	})
	rec.seen = base + int64(len(batch.Counts))
	end(rec.seen)
	return err
}

// bundles are those of a streamline.
func (b *builder) bundles(v view) []uint16 {
	switch {
	case b.groups != nil:
		return b.groups.groups(v.position)
	case b.plan.bundled && v.bundle != 0:
		return []uint16{v.bundle}
	}
	return nil
}

// levelOf chooses the level of a streamline. If it is in level 0 because the sample has it, number is the one that it has
// there.
func (l *Layout) levelOf(position int64, hash uint64) (n int, number uint32, sampled bool) {
	if l.whole != nil {
		if number, ok := l.whole[position]; ok {
			return 0, number, true
		}
		n = min(1, len(l.levels)-1)
	}
	for n < len(l.levels)-1 && hash > l.levels[n].bound {
		n++
	}
	return n, 0, false
}

// A partRecord says that all runs of a part are there.
type partRecord struct {
	Mark        uint64
	Streamlines uint32
	Runs        int
	Drawn       []int64 // streamlines, by level
	Survey      []byte
	seen        int64
}

func (r *partRecord) write(w *bufio.Writer) error { return gob.NewEncoder(w).Encode(r) }

// loadPart returns the record of a part; nil if there is none of this layout.
func loadPart(w Workshop, i int, mark uint64) (*partRecord, error) {
	b, err := readAll(w, partName(i), math.MaxInt32)
	if err != nil || b == nil {
		return nil, err
	}
	r := &partRecord{}
	if err := gob.NewDecoder(bytes.NewReader(b)).Decode(r); err != nil || r.Mark != mark {
		return nil, nil //nolint:nilerr // it is made again
	}
	return r, nil
}
