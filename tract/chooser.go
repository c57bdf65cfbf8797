package tract

import (
	"cmp"
	"container/heap"
	"slices"
)

// maxChosen bounds the numbers of all streamlines that are chosen: 64 MB of them.
const maxChosen = 1 << 24

// A kept is a streamline that may be chosen.
type kept struct {
	hash       uint64
	position   int64
	bundle     uint16
	points     []float32
	scalars    []float32
	properties []float32
}

func (k kept) numbers() int { return len(k.points) + len(k.scalars) + len(k.properties) }

// clone copies the numbers.
func (k kept) clone() kept {
	k.points, k.scalars, k.properties = slices.Clone(k.points), slices.Clone(k.scalars), slices.Clone(k.properties)
	return k
}

// each calls f with the streamlines of a batch that have points. Their numbers are those of the batch.
func each(r *Reader, b *Batch, f func(i int, k kept)) {
	at := 0
	for i, c := range b.Counts {
		n := int(c)
		if n > 0 {
			f(i, kept{
				position: b.Positions[i], bundle: b.Bundles[i],
				points:     b.Points[3*at:][:3*n],
				scalars:    b.Scalars[at*r.scalar:][:n*r.scalar],
				properties: b.Properties[i*r.props:][:r.props],
			})
		}
		at += n
	}
}

// A chooser keeps the streamlines with the smallest hashes, as many as the limits allow.
type chooser struct {
	most   int
	total  int // numbers
	lines  byGreatest
	closed bool   // something had to go, and so
	bound  uint64 // only hashes below this one may still come in
}

// wants reports whether a streamline with this hash would be kept.
func (c *chooser) wants(hash uint64) bool { return c.most > 0 && (!c.closed || hash < c.bound) }

// add takes in a streamline with its numbers.
func (c *chooser) add(hash uint64, k kept) {
	if !c.wants(hash) {
		return
	}
	k.hash = hash
	heap.Push(&c.lines, k)
	c.total += k.numbers()
	for len(c.lines) > c.most || c.total > maxChosen && len(c.lines) > 1 {
		last := heap.Pop(&c.lines).(kept) //nolint:forcetypeassert // nothing else is in there
		c.total -= last.numbers()
		c.closed, c.bound = true, last.hash
	}
}

// batch is what was chosen, in the order of the file.
func (c *chooser) batch() (b Batch) {
	slices.SortFunc(c.lines, func(a, b kept) int { return cmp.Compare(a.position, b.position) })
	points, scalars, properties := 0, 0, 0
	for _, k := range c.lines {
		points, scalars, properties = points+len(k.points), scalars+len(k.scalars), properties+len(k.properties)
	}
	b.Points, b.Scalars, b.Properties = make([]float32, 0, points), make([]float32, 0, scalars), make([]float32, 0, properties)
	for _, k := range c.lines {
		b.Positions, b.Bundles = append(b.Positions, k.position), append(b.Bundles, k.bundle)
		b.Counts = append(b.Counts, int32(len(k.points)/3))
		b.Points, b.Scalars = append(b.Points, k.points...), append(b.Scalars, k.scalars...)
		b.Properties = append(b.Properties, k.properties...)
	}
	return b
}

// byGreatest is a heap with the greatest hash on top.
type byGreatest []kept

func (h byGreatest) Len() int           { return len(h) }
func (h byGreatest) Less(i, j int) bool { return h[i].hash > h[j].hash }
func (h byGreatest) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push adds a streamline at the end, for package heap.
func (h *byGreatest) Push(x any) { *h = append(*h, x.(kept)) } //nolint:forcetypeassert // as for Pop

// Pop removes the one at the end, for package heap.
func (h *byGreatest) Pop() any {
	last := (*h)[len(*h)-1]
	(*h)[len(*h)-1] = kept{} // let go of its numbers
	*h = (*h)[:len(*h)-1]
	return last
}
