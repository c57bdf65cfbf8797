package tract

import (
	"errors"
	"io"
	"sync"
)

// A Survey is what reading a whole tractogram tells about it.
type Survey struct {
	Streamlines int64
	Points      int64
	Bounds      [2][3]float64 // in RAS mm; zero if there is no point
	Lengths     Histogram     // of the streamlines in mm
	Bundles     []Bundle      // in the order of their IDs
	Counts      []uint32      // points of each streamline, as in [Batch]
	Member      []uint16      // bundle of each streamline, see [Streamline]; nil if no bundle is known
	Scalars     [][2]float64  // least and greatest finite value of each number of Header.Scalars; zeros if it has none
	Warnings    []string      // the header's among them
}

// A Histogram counts numbers in bins of equal width from 0 on. That of lengths has those of two points or more, in
// at most 40 bins, of which the last has all that are longer, too.
type Histogram struct {
	Width  float64
	Counts []int64
	Mean   float64
	Max    float64
}

// A Bundle is a named set of streamlines.
type Bundle struct {
	ID          uint16 // what [Streamline.Bundle] calls it
	Name        string
	Streamlines int64
	Points      int64
	MeanLength  float64 // in mm, of those with two points or more
}

// Parts of a survey are read by so many at once.
const (
	surveyPart    = 64 << 20 // bytes
	surveyWorkers = 2
)

// Survey reads the whole file, in constant memory but for six bytes a streamline, and four more while it reads if the
// file has groups. After each batch it tells progress, unless that is nil, how much has been read, from 0 to 1; where
// progress returns an error it ends with that. Progress is not called by two goroutines at once.
//
// The error is that of [Reader.Next] and [File.Group].
func (f *File) Survey(progress func(share float64) error) (*Survey, error) {
	if progress == nil {
		progress = func(float64) error { return nil }
	}
	parts := f.Parts(surveyPart)
	w := &walk{file: f, parts: parts, done: make([]*Surveyor, len(parts)), sum: NewSurveyor(f), progress: progress}
	var g Workers
	for range min(surveyWorkers, len(parts)) {
		g.Go(w.work)
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return w.sum.Survey()
}

// A walk surveys the parts of a file.
type walk struct {
	file  *File
	parts []Part

	mu       sync.Mutex
	taken    int         // parts
	done     []*Surveyor // of the parts that were read but not yet merged
	sum      *Surveyor   // of the parts before them
	merged   int
	progress func(share float64) error
	read     int64 // positions
	err      error // the first one, which ends all
}

// work surveys one part after another.
func (w *walk) work() error {
	for {
		i, ok := w.take()
		if !ok {
			return nil
		}
		s := NewSurveyor(w.file)
		if err := w.survey(s, w.parts[i]); err != nil {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.err == nil {
				w.err = err
			}
			return w.err
		}
		w.put(i, s)
	}
}

func (w *walk) take() (int, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := w.taken
	w.taken++
	return i, i < len(w.parts) && w.err == nil
}

// put merges what can be merged: the sum must not depend on who was faster.
func (w *walk) put(i int, s *Surveyor) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done[i] = s
	for w.merged < len(w.done) && w.done[w.merged] != nil {
		w.sum.Merge(w.done[w.merged])
		w.done[w.merged] = nil
		w.merged++
	}
}

func (w *walk) survey(s *Surveyor, p Part) error {
	r, err := w.file.Read(p)
	if err != nil {
		return err
	}
	defer r.Close()
	var b Batch
	at := p.From
	for {
		err = r.ReadBatch(&b)
		if errors.Is(err, io.EOF) {
			s.End(r)
			return r.Close()
		}
		if err != nil {
			return err
		}
		s.Add(&b)
		last := b.Positions[len(b.Positions)-1]
		if err = w.tell(last - at); err != nil {
			return err
		}
		at = last
	}
}

// tell passes on how much has been read, by so many positions more.
func (w *walk) tell(more int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	w.read += more
	return w.progress(min(1, float64(w.read)/float64(w.file.positions())))
}

// positions is how many the file has, or more: see [Part].
func (f *File) positions() int64 {
	switch f.head.Format {
	case TRK, TCK, TRKGZ: // of what is compressed, more positions than bytes; the share stops at 1
		return max(f.Size(), 1)
	case TRX, VTK, TT:
	}
	return max(f.head.Streamlines, 1)
}
