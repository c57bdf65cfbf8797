package volume

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// MaxSegments is how many rows of a table of labels are kept.
const MaxSegments = 1 << 16

// A Segment is one label of a segmentation: its number in the voxels, a name, and perhaps a color.
type Segment struct {
	ID    uint64
	Name  string
	Color string // "#rrggbb", lower case; "" when the table has none
}

// ReadSegments reads a table of labels: BIDS _dseg.tsv (BIDS 1.10 "Segmentations": columns index, name and perhaps
// abbreviation, color, mapping; value, id and label are met too, and r, g, b), a FreeSurfer color lookup table ("No.
// Label Name: R G B A"), or an ITK-SNAP label description (`IDX R G B A VIS MSH "LABEL"`). Which of them it is the text
// tells. Rows that make no sense, repeat a number, or come after [MaxSegments] are passed over and counted.
//
// The error wraps [ErrInvalid] when there is no row that makes sense, or more than [MaxMetadata] of text.
func ReadSegments(text []byte) (segments []Segment, skipped int, err error) {
	switch {
	case len(text) > MaxMetadata:
		return nil, 0, invalid("the table of labels has more than %d MiB", MaxMetadata>>20)
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return nil, 0, invalid("the table of labels is written in UTF-16; save it as UTF-8")
	}
	plain := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(string(text), "\ufeff"))
	read := segmentLine
	seen := map[uint64]bool{}
	first, table := true, false
	for line := range strings.Lines(plain) {
		line = strings.TrimSuffix(line, "\n")
		if strings.TrimSpace(line) == "" || !table && strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		if first {
			first = false
			if columns := segmentColumns(line); columns != nil {
				table, read = true, columns.segment // whose rows may begin with a color
				continue
			}
		}
		s, ok := read(line)
		if !ok || seen[s.ID] || len(segments) == MaxSegments {
			skipped++
			continue
		}
		seen[s.ID] = true
		segments = append(segments, s)
	}
	if len(segments) == 0 {
		return nil, skipped, invalid("the table has no row with the number of a label and its name or color")
	}
	return segments, skipped, nil
}

// columns says which cell of a row holds what; -1 is none.
type columns struct {
	separator       string
	id, name, color int
	rgb             [3]int
}

// segmentColumns reads the header of a table, or returns nil if line is none.
func segmentColumns(line string) *columns {
	c := columns{separator: "\t"}
	if !strings.Contains(line, "\t") {
		c.separator = ","
	}
	header := cells(line, c.separator)
	for i := range header {
		header[i] = strings.ToLower(header[i])
	}
	find := func(names ...string) int {
		for _, n := range names {
			if at := slices.Index(header, n); at >= 0 {
				return at
			}
		}
		return -1
	}
	c.id = find("index", "value", "id")
	c.name = find("name", "label", "abbreviation")
	if c.id < 0 && c.name != slices.Index(header, "label") { // the label is the number then
		c.id = find("label")
	}
	c.color = find("color", "colour") //nolint:misspell // British tables are met
	c.rgb = [3]int{find("r", "red"), find("g", "green"), find("b", "blue")}
	if c.id < 0 || c.name < 0 && c.color < 0 && slices.Contains(c.rgb[:], -1) {
		return nil
	}
	return &c
}

func (c *columns) segment(line string) (Segment, bool) {
	row := cells(line, c.separator)
	cell := func(i int) string {
		if i < 0 || i >= len(row) || row[i] == "n/a" { // BIDS: a value that is missing
			return ""
		}
		return row[i]
	}
	id, ok := segmentID(cell(c.id))
	s := Segment{ID: id, Name: segmentName(cell(c.name)), Color: hexColor(cell(c.color))}
	if s.Color == "" {
		s.Color = rgbColor(cell(c.rgb[0]), cell(c.rgb[1]), cell(c.rgb[2]))
	}
	return s, ok && (s.Name != "" || s.Color != "")
}

// maxCells is how many columns of a table are looked at.
const maxCells = 256

// cells splits a row; a cell in quotes may hold separators, and quotes that are written twice.
func cells(line, separator string) []string {
	var out []string
	for len(out) < maxCells {
		line = strings.TrimLeft(line, " ")
		var cell string
		if strings.HasPrefix(line, `"`) {
			cell, line = quoted(line[1:])
			_, after, more := strings.Cut(line, separator)
			out = append(out, strings.TrimSpace(cell))
			if line = after; !more {
				return out
			}
			continue
		}
		cell, after, more := strings.Cut(line, separator)
		out = append(out, strings.TrimSpace(cell))
		if line = after; !more {
			return out
		}
	}
	return out
}

// quoted reads up to the quote that ends a cell.
func quoted(line string) (cell, rest string) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(line, `"`)
		b.WriteString(before)
		if !found || !strings.HasPrefix(after, `"`) {
			return b.String(), after
		}
		b.WriteByte('"')
		line = after[1:]
	}
}

// segmentLine reads a line of FreeSurfer's table, or, if it has quotes, of ITK-SNAP's.
func segmentLine(line string) (Segment, bool) {
	numbers, name, snap := strings.Cut(line, `"`)
	fields := strings.Fields(numbers)
	if len(fields) < 2 {
		return Segment{}, false
	}
	id, ok := segmentID(fields[0])
	s := Segment{ID: id}
	switch {
	case snap && len(fields) >= 4:
		name, _, _ = strings.Cut(name, `"`)
		s.Name, s.Color = segmentName(name), rgbColor(fields[1], fields[2], fields[3])
	case !snap && len(fields) >= 5:
		s.Name, s.Color = segmentName(fields[1]), rgbColor(fields[2], fields[3], fields[4])
	}
	return s, ok && s.Name != "" && s.Color != ""
}

// segmentID reads a whole number, also as pandas writes one in a column with gaps, "3.0".
func segmentID(s string) (uint64, bool) {
	if id, err := strconv.ParseUint(s, 10, 64); err == nil {
		return id, true
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v != math.Trunc(v) || v < 0 || v > maxExact {
		return 0, false
	}
	return uint64(v), true
}

// segmentName makes one line of a name, of no more than 200 letters.
func segmentName(s string) string {
	const most = 200
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}

// hexColor reads "#rrggbb", also without "#" or with one digit each; anything else is "".
func hexColor(s string) string {
	s = strings.ToLower(strings.TrimPrefix(s, "#"))
	if len(s) == 3 {
		s = string([]byte{s[0], s[0], s[1], s[1], s[2], s[2]})
	}
	if _, err := strconv.ParseUint(s, 16, 32); err != nil || len(s) != 6 {
		return ""
	}
	return "#" + s
}

// rgbColor reads three numbers of 0 to 255; anything else is "".
func rgbColor(parts ...string) string {
	color := "#"
	for _, p := range parts {
		v, ok := segmentID(p)
		if !ok || v > 255 {
			return ""
		}
		color += fmt.Sprintf("%02x", v)
	}
	return color
}
