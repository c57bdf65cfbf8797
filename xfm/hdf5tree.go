package xfm

import "bytes"

// header returns the messages of the object header at an address.
func (f *hdf5) header(address uint64) ([]message, error) {
	c, err := f.from(address)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(c.b, []byte("OHDR")) {
		return f.header2(c)
	}
	if version := c.uint(1); version != 1 {
		return nil, invalid("the HDF5 file has an object header of version %d; 1 and 2 are read", version)
	}
	c.skip(7) // a reserved byte, the number of messages, references
	n := c.uint(4)
	c.skip(4) // up to a multiple of 8
	first := c.take(int(n))
	if c.err != nil {
		return nil, c.err
	}
	return f.messages(first, 8, func(c *cursor) message {
		m := message{kind: c.uint(2)}
		size := c.uint(2)
		m.shared = c.uint(1)&2 != 0
		c.skip(3)
		m.data = f.cursor(c.take(int(size)))
		return m
	}, "")
}

// header2 reads a header of version 2, which has a checksum after its messages.
func (f *hdf5) header2(c *cursor) ([]message, error) {
	c.skip(4)
	if version := c.uint(1); version != 2 {
		return nil, invalid("the HDF5 file has an object header of version %d; 1 and 2 are read", version)
	}
	flags := c.uint(1)
	if flags&0x20 != 0 {
		c.skip(16) // times
	}
	if flags&0x10 != 0 {
		c.skip(4) // when links become dense
	}
	n := c.uint(1 << (flags & 3))
	first := c.take(int(min(n, uint64(len(c.b)+1))))
	if c.err != nil {
		return nil, c.err
	}
	head := 4
	if flags&4 != 0 {
		head = 6
	}
	return f.messages(first, head, func(c *cursor) message {
		m := message{kind: c.uint(1)}
		size := c.uint(2)
		m.shared = c.uint(1)&2 != 0
		c.skip(head - 4) // creation order
		m.data = f.cursor(c.take(int(size)))
		return m
	}, "OCHK")
}

// messages reads the messages of a block and of those it is continued in, which begin with signature; one that has a
// signature has a checksum at its end.
func (f *hdf5) messages(block []byte, head int, next func(*cursor) message, signature string) ([]message, error) {
	var out []message
	blocks := [][]byte{block}
	for len(blocks) > 0 {
		c := f.cursor(blocks[0])
		blocks = blocks[1:]
		for len(c.b) >= head {
			if err := f.visit(); err != nil {
				return nil, err
			}
			m := next(c)
			if c.err != nil {
				return nil, c.err
			}
			if m.kind != msgContinuation {
				out = append(out, m)
				continue
			}
			more, err := f.continuation(m.data, signature)
			if err != nil {
				return nil, err
			}
			blocks = append(blocks, more)
		}
	}
	return out, nil
}

func (f *hdf5) continuation(where *cursor, signature string) ([]byte, error) {
	address, n := where.address(), where.length()
	if where.err != nil {
		return nil, where.err
	}
	c, err := f.at(address, n)
	if err != nil || signature == "" {
		if err != nil {
			return nil, err
		}
		return c.b, nil
	}
	c.expect(signature)
	return c.take(len(c.b) - 4), c.err
}

// inSymbolTable finds a name in a group of the old kind: a tree of nodes with addresses into a heap of names.
func (f *hdf5) inSymbolTable(tree, heap uint64, name string) (address uint64, ok bool, err error) {
	h, err := f.from(heap)
	if err != nil {
		return 0, false, err
	}
	h.expect("HEAP")
	h.skip(4) // version, reserved
	n := h.length()
	h.skip(f.size) // free list
	at := h.address()
	if h.err != nil {
		return 0, false, h.err
	}
	names, err := f.at(at, n)
	if err != nil {
		return 0, false, err
	}
	err = f.walk(tree, 0, f.size, func(_ *cursor, node uint64) (bool, error) {
		var failed error
		address, ok, failed = f.symbol(node, names.b, name)
		return ok, failed
	})
	return address, ok, err
}

// walk goes through the leaves of a tree of version 1, each with the key before it, until one ends it. kind is 0 for
// groups and 1 for chunks.
func (f *hdf5) walk(node uint64, kind uint64, keySize int, leaf func(key *cursor, child uint64) (end bool, err error)) error {
	nodes := []uint64{node}
	for len(nodes) > 0 {
		c, err := f.from(nodes[0])
		if err != nil {
			return err
		}
		nodes = nodes[1:]
		c.expect("TREE")
		if got := c.uint(1); got != kind && c.err == nil {
			return invalid("the HDF5 file is damaged: a tree of kind %d where %d belongs", got, kind)
		}
		level, entries := c.uint(1), c.uint(2)
		c.skip(2 * f.offset) // siblings
		for range entries {
			if err := f.visit(); err != nil {
				return err
			}
			key, child := f.cursor(c.take(keySize)), c.address()
			if c.err != nil {
				return c.err
			}
			if level > 0 {
				nodes = append(nodes, child)
				continue
			}
			if end, err := leaf(key, child); end || err != nil {
				return err
			}
		}
		if c.err != nil {
			return c.err
		}
	}
	return nil
}

// symbol finds a name among the entries of a symbol table node.
func (f *hdf5) symbol(node uint64, names []byte, name string) (address uint64, ok bool, err error) {
	c, err := f.from(node)
	if err != nil {
		return 0, false, err
	}
	c.expect("SNOD")
	c.skip(2)
	for range c.uint(2) {
		if err := f.visit(); err != nil {
			return 0, false, err
		}
		at := c.uint(f.offset)
		address = c.address()
		c.skip(24) // what is cached of the entry
		if c.err != nil {
			return 0, false, c.err
		}
		if at < uint64(len(names)) && bytes.HasPrefix(names[at:], append([]byte(name), 0)) {
			return address, true, nil
		}
	}
	return 0, false, c.err
}
