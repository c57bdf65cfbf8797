package tract

import (
	"fmt"
	"io"
	"math"
)

// A Frame says which way the axes of a file point that does not say so itself.
type Frame string

// The frames of a VTK file. Unstated takes what its title says (SPACE=RAS or SPACE=LPS), and else RAS.
const (
	Unstated Frame = ""
	RAS      Frame = "ras"
	LPS      Frame = "lps"
)

// An Input is what a tractogram is read from.
type Input struct {
	Format  Format
	Source  Source            // nil for a .trx folder
	Folder  map[string]Source // the files of a .trx folder, by their paths inside it, such as "dpv/fa.float32"
	Scalars map[string]Source // of a .tck file: its .tsf files, by the name that the scalar is to have
	Frame   Frame             // of a .vtk file
}

// A File is a tractogram that can be read more than once, and in parts. It is safe for concurrent use.
type File struct {
	in   Input
	head Header
}

// Open reads the header of a tractogram, in one or a few small reads.
//
// The error wraps [ErrInvalid] if it is malformed, [errors.ErrUnsupported] if no tractogram of its format can be read,
// and else is that of the Source.
func Open(in Input) (*File, error) {
	f := &File{in: in}
	r, err := f.Read(f.All())
	if err != nil {
		return nil, err
	}
	f.head = r.Header()
	return f, r.Close()
}

// Header returns the header. Its slices are shared: nobody may change them.
func (f *File) Header() Header { return f.head }

// Size is that of the file, or of all files of a folder, in bytes.
func (f *File) Size() int64 { return f.in.Source.Size() }

// A Part is the streamlines of a file that begin in a range of positions, To excluded. What a position is, is up to the
// format: for .trk and .tck the distance from the beginning of the file in bytes, for others the number of
// the streamline. Positions grow along the file.
type Part struct{ From, To int64 }

// All is the part that is the whole file.
func (*File) All() Part { return Part{To: math.MaxInt64} }

// Parts divides the file into parts that can be read each on its own, of about so many bytes. A compressed file,
// and any other that can only be read from its beginning, is one part.
func (f *File) Parts(int64) []Part { return []Part{f.All()} }

// Read begins to read a part: one of Parts, All, or for formats that Parts can divide any other. The caller closes the reader.
func (f *File) Read(p Part) (*Reader, error) {
	if p != f.All() {
		return nil, fmt.Errorf("%w: part", ErrInvalid)
	}
	body, err := f.in.Source.Open(0, f.in.Source.Size())
	if err != nil {
		return nil, err
	}
	r, err := NewReader(body, f.in.Format, f.in.Source.Size())
	if err != nil {
		body.Close()
		return nil, err
	}
	r.body = body
	return r, nil
}

// Vertices returns how many points and streamlines the file holds if its header and its size alone tell, as those of
// a .trk file that counts its streamlines do (if none of them is empty).
func (f *File) Vertices() (points, streamlines int64, ok bool) { return 0, 0, false }

// Group returns the numbers of the streamlines in Header.Groups[i], sorted, each once.
//
// The error is that of [Open].
func (f *File) Group(int) ([]uint32, error) { return nil, nil }

// A Batch is some streamlines that follow each other in a file. Its slices are reused by [Reader.ReadBatch].
type Batch struct {
	Index      int64     // number of the first among those that the reader gives; the next ones follow
	Positions  []int64   // of each, see [Part]
	Counts     []int32   // points of each; 0 for one without points, or with a coordinate that is no finite number
	Bundles    []uint16  // of each, see [Streamline]
	Points     []float32 // x, y, z in RAS mm of all their points, row after row
	Scalars    []float32 // a row for each point
	Properties []float32 // a row for each streamline
}

// BatchPoints is how many points a batch has at most, unless a single streamline has more.
const BatchPoints = 1 << 14

// ReadBatch reads the next streamlines into b, at least one, or returns [io.EOF] after the last. The error is that of
// [Reader.Next]; with an error, b holds nothing. A reader is read with Next or with ReadBatch, not with both.
//
// Unlike Next it leaves none out: those that cannot be drawn have a count of 0.
func (r *Reader) ReadBatch(b *Batch) error {
	s, err := r.Next()
	if err != nil {
		return err
	}
	b.Index = s.Index
	b.Positions, b.Counts, b.Bundles = append(b.Positions[:0], s.Position), append(b.Counts[:0], int32(len(s.Points)/3)), append(b.Bundles[:0], s.Bundle)
	b.Points, b.Scalars, b.Properties = append(b.Points[:0], s.Points...), append(b.Scalars[:0], s.Scalars...), append(b.Properties[:0], s.Properties...)
	return nil
}

// Close ends reading.
func (r *Reader) Close() error {
	if c, ok := r.body.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
