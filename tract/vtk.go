package tract

import (
	"fmt"
	"io"
	"strings"
)

// A vtk is an open legacy VTK file of polydata with lines
// (https://docs.vtk.org/en/latest/vtk_file_formats/vtk_legacy_file_format.html, versions 1.0 to 5.1). A position is
// the number of a line. It is read from its beginning, the points and the lines side by side.
type vtk struct {
	src    Source
	text   bool
	flip   bool // x and y point the other way
	before int64
	lines  int64 // cells of lines
	total  int64 // indices of points in all lines

	points       vtkArray
	offsets      vtkArray // of each line among the indices, and of the end; has no rows in files before version 5
	connectivity vtkArray // the indices; before version 5 with their number before those of each line
	scalars      []vtkArray
	properties   []vtkArray // the rows of lines begin at before
	hasSurface   bool
}

// A vtkArray is a table of numbers in the file.
type vtkArray struct {
	name    string
	off     int64 // in the file
	rows    int64
	width   int // numbers in a row
	numbers numberType
}

func (a vtkArray) bytes() int64 { return a.rows * int64(a.width*a.numbers.width) }

const (
	vtkText   = 256 << 20 // bytes that a file in text may have, which has to be read to find its parts
	vtkLoaded = 64 << 20  // bytes of points that are kept in memory for lines that use them in any order
)

// openVTK reads what the file says of its parts, passing over these if they are binary.
func openVTK(in Input, h *Header) (format, error) {
	v := &vtk{src: in.Source}
	s := newVTKScan(in.Source)
	title, err := s.preamble()
	if err != nil {
		return nil, err
	}
	if v.text = s.text; v.text && in.Source.Size() > vtkText {
		return nil, invalid("a .vtk file in text may have at most %d MB: write it as BINARY", vtkText>>20)
	}
	v.orient(in.Frame, title, h)
	if err = s.sections(v, h); err != nil {
		return nil, err
	}
	switch {
	case v.connectivity.name == "" && v.hasSurface:
		return nil, invalid("the .vtk file holds a surface and no streamlines")
	case v.connectivity.name == "":
		return nil, invalid("the .vtk file holds no streamlines: it has no LINES")
	case v.points.name == "" && v.total > 0:
		return nil, invalid("the .vtk file has lines and no POINTS")
	}
	h.Streamlines = v.lines
	v.scalars = vtkColumns(v.scalars, v.points.rows, "points", h)
	v.properties = vtkColumns(v.properties, v.before+v.lines, "lines", h)
	h.Scalars, h.Properties = vtkNames(v.scalars), vtkNames(v.properties)
	return v, nil
}

// orient chooses which way the axes point. Slicer writes LPS unless the title says otherwise, MRtrix writes RAS.
func (v *vtk) orient(f Frame, title string, h *Header) {
	title = strings.ToUpper(title)
	switch {
	case f != Unstated:
	case strings.Contains(title, "SPACE=LPS"):
		f = LPS
	case strings.Contains(title, "SPACE=RAS"):
	default:
		h.warn("The file does not say whether its axes are RAS or LPS; RAS was assumed.")
	}
	v.flip = f == LPS
}

// vtkColumns takes the arrays that have enough rows.
func vtkColumns(arrays []vtkArray, rows int64, what string, h *Header) []vtkArray {
	var out []vtkArray
	for _, a := range arrays {
		switch {
		case a.rows < rows:
			h.warn("The data %.60q are left out: they have %d rows for %d %s.", a.name, a.rows, rows, what)
		case len(out) < trxColumns:
			out = append(out, a)
		}
	}
	return out
}

func vtkNames(arrays []vtkArray) []Column {
	var out []Column
	for _, a := range arrays {
		out = append(out, Column{Name: a.name, Components: a.width})
	}
	return out
}

// layout is [format].
func (*vtk) layout() layout { return layout{} }

// over is [format].
func (v *vtk) over(wrap func(Source) Source) format {
	c := *v
	c.src = wrap(v.src)
	return &c
}

// vertices is [format].
func (v *vtk) vertices() (points, streamlines int64, ok bool) { return v.total, v.lines, true }

// group is [format].
func (*vtk) group(i int) ([]uint32, error) { return nil, fmt.Errorf("group %d of 0", i) }

// numbersReader gives the numbers of an array in their order, n rows at a time.
type numbersReader interface {
	floats(out []float32, n int64) ([]float32, error)
	integers(out []int64, n int64) ([]int64, error)
	close() error
}

// A shifted source is the rest of another.
type shifted struct {
	Source
	by int64
}

// Open is [Source].
func (s shifted) Open(off, n int64) (io.ReadCloser, error) { return s.Source.Open(s.by+off, n) }

// open begins to read an array at row from.
func (v *vtk) open(a vtkArray, from int64) (numbersReader, error) {
	if v.text {
		return openVTKText(v.src, a, from)
	}
	m := &member{name: a.name, size: a.bytes(), packed: a.bytes(), local: -1}
	return array{member: m, numbers: a.numbers, width: a.width, big: true}.
		open(shifted{v.src, a.off}, from, a.rows-from)
}
