package tract

import (
	"errors"
	"io"
	"strings"
)

// A vtkOwner is what rows of data belong to.
type vtkOwner int

const (
	nobody vtkOwner = iota
	ofPoints
	ofCells
)

// sections finds the parts of the file.
func (s *vtkScan) sections(v *vtk, h *Header) error {
	d := vtkData{scan: s, file: v}
	for {
		words, err := s.words()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		known, err := d.section(strings.ToUpper(words[0]), words)
		if err != nil {
			return err
		}
		if !known {
			h.warn("The file has a part %.40q that is not known; what follows it was not read.", words[0])
			return nil
		}
	}
}

// A vtkData is where in the file the scan is.
type vtkData struct {
	scan  *vtkScan
	file  *vtk
	owner vtkOwner
	rows  int64 // of what belongs to owner
}

// section reads a part. It reports whether its keyword is known.
func (d *vtkData) section(key string, words []string) (known bool, err error) {
	args := words[1:]
	var n []int64
	for _, w := range args[:min(2, len(args))] {
		if c, bad := number(w); bad == nil {
			n = append(n, c)
		}
	}
	switch key {
	case "POINTS":
		if len(args) != 2 || len(n) < 1 {
			return true, vtkBadLine(words)
		}
		d.file.points, err = d.scan.table("POINTS", args[1], n[0], 3)
		return true, err
	case "VERTICES", "LINES", "POLYGONS", "TRIANGLE_STRIPS":
		if len(n) != 2 {
			return true, vtkBadLine(words)
		}
		return true, d.scan.cells(d.file, key, n[0], n[1])
	case "POINT_DATA", "CELL_DATA":
		if len(n) != 1 {
			return true, vtkBadLine(words)
		}
		d.owner, d.rows = ofPoints, n[0]
		if key == "CELL_DATA" {
			d.owner = ofCells
		}
		return true, nil
	}
	return d.scan.data(d.file, d.owner, d.rows, words)
}

func vtkBadLine(words []string) error {
	return invalid("the .vtk file has a line that is damaged: %.80q", strings.Join(words, " "))
}

// cells finds the cells of one kind: before version 5 n of them with size numbers in all, since then
// n offsets and size indices.
func (s *vtkScan) cells(v *vtk, key string, n, size int64) (err error) {
	var offsets, connectivity vtkArray
	count := n
	if s.follows("OFFSETS") {
		if offsets, connectivity, err = s.splitCells(n, size); err != nil {
			return err
		}
		count = max(0, n-1)
	} else {
		if connectivity, err = s.table(key, "int", size, 1); err != nil {
			return err
		}
		if n > size {
			return invalid("the .vtk file says that %s has %d cells in %d numbers", key, n, size)
		}
		size -= n
	}
	switch key {
	case "VERTICES":
		v.before = count
	case "LINES":
		v.lines, v.total, v.offsets, v.connectivity = count, size, offsets, connectivity
	default:
		v.hasSurface = v.hasSurface || count > 0
	}
	return nil
}

func (s *vtkScan) splitCells(n, size int64) (offsets, connectivity vtkArray, err error) {
	for _, part := range []struct {
		key  string
		rows int64
		to   *vtkArray
	}{{"OFFSETS", n, &offsets}, {"CONNECTIVITY", size, &connectivity}} {
		words, err := s.words()
		if err != nil {
			return offsets, connectivity, vtkEnd(err)
		}
		if len(words) != 2 || !strings.EqualFold(words[0], part.key) {
			return offsets, connectivity, vtkBadLine(words)
		}
		if *part.to, err = s.table(part.key, words[1], part.rows, 1); err != nil {
			return offsets, connectivity, err
		}
	}
	return offsets, connectivity, nil
}

// data finds rows of data. It reports whether the keyword is known.
func (s *vtkScan) data(v *vtk, owner vtkOwner, rows int64, words []string) (known bool, err error) {
	key, args := strings.ToUpper(words[0]), words[1:]
	switch {
	case key == "FIELD" && len(args) == 2:
		return true, s.fields(v, owner, args[1])
	case key == "SCALARS" && (len(args) == 2 || len(args) == 3):
		width := int64(1)
		if len(args) == 3 {
			if width, err = number(args[2]); err != nil {
				return true, err
			}
		}
		if s.follows("LOOKUP_TABLE") {
			if _, err = s.line(); err != nil {
				return true, vtkEnd(err)
			}
		}
		return true, s.column(v, owner, args[0], args[1], rows, width)
	case (key == "COLOR_SCALARS" || key == "LOOKUP_TABLE") && len(args) == 2:
		n, err := number(args[1])
		if err == nil && key == "COLOR_SCALARS" {
			return true, s.column(v, owner, args[0], "unsigned_char", rows, n)
		}
		if err == nil {
			_, err = s.table(key, "unsigned_char", n, 4)
		}
		return true, err
	case key == "TEXTURE_COORDINATES" && len(args) == 3:
		n, err := number(args[1])
		if err == nil {
			err = s.column(v, owner, args[0], args[2], rows, n)
		}
		return true, err
	}
	width, known := map[string]int64{
		"VECTORS": 3, "NORMALS": 3, "TENSORS": 9, "TENSORS6": 6, "GLOBAL_IDS": 1, "PEDIGREE_IDS": 1, "EDGE_FLAGS": 1,
	}[key]
	if known = known && len(args) == 2 && vtkTypes[strings.ToLower(args[1])] != (numberType{}); !known {
		return false, nil
	}
	return true, s.column(v, owner, args[0], args[1], rows, width)
}

// fields finds the arrays of a FIELD.
func (s *vtkScan) fields(v *vtk, owner vtkOwner, count string) error {
	n, err := number(count)
	for ; err == nil && n > 0; n-- {
		var words []string
		if words, err = s.words(); err != nil {
			return vtkEnd(err)
		}
		if len(words) == 1 && words[0] == "NULL_ARRAY" {
			continue
		}
		if len(words) != 4 {
			return vtkBadLine(words)
		}
		width, bad := number(words[1])
		rows, worse := number(words[2])
		if err = errors.Join(bad, worse); err == nil {
			err = s.column(v, owner, words[0], words[3], rows, width)
		}
	}
	return err
}

// vtkWidth is how many numbers a row of data may have to be shown.
const vtkWidth = 4

// column finds a table of data, and keeps it if it belongs to the points or to the cells.
func (s *vtkScan) column(v *vtk, owner vtkOwner, name, typ string, rows, width int64) error {
	a, err := s.table(name, typ, rows, width)
	if err != nil || width > vtkWidth || width == 0 {
		return err
	}
	switch owner {
	case ofPoints:
		v.scalars = append(v.scalars, a)
	case ofCells:
		v.properties = append(v.properties, a)
	case nobody:
	}
	return nil
}
