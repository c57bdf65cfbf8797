package skeleton

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"ngportal/tract"
)

// memory is the size of an object that is read once and kept, rather than read once for each of its parts.
const memory = 32 << 20

// Size is how many bytes WriteTo writes.
func (k *Skeleton) Size() int64 {
	return 8 + 12*k.vertices + 8*k.edges + 12*k.vertices + 4*k.vertices*int64(len(k.columns))
}

// WriteTo reads the file and writes the object in the precomputed format, unsharded: the numbers of vertices and edges
// as uint32, positions in mm as float32, pairs of vertices as uint32, then for each vertex its orientation, and after
// those of all vertices the attributes one after another, as float32; all little-endian.
//
// The orientation is a unit vector along the streamline in RAS: the mean of the edges at the vertex, weighted by their
// lengths, as ngtools has it; zero where they cancel.
//
// It writes Size bytes. A file with fewer points than its header told, because some of them are no numbers, is filled up
// with vertices that draw nothing. The error is that of [tract.Reader.Next], or of w; it wraps [tract.ErrInvalid] if the
// file has more points than its header told. Memory is about a megabyte and 4 bytes a streamline, 8 with its length; up
// to 32 MB more for a small object, of which nothing is written before it has been read.
func (k *Skeleton) WriteTo(w io.Writer) (int64, error) {
	each := k.each
	if !k.memory && 4*k.vertices*int64(3+k.width) <= memory {
		var err error
		if each, err = k.gather(); err != nil {
			return 0, err
		}
	}
	e := encoder{w: w, Skeleton: k, each: each}
	err := e.all()
	return e.written, err
}

// gather reads the whole object.
func (k *Skeleton) gather() (walker, error) {
	var all tract.Batch
	all.Points = make([]float32, 0, 3*k.vertices)
	all.Scalars = make([]float32, 0, k.vertices*int64(k.width))
	found := Skeleton{}
	err := k.each(func(b *tract.Batch) error {
		for _, n := range b.Counts {
			found.count(int64(n))
		}
		if found.vertices > k.vertices || found.edges > k.edges {
			return errMore
		}
		all.Counts = append(all.Counts, b.Counts...)
		all.Points = append(all.Points, b.Points...)
		all.Scalars = append(all.Scalars, b.Scalars...)
		return nil
	})
	return func(visit func(*tract.Batch) error) error { return visit(&all) }, err
}

// errMore says that the sizes that were promised are wrong.
var errMore = fmt.Errorf("%w: the file does not fit its header: it holds more points, or empty streamlines", tract.ErrInvalid)

// An encoder writes a skeleton, section after section.
type encoder struct {
	*Skeleton
	w       io.Writer
	each    walker
	written int64
	left    int64     // bytes of the section
	counts  []int32   // of the points of streamlines that have any
	lengths []float32 // of the streamlines, if they are wanted
	floats  []float32 // buffer
	used    int       // of it
}

// buffered is how many numbers are written at once, of 4 bytes: so many that a write costs little, and few enough for
// the cache of a core.
const buffered = 3 << 13

func (e *encoder) all() error {
	e.floats = make([]float32, buffered)
	e.counts = make([]int32, 0, max(e.vertices-e.edges, 0)) // streamlines with points, if all is as promised
	head := binary.LittleEndian.AppendUint32(nil, uint32(e.vertices))
	head = binary.LittleEndian.AppendUint32(head, uint32(e.edges))
	e.left = int64(len(head))
	if err := e.write(head); err != nil {
		return err
	}
	if err := e.section(12*e.vertices, e.positions); err != nil {
		return err
	}
	if err := e.section(8*e.edges, e.lines); err != nil {
		return err
	}
	if err := e.section(12*e.vertices, e.orientations); err != nil {
		return err
	}
	for _, c := range e.columns {
		fill := func() error { return e.scalars(c) }
		if c == lengthColumn {
			fill = e.repeatLengths
		}
		if err := e.section(4*e.vertices, fill); err != nil {
			return err
		}
	}
	return nil
}

// section writes so many bytes: what fill writes, and zeros.
func (e *encoder) section(size int64, fill func() error) error {
	e.left, e.used = size, 0
	if err := fill(); err != nil {
		return err
	}
	if err := e.flush(); err != nil {
		return err
	}
	if e.left > 0 {
		clear(e.floats)
	}
	for e.left > 0 {
		if err := e.write(bytesOf(e.floats[:min(e.left/4, buffered)])); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) write(b []byte) error {
	if e.left -= int64(len(b)); e.left < 0 {
		return errMore
	}
	n, err := e.w.Write(b)
	e.written += int64(n)
	return err
}

// room returns space for so many numbers of the buffer, or fewer.
func (e *encoder) room(n int) ([]float32, error) {
	if e.used == buffered {
		if err := e.flush(); err != nil {
			return nil, err
		}
	}
	out := e.floats[e.used:min(e.used+n, buffered)]
	e.used += len(out)
	return out, nil
}

func (e *encoder) flush() error {
	n := e.used
	if e.used = 0; n == 0 {
		return nil
	}
	return e.write(bytesOf(e.floats[:n]))
}

func (e *encoder) positions() error {
	wanted := false
	for _, c := range e.columns {
		wanted = wanted || c == lengthColumn
	}
	last := [3]float32{}
	err := e.each(func(b *tract.Batch) error {
		points := b.Points
		for _, n := range b.Counts {
			line := points[:3*n]
			if points = points[len(line):]; n > 0 {
				e.counts = append(e.counts, n)
			}
			if n > 0 && wanted {
				e.lengths = append(e.lengths, float32(min(tract.Length(line), math.MaxFloat32)))
			}
		}
		if n := len(b.Points); n > 0 {
			last = [3]float32(b.Points[n-3:])
		}
		return e.write(bytesOf(b.Points))
	})
	for err == nil && e.left > 0 { // at a place where something is drawn already
		err = e.write(bytesOf(last[:]))
	}
	return err
}

// lines writes the edges.
func (e *encoder) lines() error {
	buf := make([]uint64, 0, buffered/2)
	vertex := uint64(0)
	for _, n := range e.counts {
		for rest := int(n) - 1; rest > 0; {
			if len(buf) == cap(buf) {
				if err := e.write(bytesOfPairs(buf)); err != nil {
					return err
				}
				buf = buf[:0]
			}
			at := len(buf)
			buf = buf[:min(at+rest, cap(buf))]
			connect(buf[at:], vertex)
			vertex += uint64(len(buf) - at)
			rest -= len(buf) - at
		}
		vertex++
	}
	return e.write(bytesOfPairs(buf))
}

func (e *encoder) orientations() error {
	return e.each(func(b *tract.Batch) error {
		points := b.Points
		for _, n := range b.Counts {
			line := points[:3*int(n)]
			points = points[len(line):]
			for from := 0; from < int(n); {
				out, err := e.room(len(line) - 3*from)
				if err != nil {
					return err
				}
				orient(out, line, from)
				from += len(out) / 3
			}
		}
		return nil
	})
}

func (e *encoder) repeatLengths() error {
	for i, n := range e.counts {
		for rest := int(n); rest > 0; {
			out, err := e.room(rest)
			if err != nil {
				return err
			}
			for k := range out {
				out[k] = e.lengths[i]
			}
			rest -= len(out)
		}
	}
	return nil
}

// scalars writes one of the numbers of each point.
func (e *encoder) scalars(column int) error {
	return e.each(func(b *tract.Batch) error {
		for at := column; at < len(b.Scalars); {
			out, err := e.room((len(b.Scalars) - at + e.width - 1) / e.width)
			if err != nil {
				return err
			}
			for k := range out {
				out[k] = b.Scalars[at]
				at += e.width
			}
		}
		return nil
	})
}
