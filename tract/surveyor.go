package tract

import (
	"fmt"
	"math"
	"slices"
)

// maxBundles is how many bundles a property or a file may have to be a list of them: nobody reads a longer one.
const maxBundles = 10_000

// A Surveyor adds up a [Survey] from parts of a file. The zero Surveyor is not ready for use.
type Surveyor struct {
	file   *File
	sum    Survey // Bounds, Bundles, Lengths and Warnings of it are made at the end
	low    [3]float32
	high   [3]float32
	width  int // of a row of scalars
	notes  []string
	broken int64
	short  int64 // streamlines of fewer than two points

	bins    []int64 // streamlines by length
	longest float64
	all     tally
	bundles []tally // by their numbers
	wild    bool    // a streamline has no number of a bundle
	last    []float64

	lengths []float32 // of each streamline, for groups that overlap
}

// A tally is what is known of some streamlines.
type tally struct {
	streamlines, points, drawn int64
	length                     float64 // of those drawn
}

func (t *tally) add(o tally) {
	t.streamlines += o.streamlines
	t.points += o.points
	t.drawn += o.drawn
	t.length += o.length
}

func (t tally) mean() float64 { return t.length / max(float64(t.drawn), 1) }

// NewSurveyor returns a surveyor of parts of f.
func NewSurveyor(f *File) *Surveyor {
	s := &Surveyor{file: f, bins: make([]int64, fineBins)}
	for _, c := range f.Header().Scalars {
		s.width += c.Components
	}
	for range s.width {
		s.sum.Scalars = append(s.sum.Scalars, [2]float64{math.Inf(1), math.Inf(-1)})
	}
	return s
}

// grouped says that the bundles are groups, which may overlap.
func (s *Surveyor) grouped() bool { return len(s.file.head.Groups) > 0 }

// numbered says that a property tells the bundles.
func (s *Surveyor) numbered() bool { return !s.grouped() && s.file.head.BundleProperty >= 0 }

// Add takes in a batch, which follows the one before.
func (s *Surveyor) Add(b *Batch) {
	points := b.Points
	s.last = s.last[:0]
	if s.sum.Points == 0 && len(points) >= 3 {
		s.low, s.high = [3]float32(points), [3]float32(points)
	}
	for i, n := range b.Counts {
		line := points[:3*int(n)]
		points = points[len(line):]
		one := tally{streamlines: 1, points: int64(n)}
		length := measure(line, &s.low, &s.high)
		if n >= 2 {
			one.drawn, one.length = 1, length
			s.bins[fineBin(one.length)]++
			s.longest = max(s.longest, one.length)
		} else {
			s.short++
		}
		s.last = append(s.last, one.length)
		s.all.add(one)
		s.assign(b.Bundles[i], one)
		s.sum.Counts = append(s.sum.Counts, uint32(n))
	}
	s.sum.Points += int64(len(b.Points) / 3)
	s.sum.Streamlines += int64(len(b.Counts))
	s.ranges(b.Scalars)
}

// Lengths are those of the streamlines of the batch that was added last, as [Length] has them; the next one overwrites them.
func (s *Surveyor) Lengths() []float64 { return s.last }

// assign counts a streamline in its bundle.
func (s *Surveyor) assign(bundle uint16, one tally) {
	switch {
	case s.grouped():
		s.sum.Member = append(s.sum.Member, bundle)
		s.lengths = append(s.lengths, float32(one.length))
	case s.numbered():
		s.sum.Member = append(s.sum.Member, bundle)
		s.wild = s.wild || bundle == 0
		if int(bundle) >= len(s.bundles) {
			s.bundles = append(s.bundles, make([]tally, int(bundle)+1-len(s.bundles))...)
		}
		s.bundles[bundle].add(one)
	}
}

// ranges widens those of the scalars.
func (s *Surveyor) ranges(rows []float32) {
	for k := range s.sum.Scalars {
		low, high := s.sum.Scalars[k][0], s.sum.Scalars[k][1]
		for i := k; i < len(rows); i += s.width {
			v := float64(rows[i])
			if v < low && v >= -math.MaxFloat32 {
				low = v
			}
			if v > high && v <= math.MaxFloat32 {
				high = v
			}
		}
		s.sum.Scalars[k] = [2]float64{low, high}
	}
}

// End takes in what a reader noticed in the part that was added. It has been read to its end.
func (s *Surveyor) End(r *Reader) {
	s.note(r.file.notes())
	s.broken += r.broken
}

func (s *Surveyor) note(notes []string) {
	for _, n := range notes {
		if !slices.Contains(s.notes, n) {
			s.notes = append(s.notes, n)
		}
	}
}

// Merge takes in what another surveyor of the same file found in the part that follows.
func (s *Surveyor) Merge(next *Surveyor) {
	switch {
	case s.sum.Points == 0:
		s.low, s.high = next.low, next.high
	case next.sum.Points > 0:
		measure(next.low[:], &s.low, &s.high)
		measure(next.high[:], &s.low, &s.high)
	}
	s.sum.Points += next.sum.Points
	s.sum.Streamlines += next.sum.Streamlines
	s.sum.Counts = append(s.sum.Counts, next.sum.Counts...)
	s.sum.Member = append(s.sum.Member, next.sum.Member...)
	s.lengths = append(s.lengths, next.lengths...)
	for k, r := range next.sum.Scalars {
		s.sum.Scalars[k] = [2]float64{min(s.sum.Scalars[k][0], r[0]), max(s.sum.Scalars[k][1], r[1])}
	}
	s.note(next.notes)
	s.broken += next.broken
	s.short += next.short
	for i, n := range next.bins {
		s.bins[i] += n
	}
	s.longest = max(s.longest, next.longest)
	s.all.add(next.all)
	if more := len(next.bundles) - len(s.bundles); more > 0 {
		s.bundles = append(s.bundles, make([]tally, more)...)
	}
	for i, t := range next.bundles {
		s.bundles[i].add(t)
	}
	s.wild = s.wild || next.wild
}

// Survey is the sum. The surveyor may not be used any more. The error is that of [File.Group].
func (s *Surveyor) Survey() (*Survey, error) {
	sum := s.sum
	sum.Lengths = s.histogram()
	for k := range 3 {
		sum.Bounds[0][k], sum.Bounds[1][k] = float64(s.low[k]), float64(s.high[k])
	}
	for k, r := range sum.Scalars {
		if r[0] > r[1] {
			sum.Scalars[k] = [2]float64{}
		}
	}
	sum.Warnings = append(sum.Warnings, s.file.head.Warnings...)
	sum.Warnings = append(sum.Warnings, s.notes...)
	sum.Warnings = append(sum.Warnings, s.losses()...)
	bundles, why, err := s.list()
	if err != nil {
		return nil, err
	}
	if why != "" {
		sum.Warnings = append(sum.Warnings, why)
	}
	if sum.Bundles = bundles; bundles == nil {
		sum.Member = nil
	}
	return &sum, nil
}

// losses says what cannot be drawn.
func (s *Surveyor) losses() []string {
	var w []string
	if s.broken > 0 {
		w = append(w, leftOut(s.broken))
	}
	if short := s.short - s.broken; short > 0 {
		w = append(w, fmt.Sprintf("Streamlines with fewer than two points have nothing to draw and were left out: %d.", short))
	}
	switch {
	case s.sum.Streamlines == 0:
		w = append(w, "The file holds no streamlines, so there is nothing to draw.")
	case s.all.drawn == 0:
		w = append(w, fmt.Sprintf("None of the %d streamlines can be drawn.", s.sum.Streamlines))
	}
	return w
}

// leftOut is the warning about broken streamlines.
func leftOut(n int64) string {
	return fmt.Sprintf("Streamlines with coordinates that are not finite numbers were left out: %d.", n)
}

// Lengths of streamlines are counted in bins of a tenth of a millimeter up to 4 m.
const (
	fineBins   = 40_000
	finePerMM  = 10
	shownBins  = 40
	roundSteps = 3 // 1, 2, 5, 10, 20, 50 …
)

func fineBin(length float64) int { return int(min(length*finePerMM, fineBins-1)) }

// histogram puts fine bins together into a few of a round width.
func (s *Surveyor) histogram() Histogram {
	last := fineBin(s.longest)
	wide := 1
	for step := 0; last/wide >= shownBins; step++ {
		if step%roundSteps == 1 {
			wide = wide / 2 * 5
		} else {
			wide *= 2
		}
	}
	h := Histogram{Width: float64(wide) / finePerMM, Mean: s.all.mean(), Max: s.longest}
	if s.all.drawn > 0 {
		h.Counts = make([]int64, last/wide+1)
	}
	for i, n := range s.bins {
		if n > 0 {
			h.Counts[i/wide] += n
		}
	}
	return h
}
