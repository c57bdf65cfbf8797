package tract

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
)

// A Budget bounds what a sample may read.
type Budget struct {
	Ranges int   // requests for parts of the file, the header's among them
	Bytes  int64 // of all of them
}

// FirstPicture is the budget of the first picture of a tractogram, however large it is.
func FirstPicture() Budget { return Budget{Ranges: 64, Bytes: 16 << 20} }

// A Sample is some streamlines of a file, from all along it.
type Sample struct {
	Batch             // what was chosen, in the order of the file; Index is 0 and counts nothing
	Streamlines int64 // in the file: as its header has it, or counted, or estimated; -1 if that cannot be
	Points      int64 // likewise
	Exact       bool  // the whole file was read: Streamlines and Points are counted
	Ranges      int   // that were read
	Bytes       int64 // in them
}

const (
	sampleReaders = 8       // windows that are read at once
	maxUnpacked   = 1 << 30 // bytes that a compressed file may hold if it is read whole
)

// Sample chooses n streamlines of the file, or fewer if the budget is used up or the file has no more. Those without
// points, or with a coordinate that is no finite number, are counted but not chosen.
//
// A file that fits into the budget is read whole, and those with the smallest hashes of their numbers are chosen (see
// [Hash]). Of a larger one windows all along it are read, at places that depend on seed and nothing else, several at
// once; what begins in a window may be chosen, so that long streamlines are not preferred. The same file and seed
// give the same sample.
//
// The error wraps [errors.ErrUnsupported] if the file is larger than the budget and can only be read from its
// beginning; else it is that of [Reader.Next].
func (f *File) Sample(n int, seed string, b Budget) (*Sample, error) {
	left := Budget{b.Ranges - f.opened.Ranges, b.Bytes - f.opened.Bytes}
	l := f.format.layout()
	switch {
	case f.size <= left.Bytes:
		return f.sampleAll(n)
	case l.requests == 0 || left.Ranges < l.requests || left.Bytes <= 0:
		return nil, fmt.Errorf("%w: a .%s file of %d bytes can only be read from its beginning, which takes too long for a first picture",
			errors.ErrUnsupported, f.head.Format, f.size)
	}
	return f.sampleWindows(n, seed, left)
}

// sampleAll reads the whole file.
func (f *File) sampleAll(n int) (*Sample, error) {
	r, err := f.Read(everything)
	if err != nil {
		return nil, err
	}
	s := &Sample{Exact: true, Ranges: f.opened.Ranges + max(1, f.format.layout().requests), Bytes: f.opened.Bytes + f.size}
	c := chooser{most: n}
	var b Batch
	for err = r.ReadBatch(&b); err == nil; err = r.ReadBatch(&b) {
		each(r, &b, func(i int, k kept) {
			if hash := mix(b.Index + int64(i)); c.wants(hash) {
				c.add(hash, k.clone())
			}
		})
		s.Streamlines += int64(len(b.Counts))
		s.Points += int64(len(b.Points) / 3)
		if s.Points*int64(3+r.scalar)+s.Streamlines*int64(r.props) > maxUnpacked/4 {
			err = fmt.Errorf("%w: the compressed file holds too much for a first picture", errors.ErrUnsupported)
			break
		}
	}
	if !errors.Is(err, io.EOF) {
		_ = r.Close()
		return nil, err
	}
	s.Batch = c.batch()
	return s, r.Close()
}

// A view is what was found in a window.
type view struct {
	lines               []kept
	streamlines, points int64
	cost                Budget
}

// sampleWindows reads parts of the file that fit into the budget.
func (f *File) sampleWindows(n int, seed string, b Budget) (*Sample, error) {
	parts, most := f.windows(n, seed, b)
	views := make([]view, len(parts))
	var g Workers
	g.SetLimit(sampleReaders)
	for i, p := range parts {
		g.Go(func() (err error) {
			views[i], err = f.look(p, most)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return f.sum(n, parts, views), nil
}

// windows divides the budget evenly. Each window lies somewhere in its own stretch of the file.
func (f *File) windows(n int, seed string, b Budget) (parts []Part, most Budget) {
	l := f.format.layout()
	span := l.positions.To - l.positions.From
	count := min(int64(b.Ranges/l.requests), max(span, 1))
	for count > 1 && b.Bytes/count < 2*l.slack {
		count /= 2
	}
	most = Budget{l.requests, b.Bytes / count}
	width := float64(most.Bytes-l.slack) / l.bytes
	if lines := f.head.Streamlines; lines > 0 { // a fourth more than needed, as windows differ
		width = min(width, math.Ceil(1.25*float64(n)*float64(span)/float64(lines)/float64(count)))
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(seed)) // never fails
	for i := range count {
		from, to := l.positions.From+span/count*i, l.positions.From+span/count*(i+1)
		wide := min(max(1, int64(width)), to-from)
		share := math.Ldexp(float64(mix(int64(h.Sum64())+i)>>11), -53)
		from += int64(share * float64(to-from-wide))
		parts = append(parts, Part{from, from + wide})
	}
	return parts, most
}

// look reads a window as far as its budget goes.
func (f *File) look(p Part, most Budget) (v view, err error) {
	m := &meter{most: most}
	file, err := f.format.over(m.over).read(p)
	if err == nil {
		r := newReader(f.head, file, f.size)
		var b Batch
		for err = r.ReadBatch(&b); err == nil; err = r.ReadBatch(&b) {
			each(r, &b, func(_ int, k kept) { v.lines = append(v.lines, k.clone()) })
			v.streamlines += int64(len(b.Counts))
			v.points += int64(len(b.Points) / 3)
		}
		if !errors.Is(err, io.EOF) && !errors.Is(err, errSpent) {
			_ = r.Close()
			return v, err
		}
		err = r.Close()
	}
	if errors.Is(err, errSpent) {
		err = nil
	}
	v.cost = Budget{int(m.ranges.Load()), m.bytes.Load()}
	return v, err
}

// sum chooses among what was found, and estimates what there is.
func (f *File) sum(n int, parts []Part, views []view) *Sample {
	s := &Sample{Streamlines: f.head.Streamlines, Points: -1, Ranges: f.opened.Ranges, Bytes: f.opened.Bytes}
	c := chooser{most: n}
	var seen, points, covered int64
	for i, v := range views {
		for _, k := range v.lines {
			c.add(mix(k.position), k)
		}
		seen, points = seen+v.streamlines, points+v.points
		covered += parts[i].To - parts[i].From
		s.Ranges, s.Bytes = s.Ranges+v.cost.Ranges, s.Bytes+v.cost.Bytes
	}
	s.Batch = c.batch()
	span := f.format.layout().positions
	if s.Streamlines < 0 && seen > 0 {
		s.Streamlines = int64(math.Round(float64(seen) / float64(covered) * float64(span.To-span.From)))
	}
	if total, _, ok := f.format.vertices(); ok {
		s.Points = total
	} else if seen > 0 && s.Streamlines >= 0 {
		s.Points = int64(math.Round(float64(points) / float64(seen) * float64(s.Streamlines)))
	}
	return s
}
