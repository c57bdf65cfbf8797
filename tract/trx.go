package tract

import (
	"path"
	"slices"
	"strings"
)

// A trx is an open .trx file, a zip archive or a folder of arrays
// (https://github.com/tee-ar-ex/trx-spec/blob/master/specifications.md): positions.3.<float type> are the points of
// all streamlines in RAS mm, offsets.<integer type> the number of the first point of each, and sometimes of the
// one behind the last; dpv/<name>.<type> belong to the points, dps/<name>.<type> to the streamlines, and
// groups/<name>.<integer type> are numbers of streamlines. A position is the number of a streamline.
type trx struct {
	lines, points int64
	size          int64 // of the whole file in bytes

	positions  array
	offsets    array   // of lines or lines + 1 rows
	begin, end int64   // points: with which the first streamline begins, and behind the last; -1 if that is not known yet
	known      []int64 // the offsets, if they are not many
	scalars    []array
	properties []array
	groups     []array

	table *trxTable
	wrap  func(Source) Source // if not nil, through which to read
}

const (
	trxColumns = 64      // arrays of scalars, and of properties, that are read at most
	trxKnown   = 1 << 20 // bytes of offsets that are kept in memory
	trxGroups  = 65534   // groups that a bundle's number can tell apart
)

// openTRX opens an archive or a folder.
func openTRX(in Input, h *Header) (format, error) {
	members, size, err := trxMembers(in)
	if err != nil {
		return nil, err
	}
	files, err := trxFiles(members)
	if err != nil {
		return nil, err
	}
	text, err := files["header.json"].read(trxJSON)
	if err != nil {
		return nil, err
	}
	t := &trx{size: size, table: &trxTable{}}
	if t.lines, t.points, err = parseTRXHeader(text, size, h); err != nil {
		return nil, err
	}
	if err = t.arrays(files, h); err != nil {
		return nil, err
	}
	return t, t.locate(h)
}

func trxMembers(in Input) (members []*member, size int64, err error) {
	if in.Folder == nil {
		members, err = openZip(in.Source)
		return members, in.Source.Size(), err
	}
	if len(in.Folder) > zipEntries {
		return nil, 0, invalid("the .trx folder holds %d files, and none has more than %d", len(in.Folder), zipEntries)
	}
	for name, src := range in.Folder {
		size += src.Size()
		if !hidden(name) {
			members = append(members, &member{name: name, size: src.Size(), packed: src.Size(), file: src, local: -1})
		}
	}
	return members, size, nil
}

// trxFiles names the members by their paths beside header.json, which may lie in a folder of the archive.
func trxFiles(members []*member) (map[string]*member, error) {
	top, depth := "", -1
	for _, m := range members {
		dir, base := path.Split(m.name)
		if d := strings.Count(dir, "/"); base == "header.json" && (depth < 0 || d < depth) {
			top, depth = dir, d
		}
	}
	if depth < 0 {
		return nil, invalid("the .trx file has no header.json: it is another kind of archive")
	}
	out := map[string]*member{}
	for _, m := range members {
		name, inside := strings.CutPrefix(m.name, top)
		if !inside {
			continue
		}
		if _, twice := out[name]; twice {
			return nil, invalid("the .trx file has two parts called %.100q", name)
		}
		out[name] = m
	}
	return out, nil
}

// arrays finds the arrays among the files.
func (t *trx) arrays(files map[string]*member, h *Header) error {
	found := map[string][]array{} // by folder
	perGroup := false
	for name, m := range files {
		folder, _, deep := strings.Cut(name, "/")
		if !deep {
			folder, _, _ = strings.Cut(name, ".") // "positions", "offsets"
		}
		perGroup = perGroup || deep && folder == "dpg"
		if a, ok := parseArray(m); ok && (!deep || strings.Count(name, "/") == 1) {
			found[folder] = append(found[folder], a)
		}
	}
	for _, list := range found {
		slices.SortFunc(list, func(a, b array) int { return strings.Compare(a.member.name, b.member.name) })
	}
	if perGroup {
		h.warn("The file holds data of its groups (dpg), which are not shown.")
	}
	if err := t.geometry(found["positions"], found["offsets"]); err != nil {
		return err
	}
	if err := t.recount(found["dps"], h); err != nil {
		return err
	}
	t.scalars = t.columns(found["dpv"], t.points, "points", h)
	t.properties = t.columns(found["dps"], t.lines, "streamlines", h)
	h.Scalars, h.Properties = columnsOf(t.scalars), columnsOf(t.properties)
	t.takeGroups(found["groups"], h)
	return nil
}

// recount corrects a header that counts one streamline too few, as files of the first programs do that wrote the format. What
// looks like the offset of the end is that of one more streamline then: there are points behind it, and
// all data of streamlines have a row more, too.
func (t *trx) recount(perLine []array, h *Header) error {
	if t.lines == 0 || !t.sentinel() || len(perLine) == 0 || !t.offsets.random() && t.offsets.size > trxKnown {
		return nil
	}
	for _, a := range perLine {
		if a.size != (t.lines+1)*int64(max(1, a.width)*a.numbers.width) {
			return nil
		}
	}
	last, err := t.offset(t.lines)
	if err != nil || last < 0 || last >= t.points {
		return err
	}
	h.warn("header.json counts %d streamlines, but the file holds the points and the data of %d; all were read.", t.lines, t.lines+1)
	t.lines++
	h.Streamlines = t.lines
	return nil
}

func columnsOf(arrays []array) []Column {
	var out []Column
	for _, a := range arrays {
		out = append(out, Column{Name: a.name, Components: a.width})
	}
	return out
}

// geometry checks the arrays that every file has.
func (t *trx) geometry(positions, offsets []array) error {
	if t.lines == 0 {
		return nil
	}
	if len(positions) != 1 || len(offsets) != 1 {
		return invalid("a .trx file has one array called positions and one called offsets, and this one has %d and %d",
			len(positions), len(offsets))
	}
	t.positions, t.offsets = positions[0], offsets[0]
	p, o := &t.positions, &t.offsets
	if p.width == 0 {
		p.width = 3
	}
	if p.numbers.kind != floating || p.width != 3 {
		return invalid("%s does not hold points, which are three floating-point numbers each", p.title())
	}
	if o.numbers.kind == floating || o.width > 1 {
		return invalid("%s does not hold integers", o.title())
	}
	o.width = 1
	if p.size != t.points*p.row() {
		return invalid("header.json counts %d points, but %s has %d bytes for them, and not %d",
			t.points, p.title(), p.size, t.points*p.row())
	}
	if n := o.size / o.row(); o.size%o.row() != 0 || n != t.lines && n != t.lines+1 {
		return invalid("header.json counts %d streamlines, but %s has %d bytes, and not %d or %d",
			t.lines, o.title(), o.size, t.lines*o.row(), (t.lines+1)*o.row())
	}
	return nil
}

// columns takes those of the arrays that have rows for all points or streamlines.
func (t *trx) columns(arrays []array, rows int64, what string, h *Header) []array {
	var out []array
	for _, a := range arrays {
		row := rows * int64(a.numbers.width)
		switch {
		case rows > 0 && a.width == 0 && a.size%row == 0 && a.size/row <= maxComponents:
			a.width = int(a.size / row)
		case a.width == 0:
			a.width = 1
		}
		need := row * int64(a.width)
		switch {
		case a.size < need || a.width > maxComponents || rows == 0 && a.size > 0 || a.width == 0:
			h.warn("The data %.60q are left out: they are not one row for each of the %d %s.", a.name, rows, what)
			continue
		case a.size > need:
			h.warn("The data %.60q have more rows than there are %s (%d); the last ones are left out.", a.name, what, rows)
		case len(out) == trxColumns:
			h.warn("The file holds more than %d kinds of data for its %s; the rest is left out.", trxColumns, what)
			return out
		}
		out = append(out, a)
	}
	return out
}

// maxComponents is how many numbers a row of a column may have.
const maxComponents = 256
