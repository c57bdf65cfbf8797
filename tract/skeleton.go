package tract

import (
	"cmp"
	"container/heap"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// A Skeleton is a set of streamlines as one object of Neuroglancer's precomputed skeleton format.
// It keeps the points only, 12 bytes a vertex; WriteTo makes the rest. It is safe for concurrent use.
type Skeleton struct {
	Streamlines int64         // drawn
	Total       int64         // in the file
	Vertices    int64         // of the streamlines drawn
	Bounds      [2][3]float64 // of the vertices in RAS mm; zero if there is none
	Warnings    []string      // whole sentences: the file's, and what was left out and why
	lines       []line        // in the order of the file
}

// A line is a streamline that is drawn.
type line struct {
	index  int64
	hash   uint64
	points []float32
}

func (l line) vertices() int64 { return int64(len(l.points) / 3) }

// BuildSkeleton reads what is left of r and keeps the streamlines that pick has. Those with fewer
// than two points have nothing to draw and are left out.
//
// At most maxVertices vertices are kept. If there are more, the streamlines with the smallest
// hash stay, as with a smaller limit of [Choose]: the drawing gets sparser, but no part of the
// file is preferred. A single streamline that alone has more than maxVertices is left out.
//
// A skeleton without vertices is no error: it says so in its Warnings, and WriteTo writes eight
// zero bytes, which Neuroglancer (2.41.2) loads and draws nothing of.
//
// The error is that of [Reader.Next].
func BuildSkeleton(r *Reader, pick Picker, maxVertices int64) (*Skeleton, error) {
	c := chosen{most: pick.most, budget: min(maxVertices, math.MaxUint32)}
	for {
		err := c.next(r, pick)
		if errors.Is(err, io.EOF) {
			return c.skeleton(r), nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// chosen keeps the streamlines with the smallest hashes, as many as the limits allow.
type chosen struct {
	most, budget int64 // streamlines and vertices
	vertices     int64
	lines        byHash
	closed       bool   // something had to go, and so
	bound        uint64 // only hashes below this one may still come in

	short, long int64 // streamlines of fewer than two points, and of more than the budget
	full        bool  // something had to go for its vertices
}

// next passes one streamline of r, and keeps it if it is to be drawn.
func (c *chosen) next(r *Reader, pick Picker) error {
	if !pick.Has(r.seen) || !c.open(mix(r.seen)) {
		return r.Skip()
	}
	s, err := r.Next()
	if err != nil {
		return err
	}
	hash := mix(s.Index) // Next may have left out the one asked about
	switch n := int64(len(s.Points) / 3); {
	case !pick.Has(s.Index) || !c.open(hash):
	case n < 2:
		c.short++
	case n > c.budget:
		c.long++
	default:
		c.add(line{index: s.Index, hash: hash, points: slices.Clone(s.Points)})
	}
	return nil
}

func (c *chosen) open(hash uint64) bool { return !c.closed || hash < c.bound }

func (c *chosen) add(l line) {
	heap.Push(&c.lines, l)
	c.vertices += l.vertices()
	for c.vertices > c.budget || int64(len(c.lines)) > c.most {
		c.full = c.full || c.vertices > c.budget
		last := heap.Pop(&c.lines).(line)
		c.vertices -= last.vertices()
		c.closed, c.bound = true, last.hash
	}
}

func (c *chosen) skeleton(r *Reader) *Skeleton {
	k := &Skeleton{
		Streamlines: int64(len(c.lines)),
		Total:       r.seen,
		Vertices:    c.vertices,
		Warnings:    append(r.Warnings(), c.warnings(r.seen)...),
		lines:       c.lines,
	}
	slices.SortFunc(k.lines, func(a, b line) int { return cmp.Compare(a.index, b.index) })
	for i, l := range k.lines {
		k.Bounds = enclose(k.Bounds, l.points, i == 0)
	}
	return k
}

func (c *chosen) warnings(total int64) []string {
	var w []string
	if c.short > 0 {
		w = append(w, fmt.Sprintf("Streamlines with fewer than two points have nothing to draw and were left out: %d.", c.short))
	}
	if c.long > 0 {
		w = append(w, fmt.Sprintf("Streamlines with more than %d points were left out: %d.", c.budget, c.long))
	}
	if c.full {
		w = append(w, fmt.Sprintf("Only %d streamlines are drawn: more would exceed %d vertices.", len(c.lines), c.budget))
	}
	switch {
	case total == 0:
		w = append(w, "The file holds no streamlines, so there is nothing to draw.")
	case len(c.lines) == 0:
		w = append(w, fmt.Sprintf("None of the %d streamlines can be drawn.", total))
	}
	return w
}

// byHash is a heap with the greatest hash on top.
type byHash []line

func (h byHash) Len() int           { return len(h) }
func (h byHash) Less(i, j int) bool { return h[i].hash > h[j].hash }
func (h byHash) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push adds a line at the end, for package heap.
func (h *byHash) Push(x any) { *h = append(*h, x.(line)) }

// Pop removes the line at the end, for package heap.
func (h *byHash) Pop() any {
	last := (*h)[len(*h)-1]
	(*h)[len(*h)-1] = line{} // let go of its points
	*h = (*h)[:len(*h)-1]
	return last
}
