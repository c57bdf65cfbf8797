package annotation

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"iter"
	"slices"

	"ngportal/tract"
)

// A store is the chunks, by the ordinals of their cells; the counts of points of all streamlines as uint32 and their bundles as
// uint16, if there are any; the index; the footer. The index is the length of its JSON as uint32, the JSON, and the entries.
const (
	version    = 1
	magic      = "NGTRACT\x00"
	footerSize = 8 + 4 + 4 + 8 + 8
	entrySize  = 4 + 4 + 8 + 8
	mostIndex  = 512 << 20
)

// A Store is a built source. It is safe for concurrent use.
type Store struct {
	r       io.ReaderAt
	meta    meta
	levels  []level
	entries []entry
}

// damaged wraps tract.ErrInvalid.
func damaged(what string) error {
	return fmt.Errorf("%w: the stored annotations are damaged or of another version (%s)", tract.ErrInvalid, what)
}

// OpenStore opens what Build made. The error wraps [tract.ErrInvalid] if it is damaged or of another version.
func OpenStore(r io.ReaderAt, size int64) (*Store, error) {
	end := make([]byte, footerSize)
	if size < footerSize {
		return nil, damaged("it is too short")
	}
	if err := readAt(r, end, size-footerSize); err != nil {
		return nil, err
	}
	f := footer{
		at: int64(binary.LittleEndian.Uint64(end[16:])), size: int64(binary.LittleEndian.Uint64(end[24:])),
		sum: binary.LittleEndian.Uint32(end[12:]),
	}
	if string(end[:8]) != magic || binary.LittleEndian.Uint32(end[8:]) != version {
		return nil, damaged("its end is another")
	}
	if f.at < 0 || f.size < 4 || f.size > mostIndex || f.at != size-footerSize-f.size {
		return nil, damaged("its index is elsewhere")
	}
	index := make([]byte, f.size)
	if err := readAt(r, index, f.at); err != nil {
		return nil, err
	}
	if crc32.Checksum(index, castagnoli()) != f.sum {
		return nil, damaged("its index was changed")
	}
	s := &Store{r: r}
	return s, s.decode(index, f.at)
}

func readAt(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read the annotations: %w", err)
}

// Info returns the info file, now with the numbers that were counted.
func (s *Store) Info() []byte { return []byte(s.meta.Info) }

// Levels are those of the layout, with the numbers that were counted.
func (s *Store) Levels() []Level { return slices.Clone(s.meta.Levels) }

// emptyChunk is one without annotations.
func emptyChunk() []byte { return make([]byte, 8) }

// chunk returns that of a cell, and its entry.
func (s *Store) chunk(cell uint32) ([]byte, entry, error) {
	i, ok := slices.BinarySearchFunc(s.entries, cell, func(e entry, c uint32) int { return int(int64(e.cell) - int64(c)) })
	if !ok {
		return emptyChunk(), entry{cell: cell}, nil
	}
	e := s.entries[i]
	b := make([]byte, e.size)
	return b, e, readAt(s.r, b, e.at)
}

// Chunk returns the annotations of a cell; without any it is the chunk that says so. The error wraps [fs.ErrNotExist] for
// a cell outside the grid.
func (s *Store) Chunk(n int, cell [3]int) ([]byte, error) {
	if n < 0 || n >= len(s.levels) {
		return nil, fmt.Errorf("level %d of the annotations: %w", n, fs.ErrNotExist)
	}
	v := &s.levels[n]
	for k, c := range cell {
		if c < 0 || c >= v.Grid[k] {
			return nil, fmt.Errorf("cell %v of the annotations: %w", cell, fs.ErrNotExist)
		}
	}
	b, _, err := s.chunk(v.first + uint32(cell[0]+v.Grid[0]*(cell[1]+v.Grid[1]*cell[2])))
	return b, err
}

// Cells goes through the cells of a level that are not empty.
func (s *Store) Cells(n int) iter.Seq[[3]int] {
	return func(yield func([3]int) bool) {
		if n < 0 || n >= len(s.levels) {
			return
		}
		v := &s.levels[n]
		for _, e := range s.entries {
			if e.cell >= v.first && e.cell < v.first+v.cells && !yield(v.place(e.cell-v.first)) {
				return
			}
		}
	}
}

// bundles is the ordinal behind those of all cells.
func (s *Store) bundles() uint32 {
	last := &s.levels[len(s.levels)-1]
	return last.first + last.cells
}

// Bundle returns the annotations of a bundle: whole streamlines, as many of them as make up some megabytes. The error wraps
// [fs.ErrNotExist] for a number that no bundle can have; a bundle without streamlines is an empty chunk.
func (s *Store) Bundle(id uint64) ([]byte, error) {
	if !s.meta.Bundled || id > tract.Unassigned {
		return nil, fmt.Errorf("bundle %d of the annotations: %w", id, fs.ErrNotExist)
	}
	b, _, err := s.chunk(s.bundles() + uint32(id))
	return b, err
}

// ByID returns one annotation in the form of the index by id: its record, and if the file knows bundles how many it belongs to
// as uint32 and their numbers as uint64. The error wraps [fs.ErrNotExist] if there is no annotation with this id.
//
// An id is the ordinal of the cell among those of all levels, or for the annotations of a bundle behind them, in its upper
// half, and the place in the cell in the lower.
func (s *Store) ByID(id uint64) ([]byte, error) {
	missing := fmt.Errorf("annotation %d: %w", id, fs.ErrNotExist)
	b, e, err := s.chunk(uint32(id >> 32))
	if err != nil {
		return nil, err
	}
	place := id & (1<<32 - 1)
	if e.size == 0 || place > uint64(e.count) {
		return nil, missing
	}
	rest := b[8:]
	for ; ; place-- {
		if len(rest) < 4 || int64(4+s.meta.Width)+12*int64(binary.LittleEndian.Uint32(rest)) > int64(len(rest)) {
			return nil, damaged("a cell")
		}
		size := recordSize(rest, s.meta.Width)
		if place == 0 {
			return s.related(slices.Clone(rest[:size])), nil
		}
		rest = rest[size:]
	}
}

// related appends the bundles of a record to it.
func (s *Store) related(record []byte) []byte {
	if !s.meta.Bundled {
		return record
	}
	bundle := binary.LittleEndian.Uint16(record[len(record)-bundleBack:])
	if bundle == 0 {
		return le32(record, 0)
	}
	return le64(le32(record, 1), uint64(bundle))
}

// BundleProperties returns the segment properties that list the bundles.
func (s *Store) BundleProperties() []byte { return []byte(s.meta.Bundles) }

// Survey is what building told about the file; without Counts and Member, which Members reads.
func (s *Store) Survey() *tract.Survey {
	k := s.meta.Survey
	return &k
}

// Members are Counts and Member of the survey, six bytes a streamline.
func (s *Store) Members() (counts []uint32, member []uint16, err error) {
	n := s.meta.Streamlines
	b := make([]byte, 4*n)
	if err := readAt(s.r, b, s.meta.Members); err != nil {
		return nil, nil, err
	}
	counts = make([]uint32, n)
	for i := range counts {
		counts[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	if !s.meta.Member {
		return counts, nil, nil
	}
	if err := readAt(s.r, b[:2*n], s.meta.Members+4*n); err != nil {
		return nil, nil, err
	}
	member = make([]uint16, n)
	for i := range member {
		member[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return counts, member, nil
}
