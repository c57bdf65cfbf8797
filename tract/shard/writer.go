package shard

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
)

// A File is a shard that is being written; an *os.File is one.
type File interface {
	io.WriteCloser
	io.WriterAt // for the index at its beginning, which is complete at the end only
}

// A Writer writes objects into shards. It remembers where the objects of one shard lie, 32 bytes each, and no more.
// After an error it is of no use but to be closed. It is not safe for concurrent use.
type Writer struct {
	spec   Spec
	create func(name string) (File, error)
	done   map[uint64]bool // shards that were begun

	file    File // the shard that is being written, or nil
	shard   uint64
	at      uint64 // what was written behind the index
	entries []entry
	zip     *gzip.Writer // nil until something is compressed; a new one for each object would take a megabyte
	failed  error
}

// An entry is where an object of a shard lies, from the end of the index on.
type entry struct{ minishard, id, start, size uint64 }

// NewWriter returns a writer whose files are made by create. The writer closes them.
func NewWriter(s Spec, create func(name string) (File, error)) (*Writer, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return &Writer{spec: s, create: create, done: map[uint64]bool{}}, nil
}

// Add writes an object. All objects of a shard must come one after the other (see [Spec.Shard]), in the order of their
// numbers; of a spec by [SpecAscending] they do if all numbers ascend.
//
// The error wraps [ErrInvalid] if the order is another, and else is that of the file.
func (w *Writer) Add(id uint64, data []byte) error { return w.AddFrom(id, bytes.NewReader(data)) }

// AddFrom is Add of what an object writes, however long it is.
func (w *Writer) AddFrom(id uint64, object io.WriterTo) error {
	if w.failed == nil {
		w.failed = w.add(id, object)
	}
	return w.failed
}

func (w *Writer) add(id uint64, object io.WriterTo) error {
	shard, minishard := w.spec.place(id)
	if err := w.begin(shard); err != nil {
		return err
	}
	if n := len(w.entries); n > 0 && w.entries[n-1].id >= id {
		return fmt.Errorf("%w: object %d comes after object %d of the same shard", ErrInvalid, id, w.entries[n-1].id)
	}
	start := w.at
	if err := w.encode(w.spec.GzipData, object); err != nil {
		return fmt.Errorf("write object %d: %w", id, err)
	}
	w.entries = append(w.entries, entry{minishard, id, start, w.at - start})
	return nil
}

// begin has a shard be the one that is written.
func (w *Writer) begin(shard uint64) error {
	if w.file != nil && w.shard == shard {
		return nil
	}
	if err := w.finish(); err != nil {
		return err
	}
	if w.done[shard] {
		return fmt.Errorf("%w: objects of shard %d come apart", ErrInvalid, shard)
	}
	w.done[shard] = true
	file, err := w.create(w.spec.Name(shard))
	if err != nil {
		return err
	}
	w.file, w.shard, w.at, w.entries = file, shard, 0, w.entries[:0]
	_, err = file.Write(make([]byte, w.spec.header()))
	return err
}

// A counter writes at the end of a shard and counts it.
type counter struct{ w *Writer }

func (c counter) Write(p []byte) (int, error) {
	n, err := c.w.file.Write(p)
	c.w.at += uint64(n)
	return n, err
}

// encode writes something at the end of the shard.
func (w *Writer) encode(compress bool, from io.WriterTo) error {
	if !compress {
		_, err := from.WriteTo(counter{w})
		return err
	}
	if w.zip == nil {
		w.zip = gzip.NewWriter(counter{w})
	}
	w.zip.Reset(counter{w})
	if _, err := from.WriteTo(w.zip); err != nil {
		return err
	}
	return w.zip.Close()
}

// finish writes the indices of the shard and closes it.
func (w *Writer) finish() error {
	if w.file == nil {
		return nil
	}
	err := w.index()
	err = errors.Join(err, w.file.Close())
	w.file = nil
	return err
}

func (w *Writer) index() error {
	// Numbers ascend in each minishard: they did in the shard.
	slices.SortStableFunc(w.entries, func(a, b entry) int {
		return int(a.minishard) - int(b.minishard)
	})
	head := make([]byte, w.spec.header())
	for left := w.entries; len(left) > 0; {
		n := 1
		for n < len(left) && left[n].minishard == left[0].minishard {
			n++
		}
		start := w.at
		if err := w.encode(w.spec.GzipIndex, bytes.NewReader(minishardIndex(left[:n]))); err != nil {
			return err
		}
		at := head[16*left[0].minishard:]
		binary.LittleEndian.PutUint64(at, start)
		binary.LittleEndian.PutUint64(at[8:], w.at)
		left = left[n:]
	}
	_, err := w.file.WriteAt(head, 0)
	return err
}

// minishardIndex is three rows: how much greater each number is than the one before, how far behind the end of the object
// before each object lies, how long it is.
func minishardIndex(of []entry) []byte {
	n := len(of)
	b := make([]byte, 24*n)
	var id, end uint64
	for i, e := range of {
		binary.LittleEndian.PutUint64(b[8*i:], e.id-id)
		binary.LittleEndian.PutUint64(b[8*(n+i):], e.start-end)
		binary.LittleEndian.PutUint64(b[8*(2*n+i):], e.size)
		id, end = e.id, e.start+e.size
	}
	return b
}

// Close writes what is left. The error is that of [Writer.AddFrom].
func (w *Writer) Close() error {
	if w.failed != nil {
		if w.file != nil {
			w.file.Close()
			w.file = nil
		}
		return w.failed
	}
	w.failed = w.finish()
	if w.failed != nil {
		return w.failed
	}
	w.failed = fmt.Errorf("shards: %w", fs.ErrClosed)
	return nil
}
