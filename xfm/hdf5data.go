package xfm

import (
	"encoding/binary"
	"strings"
)

// A dataset is what the header of one says.
type dataset struct {
	count   uint64 // elements
	class   uint64
	vlen    bool // class 9 of characters
	order   binary.ByteOrder
	width   uint64 // bytes of an element
	filters []uint64
	layout  *cursor
}

const (
	classFloat  = 1
	classString = 3
	classVLen   = 9
)

// dataset reads the header at an address, of no more than most elements.
func (f *hdf5) dataset(address, most uint64) (dataset, error) {
	var d dataset
	messages, err := f.header(address)
	if err != nil {
		return d, err
	}
	for _, m := range messages {
		if m.shared && (m.kind == msgDatatype || m.kind == msgDataspace || m.kind == msgFilters) {
			return d, invalid("the HDF5 file shares types between its datasets, which is not read")
		}
		switch m.kind {
		case msgDataspace:
			err = d.space(m.data)
		case msgDatatype:
			err = d.datatype(m.data)
		case msgFilters:
			err = d.pipeline(m.data)
		case msgLayout:
			d.layout = m.data
		}
		if err != nil {
			return d, err
		}
	}
	switch {
	case d.layout == nil || d.width == 0:
		return d, invalid("the HDF5 file has something else where a list of numbers or a name belongs")
	case d.count > most:
		return d, invalid("the HDF5 file has a list of %d numbers, more than any linear transform", d.count)
	case d.width > maxData/max(d.count, 1):
		return d, invalid("the HDF5 file has values of %d bytes, which no transform has", d.width)
	}
	return d, nil
}

// space reads how many elements there are: one if it is a scalar.
func (d *dataset) space(c *cursor) error {
	version, rank, flags := c.uint(1), c.uint(1), c.uint(1)
	d.count = 1
	switch {
	case version == 1:
		c.skip(5)
	case version != 2:
		return invalid("the HDF5 file has a dataspace of version %d; 1 and 2 are read", version)
	case c.uint(1) == 2 && flags == 0: // without elements
		d.count = 0
	}
	if rank > 1 {
		return invalid("the HDF5 file has a table where a list belongs")
	}
	if rank == 1 {
		d.count = c.length()
	}
	return c.err
}

func (d *dataset) datatype(c *cursor) error {
	kind, bits := c.uint(1), c.uint(3)
	d.class, d.width = kind&15, c.uint(4)
	switch d.class {
	case classFloat:
		d.order = binary.LittleEndian
		if bits&1 != 0 {
			d.order = binary.BigEndian
		}
		c.skip(4) // where the bits begin and how many there are
		exponent := c.uint(2) >> 8
		if bits&64 != 0 || d.width != 4 && d.width != 8 || exponent != map[uint64]uint64{4: 8, 8: 11}[d.width] {
			return invalid("the HDF5 file has numbers that are neither float32 nor float64")
		}
	case classString:
	case classVLen:
		d.vlen = bits&15 == 1
	}
	return c.err
}

// pipeline reads which filters there are, in the order in which they have been applied.
func (d *dataset) pipeline(c *cursor) error {
	version, n := c.uint(1), c.uint(1)
	if version == 1 {
		c.skip(6)
	}
	for range n {
		id := c.uint(2)
		var name uint64
		if version == 1 || id >= 256 {
			name = c.uint(2)
		}
		c.skip(2) // flags
		values := c.uint(2)
		if version == 1 {
			name += -name & 7
			values += values & 1
		}
		c.skip(int(name) + 4*int(values))
		d.filters = append(d.filters, id)
	}
	return c.err
}

// floats reads a list of numbers.
func (f *hdf5) floats(address uint64) ([]float64, error) {
	d, err := f.dataset(address, maxRow)
	if err != nil {
		return nil, err
	}
	if d.class != classFloat {
		return nil, invalid("the HDF5 file has something else where a list of numbers belongs")
	}
	raw, err := f.data(d)
	if err != nil {
		return nil, err
	}
	out := make([]float64, d.count)
	for i := range out {
		out[i] = float(d.order, raw[uint64(i)*d.width:][:d.width])
	}
	return out, nil
}

// text reads one string, of fixed or of variable length.
func (f *hdf5) text(address uint64) (string, error) {
	const most = 1 << 10
	d, err := f.dataset(address, 1)
	if err != nil {
		return "", err
	}
	if d.count != 1 || d.width > most || d.class != classString && !d.vlen {
		return "", invalid("the HDF5 file has something else where the name of a transform belongs")
	}
	raw, err := f.data(d)
	if err != nil {
		return "", err
	}
	if d.vlen {
		c := f.cursor(raw)
		n, heap, index := c.uint(4), c.address(), c.uint(4)
		if c.err != nil {
			return "", c.err
		}
		if raw, err = f.inHeap(heap, index, n); err != nil {
			return "", err
		}
	}
	s, _, _ := strings.Cut(string(raw), "\x00")
	return strings.TrimRight(s, " "), nil
}

// inHeap returns the first n bytes of an object of a global heap, where strings of variable length lie.
func (f *hdf5) inHeap(address, index, n uint64) ([]byte, error) {
	c, err := f.from(address)
	if err != nil {
		return nil, err
	}
	c.expect("GCOL")
	c.skip(4)
	if size := c.length(); size < uint64(len(c.b)) {
		c.b = c.b[:size]
	}
	for c.err == nil {
		if err := f.visit(); err != nil {
			return nil, err
		}
		id := c.uint(2)
		c.skip(6) // references, reserved
		size := c.length()
		if id == 0 || size > uint64(len(c.b)) {
			break
		}
		if id == index && n <= size {
			return c.take(int(n)), nil
		}
		c.skip(int(size + -size&7))
	}
	return nil, invalid("the HDF5 file is damaged: a text is missing")
}
