package tract

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
)

const (
	vtkLine      = 4096    // bytes of a line outside the data
	vtkParts     = 1000    // tables that a file may have, each of which may take a request
	vtkAhead     = 1 << 15 // bytes that are read at once to find the parts of a binary file
	vtkTextAhead = 4 << 20 // likewise of one in text, all of which is read
)

// A vtkScan goes through the keywords of a file.
type vtkScan struct {
	src    Source
	off    int64 // of what buf holds next
	behind int64 // of what buf holds
	text   bool
	buf    *bufio.Reader
	parts  int // tables so far
}

func newVTKScan(src Source) *vtkScan {
	s := &vtkScan{src: src}
	s.buf = bufio.NewReaderSize(fetch{s}, vtkAhead)
	return s
}

// fetch reads the file in pieces, as large as the buffer.
type fetch struct{ *vtkScan }

// Read is [io.Reader].
func (s fetch) Read(p []byte) (int, error) {
	n := min(int64(len(p)), s.src.Size()-s.behind)
	if n <= 0 {
		return 0, io.EOF
	}
	if err := readAt(s.src, p[:n], s.behind); err != nil {
		return 0, err
	}
	s.behind += n
	return int(n), nil
}

// seek goes to an offset.
func (s *vtkScan) seek(off int64) {
	if d := off - s.off; d >= 0 && d <= int64(s.buf.Buffered()) {
		s.buf.Discard(int(d)) //nolint:errcheck // it is in the buffer
	} else {
		s.behind = off
		s.buf.Reset(fetch{s})
	}
	s.off = off
}

// left is how many bytes follow.
func (s *vtkScan) left() int64 { return s.src.Size() - s.off }

// line returns the next line without its end, and io.EOF behind the last.
func (s *vtkScan) line() (string, error) {
	var line []byte
	for {
		c, err := s.buf.ReadByte()
		if errors.Is(err, io.EOF) && len(line) > 0 {
			c, err = '\n', nil
		}
		if err != nil {
			return "", err
		}
		s.off++
		switch {
		case c == '\n':
			return strings.TrimRight(string(line), "\r"), nil
		case len(line) == vtkLine:
			return "", invalid("the .vtk file has a line of more than %d bytes where a keyword should be: it is damaged", vtkLine)
		}
		line = append(line, c)
	}
}

// words returns those of the next line that has any, and passes over METADATA, which end with an empty line.
// The error is io.EOF at the end of the file.
func (s *vtkScan) words() ([]string, error) {
	metadata := false
	for {
		line, err := s.line()
		if err != nil {
			return nil, err
		}
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
			metadata = false
		case strings.EqualFold(words[0], "METADATA"):
			metadata = true
		case !metadata:
			return words, nil
		}
	}
}

// preamble reads the lines before the data, and returns the title.
func (s *vtkScan) preamble() (title string, err error) {
	var lines [3]string
	for i := range lines {
		if lines[i], err = s.line(); err != nil {
			return "", vtkEnd(err)
		}
	}
	if !strings.HasPrefix(strings.ToLower(lines[0]), "# vtk datafile version") {
		return "", invalid("the file does not begin as a legacy .vtk file does, with “# vtk DataFile Version”")
	}
	switch strings.ToUpper(strings.TrimSpace(lines[2])) {
	case "ASCII":
		s.text = true
		s.buf = bufio.NewReaderSize(fetch{s}, vtkTextAhead)
		s.behind = s.off
	case "BINARY":
	default:
		return "", invalid("the third line of the .vtk file says %.40q, and not ASCII or BINARY", lines[2])
	}
	words, err := s.words()
	switch {
	case err != nil:
		return "", vtkEnd(err)
	case len(words) != 2 || !strings.EqualFold(words[0], "DATASET") || !strings.EqualFold(words[1], "POLYDATA"):
		return "", invalid("the .vtk file holds no polydata, which streamlines are: %.80q", strings.Join(words, " "))
	}
	return lines[1], nil
}

// vtkEnd says what an early end of the file means.
func vtkEnd(err error) error {
	if err == io.EOF { //nolint:errorlint // a source's error never is io.EOF itself
		return invalid("the .vtk file ends too early: it is truncated")
	}
	return err
}

// number reads a count in a line of keywords.
func number(word string) (int64, error) {
	n, err := strconv.ParseUint(word, 10, 40)
	if err != nil {
		return 0, invalid("the .vtk file has %.40q where a count should be", word)
	}
	return int64(n), nil
}

// vtkTypes are the types of numbers by their names. A vtkIdType is written as an int, a bit is not read.
//
//nolint:gochecknoglobals // a constant, as far as Go has constant tables
var vtkTypes = map[string]numberType{
	"char": {signed, 1}, "signed_char": {signed, 1}, "unsigned_char": {unsigned, 1},
	"short": {signed, 2}, "unsigned_short": {unsigned, 2}, "int": {signed, 4}, "unsigned_int": {unsigned, 4},
	"long": {signed, 8}, "unsigned_long": {unsigned, 8}, "vtkidtype": {signed, 4},
	"vtktypeint8": {signed, 1}, "vtktypeuint8": {unsigned, 1}, "vtktypeint16": {signed, 2}, "vtktypeuint16": {unsigned, 2},
	"vtktypeint32": {signed, 4}, "vtktypeuint32": {unsigned, 4}, "vtktypeint64": {signed, 8}, "vtktypeuint64": {unsigned, 8},
	"float": {floating, 4}, "vtktypefloat32": {floating, 4}, "double": {floating, 8}, "vtktypefloat64": {floating, 8},
}

// table passes over the numbers of a table, and tells where they are.
func (s *vtkScan) table(name, typ string, rows, width int64) (vtkArray, error) {
	t, ok := vtkTypes[strings.ToLower(typ)]
	if !ok {
		return vtkArray{}, invalid("the .vtk file has data %.60q of a type that is not read, %.40q", name, typ)
	}
	if s.parts++; s.parts > vtkParts {
		return vtkArray{}, invalid("the .vtk file has more than %d tables of numbers, and no real one does", vtkParts)
	}
	most := (s.left() + 1) / 2 // numbers in text, with a blank behind each but the last
	if !s.text {
		most = s.left() / int64(t.width)
	}
	if width > maxComponents || width > 0 && rows > most/width {
		return vtkArray{}, invalid("the .vtk file says that its part %.60q has %d rows of %d numbers, and is too short for that: "+
			"it is truncated or damaged", name, rows, width)
	}
	a := vtkArray{name: name, off: s.off, rows: rows, width: int(width), numbers: t}
	if !s.text {
		s.seek(s.off + a.bytes())
		return a, nil
	}
	return a, s.skipWords(rows * width)
}

// skipWords passes over n words and what is before them.
func (s *vtkScan) skipWords(n int64) error {
	inside := false
	for n > 0 {
		b, err := s.buf.Peek(max(1, s.buf.Buffered()))
		if len(b) == 0 {
			if inside && n == 1 && errors.Is(err, io.EOF) {
				return nil
			}
			return vtkEnd(err)
		}
		used := 0
		for ; used < len(b) && n > 0; used++ {
			if blank := b[used] <= ' '; inside && blank {
				n--
			}
			inside = b[used] > ' '
		}
		if n == 0 {
			used-- // the blank may be the end of the line
		}
		s.buf.Discard(used) //nolint:errcheck // it is in the buffer
		s.off += int64(used)
	}
	return nil
}

// follows reports whether the file goes on with a word.
func (s *vtkScan) follows(word string) bool {
	b, _ := s.buf.Peek(len(word))
	return bytes.EqualFold(b, []byte(word))
}
