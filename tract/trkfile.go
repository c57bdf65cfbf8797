package tract

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"
)

// A trkFile is a .trk file that lies in a Source.
type trkFile struct {
	trkForm

	src    Source
	sample bool // reads windows of a sample
	known  *milestones
}

// milestones are where streamlines begin that were found by going through all before them, so that the next walk need not
// begin anew.
type milestones struct {
	mu sync.Mutex
	at []int64
}

// before returns the last one at or before a place.
func (m *milestones) before(from int64) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := int64(trkHeaderSize)
	for _, at := range m.at {
		if at <= from {
			last = max(last, at)
		}
	}
	return last
}

func (m *milestones) add(at int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.Contains(m.at, at) {
		m.at = append(m.at, at)
	}
}

func openTRK(in Input, h *Header) (format, error) {
	size := in.Source.Size()
	head := inputAt(rangeOf(in.Source, 0, min(size, trkHeaderSize)), 0, size, trkHeaderSize)
	form, err := readTRKHeader(head, h)
	if err != nil {
		_ = head.close()
		return nil, err
	}
	return &trkFile{trkForm: form, src: in.Source, known: &milestones{}}, head.close()
}

func (f *trkFile) over(wrap func(Source) Source) format {
	return &trkFile{trkForm: f.trkForm, src: wrap(f.src), sample: true, known: f.known}
}

func (f *trkFile) group(int) ([]uint32, error) { return nil, nil }

// vertices solves size = header + n·(count and properties) + points·row for the points.
func (f *trkFile) vertices() (points, streamlines int64, ok bool) {
	rest := f.src.Size() - trkHeaderSize - f.count*f.record(0)
	if f.count == 0 || rest < 0 || rest%f.row() != 0 {
		return 0, 0, f.count == 0 && rest == 0
	}
	return rest / f.row(), f.count, true
}

// layout says that the file cannot be divided if its header counts streamlines and that count does not go with the size:
// what is behind those that it counts is ignored, and a part cannot know where that is. A wrong count
// that happens to go with the size, which takes a multiple of the numbers of a point, is not noticed.
func (f *trkFile) layout() layout {
	size := f.src.Size()
	points, lines, ok := f.vertices()
	mean := int64(4 << 10)
	if ok && lines > 0 {
		mean = f.record(points / lines)
	}
	return layout{
		positions: Part{trkHeaderSize, size},
		bytes:     1,
		slack:     min(max(8*mean, 8<<10), 128<<10),
		requests:  1,
		divisible: ok || f.count == 0,
	}
}

func (f *trkFile) read(p Part) (batches, error) {
	size := f.src.Size()
	t := &trk{trkForm: f.trkForm, to: p.To, whole: p == everything}
	if f.sample {
		return f.window(t, p)
	}
	from, err := f.locate(max(p.From, trkHeaderSize))
	if err != nil {
		return nil, err
	}
	n := size - from
	if p.To < size {
		n = min(n, p.To+f.layout().slack-from)
	}
	if from >= p.To {
		n = 0
	}
	t.in = inputAt(rangeOf(f.src, from, n), from, size, window)
	return t, nil
}

// window reads a part in a single range. A streamline that begins in the part and ends behind that range is left out.
func (f *trkFile) window(t *trk, p Part) (batches, error) {
	size := f.src.Size()
	from := trkHeaderSize + (p.From-trkHeaderSize+3)/4*4
	b, err := readRange(f.src, from, max(0, min(p.To+f.layout().slack, size)-from))
	if err != nil {
		return nil, err
	}
	at := f.resync(b, 0, from, size)
	if at < 0 {
		at = len(b)
		t.to = 0
	}
	t.in = inputAt(&cutOff{b: b[at:]}, from+int64(at), size, window)
	return t, nil
}

// cutOff gives bytes and then errSpent.
type cutOff struct{ b []byte }

// Read is [io.Reader].
func (c *cutOff) Read(p []byte) (int, error) {
	if len(c.b) == 0 {
		return 0, errSpent
	}
	n := copy(p, c.b)
	c.b = c.b[n:]
	return n, nil
}

// locate returns where the first streamline begins at or behind from.
//
// It begins at one before that place, which resync finds, and goes on from streamline to streamline. So it finds those that
// have no points, or more than resync believes in, as surely as others.
func (f *trkFile) locate(from int64) (int64, error) {
	size := f.src.Size()
	from = trkHeaderSize + (max(from, trkHeaderSize)-trkHeaderSize+3)/4*4 // as all streamlines begin at words
	if from >= size {
		return size, nil
	}
	for _, back := range []int64{64 << 10, 1 << 20, 8 << 20} {
		begin := from - back
		if begin <= trkHeaderSize {
			break
		}
		b, err := readRange(f.src, begin, from-begin)
		if err != nil {
			return 0, err
		}
		wrong := make([]bool, len(b)/4+1)
		for at := f.resync(b, 0, begin, size); at >= 0; at = f.resync(b, at+4, begin, size) {
			if next, ok := f.follow(b, at, begin, from, wrong); ok {
				return next, nil
			}
		}
	}
	return f.walk(from)
}

// follow goes from the streamline at b[at:] to the first one that begins at or behind from; b is what lies from begin to
// there. It notes at which words it came by, and does not go twice to where that led nowhere.
func (f *trkFile) follow(b []byte, at int, begin, from int64, wrong []bool) (int64, bool) {
	next := begin + int64(at)
	for next < from {
		word := (next - begin) / 4
		if wrong[word] {
			return 0, false
		}
		wrong[word] = true
		n := f.points(b[next-begin:])
		if next += f.record(n); !f.possible(n) || next > f.src.Size() {
			return 0, false
		}
	}
	return next, true
}

// walk is locate from the beginning of the file, or from where a walk has been.
func (f *trkFile) walk(from int64) (int64, error) {
	if from <= trkHeaderSize {
		return trkHeaderSize, nil
	}
	begin := f.known.before(from)
	t := &trk{trkForm: f.trkForm, to: math.MaxInt64}
	t.in = inputAt(rangeOf(f.src, begin, from-begin), begin, f.src.Size(), window)
	for t.in.off < from {
		if err := t.pass(); err != nil {
			_ = t.close()
			if errors.Is(err, io.EOF) {
				return f.src.Size(), nil
			}
			return 0, fmt.Errorf("look for the streamline at byte %d: %w", from, err)
		}
	}
	f.known.add(t.in.off)
	return t.in.off, t.close()
}
