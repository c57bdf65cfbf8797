// Package annotation makes Neuroglancer's precomputed annotations of tractograms: polylines with a spatial index of
// several levels, so that a browser loads what it shows, however large the file is.
//
// Level 0 is whole streamlines, a sample of the file. Each further level has more streamlines, cut into the pieces
// that lie in its smaller cells. Polylines are simplified within a tolerance.
package annotation

import (
	"io"
	"iter"

	"ngportal/tract"
)

// UsualTolerance is how far simplified polylines of f may be off, in mm: 0.1, or an eighth of a voxel if that is less.
func UsualTolerance(h tract.Header) float64 { return 0.1 }

// A Layout is what an annotation source looks like: its cells, levels and properties. It is a function of the file's
// sample and the tolerance, so that level 0 can be served before the rest has been built.
type Layout struct{}

// A Level is one of the spatial index.
type Level struct {
	Grid        [3]int     // cells along x, y, z
	Cell        [3]float64 // size of one in mm
	Limit       int        // mean number of annotations in cells that are not empty
	Streamlines int64      // about so many
}

// Plan chooses the layout for f. The tolerance is in mm; 0 leaves the polylines as they are, negative is [UsualTolerance].
// The sample may be nil for a file that can only be read from its beginning; then there is no level 0 before it is built.
func Plan(f *tract.File, sample *tract.Sample, tolerance float64) (*Layout, error) { return nil, nil }

// Info returns the info file, Levels the levels, coarse to fine, Tolerance that in mm.
func (l *Layout) Info() []byte       { return nil }
func (l *Layout) Levels() []Level    { return nil }
func (l *Layout) Tolerance() float64 { return 0 }

// First returns the one cell of level 0, the same bytes that a [Store] has; false if it cannot be told before building.
func (l *Layout) First() ([]byte, bool) { return nil, false }

// A Workshop keeps the files of a build. What was created is there, whole, when the process is started again, or not at all.
type Workshop interface {
	// Create begins a file, which has its name once it is closed without an error before.
	Create(name string) (File, error)
	// Open opens a file; the error wraps [fs.ErrNotExist] if there is none.
	Open(name string) (ReadFile, error)
	// Remove removes a file; that there is none is no error.
	Remove(name string) error
}

// A File is being written. Abort instead of Close leaves nothing behind.
type File interface {
	io.WriteCloser
	Abort() error
}

// A ReadFile is read at any place.
type ReadFile interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// StoreName is the file that Build leaves in the workshop; all others are removed.
const StoreName = "store"

// Build makes the store of f in w, with so many workers, in bounded memory. What an earlier call has left there it does
// not do again; the result is the same, byte for byte, however often that happened and however many workers there were.
// Now and then it calls progress with the share that is done, which may be nil, and ends with its error.
func Build(f *tract.File, l *Layout, w Workshop, workers int, progress func(share float64) error) error {
	return nil
}

// A Store is a built source. It is safe for concurrent use.
type Store struct{}

// OpenStore opens what Build made. The error wraps [tract.ErrInvalid] if it is damaged or of another version.
func OpenStore(r io.ReaderAt, size int64) (*Store, error) { return nil, nil }

// Info returns the info file, now with the numbers that were counted.
func (s *Store) Info() []byte { return nil }

// Levels are those of the layout, with the numbers that were counted.
func (s *Store) Levels() []Level { return nil }

// Chunk returns the annotations of a cell; without any it is the chunk that says so. The error wraps [fs.ErrNotExist] for
// a cell outside the grid.
func (s *Store) Chunk(level int, cell [3]int) ([]byte, error) { return nil, nil }

// Cells goes through the cells of a level that are not empty.
func (s *Store) Cells(level int) iter.Seq[[3]int] { return nil }

// Bundle returns the annotations of a bundle: whole streamlines, as many of them as make up some megabytes.
func (s *Store) Bundle(id uint64) ([]byte, error) { return nil, nil }

// ByID returns one annotation in the form of the index by id.
func (s *Store) ByID(id uint64) ([]byte, error) { return nil, nil }

// BundleProperties returns the segment properties that list the bundles.
func (s *Store) BundleProperties() []byte { return nil }

// Survey is what building told about the file; without Counts and Member, which Members reads.
func (s *Store) Survey() *tract.Survey { return nil }

// Members are Counts and Member of the survey, six bytes a streamline.
func (s *Store) Members() (counts []uint32, member []uint16, err error) { return nil, nil, nil }
