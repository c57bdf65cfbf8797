package tract

import (
	"errors"
	"maps"
	"slices"
)

// tckText is how much of a .tck file is read for its header at first.
const tckText = 16 << 10

// A tckFile is a .tck file that lies in a Source, with the files of its scalars.
type tckFile struct {
	tckForm

	src     Source
	ends    bool // the file's last triplet is its end marker, as it should be
	scalars []tsfFile
}

func openTCK(in Input, h *Header) (format, error) {
	size := in.Source.Size()
	head := inputAt(rangeOf(in.Source, 0, min(size, tckText)), 0, size, tckText)
	form, err := readTCKHeader(head, h)
	if err = errors.Join(err, head.close()); err != nil {
		return nil, err
	}
	f := &tckFile{tckForm: form, src: in.Source}
	if f.ends, err = f.closed(); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(in.Scalars)) {
		s, err := openTSF(name, in.Scalars[name], f)
		if err != nil {
			return nil, err
		}
		f.scalars = append(f.scalars, s)
		h.Scalars = append(h.Scalars, Column{Name: name, Components: 1})
	}
	return f, nil
}

// triplets is how many points and marks there are.
func (f *tckFile) triplets() int64 { return (f.src.Size() - f.start) / f.triplet() }

// closed reports whether the end marker is where the file ends.
func (f *tckFile) closed() (bool, error) {
	n := f.triplets()
	if n == 0 || (f.src.Size()-f.start)%f.triplet() != 0 {
		return false, nil
	}
	b, err := readRange(f.src, f.start+(n-1)*f.triplet(), f.triplet())
	if err != nil {
		return false, err
	}
	return markOf(f.number(b), f.number(b[f.width:]), f.number(b[2*f.width:])) == fileEnd, nil
}

func (f *tckFile) over(wrap func(Source) Source) format {
	out := *f
	out.src = wrap(f.src)
	out.scalars = slices.Clone(f.scalars)
	for i := range out.scalars {
		out.scalars[i].src = wrap(out.scalars[i].src)
	}
	return &out
}

func (f *tckFile) group(int) ([]uint32, error) { return nil, nil }

func (f *tckFile) vertices() (points, streamlines int64, ok bool) { return 0, 0, false }

// layout says that the file cannot be divided if its end marker is not at its end: it may be before, and what follows is ignored.
func (f *tckFile) layout() layout {
	size := f.src.Size()
	l := layout{
		positions: Part{f.start, size},
		bytes:     1,
		requests:  1 + len(f.scalars),
		divisible: f.ends,
	}
	for _, s := range f.scalars {
		l.bytes += float64(s.width) / float64(f.triplet())
	}
	l.slack = 2*f.triplet() + int64(l.bytes*float64(f.slack()))
	return l
}

// slack is how far the last streamline of a part is expected to reach beyond it.
func (f *tckFile) slack() int64 {
	mean := int64(4 << 10)
	if f.count > 0 {
		mean = (f.src.Size() - f.start) / f.count
	}
	return min(max(8*mean, 8<<10), 128<<10)
}

// read begins one triplet before the part, which tells whether a streamline begins with the part.
func (f *tckFile) read(p Part) (batches, error) {
	size := f.src.Size()
	t := &tck{tckForm: f.tckForm, to: p.To, whole: p == everything}
	from := f.start
	if p.From > f.start {
		before := (min(p.From, size)-f.start+f.triplet()-1)/f.triplet() - 1
		from, t.pass = f.start+before*f.triplet(), true
	}
	n := size - from
	if p.To < size {
		n = max(0, min(n, p.To+f.slack()-from))
	}
	t.in = inputAt(rangeOf(f.src, from, n), from, size, window)
	for _, s := range f.scalars {
		t.scalars = append(t.scalars, s.read((from-f.start)/f.triplet(), n/f.triplet()))
	}
	return t, nil
}
