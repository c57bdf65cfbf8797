package xfm

import (
	"encoding/binary"
	"math"
)

// The part of HDF5 that ITK and h5py write for a few numbers, after "HDF5 File Format Specification Version 3.0":
// superblocks 0 to 3, object headers 1 and 2, groups as symbol tables or with their links in the header.

const hdf5Signature = "\x89HDF\r\n\x1a\n"

// The messages of an object header.
const (
	msgDataspace    = 0x01
	msgLinkInfo     = 0x02
	msgDatatype     = 0x03
	msgLink         = 0x06
	msgLayout       = 0x08
	msgFilters      = 0x0b
	msgContinuation = 0x10
	msgSymbolTable  = 0x11
)

// maxVisits is how many structures of a file are visited before it is given up: a file of ITK has some tens for each
// transform. It also ends files whose structures lead in a circle.
const maxVisits = 1 << 14

// An hdf5 reads a file that is held in memory. All its errors wrap [ErrInvalid].
type hdf5 struct {
	b            []byte
	base         uint64
	offset, size int // bytes of an address, and of a length
	visits       int
	unpacked     uint64 // bytes
}

// A message is a part of an object header.
type message struct {
	kind   uint64
	shared bool
	data   *cursor
}

// openHDF5 reads the superblock and returns the address of the root group's header.
func openHDF5(content []byte) (f *hdf5, root uint64, err error) {
	f = &hdf5{b: content, offset: 8, size: 8}
	c := f.cursor(content)
	c.skip(len(hdf5Signature))
	version := c.uint(1)
	if version > 3 {
		return nil, 0, invalid("the HDF5 file has a superblock of version %d; 0 to 3 are read", version)
	}
	if version < 2 {
		c.skip(4) // versions of parts, and a reserved byte
	}
	f.offset, f.size = int(c.uint(1)), int(c.uint(1))
	for _, n := range []int{f.offset, f.size} {
		if n != 4 && n != 8 {
			return nil, 0, invalid("the HDF5 file has addresses or lengths of %d bytes; 4 and 8 are read", n)
		}
	}
	switch version {
	case 0, 1:
		c.skip(9 + 4*int(version)) // a reserved byte, sizes of tree nodes, flags
		f.base = c.address()
		c.skip(3 * f.offset) // free space, end, driver
		c.skip(f.offset)     // the root's name
	default:
		c.skip(1)
		f.base = c.address()
		c.skip(2 * f.offset) // extension, end
	}
	root = c.address()
	return f, root, c.err
}

// visit counts the structures that are looked at.
func (f *hdf5) visit() error {
	if f.visits++; f.visits > maxVisits {
		return invalid("the HDF5 file has more structure than any transform, or leads in a circle")
	}
	return nil
}

// at returns n bytes from an address on.
func (f *hdf5) at(address, n uint64) (*cursor, error) {
	if err := f.visit(); err != nil {
		return nil, err
	}
	if address == math.MaxUint64 {
		return nil, invalid("the HDF5 file refers to something that it does not hold")
	}
	start := f.base + address
	if start < address || start > uint64(len(f.b)) || n > uint64(len(f.b))-start {
		return nil, invalid("the HDF5 file is cut short or damaged: %d bytes are missing at %d", n, start)
	}
	return f.cursor(f.b[start : start+n]), nil
}

// from returns the bytes from an address to the end of the file.
func (f *hdf5) from(address uint64) (*cursor, error) {
	c, err := f.at(address, 0)
	if err == nil {
		c.b = f.b[f.base+address:]
	}
	return c, err
}

func (f *hdf5) cursor(b []byte) *cursor { return &cursor{f: f, b: b} }

// A cursor reads numbers; after the first error all are 0.
type cursor struct {
	f   *hdf5
	b   []byte
	err error
}

func (c *cursor) take(n int) []byte {
	if c.err != nil || n < 0 || n > len(c.b) {
		if c.err == nil {
			c.err = invalid("the HDF5 file is damaged: a structure ends too early")
		}
		c.b = nil
		return nil
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) skip(n int) { c.take(n) }

// uint reads a number of n ≤ 8 bytes.
func (c *cursor) uint(n int) uint64 {
	var raw [8]byte
	copy(raw[:], c.take(n))
	return binary.LittleEndian.Uint64(raw[:])
}

// address reads an address; the undefined one, of ones only, becomes MaxUint64.
func (c *cursor) address() uint64 {
	v := c.uint(c.f.offset)
	if c.f.offset == 4 && v == math.MaxUint32 {
		return math.MaxUint64
	}
	return v
}

func (c *cursor) length() uint64 { return c.uint(c.f.size) }

// expect reads a signature.
func (c *cursor) expect(signature string) {
	if string(c.take(len(signature))) != signature && c.err == nil {
		c.err = invalid("the HDF5 file is damaged: no %q where it belongs", signature)
	}
}

// find returns the address of a member of the group at an address.
func (f *hdf5) find(group uint64, name string) (address uint64, ok bool, err error) {
	messages, err := f.header(group)
	if err != nil {
		return 0, false, err
	}
	dense := false
	for _, m := range messages {
		switch m.kind {
		case msgSymbolTable:
			tree, heap := m.data.address(), m.data.address()
			if m.data.err != nil {
				return 0, false, m.data.err
			}
			return f.inSymbolTable(tree, heap, name)
		case msgLink:
			var linked string
			if linked, address, err = link(m.data); err != nil || linked == name {
				return address, err == nil, err
			}
		case msgLinkInfo:
			m.data.skip(1)
			if m.data.uint(1)&1 != 0 {
				m.data.skip(8) // the largest creation index
			}
			dense = m.data.address() != math.MaxUint64
		}
	}
	if dense {
		return 0, false, invalid("the HDF5 file keeps a group with many members in a way that is not read; write it with libver='earliest'")
	}
	return 0, false, nil
}

// link reads a link message. One that is not hard has no address.
func link(c *cursor) (name string, address uint64, err error) {
	c.skip(1) // version
	flags := c.uint(1)
	soft := flags&8 != 0 && c.uint(1) != 0
	if flags&4 != 0 {
		c.skip(8) // creation order
	}
	if flags&16 != 0 {
		c.skip(1) // character set
	}
	n := c.uint(1 << (flags & 3))
	name = string(c.take(int(min(n, uint64(len(c.b)+1)))))
	if soft {
		return name, math.MaxUint64, c.err
	}
	return name, c.address(), c.err
}
