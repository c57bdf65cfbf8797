package tract

import (
	"bytes"
	"encoding/gob"
	"fmt"
)

// surveyState is what a Surveyor knows, as it is kept between two runs of a program.
type surveyState struct {
	Streamlines, Points int64
	Low, High           [3]float32
	Counts              []uint32
	Member              []uint16
	Scalars             [][2]float64
	Notes               []string
	Broken, Short       int64
	Bins                []int64
	Longest             float64
	All                 [3]int64
	Length              float64
	BundleCounts        [][3]int64
	BundleLengths       []float64
	Wild                bool
	Lengths             []float32
}

// MarshalBinary returns what was added so far, for UnmarshalBinary of another surveyor of the same file.
func (s *Surveyor) MarshalBinary() ([]byte, error) {
	k := surveyState{
		Streamlines: s.sum.Streamlines, Points: s.sum.Points, Low: s.low, High: s.high, Counts: s.sum.Counts, Member: s.sum.Member,
		Scalars: s.sum.Scalars, Notes: s.notes, Broken: s.broken, Short: s.short, Bins: s.bins, Longest: s.longest,
		All: [3]int64{s.all.streamlines, s.all.points, s.all.drawn}, Length: s.all.length, Wild: s.wild, Lengths: s.lengths,
	}
	for _, t := range s.bundles {
		k.BundleCounts = append(k.BundleCounts, [3]int64{t.streamlines, t.points, t.drawn})
		k.BundleLengths = append(k.BundleLengths, t.length)
	}
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(k)
	return b.Bytes(), err
}

// UnmarshalBinary puts what MarshalBinary returned in the place of all that was added. The error wraps [ErrInvalid].
func (s *Surveyor) UnmarshalBinary(b []byte) error {
	var k surveyState
	if err := gob.NewDecoder(bytes.NewReader(b)).Decode(&k); err != nil {
		return fmt.Errorf("%w: an unfinished survey: %w", ErrInvalid, err)
	}
	if len(k.Bins) != fineBins || len(k.Scalars) != s.width || len(k.BundleCounts) != len(k.BundleLengths) || len(k.BundleCounts) > 1<<16 {
		return invalid("an unfinished survey is of another file")
	}
	s.sum.Streamlines, s.sum.Points, s.low, s.high, s.sum.Counts, s.sum.Member = k.Streamlines, k.Points, k.Low, k.High, k.Counts, k.Member
	s.sum.Scalars, s.notes, s.broken, s.short, s.bins, s.longest = k.Scalars, k.Notes, k.Broken, k.Short, k.Bins, k.Longest
	s.all, s.wild, s.lengths = tally{k.All[0], k.All[1], k.All[2], k.Length}, k.Wild, k.Lengths
	s.bundles = nil
	for i, c := range k.BundleCounts {
		s.bundles = append(s.bundles, tally{c[0], c[1], c[2], k.BundleLengths[i]})
	}
	return nil
}
