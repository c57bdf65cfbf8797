package shard

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
)

// A ReadFile is a shard that is read at any place.
type ReadFile interface {
	io.ReaderAt
	Size() int64
}

// A Reader reads objects from shards, as the viewer does: what the tests hold the writer against.
type Reader struct {
	spec Spec
	open func(name string) (ReadFile, error)
	most int64
}

// NewReader returns a reader of the files that open opens; a shard without objects has none, which open tells by an error
// that wraps [fs.ErrNotExist]. No object may be longer than most bytes.
func NewReader(s Spec, most int64, open func(name string) (ReadFile, error)) (*Reader, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return &Reader{spec: s, open: open, most: most}, nil
}

// maxIndex is how long the index of a minishard may be in bytes: a million objects.
const maxIndex = 24 << 20

// Get returns an object. The error wraps [fs.ErrNotExist] if there is none of this number, [ErrInvalid] if the shard is
// malformed, and else is that of the file.
func (r *Reader) Get(id uint64) ([]byte, error) {
	shard, minishard := r.spec.place(id)
	name := r.spec.Name(shard)
	f, err := r.open(name)
	if err != nil {
		return nil, err
	}
	s := section{f, name, r.spec.header()}
	var at [16]byte
	if f.Size() < int64(s.header) {
		return nil, fmt.Errorf("%w: %s ends before the end of its index", ErrInvalid, name)
	}
	if _, err = f.ReadAt(at[:], int64(16*minishard)); err != nil {
		return nil, err
	}
	start, end := binary.LittleEndian.Uint64(at[:]), binary.LittleEndian.Uint64(at[8:])
	if start == end {
		return nil, missing(id)
	}
	index, err := s.read(start, end, r.spec.GzipIndex, maxIndex)
	if err != nil {
		return nil, err
	}
	if start, end, err = find(index, id); err != nil {
		return nil, err
	}
	return s.read(start, end, r.spec.GzipData, r.most)
}

func missing(id uint64) error { return fmt.Errorf("object %d: %w", id, fs.ErrNotExist) }

// find looks an object up in the index of its minishard.
func find(index []byte, id uint64) (start, end uint64, err error) {
	if len(index)%24 != 0 {
		return 0, 0, fmt.Errorf("%w: the index of a minishard has %d bytes, which 24 do not divide", ErrInvalid, len(index))
	}
	n := len(index) / 24
	var seen uint64
	for i := range n {
		seen += binary.LittleEndian.Uint64(index[8*i:])
		start = end + binary.LittleEndian.Uint64(index[8*(n+i):])
		end = start + binary.LittleEndian.Uint64(index[8*(2*n+i):])
		if seen == id {
			return start, end, nil
		}
	}
	return 0, 0, missing(id)
}

// A section is what lies behind the index of a shard.
type section struct {
	f      ReadFile
	name   string
	header uint64
}

// read returns what lies from start to end, of which no more than most bytes may come.
func (s section) read(start, end uint64, compressed bool, most int64) ([]byte, error) {
	if room := uint64(s.f.Size()) - s.header; start > end || end > room {
		return nil, fmt.Errorf("%w: %s has %d bytes, and something is said to lie from %d to %d", ErrInvalid, s.name, room, start, end)
	}
	if end-start > uint64(most) {
		return nil, fmt.Errorf("%w: something in %s is longer than %d bytes", ErrInvalid, s.name, most)
	}
	b := make([]byte, end-start)
	if n, err := s.f.ReadAt(b, int64(s.header+start)); n < len(b) {
		return nil, err
	}
	if !compressed {
		return b, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrInvalid, s.name, err)
	}
	out, err := io.ReadAll(io.LimitReader(z, most+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrInvalid, s.name, err)
	}
	if int64(len(out)) > most {
		return nil, fmt.Errorf("%w: something in %s unpacks to more than %d bytes", ErrInvalid, s.name, most)
	}
	return out, nil
}
