package annotation

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"ngportal/tract"
)

// Buffers of merging.
const (
	mergeBytes = 16 << 20 // of all runs together
	leastBytes = 16 << 10 // of one
	mostBytes  = 512 << 10
)

// A merger writes the store.
type merger struct {
	b       *builder
	w       *bufio.Writer
	at      int64 // bytes written
	cursors []*cursor
	entries []entry
	buf     []byte
	drawn   []int64
	total   int64 // streamlines
	survey  *tract.Surveyor
}

// merge makes the store of the runs.
func (b *builder) merge() error {
	m := &merger{b: b, survey: tract.NewSurveyor(b.file), drawn: make([]int64, len(b.plan.levels))}
	if err := m.load(); err != nil {
		return err
	}
	return create(b.w, StoreName, func(w *bufio.Writer) error {
		m.w = w
		if err := m.chunks(); err != nil {
			return err
		}
		return m.end()
	})
}

// load opens the runs, and adds up what the parts tell.
func (m *merger) load() error {
	b := m.b
	type run struct {
		name string
		base int64
	}
	var runs []run
	for i := range b.parts {
		r, err := loadPart(b.w, i, b.plan.mark)
		if err != nil {
			return err
		}
		if r == nil {
			return fmt.Errorf("%w: the unfinished annotations are damaged", tract.ErrInvalid)
		}
		for k := range r.Runs {
			runs = append(runs, run{runName(i, k), m.total})
		}
		m.total += int64(r.Streamlines)
		for k, n := range r.Drawn {
			m.drawn[k] += n
		}
		part := tract.NewSurveyor(b.file)
		if err := part.UnmarshalBinary(r.Survey); err != nil {
			return err
		}
		m.survey.Merge(part)
	}
	size := min(max(mergeBytes/max(len(runs), 1), leastBytes), mostBytes)
	for _, r := range runs {
		c, err := newCursor(b.w, r.name, uint32(r.base), b.plan.width(), size)
		if err != nil {
			return err
		}
		m.cursors = append(m.cursors, c)
	}
	return nil
}

// byHash is a heap of cursors, the least hash at its top.
type byHash []*cursor

// sink moves the cursor at i down to where it belongs.
func (h byHash) sink(i int) {
	for {
		least := i
		for k := 2*i + 1; k <= 2*i+2 && k < len(h); k++ {
			if h[k].hash < h[least].hash {
				least = k
			}
		}
		if least == i {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}

// chunks writes one cell after another, then the bundles.
func (m *merger) chunks() error {
	bundles := m.b.plan.bundleCell(0)
	for {
		cell := uint32(noCell)
		for _, c := range m.cursors {
			cell = min(cell, c.cell)
		}
		if cell == noCell {
			return nil
		}
		var here byHash
		count := uint64(0)
		for _, c := range m.cursors {
			if c.cell != cell {
				continue
			}
			count += uint64(c.left)
			if err := c.next(); err != nil {
				return err
			}
			here = append(here, c)
		}
		for i := len(here) - 1; i >= 0; i-- {
			here.sink(i)
		}
		var err error
		if cell >= bundles {
			err = m.bundle(cell, here)
		} else {
			err = m.chunk(cell, count, here)
		}
		if err != nil {
			return err
		}
		if err := m.b.merged(float64(cell) / float64(bundles)); err != nil {
			return err
		}
	}
}

// merged tells the progress of merging.
func (b *builder) merged(share float64) error {
	return b.progress(mapShare + (1-mapShare)*min(share, 1)*0.99)
}

// chunk merges the records of a cell.
func (m *merger) chunk(cell uint32, count uint64, here byHash) error {
	start := m.at
	if err := m.write(le64(nil, count+1)); err != nil {
		return err
	}
	known := cell == 0 && m.b.plan.whole != nil // as far as they are to be
	if err := m.drain(here, !known, m.write); err != nil {
		return err
	}
	return m.closeChunk(cell, count, start)
}

// drain passes on the records of the cell in the order of their hashes. If they are numbered within their parts, it
// makes that the number within the file.
func (m *merger) drain(here byHash, numbered bool, write func([]byte) error) error {
	at := m.b.plan.width() - numberAt
	for len(here) > 0 {
		c := here[0]
		if numbered {
			number := c.record[len(c.record)-at:]
			binary.LittleEndian.PutUint32(number, binary.LittleEndian.Uint32(number)+c.base)
		}
		if err := write(c.record); err != nil {
			return err
		}
		if c.left > 0 {
			if err := c.next(); err != nil {
				return err
			}
			here.sink(0)
			continue
		}
		here[0] = here[len(here)-1]
		here = here[:len(here)-1]
		here.sink(0)
		if err := c.nextCell(); err != nil {
			return err
		}
	}
	return nil
}

// closeChunk writes the sentinel and the ids, and notes the cell.
func (m *merger) closeChunk(cell uint32, count uint64, start int64) error {
	m.buf = m.b.plan.sentinel(m.buf[:0])
	for i := range count + 1 {
		if m.buf = le64(m.buf, uint64(cell)<<32|i); len(m.buf) >= 1<<12 || i == count {
			if err := m.write(m.buf); err != nil {
				return err
			}
			m.buf = m.buf[:0]
		}
	}
	m.entries = append(m.entries, entry{cell: cell, count: uint32(count), at: start, size: m.at - start})
	return nil
}

// bundle merges as many records of a bundle as its size allows.
func (m *merger) bundle(cell uint32, here byHash) error {
	var b []byte
	count, start := uint64(0), m.at
	err := m.drain(here, true, func(record []byte) error {
		if len(b)+len(record) <= bundleBytes || count == 0 {
			b = append(b, record...)
			count++
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := m.write(le64(nil, count+1)); err != nil {
		return err
	}
	if err := m.write(b); err != nil {
		return err
	}
	return m.closeChunk(cell, count, start)
}

func (m *merger) write(b []byte) error {
	n, err := m.w.Write(b)
	m.at += int64(n)
	return err
}

// end writes the members, the index and the footer.
func (m *merger) end() error {
	survey, err := m.survey.Survey()
	if err != nil {
		return err
	}
	members := m.at
	if err = m.numbers(survey); err != nil {
		return err
	}
	index, err := m.index(survey, members)
	if err != nil {
		return err
	}
	at := m.at
	if err = m.write(index); err != nil {
		return err
	}
	return m.write(footer{at: at, size: int64(len(index)), sum: crc32.Checksum(index, castagnoli())}.bytes())
}

// numbers writes the counts and bundles of all streamlines.
func (m *merger) numbers(survey *tract.Survey) error {
	b := m.buf[:0]
	for _, n := range survey.Counts {
		if b = le32(b, n); len(b) >= 1<<15 {
			if err := m.write(b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	for _, n := range survey.Member {
		if b = binary.LittleEndian.AppendUint16(b, n); len(b) >= 1<<15 {
			if err := m.write(b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	return m.write(b)
}
