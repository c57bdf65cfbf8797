package tract

// A Survey is what reading a whole tractogram tells about it.
type Survey struct {
	Streamlines int64
	Points      int64
	Bounds      [2][3]float64 // in RAS mm; zero if there is no point
	Lengths     Histogram     // of the streamlines in mm
	Bundles     []Bundle      // in the order of their IDs
	Counts      []uint32      // points of each streamline, as in [Batch]
	Member      []uint16      // bundle of each streamline, see [Streamline]; nil if no bundle is known
	Scalars     [][2]float64  // least and greatest finite value of each column of numbers in Header.Scalars
	Warnings    []string      // the header's among them
}

// A Histogram counts numbers in bins of equal width from 0 on.
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
	MeanLength  float64 // mm
}

// A Surveyor adds up a [Survey] from parts of a file. The zero Surveyor is not ready for use.
type Surveyor struct{ sum Survey }

// NewSurveyor returns a surveyor of parts of f.
func NewSurveyor(f *File) *Surveyor { return &Surveyor{} }

// Add takes in a batch, which follows the one before.
func (s *Surveyor) Add(b *Batch) {}

// Merge takes in what another surveyor of the same file found in the part that follows.
func (s *Surveyor) Merge(next *Surveyor) {}

// Survey is the sum.
func (s *Surveyor) Survey() (*Survey, error) { return &s.sum, nil }

// Survey reads the whole file, in constant memory but for six bytes a streamline. After each batch it tells progress,
// unless that is nil, how much has been read, from 0 to 1; where progress returns an error it ends with that.
func (f *File) Survey(progress func(share float64) error) (*Survey, error) {
	return nil, nil
}
