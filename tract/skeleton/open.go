package skeleton

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"ngportal/tract"
)

// A Skeleton is an object that can be written.
type Skeleton struct {
	vertices, edges int64
	columns         []int // of the attributes: numbers of scalars, or lengthColumn
	width           int   // of a row of scalars
	memory          bool  // each has the streamlines at hand
	each            walker
}

// A walker gives the streamlines of an object to a function, some at a time and in order, and stops at its error. What
// it gives is good until the function returns.
type walker func(visit func(*tract.Batch) error) error

const lengthColumn = -1

// Open prepares an object. The error wraps [fs.ErrNotExist] if there is none of this number, or an attribute is unknown
// or named twice, and [tract.ErrInvalid] if it has more than MaxVertices vertices; else it is that of [tract.File.Group].
func (s *Set) Open(id uint64, attributes []string) (*Skeleton, error) {
	columns, err := s.columns(attributes)
	if err != nil {
		return nil, err
	}
	k := &Skeleton{columns: columns}
	for _, c := range s.file.Header().Scalars {
		k.width += c.Components
	}
	switch stratum := id - StrataID; {
	case id == SampleID && s.sample != nil:
		k.drawSample(s.sample)
	case id >= StrataID && stratum < uint64(len(s.strata)):
		k.drawStratum(s.file, &s.strata[stratum])
	default:
		err = s.drawBundle(k, id)
	}
	if err == nil && k.vertices > MaxVertices {
		err = fmt.Errorf("%w: %d vertices are too many to be drawn as one object; %d can be. "+
			"Take the samples, or the layer of annotations", tract.ErrInvalid, k.vertices, MaxVertices)
	}
	if err != nil {
		return nil, err
	}
	return k, nil
}

// columns finds the attributes.
func (s *Set) columns(attributes []string) ([]int, error) {
	known := Attributes(s.file.Header())
	var out []int
	for i, a := range attributes {
		at := slices.Index(known, a)
		if at < 0 || slices.Contains(attributes[:i], a) {
			return nil, fmt.Errorf("the tractogram has no attribute %q (or it is named twice): %w", a, fs.ErrNotExist)
		}
		out = append(out, at-1) // the first one is the length
	}
	return out, nil
}

func (k *Skeleton) drawSample(s *tract.Sample) {
	for _, n := range s.Counts {
		k.count(int64(n))
	}
	k.memory = true
	k.each = func(visit func(*tract.Batch) error) error { return visit(&s.Batch) }
}

func (k *Skeleton) count(points int64) {
	k.vertices += points
	k.edges += max(points-1, 0)
}

func (k *Skeleton) drawStratum(f *tract.File, s *stratum) {
	k.vertices, k.edges = s.vertices, s.edges
	k.each = walk(f, s.has, s.streamlines)
	if s.whole() {
		k.each = walk(f, nil, 0)
	}
}

func (s *Set) drawBundle(k *Skeleton, id uint64) error {
	is := func(b tract.Bundle) bool { return uint64(b.ID) == id }
	if s.survey == nil || !slices.ContainsFunc(s.survey.Bundles, is) {
		return fmt.Errorf("the tractogram has no object %d: %w", id, fs.ErrNotExist)
	}
	has := func(i int64) bool { return uint64(s.survey.Member[i]) == id }
	if len(s.file.Header().Groups) > 0 {
		members, err := s.file.Group(int(id) - 1)
		if err != nil {
			return err
		}
		has = bitmap(members, len(s.survey.Counts))
	}
	lines := int64(0)
	for i, n := range s.survey.Counts {
		if has(int64(i)) {
			k.count(int64(n))
			lines++
		}
	}
	k.each = walk(s.file, func(i int64) bool { return i < int64(len(s.survey.Counts)) && has(i) }, lines)
	return nil
}

// bitmap holds numbers below n.
func bitmap(numbers []uint32, n int) func(i int64) bool {
	bits := make([]uint64, n/64+1)
	for _, i := range numbers {
		if int(i) < n {
			bits[i/64] |= 1 << (i % 64)
		}
	}
	return func(i int64) bool { return bits[i/64]>>(i%64)&1 > 0 }
}

// walk goes through the streamlines of f that has names, of which there are so many; all of them if it is nil.
func walk(f *tract.File, has func(i int64) bool, lines int64) walker {
	width := 0
	for _, c := range f.Header().Scalars {
		width += c.Components
	}
	return func(visit func(*tract.Batch) error) error {
		if has != nil && lines == 0 {
			return nil
		}
		r, err := f.Read(f.All())
		if err != nil {
			return err
		}
		defer r.Close()
		var b, chosen tract.Batch
		for seen := int64(0); has == nil || seen < lines; {
			err = r.ReadBatch(&b)
			if errors.Is(err, io.EOF) {
				return nil
			}
			use := &b
			if err == nil && has != nil {
				choose(&chosen, &b, has, width)
				seen += int64(len(chosen.Counts))
				use = &chosen
			}
			if err == nil {
				err = visit(use)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// choose copies the streamlines that has names to out.
func choose(out, b *tract.Batch, has func(i int64) bool, width int) {
	out.Counts, out.Points, out.Scalars = out.Counts[:0], out.Points[:0], out.Scalars[:0]
	at := 0
	for i, n := range b.Counts {
		to := at + int(n)
		if has(b.Index + int64(i)) {
			out.Counts = append(out.Counts, n)
			out.Points = append(out.Points, b.Points[3*at:3*to]...)
			out.Scalars = append(out.Scalars, b.Scalars[width*at:width*to]...)
		}
		at = to
	}
}
