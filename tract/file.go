package tract

import (
	"errors"
	"fmt"
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
	format format
	head   Header
	size   int64
	opened Budget // what opening it took
}

// Open reads the header of a tractogram, in one or a few small reads.
//
// The error wraps [ErrInvalid] if it is malformed, [errors.ErrUnsupported] if no tractogram of its format can be read,
// and else is that of the Source.
func Open(in Input) (*File, error) {
	var cost meter
	f := &File{head: newHeader(in.Format)}
	switch {
	case in.Source != nil:
		f.size = in.Source.Size()
	default:
		for _, src := range in.Folder {
			f.size += src.Size()
		}
	}
	var err error
	if f.format, err = openFormat(cost.input(in), &f.head); err != nil {
		return nil, err
	}
	if f.head.BundleProperty < 0 && len(f.head.Groups) == 0 {
		f.head.BundleProperty = bundleProperty(f.head.Properties)
	}
	f.opened = Budget{Ranges: int(cost.ranges.Load()), Bytes: cost.bytes.Load()}
	return f, nil
}

// newHeader is what is known of a file of format f before it is read.
func newHeader(f Format) Header {
	return Header{Format: f, Streamlines: -1, Affine: identity(), BundleProperty: -1}
}

func openFormat(in Input, h *Header) (format, error) {
	switch in.Format {
	case TRK:
		return openTRK(in, h)
	case TRKGZ:
		return openTRKGZ(in, h)
	case TCK:
		return openTCK(in, h)
	case TRX:
		return openTRX(in, h)
	case VTK:
		return openVTK(in, h)
	case TT:
		return openTT(in, h)
	}
	return nil, fmt.Errorf("%w: %q is no format of a tractogram", errors.ErrUnsupported, in.Format)
}

// Header returns the header. Its slices are shared: nobody may change them.
func (f *File) Header() Header { return f.head }

// Size is that of the file, or of all files of a folder, in bytes.
func (f *File) Size() int64 { return f.size }

// A Part is the streamlines of a file that begin in a range of positions, To excluded. What a position is, is up to the
// format: for .trk and .tck the distance from the beginning of the file in bytes, for others the number of
// the streamline. Positions grow along the file.
type Part struct{ From, To int64 }

// everything is the part that is the whole file.
var everything = Part{To: math.MaxInt64} //nolint:gochecknoglobals // a constant, as far as Go has constant structs

// All is the part that is the whole file.
func (*File) All() Part { return everything }

// Parts divides the file into parts that can be read each on its own, of about so many bytes. A compressed file,
// and any other that can only be read from its beginning, is one part.
//
// So is a .trk file whose header counts streamlines, but cannot count them all, and a .tck file without an end marker at
// its end: what of them is to be ignored is found out only by reading from the beginning.
func (f *File) Parts(size int64) []Part {
	l := f.format.layout()
	n := int64(0)
	if l.divisible {
		n = int64(float64(l.positions.To-l.positions.From) * l.bytes / float64(max(size, 1)))
	}
	n = min(n, l.positions.To-l.positions.From, maxParts)
	if n < 2 {
		return []Part{everything}
	}
	parts := make([]Part, n)
	step := float64(l.positions.To-l.positions.From) / float64(n)
	for i := range parts {
		cut := l.positions.From + int64(step*float64(i+1))
		parts[i].To = cut
		if i+1 < len(parts) {
			parts[i+1].From = cut
		}
	}
	parts[n-1].To = math.MaxInt64
	return parts
}

// maxParts bounds what Parts returns.
const maxParts = 1 << 16

// Read begins to read a part: one of Parts, All, or for formats that Parts can divide any other. The caller closes the reader.
func (f *File) Read(p Part) (*Reader, error) {
	if p != everything && !f.format.layout().divisible {
		return nil, fmt.Errorf("%w: this file can only be read as a whole", errors.ErrUnsupported)
	}
	file, err := f.format.read(p)
	if err != nil {
		return nil, err
	}
	return newReader(f.head, file, f.size), nil
}

// Vertices returns how many points and streamlines the file holds if its header and its size alone tell, as those of
// a .trk file that counts its streamlines do (if none of them is empty).
func (f *File) Vertices() (points, streamlines int64, ok bool) { return f.format.vertices() }

// Group returns the numbers of the streamlines in Header.Groups[i], sorted, each once.
//
// The error is that of [Open].
func (f *File) Group(i int) ([]uint32, error) { return f.format.group(i) }

// A Batch is some streamlines that follow each other in a file. Its slices are reused by [Reader.ReadBatch].
type Batch struct {
	Index      int64     // number of the first among those that the reader gives; the next ones follow
	Positions  []int64   // of each, see [Part]
	Counts     []int32   // points of each; 0 for one without points, or with a coordinate that is no finite number
	Bundles    []uint16  // of each, see [Streamline]
	Points     []float32 // x, y, z in RAS mm of all their points, row after row
	Scalars    []float32 // a row for each point
	Properties []float32 // a row for each streamline

	finite bool // all Points are known to be finite numbers
}

// BatchPoints is how many points a batch has at most, unless a single streamline has more.
const BatchPoints = 1 << 14

// batchNumbers is how many numbers a batch has at most, unless a single streamline has more: a file may have thousands of
// them for each point.
const batchNumbers = 1 << 21

// full reports whether a streamline would bring a batch with so many points, itself included, above its limits. There
// are so many numbers for a point and for a streamline.
func (b *Batch) full(points int64, ofPoint, ofLine int) bool {
	lines := len(b.Counts)
	return lines > 0 && (points > BatchPoints || points*int64(ofPoint)+int64(lines+1)*int64(ofLine) > batchNumbers)
}
