package annotation

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"ngportal/tract"
)

// A run is a file of a build: records of some streamlines that follow each other, sorted by cell and hash. It has a
// header of runHeader bytes (the layout's mark, the number of the first streamline in its part, how many there are),
// then for each cell its ordinal and the number of its records, as uint32, and for each record its hash as uint64 and
// itself; at the end the ordinal noCell and a 0.
const (
	runHeader = 24
	noCell    = 1<<32 - 1
)

// A ref is where the arena has a record, behind its hash.
type ref struct{ cell, at uint32 }

// A lined is a streamline: its hash, and which refs are its pieces.
type lined struct {
	hash     uint64
	from, to uint32
}

// A sorter collects records and writes runs of them.
type sorter struct {
	w      Workshop
	mark   uint64
	width  int
	limit  int // bytes of the arena at which a run is written
	name   func(run int) string
	run    int // number of the next
	from   int64
	count  int64 // streamlines since the last run
	arena  []byte
	lines  []lined
	refs   []ref
	sorted []ref // scratch of sort
}

// begin makes the sorter ready for a part of which such runs are there already, for so many streamlines.
func (s *sorter) begin(name func(int) string, run int, done int64) {
	s.name, s.run, s.from, s.count = name, run, done, 0
	s.empty()
}

func (s *sorter) empty() { s.arena, s.lines, s.refs = s.arena[:0], s.lines[:0], s.refs[:0] }

// add takes in a record. Those of a streamline, whose hash no other one has, follow each other.
func (s *sorter) add(cell uint32, hash uint64, points []float32, props []byte) {
	if n := uint32(len(s.refs)); len(s.lines) == 0 || s.lines[len(s.lines)-1].hash != hash {
		s.lines = append(s.lines, lined{hash, n, n})
	}
	s.lines[len(s.lines)-1].to++
	s.refs = append(s.refs, ref{cell, uint32(len(s.arena))})
	s.arena = appendRecord(le64(s.arena, hash), points, props)
}

// end closes a streamline, whether or not anything was added for it, and writes a run if it is time.
func (s *sorter) end() error {
	s.count++
	if len(s.arena)+8*len(s.refs) < s.limit {
		return nil
	}
	return s.flush()
}

// flush writes what there is. Runs end between two streamlines, so that pieces with one hash are in one run.
func (s *sorter) flush() error {
	if len(s.refs) == 0 {
		return nil
	}
	s.sort()
	err := create(s.w, s.name(s.run), s.write)
	s.run, s.from, s.count = s.run+1, s.from+s.count, 0
	s.empty()
	return err
}

// sort orders the refs by cell, hash and place: it takes the streamlines in the order of their hashes, and orders their
// pieces by the lower and then by the upper half of the cells' ordinals, leaving those that are equal as they are.
func (s *sorter) sort() {
	slices.SortFunc(s.lines, func(a, b lined) int { return cmp.Compare(a.hash, b.hash) })
	s.sorted = s.sorted[:0]
	for _, l := range s.lines {
		s.sorted = append(s.sorted, s.refs[l.from:l.to]...)
	}
	distribute(s.refs, s.sorted, 0)
	distribute(s.sorted, s.refs, 16)
	s.refs, s.sorted = s.sorted, s.refs
}

// distribute puts from in the order of sixteen bits of the cells.
func distribute(to, from []ref, shift int) {
	var begins [1<<16 + 1]uint32
	for _, r := range from {
		begins[uint32(uint16(r.cell>>shift))+1]++
	}
	for i := range begins[1:] {
		begins[i+1] += begins[i]
	}
	for _, r := range from {
		n := uint16(r.cell >> shift)
		to[begins[n]] = r
		begins[n]++
	}
}

func (s *sorter) write(w *bufio.Writer) error {
	var b []byte
	b = le64(le64(le64(b, s.mark), uint64(s.from)), uint64(s.count))
	for i := 0; i < len(s.refs); {
		end := i + 1
		for end < len(s.refs) && s.refs[end].cell == s.refs[i].cell {
			end++
		}
		if _, err := w.Write(le32(le32(b, s.refs[i].cell), uint32(end-i))); err != nil {
			return err
		}
		b = b[:0]
		for ; i < end; i++ {
			record := s.arena[s.refs[i].at:]
			if _, err := w.Write(record[:8+recordSize(record[8:], s.width)]); err != nil {
				return err
			}
		}
	}
	_, err := w.Write(le32(le32(b, noCell), 0))
	return err
}

// recordSize is how long the record is that b begins with.
func recordSize(b []byte, width int) int {
	return 4 + 12*int(binary.LittleEndian.Uint32(b)) + width
}

func le32(b []byte, v uint32) []byte { return binary.LittleEndian.AppendUint32(b, v) }
func le64(b []byte, v uint64) []byte { return binary.LittleEndian.AppendUint64(b, v) }

// create makes a file with what write writes, or none.
func create(w Workshop, name string, write func(*bufio.Writer) error) error {
	f, err := w.Create(name)
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	out := bufio.NewWriterSize(f, 256<<10)
	if err = write(out); err == nil {
		err = out.Flush()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", name, err), f.Abort())
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("close %s: %w", name, err)
	}
	return nil
}

// readAll returns a file of at most so many bytes; nil without an error if there is none.
func readAll(w Workshop, name string, most int64) ([]byte, error) {
	f, err := w.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, min(f.Size(), most))
	if _, err := f.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return b, nil
}

// covered returns how many streamlines a run has, after the first so many of its part; false if there is no such run.
func covered(w Workshop, name string, mark uint64, from int64) (int64, bool, error) {
	b, err := readAll(w, name, runHeader)
	if err != nil || len(b) < runHeader {
		return 0, false, err
	}
	n := int64(binary.LittleEndian.Uint64(b[16:]))
	ok := binary.LittleEndian.Uint64(b) == mark && binary.LittleEndian.Uint64(b[8:]) == uint64(from) && n > 0
	return n, ok, nil
}

// A cursor reads a run from its beginning to its end. It has the file open only while it fills its buffer, as there may be
// a thousand cursors.
type cursor struct {
	w     Workshop
	name  string
	base  uint32 // number in the file of the part's first streamline
	width int
	at    int64 // in the file, of what follows the buffer
	buf   []byte
	rest  []byte // of the buffer

	cell   uint32 // the current one; noCell at the end
	left   uint32 // its records, behind the current one
	hash   uint64
	record []byte // valid until the next one is read
}

func newCursor(w Workshop, name string, base uint32, width, buffer int) (*cursor, error) {
	c := &cursor{w: w, name: name, base: base, width: width, at: runHeader, buf: make([]byte, 0, buffer)}
	return c, c.nextCell()
}

// need makes the rest at least so long.
func (c *cursor) need(n int) error {
	if len(c.rest) >= n {
		return nil
	}
	f, err := c.w.Open(c.name)
	if err != nil {
		return fmt.Errorf("open %s: %w", c.name, err)
	}
	defer f.Close()
	if int64(n-len(c.rest)) > f.Size()-c.at {
		return fmt.Errorf("%w: the unfinished annotations are damaged", tract.ErrInvalid)
	}
	kept := c.buf[:copy(c.buf[:cap(c.buf)], c.rest)]
	kept = slices.Grow(kept, max(n-len(kept), 0))
	size := int(min(int64(cap(kept)), int64(len(kept))+f.Size()-c.at))
	fill := kept[len(kept):size]
	if k, err := f.ReadAt(fill, c.at); k < len(fill) {
		return fmt.Errorf("read %s: %w", c.name, cmp.Or(err, io.ErrUnexpectedEOF))
	}
	c.at += int64(len(fill))
	c.buf, c.rest = kept[:size], kept[:size]
	return nil
}

// nextCell goes to the next cell, whose first record is not read yet.
func (c *cursor) nextCell() error {
	if err := c.need(8); err != nil {
		return err
	}
	c.cell, c.left = binary.LittleEndian.Uint32(c.rest), binary.LittleEndian.Uint32(c.rest[4:])
	c.rest = c.rest[8:]
	return nil
}

// next reads a record of the cell.
func (c *cursor) next() error {
	if err := c.need(12); err != nil {
		return err
	}
	size := int64(8+4+c.width) + 12*int64(binary.LittleEndian.Uint32(c.rest[8:]))
	if err := c.need(int(size)); err != nil {
		return err
	}
	c.hash, c.record = binary.LittleEndian.Uint64(c.rest), c.rest[8:size]
	c.rest = c.rest[size:]
	c.left--
	return nil
}
